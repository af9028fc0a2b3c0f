"""Sentences and list items as spans of an article, and the text of a span as a person reads it.

A sentence ends at 。！？ (with the closing marks that follow), at a full stop that
ends an English sentence, or at a line break, unless that break is a join, that is,
lies inside a hard-wrapped sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from ingest.types import Span

_CLOSERS = "”’\"'』」）)】》〉］\\]"  # inside a character class
_BREAK = re.compile(
    rf"[。！？!?]+[{_CLOSERS}]*"  # Chinese ends, and their ASCII twins
    rf"|…{{2,}}[{_CLOSERS}]*(?=\s|$)"  # an ellipsis ends one only before white space
    rf"|(?<=[A-Za-z一-鿿)\]])\.[{_CLOSERS}]*(?=\s+[A-Z一-鿿]|\s*$)"  # not 3.5, not e.g. in a word
    r"|[\n\r\x0b\x0c\x85\u2028\u2029]+"
)
_CLAUSE = re.compile(r"[；;]|[，,、：:](?=\S)|\s+")  # where a sentence that is too long may be cut
_LINE_BREAK = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")


def trim(text: str, start: int, end: int) -> Span | None:
    """`[start, end)` without white space at either end; None when nothing is left."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    return Span(start + left, start + right) if left < right else None


def _inside(joins: Sequence[Span], starts: Sequence[int], position: int) -> bool:
    """True when `position` lies in one of the sorted `joins`, whose starts are `starts`."""
    at = bisect_right(starts, position) - 1
    return at >= 0 and position < joins[at].end


def sentences(text: str, span: Span, joins: Sequence[Span] = ()) -> list[Span]:
    """Spans of the sentences and items in `span`, in order, trimmed of white space.

    Together they hold every character of `span` that is not white space, exactly once.
    """
    starts = [join.start for join in joins]
    found: list[Span] = []
    begin = span.start
    for match in _BREAK.finditer(text, span.start, span.end):
        if text[match.start()] in _LINE_BREAK and _inside(joins, starts, match.start()):
            continue
        piece = trim(text, begin, match.end())
        if piece:
            found.append(piece)
        begin = match.end()
    last = trim(text, begin, span.end)
    if last:
        found.append(last)
    return found


def cut_long(text: str, sentence: Span, limit: int) -> list[Span]:
    """Cut a sentence of more than `limit` code points at clause marks, else at `limit`.

    Only a sentence that alone is too long is ever cut.
    """
    pieces: list[Span] = []
    begin = sentence.start
    while sentence.end - begin > limit:
        window_end = begin + limit
        cut = window_end
        for match in _CLAUSE.finditer(text, begin + limit // 2, window_end):
            cut = match.end()
        piece = trim(text, begin, cut)
        if piece:
            pieces.append(piece)
        begin = cut
    last = trim(text, begin, sentence.end)
    if last:
        pieces.append(last)
    return pieces


def joined(text: str, span: Span, joins: Sequence[Span] = ()) -> str:
    """The text of `span` with its joins left out, as a person reads it.

    Between two ASCII letters or digits a join becomes one space; between Chinese
    characters it becomes nothing.
    """
    parts: list[str] = []
    at = span.start
    for join in joins:
        if join.end <= at or join.start >= span.end:
            continue
        parts.append(text[at : max(at, join.start)])
        before, after = text[join.start - 1 : join.start], text[join.end : join.end + 1]
        if before.isascii() and after.isascii() and before.isalnum() and after.isalnum():
            parts.append(" ")
        at = min(join.end, span.end)
    parts.append(text[at : span.end])
    return "".join(parts)
