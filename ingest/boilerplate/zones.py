"""Where the article begins and ends among its rows: the title, the head above it, the tail below it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.boilerplate.rows import Row
from ingest.boilerplate.rules import HINT, LIKELY, SURE
from ingest.boilerplate.words import MARKERS_SURE, REFERENCES
from ingest.lines import PLAIN, PROSE, key_of

HEAD_ROWS = 60  # a title further down is none
TITLE_CHARS = (2, 90)  # shorter or longer lines are no title
CUT_SHARE = 0.5  # a marker cuts the rest off only if so much of the prose lies before it
CUT_CHARS = 150  # and at least so many code points of it
MANY_MARKERS = 3  # so many different markers below say that the rest is furniture, however long its teasers are
FURNISHED = 0.5  # share of the rows below a marker that are no sentences

_TRIM = re.compile(r"^[\W_]+|[\W_]+$|[(\[]?\s*\d*\s*[)\]]?\W*$")
_SURE_MARKERS = frozenset(MARKERS_SURE)
_MARKER_LIKE = re.compile(
    r"(?:相关|推荐|热门|最新|更多|精彩|近期|本周|今日|其他|其它|同类|网友|用户|全部|最热|发表|发布|查看|往期|延伸)(?:的|更多|精彩|热门)?(?:文章|阅读|新闻|内容|资讯|链接|推荐|评论|回复|跟贴|话题|专题|视频|帖子|问题|回答|回顾|排行榜?|报道|产品|作品|商品|下载|课程|图书|教程|博文|日志|留言|动态|标签|搜索)"
)
_REFERENCES = frozenset(REFERENCES)
_ENDERS = frozenset(("widget", "nav", "comment", "notice", "promo", "related"))
_TITLE_TAIL = re.compile(r"\s*[-_|–—·]\s*[^-_|–—·]{1,20}$")


def is_marker(row: Row) -> bool:
    """True for a heading that opens the furniture below an article."""
    if len(row.key) > 24 or row.kind != PLAIN:
        return False
    key = _TRIM.sub("", row.key)
    return key in _SURE_MARKERS or row.key in _SURE_MARKERS or _MARKER_LIKE.fullmatch(key) is not None


def find_title(title: str, rows: Sequence[Row]) -> int | None:
    """The row that is the article's title; None when no row is. `title` is what the reader knew, or empty."""
    candidates = []
    for at, row in enumerate(rows[:HEAD_ROWS]):
        if row.solid and row.prose == PROSE and row.mark != "h1":
            break
        candidates.append(at)
    known = _find_known(title, rows, candidates)
    if known is not None or title:
        return known
    best, best_score = None, 0
    for rank, at in enumerate(candidates):
        score = _title_score(rows, at)
        if score - rank * 0.1 > best_score:
            best, best_score = at, score - rank * 0.1
    return best


def _find_known(title: str, rows: Sequence[Row], candidates: Sequence[int]) -> int | None:
    """The first row that says the known title, with or without the name of the site behind it."""
    known = key_of(title).casefold()
    if not known:
        return None
    for at in candidates:
        key = rows[at].key.lstrip("# ").casefold()
        if key and (key == known or (len(key) >= 4 and known.startswith(key) and len(known) - len(key) <= 30)):
            return at
    return None


def _title_score(rows: Sequence[Row], at: int) -> float:
    """How much the row reads like a title; 0 when it cannot be one."""
    row = rows[at]
    if row.kind != PLAIN or row.bullet or row.prose == PROSE or not TITLE_CHARS[0] <= len(row.key) <= TITLE_CHARS[1]:
        return 0
    if row.sure >= LIKELY or is_marker(row) or row.key[-1] in ".;,:":
        return 0
    if row.mark in ("h1", "h2") or row.key.startswith("# "):
        return 10
    score = 2.0 if 6 <= len(row.key) <= 60 else 0.5
    below = rows[at + 1 : at + 4]
    if any(other.verdict and other.verdict.reason == "byline" for other in below):
        score += 3
    if at and rows[at - 1].verdict and rows[at - 1].verdict.reason == "breadcrumb":
        score += 1
    if any(other.key == row.key for other in rows[at + 1 : at + 8]):
        score += 1
    return score - (1.5 if row.sure else 0) - (0.5 if row.numbered else 0)


def find_tail(rows: Sequence[Row], start: int) -> int:
    """The row at which the furniture below the article begins; `len(rows)` when there is none.

    A cut needs prose before it: see `CUT_SHARE`, `CUT_CHARS` and `MANY_MARKERS`.
    """
    before = 0
    total = sum(row.chars for row in rows if row.solid)
    after_solid = sum(1 for row in rows if row.solid)
    markers_after = _distinct_markers_after(rows)
    loose_after = _loose_after(rows)
    for at, row in enumerate(rows):
        if row.solid:
            before += row.chars
            after_solid -= 1
            continue
        if at < start or not before:
            continue
        marker = is_marker(row)
        ender = marker or (row.sure >= LIKELY and row.verdict.reason in _ENDERS)
        if not ender:
            continue
        if after_solid == 0:
            return at
        if not marker or before < CUT_CHARS:
            continue
        if before >= CUT_SHARE * total and loose_after[at] >= FURNISHED * (len(rows) - at):
            return at
        if markers_after[at] >= MANY_MARKERS:
            return at
    return len(rows)


def _distinct_markers_after(rows: Sequence[Row]) -> list[int]:
    """For each row, how many different markers stand at or below it."""
    seen: set[str] = set()
    counts = [0] * len(rows)
    for at in range(len(rows) - 1, -1, -1):
        if is_marker(rows[at]):
            seen.add(rows[at].key)
        counts[at] = len(seen)
    return counts


def _loose_after(rows: Sequence[Row]) -> list[int]:
    """For each row, how many rows at or below it are not solid."""
    counts = [0] * len(rows)
    running = 0
    for at in range(len(rows) - 1, -1, -1):
        running += not rows[at].solid
        counts[at] = running
    return counts


def find_references(rows: Sequence[Row], end: int) -> int:
    """The row at which the list of references at the end begins; `end` when there is none."""
    for at in range(end - 1, -1, -1):
        row = rows[at]
        if _TRIM.sub("", row.key.lstrip("# ")) in _REFERENCES:
            return at
        if row.solid and "http" not in row.key and not row.numbered and not row.key.startswith("["):
            return end
    return end
