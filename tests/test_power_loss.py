"""Power cuts: whatever they leave of the index folder is the old index or the new one, whole, and can be built upon."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eval.bench.synthetic import DIM, Synthetic
from ingest import job, plan, pool, segment, vectorise
from ingest.build import build
from ingest.errors import NoIndexError
from ingest.generation import open_current
from ingest.modelkey import model_key
from ingest.pool import VectorPool
from tests.faults import LONG, article, make_corpus, told, write
from tests.powerloss import Disk, Mark, Rename, Tree, turn_into
from tests.recorder import Recorder, Run

RANDOM_CUTS = 30 if LONG else 2  # at each step, beside the systematic ones
RESUMED = 150 if LONG else 6  # states on which an ingest is run
INDEX = "索引"
NOTHING = "no index"
PUBLISHED = "published"
STORIES = ("first", "no text", "incremental", "segments", "rebuild")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="folders cannot be opened there, nor be made durable")


@dataclass(slots=True)
class Story:
    """A recorded ingest: what the index told before and after, and what it tells in states already looked at."""

    run: Run
    corpus: Path
    keys: frozenset[bytes]
    judge: Judge
    before: object = NOTHING
    after: object = NOTHING


class Judge:
    """Opens states of the index folder, each once."""

    def __init__(self, work: Path, keys: set[bytes]) -> None:
        self._home, self._aside, self._keys = work / "state", work / "aside", keys
        self._there: Tree = {}
        self._seen: dict[frozenset, tuple[object, frozenset[bytes]]] = {}
        self._told: dict[frozenset, object] = {}
        self._home.mkdir(parents=True)

    def __call__(self, tree: Tree) -> tuple[object, frozenset[bytes]]:
        """(what the index tells a reader, keys whose vectors an ingest finds). Neither looks at drafts."""
        wanted = {path: content for path, content in tree.items() if "/draft-" not in path}
        key = frozenset(wanted.items())
        if key not in self._seen:
            turn_into(self._home, self._there, wanted)
            self._there = wanted
            self._seen[key] = self._heard(wanted), self._saved()
        return self._seen[key]

    def _heard(self, tree: Tree) -> object:
        """(generation, answers, …), NOTHING, or an error or a warning as text."""
        try:
            generation = open_current(self._home / INDEX, full=True)
            generation.release()
            if generation.warnings:
                return f"warned: {generation.warnings}"
            inside = f"{generation.folder.relative_to(self._home).as_posix()}/"
            files = frozenset(item for item in tree.items() if item[0].startswith(inside))
            if files not in self._told:  # what it tells follows from the files of the generation that opens
                self._told[files] = generation.folder.name, told(self._home / INDEX)
            return self._told[files]
        except NoIndexError:
            return NOTHING
        except Exception as error:  # whatever it is, no reader may meet it
            return f"{type(error).__name__}: {error}"

    def _saved(self) -> frozenset[bytes]:
        """The keys in the checkpoint; on a copy, since opening one cuts off what is torn."""
        shutil.rmtree(self._aside, ignore_errors=True)
        self._aside.mkdir()
        for path in (self._home / INDEX).glob("*"):
            if path.is_file():
                shutil.copyfile(path, self._aside / path.name)
        saved = VectorPool(self._aside, model_key(), DIM)
        return frozenset(key for key in self._keys if key in saved)


def _tree(folder: Path) -> Tree:
    """What lies in a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))
    }


def _tell(monkey: pytest.MonkeyPatch, what: str, work: Path) -> Story:
    """Record one ingest."""
    corpus, home = make_corpus(work / "文章"), work / "home"
    home.mkdir()
    index = home / INDEX
    if what == "segments":
        for module, name, size in ((plan, "SMALL_SEGMENT", 1), (plan, "TAKEN_IN", 1), (plan, "LARGEST_SEGMENT", 4), (segment, "LARGEST_SEGMENT", 4)):
            monkey.setattr(module, name, size)
    if what == "no text":
        shutil.rmtree(corpus)
        write(corpus / "空.txt", " \n")  # skipped: an index of nothing, for which no vector is computed
    elif what != "first":
        build(corpus, index)
        write(corpus / "水坝.txt", article("水坝", 7))
        build(corpus, index)
    before = _tree(home)
    if what != "no text":
        write(corpus / "新渠.txt", article("新渠", 8))
    if what == "incremental":
        write(corpus / "风车.txt", article("风车", 9))
        (corpus / "盐井.txt").unlink()

    recorder, paid = Recorder(home), set()
    real = pool.VectorPool.add

    def add(self, keys, vectors, tokens) -> None:
        real(self, keys, vectors, tokens)
        paid.update(keys)
        recorder.mark(frozenset(paid))

    monkey.setattr(pool.VectorPool, "add", add)
    with recorder.recording():
        build(corpus, index, rebuild=what == "rebuild")
        recorder.mark(PUBLISHED)
    monkey.setattr(pool.VectorPool, "add", real)
    judge = Judge(work / "states", paid)
    return Story(Run(recorder, recorder.steps), corpus, frozenset(paid), judge, judge(before)[0], judge(_tree(home))[0])


@pytest.fixture(scope="module")
def stories(tmp_path_factory) -> Iterator[Callable[[str], Story]]:
    """Gives each kind of ingest, recorded once."""
    import faiss

    embedder, threads = Synthetic(), faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # hundreds of tiny searches: waking threads costs more than they save
    known: dict[str, Story] = {}

    def tell(what: str) -> Story:
        if what not in known:
            with pytest.MonkeyPatch.context() as patch:
                known[what] = _tell(patch, what, tmp_path_factory.mktemp("power"))
        return known[what]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eval.bench.synthetic.Synthetic", lambda: embedder)
        patch.setattr(job, "open_embedder", lambda *_, **__: embedder)
        patch.setattr(vectorise, "EMBED_BLOCK", 4)
        yield tell
    faiss.omp_set_num_threads(threads)


@pytest.fixture(params=STORIES)
def story(request, stories) -> Story:
    """One kind of ingest after the other."""
    return stories(request.param)


@dataclass(frozen=True, slots=True)
class Moment:
    """A disk after a step, and what is owed from then on."""

    number: int
    disk: Disk
    owed: frozenset[bytes]
    published: bool


def _moments(story: Story, without: int | None = None) -> list[Moment]:
    """The recorded run, step by step; `without` one fsync."""
    found = []
    owed: frozenset[bytes] = frozenset()
    published = False
    for number, (step, disk) in enumerate(story.run.disks(without), -1):
        if isinstance(step, Mark):
            published = published or step.what == PUBLISHED
            owed = owed if published else step.what
        found.append(Moment(number, disk, owed, published))
    return found


def _cuts(story: Story, moment: Moment, more: int = RANDOM_CUTS) -> Iterator[tuple[Tree, str]]:
    """(state, what is wrong with it or "") of power cuts at one moment."""
    for loss in moment.disk.losses(random.Random(moment.number), more):
        tree = moment.disk.after(loss)
        heard, saved = story.judge(tree)
        wrong = ""
        if heard != story.after and (moment.published or heard != story.before):
            wrong = f"the index tells: {str(heard)[:300]}"
        elif heard != story.after and not moment.owed <= saved:
            wrong = f"{len(moment.owed - saved)} of {len(moment.owed)} vectors have to be computed again"
        yield tree, wrong and f"after step {moment.number}, {loss.name}: {wrong}"


def test_recording_sees_what_happens(story):
    """Played to its end, the recording is the index on disk; files, renames and fsyncs are in it."""
    last = _moments(story)[-1].disk
    *_, whole = (loss for loss in last.losses(random.Random(1), 0) if loss.name == "everything is there")
    heard, _ = story.judge(last.after(whole))
    assert heard == story.after != story.before and len(story.run.syncs()) > 10
    assert any(isinstance(step, Rename) and len(step.changes) == 2 for step in story.run.steps)


def test_power_cut_leaves_the_old_index_or_the_new_one(story):
    """At every step, with any of what was not yet certain gone, in part, or in another order."""
    wrong = [problem for moment in _moments(story) for _, problem in _cuts(story, moment) if problem]
    assert not wrong, f"{len(wrong)} states, the first: {wrong[0]}"


def test_every_fsync_is_needed(stories):
    """Leaving out any one of them is noticed by the test above in some kind of ingest: none is superfluous."""
    noticed: dict[tuple[str, str], list[str]] = {}
    for what in STORIES:
        story = stories(what)
        for number in story.run.syncs():
            step, moments = story.run.steps[number], _moments(story, without=number)
            # Most show at the end, when everything is owed; those of the checkpoint right away.
            order = [moments[-1], *moments[number:]]
            wrong = next((problem for moment in order for _, problem in _cuts(story, moment, more=0) if problem), "")
            noticed.setdefault((step.site, re.sub(r"\d+", "#", step.path)), []).append(wrong)
    assert len(noticed) > 20
    unnoticed = [key for key, problems in noticed.items() if not any(problems)]
    assert not unnoticed


def test_next_ingest_builds_upon_whatever_is_left(story, tmp_path):
    """It works in every state, with nothing repaired by hand, and equals a build from nothing."""
    states = {frozenset(tree.items()): tree for moment in _moments(story) for tree, _ in _cuts(story, moment)}
    build(story.corpus, tmp_path / "neu")
    expected = told(tmp_path / "neu")
    assert expected == story.after[1]
    for number, tree in enumerate(random.Random(2).sample(list(states.values()), min(RESUMED, len(states)))):
        home = tmp_path / str(number)
        home.mkdir()
        turn_into(home, {}, tree)
        published = build(story.corpus, home / INDEX).published
        assert told(home / INDEX) == expected
        assert not list(home.rglob("draft-*")) and not (published and list(home.rglob("embedded-*")))
        shutil.rmtree(home)
