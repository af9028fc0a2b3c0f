"""Vectors already paid for, by the key of their text: nothing is ever embedded twice.

They come from the previous generation, and from the checkpoint that an ingest which
was killed left behind. All vectors pass through half precision exactly once, so an
incremental ingest and a full rebuild write the same bytes.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ingest.generation import clear_away, make_durable

if TYPE_CHECKING:
    import numpy as np

KEY_BYTES = 16  # see ingest.embed.text_key
_BLOCK = 4096  # rows handled at once: 6 MB of float32 at 384 dimensions
_CHECKPOINT = "embedded-"


class Readable(Protocol):
    """Anything that hands out vectors by number."""

    def rows(self, rows: Sequence[int]) -> np.ndarray:
        """(len(rows), dim) float32."""


class _Source(NamedTuple):
    vectors: Readable
    rows: dict[bytes, int]


class VectorPool:
    """Looks vectors up by key, and appends new ones to the checkpoint as they are made."""

    def __init__(self, index: Path, model_key: str, dim: int) -> None:
        import numpy as np

        self.dim = dim
        self._sources: list[_Source] = []
        self._record = np.dtype([("key", f"V{KEY_BYTES}"), ("vector", "<f2", (dim,)), ("crc", "<u4")])
        self._path = _checkpoint_path(index, model_key, dim)
        self._saved: dict[bytes, int] = {}
        self._records = 0
        for left in index.glob(_CHECKPOINT + "*"):
            if left != self._path:
                clear_away(left)
                left.unlink(missing_ok=True)  # of another model: worthless now
        clear_away(self._path)
        self._load()

    def _load(self) -> None:
        """Take over the checkpoint's good records; cut off a torn or damaged tail."""
        import numpy as np

        size = self._path.stat().st_size if self._path.is_file() else 0
        whole = size // self._record.itemsize
        if whole:
            records = np.memmap(self._path, self._record, "r", shape=(whole,))
            for number in range(whole):
                if zlib.crc32(records[number].tobytes()[:-4]) != records["crc"][number]:
                    whole = number
                    break
                self._saved[records["key"][number].tobytes()] = number
            del records
        if size != whole * self._record.itemsize:
            os.truncate(self._path, whole * self._record.itemsize)
        self._records = whole

    def reuse(self, vectors: Readable, rows: dict[bytes, int]) -> None:
        """Serve the keys of `rows` from the rows of a previous generation's `vectors`."""
        self._sources.append(_Source(vectors, rows))

    def __contains__(self, key: bytes) -> bool:
        return key in self._saved or any(key in source.rows for source in self._sources)

    def add(self, keys: list[bytes], vectors: np.ndarray) -> None:
        """Append `vectors`, (len(keys), dim) float32, and make them durable."""
        import numpy as np

        if vectors.shape != (len(keys), self.dim):
            raise ValueError(f"{len(keys)} keys need ({len(keys)}, {self.dim}) vectors, not {vectors.shape}")
        records = np.zeros(len(keys), self._record)
        records["key"] = np.frombuffer(b"".join(keys), f"V{KEY_BYTES}")
        records["vector"] = vectors.astype("<f2")
        for number in range(len(keys)):
            records["crc"][number] = zlib.crc32(records[number].tobytes()[:-4])
        with open(self._path, "ab") as file:
            file.write(records.tobytes())
            file.flush()
            os.fsync(file.fileno())
        if not self._records:  # a new file is there for good once its folder is
            make_durable(self._path.parent)
        for number, key in enumerate(keys, self._records):
            self._saved[key] = number
        self._records += len(keys)

    def blocks(self, keys: Iterable[bytes]) -> Iterator[np.ndarray]:
        """The vectors of `keys` in their order, in blocks (n, dim) float32. KeyError if one is missing."""
        block: list[bytes] = []
        for key in keys:
            block.append(key)
            if len(block) == _BLOCK:
                yield self._fetch(block)
                block = []
        if block:
            yield self._fetch(block)

    def _fetch(self, keys: list[bytes]) -> np.ndarray:
        import numpy as np

        found = np.empty((len(keys), self.dim), np.float32)
        left = list(range(len(keys)))
        for source in self._sources:
            known = [at for at in left if keys[at] in source.rows]
            if known:
                found[known] = source.vectors.rows([source.rows[keys[at]] for at in known])
                left = [at for at in left if keys[at] not in source.rows]
        if left:
            records = np.memmap(self._path, self._record, "r")
            found[left] = records["vector"][[self._saved[keys[at]] for at in left]]
            del records
        return found

    def discard(self) -> None:
        """Remove the checkpoint: its vectors are published now."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def _checkpoint_path(index: Path, model_key: str, dim: int) -> Path:
    return index / f"{_CHECKPOINT}{zlib.crc32(model_key.encode()):08x}-{dim}.bin"
