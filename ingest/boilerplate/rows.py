"""Rows: the lines that are not blank, with what the rules ask of them, computed once."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.boilerplate.rules import is_links, judge
from ingest.boilerplate.verdict import HINT, LIKELY, SURE, Verdict
from ingest.lines import CODE, FORMULA, NO_PROSE, PLAIN, PROSE, TABLE, WEAK_PROSE
from ingest.types import (
    CODE_MARK,
    FURNITURE_MARK,
    HEADING_MARKS,
    ITEM_MARK,
    REPEATED_MARK,
    TABLE_MARK,
    Article,
    Line,
    Mark,
    Span,
)

SENTENCE_CHARS = 14  # a shorter line that ends in a full stop may be a slogan or a comment
CLAUSES_CHARS = 40  # a line this long with two clause marks is prose although its end is missing
EXCLAIM_CHARS = 36  # headlines end in ! and ? too, but are shorter than this
PART = 0.5  # of a line: markup that says furniture of less leaves it as it is
WEAK_CHARS = 20  # a line this long with a clause mark is no button

_NEVER_CODE = frozenset(("byline", "counter", "widget"))
_NOTICES = frozenset(("notice", "promo"))
_BULLET = re.compile(r"(?:[•·●◦▪■◆◇○□►▶➤★☆※◎⚫‣✓✔+*\-–—]\s+|[•●◦▪■◆◇►▶➤‣])(?=\S)")
_CLOSERS = "\"')]>}】"
_COMMAND = re.compile(
    r"(?:import|from|def|class|return|if|elif|for|while|else|try|except|finally|with|public|private|"
    r"protected|static|const|let|var|func|function|package|using|namespace|struct|enum|interface|SELECT|"
    r"INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|FROM|WHERE|GROUP BY|ORDER BY|sudo|docker|podman|kubectl|"
    r"pip3?|npm|yarn|git|curl|wget|cd|ls|cp|mv|rm|mkdir|chmod|chown|echo|sleep|export|apt|apt-get|yum|"
    r"brew|conda|python3?|java|javac|gcc|make|cmake|print|println|alias|source|fi|done|then|esac|end|pass|"
    r"break|continue|lambda|async|await|yield|raise|throw|new|void|int|float|double|char|bool|string|auto|"
    r"template|typedef|switch|case|default|do|goto)\b[ (:;.\"'\w\-/<]*"
)
_SYNTAX = re.compile(r"[{}();=<>\[\]$\\|&`]|->|::|//|^#|^--?\w|^@\w")
_CODE_END = re.compile(r"[;{}\\,(]$|^[\]})]+[;,]?$")
_PAIR = re.compile(r"[\w.\-\"']{1,40}:(?: \S.*)?$")
_FORMULA = re.compile(r"\\[a-zA-Z]{2,}|[\w)}]\s?[_^]\s?[{(\w]|\\begin\{")
_MATH = re.compile(r"[=≤≥≠≈∑∏∫√∞∂∇∈×÷·+\-*/^]")
_RULE = re.compile(r"[+\-=|:\s]*(?:\+-|-\+|\|-|-\|)[+\-=|:\s]*")  # a rule of a table
_ASSIGNS = re.compile(r"[\"'=<>{}\[\]$;]")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_NUMBERED = re.compile(
    r"\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[一二三四五六七八九十百]{1,4}|[①-⑳]|[a-zA-Z])\s?[.,:)\s]|"
    r"第[\d一二三四五六七八九十百]{1,5}[章节部篇回条讲步课]|[①-⑳]|#{1,6} "
)


@dataclass(slots=True)
class Row:
    """A line that is not blank. `key` has its bullet stripped; `prose` is one of the levels above."""

    line: Line
    key: str
    bullet: bool
    chars: int
    kind: str
    prose: int
    numbered: bool
    verdict: Verdict | None
    mark: str | None = None

    @property
    def solid(self) -> bool:
        """True for what articles are made of: sentences, code, formulas, tables, not judged furniture."""
        return (self.prose == PROSE or self.kind != PLAIN) and (self.verdict is None or self.verdict.sure == HINT)

    @property
    def sure(self) -> int:
        """How sure the line's own verdict is; 0 without one."""
        return self.verdict.sure if self.verdict else 0


def rows_of(article: Article, lines: Sequence[Line]) -> list[Row]:
    """The rows of an article, with the marks of its reader."""
    rows = [_row(article.text, line) for line in lines if line.key]
    if article.marks:
        _apply_marks(rows, article.marks)
    _judge_lists(rows)
    return rows


def _judge_lists(rows: Sequence[Row]) -> None:
    """A list of which several items are notices is a list of notices: terms of a download, of a reward."""
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and (rows[end].bullet or rows[end].numbered) and rows[end].kind == PLAIN:
            end += 1
        notices = [row.verdict for row in rows[at:end] if row.verdict and row.verdict.reason in _NOTICES]
        if sum(verdict.sure >= LIKELY for verdict in notices) >= 2 and len(notices) * 2 > end - at:
            for row in rows[at:end]:
                row.verdict = Verdict("notice", SURE)
        at = end + 1


def _row(text: str, line: Line) -> Row:
    key, bullet = line.key, False
    found = _BULLET.match(key)
    if found:
        key, bullet = key[found.end() :], True
    chars = len(line.span)
    raw = text[line.span.start : min(line.span.end, line.span.start + 4)]
    kind = kind_of(key, indented=raw[:2].isspace() or raw[:1] == "\t")
    prose = prose_of(key, chars) if kind == PLAIN else NO_PROSE
    numbered = not bullet and _NUMBERED.match(key) is not None
    verdict = judge(key) if kind in (PLAIN, CODE) else None
    if kind == CODE:  # 阅读(13) 点赞(0) has the syntax of a call
        if verdict and verdict.sure == SURE and verdict.reason in _NEVER_CODE and not _ASSIGNS.search(key):
            kind, prose = PLAIN, NO_PROSE
        else:
            verdict = None
    return Row(line, key, bullet, chars, kind, prose, numbered, verdict)


def prose_of(key: str, chars: int) -> int:
    """How much the line reads like sentences; `chars` is the length of the whole line."""
    bare = key.rstrip(_CLOSERS)
    end = bare[-1:]
    clauses = key.count(",") + key.count(";")
    stops = key.count(".") + key.count("!") + key.count("?")
    if key.isascii():
        words = key.count(" ") + 1
        if words >= 8 and (end in ".!?" or clauses >= 2):
            return PROSE
        return WEAK_PROSE if words >= 6 else NO_PROSE
    if end and end in ".;" and chars >= SENTENCE_CHARS and not bare.endswith("..."):
        return PROSE
    if end and end in "!?" and chars >= EXCLAIM_CHARS:
        return PROSE
    if chars >= CLAUSES_CHARS and (clauses >= 2 or stops >= 2):
        return PROSE
    if (chars >= WEAK_CHARS and clauses) or (chars >= 8 and end and end in ".!?;:") or chars >= CLAUSES_CHARS:
        return WEAK_PROSE
    return NO_PROSE


def kind_of(key: str, indented: bool) -> str:
    """PLAIN, or what its syntax says: code, a formula, a row of a table."""
    if key[0] == "|" and (key.count("|") >= 2 or not _HAN.search(key)) or _RULE.fullmatch(key):
        return TABLE
    if is_links(key):  # though brackets and bars are syntax
        return PLAIN
    if key == "$$":
        return FORMULA
    if "\\" in key and _FORMULA.search(key):
        return FORMULA
    if key.isascii():
        return _ascii_kind(key, indented)
    head = key[:60]
    if key[:2] in ("//", "/*", "# ") and indented or (_SYNTAX.search(head) and _looks_like_code(key)):
        return CODE
    return PLAIN


def _ascii_kind(key: str, indented: bool) -> str:
    """Kind of a line without any Chinese."""
    if len(key) <= 2:
        return CODE if key in ("}", "{", "};", "})", ");", ")", "]", "],", "},", "fi", "*/", "/*", "//", "--") else PLAIN
    if key.startswith(("http://", "https://", "www.")):
        return PLAIN
    if _CODE_END.search(key) and _SYNTAX.search(key) or _COMMAND.fullmatch(key):
        return CODE
    marks = len(_SYNTAX.findall(key))
    if marks >= 2 and key.count(" ") < 8 or (marks and (indented or "=" in key)) or key.startswith(("//", "#!", "--", "$ ", ">>> ")):
        return CODE
    if indented and (_PAIR.fullmatch(key) or key.startswith(("- ", "-"))):
        return CODE
    if _FORMULA.search(key) and _MATH.search(key):
        return FORMULA
    return PLAIN


def _looks_like_code(key: str) -> bool:
    """True for code that holds some Chinese, in a string or a comment."""
    han = len(_HAN.findall(key[:200]))
    marks = len(_SYNTAX.findall(key[:200]))
    return han * 3 < min(len(key), 200) and marks >= 3 or bool(_COMMAND.match(key)) and marks >= 2 and han * 2 < len(key)


_RANK = {FURNITURE_MARK: 4, REPEATED_MARK: 3, CODE_MARK: 2}


def within(rows: Sequence[Row], starts: Sequence[int], span: Span) -> range:
    """The rows that lie in `span`, wholly or in part; `starts` is where each row's line begins."""
    first = bisect_left(starts, span.start)
    if first and rows[first - 1].line.span.end > span.start:
        first -= 1
    return range(first, bisect_left(starts, span.end))


def _apply_marks(rows: list[Row], marks: Sequence[Mark]) -> None:
    """Write the strongest mark that covers a row's start (a PDF line, a heading, a block) into it."""
    starts = [row.line.span.start for row in rows]
    for mark in marks:
        if mark.kind in (TABLE_MARK, ITEM_MARK):
            continue  # see `ingest.boilerplate.markup`
        for at in within(rows, starts, mark.span):
            row = rows[at]
            if mark.kind == FURNITURE_MARK and _covered(row, mark) < PART * len(row.line.span):
                continue  # a button within a sentence
            if _RANK.get(mark.kind, 0) >= _RANK.get(row.mark or "", -1):
                row.mark = mark.kind
            if mark.kind in (FURNITURE_MARK, REPEATED_MARK):
                row.verdict = Verdict("markup" if mark.kind == FURNITURE_MARK else "running", SURE)
            elif mark.kind == CODE_MARK:
                row.kind, row.prose, row.verdict = CODE, NO_PROSE, None
            elif mark.kind in HEADING_MARKS and row.prose == PROSE:
                row.prose = WEAK_PROSE


def _covered(row: Row, mark: Mark) -> int:
    """Code points of the row's line that the mark covers."""
    return min(row.line.span.end, mark.span.end) - max(row.line.span.start, mark.span.start)
