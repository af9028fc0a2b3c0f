"""Where a passage stands, and what is the same text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ingest.types import Passage, Span
from qa.merge import _SAME_LENGTH, SAME_TEXT, _same, _Shape
from qa.places import line_starts, lines_of_span
from qa.types import Hit


@given(st.text(alphabet="水\r\n", max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_lines_are_those_an_editor_counts(text, one, other):
    """With every kind of line break, also where a span begins or ends within one."""
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    first, last = lines_of_span(text, Span(start, end))
    starts = line_starts(text)
    assert starts == [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
    assert first == sum(at <= start for at in starts)
    assert last == sum(at <= max(start, end - 1) for at in starts)


@given(st.frozensets(st.integers(0, 30), max_size=30), st.frozensets(st.integers(0, 30), max_size=30))
def test_same_text_is_told_by_the_share_of_pairs(mine, theirs):
    """As the whole of both sets would tell it; not of one article, nor of nothing."""
    one, other = (_Shape(frozenset(map(str, some)), frozenset()) for some in (mine, theirs))
    hits = [Hit(at, Passage(name, Span(0, 1), ()), 0.0, frozenset(), {}) for at, name in enumerate("ab")]
    alike = len(mine) and len(mine & theirs) >= SAME_TEXT * len(mine | theirs)
    long = min(len(mine), len(theirs)) >= _SAME_LENGTH * max(len(mine), len(theirs))
    assert _same(hits[0], hits[1], one, other) == bool(alike and long)
    assert not _same(hits[0], hits[0], one, one)
