"""What is the same text, and what stands side by side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.types import Passage, Span
from qa.merge import _SAME_LENGTH, SAME_TEXT, _same, _Shape
from qa.types import Hit

HITS = [Hit(at, Passage(name, Span(0, 1), ()), 0.0, frozenset(), {}) for at, name in enumerate("ab")]


def _shape(pairs) -> _Shape:
    return _Shape(frozenset(map(str, pairs)), frozenset())


def _alike(mine: set[int], theirs: set[int]) -> bool:
    long = min(len(mine), len(theirs)) >= _SAME_LENGTH * max(len(mine), len(theirs))
    return bool(mine) and long and len(mine & theirs) >= SAME_TEXT * len(mine | theirs)


@given(st.sets(st.integers(0, 30), max_size=30), st.sets(st.integers(0, 30), max_size=30))
def test_same_text_is_told_by_the_share_of_pairs(mine, theirs):
    """As the whole of both sets would tell it; not of one article, nor of nothing."""
    assert _same(*HITS, _shape(mine), _shape(theirs)) == _alike(mine, theirs)
    assert not _same(HITS[0], HITS[0], _shape(mine), _shape(mine))


@pytest.mark.parametrize(("fewer", "more", "missing"), [(55, 56, 4), (71, 77, 3), (88, 97, 3), (110, 112, 8), (55, 56, 5), (17, 20, 0), (17, 20, 1)])
def test_same_text_at_the_very_share(fewer, more, missing):
    """Where one pair more would make it another text, the share is not rounded."""
    mine, theirs = {*range(fewer)}, {*range(missing, more + missing)}
    assert _same(*HITS, _shape(mine), _shape(theirs)) == _alike(mine, theirs)
    assert _same(*reversed(HITS), _shape(theirs), _shape(mine)) == _alike(mine, theirs)
