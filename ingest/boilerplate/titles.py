"""Which row is the title of the article, and whether what stands above it is surely not its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.boilerplate.rows import Row
from ingest.boilerplate.verdict import LIKELY
from ingest.boilerplate.zones import is_marker
from ingest.lines import CODE, PLAIN, PROSE, key_of
from ingest.types import HEADING_MARKS

HEAD_ROWS = 60  # a title further down is none
GOOD_TITLE = (6, 60)  # most titles are neither shorter nor longer
FIRST_BONUS = 1.5  # for the first row that can be the title: a saved page mostly begins with it
MENU_WORDS, MENU_WORD_CHARS = 5, 6  # a title in Chinese has no five words apart, each as short as a button
TITLE_CHARS = (2, 90)  # shorter or longer lines are no title
BYLINE_BONUS = (4.0, 1.5, 0.5)  # for a byline one, two, three rows below
PLAIN_TITLE_CHARS = 40  # a longer first line with two commas is a sentence
TAG_CHARS = 12  # the tag before a title is no longer
_SITE = re.compile(r"\s*[-_|–—·(\[,].{1,40}")  # what a page's title says behind the article's
_CRUMB = re.compile(r"\s[>»›]\s|[>»›]$|^[\w一-鿿]{2,8}[>»›]")


def find_title(title: str, rows: Sequence[Row]) -> tuple[int | None, bool]:
    """(the row that is the article's title, or None; whether what stands above it is surely not the text).

    `title` is what the reader knew, or empty.
    """
    candidates = []
    lone = _lone_h1(rows)
    for at, row in enumerate(rows if title else rows[:HEAD_ROWS]):
        if row.solid and row.prose == PROSE and row.mark != "h1" and not _is_long_headline(row):
            break
        candidates.append(at)
    if lone is not None and lone not in candidates:  # below a banner that is a sentence
        candidates.append(lone)
    if title:
        known = _find_known(title, rows, candidates)
        if known is not None:
            return known, known == lone or _stands_below_furniture(rows, known)
    possible = [at for at in candidates if _can_be_title(rows[at])]
    if not possible:
        return None, False
    scores = {at: _title_score(rows, at) + (FIRST_BONUS if at == possible[0] else 0) - 0.1 * at for at in possible}
    best = max(possible, key=lambda at: (scores[at], -at))
    sure = _is_sure(rows, best)
    if not sure:
        if title:
            return None, False
        best = possible[0]
        if any(row.verdict is None and not _is_menu(row.key) for row in rows[:best]) or not _opens(rows, best):
            return None, False
    return best, sure


def _lone_h1(rows: Sequence[Row]) -> int | None:
    """The row that markup alone calls the heading of the page, near its top."""
    found = [at for at, row in enumerate(rows) if row.mark == "h1"]
    return found[0] if len(found) == 1 and found[0] < HEAD_ROWS else None


def _is_md_title(rows: Sequence[Row], at: int) -> bool:
    """True for `# Title` that is no comment of a program."""
    above = all(row.sure for row in rows[:at])
    return rows[at].key.startswith("# ") and above and at + 1 < len(rows) and rows[at + 1].kind != CODE


def _is_sure(rows: Sequence[Row], at: int) -> bool:
    """True when markup, a byline below or a breadcrumb above says that the row is the title."""
    if rows[at].mark in ("h1", "h2") or _is_md_title(rows, at) or _is_dated(rows, at):
        return True
    return at > 0 and rows[at - 1].verdict is not None and rows[at - 1].verdict.reason == "breadcrumb"


def _stands_below_furniture(rows: Sequence[Row], at: int) -> bool:
    """True when most of what stands above the row is furniture, or a byline stands right below it."""
    judged = sum(1 for row in rows[:at] if row.sure >= LIKELY or row.mark or is_marker(row))
    return _is_dated(rows, at) or judged * 2 >= at


def _opens(rows: Sequence[Row], at: int) -> bool:
    """True when the first row that can be the title may be it although nothing around it says so."""
    row = rows[at]
    if row.numbered or row.kind != PLAIN or "$" in row.key or row.key.startswith((">", "`", "|")) or at + 1 >= len(rows):
        return False
    return len(row.key) <= PLAIN_TITLE_CHARS or row.key.count(",") < 2 or (at == 0 and row.key[-1] == "?")


def _find_known(title: str, rows: Sequence[Row], candidates: Sequence[int]) -> int | None:
    """The row that says the known title, with or without the name of the site behind it.

    Of several the one above a byline, then the last that markup calls a heading, then the first.
    """
    known = key_of(title).casefold()
    if not known:
        return None
    matching = []
    for at in candidates:
        key = rows[at].key.lstrip("# ").casefold()
        suffix = known[len(key) :] if len(key) >= 4 and known.startswith(key) else ""
        tagged = key.endswith(known) and len(key) - len(known) <= TAG_CHARS  # the name of a board before it
        says_it = key and not rows[at].bullet and (key == known or tagged or _SITE.fullmatch(suffix))
        if says_it and (not at or rows[at].mark in HEADING_MARKS or _stands_below_furniture(rows, at)):
            matching.append(at)
    dated = [at for at in matching if _is_dated(rows, at)]
    marked = [at for at in matching if rows[at].mark in HEADING_MARKS]
    return next((group[-1] for group in (dated, marked) if group), matching[0] if matching else None)


def _is_dated(rows: Sequence[Row], at: int) -> bool:
    """True when a byline stands right below the row."""
    return any(row.verdict and row.verdict.reason == "byline" for row in rows[at + 1 : at + 4])


def _is_long_headline(row: Row) -> bool:
    """True for one long question or exclamation without a full stop, as headlines are."""
    return row.kind == PLAIN and len(row.key) <= TITLE_CHARS[1] and row.key[-1] in "?!" and ". " not in row.key and "。" not in row.key


def _can_be_title(row: Row) -> bool:
    """True unless something about the row itself speaks against it."""
    if row.mark in ("h1", "h2") or row.key.startswith("# "):
        return True
    if row.kind != PLAIN or row.bullet or not TITLE_CHARS[0] <= len(row.key) <= TITLE_CHARS[1]:
        return False
    if row.prose == PROSE and not _is_long_headline(row):
        return False
    if row.sure >= LIKELY or row.verdict and row.verdict.reason in ("nav", "breadcrumb", "counter", "byline", "widget"):
        return False
    return not is_marker(row) and row.key[-1] not in ".;,:" and not _CRUMB.search(row.key) and not _is_menu(row.key)


def _is_menu(key: str) -> bool:
    """True for a row of short words with room between them, as a site's menu is."""
    words = key.split()
    return len(words) >= MENU_WORDS and all(len(word) <= MENU_WORD_CHARS for word in words) and not key.isascii()


def _title_score(rows: Sequence[Row], at: int) -> float:
    """How much a row that can be the title reads and stands like one."""
    row = rows[at]
    if row.mark in ("h1", "h2") or _is_md_title(rows, at):
        return 10
    score = 2.0 if GOOD_TITLE[0] <= len(row.key) <= GOOD_TITLE[1] else 0.5
    for distance, other in enumerate(rows[at + 1 : at + 1 + len(BYLINE_BONUS)]):
        if other.verdict and other.verdict.reason == "byline":
            score += BYLINE_BONUS[distance]
            break
    if at and rows[at - 1].verdict and rows[at - 1].verdict.reason == "breadcrumb":
        score += 1
    if len(row.key) >= GOOD_TITLE[0] * 2 and any(other.key == row.key for other in rows[at + 1 : at + 8]):
        score += 1
    elif len(row.key) < GOOD_TITLE[0] * 2 and any(other.key == row.key for other in rows[at + 2 : at + 4]):
        score -= 2  # a name, once for its picture and once more
    if row.key[-1] == "?":  # a page of questions and answers
        score += 1.5
    return score - (1 if row.sure else 0) - (0.5 if row.numbered else 0)
