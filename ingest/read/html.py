"""HTML: the visible text of the body in reading order, with headings, code and furniture as marks."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from ingest.read.encodings import decode
from ingest.types import CODE_MARK, FURNITURE_MARK, Article, Mark, Span

_HIDDEN = frozenset("script style template noscript svg head iframe object select textarea".split())
_FURNITURE = frozenset("nav footer aside form button".split())
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCK = frozenset(
    "p div li ul ol table tr section article main header footer nav aside h1 h2 h3 h4 h5 h6 pre blockquote br hr dl dt dd figure form".split()
)
_VOID = frozenset("br hr img input meta link area base col embed source track wbr".split())


class _Visible(HTMLParser):
    """Collects text and marks; stays linear however deep the tags nest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.size = 0
        self.marks: list[Mark] = []
        self.title = ""
        self.meta: dict[str, str] = {}
        self._open: list[tuple[str, int, bool]] = []  # tag, where it began, whether it hides its text
        self._hidden = 0
        self._in_title = False
        self._pre = 0

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag == "meta":
            name = (facts.get("property") or facts.get("name") or "").lower()
            self.meta.setdefault(name, facts.get("content") or "")
        if tag == "link" and (facts.get("rel") or "").lower() == "canonical":
            self.meta.setdefault("canonical", facts.get("href") or "")
        if tag == "title":
            self._in_title = True
        if tag in _BLOCK:
            self._break()
        if tag in _VOID:
            return
        hides = tag in _HIDDEN or "hidden" in facts or _UNSEEN.search(facts.get("style") or "") is not None
        self._open.append((tag, self.size, hides))
        self._hidden += hides
        self._pre += tag == "pre"

    def handle_endtag(self, tag):
        if tag == "title":
            self._in_title = False
        if tag in _VOID or not any(tag == name for name, _, _ in self._open[-200:]):
            return
        while self._open:
            name, start, hides = self._open.pop()
            self._hidden -= hides
            self._pre -= name == "pre"
            if self.size > start:
                if re.fullmatch("h[1-6]", name):
                    self.marks.append(Mark(Span(start, self.size), name))
                elif name == "pre":
                    self.marks.append(Mark(Span(start, self.size), CODE_MARK))
                elif name in _FURNITURE:
                    self.marks.append(Mark(Span(start, self.size), FURNITURE_MARK))
            if name == tag:
                break
        if tag in _BLOCK:
            self._break()
        elif tag in ("td", "th"):
            self._cell()

    def handle_data(self, data):
        if self._in_title:
            self.title += data
            return
        if self._hidden:
            return
        if not self._pre:
            data = re.sub(r"[ \t\r\n\f]+", " ", data)
            if not self.parts or self.parts[-1].endswith(("\n", " ")):
                data = data.lstrip(" ")
        if data:
            self.parts.append(data.replace("\0", " "))
            self.size += len(data)

    def _cell(self):
        """Cells of a row stay on one line, a tab between them."""
        if self.parts and not self.parts[-1].endswith(("\n", "\t")):
            self.parts.append("\t")
            self.size += 1

    def _break(self):
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")
            self.size += 1


def read(content: bytes, id: str) -> Article:
    """The article of an HTML file."""
    from ingest.read.markdown import _date

    page = _Visible()
    page.feed(decode(content))
    page.close()
    meta = page.meta
    has_heading = any(mark.kind == "h1" for mark in page.marks)  # says the title without the name of the site
    title = meta.get("og:title") or ("" if has_heading else page.title)
    published = meta.get("article:published_time") or meta.get("publishdate") or meta.get("date") or ""
    url = meta.get("canonical") or meta.get("og:url") or ""
    return Article(
        id=id, path=id, title=" ".join(title.split()), text="".join(page.parts), digest="",
        date=_date(published), url=url if re.match(r"https?://", url) else None, author=meta.get("author") or None,
        marks=tuple(sorted(page.marks, key=lambda mark: mark.span)),
    )  # fmt: skip
