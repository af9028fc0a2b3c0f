"""Which rows can still be among the best of a lexical leg, while the terms of a question are added up.

`partial` is the sum so far, (rows,) float32 of each part of a generation; see `ingest.index`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_MOST_CANDIDATES = 60_000  # beyond this, looking up costs more than adding up (a million passages: 20,000 and 400,000 take 1.6 times as long)
_SPREAD_BELOW = 12  # postings for each row wanted: so many cost as much to lay out as the row to search for
_HEAP = 64  # scores of which only the highest is looked at for a floor
SLACK = 1e-4  # relative: of float32 sums in another order


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


def few_above(partial: Sequence[np.ndarray], bar: float) -> list[np.ndarray] | None:
    """What `rows_above` returns; None when it is too much to be looked up."""
    import numpy as np

    if sum(np.count_nonzero(scores >= bar) for scores in partial) > _MOST_CANDIDATES:
        return None
    return rows_above(partial, bar)


def rows_above(partial: Sequence[np.ndarray], bar: float) -> list[np.ndarray]:
    """The rows of each part that reach `bar` and more than 0, ascending."""
    return [((scores >= bar) if bar > 0 else (scores > 0)).nonzero()[0] for scores in partial]


def prune(found: list[np.ndarray], rough: list[np.ndarray], left: float, count: int) -> None:
    """Leave in each part the rows that `left` more could lift among the best `count`, and their `rough` scores."""
    import numpy as np

    every = np.concatenate(rough)
    bar = np.partition(every, len(every) - count)[-count] if len(every) > count else 0.0
    for number, scores in enumerate(rough):
        kept = np.flatnonzero(scores + left >= bar * (1 - SLACK))
        found[number], rough[number] = found[number][kept], scores[kept]


def likely_best(partial: Sequence[np.ndarray], count: int) -> list[np.ndarray]:
    """Some rows of each part, the best `count` of it among them: those that stay the best, nearly all, when terms are added.

    What reaches the `count`-th best of the heaps' highest scores: a twentieth of the time of looking at every score above 0.
    """
    import numpy as np

    pool = []
    for scores in partial:
        heaps, floor = len(scores) // _HEAP, 0.0
        if 0 < count <= heaps:
            tops = scores[: heaps * _HEAP].reshape(_HEAP, heaps).max(axis=0)
            floor = float(np.partition(tops, heaps - count)[heaps - count])
        pool.append(((scores >= floor) if floor > 0 else (scores > 0)).nonzero()[0])
    return pool


def bar_of(partial: Sequence[np.ndarray], pool: Sequence[np.ndarray], count: int) -> float:
    """What the `count`-th best score of all parts is at least: that of the `pool`; 0 when it holds fewer above 0."""
    import numpy as np

    best = np.concatenate([scores[rows] for scores, rows in zip(partial, pool, strict=True)])
    return float(np.partition(best, len(best) - count)[len(best) - count]) if len(best) >= count > 0 else 0.0
