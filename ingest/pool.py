"""Vectors and tokens already paid for, by the key of their text: nothing is ever embedded twice.

They come from the previous generation, and from the checkpoint that an ingest which
was killed left behind. All vectors pass through half precision exactly once, so an
incremental ingest and a full rebuild write the same bytes.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ingest.durable import clear_away, make_durable
from ingest.keytable import ABSENT, KeyTable
from ingest.modelkey import KEY_BYTES
from ingest.tokenvectors import width_of

if TYPE_CHECKING:
    import numpy as np

_BLOCK = 4096  # rows handled at once: 6 MB of float32 at 384 dimensions
_CRC_BYTES = 4
_CHECKPOINT = "embedded-"


class Readable(Protocol):
    """Anything that hands out vectors by number."""

    def rows(self, rows: Sequence[int]) -> np.ndarray:
        """(len(rows), dim) float32."""


class Tokens(Protocol):
    """Anything that hands out packed tokens by number."""

    def of(self, row: int) -> np.ndarray:
        """(n, width) uint8, see `ingest.tokenvectors`."""


class _Source(NamedTuple):
    vectors: Readable
    tokens: Tokens
    rows: KeyTable


class VectorPool:
    """Looks vectors and tokens up by key, and appends new ones to the checkpoint as they are made.

    A record of the checkpoint: the key, how many tokens, the vector, the tokens, a crc32 of it all.
    """

    def __init__(self, index: Path, model_key: str, dim: int) -> None:
        import numpy as np

        self.dim, self.width = dim, width_of(dim)
        self._sources: list[_Source] = []
        self._head = np.dtype([("key", f"V{KEY_BYTES}"), ("tokens", "<u4"), ("vector", "<f2", (dim,))])
        self._path = _checkpoint_path(index, model_key, dim)
        self._saved = KeyTable()  # numbers of records
        self._starts = array("Q")  # where each record begins
        self._size = 0
        for left in index.glob(_CHECKPOINT + "*"):
            if left != self._path:
                clear_away(left)
                left.unlink(missing_ok=True)  # of another model: worthless now
        clear_away(self._path)
        self._load()

    def _load(self) -> None:
        """Take over the checkpoint's good records; cut off a torn or damaged tail."""
        size = self._path.stat().st_size if self._path.is_file() else 0
        keys: list[bytes] = []
        with open(self._path, "rb") if size else contextlib.nullcontext() as file:
            while self._size < size:
                record = self._next(file, size - self._size)
                if record is None:
                    break
                keys.append(record[:KEY_BYTES])
                self._starts.append(self._size)
                self._size += len(record)
        self._saved.add(keys, range(len(keys)))
        if size != self._size:
            os.truncate(self._path, self._size)

    def _next(self, file, left: int) -> bytes | None:
        """The record that `file` stands at, with at most `left` bytes; None when it is torn or damaged."""
        head = file.read(self._head.itemsize)
        tail = int.from_bytes(head[KEY_BYTES : KEY_BYTES + 4], "little") * self.width + _CRC_BYTES
        if len(head) + tail > left:
            return None
        record = head + file.read(tail)
        sound = len(head) == self._head.itemsize and zlib.crc32(record[:-_CRC_BYTES]) == int.from_bytes(record[-_CRC_BYTES:], "little")
        return record if sound else None

    def reuse(
        self, vectors: Readable, tokens: Tokens, keys: Sequence[bytes] | np.ndarray, rows: Sequence[int] | np.ndarray
    ) -> None:
        """Serve `keys` from those `rows` of a previous generation's `vectors` and `tokens`."""
        if len(rows):
            table = KeyTable()
            table.add(keys, rows)
            self._sources.append(_Source(vectors, tokens, table))

    def __contains__(self, key: bytes) -> bool:
        return bool(self.holds([key])[0])

    def holds(self, keys: Sequence[bytes]) -> np.ndarray:
        """Whether the vector of each key is known: (len(keys),) bool."""
        held = self._saved.find(keys) != ABSENT
        for source in self._sources:
            held |= source.rows.find(keys) != ABSENT
        return held

    def add(self, keys: list[bytes], vectors: np.ndarray, tokens: Sequence[np.ndarray]) -> None:
        """Append `vectors`, (len(keys), dim) float32, and the packed tokens of each, and make them durable."""
        if vectors.shape != (len(keys), self.dim) or len(tokens) != len(keys):
            raise ValueError(
                f"{len(keys)} keys need ({len(keys)}, {self.dim}) vectors and {len(keys)} times tokens, "
                f"not {vectors.shape} and {len(tokens)}"
            )
        first, at = len(self._starts), self._size
        with open(self._path, "ab") as file:
            for key, vector, packed in zip(keys, vectors.astype("<f2"), tokens, strict=True):
                record = key + len(packed).to_bytes(4, "little") + vector.tobytes() + packed.tobytes()
                file.write(record + zlib.crc32(record).to_bytes(_CRC_BYTES, "little"))
                self._starts.append(at)
                at += len(record) + _CRC_BYTES
            file.flush()
            os.fsync(file.fileno())
        if not first:  # a new file is there for good once its folder is
            make_durable(self._path.parent)
        self._saved.add(keys, range(first, first + len(keys)))
        self._size = at

    def blocks(self, keys: Iterable[bytes]) -> Iterator[np.ndarray]:
        """The vectors of `keys` in their order, in blocks (n, dim) float32. KeyError if one is missing."""
        every = iter(keys)
        while block := list(itertools.islice(every, _BLOCK)):
            yield self._fetch(block)

    def tokens(self, keys: Iterable[bytes]) -> Iterator[np.ndarray]:
        """What was packed for each of `keys` in their order: (n, width) uint8. KeyError if one is missing."""
        every, records = iter(keys), self._records()
        while block := list(itertools.islice(every, _BLOCK)):
            found = [source.rows.find(block) for source in self._sources]
            for at, number in enumerate(self._saved.find(block).tolist()):
                source = next((one for one, rows in zip(self._sources, found, strict=True) if rows[at] != ABSENT), None)
                if source:
                    yield source.tokens.of(int(found[self._sources.index(source)][at]))
                else:
                    yield self._saved_tokens(records, number)

    def _saved_tokens(self, records: np.ndarray, number: int) -> np.ndarray:
        import numpy as np

        if number == ABSENT:
            raise KeyError("tokens that were never added")
        begin = self._starts[number]
        count = int(np.frombuffer(records, "<u4", 1, begin + KEY_BYTES)[0])
        begin += self._head.itemsize
        return records[begin : begin + count * self.width].reshape(count, self.width)

    def _records(self) -> np.ndarray:
        """The checkpoint's bytes, mapped."""
        import numpy as np

        return np.memmap(self._path, np.uint8, "r") if self._size else np.zeros(0, np.uint8)

    def _fetch(self, keys: Sequence[bytes]) -> np.ndarray:
        import numpy as np

        found = np.empty((len(keys), self.dim), np.float32)
        missing = np.ones(len(keys), bool)
        for source in self._sources:
            rows = source.rows.find(keys)
            known = missing & (rows != ABSENT)
            if known.any():
                found[known] = source.vectors.rows(rows[known])
                missing &= ~known
        if missing.any():
            numbers, records = self._saved.find(keys), self._records()
            if (numbers[missing] == ABSENT).any():
                raise KeyError("a vector that was never added")
            for at in np.flatnonzero(missing).tolist():
                found[at] = np.frombuffer(records, self._head, 1, self._starts[int(numbers[at])])["vector"][0]
        return found


def discard_checkpoint(index: Path, model_key: str, dim: int) -> None:
    """Remove the checkpoint: its vectors are published now."""
    with contextlib.suppress(OSError):
        _checkpoint_path(index, model_key, dim).unlink(missing_ok=True)


def _checkpoint_path(index: Path, model_key: str, dim: int) -> Path:
    return index / f"{_CHECKPOINT}{zlib.crc32(model_key.encode()):08x}-{dim}.bin"
