"""A Dask cluster: finding or starting it, and tasks that end well whatever happens to a worker; the only importer of Dask.

Dask's own messages are pickled: a scheduler must be reachable by trusted users alone (a
local one demands a certificate that is made for it).
"""

from __future__ import annotations

import contextlib
import logging
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack

from ingest.beside import cores
from ingest.dasktasks import Refusal, checked, nothing
from ingest.errors import UsageError, WenjuError, one_line
from ingest.previous import pipeline_digest

CONNECT_SECONDS = 30  # to the scheduler, and for a first worker
PATIENCE_SECONDS = 60  # without any worker; a killed one is back, or replaced, well before
_TRIES = 5  # of a task whose workers died one after another, each time with Dask's own three
_ADDRESS = re.compile(r"(?:tcp|tls|ucx|ws|wss)://\S+:\d+")
_LOCAL = re.compile(r"local:([1-9]\d{0,2})")


def connect(where: str, ends: ExitStack) -> Work:
    """The workers of the scheduler at `where`, or of `local:N`; what has to end with them is put into `ends`.

    UsageError if it is neither or Dask is not installed, WenjuError if there is no worker.
    """
    local = _LOCAL.fullmatch(where)
    if not local and not _ADDRESS.fullmatch(where):
        raise UsageError(
            f"--dask 应为调度器的地址（tcp://主机:8786）或 local:N（本机 N 个进程），不是“{where}”。",
            f"--dask takes the address of a scheduler (tcp://host:8786) or local:N (N processes here), not {where!r}.",
        )
    distributed = _distributed()
    try:
        if local:
            client = ends.enter_context(_local_client(distributed, int(local[1])))
        else:
            client = ends.enter_context(distributed.Client(where, timeout=CONNECT_SECONDS))
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError, RuntimeError, ImportError) as error:
        ends.close()
        raise _no_cluster(where, error) from error
    return Work(distributed, client, where)


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
    threads = max(1, cores() // count)
    with ExitStack() as ends:
        with _interrupts_are_ours():
            cluster = distributed.LocalCluster(
                n_workers=count, threads_per_worker=threads, processes=True, host="127.0.0.1", security=True,
                dashboard_address="127.0.0.1:0", worker_dashboard_address="127.0.0.1:0", memory_limit=0,
                silence_logs=logging.CRITICAL,  # of the workers, which our configuration does not reach before they log
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
    reason = one_line(error)
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

    def workers(self) -> int:
        """How many there are now, 1 at least."""
        return max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

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
            raise (UsageError if found.usage else WenjuError)(found.zh, found.en)
        return found

    def _alive(self) -> bool:
        """True while a worker is there."""
        try:
            self._client.run_on_scheduler(nothing)
            return bool(self._client.scheduler_info(n_workers=-1)["workers"])
        except Exception:  # whatever a broken connection raises
            return False

    def _given_up(self, error: Exception) -> WenjuError:
        reason = one_line(error)
        return WenjuError(
            f"Dask（{self._where}）的 worker 都没有完成任务：{reason}。原有索引未变，已算好的向量已保存；worker 恢复后再运行一次即可。",
            f"No worker of Dask ({self._where}) finished its task: {reason}. The index is as it was and vectors "
            "already computed are kept; run it again when there are workers.",
        )


def threads_of_worker() -> int:
    """Threads that the worker in which this runs was given."""
    from distributed import get_worker

    return get_worker().state.nthreads
