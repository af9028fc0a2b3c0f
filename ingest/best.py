"""Which rows of a segment can still be among the best of a lexical leg, while the terms of a question are added up.

`partial` is the sum so far, (rows,) float32; see `ingest.index`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_MOST_CANDIDATES = 1 / 16  # of a segment's rows: beyond this, looking up costs more than adding up
_SPREAD_BELOW = 12  # postings for each row wanted: so many cost as much to lay out as the row to search for
_HEAP = 64  # scores of which only the highest is looked at for a floor
SLACK = 1e-4  # relative: of float32 sums in another order


class Best:
    """The `count` rows of highest score among those that were offered, ties by row."""

    def __init__(self, count: int) -> None:
        import numpy as np

        self._count = count
        self.rows, self.scores = np.zeros(0, np.int64), np.zeros(0, np.float32)

    @property
    def bar(self) -> float:
        """What a score must reach to be among them; 0 while there is room."""
        return float(self.scores[-1]) if len(self.scores) == self._count > 0 else 0.0

    def offer(self, rows: np.ndarray, scores: np.ndarray) -> None:
        """More rows, int64, of other segments than those before."""
        import numpy as np

        rows, scores = np.concatenate([self.rows, rows]), np.concatenate([self.scores, scores])
        order = np.lexsort((rows, -scores))[: self._count]
        self.rows, self.scores = rows[order], scores[order]


def counts_in(rows: np.ndarray, counts: np.ndarray, wanted: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Which of the `wanted` rows, by position, are among `rows`, and their counts; `rows` are below `size`."""
    import numpy as np

    if len(rows) < _SPREAD_BELOW * len(wanted):
        spread = np.zeros(size, counts.dtype)
        spread[rows.astype(np.intp)] = counts
        there = spread[wanted]
        held = there.nonzero()[0]
        return held, there[held]
    at = rows.searchsorted(wanted)
    at[at == len(rows)] = 0
    held = (rows[at] == wanted).nonzero()[0]
    return held, counts[at[held]]


def few_above(partial: np.ndarray, bar: float) -> np.ndarray | None:
    """What `rows_above` returns; None when it is too much to be looked up."""
    import numpy as np

    above = partial >= bar
    return above.nonzero()[0] if np.count_nonzero(above) <= _MOST_CANDIDATES * len(partial) else None


def rows_above(partial: np.ndarray, bar: float) -> np.ndarray:
    """The rows that reach `bar` and more than 0, ascending."""
    return ((partial >= bar) if bar > 0 else (partial > 0)).nonzero()[0]


def pruned(rows: np.ndarray, scores: np.ndarray, left: float, count: int, bar: float) -> tuple[np.ndarray, np.ndarray]:
    """The rows, with their scores, that `left` more could lift to `bar` and among the best `count`."""
    kept = (scores + left >= max(bar, kth_best(scores, count)) * (1 - SLACK)).nonzero()[0]
    return (rows, scores) if len(kept) == len(rows) else (rows[kept], scores[kept])


def likely_best(partial: np.ndarray, count: int) -> np.ndarray:
    """Some rows, the best `count` among them: those that stay the best, nearly all, when terms are added.

    What reaches the `count`-th best of the heaps' highest scores: a twentieth of the time of looking at every score above 0.
    """
    heaps, floor = len(partial) // _HEAP, 0.0
    if 0 < count <= heaps:
        floor = kth_best(partial[: heaps * _HEAP].reshape(_HEAP, heaps).max(axis=0), count)
    return rows_above(partial, floor)


def kth_best(scores: np.ndarray, count: int) -> float:
    """The `count`-th highest of the scores; 0 when there are fewer."""
    import numpy as np

    return float(np.partition(scores, len(scores) - count)[len(scores) - count]) if len(scores) >= count > 0 else 0.0
