"""What speaks for a candidate passage, as numbers: the columns that the learned combination weighs.

Every feature is relative to the question and to the other candidates, so that weights
fitted on some collections travel to others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ingest.terms import fold
from qa.question import Question

if TYPE_CHECKING:
    import numpy as np

NAMES = (
    "dense",  # centred similarity, in standard deviations above the mean of the candidates
    "lexical",  # BM25 over words, likewise
    "pairs",  # BM25 over pairs of characters, likewise
    "coverage",  # idf-weighted share of the question's content terms in title, headings and text
    "neighbours",  # mean centred similarity of the passage and those around it in its section, standardised
)


def standardised(values: np.ndarray) -> np.ndarray:
    """`values` in standard deviations from their mean; all 0 when they do not differ."""
    import numpy as np

    spread = float(np.std(values)) if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values))


def coverage(question: Question, text: str, idf: Callable[[str], float]) -> float:
    """idf-weighted share of the question's content terms that stand in `text`: 0 to 1."""
    weights = {term: idf(term) for term in question.content}
    total = sum(weights.values())
    key = fold(text)
    return sum(weight for term, weight in weights.items() if term in key) / total if total else 0.0
