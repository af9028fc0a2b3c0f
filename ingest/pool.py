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
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ingest.generation import clear_away, make_durable
from ingest.tokenvectors import width_of

if TYPE_CHECKING:
    import numpy as np

KEY_BYTES = 16  # see ingest.embed.text_key
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
    rows: dict[bytes, int]


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
        self._saved: dict[bytes, int] = {}  # where the record of a key begins
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
        with open(self._path, "rb") if size else contextlib.nullcontext() as file:
            while self._size < size:
                record = self._next(file, size - self._size)
                if record is None:
                    break
                self._saved[record[:KEY_BYTES]] = self._size
                self._size += len(record)
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

    def reuse(self, vectors: Readable, tokens: Tokens, rows: dict[bytes, int]) -> None:
        """Serve the keys of `rows` from the rows of a previous generation's `vectors` and `tokens`."""
        self._sources.append(_Source(vectors, tokens, rows))

    def __contains__(self, key: bytes) -> bool:
        return key in self._saved or any(key in source.rows for source in self._sources)

    def add(self, keys: list[bytes], vectors: np.ndarray, tokens: Sequence[np.ndarray]) -> None:
        """Append `vectors`, (len(keys), dim) float32, and the packed tokens of each, and make them durable."""
        if vectors.shape != (len(keys), self.dim) or len(tokens) != len(keys):
            raise ValueError(
                f"{len(keys)} keys need ({len(keys)}, {self.dim}) vectors and {len(keys)} times tokens, "
                f"not {vectors.shape} and {len(tokens)}"
            )
        new, written, at = self._size == 0, {}, self._size
        with open(self._path, "ab") as file:
            for key, vector, packed in zip(keys, vectors.astype("<f2"), tokens, strict=True):
                record = key + len(packed).to_bytes(4, "little") + vector.tobytes() + packed.tobytes()
                file.write(record + zlib.crc32(record).to_bytes(_CRC_BYTES, "little"))
                written[key] = at
                at += len(record) + _CRC_BYTES
            file.flush()
            os.fsync(file.fileno())
        if new:  # a new file is there for good once its folder is
            make_durable(self._path.parent)
        self._saved.update(written)
        self._size = at

    def blocks(self, keys: Iterable[bytes]) -> Iterator[np.ndarray]:
        """The vectors of `keys` in their order, in blocks (n, dim) float32. KeyError if one is missing."""
        every = iter(keys)
        while block := list(itertools.islice(every, _BLOCK)):
            yield self._fetch(block)

    def tokens(self, keys: Iterable[bytes]) -> Iterator[np.ndarray]:
        """The packed tokens of each of `keys` in their order: (n, width) uint8. KeyError if one is missing."""
        import numpy as np

        records = self._records()
        for key in keys:
            source = next((source for source in self._sources if key in source.rows), None)
            if source:
                yield source.tokens.of(source.rows[key])
            else:
                begin = self._saved[key] + self._head.itemsize
                count = int(np.frombuffer(records, "<u4", 1, self._saved[key] + KEY_BYTES)[0])
                yield records[begin : begin + count * self.width].reshape(count, self.width)

    def _records(self) -> np.ndarray:
        """The checkpoint's bytes, mapped."""
        import numpy as np

        return np.memmap(self._path, np.uint8, "r") if self._size else np.zeros(0, np.uint8)

    def _fetch(self, keys: Sequence[bytes]) -> np.ndarray:
        import numpy as np

        found = np.empty((len(keys), self.dim), np.float32)
        left = list(range(len(keys)))
        for source in self._sources:
            known = [at for at in left if keys[at] in source.rows]
            if known:
                found[known] = source.vectors.rows([source.rows[keys[at]] for at in known])
                left = [at for at in left if keys[at] not in source.rows]
        if left:
            records = self._records()
            for at in left:
                found[at] = np.frombuffer(records, self._head, 1, self._saved[keys[at]])["vector"][0]
        return found

    def discard(self) -> None:
        """Remove the checkpoint: its vectors are published now."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def _checkpoint_path(index: Path, model_key: str, dim: int) -> Path:
    return index / f"{_CHECKPOINT}{zlib.crc32(model_key.encode()):08x}-{dim}.bin"
