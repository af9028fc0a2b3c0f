"""A vector for every token and every sentence of a passage, in one bit a dimension: what a paraphrase is recognised by.

The vector of a passage blurs what its words say. So the last states of its tokens are kept
too, and a question's tokens are each compared with the nearest of them (late interaction:
Khattab & Zaharia, ColBERT, 2020); and so are its sentences, each embedded alone. Every one is
moved by the mean of its kind, turned, and kept as the signs of its dimensions, 48 bytes for
384; the question's stay as they are.

A passage is a table of bytes, (n, width): a row a token, then a row a sentence. The last byte
of a token's row says how many characters it stands for, and whether a sentence begins there
(`BEGINS`); tokens before the first sentence are those of title and headings. The last byte
of a sentence's row is `SENTENCE`. A model that gives no states of tokens has rows of
sentences alone, and the signs of their vectors as they are.

They are looked at for candidates only, so they are stored flat and mapped: nothing of them
is read before it is asked for.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import damaged
from ingest.mapped import mapped

if TYPE_CHECKING:
    import numpy as np

# Part of the names under which tables are kept and found again: raised when another table would be
# made of the same text, by this module, `passagevectors`, `searchtext.sentence_texts` or the means.
TABLE_VERSION = b"4"
TOKENS_FILE = "tokens.bin"  # (n, width) uint8 of all passages, in the order of rows
STARTS_FILE = "token-starts.bin"  # number of the first row there of each passage, and the number of all at the end
MEANS_FILE = "token-means.json"  # of the bundled model, over texts of our own: `python -m eval means`
BEGINS = 128  # in the last byte of a token: a sentence begins here
SENTENCE = 255  # the last byte of a sentence
_MOST_CHARS = 126  # of one token, so that none looks like a sentence; the rest is the next one's
_BLOCK = 128  # of the Hadamard matrix: the largest power of two that 384 is a multiple of


def width_of(dim: int) -> int:
    """Bytes of one row: the signs, and what is said of it."""
    return -(-dim // 8) + 1


def pack(states: np.ndarray, lengths: Sequence[int]) -> np.ndarray:
    """States of a passage's tokens, (n, dim) float32, and the characters each stands for: (n, width) uint8."""
    packed = _signs_of(states, "token")
    left = 0
    for at, count in enumerate(lengths):
        left += int(count)
        packed[at, -1] = min(left, _MOST_CHARS)
        left -= int(packed[at, -1])
    return packed


def with_sentences(packed: np.ndarray, starts: Sequence[int], vectors: np.ndarray) -> np.ndarray:
    """A passage's packed tokens and its sentences: where each begins in its text, and its vector, (n, dim) float32."""
    import numpy as np

    rows = _signs_of(vectors, "sentence" if len(packed) else None)
    rows[:, -1] = SENTENCE
    whole = np.concatenate([packed, rows])
    ends = np.cumsum(packed[:, -1], dtype=np.int64)
    first = np.searchsorted(ends, np.asarray(starts, np.int64), "right")  # the token that a sentence's first character is in
    whole[first[first < len(packed)], -1] |= BEGINS
    return whole


def without(packed: np.ndarray, dropped: Set[int]) -> np.ndarray:
    """A packed passage without some of its sentences and their tokens; as it is, where their tokens cannot be told."""
    import numpy as np

    if not dropped:
        return packed
    alone = packed[:, -1] == SENTENCE
    begins = ~alone & ((packed[:, -1] & BEGINS) > 0)
    if begins.sum() != alone.sum():
        return packed
    number = np.where(alone, np.cumsum(alone), np.cumsum(begins)) - 1  # -1: title and headings
    return packed[~np.isin(number, [*dropped])]


def _signs_of(vectors: np.ndarray, kind: str | None) -> np.ndarray:
    import numpy as np

    packed = np.zeros((len(vectors), width_of(vectors.shape[1])), np.uint8)
    packed[:, :-1] = np.packbits(_turned(vectors, kind) > 0, axis=1)
    return packed


def asked(states: np.ndarray) -> np.ndarray:
    """States of a question's tokens, (n, dim) float32, as they are compared with packed ones: (n, dim) float32."""
    return _unit(_turned(states, "question token"))


def asked_whole(vector: np.ndarray, with_tokens: bool) -> np.ndarray:
    """The vector of a question, (dim,) float32, as it is compared with packed sentences: (dim,) float32.

    `with_tokens`: by a model that gives states of tokens too.
    """
    return _unit(_turned(vector[None], "question" if with_tokens else None))[0]


def _unit(vectors: np.ndarray) -> np.ndarray:
    import numpy as np

    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-9))


def unpack(packed: np.ndarray, dim: int) -> np.ndarray:
    """The vectors that packed rows stand for: (n, dim) float32 of unit length."""
    # `take`, not an index: a tenth of the time.
    return _signs(dim).take(packed[:, :-1], axis=0).reshape(len(packed), 8 * (packed.shape[1] - 1))[:, :dim]


def sentence_vectors(packed: np.ndarray, dim: int) -> np.ndarray:
    """About what the sentences of a packed passage were embedded as: (sentences, dim) float32 of unit length."""
    import numpy as np

    of_sentences = packed[:, -1] == SENTENCE
    signs, mean = unpack(packed[of_sentences], dim), _mean("sentence")
    if of_sentences.all() or dim != len(mean):
        return signs
    own_length = np.float32(max(0.0, 1 - float(mean @ mean)) ** 0.5)
    return _unit(mean + own_length * (signs @ _turn(dim).T))


def _turned(vectors: np.ndarray, kind: str | None) -> np.ndarray:
    """Vectors moved by the mean of their kind, and turned so that every dimension says as much as any other.

    As they are without a kind, or with other dimensions than the bundled model's.
    """
    import numpy as np

    mean = _mean(kind) if kind else np.zeros(0, np.float32)
    if vectors.shape[1] != len(mean):
        return vectors.astype(np.float32)
    return (vectors - mean) @ _turn(len(mean))


@functools.cache
def _mean(kind: str) -> np.ndarray:
    import numpy as np

    return np.array(_stored()[kind], np.float32)


@functools.cache
def _stored() -> dict[str, list[float]]:
    return json.loads((Path(__file__).parent / MEANS_FILE).read_text("utf-8"))


@functools.cache
def _turn(dim: int) -> np.ndarray:
    """A fixed rotation, (dim, dim) float32: signs and a Hadamard transform, an order by chance, and both again.

    The model has a few dimensions that shout; after it all speak alike, and a sign loses less.
    """
    import numpy as np

    small = np.ones((1, 1), np.float32)
    while len(small) < _BLOCK:
        small = np.block([[small, small], [small, -small]])
    blocks = np.kron(np.eye(dim // _BLOCK, dtype=np.float32), small / np.float32(_BLOCK**0.5))
    order = np.argsort(_chance("order", dim), kind="stable")
    return (_flips("first", dim) * blocks)[:, order] @ (_flips("second", dim) * blocks)


def _flips(name: str, dim: int) -> np.ndarray:
    import numpy as np

    return np.where(_chance(name, dim) % 2, 1, -1).astype(np.float32)[:, None]


def _chance(name: str, dim: int) -> np.ndarray:
    """Numbers that follow from a name on every machine: (dim,) uint64."""
    import numpy as np

    digests = (hashlib.blake2b(f"{name} {at}".encode(), digest_size=8).digest() for at in range(dim))
    return np.frombuffer(b"".join(digests), "<u8")


@functools.cache
def _signs(dim: int) -> np.ndarray:
    """(256, 8) float32: what a byte stands for in a vector of unit length."""
    import numpy as np

    signs = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1
    return signs * np.float32(dim**-0.5)


def write_tokens(folder: Path, passages: Iterable[np.ndarray]) -> None:
    """Write what was packed of each passage, (n, width) uint8, in the order of rows."""
    import numpy as np

    starts = [0]
    with open(folder / TOKENS_FILE, "wb") as file:
        for packed in passages:
            file.write(packed.tobytes())
            starts.append(starts[-1] + len(packed))
    with open(folder / STARTS_FILE, "wb") as file:
        file.write(np.asarray(starts, "<u8").tobytes())


class TokenVectors:
    """Reads what was packed of the passages of a segment, in place."""

    def __init__(self, folder: Path, dim: int, rows: int) -> None:
        import numpy as np

        self._starts = mapped(folder / STARTS_FILE, np.dtype("<u8"))
        tokens = mapped(folder / TOKENS_FILE, np.dtype("u1"))
        if len(self._starts) != rows + 1 or len(tokens) != int(self._starts[-1]) * width_of(dim):
            raise damaged(folder / TOKENS_FILE)
        self._tokens = tokens.reshape(-1, width_of(dim))

    def of(self, row: int) -> np.ndarray:
        """What was packed of passage `row`: (n, width) uint8."""
        return self._tokens[int(self._starts[row]) : int(self._starts[row + 1])]
