"""How surely one sentence answers a question: a small model that reads both, with what the sentence stands behind.

`qa.reader` tells a passage that answers from one that does not; which of several passages, or of the
sentences of one, answers best it was never asked. This one was: it was shown the sentences of passages that
come near to a question, each by itself under its headings and behind the sentence before it, and which
of them all answers. Trained by `python -m eval point`, which writes the file: the arrays of `shapes`, see
`ingest.halves`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ingest.tokenvectors import BEGINS, SENTENCE, asked_whole, unpack
from qa import attention
from qa.reader import DIM, STRETCH, USUAL, VECTORS

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Encoded

SENTENCE_READER_FILE = Path(__file__).parent / "sentencereader.bin"
NEAR = slice(DIM + 1, DIM + 3)  # columns of a token that tell how near its sentence comes, by tokens and alone


class Seen(NamedTuple):
    """What is read: of q tokens of a question, and n of headings, the sentence before and the sentence itself."""

    question: np.ndarray  # (q, DIM + 1): its vector, and how near the nearest of headings and sentence comes
    passage: np.ndarray  # (n, DIM + 5): likewise; how near the sentence comes; 1 in the sentence, 1 in the one before


def shapes() -> dict[str, tuple[int, ...]]:
    """The name and shape of each array of numbers, in the order of the file."""
    return attention.shapes(DIM + 1, DIM + 5)


def readable(asked: Encoded, packed: np.ndarray) -> bool:
    """True when question and passage have tokens, and the passage's sentences can be told apart by them."""
    if not len(asked.tokens) or not len(packed) or packed[0, -1] == SENTENCE:
        return False
    marks = packed[:, -1]
    alone = marks == SENTENCE
    return bool(alone.any()) and int(alone.sum()) == int(((marks & BEGINS) > 0)[~alone].sum())


def seen(asked: Encoded, packed: np.ndarray, at: int) -> Seen:
    """What there is to read of sentence `at`, from 0, of a packed passage that is `readable`, see `ingest.tokenvectors`."""
    return _seen(asked, asked_whole(asked.vector, True), packed, at)


def _seen(asked: Encoded, whole: np.ndarray, packed: np.ndarray, at: int) -> Seen:
    """The same, with what the question as a whole is compared as."""
    import numpy as np

    marks, number = packed[:, -1], at + 1
    count = int((marks != SENTENCE).sum())  # tokens come first
    own = np.cumsum(marks[:count] >= BEGINS)
    kept = np.flatnonzero((own == 0) | (own == number) | (own == at))
    own = own[kept]
    words = unpack(packed[kept], DIM)
    spoken = unpack(packed[count + at : count + number], DIM)[0] @ whole
    similar = np.maximum(asked.tokens @ words.T, 0)
    here = similar[:, (own == 0) | (own == number)].max(axis=1)
    token, word, by_tokens, by_itself = USUAL
    asks = np.empty((len(asked.tokens), DIM + 1), np.float32)
    asks[:, :DIM], asks[:, DIM] = VECTORS * asked.tokens, STRETCH * (here - token)
    tells = np.empty((len(own), DIM + 5), np.float32)
    tells[:, :DIM], tells[:, DIM] = VECTORS * words, STRETCH * (similar.max(axis=0) - word)
    tells[:, NEAR] = STRETCH * (here.mean() - by_tokens), STRETCH * (spoken - by_itself)
    tells[:, -2], tells[:, -1] = own == number, (own == at) & (own > 0)
    return Seen(asks, tells)


class SentenceReader(attention.Model):
    """The numbers of the model, read from a file."""

    def __init__(self, path: Path = SENTENCE_READER_FILE) -> None:
        """WenjuError naming the remedy when `path` does not hold them."""
        super().__init__(path, shapes())

    def read(self, asked: Encoded, sentences: Sequence[tuple[np.ndarray, int]]) -> np.ndarray:
        """How surely each of some sentences answers, (n,): of a packed passage that is `readable`, the one with that number, from 0.

        Log-odds but for a number that is the same for all: they say which answers best, not whether any does.
        """
        whole = asked_whole(asked.vector, True)
        return self.of([_seen(asked, whole, packed, at) for packed, at in sentences])

    def of(self, some: Sequence[Seen]) -> np.ndarray:
        """The same, of what there is to read."""
        import numpy as np

        return self.answers(np.stack([one.question for one in some]), [one.passage for one in some])


@functools.cache
def sentence_reader() -> SentenceReader:
    """The one that comes with wenju."""
    return SentenceReader()
