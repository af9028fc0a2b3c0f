"""How surely a passage answers a question: a small model that reads both.

Late interaction sees how near words come to each other, and so a passage that merely shares the
words of a question comes as near as one that answers. This one lets the question's tokens
attend to each other and to those of the passage (`qa.attention`), as both stand in an index:
nothing is embedded again, so a passage is read in some milliseconds. Trained by
`python -m eval read`, which writes the file: the arrays of `shapes`, see `ingest.halves`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ingest.tokenvectors import BEGINS, SENTENCE, asked_whole, unpack
from qa import attention

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Encoded

READER_FILE = Path(__file__).parent / "reader.bin"
DIM = 384  # of the bundled model; no other gives tokens
# About the mean of each similarity, and what a standard deviation is then one of: (nearest of a question's token,
# nearest of a passage's, mean over a sentence's, sentence alone). Vectors are stretched to a like size.
USUAL, STRETCH, VECTORS = (0.4, 0.3, 0.2, 0.2), 10.0, 5.0


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
    return attention.shapes(DIM + 1, DIM + 3)


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
    token, word, by_tokens, by_itself = USUAL
    near = np.stack([part - by_tokens, alone[own[0] : own[-1] + 1] - by_itself], axis=1) * np.float32(STRETCH)
    asks = np.column_stack([VECTORS * asked.tokens, STRETCH * (similar.max(axis=1) - token)])
    tells = np.column_stack([VECTORS * words, STRETCH * (similar.max(axis=0) - word), near[own - own[0]]])
    return Seen(asks.astype(np.float32), tells.astype(np.float32), own, near[1 if own[0] == 0 else 0 :])


class Reader(attention.Model):
    """The numbers of the model, read from a file."""

    def __init__(self, path: Path = READER_FILE) -> None:
        """WenjuError naming the remedy when `path` does not hold them."""
        super().__init__(path, shapes())

    def read(self, asked: Encoded, packed: np.ndarray) -> float:
        """How surely one packed passage answers: log-odds, among those that it was trained on."""
        if not len(asked.tokens) or not len(packed) or packed[0, -1] == SENTENCE or packed[-1, -1] != SENTENCE:
            return NOTHING_READ
        return self.of(seen(asked, packed))

    def of(self, what: Seen) -> float:
        """The same, of what there is to read."""
        return float(self.answers(what.question[None], [what.passage])[0])


@functools.cache
def reader() -> Reader:
    """The one that comes with wenju."""
    return Reader()
