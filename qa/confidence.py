"""How likely it is that the best passages answer the question: a probability between 0 and 1."""

from __future__ import annotations

import math

ANSWERS_ABOVE = 0.5  # below this the articles are said not to answer

# Logistic weights of (bias, cosine of the best passage, coverage of the question's terms).
_BIAS, _DENSE, _COVERAGE = -22.5, 22.0, 5.5


def confidence(dense: float, coverage: float) -> float:
    """Probability of an answer. `dense`: best cosine; `coverage`: see `qa.answer.content_coverage`."""
    return 1 / (1 + math.exp(-(_BIAS + _DENSE * dense + _COVERAGE * coverage)))
