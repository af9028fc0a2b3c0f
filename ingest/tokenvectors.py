"""A vector for every token of every passage, in one bit a dimension: what a paraphrase is recognised by.

The vector of a passage blurs what its words say. So the last states of its tokens are kept
too, and a question's tokens are each compared with the nearest of them (late interaction:
Khattab & Zaharia, ColBERT, 2020). A state is moved by the mean of all states, turned, and
kept as the signs of its dimensions, 48 bytes for 384; the question's stay as they are. On
paraphrases this finds as much as whole states do, and three times more first than cosines.

They are looked at for candidates only, so they are stored flat and mapped: nothing of them
is read before it is asked for.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import damaged

if TYPE_CHECKING:
    import numpy as np

TOKENS_FILE = "tokens.bin"  # (tokens, width) uint8 of all passages, in the order of rows
STARTS_FILE = "token-starts.bin"  # number of the first token of each row, and the number of all at the end
MEANS_FILE = "token-means.json"  # of the bundled model, over texts of our own: `python -m eval means`
_MOST_CHARS = 255  # one byte says how many characters a token stands for; the rest is the next one's
_BLOCK = 128  # of the Hadamard matrix: the largest power of two that 384 is a multiple of


def width_of(dim: int) -> int:
    """Bytes of one token: its signs, and how many characters it stands for."""
    return -(-dim // 8) + 1


def pack(states: np.ndarray, lengths: Sequence[int]) -> np.ndarray:
    """States of a passage's tokens, (n, dim) float32, and the characters each stands for: (n, width) uint8."""
    import numpy as np

    packed = np.empty((len(states), width_of(states.shape[1])), np.uint8)
    packed[:, :-1] = np.packbits(_turned(states, "passage") > 0, axis=1)
    left = 0
    for at, count in enumerate(lengths):
        left += int(count)
        packed[at, -1] = min(left, _MOST_CHARS)
        left -= int(packed[at, -1])
    return packed


def asked(states: np.ndarray) -> np.ndarray:
    """States of a question's tokens, (n, dim) float32, as they are compared with packed ones: (n, dim) float32."""
    import numpy as np

    turned = _turned(states, "query")
    return turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), np.float32(1e-9))


def similarities(question: np.ndarray, packed: np.ndarray) -> np.ndarray:
    """(q, n) float32: of each of a question's tokens, (q, dim) from `asked`, and each packed token; -1 to 1."""
    import numpy as np

    signs = _signs()[packed[:, :-1]].reshape(len(packed), -1)[:, : question.shape[1]]
    return question @ signs.T * np.float32(question.shape[1] ** -0.5)


def best_of_each(question: np.ndarray, passages: Sequence[np.ndarray]) -> np.ndarray:
    """(q, passages) float32: of each token of a question the similarity of the nearest token of each passage.

    0 in passages without tokens.
    """
    import numpy as np

    found = np.zeros((len(question), len(passages)), np.float32)
    filled = [at for at, one in enumerate(passages) if len(one)]
    if filled and len(question):
        every = np.concatenate([passages[at] for at in filled])
        starts = np.cumsum([0, *(len(passages[at]) for at in filled[:-1])])
        found[:, filled] = np.maximum.reduceat(similarities(question, every), starts, axis=1)
    return found


def _turned(states: np.ndarray, side: str) -> np.ndarray:
    """States moved by the mean of their side, and turned so that every dimension says as much as any other."""
    import numpy as np

    dim = states.shape[1]
    return (states - _means(side, dim)) @ _turn(dim) if dim in _known_dims() else states.astype(np.float32)


@functools.cache
def _stored() -> dict[str, list[float]]:
    return json.loads((Path(__file__).parent / MEANS_FILE).read_text("utf-8"))


def _known_dims() -> tuple[int, ...]:
    return (len(_stored()["query"]),)


@functools.cache
def _means(side: str, dim: int) -> np.ndarray:
    import numpy as np

    return np.array(_stored()[side], np.float32).reshape(1, dim)


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
def _signs() -> np.ndarray:
    """(256, 8) float32: the signs that a byte stands for."""
    import numpy as np

    return np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1


def write_tokens(folder: Path, passages: Iterable[np.ndarray]) -> None:
    """Write the packed tokens of each passage, (n, width) uint8, in the order of rows."""
    import numpy as np

    starts = [0]
    with open(folder / TOKENS_FILE, "wb") as file:
        for packed in passages:
            file.write(packed.tobytes())
            starts.append(starts[-1] + len(packed))
    with open(folder / STARTS_FILE, "wb") as file:
        file.write(np.asarray(starts, "<u8").tobytes())


class TokenVectors:
    """Reads the packed tokens of a segment in place."""

    def __init__(self, folder: Path, dim: int, rows: int) -> None:
        import numpy as np

        self._starts = _mapped(folder / STARTS_FILE, np.dtype("<u8"))
        tokens = _mapped(folder / TOKENS_FILE, np.dtype("u1"))
        if len(self._starts) != rows + 1 or len(tokens) != int(self._starts[-1]) * width_of(dim):
            raise damaged(folder / TOKENS_FILE)
        self._tokens = tokens.reshape(-1, width_of(dim))

    def of(self, row: int) -> np.ndarray:
        """The packed tokens of passage `row`, in order: (n, width) uint8."""
        return self._tokens[int(self._starts[row]) : int(self._starts[row + 1])]


def _mapped(path: Path, dtype) -> np.ndarray:
    import numpy as np

    try:
        return np.memmap(path, dtype, "r") if path.stat().st_size else np.zeros(0, dtype)
    except (OSError, ValueError) as error:
        raise damaged(path) from error
