"""Where the article ends among its rows: the tail below it, comments, teasers, references."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ingest.boilerplate.rows import Row
from ingest.boilerplate.verdict import LIKELY, SURE
from ingest.boilerplate.words import ENGLISH_MARKERS, MARKERS_SURE, REFERENCES, TO_SIMPLIFIED
from ingest.lines import PLAIN, PROSE
from ingest.types import HEADING_MARKS

MARKER_CHARS = 24  # a longer line is no heading of furniture
CUT_SHARE = 0.5  # a marker cuts the rest off only if so much of the prose lies before it
CUT_CHARS = 150  # and at least so many code points of it
MANY_MARKERS = 3  # so many different markers below say that the rest is furniture, however long its teasers are
NEARLY_ALL = 0.8  # with so much of the prose before it no marker is needed, only several buttons below
CLEAR_ROWS = 10  # a remainder of at least so many rows
CLEAR_LOOSE = 0.9  # of which so many are no sentences
CLEAR_JUDGED = 0.5  # and so many are furniture by their own words,
CLEAR_CHARS = 120  # with no more prose in it than this (or a quarter of that before it), is cut whatever lies before
COMMENT_JUDGED = 0.25  # of the lines of a list of comments at least so many are buttons and dates
FULL_PARAGRAPH = 60  # teasers and comments are mostly shorter
FLOORS, FLOOR_CHARS = 3, 80  # lines no longer than this of which so many, the first above all prose, make a thread
LISTED, LISTED_SHARE = 2, 0.6  # so many lines, and such a share of those in a row, name later headings: a table of contents
LISTED_APART = 2  # lines between which one may have another name below
LOOKED_BELOW, PARAGRAPH = 2, 24  # rows below a button, of which one so long is a part of the article
GOES_ON_SHARE = 0.4  # so much prose again as stands before, in one piece, is the article and not its furniture
MIXED = 0.35  # of the lines below a marker that stands right below a button: headlines between their teasers
FURNISHED = 0.5  # share of the rows below a marker that are no sentences

_TRIM = re.compile(r"^[\W_]+|[\W_]+$|[(\[]?\s*\d*\s*[)\]]?\W*$")
_SURE_MARKERS = frozenset(MARKERS_SURE)
_MARKER_LIKE = re.compile(
    r"(?:你|您)(?:可能|也许)(?:还|也|会)*(?:想看|想要|想知道|需要|喜欢|关注|感兴趣)(?:的(?:内容|文章|问题)?)?|.{0,12}的(?:人|用户|读者|同学|网友)(?:也|还|都)(?:在)?(?:听|看|买|喜欢|搜|浏览|关注|学|问)(?:了|过)?.{0,6}|(?:听|书|车|影|网|学|乐|驴|歌|"
    r"吧)友(?:的)?(?:评论|点评|留言|讨论|热评|问答)|(?:包含|收录)(?:这首歌|本文|此文|该).{0,6}(?:的)?(?:歌单|专辑|专题|合集|列表)"
    r"|(?:相关|推荐|热门|最新|更多|精彩|近期|本周|今日|其他|其它|同类|网友|用户|全部|最热|发表|发布|查看|往期|延伸)(?:的|更多|精彩|热门)?(?:文章|阅读|新闻|内容|资讯|"
    r"链接|推荐|评论|回复|跟贴|话题|专题|视频|帖子|问题|回答|回顾|排行榜?|报道|产品|作品|商品|下载|课程|图书|教程|博文|日志|留言|动态|标签|搜索)"
)
_BUTTONS = re.compile("分享|广告|举报|打赏|赞赏")  # markers that may stand between two parts of the article, too
_REFERENCES = frozenset(REFERENCES)
_COMMENTS = re.compile(
    r"(?:全部|共|所有|已有)?\s*[\d,]+\s*条?(?:评论|回复|跟贴|留言|回帖|讨论)(?:.{0,4}|[|/·].{0,16})|(?:全部|网友|精彩|最新|热门|用户|文章|最热)?(?:评论|回复|跟贴|"
    r"留言)(?:区|列表|专区)?\s*[:(]?\s*\d*\s*\)?"
)
# Above each post of a thread: 沙发 发表于 2023-12-11, 5# 楼主| 发表于 …
_FLOOR = re.compile(r"(?:楼主|沙发|板凳|地板|地下室|\d{1,5}\s?[楼#]).{0,16}发表于|.{0,20}发表于\s?(?:19|20)\d\d.{0,24}(?:\d{1,5}\s?[楼#]|楼主|只看该作者)")
_CONTENTS = frozenset(("目录", "文章目录", "本文目录", "内容目录", "目录导航", "contents", "table of contents"))
_NUMBER = re.compile(r"^(?:第?[\d一二三四五六七八九十百]{1,4}(?:\.\d{1,2}){0,3}\s?[章节.,:)]?\s*)+")  # of a heading
_ENDERS = frozenset(("widget", "nav", "comment", "notice", "promo", "related"))


def is_marker(row: Row) -> bool:
    """True for a heading that opens the furniture below an article."""
    return row.kind == PLAIN and len(row.key) <= MARKER_CHARS and _is_marker_key(row.key)


@lru_cache(maxsize=16384)  # asked several times of each row
def _is_marker_key(key: str) -> bool:
    key = key.translate(TO_SIMPLIFIED)
    bare = _TRIM.sub("", key)
    return bare in _SURE_MARKERS or key in _SURE_MARKERS or key.lower() in ENGLISH_MARKERS or _MARKER_LIKE.fullmatch(bare) is not None


def find_tail(rows: Sequence[Row], start: int) -> int:
    """The row at which the furniture below the article begins; `len(rows)` when there is none.

    A cut needs prose before it, or a remainder that is furniture beyond doubt: see `_cuts`.
    """
    count = _Counts(rows)
    before = 0
    start = max(start, _last_floor(rows))
    for at, row in enumerate(rows):
        if row.solid:
            before += row.chars
            continue
        ender = is_marker(row) or _opens_comments(row) or (row.sure >= LIKELY and row.verdict.reason in _ENDERS)
        if ender and at >= start and _cuts(rows, at, before, count):
            return at
    return len(rows)


def _last_floor(rows: Sequence[Row]) -> int:
    """The row above the last post of a thread, all of which are its text; 0 where the article is none: posts below one are comments."""
    floors = [at for at, row in enumerate(rows) if row.chars <= FLOOR_CHARS and _FLOOR.match(row.key)]
    first = next((at for at, row in enumerate(rows) if row.solid and row.prose == PROSE), len(rows))
    return floors[-1] if len(floors) >= FLOORS and floors[0] < first else 0


class _Counts:
    """For each row: what stands at or below it."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.prose = [0] * (len(rows) + 1)  # code points of solid rows
        self.solid = [0] * (len(rows) + 1)  # solid rows
        self.judged = [0] * (len(rows) + 1)  # rows that are furniture by their own words
        self.markers = [0] * (len(rows) + 1)  # different markers
        self.comments = [0] * (len(rows) + 1)  # lines that name the author and date of a comment
        seen: set[str] = set()
        for at in range(len(rows) - 1, -1, -1):
            row = rows[at]
            marker = is_marker(row)
            if marker:
                seen.add(row.key)
            self.prose[at] = self.prose[at + 1] + (row.chars if row.solid else 0)
            self.solid[at] = self.solid[at + 1] + row.solid
            self.judged[at] = self.judged[at + 1] + (marker or row.sure >= LIKELY)
            self.markers[at] = len(seen)
            self.comments[at] = self.comments[at + 1] + (row.sure >= LIKELY and row.verdict.reason == "comment")


def _opens_comments(row: Row) -> bool:
    """True for 评论(3), 全部评论, 243条评论 and the like."""
    return row.kind == PLAIN and row.chars <= MARKER_CHARS and _COMMENTS.fullmatch(row.key) is not None


def _cuts(rows: Sequence[Row], at: int, before: int, count: _Counts) -> bool:
    """True when the rest from row `at` on is furniture."""
    rest = len(rows) - at
    total = before + count.prose[at]
    loose = 1 - count.solid[at] / rest
    judged = count.judged[at] / rest
    if count.solid[at] == 0 and before:
        return True
    if (not is_marker(rows[at]) or _BUTTONS.match(rows[at].key)) and _text_follows(rows, at):
        return False
    clear = rest >= CLEAR_ROWS and loose >= CLEAR_LOOSE and judged >= CLEAR_JUDGED and at > 1
    if clear and count.prose[at] <= max(CLEAR_CHARS, before // 4):
        return True
    if before < CUT_CHARS:
        return False
    if before >= NEARLY_ALL * total and count.judged[at] >= MANY_MARKERS and loose >= FURNISHED:
        return True
    if count.comments[at] >= MANY_MARKERS and _opens_comments(rows[at]):
        return True
    if not is_marker(rows[at]) or _goes_on(rows, at, before):
        return False
    if before >= CUT_SHARE * total and loose >= FURNISHED:
        return True
    next_to_another = any(is_marker(row) and row.key != rows[at].key for row in rows[at + 1 : at + 3])
    below_button = rows[at - 1].sure == SURE and rows[at - 1].verdict.reason == "widget" and loose >= MIXED
    return count.markers[at] >= MANY_MARKERS or next_to_another or below_button


def _text_follows(rows: Sequence[Row], at: int) -> bool:
    """True when a paragraph stands right below this row, or below a heading there: a button between two parts of the article."""
    for row in rows[at + 1 : at + 1 + LOOKED_BELOW]:
        if is_marker(row) or row.sure >= LIKELY:
            return False
        if row.solid and row.prose == PROSE and row.chars >= PARAGRAPH:
            return True
    return False


def _goes_on(rows: Sequence[Row], at: int, before: int) -> bool:
    """True when the article goes on below this row: an advertisement stands in its middle.

    Between it and the next marker or button stands prose in full paragraphs, much of it.
    """
    prose = 0
    for below in range(at + 1, len(rows)):
        row = rows[below]
        if is_marker(row) or (row.sure >= LIKELY and prose):
            break
        if row.solid and row.prose == PROSE and row.chars >= FULL_PARAGRAPH:
            prose += row.chars
    return prose >= GOES_ON_SHARE * before


def find_comments(rows: Sequence[Row], start: int, end: int) -> int:
    """The row at which a list of comments begins; `end` when there is none.

    What people say there may stay; their names, dates and buttons do not.
    """
    total = sum(row.chars for row in rows[:end] if row.solid)
    before = 0
    for at in range(start, end):
        before += rows[at].chars if rows[at].solid else 0
        if before < CUT_SHARE * total:
            continue
        if _opens_comments(rows[at]):
            judged = sum(1 for row in rows[at:end] if row.sure >= LIKELY)
            if judged >= MANY_MARKERS and judged >= COMMENT_JUDGED * (end - at):
                return at
    return end


def find_teasers(rows: Sequence[Row], start: int, end: int) -> list[int]:
    """The rows of sections that markup puts under a marker and fills with headings of their own.

    相关推荐 as h2 with h4 after h4 below it is a list of other articles, however long each teaser is.
    """
    found: list[int] = []
    level = None  # of the marker whose section we are in
    for at in range(start, end):
        row = rows[at]
        mark = row.mark if row.mark in HEADING_MARKS else None
        if mark and (level is None or mark <= level):
            below = rows[at + 1].mark if at + 1 < end else None
            level = mark if is_marker(row) and below in HEADING_MARKS and below > mark else None
        if level is not None:
            found.append(at)
    return found


def find_contents(rows: Sequence[Row], end: int) -> list[int]:
    """The rows of tables of contents: below 目录, lines that each stand again further down."""
    found: list[int] = []
    labels = [at for at in range(end) if rows[at].chars <= MARKER_CHARS and _TRIM.sub("", rows[at].key.lower()) in _CONTENTS]
    if not labels:
        return found
    bare = [_NUMBER.sub("", row.key.lstrip("# ")).casefold() for row in rows[:end]]
    last = {key: at for at, key in enumerate(bare)}
    for at in labels:
        stop = next((other for other in range(at + 1, end) if rows[other].prose == PROSE or rows[other].kind != PLAIN), end)
        listed: list[int] = []
        for other in range(at + 1, stop):
            if other - (listed or [at])[-1] > LISTED_APART:
                break  # the first heading itself
            if bare[other] and last[bare[other]] > other:
                listed.append(other)
        if len(listed) >= LISTED and len(listed) >= LISTED_SHARE * (listed[-1] - at):
            found += range(at, listed[-1] + 1)
    return found


def find_references(rows: Sequence[Row], end: int) -> int:
    """The row at which the list of references at the end begins; `end` when there is none."""
    for at in range(end - 1, -1, -1):
        row = rows[at]
        if _TRIM.sub("", row.key.lstrip("# ")) in _REFERENCES:
            return at
        if row.solid and "http" not in row.key and not row.numbered and not row.key.startswith("["):
            return end
    return end
