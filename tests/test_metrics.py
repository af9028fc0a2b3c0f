"""The measures, against cases worked by hand and against five-line plain forms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import (
    auroc,
    calibration_error,
    first_rank,
    hit_at,
    interval,
    ndcg,
    paired,
    recall,
    reciprocal_rank,
)

SCORES = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("rank", "k", "expected"),
    [(1, 1, 1.0), (2, 1, 0.0), (3, 3, 1.0), (4, 3, 0.0), (0, 5, 0.0)],
    ids=["first", "behind the cut", "on the cut", "one behind", "nowhere"],
)
def test_hit_counts_within_k(rank: int, k: int, expected: float) -> None:
    """A hit counts up to and with rank k; rank 0 means nothing was found."""
    assert hit_at(rank, k) == expected


def test_reciprocal_rank() -> None:
    """One over the rank, and nothing for nothing found."""
    assert [reciprocal_rank(rank) for rank in (1, 4, 0)] == [1.0, 0.25, 0.0]


def test_ndcg_by_hand() -> None:
    """Relevant at 1 and 3 of two: (1 + 1/2) / (1 + 1/log2 3)."""
    assert ndcg(["a", "x", "b"], {"a", "b"}) == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    assert ndcg(["x", "a"], {"a"}) == pytest.approx(1 / math.log2(3))
    assert ndcg(["a", "b"], {"a", "b"}) == pytest.approx(1.0)
    assert ndcg(["a"], set()) == 0.0


def test_ndcg_ends_at_k() -> None:
    """What stands behind k gains nothing, and the best possible is cut at k too."""
    assert ndcg(["x", "a"], {"a"}, k=1) == 0.0
    assert ndcg(["a", "b", "c"], {"a", "b", "c"}, k=2) == pytest.approx(1.0)


def test_recall_is_a_share_of_the_relevant() -> None:
    """Half of the relevant within the first two is one half."""
    assert recall(["a", "x", "b"], {"a", "b"}, 2) == 0.5
    assert recall(["a", "x", "b"], {"a", "b"}, 3) == 1.0
    assert recall([], set(), 3) == 0.0


def test_first_rank_counts_from_one() -> None:
    """The first relevant result gives the rank; beyond k there is none."""
    assert first_rank(["x", "a", "b"], {"a", "b"}) == 2
    assert first_rank(["x", "x", "a"], {"a"}, k=2) == 0


def test_auroc_by_hand() -> None:
    """Of four pairs two are in order, one is a tie, one is not: 2.5 / 4."""
    assert auroc([0.9, 0.3], [0.3, 0.5]) == pytest.approx((1 + 1 + 0.5 + 0) / 4)
    assert math.isnan(auroc([], [0.1]))


@given(SCORES, SCORES)
def test_auroc_is_the_share_of_pairs_in_order(positives: list[float], negatives: list[float]) -> None:
    """The quick form agrees with counting every pair, ties as halves."""
    pairs = [1.0 if one > other else 0.5 if one == other else 0.0 for one in positives for other in negatives]
    assert auroc(positives, negatives) == pytest.approx(sum(pairs) / len(pairs))


def test_calibration_error_by_hand() -> None:
    """Two bins: .9 against one of two right, .1 against none right; weights 2/3 and 1/3."""
    assert calibration_error([0.9, 0.9, 0.1], [True, False, False]) == pytest.approx((2 * 0.4 + 0.1) / 3)
    assert calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert math.isnan(calibration_error([], []))


def test_interval_holds_the_mean() -> None:
    """The interval lies about the mean, narrows with more questions, and is the same twice."""
    few, many = [0.0, 1.0] * 10, [0.0, 1.0] * 1000
    (low, high), (nearer, farther) = interval(few), interval(many)
    assert low < nearer < 0.5 < farther < high
    assert interval(few) == (low, high)
    assert all(math.isnan(end) for end in interval([]))


def test_interval_is_near_the_textbook_one() -> None:
    """For 400 coin flips the ends are near .5 ± 1.96 · .5 / 20."""
    low, high = interval([0.0, 1.0] * 200)
    assert low == pytest.approx(0.451, abs=0.01) and high == pytest.approx(0.549, abs=0.01)


def test_paired_differences_are_of_the_same_question() -> None:
    """A constant gain has no spread, however much the questions differ among themselves."""
    assert paired([0.3, 1.1, 0.6], [0.2, 1.0, 0.5]) == pytest.approx((0.1, 0.1, 0.1))
