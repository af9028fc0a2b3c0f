"""Above the first sentence and below the last one: where a hint is enough."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.boilerplate.rows import Row
from ingest.boilerplate.verdict import HINT, LIKELY
from ingest.boilerplate.zones import is_marker
from ingest.lines import NO_PROSE, PLAIN, PROSE
from ingest.types import HEADING_MARKS

NAME_CHARS = 16  # the name of a person or a column is no longer
GAP_ROWS = 6  # fewer lines between title and text are judged one by one
CLOSING_CHARS = 60  # the last sentence, when it hints at a notice, is one up to this length
LOOSE_JUDGED = 2  # so many lines below the last sentence have to be furniture by their own words
ANNOUNCING = 2  # rows above the last of which one may say that a list follows, in words of `ANNOUNCES`
ITEM_CHARS = 30  # an item of a list that has no bullets is no longer
LOOSE_SHARE = 0.2  # and such a share at least hint at it, before the rest is

ANNOUNCES = re.compile(r"清单|清單|名单|名單|如下|以下|下面|下列|这几|這幾|这些|這些|包括|分别是|分別是|物品|必备|必備")

Reasons = dict[int, str]


def judge_edges(rows: Sequence[Row], reasons: Reasons, title: int | None, tail: int, sure: bool) -> None:
    """Above the first and below the last sentence a hint is enough, and above the title anything is."""
    solid = [at for at, row in enumerate(rows[:tail]) if row.solid and at not in reasons]
    while solid and _is_closing_notice(rows, solid[-1], reasons):
        at = solid.pop()
        reasons[at] = rows[at].verdict.reason
    if not solid:
        return
    first, last = solid[0], solid[-1]
    if sure:
        first = next((at for at in solid if at > title), first)
    for at in [*range(first), *range(last + 1, tail)]:
        row = rows[at]
        of_menu = sure and at < title and rows[title].mark == "h1" and row.prose == NO_PROSE  # headings above that of the page
        if at in reasons or (row.mark in HEADING_MARKS and not of_menu) or title is not None and row.key == rows[title].key:
            continue
        if row.sure == HINT and row.prose < PROSE and _has_company(rows, reasons, at):
            reasons[at] = row.verdict.reason
        elif sure and at < title and row.prose < PROSE and row.kind == PLAIN:
            reasons[at] = "head"
        elif at > last and is_marker(row):
            reasons[at] = "related"
    if sure:
        _judge_names(rows, reasons, title + 1, first)
    _judge_loose_end(rows, reasons, last + 1, tail)
    if title is not None and len(reasons) > 1:  # a thin page may say nothing but its title once more
        for at in [at for at in reasons if at != title and rows[at].key == rows[title].key and at < tail]:
            del reasons[at]


def _has_company(rows: Sequence[Row], reasons: Reasons, at: int) -> bool:
    """True when another row nearby is furniture, or hints at it: one word alone proves nothing."""
    near = [other for other in (at - 2, at - 1, at + 1, at + 2) if 0 <= other < len(rows)]
    reason = rows[at].verdict.reason
    if reason in ("notice", "promo"):
        button = at + 1 < len(rows) and rows[at + 1].sure and rows[at + 1].verdict.reason in ("counter", "widget")
        return button or any(reasons.get(other) not in (None, "title", "placeholder") for other in (at - 1, at + 1))
    if reason == "byline" and any(reasons.get(other) == "title" for other in near):
        return True
    return any(reasons.get(other) not in (None, "title", "placeholder") or rows[other].sure == HINT for other in near)


def _judge_names(rows: Sequence[Row], reasons: Reasons, start: int, first: int) -> None:
    """Between title and text, a few words above a date or a button are a name, not a heading.

    Where most of many lines there are furniture (a player, a form), all are but a heading of the text.
    """
    gap = range(start, first)
    judged = sum(1 for at in gap if reasons.get(at) is not None)
    if len(gap) >= GAP_ROWS and judged * 2 >= len(gap):
        for at in range(start, first - 1):
            if rows[at].kind == PLAIN and rows[at].mark not in HEADING_MARKS and not rows[at].numbered:
                reasons.setdefault(at, "nav")
    for at in range(first - 2, start - 1, -1):
        row = rows[at]
        plain = row.kind == PLAIN and row.prose == NO_PROSE and row.mark not in HEADING_MARKS and not row.numbered
        if plain and at not in reasons and row.chars <= NAME_CHARS and reasons.get(at + 1) in ("byline", "counter", "widget"):
            reasons[at] = "byline"


def _is_closing_notice(rows: Sequence[Row], at: int, reasons: Reasons) -> bool:
    """True for the last sentence when it hints at a notice and is short, or stands next to another notice."""
    row = rows[at]
    if row.sure != HINT or row.verdict.reason not in ("notice", "promo"):
        return False
    beside = (reasons.get(at - 1), reasons.get(at + 1))
    return row.verdict.reason in beside or row.chars <= CLOSING_CHARS and beside[1] not in (None, "reference")


def _judge_loose_end(rows: Sequence[Row], reasons: Reasons, start: int, tail: int) -> None:
    """Short lines below the last sentence are links and buttons when several of them surely are.

    The items of a list, also of one without bullets that a sentence announced, and closing words
    right below the sentence, stay.
    """
    start = _below_announced(rows, reasons, start, tail)
    judged = sum(1 for at in range(start, len(rows)) if rows[at].sure >= LIKELY or is_marker(rows[at]))
    hinted = sum(1 for at in range(start, len(rows)) if rows[at].sure or is_marker(rows[at]))
    if judged < LOOSE_JUDGED or hinted < LOOSE_SHARE * (len(rows) - start):
        return
    at = start
    while at < tail and at not in reasons and not _is_loose(rows, at):
        at += 1
    for other in range(at, tail):
        if rows[other].kind == PLAIN and rows[other].mark not in HEADING_MARKS:
            reasons.setdefault(other, "tail")


def _below_announced(rows: Sequence[Row], reasons: Reasons, start: int, tail: int) -> int:
    """The row below the items of a list that was announced by the sentences above row `start`, or by that row; `start` without one."""
    at = start
    if at < tail and at not in reasons and _is_bare_item(rows[at]) and rows[at].key.endswith(":"):
        at += 1
    elif not any(ANNOUNCES.search(row.key) for row in rows[max(0, start - ANNOUNCING) : start]):
        return start
    while at < tail and at not in reasons and _is_bare_item(rows[at]):
        at += 1
    return at


def _is_bare_item(row: Row) -> bool:
    """True for what may be an item of a list without bullets: a few words that say nothing of being furniture."""
    return row.kind == PLAIN and row.prose == NO_PROSE and not row.sure and row.chars <= ITEM_CHARS and not is_marker(row)


def _is_loose(rows: Sequence[Row], at: int) -> bool:
    """True for a short line that is no item of a list and no sentence, with another such line below it."""
    row = rows[at]
    if row.prose != NO_PROSE or row.kind != PLAIN or row.bullet or row.numbered or row.key.endswith(":"):
        return False
    if at and rows[at - 1].key.endswith(":"):
        return False
    below = rows[at + 1] if at + 1 < len(rows) else None
    return below is None or below.sure >= HINT or below.prose == NO_PROSE and not below.bullet and not below.numbered
