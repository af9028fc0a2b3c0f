"""An article, what cleaning decided and a passage, as the values in the rows of a store, and back."""

from __future__ import annotations

import functools
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ingest.types import Article, Cleaned, Dropped, Heading, Mark, Passage, Span

_NO_JOINS = "[]"  # in JSON: most passages have none
_REMEMBERED = 4096  # headings, half a megabyte: of a question's candidates many stand in a section of which others came before
_SUM = "sum"  # CRC-32 of the text: a large index is not hashed whole when it is opened


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as stored: what was read, what cleaning decided, and the file's stamp.

    `article` is described (title, date and so on found in its text too); `raw` is what the
    reader gave, so that it can be cleaned again without reading the file again.
    `size` in bytes and `mtime_ns` are the file's; an `mtime_ns` of 0 is never trusted.
    `line_keys`: the article's masked line keys (corpus evidence), opaque bytes.
    """

    article: Article
    raw: Article
    cleaned: Cleaned
    size: int
    mtime_ns: int
    line_keys: bytes


def dump(value: object) -> str:
    """A value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def dump_spans(spans: Sequence[Span]) -> list[list[int]]:
    """Spans as JSON has them: [start, end] each."""
    return [[span.start, span.end] for span in spans]


def about_of(article: Article) -> dict:
    """All of an article but its id and text, as JSON."""
    return {
        "title": article.title,
        "digest": article.digest,
        "date": article.date.isoformat() if article.date else None,
        "url": article.url,
        "author": article.author,
        "page_starts": article.page_starts,
        "marks": [[mark.span.start, mark.span.end, mark.kind] for mark in article.marks],
        "flags": article.flags,
    }


def dump_article(article: Article) -> tuple[str, bytes]:
    """(`about_of` and the sum of the text, as JSON; the text)."""
    # As it is: inflating the texts of forty candidates took a question 5 ms, and saved a thirtieth of an index.
    text = article.text.encode("utf-8")
    return dump({**about_of(article), _SUM: zlib.crc32(text)}), text


def load_article(id_: str, about: str, text: bytes | None) -> Article:
    """The article of what `dump_article` gave; without text for None. ValueError if the text is not what was written.

    Older indexes hold it compressed, which is sum enough.
    """
    facts = json.loads(about)
    if text is not None and _SUM not in facts:
        text = zlib.decompress(text)
    elif text is not None and zlib.crc32(text) != facts[_SUM]:
        raise ValueError(f"the text of {id_} is not what was written")
    return Article(
        id=id_,
        path=id_,
        title=facts["title"],
        text=text.decode("utf-8") if text is not None else "",
        digest=facts["digest"],
        date=date.fromisoformat(facts["date"]) if facts["date"] else None,
        url=facts["url"],
        page_starts=tuple(facts["page_starts"]),
        author=facts["author"],
        marks=tuple(Mark(Span(start, end), kind) for start, end, kind in facts["marks"]),
        flags=tuple(facts["flags"]),
    )


def dump_cleaned(cleaned: Cleaned) -> dict:
    """What cleaning decided, as JSON has it."""
    return {
        "kept": dump_spans(cleaned.kept),
        "dropped": [[d.span.start, d.span.end, d.reason] for d in cleaned.dropped],
        "headings": [[h.span.start, h.span.end, h.level, h.text] for h in cleaned.headings],
        "joins": dump_spans(cleaned.joins),
        "flags": cleaned.flags,
    }


def load_cleaned(stored: str) -> Cleaned:
    """What `dump_cleaned` gave, from JSON."""
    facts = json.loads(stored)
    return Cleaned(
        kept=tuple(Span(*span) for span in facts["kept"]),
        dropped=tuple(Dropped(Span(start, end), reason) for start, end, reason in facts["dropped"]),
        headings=tuple(Heading(Span(start, end), level, text) for start, end, level, text in facts["headings"]),
        joins=tuple(Span(*span) for span in facts["joins"]),
        flags=tuple(facts["flags"]),
    )


def load_passage(article_id: str, start: int, end: int, headings: str, joins: str) -> Passage:
    """A passage from the columns of its row; headings and joins are JSON."""
    return Passage(
        article_id=article_id,
        span=Span(start, end),
        headings=_headings(headings),
        joins=tuple(Span(*join) for join in json.loads(joins)) if joins != _NO_JOINS else (),
    )


@functools.lru_cache(_REMEMBERED)
def _headings(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))
