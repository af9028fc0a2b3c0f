"""Hits that are one place, or one text: neighbours become one passage, reposts one citation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ingest.store import Store
from ingest.terms import fold, pairs_of
from ingest.types import Article, Passage, Span
from qa.types import Hit

MAX_MERGED_CHARS = 800  # two full passages; a longer quote is no passage any more
SAME_TEXT = 0.85  # Jaccard similarity of two passages' pairs of characters from which one is a repost of the other
# In folded text. Two versions of a manual differ in nothing else, and in what they answer.
_NUMBER = re.compile(r"[0-9]+(?:[.,:][0-9]+)*|[〇零一二两三四五六七八九十百千万亿]+")
_SAME_LENGTH = 0.7  # and the shorter must be at least so long beside the longer


class _Shape(NamedTuple):
    """What two passages are compared by: their pairs of characters, and their numbers."""

    pairs: frozenset[str]
    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """A hit to be cited, and the hits in other articles that carry the same text."""

    hit: Hit
    also: tuple[Hit, ...] = ()


def merge(hits: Sequence[Hit], store: Store, count: int, spare: int = 0) -> tuple[list[Found], dict[str, Article]]:
    """The best `count` places of `hits` (best first) and some to `spare`, and the articles they stand in, by id."""
    articles = {article.id: article for article, _ in store.with_articles([hit.row for hit in hits])}
    found: list[Found] = []
    shapes: list[_Shape] = []
    for hit in _join_neighbours(hits, articles, count):
        text = hit.passage.span.of(articles[hit.passage.article_id].text)
        key = fold(text)
        shape = _Shape(frozenset(pairs_of(key)), frozenset(_NUMBER.findall(key)))
        twin = next((at for at, one in enumerate(found) if _same(one.hit, hit, shapes[at], shape)), None)
        if twin is not None:
            found[twin] = replace(found[twin], also=(*found[twin].also, hit))
        elif len(found) < count + spare:
            found.append(Found(hit))
            shapes.append(shape)
    return found, articles


def _same(one: Hit, other: Hit, mine: _Shape, theirs: _Shape) -> bool:
    """True when two hits of different articles carry the same text, but for a few characters.

    Where each has a number that the other lacks they say different things: a reader must see both.
    """
    if one.passage.article_id == other.passage.article_id or not mine.pairs or not theirs.pairs:
        return False
    if mine.numbers - theirs.numbers and theirs.numbers - mine.numbers:
        return False
    few, many = sorted((len(mine.pairs), len(theirs.pairs)))
    if few < _SAME_LENGTH * many:
        return False
    shared = len(mine.pairs & theirs.pairs)
    return shared >= SAME_TEXT * (few + many - shared)


def _join_neighbours(hits: Sequence[Hit], articles: dict[str, Article], count: int) -> list[Hit]:
    """`hits` with those of the first `count` that stand next to each other in one section made one."""
    joined: list[Hit] = []
    for number, hit in enumerate(hits):
        text = articles[hit.passage.article_id].text
        at = next((at for at, one in enumerate(joined) if number < count and touch(one.passage, hit.passage, text)), None)
        if at is None:
            joined.append(hit)
        else:
            joined[at] = union(joined[at], hit)
    return joined


def touch(one: Passage, other: Passage, text: str, most: int = MAX_MERGED_CHARS) -> bool:
    """True when nothing but white space stands between two passages of one section, `most` characters together."""
    first, second = sorted((one, other), key=lambda passage: passage.span)
    if first.article_id != second.article_id or first.headings != second.headings:
        return False
    if first.span.end > second.span.start or second.span.end - first.span.start > most:
        return False
    return not text[first.span.end : second.span.start].strip()


def union(one: Hit, other: Hit) -> Hit:
    """`one`, with the passage and the sentences of both in the order of the text."""
    hits = sorted((one, other), key=lambda hit: hit.passage.span)
    first, second = (hit.passage for hit in hits)
    span = Span(first.span.start, second.span.end)
    passage = Passage(first.article_id, span, first.headings, (*first.joins, *second.joins))
    return replace(one, core=one.core or one.passage.span, passage=passage, sentences=(*hits[0].sentences, *hits[1].sentences))
