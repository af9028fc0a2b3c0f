"""A disk that is full, a quota, a folder that may not be written: a clear message, and the old index serves."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess

import pytest

from tests.faults import LONG, article, built, ingest, make_corpus, rebuilt, run, told, write

ROUNDS = 100 if LONG else 3
CALLS = 40 if LONG else 1  # calls of fsync that fail, one in each ingest
_FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """(corpus with one article more than the index has, the index, what it tells, what it should tell)."""
    home = tmp_path_factory.mktemp("disk")
    corpus = make_corpus(home / "文章")
    built(corpus, home / "索引")
    before = told(home / "索引")
    write(corpus / "水坝.txt", article("水坝", 7))
    return corpus, home / "索引", before, rebuilt(corpus, home / "新建")


def _largest(index) -> int:
    return max(path.stat().st_size for path in index.rglob("*") if path.is_file())


def test_full_disk_at_random_points(published, tmp_path):
    """No file may grow beyond a random size: the ingest ends with a message, the old index serves, the next ingest works."""
    corpus, index, before, now = published
    chance = random.Random(4)
    failed = 0
    for number in range(ROUNDS):
        copy = tmp_path / str(number)
        shutil.copytree(index, copy)
        limit = int(_largest(copy) * chance.random() ** 2 * 1.1)
        code, _, err = run("ingest", corpus, "--index", copy, "--replace", before=_FULL.format(limit=limit))
        if code == 0:
            assert told(copy) == now
        else:
            failed += 1
            assert code == 1 and "qa:" in err and ("无法写入" in err or "写" in err), err
            assert told(copy) == before
            assert run("ingest", corpus, "--index", copy, "--replace")[0] == 0
            assert told(copy) == now
        shutil.rmtree(copy)
    assert failed >= ROUNDS // 3


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MB."""
    place = tmp_path / "小盘"
    place.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_really_full_disk(published, small_disk):
    """On a file system with too little room the old index goes on serving, and room makes the next ingest work."""
    corpus, index, before, now = published
    copy = small_disk / "索引"
    shutil.copytree(index, copy)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - 40_000)))
    code, _, err = run("ingest", corpus, "--index", copy, "--replace")
    assert code == 1 and "无法写入" in err and "原有索引未受影响" in err
    assert told(copy) == before
    filler.unlink()
    assert run("ingest", corpus, "--index", copy, "--replace")[0] == 0
    assert told(copy) == now


def test_first_ingest_on_a_full_disk(published, small_disk):
    """With no index yet there is none afterwards, and the message says what to do."""
    corpus, _, _, now = published
    filler = small_disk / "filler"
    filler.write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - 30_000)))
    code, _, err = ingest(corpus, small_disk / "索引")
    assert code == 1 and "无法写入" in err
    assert run("ask", "盐井最怕什么？", "--index", small_disk / "索引")[0] == 10
    filler.unlink()
    assert ingest(corpus, small_disk / "索引")[0] == 0
    assert told(small_disk / "索引") == now


def test_folder_that_may_not_be_written(published, tmp_path):
    """A read-only index folder: error with the reason, and asking works as before."""
    corpus, index, before, _ = published
    copy = tmp_path / "索引"
    shutil.copytree(index, copy)
    subprocess.run(["chmod", "-R", "a-w", copy], check=True)
    try:
        if os.access(copy, os.W_OK):
            pytest.skip("permissions do not bind root")
        code, _, err = run("ingest", corpus, "--index", copy, "--replace")
        assert code == 1 and "无法写入" in err
        assert told(copy) == before
    finally:
        subprocess.run(["chmod", "-R", "u+w", copy], check=True)


def test_read_only_file_system(published, small_disk):
    """An index on a file system that is mounted read-only: error with the reason, asking works, and writing works later."""
    corpus, index, before, now = published
    copy = small_disk / "索引"
    shutil.copytree(index, copy)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    code, _, err = run("ingest", corpus, "--index", copy, "--replace")
    assert code == 1 and "无法写入" in err and len(err.strip().splitlines()) == 1
    assert told(copy) == before
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    assert run("ingest", corpus, "--index", copy, "--replace")[0] == 0
    assert told(copy) == now


_REFUSED = """
import errno, os
real, count = os.fsync, [0]
def fsync(descriptor):
    count[0] += 1
    if count[0] == {number}:
        raise OSError(errno.{name}, os.strerror(errno.{name}))
    real(descriptor)
os.fsync = fsync
"""


@pytest.mark.parametrize("name", ["EDQUOT", "EIO"])
def test_data_that_cannot_be_made_durable(published, tmp_path, name):
    """A quota or a failing disk that shows at any fsync: an error with the reason, the old index or the new one, and the next ingest works."""
    corpus, index, before, now = published
    chance = random.Random(name)
    for number in range(1, CALLS + 1) if LONG else chance.sample(range(1, 20), CALLS):
        copy = tmp_path / str(number)
        shutil.copytree(index, copy)
        code, _, err = run("ingest", corpus, "--index", copy, "--replace", before=_REFUSED.format(number=number, name=name))
        assert code == 0 or (code == 1 and "无法写入" in err and len(err.strip().splitlines()) == 1), err
        assert told(copy) == (before if code else now) or told(copy) == now
        assert run("ingest", corpus, "--index", copy, "--replace")[0] == 0
        assert told(copy) == now
        shutil.rmtree(copy)


def test_limits_are_back_to_normal():
    """The limits of these tests bind their children only."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
