"""Headings of a plain text: numbered, marked by the reader, or short lines that stand alone.

Levels come from nesting: each way of writing a heading has a rank (第一章 before 一、 before
1. before (1)), and a heading stands below the nearest earlier one of a smaller rank.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ingest.lines import PLAIN, PROSE
from ingest.types import HEADING_MARKS, Article, Heading, Span

if TYPE_CHECKING:
    from ingest.boilerplate.rows import Row

HEADING_CHARS = 60  # a longer numbered or marked line is a paragraph
BARE_CHARS = 36  # a longer line without number or mark is no heading
LEAD_CHARS = 12  # a longer line that ends in a colon leads into what follows
RUN_IN_CHARS = 45  # of a run-in heading (1. Name: text …) the name is no longer
LIST_ROWS = 2  # so many short lines right above one that a blank line parts from what follows: they are a list
BARE_RANK = 40  # between （一） and 1.: a bare heading holds numbered ones, and stands below 一、

_CN = r"[一二三四五六七八九十百零〇两]{1,5}"
_SCHEMES = (  # (name, rank, pattern); the first that matches wins
    ("md", 0, re.compile(r"(?P<mark>#{1,6})\s+(?P<text>\S.*)")),
    ("part", 10, re.compile(rf"第\s?(?:{_CN}|\d{{1,3}})\s?[编部篇卷](?:分)?(?:\s*[:、，,.．\s]\s*(?P<text>.*))?")),
    ("chapter", 12, re.compile(rf"第\s?(?:{_CN}|\d{{1,3}})\s?[章讲课回](?:\s*[:、，,.．\s]?\s*(?P<text>.*))?")),
    ("section", 14, re.compile(rf"第\s?(?:{_CN}|\d{{1,3}})\s?节(?:\s*[:、，,.．\s]?\s*(?P<text>.*))?")),
    ("cn", 20, re.compile(rf"(?P<cn>{_CN})\s?[、.．,，:：]\s?(?P<text>\S.*)")),
    ("(cn)", 30, re.compile(rf"[（(]\s?(?P<cn>{_CN})\s?[）)]\s?[、.．]?(?P<text>\S.*)")),
    ("1.1.1", 56, re.compile(r"(?P<num>\d{1,2}(?:\.\d{1,2}){2,3})[.．、]?\s?(?P<text>\S.*)")),
    ("1.1", 54, re.compile(r"(?P<num>\d{1,2}\.\d{1,2})(?:[.．、]\s?|\s+|(?=[一-鿿]))(?P<text>[^\d\s%].*)")),
    ("1.", 50, re.compile(r"(?P<num>\d{1,3})\s?(?:[、．]|\.(?!\d)|(?=\s))\s?(?P<text>\S.*)")),
    ("1)", 60, re.compile(r"(?P<num>\d{1,3})\s?[)）]\s?[、.]?(?P<text>\S.*)")),
    ("(1)", 62, re.compile(r"[（(]\s?(?P<num>\d{1,3})\s?[）)]\s?[、.]?(?P<text>\S.*)")),
    ("①", 64, re.compile(r"(?P<circled>[①-⑳])\s?(?P<text>\S.*)")),
)
_NUMBER_START = re.compile(rf"[#第(（\d①-⑳]|{_CN}")  # what each of the schemes begins with
_SENTENCE_END = re.compile(r"[。！!；;，,、]$|\.$")
_INNER_STOP = re.compile(r"[。！；;]|[，,](?=\S*[，,])")
_NOT_BARE = re.compile(
    r"^(?:图|表|注|附|例|见|如|即|其中|因此|所以|但|而|并|且|或|答|问|[QA]\s?[:：.]|[（(\[【].*[)）\]】]$|https?:|www\.|[-=*_~·.。]{2,}|[•·●▪◆◦*\-–—+]\s)"
    r"|^(?:图|表|Fig|Figure|Table)\s?\d|(?:如下|如图|所示|例如|例子|注意|说明|包括|其中|如下所示|可得|有|为|是|则|得|即)[：:]?$|[=<>{}\\]|^\d+([.,:]\d+)*$"
)
_CALLED = re.compile(r"(?<!\d)(?:\d{3,4}-\d{3,4}(?:-\d{3,4})?|\d{7,})(?!\d)")  # a telephone number: 客服热线：400-… is told, no heading
_CLAUSE = re.compile(r"[，,；;。]")
_DECORATION = re.compile(r"^[\s▍▌■◆●★☆▶►◇○\-*_#]+|[\s:：*_#]+$")
_WORD = re.compile(r"[\w]")
_NAMES = re.compile(r"[^\W\d_](?<![年月日])")  # a letter that is none of a date's
_RUN_IN = re.compile(r"[:：]")


class _Candidate(NamedTuple):
    """A line that may be a heading. `number` is its ordinal where its scheme has one."""

    at: int
    scheme: str
    rank: int
    number: int | None
    text: str


def find_headings(article: Article, rows: Sequence[Row]) -> tuple[Heading, ...]:
    """The headings among the kept `rows` of an article, in order, with levels from 1."""
    candidates = [found for at in range(len(rows)) if (found := _candidate(article.text, rows, at))]
    confirmed = _confirm(article.text, rows, candidates)
    confirmed += _run_in(article.text, rows, confirmed)
    confirmed.sort()
    stack: list[int] = []
    headings = []
    for found in confirmed:
        while stack and stack[-1] >= found.rank:
            stack.pop()
        stack.append(found.rank)
        headings.append(Heading(_span(article.text, rows[found.at], found), len(stack), found.text))
    return tuple(headings)


def _span(text: str, row: Row, found: _Candidate) -> Span:
    """The line, or of a run-in heading its part up to and with the colon."""
    span = row.line.span
    if not found.scheme.endswith(":"):
        return span
    colon = _RUN_IN.search(text, span.start, span.end)
    return Span(span.start, colon.end())


def _ordinal(match: re.Match) -> int | None:
    """The number of a numbered heading; of 2.3 it is 3."""
    groups = match.groupdict()
    if groups.get("num"):
        return int(groups["num"].rpartition(".")[2])
    if groups.get("circled"):
        return ord(groups["circled"]) - ord("①") + 1
    if groups.get("cn"):
        return _from_chinese(groups["cn"])
    return None


def _from_chinese(word: str) -> int:
    """一 to 九十九 as an int; larger numbers are not told apart."""
    digits = "零一二三四五六七八九"
    word = word.replace("〇", "零").replace("两", "二")
    tens, ten, ones = word.rpartition("十")
    if not ten:
        tens, ones = "", word
    total = (digits.find(tens[-1:]) if tens else 1) * 10 if ten else 0
    return total + (digits.find(ones[-1:]) if ones else 0)


def _candidate(text: str, rows: Sequence[Row], at: int) -> _Candidate | None:
    """What kind of heading the row could be by its own form."""
    row = rows[at]
    if row.kind != PLAIN:
        return None
    span = row.line.span
    if len(span) > HEADING_CHARS + 40:
        return None
    line = text[span.start : span.end].strip().strip("\u200b\ufeff")
    if row.mark in HEADING_MARKS:
        level = HEADING_MARKS.index(row.mark) + 1
        return _Candidate(at, "md", level, None, strip_heading(line))
    for scheme, rank, pattern in _SCHEMES if _NUMBER_START.match(line) else ():
        match = pattern.fullmatch(line)
        if not match:
            continue
        if scheme == "md":
            return _Candidate(at, "md", len(match["mark"]), None, strip_heading(line))
        if len(line) > HEADING_CHARS or _SENTENCE_END.search(line) or _INNER_STOP.search(line):
            return None
        return _Candidate(at, scheme, rank, _ordinal(match), strip_heading(line))
    return _bare(rows, at, line)


def strip_heading(line: str) -> str:
    """A heading without its number, markup, decoration and closing colon; with its number where nothing but a date is left, 3.4.0 (2025-09-16)."""
    bare = _DECORATION.sub("", line)
    for scheme, _, pattern in _SCHEMES if _NUMBER_START.match(bare) else ():
        match = pattern.fullmatch(bare)
        if match and scheme != "md":
            inner = match["text"]
            bare = _DECORATION.sub("", inner) if inner and _NAMES.search(inner) else bare
            break
    return bare or line.strip()


def _bare(rows: Sequence[Row], at: int, line: str) -> _Candidate | None:
    """A short line that stands alone above prose."""
    row = rows[at]
    if len(line) > BARE_CHARS or row.prose == PROSE or row.bullet or at + 1 >= len(rows):
        return None
    colon = line[-1] in ":："
    if colon and len(line) > LEAD_CHARS or _NOT_BARE.search(line) or _CALLED.search(line) or not _WORD.search(line):
        return None
    if _CLAUSE.search(line) or line[-1] in "、.!！\"”」…" or line[:1].isascii() and line[:1].islower() and not line.isascii():
        return None
    below = rows[at + 1]
    holds = below.prose == PROSE or (below.kind != PLAIN and not colon)
    if not holds and (colon or not _leads_on(rows, at)):
        return None
    if below.bullet and colon or not colon and _ends_list(rows, at):
        return None
    return _Candidate(at, "bare", BARE_RANK, None, strip_heading(line))


def _ends_list(rows: Sequence[Row], at: int) -> bool:
    """True for the last of several short lines without a blank one between them: an item, not a heading.

    A blank line below says so, or a line above them all that ends in a colon.
    """
    first = at
    while first and rows[first - 1].line.number + 1 == rows[first].line.number and _is_loose(rows[first - 1]):
        first -= 1
        if rows[first].key.endswith(":"):
            return True
    parted = rows[at + 1].line.number > rows[at].line.number + 1
    return parted and at - first >= LIST_ROWS


def _is_loose(row: Row) -> bool:
    """True for what may be an item without a bullet, or the line that opens such a list."""
    return row.kind == PLAIN and row.prose != PROSE and not row.numbered and row.mark not in HEADING_MARKS


def _leads_on(rows: Sequence[Row], at: int) -> bool:
    """True when a numbered heading, or a list of sentences, follows the row."""
    below = rows[at + 1]
    if below.numbered or below.bullet:
        return below.prose > 0 or at + 2 < len(rows) and rows[at + 2].prose == PROSE
    if below.prose == 1 and below.key.endswith(":"):  # a sentence that leads into a list
        return below.chars > len(rows[at].key)
    return below.prose == 1 and below.chars > 2 * rows[at].chars and below.chars >= 20


def _confirm(text: str, rows: Sequence[Row], candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Leave out items of lists: numbered lines with nothing of their own below them."""
    confirmed = []
    by_row = {found.at: found for found in candidates}
    items: set[int] = set()
    for found in candidates:
        if found.scheme not in ("md", "bare", "part", "chapter", "section") and _is_item(text, rows, found, by_row, items):
            items.add(found.at)
        else:
            confirmed.append(found)
    return confirmed


def _is_item(text: str, rows: Sequence[Row], found: _Candidate, by_row: dict[int, _Candidate], items: set[int]) -> bool:
    """True for a line of a numbered list: the next item follows at once, or the one before was an item."""
    if found.at + 1 >= len(rows):
        return True
    below, above = by_row.get(found.at + 1), by_row.get(found.at - 1)
    if below and below.rank <= found.rank and below.scheme != "bare":
        return True
    if above and above.at in items and above.scheme == found.scheme and above.number == (found.number or 0) - 1:
        return True
    return _is_behind_sentence(text, rows, found) or _same_list(text, rows, found, 1)


def _is_behind_sentence(text: str, rows: Sequence[Row], found: _Candidate) -> bool:
    """True when the line before is the last item of the same list, a sentence without a heading of its own before a colon."""
    if not found.at or rows[found.at - 1].prose != PROSE or not _same_list(text, rows, found, -1):
        return False
    return _RUN_IN.search(rows[found.at - 1].key[:RUN_IN_CHARS]) is None


def _same_list(text: str, rows: Sequence[Row], found: _Candidate, step: int) -> bool:
    """True when the next line, `step` 1, or the one before, -1, is the next or last item of the same list, a sentence perhaps."""
    span = rows[found.at + step].line.span
    line = text[span.start : min(span.end, span.start + HEADING_CHARS)].strip()
    for scheme, _, pattern in _SCHEMES:
        match = pattern.match(line)
        if match:
            return scheme == found.scheme and _ordinal(match) == (found.number or 0) + step
    return False


def _run_in(text: str, rows: Sequence[Row], confirmed: Sequence[_Candidate]) -> list[_Candidate]:
    """Headings with their text on the same line, where the count of the headings around has a gap for them."""
    extra = []
    for before, after in zip(confirmed, [*confirmed[1:], None], strict=False):
        if before.number is None:
            continue
        number = before.number
        until = after.at if after else len(rows)
        for at in range(before.at + 1, until):
            found = _run_in_at(text, rows[at], at, before.scheme, before.rank)
            follows = after is not None and after.scheme == before.scheme and after.number is not None
            if found and found.number == number + 1 and follows and after.number > found.number:
                extra.append(found)
                number += 1
    return extra


def _run_in_at(text: str, row: Row, at: int, scheme: str, rank: int) -> _Candidate | None:
    """The run-in heading of a row in the given scheme."""
    span = row.line.span
    colon = _RUN_IN.search(text, span.start, min(span.end, span.start + RUN_IN_CHARS))
    if row.kind != PLAIN or not colon:
        return None
    head = text[span.start : colon.start()].strip()
    for name, _, pattern in _SCHEMES:
        match = pattern.fullmatch(head)
        if match:
            return _Candidate(at, scheme + ":", rank, _ordinal(match), strip_heading(head)) if name == scheme else None
    return None
