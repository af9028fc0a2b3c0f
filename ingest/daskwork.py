"""`qa ingest --dask`: reading and embedding on workers.

The process that runs the ingest holds the lock, cleans, splits and writes; workers are asked
for two things, both pure: the articles of a batch of files, and the vectors of a block of
texts. A worker that dies costs its batches again, on another one, and since results are put
where they belong by their number, nothing can be there twice.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.daskcluster import Work, connect
from ingest.dasktasks import describe_model, embed_texts, nothing, read_files, try_device
from ingest.embed import Encoded, Progress, open_embedder
from ingest.errors import SkippedFile, WenjuError
from ingest.job import Tools
from ingest.modelkey import model_key
from ingest.read import Limits
from ingest.read.isolate import from_plain
from ingest.types import Article

if TYPE_CHECKING:
    import numpy as np

FILES_A_TASK, BYTES_A_TASK = 16, 4 << 20  # a fraction of a second of reading, against a few ms for a task
TEXTS_A_TASK = 32  # about 2 s of one core: what the last task of a block can keep the others waiting
AHEAD = 4  # read batches under way for each worker: bounds what waits here to be written


class DaskTools(Tools):
    """Reads and embeds on the workers of a Dask cluster. A context: workers that it started end with it.

    `where` is the address of a scheduler, or `local:N` for N processes of this machine.
    UsageError if it is neither or Dask is not installed, WenjuError if there is no worker.
    """

    def __init__(self, where: str) -> None:
        self._ends = ExitStack()
        self.work = connect(where, self._ends)
        self.workers = self.work.workers()

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

    def try_device(self, device: str) -> None:
        """See `Tools.try_device`: tried by a worker."""
        self.work.result(self.work.submit(nothing), nothing)  # another version, which may not know how to try, says so
        self.work.result(self.work.submit(try_device, device), try_device, device)


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
