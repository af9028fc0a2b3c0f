"""Hard-wrapped sentences: line breaks that lie inside a sentence and are left out when it is read.

Two signs are trusted: a wrap width that several lines share, and closing punctuation at
the beginning of a line, which no line begins with on purpose.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ingest.lines import PLAIN
from ingest.types import HEADING_MARKS, Span

if TYPE_CHECKING:
    from ingest.boilerplate.rows import Row

MIN_LINES = 3  # so many open lines share a width before it is a wrap width
MIN_CELLS = 36  # narrower lines are verse, lists or captions (a Chinese character takes two cells)
MAX_CELLS = 240  # wider lines are paragraphs
BAND_CELLS = 5  # a line is broken at most so far before the width: a character and its punctuation, or a word
WORD_CELLS = 12  # English breaks at words, so further before the width
BAND_CHARS = 2  # who counts characters breaks anywhere, but for a blank or two that fall at the end
LONGER_SHARE = 0.2  # of the wide lines at most so many may be wider than a wrap width
MAX_GAP = 2  # line breaks between the two halves: one, or one with a blank line between

_OPEN_END = re.compile(r"[\w一-鿿)）\]》」”%,，、—–\-（(《“「]$")
_CLOSED_END = re.compile(r"[。！？!?；;：:…]$|[.。]$")
_DISPLACED = re.compile(r"(?:[•·●▪◆◦*\-–]\s*)?(?=[。，、；：！？）」』》】”’%‰…]|[,;!?)\]](?!\S*[(\[]))")
_FRESH_START = re.compile(
    r"\s*(?:[•·●▪◆◦■★▶►*+#>|]|[-–—]\s|\d{1,3}\s?[.、)）．](?!\d)|[（(]\s?[\d一二三四五六七八九十]{1,3}\s?[）)]|[一二三四五六七八九十]{1,3}、|第[\d一二三四五六七八九十百]{1,4}[章节部篇条]|[①-⑳])"
)


class _Measure(NamedTuple):
    """How a writer of lines counts: in columns of a terminal, or in characters, Latin ones like Chinese ones."""

    of: Callable[[str, Span], int]
    least: int
    most: int
    band: int  # a line is broken at most so far before the width
    word: int  # likewise where it ends in Latin letters
    beyond: int  # punctuation that hangs over


class _Width(NamedTuple):
    """A wrap width (0: the text is not wrapped) and how many lines are broken there."""

    measure: _Measure
    width: int
    lines: int


def cells(text: str, span: Span) -> int:
    """The width of a line in columns of a terminal: wide and fullwidth characters take two."""
    line = text[span.start : span.end].rstrip()
    if line.isascii():
        return len(line)
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line)


def characters(text: str, span: Span) -> int:
    """The width of a line in characters."""
    return len(text[span.start : span.end].rstrip())


_CELLS = _Measure(cells, MIN_CELLS, MAX_CELLS, BAND_CELLS, WORD_CELLS, 2)
_CHARS = _Measure(characters, MIN_CELLS // 2, MAX_CELLS // 2, BAND_CHARS, BAND_CHARS, 1)


def find_joins(text: str, rows: Sequence[Row], dropped: Mapping[int, str], heading_starts: Collection[int]) -> tuple[Span, ...]:
    """Spans of white space and line breaks (with a bullet, where one was displaced too) inside sentences.

    `rows` are all rows of the text, `dropped` the numbers of those not kept, and
    `heading_starts` the offsets of heading lines, which nothing is joined to.
    """
    pairs = [(rows[at], rows[at + 1]) for at in range(len(rows) - 1) if at not in dropped and at + 1 not in dropped]
    pairs = [pair for pair in pairs if _joinable(text, *pair, heading_starts)]
    displaced = [_displaced(text, *pair) for pair in pairs]
    width = max((_wrap_width(text, rows, pairs, measure) for measure in (_CELLS, _CHARS)), key=lambda one: one.lines)
    joins = []
    for (above, below), start in zip(pairs, displaced, strict=True):
        end = _end(text, above)
        if start is not None:
            joins.append(Span(end, start))
        elif width.lines and _wrapped(text, above, below, width):
            joins.append(Span(end, _begin(text, below)))
    return tuple(joins)


def _end(text: str, row: Row) -> int:
    """The offset behind the last character of a row that is not white space."""
    span = row.line.span
    return span.start + len(text[span.start : span.end].rstrip())


def _begin(text: str, row: Row) -> int:
    """The offset of the first character of a row that is not white space."""
    span = row.line.span
    line = text[span.start : span.end]
    return span.end - len(line.lstrip())


def _joinable(text: str, above: Row, below: Row, heading_starts: Collection[int]) -> bool:
    """True when nothing but the line break says that the two rows are apart."""
    if above.kind != PLAIN or below.kind != PLAIN or below.line.number - above.line.number > MAX_GAP:
        return False
    if above.mark in HEADING_MARKS or below.mark in HEADING_MARKS:
        return False
    if above.line.span.start in heading_starts or below.line.span.start in heading_starts:
        return False
    return not _CLOSED_END.search(text, max(0, _end(text, above) - 2), _end(text, above))


def _displaced(text: str, above: Row, below: Row) -> int | None:
    """The offset of closing punctuation that begins the lower row; None when there is none."""
    begin = _begin(text, below)
    found = _DISPLACED.match(text, begin, below.line.span.end)
    return found.end() if found else None


def _wrap_width(text: str, rows: Sequence[Row], pairs: Sequence[tuple[Row, Row]], measure: _Measure) -> _Width:
    """The width at which several lines are broken."""

    def of(row: Row) -> int:
        return measure.of(text, row.line.span) if len(row.line.span) <= MAX_CELLS else MAX_CELLS + 1

    widths = Counter(
        width for above, below in pairs if measure.least <= (width := of(above)) <= measure.most and _continues(text, above, below)
    )
    if sum(widths.values()) < MIN_LINES:
        return _Width(measure, 0, 0)
    best = max(widths, key=lambda width: (sum(widths[other] for other in range(width - measure.band, width + 1)), -width))
    band = sum(widths[other] for other in range(best - measure.band, best + 1))
    wide = [row for row in rows if len(row.line.span) * 2 > best - measure.band and row.kind == PLAIN]
    longer = sum(1 for row in wide if of(row) > best + measure.beyond)
    if band < MIN_LINES or longer > max(1, LONGER_SHARE * (band + longer)):
        return _Width(measure, 0, 0)
    return _Width(measure, best, band)


def _continues(text: str, above: Row, below: Row) -> bool:
    """True when the lower row can go on where the upper one breaks off."""
    end = _end(text, above)
    return bool(_OPEN_END.search(text, end - 1, end)) and not _FRESH_START.match(text, below.line.span.start, below.line.span.end)


def _wrapped(text: str, above: Row, below: Row, found: _Width) -> bool:
    """True for a row broken at the wrap width whose sentence goes on in the next one."""
    if len(above.line.span) > MAX_CELLS or not _continues(text, above, below):
        return False
    slack = found.measure.word if text[_end(text, above) - 1].isascii() else found.measure.band
    return found.width - slack <= found.measure.of(text, above.line.span) <= found.width + found.measure.beyond
