"""Measures of retrieval and of refusing; per question first, means second."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

BOOTSTRAP_ROUNDS = 1000  # an interval's ends move by less than .003 between runs of so many
_SEED = 20260101  # fixed, so that a report says the same twice


def hit_at(rank: int, k: int) -> float:
    """1 when the first right result stands at `rank` (from 1; 0: nowhere) within the first `k`."""
    return float(0 < rank <= k)


def reciprocal_rank(rank: int) -> float:
    """1 / rank; 0 when nothing was right."""
    return 1 / rank if rank else 0.0


def ndcg(ranked: Sequence[str], relevant: set[str], k: int = 10) -> float:
    """Normalised discounted cumulative gain for binary relevance (Jarvelin & Kekalainen 2002), 0 to 1."""
    gain = sum(1 / math.log2(at + 2) for at, one in enumerate(ranked[:k]) if one in relevant)
    best = sum(1 / math.log2(at + 2) for at in range(min(k, len(relevant))))
    return gain / best if best else 0.0


def recall(ranked: Sequence[str], relevant: set[str], k: int) -> float:
    """Share of `relevant` among the first `k`."""
    return len(relevant & set(ranked[:k])) / len(relevant) if relevant else 0.0


def first_rank(ranked: Sequence[str], relevant: set[str], k: int = 10) -> int:
    """Rank of the first relevant result within `k`, from 1; 0 when there is none."""
    return next((at for at, one in enumerate(ranked[:k], 1) if one in relevant), 0)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """Probability that a positive scores above a negative, ties counting half; nan without either."""
    if not len(positives) or not len(negatives):
        return math.nan
    order = np.sort(np.asarray(negatives, float))
    above = np.searchsorted(order, positives, "left")
    ties = np.searchsorted(order, positives, "right") - above
    return float((above + ties / 2).sum() / (len(positives) * len(order)))


def calibration_error(confidence: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015): mean gap of confidence and truth over equal bins."""
    confidence, truth = np.asarray(confidence, float), np.asarray(right, float)
    if not len(confidence):
        return math.nan
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (place == one).sum() * abs(confidence[place == one].mean() - truth[place == one].mean())
        for one in range(bins)
        if (place == one).any()
    ]
    return float(sum(gaps) / len(confidence))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Bootstrap 95 % interval of the mean."""
    values = np.asarray(values, float)
    if not len(values):
        return math.nan, math.nan
    picks = np.random.default_rng(_SEED).integers(0, len(values), (BOOTSTRAP_ROUNDS, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def paired(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Mean difference one - other of the same questions, with its bootstrap 95 % interval."""
    difference = np.asarray(one, float) - np.asarray(other, float)
    low, high = interval(difference)
    return float(difference.mean()), low, high
