"""How surely a passage answers a question: a small model that reads both.

Late interaction sees how near words come to each other, and so a passage that merely shares the
words of a question comes as near as one that answers. This one lets the question's tokens
attend to each other and to those of the passage (Vaswani et al., Attention Is All You Need,
2017; norms before each part, as in Xiong et al., 2020), as both stand in an index: nothing is
embedded again, so a passage is read in some milliseconds. Trained by `python -m eval read`,
which writes the file: the arrays of `shapes`, see `ingest.halves`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ingest.halves import read_halves
from ingest.tokenvectors import BEGINS, SENTENCE, asked_whole, unpack

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Encoded

READER_FILE = Path(__file__).parent / "reader.bin"
DIM = 384  # of the bundled model; no other gives tokens
WIDTH, INNER, HEADS, BLOCKS = 128, 256, 4, 2  # 1 MB; other sizes were not tried
PLACES = 32  # of tokens in a question; those further on share the last
_EPS = 1e-5  # torch's, in its norms
# About the mean of each similarity, and what a standard deviation is then one of: (nearest of a question's token,
# nearest of a passage's, mean over a sentence's, sentence alone). Vectors are stretched to a like size.
_USUAL, _STRETCH, _VECTORS = (0.4, 0.3, 0.2, 0.2), 10.0, 5.0


class Seen(NamedTuple):
    """What is read: of q tokens of a question and n of a passage with m sentences."""

    question: np.ndarray  # (q, DIM + 1): its vector, and how near the nearest of the passage comes
    passage: np.ndarray  # (n, DIM + 3): likewise, and how near its sentence comes, by tokens and alone
    own: np.ndarray  # (n,): which sentence it is in, from 1; 0 for title and headings
    sentences: np.ndarray  # (m, 2): how near each comes, by tokens and alone


NOTHING_READ = 0.0  # of a model that gives no tokens, or without text
SAYS_NOTHING = -4.0  # of a passage that merely promises: about what is read of one that has nothing to do with the question


def shapes() -> dict[str, tuple[int, ...]]:
    """The name and shape of each array of numbers, in the order of the file."""
    found: dict[str, tuple[int, ...]] = {"first": (WIDTH,), "places": (PLACES, WIDTH)}

    def linear(name: str, columns: int, rows: int) -> None:
        found[f"{name}.weight"], found[f"{name}.bias"] = (rows, columns), (rows,)

    def norm(name: str) -> None:
        found[f"{name}.weight"], found[f"{name}.bias"] = (WIDTH,), (WIDTH,)

    linear("question", DIM + 1, WIDTH)
    linear("passage", DIM + 3, WIDTH)
    norm("passage_norm")
    for block in range(BLOCKS):
        for part, columns, rows in (
            ("own", WIDTH, 3 * WIDTH), ("own_out", WIDTH, WIDTH), ("asks", WIDTH, WIDTH), ("tells", WIDTH, 2 * WIDTH),
            ("told", WIDTH, WIDTH), ("inner", WIDTH, INNER), ("outer", INNER, WIDTH),
        ):  # fmt: skip
            linear(f"blocks.{block}.{part}", columns, rows)
        for part in ("own_norm", "asks_norm", "inner_norm"):
            norm(f"blocks.{block}.{part}")
    norm("norm")
    linear("answers", WIDTH, 1)
    return found


def seen(asked: Encoded, packed: np.ndarray) -> Seen:
    """What there is to read of a question and a packed passage, see `ingest.tokenvectors`; both have tokens, and it has sentences."""
    import numpy as np

    marks = packed[:, -1]
    worded = marks != SENTENCE
    vectors = unpack(packed, DIM)
    words, spoken = vectors[worded], vectors[~worded] @ asked_whole(asked.vector, True)
    own = np.cumsum((marks[worded] & BEGINS) > 0)
    similar = np.maximum(asked.tokens @ words.T, 0)
    nearest = np.maximum.reduceat(similar, np.flatnonzero(np.diff(own, prepend=-1)), axis=1)  # of each run
    if own[0] == 0:
        nearest = np.maximum(nearest, nearest[:, :1])  # in it, or in title and headings
    part = nearest.mean(axis=0)
    alone = np.append(spoken.max(), spoken)  # of title and headings, the nearest
    token, word, by_tokens, by_itself = _USUAL
    near = np.stack([part - by_tokens, alone[own[0] : own[-1] + 1] - by_itself], axis=1) * np.float32(_STRETCH)
    asks = np.column_stack([_VECTORS * asked.tokens, _STRETCH * (similar.max(axis=1) - token)])
    tells = np.column_stack([_VECTORS * words, _STRETCH * (similar.max(axis=0) - word), near[own - own[0]]])
    return Seen(asks.astype(np.float32), tells.astype(np.float32), own, near[1 if own[0] == 0 else 0 :])


class Reader:
    """The numbers of the model, read from a file."""

    def __init__(self, path: Path = READER_FILE) -> None:
        """WenjuError naming the remedy when `path` does not hold them."""
        self._values = {name: half.astype("f4") for name, half in read_halves(path, shapes()).items()}

    def read(self, asked: Encoded, packed: np.ndarray) -> float:
        """How surely one packed passage answers: log-odds, among those that it was trained on."""
        if not len(asked.tokens) or not len(packed) or packed[0, -1] == SENTENCE or packed[-1, -1] != SENTENCE:
            return NOTHING_READ
        return self.of(seen(asked, packed))

    def of(self, what: Seen) -> float:
        """The same, of what there is to read."""
        import numpy as np

        places = self._values["places"][np.minimum(np.arange(len(what.question)), PLACES - 1)]
        x = np.vstack([self._values["first"], self._linear(what.question, "question") + places])
        passage = self._norm(self._linear(what.passage, "passage"), "passage_norm")
        for block in range(BLOCKS):
            x = self._block(x, passage, f"blocks.{block}")
        return float(self._linear(self._norm(x[0], "norm"), "answers")[0])

    def _block(self, x: np.ndarray, passage: np.ndarray, name: str) -> np.ndarray:
        """The question's tokens attend to each other, then to those of the passage."""
        import numpy as np

        asks, others, say = np.split(self._linear(self._norm(x, f"{name}.own_norm"), f"{name}.own"), 3, axis=1)
        x = x + self._linear(_attended(asks, others, say), f"{name}.own_out")
        tokens, tell = np.split(self._linear(passage, f"{name}.tells"), 2, axis=1)
        asks = self._linear(self._norm(x, f"{name}.asks_norm"), f"{name}.asks")
        x = x + self._linear(_attended(asks, tokens, tell), f"{name}.told")
        inner = np.maximum(self._linear(self._norm(x, f"{name}.inner_norm"), f"{name}.inner"), 0)
        return x + self._linear(inner, f"{name}.outer")

    def _linear(self, x: np.ndarray, name: str) -> np.ndarray:
        return x @ self._values[f"{name}.weight"].T + self._values[f"{name}.bias"]

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        import numpy as np

        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        return centred / np.sqrt(variance + np.float32(_EPS)) * self._values[f"{name}.weight"] + self._values[f"{name}.bias"]


def _attended(asks: np.ndarray, others: np.ndarray, say: np.ndarray) -> np.ndarray:
    """Attention of `HEADS` heads: (a, WIDTH), (b, WIDTH), (b, WIDTH) -> (a, WIDTH)."""
    import numpy as np

    asks, others, say = (one.reshape(len(one), HEADS, -1).transpose(1, 0, 2) for one in (asks, others, say))
    scores = asks @ others.transpose(0, 2, 1) * np.float32((WIDTH // HEADS) ** -0.5)
    share = np.exp(scores - scores.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    return (share @ say).transpose(1, 0, 2).reshape(asks.shape[1], WIDTH)


@functools.cache
def reader() -> Reader:
    """The one that comes with wenju."""
    return Reader()
