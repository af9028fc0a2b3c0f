"""Late interaction: each token of a question against each token and sentence of some passages, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.tokenvectors import BEGINS, SENTENCE, asked_whole, unpack

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Encoded


@dataclass(frozen=True, slots=True)
class Interaction:
    """Similarities, -1 to 1, of a question of q tokens and n passages; 0 where a passage has nothing of the kind.

    `best`, (q, n): of each token of the question and the nearest of the passage. `heading`,
    (q, n): of title and headings alone. `parts`: of each passage (m,), for each of its
    sentences the mean over the question's tokens of the nearest in it or in the headings.
    `drift`, (n,): of the question's mean token and the mean token of the nearest sentence.
    `spoken`, (n,): of the question as a whole and the nearest sentence as it was embedded alone.
    """

    best: np.ndarray
    heading: np.ndarray
    parts: list[np.ndarray]
    drift: np.ndarray
    spoken: np.ndarray

    def nearness(self) -> np.ndarray:
        """Mean over the question's tokens of `best`: (n,)."""
        import numpy as np

        return self.best.mean(axis=0) if len(self.best) else np.zeros(self.best.shape[1])


def interact(question: Encoded, passages: Sequence[np.ndarray]) -> Interaction:
    """Compare a question with packed passages, see `ingest.tokenvectors`."""
    import numpy as np

    tokens, count = question.tokens, len(passages)
    heading, best = np.zeros((len(tokens), count), np.float32), np.zeros((len(tokens), count), np.float32)
    parts, drift, spoken = [np.zeros(0, np.float32)] * count, np.zeros(count), np.zeros(count)
    every = np.concatenate([*passages]) if count else np.zeros((0, 1), np.uint8)
    if not len(every):
        return Interaction(best, heading, parts, drift, spoken)
    vectors = unpack(every, len(question.vector))
    marks = every[:, -1]
    own = np.repeat(np.arange(count), [len(one) for one in passages])
    said = np.flatnonzero(marks == SENTENCE)
    if len(said):
        _highest(spoken, own[said], vectors[said] @ asked_whole(question.vector))
    words = np.flatnonzero(marks != SENTENCE)
    if not len(words) or not len(tokens):
        return Interaction(best, heading, parts, drift, spoken)
    of_word = own[words]
    begins = (marks[words] & BEGINS) > 0
    starts = np.flatnonzero(begins | np.diff(of_word, prepend=-1).astype(bool))  # of the headings and of each sentence
    of_start = of_word[starts]
    nearest = np.maximum.reduceat(tokens @ vectors[words].T, starts, axis=1)  # (q, starts)
    first = np.flatnonzero(np.diff(of_start, prepend=-1))
    best[:, of_start[first]] = np.maximum.reduceat(nearest, first, axis=1)
    above = ~begins[starts]
    heading[:, of_start[above]] = nearest[:, above]
    sentences = np.flatnonzero(~above)
    if len(sentences):
        _of_sentences(question, vectors[words], starts, sentences, nearest, heading, of_start, parts, drift)
    return Interaction(best, heading, parts, drift, spoken)


def _of_sentences(question, vectors, starts, sentences, nearest, heading, of_start, parts, drift) -> None:
    """Fill in `parts` and `drift`."""
    import numpy as np

    of = of_start[sentences]
    mean = question.tokens.mean(axis=0)
    mean /= max(float(np.linalg.norm(mean)), 1e-9)
    sums = np.add.reduceat(vectors, starts, axis=0)[sentences]
    _highest(drift, of, sums @ mean / np.maximum(np.linalg.norm(sums, axis=1), 1e-9))
    together = np.maximum(nearest[:, sentences], heading[:, of]).mean(axis=0)
    borders = [*np.flatnonzero(np.diff(of, prepend=-1)).tolist(), len(of)]
    for begin, end in zip(borders, borders[1:], strict=False):
        parts[of[begin]] = together[begin:end]


def _highest(into: np.ndarray, of: np.ndarray, values: np.ndarray) -> None:
    """Put the highest of the `values` that belong to each place, `of` ascending, there."""
    import numpy as np

    first = np.flatnonzero(np.diff(of, prepend=-1))
    into[of[first]] = np.maximum.reduceat(values, first)
