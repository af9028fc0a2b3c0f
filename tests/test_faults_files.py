"""What users do to their files between and during ingests."""

from __future__ import annotations

import os
import shutil
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval.bench.synthetic import Synthetic
from ingest import job, plan, segment
from ingest.build import build
from tests.faults import LONG, article, ingest, make_corpus, told, write

SEQUENCES = 500 if LONG else 4
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
