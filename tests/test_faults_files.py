"""What users do to their files between and during ingests."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval.bench.synthetic import Synthetic
from ingest import job, plan, segment
from ingest.build import build
from ingest.errors import CorpusError
from ingest.read import DEFAULT_LIMITS
from tests.faults import LONG, article, ingest, make_corpus, sums, told, write

SEQUENCES = 250 if LONG else 4  # for each of two ways to lay an index out
_NAMES = ("甲.txt", "乙.txt", "子/丙.txt", "子/深/丁.txt", "戊 空格.txt", "A.txt", "a.txt")
_STEPS = st.tuples(
    st.sampled_from(("add", "edit", "rename", "move", "delete", "touch", "revert", "folder")),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Vectors that cost nothing, in this process."""
    monkeypatch.setattr(job, "open_embedder", lambda *_, **__: Synthetic())


def _do(corpus, step, past) -> None:
    """One step of a user; names and texts are picked by the numbers of the step."""
    what, one, other = step
    present = sorted(path for path in corpus.rglob("*.txt") if path.is_file())
    name = corpus / _NAMES[other % len(_NAMES)]
    if what == "add" or not present:
        if not name.is_dir():
            write(name, article(("水坝", "水渠", "石桥")[one % 3], one % 5))
        return
    path = present[one % len(present)]
    if what == "edit":
        past[path.name] = path.read_text("utf-8")
        write(path, past[path.name].replace("两种说法", f"{other % 4} 种说法") + f"补记第 {other % 9} 条，讲检修。\n")
    elif what in ("rename", "move") and not name.exists():
        name.parent.mkdir(parents=True, exist_ok=True)
        path.rename(name)
    elif what == "delete" and len(present) > 1:
        path.unlink()
    elif what == "touch":
        os.utime(path, (1_600_000_000, 1_400_000_000 + other))
    elif what == "revert" and path.name in past:
        write(path, past[path.name])
    elif what == "folder" and len(present) > 1:
        path.unlink()
        path.mkdir()


@pytest.mark.parametrize("split", [False, True], ids=["one segment", "many segments"])
@settings(max_examples=SEQUENCES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not LONG)
@given(steps=st.lists(_STEPS, min_size=1, max_size=6))
def test_ingest_after_any_steps_equals_a_rebuild(tmp_path_factory, split, steps):
    """Files added, edited, renamed, moved, removed, touched, reverted, replaced by folders: the same answers as from nothing."""
    home = tmp_path_factory.mktemp("steps")
    corpus, index, past = make_corpus(home / "文章"), home / "索引", {}
    with pytest.MonkeyPatch.context() as patch:
        if split:
            patch.setattr(plan, "SMALL_SEGMENT", 1)
            patch.setattr(plan, "TAKEN_IN", 1)
            patch.setattr(plan, "LARGEST_SEGMENT", 8)
            patch.setattr(segment, "LARGEST_SEGMENT", 8)
        build(corpus, index)
        for at, step in enumerate(steps):
            _do(corpus, step, past)
            if at % 2 or at == len(steps) - 1:
                build(corpus, index)
    build(corpus, home / "新建")
    assert told(index) == told(home / "新建")
    shutil.rmtree(home)


def test_file_that_changes_while_it_is_read(tmp_path):
    """What is indexed is one state of the file, whole; the next ingest has the last one."""
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    stop = threading.Event()

    def rewrite() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            (corpus / "盐井.txt").write_text(article("盐井", number % 7) * 3, "utf-8")

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(4):
            build(corpus, index)
    finally:
        stop.set()
        writer.join()
    write(corpus / "盐井.txt", article("盐井", 3))
    build(corpus, index)
    build(corpus, tmp_path / "新建")
    assert told(index) == told(tmp_path / "新建")


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    """A link to a file or folder outside is not read; a link to a folder inside does not make a circle."""
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    outside = make_corpus(tmp_path / "别处")
    os.symlink(outside / "盐井.txt", corpus / "外面.txt")
    os.symlink(outside, corpus / "外面的文件夹")
    os.symlink(corpus, corpus / "自己")
    report = build(corpus, index)
    assert report.articles == 6
    assert all("外面" not in id_ and "自己" not in id_ for id_, _, _ in told(index)[1])


def test_two_names_that_differ_in_case_only(tmp_path):
    """Where the file system tells them apart they are two articles; where not, one."""
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    write(corpus / "Note.txt", article("水坝", 1))
    write(corpus / "note.txt", article("水渠", 2))
    names = {path.name for path in corpus.iterdir()}
    build(corpus, index)
    assert {id_ for id_, _, _ in told(index)[1]} == names


def test_thousands_of_files_in_nested_folders(tmp_path):
    """Two thousand files in two hundred folders: all indexed; a second ingest takes a fraction of the time."""
    corpus, index = tmp_path / "文章", tmp_path / "索引"
    for number in range(2000):
        write(corpus / f"{number % 10}" / f"{number % 200}" / f"{number}.txt", f"第 {number} 条\n\n第 {number} 号水泵安在第 {number % 37} 间机房里，由两个人照看。\n")
    started = time.monotonic()
    assert build(corpus, index).articles == 2000
    first = time.monotonic() - started
    started = time.monotonic()
    assert not build(corpus, index).published
    assert time.monotonic() - started < first / 3


@pytest.mark.parametrize("name", ["索 引", "索引「一」", "a'b\"c", "%20?#"])
def test_index_folder_of_any_name(tmp_path, name):
    """Chinese characters, spaces, quotes and signs that mean something to a database's address."""
    corpus = make_corpus(tmp_path / "文 章")
    code, _, err = ingest(corpus, tmp_path / name)
    assert code == 0, err
    assert told(tmp_path / name)[1]


@contextmanager
def _closed(monkeypatch, *places, code=errno.EACCES):
    """As if these files and folders could not be opened for a while."""

    def refusing(real):
        def call(place, *rest, **more):
            if not isinstance(place, int) and Path(place) in places:
                raise OSError(code, os.strerror(code), str(place))
            return real(place, *rest, **more)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refusing(os.scandir))
        patch.setattr(Path, "read_bytes", refusing(Path.read_bytes))
        yield


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE], ids=["EACCES", "EIO", "ESTALE"])
def test_folder_that_cannot_be_opened_keeps_its_articles(tmp_path, monkeypatch, code):
    """A folder inside that may not be looked into: it is named as skipped, its articles stay, and all is as before when it opens."""
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    write(corpus / "子" / "深" / "水坝.txt", article("水坝", 1))
    write(corpus / "子午.txt", article("石桥", 1))
    build(corpus, index)
    before = told(index)
    (corpus / "子午.txt").unlink()
    with _closed(monkeypatch, corpus / "子", code=code):
        report = build(corpus, index)
    assert [id_ for id_, _ in report.skipped] == ["子"] and report.vanished == 1
    assert {id_ for id_, *_ in told(index)[1]} == {id_ for id_, *_ in before[1]} - {"子午.txt"}
    write(corpus / "子午.txt", article("石桥", 1))
    assert build(corpus, index).skipped == [] and told(index) == before


def test_corpus_that_cannot_be_opened_changes_nothing(tmp_path, monkeypatch):
    """The folder itself cannot be looked into: that is an error, not a folder without articles."""
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    build(corpus, index)
    before = sums(index)
    with _closed(monkeypatch, corpus, code=errno.EIO), pytest.raises(CorpusError, match="无法打开"):
        build(corpus, index)
    assert sums(index) == before


def test_broken_link_keeps_what_was_indexed(tmp_path):
    """A link whose file is gone for now is skipped with its reason; the article stays until the link goes too."""
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    write(corpus / "真" / "水坝.dat", article("水坝", 1))
    os.symlink(Path("真", "水坝.dat"), corpus / "水坝.txt")
    build(corpus, index)
    before = told(index)
    (corpus / "真" / "水坝.dat").unlink()
    report = build(corpus, index)
    assert [id_ for id_, _ in report.skipped] == ["水坝.txt"] and told(index) == before
    (corpus / "水坝.txt").unlink()
    assert build(corpus, index).vanished == 1


def test_skipped_file_is_tried_again_when_its_trouble_may_be_over(tmp_path, monkeypatch):
    """A permission that was given, or a limit that was raised, leaves no trace on the file: it is read all the same."""
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    with _closed(monkeypatch, corpus / "盐井.txt"):
        assert len(build(corpus, index).skipped) == 1
    assert build(corpus, index).skipped == []
    short = replace(DEFAULT_LIMITS, chars=100)
    write(corpus / "水坝.txt", article("水坝", 1))
    assert len(build(corpus, index, limits=short).skipped) == 1
    assert not build(corpus, index, limits=short).published  # the same trouble is not told anew
    report = build(corpus, index)
    assert report.skipped == [] and report.added == 1


def test_file_mended_while_others_are_read_is_read_next_time(tmp_path, monkeypatch):
    """What is remembered of a skipped file is its state before it was read, not what it became meanwhile."""
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    write(corpus / "水坝.txt", "")

    def split(*values):
        write(corpus / "水坝.txt", article("水坝", 1))
        return real(*values)

    real = segment.split
    monkeypatch.setattr(segment, "split", split)
    assert [problem.reason for _, problem in build(corpus, index).skipped] == ["empty"]
    monkeypatch.undo()
    monkeypatch.setattr(job, "open_embedder", lambda *_, **__: Synthetic())
    report = build(corpus, index)
    assert report.skipped == [] and report.added == 1


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_name_that_is_no_text_and_looks_like_another(tmp_path):
    """Two files that are shown by one name: one is indexed, the other named as skipped; the rest is not held up."""
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    write(corpus / "\\udcff.txt", article("水坝", 1))
    try:
        write(corpus / os.fsdecode(b"\xff.txt"), article("水渠", 1))
    except OSError:
        pytest.skip("names are text here")
    report = build(corpus, index)
    assert report.articles == 7 and [id_ for id_, _ in report.skipped] == ["\\udcff.txt (2)"]
