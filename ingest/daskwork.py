"""`qa ingest --dask`: reading and embedding on workers; the only importer of Dask.

The process that runs the ingest holds the lock, cleans, splits and writes; workers are asked
for two things, both pure: the articles of a batch of files, and the vectors of a block of
texts. A worker that dies costs its batches again, on another one, and since results are put
where they belong by their number, nothing can be there twice. Dask's own messages are
pickled: a scheduler must be reachable by trusted users alone (a local one demands a
certificate that is made for it).
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.dasktasks import Refusal, checked, describe_model, embed_texts, nothing, read_files
from ingest.embed import Encoded, Progress, model_key, open_embedder
from ingest.errors import SkippedFile, UsageError, WenjuError
from ingest.job import Tools
from ingest.previous import pipeline_digest
from ingest.read import Limits
from ingest.read.isolate import from_plain
from ingest.types import Article

if TYPE_CHECKING:
    import numpy as np

FILES_A_TASK, BYTES_A_TASK = 16, 4 << 20  # a fraction of a second of reading, against a few ms for a task
TEXTS_A_TASK = 32  # about 2 s of one core: what the last task of a block can keep the others waiting
AHEAD = 4  # read batches under way for each worker: bounds what waits here to be written
CONNECT_SECONDS = 30  # to the scheduler, and for a first worker
PATIENCE_SECONDS = 60  # without any worker; a killed one is back, or replaced, well before
_TRIES = 5  # of a task whose workers died one after another, each time with Dask's own three
_ADDRESS = re.compile(r"(?:tcp|tls|ucx|ws|wss)://\S+:\d+")
_LOCAL = re.compile(r"local:([1-9]\d{0,2})")


class DaskTools(Tools):
    """Reads and embeds on the workers of a Dask cluster. A context: workers that it started end with it.

    `where` is the address of a scheduler, or `local:N` for N processes of this machine.
    UsageError if it is neither or Dask is not installed, WenjuError if there is no worker.
    """

    def __init__(self, where: str) -> None:
        local = _LOCAL.fullmatch(where)
        if not local and not _ADDRESS.fullmatch(where):
            raise UsageError(
                f"--dask 应为调度器的地址（tcp://主机:8786）或 local:N（本机 N 个进程），不是“{where}”。",
                f"--dask takes the address of a scheduler (tcp://host:8786) or local:N (N processes here), not {where!r}.",
            )
        self._ends = ExitStack()
        distributed = _distributed()
        try:
            if local:
                self._client = self._ends.enter_context(_local_client(distributed, int(local[1])))
            else:
                self._client = self._ends.enter_context(distributed.Client(where, timeout=CONNECT_SECONDS))
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError, RuntimeError, ImportError) as error:
            self._ends.close()
            raise _no_cluster(where, error) from error
        self.work = Work(distributed, self._client, where)
        self.workers = max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def __enter__(self) -> DaskTools:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):  # a cluster that is gone cannot be said goodbye to
            self._ends.close()

    def reader(self, limits: Limits) -> DaskReader:
        """See `Tools.reader`."""
        return DaskReader(self.work, limits, AHEAD * self.workers)

    def embedder(self, model: str | None, device: str) -> DaskEmbedder:
        """See `Tools.embedder`."""
        return DaskEmbedder(self.work, model, device)


def _distributed():
    """Dask's scheduler, silenced: what happens to workers is told by us. UsageError if it is not installed."""
    try:
        import dask

        dask.config.set({"logging.distributed": "critical"})
        import distributed
    except ImportError as error:
        raise UsageError(
            '--dask 需要 Dask。请运行：pip install "wenju[dask]"（在源码目录里：pip install -e ".[dask]"）',
            '--dask needs Dask. Run: pip install "wenju[dask]" (in the source folder: pip install -e ".[dask]")',
        ) from error
    return distributed


@contextlib.contextmanager
def _local_client(distributed, count: int) -> Iterator:
    """A client of `count` new processes that share the cores; none but this process may give them work."""
    threads = max(1, (os.cpu_count() or 1) // count)
    with ExitStack() as ends:
        with _interrupts_are_ours():
            cluster = distributed.LocalCluster(
                n_workers=count, threads_per_worker=threads, processes=True, host="127.0.0.1", security=True,
                dashboard_address="127.0.0.1:0", worker_dashboard_address="127.0.0.1:0", memory_limit=0,
            )  # fmt: skip
            ends.enter_context(cluster)
        yield ends.enter_context(distributed.Client(cluster, timeout=CONNECT_SECONDS))


@contextlib.contextmanager
def _interrupts_are_ours() -> Iterator[None]:
    """Threads and processes begun within, and those that they begin, leave Ctrl-C to this one, which ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # begun later, within, it would let the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _no_cluster(where: str, error: Exception) -> WenjuError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return WenjuError(
        f"Dask（{where}）无法使用：{reason}。请确认调度器在运行（dask scheduler），并且至少有一个 worker（dask worker）。",
        f"Dask ({where}) cannot be used: {reason}. See that a scheduler runs (dask scheduler) and at least one worker (dask worker).",
    )


class Work:
    """Gives tasks to workers and hands out their results by number, whatever happens to a worker."""

    def __init__(self, distributed, client, where: str) -> None:
        self._distributed, self._client, self._where = distributed, client, where
        self._digest = pipeline_digest()

    def submit(self, task, *arguments: object):
        """A future of `task(*arguments)`; never taken from an earlier, equal task. WenjuError without a scheduler."""
        try:
            return self._client.submit(checked, self._digest, task, arguments, pure=False)
        except (OSError, RuntimeError) as error:
            raise self._given_up(error) from error

    def result(self, future, task, *arguments: object):
        """The result of a future of `submit`; a task whose workers died is given out anew. WenjuError in the end."""
        for left in reversed(range(_TRIES)):
            try:
                return self._take(future)
            except self._lost as error:
                if not left:
                    raise self._given_up(error) from error
                future = self.submit(task, *arguments)

    @property
    def _lost(self) -> tuple[type[Exception], ...]:
        return (self._distributed.scheduler.KilledWorker, self._distributed.client.FutureCancelledError)

    def _take(self, future):
        """Wait for a result as long as there are workers."""
        waited = 0
        while True:
            try:
                found = future.result(timeout=PATIENCE_SECONDS / 6)
                break
            except (TimeoutError, self._distributed.TimeoutError) as error:
                waited = 0 if self._alive() else waited + 1
                if waited >= 6:
                    raise self._given_up(error) from error
            except (OSError, RuntimeError) as error:
                raise self._given_up(error) from error
        if isinstance(found, Refusal):
            raise WenjuError(*found)
        return found

    def _alive(self) -> bool:
        """True while a worker is there."""
        try:
            self._client.run_on_scheduler(nothing)
            return bool(self._client.scheduler_info(n_workers=-1)["workers"])
        except Exception:  # whatever a broken connection raises
            return False

    def _given_up(self, error: Exception) -> WenjuError:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        return WenjuError(
            f"Dask（{self._where}）的 worker 都没有完成任务：{reason}。原有索引未变，已算好的向量已保存；worker 恢复后再运行一次即可。",
            f"No worker of Dask ({self._where}) finished its task: {reason}. The index is as it was and vectors "
            "already computed are kept; run it again when there are workers.",
        )


class DaskReader:
    """Reads batches of files on workers, as `Reader` does one by one; the files must lie at the same path there."""

    def __init__(self, work: Work, limits: Limits, ahead: int) -> None:
        self._work, self._limits, self._ahead = work, limits, ahead

    def __enter__(self) -> DaskReader:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read_many(self, jobs: Sequence[tuple[Path, str]]) -> Iterator[tuple[str, Article | SkippedFile]]:
        """See `Reader.read_many`. WenjuError if a worker does not see a file that is here."""
        waiting: deque = deque()
        batches = _batches(jobs)
        while True:
            while len(waiting) < self._ahead and (batch := next(batches, None)):
                files = [(os.path.abspath(path), id_) for path, id_ in batch]
                arguments = (files, asdict(self._limits))
                waiting.append((batch, arguments, self._work.submit(read_files, *arguments)))
            if not waiting:
                return
            batch, arguments, future = waiting.popleft()
            results = self._work.result(future, read_files, *arguments)
            for (path, id_), found in zip(batch, results, strict=True):
                if "absent" in found and os.path.lexists(path):
                    raise _not_shared(found["absent"], path)
                yield id_, _absent() if "absent" in found else from_plain(found)


def _batches(jobs: Sequence[tuple[Path, str]]) -> Iterator[list[tuple[Path, str]]]:
    """The files in order, a task's worth at a time."""
    batch, size = [], 0
    for path, id_ in jobs:
        batch.append((path, id_))
        with contextlib.suppress(OSError):
            size += path.stat().st_size
        if len(batch) >= FILES_A_TASK or size >= BYTES_A_TASK:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _absent() -> SkippedFile:
    return SkippedFile("unreadable", "无法打开：文件不见了。", "cannot be opened: the file is gone")


def _not_shared(host: str, path: Path) -> WenjuError:
    return WenjuError(
        f"worker {host} 上没有 {os.path.abspath(path)}。所有 worker 都要能用同样的路径读到文章（共享文件系统）；原有索引未变。",
        f"The worker {host} has no {os.path.abspath(path)}. All workers must see the articles at the same path "
        "(a shared file system). The index is as it was.",
    )


class DaskEmbedder:
    """An `Embedder` whose passages are embedded on workers; single questions are, as always, embedded here."""

    def __init__(self, work: Work, model: str | None, device: str) -> None:
        self._work, self._model = work, (model, device, model_key(model))
        facts = work.result(work.submit(describe_model, *self._model), describe_model, *self._model)
        self.name, self.dim = facts["name"], facts["dim"]
        self.notes: tuple[tuple[str, str], ...] = facts["notes"]

    def embed_query(self, text: str) -> Encoded:
        """See `Embedder`."""
        return open_embedder(self._model[0], device=self._model[1], for_queries=True).embed_query(text)

    def embed_queries(self, texts: Sequence[str]) -> list[Encoded]:
        """See `Embedder`."""
        every = [(row, one) for rows, found in self._embed("embed_queries", texts) for row, one in zip(rows, found, strict=True)]
        return [one for _, one in sorted(every, key=lambda pair: pair[0])]

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[np.ndarray, list[np.ndarray]]:
        """See `Embedder`. Texts of like length go together, the longest first, so that all workers end at once."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dim), np.float32)
        tokens: list[np.ndarray] = [np.zeros((0, 0), np.uint8)] * len(texts)
        for rows, (found, packed) in self._embed("embed_passages", texts):
            vectors[rows] = found
            for row, one in zip(rows, packed, strict=True):
                tokens[row] = one
            if progress:
                progress(len(rows))
        return vectors, tokens

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        """See `Embedder`."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dim), np.float32)
        for rows, found in self._embed("embed_sentences", texts):
            vectors[rows] = found
        return vectors

    def _embed(self, method: str, texts: Sequence[str]) -> Iterator[tuple[list[int], object]]:
        """(numbers of texts, what the embedder's method makes of them), batch by batch."""
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        under_way = deque()
        for begin in range(0, len(order), TEXTS_A_TASK):
            rows = order[begin : begin + TEXTS_A_TASK]
            arguments = (*self._model, method, [texts[row] for row in rows])
            under_way.append((rows, arguments, self._work.submit(embed_texts, *arguments)))
        while under_way:
            rows, arguments, future = under_way.popleft()
            yield rows, self._work.result(future, embed_texts, *arguments)


def threads_of_worker() -> int:
    """Threads that the worker in which this runs was given."""
    from distributed import get_worker

    return get_worker().state.nthreads
