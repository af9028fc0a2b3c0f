"""Ingest on workers of Dask gives what one process gives, though a worker is killed in the middle."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.faults import LONG, ROOT, article, told, write

pytest.importorskip("distributed", reason="Dask is not installed (the extra wenju[dask])")

from ingest.build import build  # noqa: E402
from ingest.daskwork import DaskTools  # noqa: E402
from ingest.errors import UsageError, WenjuError  # noqa: E402
from ingest.job import Tools  # noqa: E402

_ARTICLES, _WORKERS, _ROUNDS = (1000, 3, 20) if LONG else (30, 2, 1)
_WHOLE = not LONG  # articles of several passages; a thousand are of one short passage, for embedding is not what is tried
_BLOCK = 64 if LONG else 16  # texts made durable at once: several blocks, so that a kill falls between or within
_UP_SECONDS = 60  # for processes to start, on a busy machine


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Articles of two kinds of file: one is read in the worker, the other in a child of it."""
    folder = tmp_path_factory.mktemp("dask") / "文章"
    for number in range(_ARTICLES):
        text = article(f"东西{number}", number) if _WHOLE else f"东西{number}是当地的第 {number} 样东西，每年春天检修一次，最怕潮湿。"
        if number % 5:
            write(folder / f"{number % 7}" / f"东西{number}.txt", text)
        else:
            write(folder / f"东西{number}.html", f"<html><body><h1>东西{number}</h1><p>{text}</p></body></html>")
    (folder / "坏.pdf").write_bytes(b"%PDF-1.4 nothing")
    return folder


@pytest.fixture(scope="module")
def alone(corpus):
    """The index that one process builds."""
    index = corpus.parent / "一个进程"
    report = build(corpus, index)
    assert [id_ for id_, _ in report.skipped] == ["坏.pdf"]
    return index


class Cluster:
    """A scheduler and workers, each a process of its own that nobody starts again."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self._processes: list[subprocess.Popen] = []
        self.workers: list[subprocess.Popen] = []
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", folder / "s.json", "--no-dashboard")
        for _ in range(count):
            self.add()

    def _start(self, *words: object) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *map(str, words)],
            cwd=self._folder, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._processes.append(process)
        return process

    def add(self) -> None:
        """One more worker."""
        words = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0")
        self.workers.append(self._start("worker", "--scheduler-file", self._folder / "s.json", *words))

    @property
    def address(self) -> str:
        """Of the scheduler, once it is there."""
        until = time.monotonic() + _UP_SECONDS
        while True:
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):  # the scheduler makes it, then fills it
                return json.loads((self._folder / "s.json").read_text())["address"]
            assert time.monotonic() < until
            time.sleep(0.05)

    def end(self) -> None:
        """Kill whatever is left."""
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    """A cluster of real processes."""
    made = Cluster(tmp_path, _WORKERS)
    yield made
    made.end()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """A cluster for tests that leave it as it is."""
    made = Cluster(tmp_path_factory.mktemp("cluster"), 1)
    yield made
    made.end()


def _same(index: Path, other: Path) -> None:
    """Both hold the same files and bytes, but for what tells when and how they were written; and tell users the same."""
    found = [{path.relative_to(one).as_posix(): path for path in one.rglob("*") if path.is_file()} for one in (index, other)]
    assert found[0].keys() == found[1].keys()
    for name in found[0]:
        if name.endswith((".db", "manifest.json")) or name in ("CURRENT", "lock"):
            continue  # a database is compared by what it answers
        assert found[0][name].read_bytes() == found[1][name].read_bytes(), name
    assert told(index) == told(other)


@pytest.mark.parametrize("number", range(_ROUNDS))
def test_a_killed_worker_costs_nothing_but_time(number, corpus, alone, cluster, tmp_path, monkeypatch):
    """One worker of several is killed -9 in the middle: every article and vector is there, once."""
    monkeypatch.setattr("ingest.vectorise.EMBED_BLOCK", _BLOCK)
    rng = random.Random(number)
    share, seen, killed = rng.random() * 0.9, [], threading.Event()

    def progress(stage: str, done: int, total: int) -> None:
        seen.append((stage, done, total))
        at = {"read": 0, "embed": 0.3}.get(stage)
        if at is None or killed.is_set() or at + done / total * (0.3 if stage == "read" else 0.7) < share:
            return
        killed.set()
        delay = rng.random() * 0.5
        victim = cluster.workers[rng.randrange(_WORKERS)]
        threading.Timer(delay, lambda: victim.send_signal(signal.SIGKILL)).start()

    with DaskTools(cluster.address) as tools:
        report = build(corpus, tmp_path / "索引", progress=progress, tools=tools)
    assert killed.is_set()
    assert any(worker.wait(5) == -signal.SIGKILL for worker in cluster.workers if worker.poll() is not None)
    assert report.articles == _ARTICLES and report.published
    assert [id_ for id_, _ in report.skipped] == ["坏.pdf"]
    embedded = [done for stage, done, _ in seen if stage == "embed"]
    assert embedded == sorted(embedded) and embedded[-1] == report.embedded
    _same(tmp_path / "索引", alone)
    shutil.rmtree(tmp_path / "索引")


@pytest.mark.skipif(LONG, reason="short form only")
def test_workers_of_this_machine_do_the_same(corpus, alone, tmp_path, qa):
    """`--dask local:2` starts workers, uses and ends them; an ingest without them finds nothing to do."""
    outcome = qa("ingest", corpus, "--index", tmp_path / "索引", "--dask", "local:2")
    assert outcome.code == 3 and f"{_ARTICLES} 篇" in outcome.err  # 3: the broken file
    _same(tmp_path / "索引", alone)
    outcome = qa("ingest", corpus, "--index", tmp_path / "索引")
    assert "没有新内容" in outcome.err


@pytest.mark.skipif(LONG or os.name != "posix", reason="short form only, and groups of processes")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_workers_end_with_the_ingest(how, corpus, tmp_path):
    """Ctrl-C ends all with one line, a kill without; no process is left, and no traceback is shown."""
    words = ("ingest", corpus, "--index", tmp_path / "索引", "--dask", "local:2")
    process = subprocess.Popen(
        [sys.executable, "-m", "qa.cli", *map(str, words)],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored where tests run in the background
    )  # fmt: skip
    until = time.monotonic() + _UP_SECONDS
    while _in_group(process.pid) < 3:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.05)
    time.sleep(1.5)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.kill()
    assert process.wait(_UP_SECONDS) == (130 if how == signal.SIGINT else -how)
    until = time.monotonic() + _UP_SECONDS
    while _in_group(process.pid):
        assert time.monotonic() < until
        time.sleep(0.1)
    told = process.stderr.read()
    if how == signal.SIGINT:
        assert "已中断" in told and "Traceback" not in told


@pytest.mark.skipif(LONG, reason="short form only")
def test_workers_of_this_machine_say_nothing_of_their_own(capfd):
    """What Dask logs there, tracebacks of a connection that ends among it, does not reach the user."""
    with DaskTools("local:1") as tools:
        tools.work._client.run(lambda: [getattr(logging.getLogger("distributed.worker"), how)("a mishap") for how in ("warning", "error")])
    assert "mishap" not in capfd.readouterr().err


def _in_group(group: int) -> int:
    """Processes of a group that are alive."""
    found = subprocess.run(["ps", "-eo", "pgid,stat"], capture_output=True, text=True, check=True).stdout
    return sum(line.split()[0] == str(group) and not line.split()[1].startswith("Z") for line in found.splitlines()[1:])


def test_the_embedder_keeps_order_and_length(lasting):
    """Texts of any length come back as rows in their order, as near to one process's vectors as can be told."""
    texts = [("潮汐" * (number * 37 % 101 + 1)) + str(number) for number in range(90)] + [""]
    with DaskTools(lasting.address) as tools:
        told_of = []
        found, packed = tools.embedder(None, "cpu").embed_passages(texts, told_of.append)
        asked = tools.embedder(None, "cpu").embed_queries(texts[:3])
        none, _ = tools.embedder(None, "cpu").embed_passages([])
    here = Tools().embedder(None, "cpu")
    expected, tokens = here.embed_passages(texts)
    assert np.einsum("ij,ij->i", found, expected).min() > 0.9999
    assert [one.shape for one in packed] == [one.shape for one in tokens]
    for one, other in zip(asked, here.embed_queries(texts[:3]), strict=True):
        assert one.vector @ other.vector > 0.9999 and one.tokens.shape == other.tokens.shape
    assert sum(told_of) == len(texts) and none.shape == (0, here.dim)


def test_no_workers_is_an_error_not_a_wait(cluster, corpus, tmp_path, monkeypatch):
    """When all workers are gone for good the ingest ends with a message; what was computed is kept."""
    monkeypatch.setattr("ingest.daskcluster.PATIENCE_SECONDS", 1.2)
    with DaskTools(cluster.address) as tools:
        for worker in cluster.workers:
            worker.kill()
        with pytest.raises(WenjuError, match="worker"):
            build(corpus, tmp_path / "索引", tools=tools)


def test_a_dead_scheduler_is_an_error(cluster, corpus, tmp_path, monkeypatch):
    """The scheduler dies: the ingest ends with a message."""
    monkeypatch.setattr("ingest.daskcluster.PATIENCE_SECONDS", 1.2)
    monkeypatch.setattr("ingest.daskcluster.CONNECT_SECONDS", 5)
    address = cluster.address
    with DaskTools(address) as tools:
        cluster.scheduler.kill()
        with pytest.raises(WenjuError, match="Dask"):
            build(corpus, tmp_path / "索引", tools=tools)


def test_files_that_workers_do_not_see_are_named(lasting, corpus, tmp_path, monkeypatch):
    """A worker without the shared file system is a clear error, not thirty skipped files."""
    monkeypatch.setattr("ingest.daskwork.os.path.abspath", lambda path: f"/nowhere{path}")
    with DaskTools(lasting.address) as tools, pytest.raises(WenjuError, match="/nowhere.*共享文件系统"):
        build(corpus, tmp_path / "索引", tools=tools)


def test_another_version_on_a_worker_is_refused(lasting, corpus, tmp_path):
    """Workers that would read and clean otherwise are not used."""
    with DaskTools(lasting.address) as tools:
        tools.work._digest = "another"
        with pytest.raises(WenjuError, match="版本不同"):
            build(corpus, tmp_path / "索引", tools=tools)


def test_a_device_that_workers_lack_is_wrong_usage(lasting):
    """A worker tries it, and what it says is passed on; a worker of another version is an error of another kind."""
    with DaskTools(lasting.address) as tools:
        with pytest.raises(UsageError, match="cuda:99.*去掉 --device"):
            tools.try_device("cuda:99")
        tools.work._digest = "another"
        with pytest.raises(WenjuError, match="版本不同") as caught:
            tools.try_device("cuda:99")
        assert not isinstance(caught.value, UsageError)


@pytest.mark.parametrize("where", ["local", "local:0", "local:x", "host:8786", "tcp://host", ""])
def test_wrong_addresses_say_what_is_meant(where):
    """Neither an address nor local:N: both are shown."""
    with pytest.raises(UsageError, match="local:N"):
        DaskTools(where)


def test_a_scheduler_that_is_not_there(qa, small_corpus, tmp_path, monkeypatch):
    """An address where nobody listens: one line."""
    monkeypatch.setattr("ingest.daskcluster.CONNECT_SECONDS", 1)
    with pytest.raises(WenjuError, match="dask scheduler"):
        DaskTools("tcp://127.0.0.1:9")
