"""The values of asking: what was found, and what is cited. Frozen; scores are higher-is-better."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ingest.sentences import joined
from ingest.types import Passage, Span


class Meant(NamedTuple):
    """How near a sentence comes to what the question means, each -1 to 1."""

    tokens: float  # its tokens, in its passage, to those of the question
    alone: float  # as it was embedded alone, to the question as a whole


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that retrieval found: its row, its combined score, and which legs found it.

    `features` holds the named numbers that the score was made of (for `--explain`);
    `sentences`, of each sentence of the passage, how near it comes to what the question means.
    `core` is the best passage of several that were made one.
    """

    row: int
    passage: Passage
    score: float
    found_by: frozenset[str]
    features: dict[str, float] = field(default_factory=dict)
    sentences: tuple[Meant, ...] = ()
    core: Span | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """An article as it is named beside a citation."""

    title: str
    path: str
    url: str | None = None
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage quoted word for word: `article.text[span.start:span.end] == quote`.

    `lines` are 1-based and inclusive. `answer_spans` are spans of the article, inside
    `span`. `score` is the retrieval score, comparable within one answer only. `stale` is
    "changed" or "vanished" when the file is no longer what was ingested. `also` names
    other articles that carry the same passage.
    """

    number: int
    title: str
    path: str
    url: str | None
    date: date | None
    headings: tuple[str, ...]
    lines: tuple[int, int]
    page: int | None
    span: Span
    quote: str
    answer_spans: tuple[Span, ...]
    score: float
    joins: tuple[Span, ...] = ()
    stale: str | None = None
    also: tuple[Source, ...] = ()

    def verbatim(self, span: Span) -> str:
        """The text of a span inside this citation, as it stands in the article."""
        return self.quote[span.start - self.span.start : span.end - self.span.start]

    def readable(self, span: Span | None = None) -> str:
        """The quote, or a span of it, with hard-wrapped sentences joined, for display."""
        span = span or self.span
        offset = self.span.start
        shifted = [
            Span(join.start - offset, join.end - offset)
            for join in self.joins
            if self.span.holds(join)
        ]
        return joined(self.quote, Span(span.start - offset, span.end - offset), shifted)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the articles say to a question.

    `found` is False when they do not answer: then `text` is empty, `nearest` names the
    nearest titles, and `citations` still holds the nearest passages for whoever wants
    them. `confidence` is a probability between 0 and 1. `text` is made of verbatim
    sentences, each followed by the [number] of its citation. `read_as` tells what was taken
    for a slip of the keyboard: what was typed, and what it was read as. `unnamed`: what the
    question names and the passages whose sentences make up `text` do not. `explain` holds the
    reasons behind the answer when they were asked for.
    """

    question: str
    found: bool
    confidence: float
    text: str
    citations: tuple[Citation, ...]
    nearest: tuple[str, ...]
    seconds: float = 0.0
    read_as: dict[str, str] = field(default_factory=dict)
    unnamed: tuple[str, ...] = ()
    explain: dict | None = None
