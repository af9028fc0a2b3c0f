"""Late interaction: each token of a question against each token and sentence of some passages, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.tokenvectors import BEGINS, SENTENCE, asked_whole, unpack

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Encoded


_BLOCK = 1024  # rows unpacked at once: 1.5 MB; with fewer, the thread beside it is waited for more often
_TOGETHER = 4  # columns of a product: with some left over it takes a third longer


@dataclass(frozen=True, slots=True)
class Interaction:
    """Similarities, -1 to 1, of a question of q tokens and n passages; 0 where a passage has nothing of the kind.

    `best`, (q, n): of each token of the question and the nearest of the passage. `parts`: of
    each passage (m,), for each of its sentences the mean over the question's tokens of the
    nearest in it, or in title and headings.
    `alone`: of each passage (m,), of the question as a whole and each of its sentences as it was
    embedded alone; `spoken`, (n,), of the nearest of them. `heads`, (n, q), and `said`, of each
    passage (m, q): of each token and the nearest of title and headings, and of each sentence.
    """

    best: np.ndarray
    parts: list[np.ndarray]
    alone: list[np.ndarray]
    spoken: np.ndarray
    heads: np.ndarray
    said: list[np.ndarray]

    def leave_out(self, number: int, dropped: Set[int]) -> None:
        """Take `best` and `spoken` of one passage without some of its sentences; as it is, where their tokens cannot be told."""
        import numpy as np

        if not dropped:
            return
        kept = [at for at in range(len(self.alone[number])) if at not in dropped]
        self.spoken[number] = max(self.alone[number][kept], default=0.0)
        if len(self.said[number]) == len(self.alone[number]):
            self.best[:, number] = np.vstack([self.heads[number], self.said[number][kept]]).max(axis=0)

    def nearness(self) -> np.ndarray:
        """Mean over the question's tokens of `best`: (n,)."""
        import numpy as np

        return self.best.mean(axis=0) if len(self.best) else np.zeros(self.best.shape[1])

    def weakest(self) -> np.ndarray:
        """Mean of `best` over the quarter of the question's tokens that the passage is farthest from: (n,)."""
        import numpy as np

        few = max(1, len(self.best) // 4)
        return np.sort(self.best, axis=0)[:few].mean(axis=0) if len(self.best) else np.zeros(self.best.shape[1])


def interact(question: Encoded, passages: Sequence[np.ndarray]) -> Interaction:
    """Compare a question with packed passages, see `ingest.tokenvectors`."""
    import numpy as np

    tokens, count = question.tokens, len(passages)
    none = np.zeros(0, np.float32)
    heading = np.zeros((count, len(tokens)), np.float32)
    best = np.zeros((len(tokens), count), np.float32)
    found = Interaction(best, [none] * count, [none] * count, np.zeros(count), heading, [none] * count)
    every = np.concatenate([*passages]) if count else np.zeros((0, 1), np.uint8)
    if not len(every):
        return found
    similar = _similar(every, np.vstack([tokens, asked_whole(question.vector, len(tokens) > 0)]))
    own, marks = np.repeat(np.arange(count), [len(one) for one in passages]), every[:, -1]
    alone = marks == SENTENCE
    begins = (marks & BEGINS) > 0
    changes = np.diff(own, prepend=-1).astype(bool)
    # Runs of rows: headings, a sentence's tokens, or one sentence embedded alone.
    starts = np.flatnonzero(begins | changes)
    of, heads, spoken = own[starts], ~begins[starts], alone[starts]
    for number, alone in _by_passage(of[spoken], similar[starts[spoken], -1]):
        found.alone[number], found.spoken[number] = alone, alone.max()
    worded = np.flatnonzero(~spoken)
    if not len(tokens) or not len(worded):
        return found
    nearest = np.maximum.reduceat(similar[:, :-1], starts, axis=0)[worded]  # (runs of tokens, q)
    of, heads = of[worded], heads[worded]
    first = np.flatnonzero(np.diff(of, prepend=-1))
    found.best[:, of[first]] = np.maximum.reduceat(nearest, first, axis=0).T
    heading[of[heads]] = nearest[heads]
    of, nearest = of[~heads], nearest[~heads]
    for number, part in _by_passage(of, nearest):
        found.said[number] = part
    for number, part in _by_passage(of, np.maximum(nearest, heading[of]).mean(axis=1)):
        found.parts[number] = part
    return found


def _similar(packed: np.ndarray, against: np.ndarray) -> np.ndarray:
    """Inner products of packed rows and the vectors `against`, (m, dim) float32: (n, m) float32.

    Unpacked in blocks, which stay in the processor's cache; and this way round, since the product
    of few rows with many takes twice as long as that of many with few.
    """
    import numpy as np

    count, dim = against.shape
    columns = np.concatenate([against, np.zeros((-count % _TOGETHER, dim), np.float32)]).T  # what is added is cut off below
    found = np.empty((len(packed), columns.shape[1]), np.float32)
    for begin in range(0, len(packed), _BLOCK):
        np.matmul(unpack(packed[begin : begin + _BLOCK], dim), columns, out=found[begin : begin + _BLOCK])
    return found[:, :count]


def _by_passage(of: np.ndarray, values: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Each passage that has some of the `values`, `of` ascending, and those that are its own."""
    import numpy as np

    borders = [*np.flatnonzero(np.diff(of, prepend=-1)).tolist(), len(of)]
    for begin, end in zip(borders, borders[1:], strict=False):
        yield int(of[begin]), values[begin:end]
