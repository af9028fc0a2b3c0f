"""Markdown: the text as it stands; front matter, headings and code blocks as marks."""

from __future__ import annotations

import re
from bisect import bisect_right

from ingest.read.encodings import decode
from ingest.read.html_facts import day
from ingest.types import CODE_MARK, FURNITURE_MARK, Article, Mark, Span

_FRONT = re.compile(r"\A(?P<f>---|\+\+\+)[ \t]*\r?\n(?P<facts>.*?)\r?\n(?P=f)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(title|date|url|source|link|author)[ \t]*[:=][ \t]*(.*?)[ \t\r]*$", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(
    r"^[ \t]*(?P<f>`{3,}|~{3,})[^`\n]*\n(?:.*?^[ \t]*(?P=f)[`~]*[ \t]*(?=\r?$)|.*\Z)"
    r"|^[ \t]*\$\$(?:[^\n$]|\$(?!\$)|\n(?![ \t]*\r?\n))*\$\$[ \t]*(?=\r?$)",  # a formula ends before an empty line
    re.MULTILINE | re.DOTALL,
)
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+\S[^\r\n]*", re.MULTILINE)


def read(content: bytes, id: str) -> Article:
    """The article of a Markdown file."""
    text = decode(content)
    facts: dict[str, str] = {}
    marks = []
    front = _FRONT.match(text)
    if front:
        facts = {name.lower(): value.strip("\"'") for name, value in _FIELD.findall(front["facts"])}
        marks.append(Mark(Span(0, front.end()), FURNITURE_MARK))
    begin = front.end() if front else 0
    fences = [Span(*match.span()) for match in _FENCE.finditer(text, begin)]
    marks += [Mark(span, CODE_MARK) for span in fences]
    starts = [fence.start for fence in fences]
    for match in _HEADING.finditer(text, begin):
        span = Span(*match.span())
        at = bisect_right(starts, span.start)  # the fence before it is the only one that can hold it
        if not (at and fences[at - 1].holds(span)):
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
