"""Which lines of an article are text, and which are furniture: every decision with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from ingest.boilerplate.bylines import begins_dated, is_bare_date
from ingest.boilerplate.corpus import Evidence, hashes_of
from ingest.boilerplate.edges import NAME_CHARS, judge_edges
from ingest.boilerplate.markup import heed_markup
from ingest.boilerplate.overrides import Overrides
from ingest.boilerplate.rows import Row, rows_of
from ingest.boilerplate.titles import find_title
from ingest.boilerplate.trim import trim_line
from ingest.boilerplate.verdict import LIKELY, SURE
from ingest.boilerplate.words import COMMON_HEADINGS, NEVER_HEADINGS
from ingest.boilerplate.zones import find_comments, find_contents, find_references, find_tail, find_teasers
from ingest.headings import find_headings
from ingest.lines import NO_PROSE, PLAIN, PROSE, WEAK_PROSE, lines_of
from ingest.types import FURNITURE_MARK, HEADING_MARKS, REPEATED_MARK, Article, Cleaned, Dropped, Line, Span
from ingest.wraps import find_joins

THIN_CHARS = 80  # an article that keeps fewer code points is flagged: it may have been a menu, or a picture
NOTE_SENTENCES = 2  # one sentence alone may be what a page says that could not be shown
REPOST_SHARE = 0.2  # when so much of the prose stands in other articles too, they are reposts or editions, and it no furniture
CAPTION_CHARS = 4  # a shorter title may well be the heading of a section too
SHARED_ROWS = 20  # rows looked through for the heading above one that other articles have too
DATED = 3  # so many dated lines with text below each are a diary, or a list of versions
CLUSTER = 3  # of the two rows above and the two below, so many furnished ones carry a row between them along

_SENTENCE_ENDS = ".!?;"
_ENDS = re.compile(r"[.!?](?![0-9A-Za-z])")
_RECORD = ("地点", "会议", "主持", "参加", "出席", "与会", "议题", "天气", "列席")  # of minutes: their time is part of the text
Reasons = dict[int, str]


def clean(article: Article, evidence: Evidence | None = None, overrides: Overrides | None = None) -> Cleaned:
    """Decide every line of `article`; a pure function of the article, the verdicts and the overrides."""
    lines = lines_of(article.text)
    rows = rows_of(article, lines)
    heed_markup(article, rows)
    title, sure = find_title(article.title, rows)
    reasons = _judge(rows, title, sure)
    _apply_evidence(rows, lines, reasons, evidence, title)
    flags = _spare_thin(rows, reasons, title)
    _apply_overrides(rows, reasons, overrides)
    kept, dropped = _cover(article.text, rows, reasons, overrides)
    kept_rows = [row for at, row in enumerate(rows) if at not in reasons]
    headings = find_headings(article, kept_rows)
    heading_lines = {heading.span.start for heading in headings}
    joins = find_joins(article.text, rows, reasons, heading_lines)
    return Cleaned(kept, dropped, headings, joins, flags)


def _judge(rows: Sequence[Row], title: int | None, sure: bool) -> Reasons:
    """The reason of every row that is furniture by its own words, its marks or its place."""
    start = 0 if title is None else title + 1
    tail = find_tail(rows, start)
    reasons: Reasons = {}
    if title is not None:
        reasons[title] = "title"
    dated = _dated_headings(rows, start)
    for at, row in enumerate(rows):
        if at in reasons or at in dated and at < tail:
            continue
        if row.mark == FURNITURE_MARK:
            reasons[at] = "markup"
        elif row.mark == REPEATED_MARK:
            reasons[at] = "running"
        elif at >= tail:
            reasons[at] = row.verdict.reason if row.sure >= LIKELY else "tail"
        elif row.key.startswith(("时间", "日期")) and any(other.key.startswith(_RECORD) for other in rows[at + 1 : at + 3]):
            continue
        elif row.sure == SURE or (row.sure == LIKELY and not _is_item(rows, at) and not _reads_as_heading(rows, at)):
            reasons[at] = row.verdict.reason
    judge_edges(rows, reasons, title, tail, sure)
    _judge_clusters(rows, reasons, title)
    for at in range(find_comments(rows, start, tail), tail):
        row = rows[at]
        if row.prose == NO_PROSE and row.kind == PLAIN and row.chars <= NAME_CHARS and not row.numbered:
            reasons.setdefault(at, "comment")
    for at in find_teasers(rows, start, tail):
        reasons.setdefault(at, "related")
    for at in find_contents(rows, tail):
        reasons.setdefault(at, "nav")
    for at in range(find_references(rows, tail), tail):
        reasons.setdefault(at, "reference")
    if title is not None:
        _judge_captions(rows, reasons, title)
    return reasons


def _dated_headings(rows: Sequence[Row], start: int) -> frozenset[int]:
    """The rows below the title that date what stands below them: the days of a diary, the versions of a program.

    Headings by their marks, and lines that begin with a date where so many of them stand above text: one is a byline.
    """
    found = [
        at for at in range(start, len(rows) - 1)
        if rows[at].verdict and rows[at].verdict.reason == "byline" and not rows[at + 1].sure and begins_dated(rows[at].key)
    ]  # fmt: skip
    marked = [at for at in found if rows[at].mark in HEADING_MARKS or rows[at].key.startswith("#")]
    days = [at for at in found if rows[at + 1].solid]
    return frozenset(marked if len(marked) >= DATED else ()) | frozenset(days if len({rows[at].key for at in days}) >= DATED else ())


def _is_item(rows: Sequence[Row], at: int) -> bool:
    """True for a button's word that is an item of a list of other things."""
    row = rows[at]
    beside = [rows[other] for other in (at - 1, at + 1) if 0 <= other < len(rows)]
    return row.bullet and not any(other.sure for other in beside) and any(other.bullet for other in beside)


def _reads_as_heading(rows: Sequence[Row], at: int) -> bool:
    """True for a button's word or a date above the prose it belongs to, and for a notice between two sentences."""
    row = rows[at]
    if at + 1 >= len(rows):  # the date below a letter
        return at > 0 and is_bare_date(row.key) and not rows[at - 1].sure
    below = rows[at + 1]
    if row.verdict.reason in ("notice", "promo"):  # a sentence of an article on such things
        return row.prose == PROSE and row.key[-1] in ".!?" and at > 0 and below.solid and rows[at - 1].solid
    if row.verdict.reason not in ("widget", "byline", "placeholder") or row.bullet:
        return False
    if row.mark in HEADING_MARKS or row.numbered and row.verdict.reason == "widget":
        return below.sure < LIKELY
    after_prose = any(other.solid for other in rows[max(0, at - 3) : at])
    if after_prose and is_bare_date(row.key) and not below.sure and below.key[-1] in _SENTENCE_ENDS:
        return True
    if not below.solid or not after_prose:
        return False
    word = row.key.strip("# :?")
    alone = row.verdict.reason == "widget" and word not in NEVER_HEADINGS
    if alone and rows[at - 1].solid and not any(other.sure >= LIKELY for other in rows[at + 1 : at + 3]):
        return True
    return row.verdict.reason == "byline" or row.verdict.reason == "widget" and word in below.key


def _judge_clusters(rows: Sequence[Row], reasons: Reasons, title: int | None) -> None:
    """A short row among furniture is furniture; a bare number needs one neighbour only."""
    for _ in range(2):
        for at, row in enumerate(rows):
            if at in reasons or row.prose > WEAK_PROSE or row.kind != PLAIN or row.mark in HEADING_MARKS:
                continue
            if title is not None and row.key == rows[title].key or row.prose == WEAK_PROSE and row.key[-1] in ".!?":
                continue
            near = [other for other in (at - 2, at - 1, at + 1, at + 2) if 0 <= other < len(rows)]
            furnished = [other for other in near if reasons.get(other) not in (None, "title", "placeholder")]
            beside = [other for other in furnished if abs(other - at) == 1]
            if row.verdict and row.verdict.reason == "counter" and beside:
                reasons[at] = "counter"
            elif len(furnished) >= CLUSTER or (len(furnished) == len(near) and len(furnished) >= 2):
                below = rows[at + 1] if at + 1 < len(rows) and at + 1 not in reasons else None
                if not (below and below.solid):
                    reasons[at] = row.verdict.reason if row.verdict else "nav"


def _judge_captions(rows: Sequence[Row], reasons: Reasons, title: int) -> None:
    """The title once more between two paragraphs is what a picture leaves."""
    key = rows[title].key
    if key.startswith("#") or len(key) < CAPTION_CHARS:
        return
    for at in range(title + 1, len(rows) - 1):
        row = rows[at]
        if at in reasons or not (row.key == key or row.key.startswith(key + "_")):
            continue
        above = any(other.prose == PROSE for other in rows[max(title + 1, at - 2) : at])
        below = any(other.prose == PROSE for other in rows[at + 1 : at + 3])
        if above and below and row.mark not in HEADING_MARKS:
            reasons[at] = "placeholder"


def _apply_evidence(
    rows: Sequence[Row], lines: Sequence[Line], reasons: Reasons, evidence: Evidence | None, title: int | None
) -> None:
    """Drop what stands in several other articles, unless this article is a repost of them."""
    if evidence is None or not evidence.hashes:
        return
    found = [at for at, value in enumerate(hashes_of(lines)) if evidence.decides(value)]
    prose = sum(row.chars for at, row in enumerate(rows) if row.prose == PROSE and at not in reasons)
    shared = sum(rows[at].chars for at in found if rows[at].prose == PROSE and at not in reasons)
    repost = shared > REPOST_SHARE * prose
    shared_prose = frozenset(at for at in found if rows[at].prose == PROSE)
    for at in found:
        row = rows[at]
        if at in reasons or at == title or row.kind != PLAIN or row.numbered or row.mark in HEADING_MARKS:
            continue
        if row.prose == PROSE and (repost or _under_heading(rows, reasons, shared_prose, at)) or row.key.strip("# :").lower() in COMMON_HEADINGS:
            continue
        reasons[at] = "corpus"


def _under_heading(rows: Sequence[Row], reasons: Reasons, shared: Set[int], at: int) -> bool:
    """True when a heading stays right above the lines in a row that stand in other articles too, `shared`: they are its text."""
    above = next((other for other in range(at - 1, max(at - SHARED_ROWS, 0) - 1, -1) if other not in shared), None)
    return above is not None and above not in reasons and (rows[above].numbered or rows[above].mark in HEADING_MARKS) and not rows[above].solid


def _spare_thin(rows: Sequence[Row], reasons: Reasons, title: int | None) -> tuple[str, ...]:
    """Flag an article of which hardly anything is left; where nothing is, give back what is not beyond doubt.

    A short note of several sentences of which little was dropped is as its author left it.
    """
    kept = [row for at, row in enumerate(rows) if at not in reasons]
    left = sum(row.chars for row in kept)
    gone = sum(rows[at].chars for at in reasons if at != title)
    ends = sum(len(_ENDS.findall(row.key)) for row in kept if row.solid)
    if left >= THIN_CHARS or not rows or gone <= left and ends >= NOTE_SENTENCES:
        return ()
    if not left:
        for at, row in enumerate(rows):
            if at in reasons and reasons[at] not in ("markup", "running", "corpus") and row.sure < LIKELY:
                del reasons[at]
    if len(reasons) == len(rows):
        reasons.clear()
    return ("thin",)


def _apply_overrides(rows: Sequence[Row], reasons: Reasons, overrides: Overrides | None) -> None:
    """The user has the last word."""
    if overrides is None:
        return
    for at, row in enumerate(rows):
        if overrides.keeps(row.line.key) or overrides.keeps(row.key):
            reasons.pop(at, None)
        elif overrides.drops(row.line.key) or overrides.drops(row.key):
            reasons[at] = "user"


def _cover(
    text: str, rows: Sequence[Row], reasons: Reasons, overrides: Overrides | None
) -> tuple[tuple[Span, ...], tuple[Dropped, ...]]:
    """Kept and dropped spans that cover `text` exactly once.

    A row owns its line and what follows it up to the next row; blank lines at the very
    beginning belong to the first. Kept rows that touch are one span, dropped ones stay apart.
    """
    if not rows:
        return ((Span(0, len(text)),) if text else ()), ()
    kept: list[Span] = []
    dropped: list[Dropped] = []
    begin = 0
    for at, row in enumerate(rows):
        end = rows[at + 1].line.span.start if at + 1 < len(rows) else len(text)
        if at in reasons:
            dropped.append(Dropped(Span(begin, end), reasons[at]))
        else:
            cut = None if overrides and overrides.keeps(row.line.key) else trim_line(text, row)
            if cut:
                dropped.append(Dropped(Span(cut[0], end), cut[1]))
            _keep(kept, begin, cut[0] if cut else end)
        begin = end
    return tuple(kept), tuple(dropped)


def _keep(kept: list[Span], start: int, end: int) -> None:
    """Add `[start, end)`, joined to the last span when they touch."""
    if kept and kept[-1].end == start:
        kept[-1] = Span(kept[-1].start, end)
    else:
        kept.append(Span(start, end))
