"""The values that every part takes and returns; frozen, and free of any import of ours.

Every position is a code point offset into `Article.text`, every interval is
half-open, and `article.text` is never rewritten: see `Span.of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open interval `[start, end)` of code points of one `Article.text`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The text that this span selects, verbatim."""
        return text[self.start : self.end]

    def holds(self, other: Span) -> bool:
        """True when `other` lies inside this span."""
        return self.start <= other.start and other.end <= self.end


# Kinds of `Mark`: what a reader knows from markup, and a cleaner could only guess.
HEADING_MARKS = ("h1", "h2", "h3", "h4", "h5", "h6")
CODE_MARK = "code"  # a code or formula block: kept whole, never judged by its lines
TABLE_MARK = "table"  # rows of a table, one a line
ITEM_MARK = "item"  # of a list, and not for the most part a link: its bullet is not in the text
FURNITURE_MARK = "furniture"  # outside the main content, or navigation by its markup
REPEATED_MARK = "repeated"  # a running header or footer of a PDF


@dataclass(frozen=True, slots=True)
class Mark:
    """What the markup said of a span: one of the `*_MARK(S)` kinds above."""

    span: Span
    kind: str


@dataclass(frozen=True, slots=True)
class Article:
    """One source file, decoded. `text` is final: all later positions refer to it.

    `id` and `path` are the path relative to the corpus folder, with `/`.
    `digest` is the sha256 (hex) of the file's bytes. `title` is never empty once
    the article has been cleaned. `page_starts` holds the offset at which each
    page of a PDF begins (empty for other formats), ascending.
    """

    id: str
    path: str
    title: str
    text: str
    digest: str
    date: date | None = None
    url: str | None = None
    page_starts: tuple[int, ...] = ()
    author: str | None = None
    marks: tuple[Mark, ...] = ()
    flags: tuple[str, ...] = ()  # health flags: see ingest/reasons.py


@dataclass(frozen=True, slots=True)
class Line:
    """A line of `Article.text`: `number` counts from 1; the span leaves out the line break.

    `key` is for matching only: NFKC, zero-width characters and NBSP stripped, white space
    folded, Chinese punctuation mapped to its ASCII twin. It is never shown or quoted.
    """

    span: Span
    number: int
    key: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A span that is not searched, and why: a code of `ingest/reasons.py`."""

    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: `level` 1 is the outermost below the title; `text` is stripped of markup and number."""

    span: Span
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What cleaning decided about one article.

    `kept` and `dropped` are sorted, do not overlap, and together cover
    `Article.text` exactly once. `joins` are spans of white space and line breaks
    inside hard-wrapped sentences, which display and search leave out.
    """

    kept: tuple[Span, ...]
    dropped: tuple[Dropped, ...]
    headings: tuple[Heading, ...] = ()
    joins: tuple[Span, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of kept text under its headings: what is searched, and what is quoted.

    `headings` runs from the outermost to the innermost. `joins` are those of the
    article that lie inside `span`.
    """

    article_id: str
    span: Span
    headings: tuple[str, ...] = ()
    joins: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        """Identity is place: article id and span."""
        return f"{self.article_id}#{self.span.start}-{self.span.end}"
