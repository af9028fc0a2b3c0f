"""The candidates of a question from any store behind `ingest.stores.base.Reader`.

The same legs as `qa.retrieve.find_candidates`, asked of a store that ranks on its own side
and hands out the best rows, not a score of every row.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ingest.index import MEAN_SHARE, PAIRS, WORDS
from ingest.stores.base import Reader
from ingest.terms import pairs, terms
from qa.question import ASKING, Question
from qa.retrieve import ASKING_WEIGHT, CANDIDATES, EXPANSION_WEIGHT, Candidates

if TYPE_CHECKING:
    import numpy as np

Weights = dict[str, float]


def candidates_from(
    reader: Reader,
    mean: np.ndarray,
    question: Question,
    vector: np.ndarray,
    count: int = CANDIDATES,
    allowed: np.ndarray | None = None,
) -> Candidates:
    """The best `count` rows of each leg, each with all scores; only `allowed` rows if given."""
    import numpy as np

    centred = (vector - MEAN_SHARE * mean).astype(np.float32)
    asked = {WORDS: _words(question), PAIRS: _pairs(question)}
    best = {"dense": reader.nearest(centred, count, allowed).rows}
    for leg, field in (("lexical", WORDS), ("pairs", PAIRS)):
        best[leg] = reader.matching(field, _together(asked[field]), count, allowed).rows
    rows = np.array(sorted({row for found in best.values() for row in found.tolist()}), np.int64)
    vectors = np.stack([record.vector for record in reader.fetch(rows)]) if len(rows) else np.zeros((0, len(mean)), np.float32)
    return Candidates(
        rows=rows,
        cosine=vectors @ vector,
        dense=vectors @ centred,
        lexical=_scores(reader, WORDS, asked[WORDS], rows),
        pairs=_scores(reader, PAIRS, asked[PAIRS], rows),
        legs={name: frozenset(found.tolist()) for name, found in best.items()},
        centred=centred,
    )


def _words(question: Question) -> list[Weights]:
    """What the question's words weigh, then those of each other name."""
    own = Counter(question.terms)
    if question.focus:  # "什么叫涌现呢" defines nothing, however often it asks
        own = {term: times * (ASKING_WEIGHT if term in ASKING else 1.0) for term, times in own.items()}
    return [dict(own), *(_expansion(terms(one.other)) for one in question.aliases)]


def _pairs(question: Question) -> list[Weights]:
    return [dict(Counter(pairs(question.focus or question.text))), *(_expansion(pairs(one.other)) for one in question.aliases)]


def _expansion(found: list[str]) -> Weights:
    return {term: EXPANSION_WEIGHT * times for term, times in Counter(found).items()}


def _together(weights: list[Weights]) -> Weights:
    total: Weights = {}
    for one in weights:
        for term, value in one.items():
            total[term] = total.get(term, 0.0) + value
    return total


def _scores(reader: Reader, field: str, weights: list[Weights], rows: np.ndarray) -> np.ndarray:
    """BM25 of `rows`, added up name by name as the local index does, so that both round alike."""
    scores = reader.lexical(field, weights[0], rows)
    for one in weights[1:]:
        scores = scores + reader.lexical(field, one, rows)
    return scores
