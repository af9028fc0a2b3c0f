"""Whatever happens to a file of the index: it is noticed or harmless, never a different answer without a word."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys

import pytest

import ingest.job
import ingest.plan
from eval.bench.synthetic import Synthetic
from ingest.build import build
from ingest.errors import DamagedIndexError, MismatchError, NoIndexError, WenjuError
from ingest.generation import open_current
from qa.ask import Asker
from tests.faults import LONG, QUESTIONS, article, make_corpus, rebuilt, run, told, write

CASES = 400 if LONG else 36
REPAIRS = 60 if LONG else 6
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and alarms are Unix's")


def _flip(path, chance):
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def _cut(path, chance):
    os.truncate(path, chance.randrange(path.stat().st_size))


def _zero(path, chance):
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    content[at : at + 512] = bytes(len(content[at : at + 512]))
    path.write_bytes(content)


def _replace(path, put):
    path.unlink()
    put(path)


DAMAGE = {
    "flip": _flip,
    "cut": _cut,
    "zero": _zero,
    "grow": lambda path, _: path.write_bytes(path.read_bytes() + b"\0"),
    "delete": lambda path, _: path.unlink(),
    "pipe": lambda path, _: _replace(path, os.mkfifo),
    "folder": lambda path, _: _replace(path, os.mkdir),
    "link": lambda path, _: _replace(path, lambda there: os.symlink("/dev/zero", there)),
    "empty": lambda path, _: path.write_bytes(b""),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """(corpus, index, what the generation before told, what the current one tells)."""
    home = tmp_path_factory.mktemp("damage")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest.job, "open_embedder", lambda *_, **__: Synthetic())
        corpus = make_corpus(home / "文章")
        build(corpus, home / "索引")
        before = told(home / "索引")
        write(corpus / "水坝.txt", article("水坝", 7))
        build(corpus, home / "索引")
    return corpus, home / "索引", before, told(home / "索引")


@pytest.fixture(autouse=True)
def no_hang():
    """A test that waits for a pipe is ended."""
    signal.alarm(240)
    yield
    signal.alarm(0)


@pytest.fixture
def cheap(monkeypatch):
    """Vectors that cost nothing, in this process."""
    monkeypatch.setattr(ingest.job, "open_embedder", lambda *_, **__: Synthetic())


def _files(index):
    """Every file of the two generations, and what lies beside them."""
    return sorted(path for path in index.rglob("*") if path.is_file())


def _seen(index):
    """(what the index tells, its warnings); an error instead of what it tells."""
    try:
        opened = Asker(index).opened
        warnings = opened.generation.warnings
        opened.close()
        return told(index), warnings
    except WenjuError as error:
        return error, ()


def _judge(index, before, now, what):
    seen, warnings = _seen(index)
    if isinstance(seen, WenjuError):
        assert isinstance(seen, (DamagedIndexError, NoIndexError, MismatchError)), what
        assert "qa ingest" in str(seen), what
    elif seen == before:
        assert warnings, what  # the older one serves: loudly
    else:
        assert seen == now, what
    return seen


def test_damage_is_noticed_or_harmless(published, tmp_path):
    """Every kind of damage to files picked at random: the same answers, or a warning and the older ones, or error 12."""
    _, index, before, now = published
    chance = random.Random(5)
    files = [path.relative_to(index) for path in _files(index)]
    every = [(file, kind) for file in files for kind in DAMAGE]
    chance.shuffle(every)
    for number, (file, kind) in enumerate((every * 3)[:CASES]):
        copy = tmp_path / str(number)
        shutil.copytree(index, copy)
        if (copy / file).stat().st_size or kind not in ("flip", "cut", "zero"):
            DAMAGE[kind](copy / file, chance)
            _judge(copy, before, now, (file, kind))
        shutil.rmtree(copy)


def test_swapped_files_are_noticed(published, tmp_path):
    """Two files of the current generation that changed places, or one that comes from the older generation."""
    _, index, before, now = published
    chance = random.Random(6)
    newest = max((index / "generations").iterdir()).name
    names = [path.relative_to(index / "generations" / newest) for path in _files(index / "generations" / newest)]
    oldest = min((index / "generations").iterdir()).name
    for number in range(CASES // 7):
        copy = tmp_path / str(number)
        shutil.copytree(index, copy)
        first, second = chance.sample(names, 2)
        here = copy / "generations" / newest
        if number % 2:
            shutil.copy(copy / "generations" / oldest / first, here / first)
            what = ("older", first)
        else:
            (here / first).rename(here / "x")
            (here / second).rename(here / first)
            (here / "x").rename(here / second)
            what = (first, second)
        _judge(copy, before, now, what)
        shutil.rmtree(copy)


def test_both_generations_damaged_is_error_12(published, tmp_path, qa):
    """With nothing good left the command says so, exits 12 and names the remedy, which works."""
    corpus, index, _, now = published
    copy = tmp_path / "索引"
    shutil.copytree(index, copy)
    for path in _files(copy / "generations"):
        if path.name == "store.db":
            _flip(path, random.Random(1))
    for command in (["ask", "潮汐发电是什么？"], ["status"], ["show", "盐井"], ["dropped"], ["ingest", str(corpus)]):
        code, out, err = run(*command, "--index", copy)
        assert code == 12 and "--rebuild" in err and not out, command
    assert run("doctor", "--index", copy)[0] == 12
    assert run("ingest", corpus, "--index", copy, "--rebuild")[0] == 0
    assert told(copy) == now


def test_next_ingest_repairs_what_was_damaged(published, tmp_path, cheap):
    """An ordinary ingest over a damaged current generation builds on the older one, and ends as a rebuild would."""
    corpus, index, _, now = published
    chance = random.Random(7)
    newest = max((index / "generations").iterdir()).name
    for number in range(REPAIRS):
        copy = tmp_path / str(number)
        shutil.copytree(index, copy)
        file = chance.choice(_files(copy / "generations" / newest))
        kind = chance.choice(sorted(DAMAGE))
        DAMAGE[kind](file, chance)
        build(corpus, copy, replace_corpus=True)
        opened = Asker(copy).opened
        assert not opened.generation.warnings, (file.name, kind)
        opened.close()
        assert told(copy) == now, (file.name, kind)
        shutil.rmtree(copy)


@pytest.mark.parametrize("kind", sorted(DAMAGE))
@pytest.mark.parametrize("name", ["CURRENT", "lock"])
def test_what_lies_beside_the_generations(published, tmp_path, name, kind):
    """CURRENT or the lock replaced by something else: asking goes on, and an ingest works or says why not."""
    corpus, index, before, now = published
    copy = tmp_path / "索引"
    shutil.copytree(index, copy)
    if (copy / name).stat().st_size or kind not in ("flip", "cut", "zero"):
        DAMAGE[kind](copy / name, random.Random(2))
    assert _judge(copy, before, now, kind) in (before, now)
    try:
        build(corpus, copy, replace_corpus=True)
    except WenjuError as error:
        assert name == "lock" and kind == "folder" and "无法写入" in str(error)
    assert told(copy) == now


FOLDER_DAMAGE = {
    "delete": lambda path: None,
    "file": lambda path: path.write_bytes(b"x"),
    "pipe": os.mkfifo,
    "empty": lambda path: path.mkdir(),
    "link": lambda path: path.symlink_to(path.parent / "nowhere"),
}


@pytest.mark.parametrize("kind", sorted(FOLDER_DAMAGE))
def test_folders_that_are_no_longer_what_they_were(published, tmp_path, kind, cheap):
    """Any folder of the index gone, empty, or replaced by a file, a pipe or a link: noticed or harmless, and `--rebuild` helps."""
    corpus, index, before, now = published
    for number, folder in enumerate(sorted(path.relative_to(index) for path in index.rglob("*") if path.is_dir())):
        copy = tmp_path / str(number)
        shutil.copytree(index, copy)
        shutil.rmtree(copy / folder)
        FOLDER_DAMAGE[kind](copy / folder)
        _judge(copy, before, now, (kind, folder))
        try:
            build(corpus, copy, rebuild=True, replace_corpus=True)
        except WenjuError as error:
            assert folder.name == "generations" and "无法写入" in str(error), folder
            continue
        assert told(copy) == now, folder


@pytest.mark.parametrize("kind", sorted(DAMAGE))
def test_damaged_generations_leave_in_their_turn(published, tmp_path, kind, cheap):
    """A damaged generation is removed when its time has come, as any other: nothing waits for a pipe."""
    _, index, _, _ = published
    corpus, copy = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    shutil.copytree(index, copy)
    damaged = max((copy / "generations").iterdir())
    DAMAGE[kind](damaged / "manifest.json", random.Random(3))
    for number in range(3):
        write(corpus / "水坝.txt", article("水坝", number))
        assert build(corpus, copy, replace_corpus=True).published
    assert not damaged.exists() and len(list((copy / "generations").iterdir())) == 2


def test_the_good_generation_stays_as_the_spare(published, tmp_path, cheap):
    """After an ingest on top of damage, the generation it was built on is kept, and serves if the new one goes too."""
    _, index, _, _ = published
    corpus, copy = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    shutil.copytree(index, copy)
    good, damaged = sorted((copy / "generations").iterdir())
    (damaged / "manifest.json").write_text("{}")
    assert build(corpus, copy, replace_corpus=True).published
    assert good.exists() and not damaged.exists()
    (max((copy / "generations").iterdir()) / "manifest.json").write_text("{}")
    opened = open_current(copy)
    assert opened.folder == good and opened.warnings
    opened.release()


def test_damage_to_a_file_that_both_generations_share(tmp_path, monkeypatch, cheap):
    """Generations share files that did not change, so damage strikes both: error 12, never a wrong answer; `--rebuild` helps."""
    monkeypatch.setattr(ingest.plan, "SMALL_SEGMENT", 1)
    monkeypatch.setattr(ingest.plan, "TAKEN_IN", 1)
    corpus, index, chance = make_corpus(tmp_path / "文章"), tmp_path / "索引", random.Random(9)
    build(corpus, index)
    write(corpus / "水坝.txt", article("水坝", 7))
    build(corpus, index)
    now = told(index)
    shared = [path for path in _files(index) if path.stat().st_nlink > 1 and path.stat().st_size]
    assert shared
    for file in chance.sample(shared, min(len(shared), 40 if LONG else 6)):
        content = file.read_bytes()
        with open(file, "r+b") as stream:  # in place: every name of the file sees it
            at = chance.randrange(len(content))
            stream.seek(at)
            stream.write(bytes([content[at] ^ 4]))
        seen, _ = _seen(index)
        assert isinstance(seen, DamagedIndexError) and "--rebuild" in str(seen), file
        with pytest.raises(DamagedIndexError):
            build(corpus, index)
        with open(file, "r+b") as stream:
            stream.write(content)
    with open(file, "r+b") as stream:
        stream.write(bytes(len(content)))
    build(corpus, index, rebuild=True)
    assert told(index) == now


def test_damaged_checkpoint_costs_only_work(published, tmp_path, cheap):
    """Every kind of damage to the vectors that a killed ingest left: never in the next index, and never a hang."""
    corpus, _, _, now = published
    kinds = sorted(DAMAGE)
    chance = random.Random(8)
    for number in range(max(REPAIRS, len(kinds))):
        index = tmp_path / str(number)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ingest.build.discard_checkpoint", lambda *_: None)
            build(corpus, index)
        checkpoint = next(index.glob("embedded-*"))
        shutil.rmtree(index / "generations")
        (index / "CURRENT").unlink()
        kind = kinds[number % len(kinds)]
        DAMAGE[kind](checkpoint, chance)
        build(corpus, index)
        assert told(index) == now, kind


def test_damage_in_large_files_is_found_by_doctor_and_by_ingest(published, tmp_path, monkeypatch):
    """Files too large to be hashed at every opening are verified whole by `qa doctor`, and before they are built upon."""
    _, index, _, _ = published
    monkeypatch.setattr("ingest.generation.CHECKED_BYTES", 0)
    newest = max((index / "generations").iterdir()).name
    for name in ("vectors.faiss", "tokens.bin", "words-postings.bin", "store.db"):
        copy = tmp_path / name
        shutil.copytree(index, copy)
        _flip(copy / "generations" / newest / name, random.Random(name))
        generation = open_current(copy, full=True)
        assert generation.warnings and generation.folder.name != newest
        generation.release()
        code, out, _ = run("doctor", "--index", copy)
        assert code == 12 and name in out


def test_a_wrong_answer_would_be_noticed(published, tmp_path):
    """The comparison of these tests is sharp: an index of other articles tells something else."""
    corpus, _, before, now = published
    assert before != now and len(now[0]) == len(QUESTIONS)
    other = tmp_path / "文章"
    shutil.copytree(corpus, other)
    write(other / "盐井.txt", article("盐井", 40))
    assert rebuilt(other, tmp_path / "索引") != now
    assert sys.version_info >= (3, 11)
