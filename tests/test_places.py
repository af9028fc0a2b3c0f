"""Where a passage stands: the lines that an editor counts."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ingest.types import Span
from qa.places import line_starts, lines_of_span


@given(st.text(alphabet="水\r\n", max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_lines_are_those_an_editor_counts(text, one, other):
    """With every kind of line break, also where a span begins or ends within one."""
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    first, last = lines_of_span(text, Span(start, end))
    starts = line_starts(text)
    assert starts == [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
    assert first == sum(at <= start for at in starts)
    assert last == sum(at <= max(start, end - 1) for at in starts)
