"""Title, date, author and address of an article, from its own text where the reader knew none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

from ingest.lines import key_of
from ingest.types import Article, Cleaned, Dropped

TITLE_CHARS = 4  # a shorter line of the text is no reason to cut the title that markup gives
_SEPARATORS = ("", "-", "_", "|", "·")  # a title that begins so has lost what stood before the name of the site
META_CHARS = 200  # a line longer than this states no date, author or address of the article
HEAD_DROPPED = 40  # dropped lines above the text that are searched
TAIL_DROPPED = 12  # dropped lines below the text that are searched for a date or credit, up to the first list of links

_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?[-/.年]\s?([01]?\d)\s?[-/.月]\s?([0-3]?\d)(?!\d)")
_OWN = re.compile(r"(?:发布|发表|首发|创建|时间|日期|posted|published|编辑于|撰写)", re.IGNORECASE)
_UPDATED = re.compile(r"(?:推荐文章|最后(?:更新|修改|编辑)|更新(?:于|时间)|修改于|updated)", re.IGNORECASE)
STATED_LINES = 8  # lines of the text in which it may state its own date
_MADE_ON = re.compile(r"(?:签[订署]|成文|制定|制订|版本|核准|批准|印发|修改|修订)(?:时间|日期)\s*[:：]")
_HELD_ON = re.compile(r"[\W_]*(?:会议|开会|召开)?(?:时间|日期)\s*[:：]")
_MINUTES = re.compile(r"[\W_]*(?:主持人?|记录人?|出席|列席|与会|参会)(?:人员|者)?\s*[:：]")
_CITED = re.compile(r"^\[\d+\]|引用日期")  # of what the article refers to
_FOREIGN = re.compile(r"(?:上一篇|下一篇|previous|next|copyright|©|版权|icp|许可证|跟贴)", re.IGNORECASE)
# What an author is by trade, where a blank parts it from the name: 作者：律师 陈某
_TRADE = (
    r"(?:(?:特[约邀]|本[报刊网]|见习|实习|资深|执业|注册|主治|主任|高级|首席)*(?:记者|律师|医[生师]|药师|编辑|主编|教授|讲师|老师|教师|博士|研究员"
    r"|工程师|建筑师|设计师|营养师|园艺师|摄影师|会计师|心理师|咨询师|评论员|撰稿人|通讯员|作家|学者|专家)\s+)?"
)
_EMOJI = "\u2300-\u23ff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"  # pictures beside a name: ✍️ 作者：王二📅2024-05-06
_AUTHOR = re.compile(
    rf"(?:^|[\s|/·(\[（【《》{_EMOJI}])(?:作\s?者|撰文|文\s?(?=/)|原作者|文章作者|博主)(?:\s*[:：/丨|]\s*|\s+){_TRADE}([^\s|/,，。;；:：()（）\[\]【】{_EMOJI}]{{2,20}})"
)
_AUTHOR_DATED = re.compile(r"(?:^|\s)原创\s+(\S{2,20})\s+(?:已?于\s*)?(?=(?:19|20)\d{2}[-/.年])")  # 原创 王二 于 2020-05-06 发布
_NO_AUTHOR = frozenset(("未知", "网络", "佚名", "网络整理", "admin", "管理员", "匿名", "本站", "原创", "来源", "来源于网络"))
_SOURCE = re.compile(
    r"(?:(?:本文|原文|文章|博文|作品)(?:的)?(?:链接|地址|网址|来源|出处)|原文链接|来源|出处|转载自|转自|source|url|link)\s*(?:于|为|是)?\s*[:：]?\s*<?(https?://[^\s<>\"'）)，。；]+)",
    re.IGNORECASE,
)
_NOTE_SOURCE = re.compile(r"(?:转载|注明|出处)[^。]{0,20}?(https?://[^\s<>\"'）)，。；]+)")


def describe(article: Article, cleaned: Cleaned) -> Article:
    """`article` with title, date, author, address and flags filled in; what the reader knew stays."""
    text = article.text
    return replace(
        article,
        title=_best_title(article.title, _title(text, cleaned)) or PurePosixPath(article.path).stem or article.id,
        date=article.date or _date(text, cleaned),
        author=article.author or _author(text, cleaned),
        url=article.url or _url(text, cleaned),
        flags=tuple(dict.fromkeys((*article.flags, *cleaned.flags))),
    )


def _best_title(known: str, found: str) -> str:
    """What the reader knew, without the name of the site that markup adds to the title in the text."""
    known = " ".join(known.split())
    if len(found) >= TITLE_CHARS and key_of(found) in key_of(known):
        return found
    return found if known[:1] in _SEPARATORS else known or found


def _title(text: str, cleaned: Cleaned) -> str:
    """The line that cleaning recognised as the title, without markup."""
    for dropped in cleaned.dropped:
        if dropped.reason == "title":
            line = dropped.span.of(text).strip()
            return " ".join(line.lstrip("#").strip().strip("*").split()) or ""
    return ""


def _near(cleaned: Cleaned, text: str) -> tuple[list[str], list[str]]:
    """(dropped lines above the text, those just below it), stripped, without links of other articles."""
    first = cleaned.kept[0].start if cleaned.kept else len(text)
    last = cleaned.kept[-1].end if cleaned.kept else 0
    above = [item for item in cleaned.dropped if item.span.start < first]
    title = next((item.span.end for item in cleaned.dropped if item.reason == "title"), 0)
    inside = [item for item in cleaned.dropped if first <= item.span.start < last and item.reason == "byline"]
    just_below_title = [item for item in inside if item.span.start <= title + META_CHARS]
    below: list[Dropped] = []
    for item in cleaned.dropped:
        if item.span.start >= last:
            if item.reason in ("related", "comment", "nav") or len(below) >= TAIL_DROPPED:
                break
            below.append(item)
    return _lines(above[:HEAD_DROPPED] + just_below_title, text), _lines(below, text)


def _lines(items: Sequence[Dropped], text: str) -> list[str]:
    return [line for item in items if len(line := item.span.of(text).strip()) <= META_CHARS]


def _date(text: str, cleaned: Cleaned) -> date | None:
    """The article's own date: a labelled one above the text, any above it, then a labelled one just below."""
    above, below = (([line for line in lines if not _CITED.search(line)]) for lines in _near(cleaned, text))
    found = [(line, value) for line in above if not _FOREIGN.search(line) for value in [_first_date(line)] if value]
    for line, value in found:
        if _OWN.search(line) and not _UPDATED.search(line):
            return value
    if found:
        plain = [value for line, value in found if not _UPDATED.search(line)]
        return plain[0] if plain else found[0][1]
    for line in below:
        value = _first_date(line)
        if value and not _FOREIGN.search(line) and "回复" not in line and _OWN.search(line):
            return value
    return _stated(text, cleaned)


def _stated(text: str, cleaned: Cleaned) -> date | None:
    """The date at the head of the text itself that a contract or a version was made on, or that minutes are of."""
    head = [line for line in "".join(span.of(text) for span in cleaned.kept).split("\n") if line.strip()][:STATED_LINES]
    minutes = any(_MINUTES.match(line) for line in head)
    for line in head:
        found = _MADE_ON.search(line) or (minutes and _HELD_ON.match(line))
        if found and len(line) <= META_CHARS:
            value = _first_date(line[found.end() :])
            if value:
                return value
    return None


def _first_date(line: str) -> date | None:
    """The first valid date of a line."""
    for year, month, day in _DATE.findall(key_of(line)):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def _author(text: str, cleaned: Cleaned) -> str | None:
    """A name that a line above or just below the text gives as the author's."""
    above, below = _near(cleaned, text)
    for line in (*above, *below):
        found = _AUTHOR.search(line) or _AUTHOR_DATED.search(line)
        if found and found[1] not in _NO_AUTHOR and not _DATE.search(found[1]):
            return found[1]
    return None


def _url(text: str, cleaned: Cleaned) -> str | None:
    """The address that the page states as its own or as its source."""
    for dropped in cleaned.dropped:
        if len(dropped.span) > META_CHARS * 3:
            continue
        line = dropped.span.of(text)
        if "http" in line:
            found = _SOURCE.search(line) or _NOTE_SOURCE.search(line)
            if found:
                return found[1]
    return None
