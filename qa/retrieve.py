"""Question -> Hits: a dense leg, a lexical leg, and how they are combined.

Both legs score higher-is-better. Candidates are the union of the best of each leg, and
every candidate gets both scores, so that the combination compares like with like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.question import Question
from qa.types import Hit

if TYPE_CHECKING:
    import numpy as np

    from qa.opened import Opened

CANDIDATES = 60  # from each leg; more changes no answer on the question sets, and costs time
DENSE_WEIGHT = 0.7  # of min-max normalised scores; see `python -m eval sets`


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows with both scores, in ascending order of row; all arrays (n,).

    `dense`: cosine of question and passage. `lexical`: BM25, 0 where no term stands.
    """

    rows: np.ndarray
    dense: np.ndarray
    lexical: np.ndarray
    from_dense: frozenset[int]
    from_lexical: frozenset[int]


def find_candidates(
    opened: Opened,
    vector: np.ndarray,
    terms: Sequence[str],
    count: int = CANDIDATES,
    allowed: np.ndarray | None = None,
) -> Candidates:
    """The best `count` rows of each leg, each with both scores; only `allowed` rows if given."""
    import numpy as np

    dense_rows, dense = opened.vectors.nearest(vector, count, allowed)
    lexical = opened.terms.scores(terms)
    if allowed is not None:
        masked = np.zeros_like(lexical)
        masked[allowed] = lexical[allowed]
        lexical = masked
    lexical_rows = top(lexical, count)
    rows = np.union1d(dense_rows, lexical_rows)
    known = dict(zip(dense_rows.tolist(), dense.tolist(), strict=True))
    missing = [row for row in rows.tolist() if row not in known]
    if missing:
        known.update(zip(missing, (opened.vectors.rows(missing) @ vector).tolist(), strict=True))
    return Candidates(
        rows=rows,
        dense=np.array([known[row] for row in rows.tolist()], np.float32),
        lexical=lexical[rows] if len(rows) else np.zeros(0, np.float32),
        from_dense=frozenset(dense_rows.tolist()),
        from_lexical=frozenset(lexical_rows.tolist()),
    )


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """Rows of the best `count` positive scores, best first, ties by row."""
    import numpy as np

    positive = np.flatnonzero(scores > 0)
    if len(positive) > count:
        bar = np.partition(scores[positive], len(positive) - count)[len(positive) - count]
        positive = positive[scores[positive] >= bar]
    order = np.lexsort((positive, -scores[positive]))
    return positive[order][:count]


def min_max(values: np.ndarray) -> np.ndarray:
    """`values` moved and stretched to 0..1; all 0 when they are all equal."""
    import numpy as np

    if len(values) == 0 or values.max() <= values.min():
        return np.zeros_like(values)
    return (values - values.min()) / (values.max() - values.min())


def combine(candidates: Candidates, dense_weight: float = DENSE_WEIGHT) -> np.ndarray:
    """The weighted sum of both legs, each min-max normalised over the candidates: (n,)."""
    dense, lexical = min_max(candidates.dense), min_max(candidates.lexical)
    return dense_weight * dense + (1 - dense_weight) * lexical


def retrieve(
    opened: Opened, question: Question, vector: np.ndarray, count: int, allowed: np.ndarray | None = None
) -> list[Hit]:
    """The best `count` passages, best first, ties by row."""
    import numpy as np

    candidates = find_candidates(opened, vector, question.terms, allowed=allowed)
    scores = combine(candidates)
    order = np.lexsort((candidates.rows, -scores))[:count]
    hits = []
    for at in order.tolist():
        row = int(candidates.rows[at])
        legs = {"dense"} if row in candidates.from_dense else set()
        legs |= {"lexical"} if row in candidates.from_lexical else set()
        features = {"dense": float(candidates.dense[at]), "lexical": float(candidates.lexical[at])}
        hits.append(Hit(row, opened.store.passage(row), float(scores[at]), frozenset(legs), features))
    return hits
