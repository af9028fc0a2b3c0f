"""Kept spans -> Passages: whole sentences and items, packed under their headings.

A passage never crosses a heading or a dropped span, and a sentence is cut only when
it alone is longer than `MAX_CHARS`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from ingest.sentences import cut_long, sentences, trim
from ingest.types import Article, Cleaned, Heading, Passage, Span

MAX_CHARS = 400  # nDCG@10 of fused legs on interview notes: .756 with 400/250, .736 with 200/120; whole documents .727
GOAL_CHARS = 250  # a passage that would grow past this ends at a paragraph break
MIN_CHARS = 100  # below this a paragraph break does not


def split(article: Article, cleaned: Cleaned) -> tuple[Passage, ...]:
    """The passages of one article, in order of their spans; they hold all kept prose.

    A heading stands in the `headings` of the passages below it. One with nothing
    below it is itself a passage, so that no kept text is lost.
    """
    passages: list[Passage] = []
    for path, pieces in _sections(article.text, cleaned):
        for piece in pieces:
            for span in _pack(article.text, piece, cleaned.joins):
                inner = _joins_within(cleaned.joins, span)
                passages.append(Passage(article.id, span, path, inner))
    return tuple(passages)


def _sections(text: str, cleaned: Cleaned) -> Iterator[tuple[tuple[str, ...], list[Span]]]:
    """Yield (heading path, kept pieces) for each heading's own prose, in order."""
    bounds = [Span(0, 0), *(h.span for h in cleaned.headings)]
    stack: list[Heading] = []
    for number, bound in enumerate(bounds):
        if number:
            heading = cleaned.headings[number - 1]
            stack = [h for h in stack if h.level < heading.level] + [heading]
        until = bounds[number + 1].start if number + 1 < len(bounds) else len(text)
        pieces = list(_clip(text, cleaned.kept, Span(bound.end, max(bound.end, until))))
        if pieces:
            yield tuple(h.text for h in stack), pieces
        elif number and not _has_children(cleaned.headings, number - 1):
            yield tuple(h.text for h in stack[:-1]), list(_clip(text, cleaned.kept, bound))


def _has_children(headings: Sequence[Heading], number: int) -> bool:
    """True when the next heading stands below heading `number`."""
    return number + 1 < len(headings) and headings[number + 1].level > headings[number].level


def _clip(text: str, kept: Sequence[Span], window: Span) -> Iterator[Span]:
    """The parts of `kept` that lie in `window`, trimmed; empty ones left out."""
    first = max(0, bisect_left(kept, window.start, key=lambda span: span.end))
    for span in kept[first:]:
        if span.start >= window.end:
            break
        start, end = max(span.start, window.start), min(span.end, window.end)
        piece = trim(text, start, end) if start < end else None
        if piece:
            yield piece


def _pack(text: str, piece: Span, joins: Sequence[Span]) -> Iterator[Span]:
    """Group the sentences of `piece` into spans of at most `MAX_CHARS`."""
    units = [
        part
        for sentence in sentences(text, piece, _joins_within(joins, piece))
        for part in ([sentence] if len(sentence) <= MAX_CHARS else cut_long(text, sentence, MAX_CHARS))
    ]
    begin: int | None = None
    end = 0
    for number, unit in enumerate(units):
        if begin is None:
            begin, end = unit.start, unit.end
            continue
        at_paragraph = "\n" in text[end : unit.start] and end - begin >= MIN_CHARS
        limit = GOAL_CHARS if at_paragraph else MAX_CHARS
        rest_fits = piece.end - begin <= MAX_CHARS  # a short remainder stays with its passage
        if unit.end - begin > limit and not rest_fits:
            yield Span(begin, end)
            begin = unit.start
        end = unit.end
    if begin is not None:
        yield Span(begin, end)


def _joins_within(joins: Sequence[Span], span: Span) -> tuple[Span, ...]:
    """The joins that lie inside `span`."""
    first = bisect_left(joins, span.start, key=lambda join: join.start)
    found = []
    for join in joins[first:]:
        if join.end > span.end:
            break
        found.append(join)
    return tuple(found)
