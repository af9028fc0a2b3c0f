"""HTML: the visible text of the body in reading order, with headings, code and furniture as marks."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import NamedTuple

from ingest.read.encodings import decode
from ingest.read.html_facts import Facts
from ingest.read.html_tables import LINKED_SHARE, Definitions, Table
from ingest.types import CODE_MARK, FURNITURE_MARK, HEADING_MARKS, ITEM_MARK, TABLE_MARK, Article, Mark, Span

_HIDDEN = frozenset("script style template noscript svg head iframe object select textarea".split())
_FURNITURE = frozenset("nav footer aside form button".split())
_WRAPPERS = frozenset(("form", "aside"))  # some sites put the whole page into one
_WRAPS_SHARE = 0.5  # of the text: a form, aside or unclosed menu that holds more is no furniture
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SHOWN_LATER = re.compile(r"\b(?:js_content|rich_media_content)\b")  # saved hidden, shown by the site's script
_BURIED = 10  # times as much text hidden by style as seen: the page shows it by script
_HEAD = frozenset("head title meta link script style base noscript template".split())
_BLOCK = frozenset(
    "p div li ul ol table tr section article main header footer nav aside h1 h2 h3 h4 h5 h6 pre blockquote br hr dl dt dd figure form".split()
)
_VOID = frozenset("br hr img input meta link area base col embed source track wbr".split())
_SOLID = _BLOCK | frozenset("td th body html head button caption select textarea template svg".split())  # not inline
_CELL_SCOPE = frozenset("table td th".split())  # what stands outside cannot be closed from inside
_TABLE_TAGS = frozenset("table thead tbody tfoot tr td th body html".split())
# A start tag that closes what is open, and where the search for it ends.
_ENDS = {
    "li": (("li",), ("ul", "ol")), "dt": (("dt", "dd"), ("dl",)), "dd": (("dt", "dd"), ("dl",)),
    "tr": (("tr",), ("table",)), "td": (("td", "th"), ("tr", "table")), "th": (("td", "th"), ("tr", "table")),
    "option": (("option",), ("select",)),
}  # fmt: skip
_SET_WIDE = re.compile(r"[\u4e00-\u9fff](?:[\xa0\u3000 ]+[\u4e00-\u9fff]){1,3}[\xa0\u3000 ]*[:：]?")
_SHORT_TEXT = 200  # characters: more than a term of a list of definitions, or what is told of it in a line
_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
_CHARSET_WITHIN = 4096  # bytes; browsers look through 1,024
_REACH = 500  # open tags looked through; keeps a page of nothing but tags linear


class _Open(NamedTuple):
    """An open tag: where its text began, how many causes (markup, style) hide it, characters of links before it, and whether it is one."""

    tag: str
    start: int
    hides: int
    unseen: int
    link_chars: int
    links: bool


class _Visible(HTMLParser):
    """Collects text and marks; stays linear however deep the tags nest."""

    def __init__(self, heed_style: bool = True) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.size = 0
        self.link_chars = 0  # of these, in links
        self.buried = 0  # characters hidden by style
        self.marks: list[Mark] = []
        self.facts = Facts()
        self._heed_style = heed_style
        self._open: list[_Open] = []
        self._count: Counter[str] = Counter()  # of open tags
        self._hidden = self._unseen = self._links = 0
        self._tables: list[Table] = []  # that are open
        self._lists: list[Definitions] = []  # likewise
        self._tab = -1  # number of the part that is the tab behind the last cell
        self._wraps: list[Span] = []  # furniture that may turn out to hold the page
        self._roots: list[int] = []  # where an h1, article or main began
        self._linked = self._titled = False

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag in ("meta", "link", "time"):
            self.facts.on_tag(tag, values, self._is_own())
        if self._count["head"] and tag not in _HEAD and not self._count["noscript"] and not self._count["svg"]:
            self._close("head")
        self._end_before(tag)
        if self._tables:
            self._tables[-1].on_tag(tag)
        if tag in _BLOCK:
            self._break()
        if tag in _VOID:
            return
        if tag == "table":
            self._tables.append(Table())
        elif tag in ("td", "th") and self._tables:
            self._tables[-1].begin_cell(len(self.parts) - 1)
        elif tag == "dl":
            self._lists.append(Definitions())
        elif tag == "dd" and self._lists:
            self._lists[-1].begin_fact(len(self.parts) - 1)
        if tag in ("h1", "article", "main"):
            self._roots.append(self.size)
        self._linked = tag == "script" and "ld+json" in (values.get("type") or "").lower()
        self._titled = self._titled or (tag == "title" and not self._count["svg"] and bool(self.facts.title))
        links = tag == "a" and bool(values.get("href"))  # without, it names a place and is often left open
        unseen = self._heed_style and _is_unseen(tag, values)
        self._open.append(_Open(tag, self.size, tag in _HIDDEN, unseen, self.link_chars, links))
        self._count[tag] += 1
        self._links += links
        self._hidden += tag in _HIDDEN
        self._unseen += unseen

    def _is_own(self) -> bool:
        """True in the article itself, not in a list, a menu or what stands beside it."""
        count = self._count
        beside = count["aside"] or count["nav"] or count["footer"] or count["li"]
        return bool(count["article"] or count["main"] or count["header"]) and not beside

    def _end_before(self, tag: str) -> None:
        """Close what `tag` ends without an end tag: the paragraph before a block, the item before an item."""
        if tag in _BLOCK and tag != "br" and self._count["p"]:
            self._close("p", inline_only=True)
        names, until = _ENDS.get(tag, ((), ()))
        if any(self._count[name] for name in names):
            for one in reversed(self._open[-_REACH:]):
                if one.tag in until:
                    return
                if one.tag in names:
                    self._close(one.tag)
                    return

    def handle_endtag(self, tag):
        if tag in _VOID or not self._count[tag]:
            return
        self._close(tag, inline_only=tag not in _SOLID)
        if tag in _BLOCK:
            self._break()

    def _close(self, tag: str, inline_only: bool = False) -> None:
        """Close `tag` and all in it; nothing, if it is not open here."""
        for depth, one in enumerate(reversed(self._open[-_REACH:]), 1):
            if one.tag == tag:
                break
            if inline_only and one.tag in _SOLID:
                return
            if one.tag in _CELL_SCOPE and tag not in _TABLE_TAGS:
                return
        else:
            return
        for left in range(depth, 0, -1):
            self._pop(named=left == 1)

    def _pop(self, named: bool = False) -> None:
        """Close the innermost open tag; `named` says that its own end tag does it."""
        tag, start, hides, unseen, link_chars, links = self._open.pop()
        self._count[tag] -= 1
        self._links -= links
        self._hidden -= hides
        self._unseen -= unseen
        table = self._tables.pop() if tag == "table" else None
        listed = self._lists.pop() if tag == "dl" and self._lists else None
        if tag in ("td", "th", "dt"):
            self._squeeze(start)
        span = Span(start, self.size)
        if tag in ("td", "th"):
            self._cell()
        elif tag == "tr" and self.parts and self._tab == len(self.parts) - 1:
            self.parts[-1] = "\n"  # no tab behind the last cell
        elif tag == "dt" and self._lists:
            self._lists[-1].end_term(self._short_text(start))
        elif tag == "dd" and self._lists:
            self._lists[-1].end_fact(self._short_text(start))
        if not span:
            return
        if tag in HEADING_MARKS:
            self.marks.append(Mark(span, tag))
        elif tag == "pre":
            self.marks.append(Mark(span, CODE_MARK))
        elif tag == "li" and self.link_chars - link_chars < LINKED_SHARE * len(span):
            self.marks.append(Mark(span, ITEM_MARK))
        elif table and table.holds_facts(len(span), self.link_chars - link_chars):
            table.put_in_rows(self.parts)
            self.marks.append(Mark(span, TABLE_MARK))
        elif listed and self.link_chars - link_chars < LINKED_SHARE * len(span) and listed.put_in_rows(self.parts):
            self.marks.append(Mark(span, TABLE_MARK))
        elif tag in _FURNITURE and not (self._roots and self._roots[-1] >= start):
            if tag in _WRAPPERS or not named:
                self._wraps.append(span)
            else:
                self.marks.append(Mark(span, FURNITURE_MARK))

    def handle_data(self, data):
        if self._count["title"] and not self._count["svg"]:
            if not self._titled:
                self.facts.title += data
            return
        if self._hidden:
            if self._linked and self._open[-1].tag == "script":
                self.facts.on_linked(data)
            return
        if self._unseen:
            self.buried += len(data.strip())
            return
        if not self._count["pre"]:
            data = re.sub(r"[ \t\r\n\f]+", " ", data)
            if not self.parts or self.parts[-1].endswith(("\n", " ")):
                data = data.lstrip(" ")
        if data:
            self.parts.append(data.replace("\0", " "))
            self.size += len(data)
            self.link_chars += len(data) if self._links else 0

    def handle_comment(self, data):
        self.facts.on_comment(data[:2000])

    def _cell(self):
        """Cells of a row stay on one line, a tab between them."""
        if self._tables:
            self._tables[-1].end_cell(len(self.parts) - 1)
        if self.parts and not self.parts[-1].endswith(("\n", "\t")):
            self._tab = len(self.parts)
            self.parts.append("\t")
            self.size += 1

    def _squeeze(self, start: int) -> None:
        """Write the name of a row that is set wide, 体　　重, as the word it is."""
        wide = self._short_text(start)
        if wide and _SET_WIDE.fullmatch(wide) and not (self.marks and self.marks[-1].span.end > start):
            while self.size > start:
                self.size -= len(self.parts.pop())
            self.parts.append(re.sub(r"\s", "", wide))
            self.size += len(self.parts[-1])

    def _break(self):
        if self.parts and not self.parts[-1].endswith("\n"):
            if self._tables:
                self._tables[-1].add_break(len(self.parts))
            self.parts.append("\n")
            self.size += 1

    def _short_text(self, start: int) -> str | None:
        """The text from `start` on; None where it is longer than any fact of a list: nested ones would be read again and again."""
        if self.size - start > _SHORT_TEXT:
            return None
        found, size = [], 0
        while size < self.size - start:
            found.append(self.parts[-1 - len(found)])
            size += len(found[-1])
        return "".join(reversed(found))[size - (self.size - start) :]

    def finish(self) -> None:
        """Close what is still open, and decide which wrappers, and which tags never closed, are furniture."""
        while self._open:
            self._pop()
        small = [span for span in self._wraps if len(span) <= _WRAPS_SHARE * self.size]
        self.marks += [Mark(span, FURNITURE_MARK) for span in small]


def _is_unseen(tag: str, values: dict[str, str | None]) -> bool:
    """True when an attribute hides the element, and no script is known to show it."""
    if "hidden" not in values and not _UNSEEN.search(values.get("style") or ""):
        return False
    names = f"{values.get('id') or ''} {values.get('class') or ''}"
    return tag not in ("html", "body") and not _SHOWN_LATER.search(names)


def _parsed(text: str, heed_style: bool) -> _Visible:
    page = _Visible(heed_style)
    page.feed(text)
    page.close()
    page.finish()
    return page


def read(content: bytes, id: str) -> Article:
    """The article of an HTML file."""
    declared = _CHARSET.search(content, 0, _CHARSET_WITHIN)
    text = decode(content, declared[1].decode("ascii") if declared else None)
    page = _parsed(text, heed_style=True)
    if page.buried > _BURIED * page.size:
        page = _parsed(text, heed_style=False)
    facts = page.facts
    has_h1 = any(mark.kind == "h1" for mark in page.marks)
    return Article(
        id=id, path=id, title=facts.headline(has_h1), text="".join(page.parts), digest="",
        date=facts.published(), url=facts.address(), author=facts.author(),
        marks=tuple(sorted(page.marks, key=lambda mark: mark.span)),
    )  # fmt: skip
