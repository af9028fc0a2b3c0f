"""Where a span stands: lines, page, web address of the sentence; and whether the file still says so."""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path
from urllib.parse import quote

from ingest.digest import digest_of
from ingest.types import Article, Span

_LINE_BREAK = re.compile(r"\r\n|\n|\r")  # what editors count as one
_FRAGMENT_CHARS = 24  # a text fragment longer than this names its start and end only


def line_starts(text: str) -> list[int]:
    """The offset at which each line begins; the first is 0."""
    return [0, *(match.end() for match in _LINE_BREAK.finditer(text))]


def lines_of_span(text: str, span: Span) -> tuple[int, int]:
    """First and last line of `span`, counted from 1, both inclusive."""
    first = 1 + _breaks(text, 0, span.start)
    return first, first + _breaks(text, span.start, max(span.start, span.end - 1))


def _breaks(text: str, begin: int, end: int) -> int:
    """How many line breaks end after `begin`, at `end` at the latest: \\r\\n is one, which ends with its second character."""
    lone = text.count("\r", begin, end) - text.count("\r\n", begin, end + 1)
    return text.count("\n", begin, end) + lone


def page_of(article: Article, offset: int) -> int | None:
    """The page of a PDF that holds `offset`, counted from 1; None for other formats."""
    return bisect_right(article.page_starts, offset) or None


def deep_link(url: str | None, sentence: str) -> str | None:
    """`url` with a text fragment that makes a browser jump to `sentence`; None without an http(s) url.

    See the WICG "URL Fragment Text Directives": `#:~:text=start,end`.
    """
    if not url or not re.match(r"https?://", url):
        return None
    words = " ".join(sentence.split())
    if not words:
        return url
    if len(words) > 2 * _FRAGMENT_CHARS:
        text = f"{_encode(words[:_FRAGMENT_CHARS])},{_encode(words[-_FRAGMENT_CHARS:])}"
    else:
        text = _encode(words)
    base, _, anchor = url.partition("#")
    return f"{base}#{anchor}:~:text={text}"


def _encode(words: str) -> str:
    """Percent-encode for a text directive, in which `-`, `,` and `&` have a meaning of their own."""
    return quote(words, safe="").replace("-", "%2D")


def staleness(corpus: Path | None, article: Article) -> str | None:
    """None when the file is what was ingested, or its folder is on another machine; "changed" or "vanished" otherwise."""
    if corpus is None:
        return None
    try:
        return None if digest_of(corpus / article.id) == article.digest else "changed"
    except OSError:
        return "vanished"
