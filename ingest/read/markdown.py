"""Markdown: the text as it stands; front matter, headings and code blocks as marks."""

from __future__ import annotations

import re

from ingest.read.encodings import decode
from ingest.read.html_facts import day
from ingest.types import CODE_MARK, FURNITURE_MARK, Article, Mark, Span

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(title|date|url|source|link|author)[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r"^(?P<f>```+|~~~+|\$\$)[^\n]*\n.*?(?:^(?P=f)[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+\S[^\r\n]*", re.MULTILINE)


def read(content: bytes, id: str) -> Article:
    """The article of a Markdown file."""
    text = decode(content)
    facts: dict[str, str] = {}
    marks = []
    front = _FRONT.match(text)
    if front:
        facts = {name.lower(): value.strip("\"'") for name, value in _FIELD.findall(front[1])}
        marks.append(Mark(Span(0, front.end()), FURNITURE_MARK))
    fences = [Span(*match.span()) for match in _FENCE.finditer(text)]
    marks += [Mark(span, CODE_MARK) for span in fences]
    for match in _HEADING.finditer(text, front.end() if front else 0):
        span = Span(*match.span())
        if not any(fence.holds(span) for fence in fences):
            marks.append(Mark(span, f"h{len(match[1])}"))
    url = facts.get("url") or facts.get("source") or facts.get("link")
    return Article(
        id=id,
        path=id,
        title=facts.get("title", ""),
        text=text,
        digest="",
        date=day(facts.get("date", "")),
        url=url if url and re.match(r"https?://", url) else None,
        author=facts.get("author") or None,
        marks=tuple(sorted(marks, key=lambda mark: mark.span)),
    )
