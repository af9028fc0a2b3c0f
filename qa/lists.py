"""Lists in a passage: what opens them, their items, and which of them a question asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.types import ITEM_MARK, Article, Span

MAX_LIST_LINES = 40  # of a list in an answer: a longer one is cut below a line
_LINE_CHARS = 30  # an item without a bullet, or a label without a colon, is a line no longer than this
_NO_SCORE = float("-inf")  # of a heading: where a sentence says as much of the question, the list under the sentence is meant
_MOST_BETWEEN = 4  # sentences that an item can have below its first line

# These are looked for in the text as it stands, so both widths are named.
_ITEM = re.compile(
    r"\s*(?:[-*](?=\s)|[\u2022\u00b7\u25cf\u25cb\u25aa]|[(\uff08]?(?P<number>\d{1,2})(?:[.\uff0e](?!\d)|[\u3001)\uff09])"
    r"|[(\uff08][一二三四五六七八九十\d]+[)\uff09]|[①-⑳]|[一二三四五六七八九十]+\u3001|第[一二三四五六七八九十]+(?=[步条点个种类、，,:\uff1a是])"
    r"|其[一二三四五](?=[、，,:\uff1a是]))"
)
_LEAD_IN = re.compile(r"[:\uff1a]\s*$|(?:如下[^\u3002]{0,4}|以下[^\u3002]{0,8})\u3002?$|(?:哪些|哪几[^\u3002]{0,6}|什么)[?\uff1f]$")
_ANNOUNCES = re.compile(r"如下|以下|下面|下列|[一二三四五六七八九十两几\d]\s?[种类个项点条步样]")  # right above items
_GOES_ON = re.compile(r"\s*(?:以下|下面|下列|如下)")  # "以下是几个例子：" names nothing itself; "做法有下面三种" does
_ENDS = re.compile(r"[。！？!?，,][”」』）)]*\s*$")  # a semicolon ends items of a list as well
_INDENT = re.compile(r"\n[ \t]+$")
_COUNTED = re.compile(r"\d+|[一二三四五六七八九十]+|[①-⑳]")  # what differs between the marks of one list
_BLANK = re.compile(r"\n\s*\n")
_LABELLED = re.compile(r"\s*[^\s，,。；;：:！!？?]{2,16}[：:]\s*\S")  # "防风：营地选在山坡背后。" is an item where a list was opened


def opens_list(sentence: str) -> bool:
    """True for a sentence that a list follows: …如下, a colon at its end, or a question for a list."""
    return _LEAD_IN.search(sentence) is not None


@dataclass(frozen=True, slots=True)
class Block:
    """A list: sentences `first` to `last` of a passage. `label`, the one above, opens it; None: the passage's heading does."""

    label: int | None
    first: int
    last: int

    @property
    def begin(self) -> int:
        """The label, where it is a sentence, else the first item."""
        return self.first if self.label is None else self.label


class Lines:
    """What the sentences of a passage are by the lines they stand on; each list has a value for each sentence.

    `begins`: it begins a line; `blank`: a blank line stands above it; `items`: it begins with a bullet or a number, or is
    an item by its markup; `opens`: a list follows it; `announces`: so it says, if items do follow; `goes_on`: it announces
    what the sentence before it names; `alone`: it is a whole
    line, and no item; `short`: such a line of a few words that ends as no sentence does.
    """

    def __init__(self, article: Article, spans: Sequence[Span]) -> None:
        text = article.text
        self._within = _spans_of_items(article)
        bodies = [span.of(text) for span in spans]
        gaps = ["\n\n", *(text[one.end : other.start] for one, other in pairwise(spans))][: len(spans)]
        self._spans, self._matches = spans, [_ITEM.match(body) for body in bodies]
        self.begins = ["\n" in gap for gap in gaps]
        self.blank = [_BLANK.search(gap) is not None for gap in gaps]
        self._indented = [_INDENT.search(gap) is not None for gap in gaps]
        self.items = [span.start in self._within or match is not None for span, match in zip(spans, self._matches, strict=True)]
        self.opens = [opens_list(body) for body in bodies]
        self.announces = [not self.items[at] and _ANNOUNCES.search(body) is not None for at, body in enumerate(bodies)]
        self.goes_on = [self.announces[at] and at > 0 and _GOES_ON.match(body) is not None for at, body in enumerate(bodies)]
        ends = [*self.begins[1:], True][: len(spans)]
        self.alone = [self.begins[at] and ends[at] and not self.items[at] and not self.opens[at] for at in range(len(spans))]
        self.short = [self.alone[at] and len(body) <= _LINE_CHARS and not _ENDS.search(body) for at, body in enumerate(bodies)]
        self._margins = [span.start - 1 - text.rfind("\n", 0, span.start) for span in spans]
        self._labelled = [self.begins[at] and _LABELLED.match(body) is not None for at, body in enumerate(bodies)]
        self._semicolon = [body.rstrip().endswith((";", "\uff1b")) for body in bodies]

    def numbered(self, at: int) -> bool:
        """True for a sentence that begins an item with a number."""
        match = self._matches[at]
        return match is not None and match["number"] is not None

    def blocks(self, headed: bool) -> list[Block]:
        """The lists that something opens; `headed`: the passage stands under a heading, which can open one too."""
        found = []
        at = 0
        while at < len(self.items):
            label = at - 1 if at and self._opened(at) else None
            last = self._end(at, at > 0 and self.opens[at - 1]) if self.begins[at] and (label is not None or headed and not at) else at - 1
            if last >= at:
                found.append(Block(label, at, last))
            at = max(last, at) + 1
        return found

    def inner(self) -> list[Block]:
        """The lists within an item: it opens them, and their items have other marks than its own, or stand further in."""
        found, owner = [], None
        for at in range(len(self.items) - 1):
            owner = at if self.items[at] else owner
            if owner is None or not (self.opens[at] and self.begins[at + 1] and self.items[at + 1] and self._within_item(owner, at + 1)):
                continue
            rest = range(at + 2, len(self.items))
            end = next((other for other in rest if self.items[other] and not self._within_item(owner, other)), len(self.items))
            found.append(Block(at, at + 1, self._run(at + 1, end)))
        return found

    def _within_item(self, owner: int, at: int) -> bool:
        """True when item `at` belongs to a list within item `owner`."""
        if self._holds(owner, at):
            return True
        one, other = self._matches[owner], self._matches[at]
        if one is None or other is None:
            return False
        return _COUNTED.sub("", one[0].strip()) != _COUNTED.sub("", other[0].strip()) or self._margins[at] > self._margins[owner]

    def _opened(self, at: int) -> bool:
        """True when the sentence above opens a list whose first item sentence `at` would be."""
        above = at - 1
        if self.opens[above] or self.items[at] and (self.short[above] or self.announces[above]):
            return True
        if self._labelled[at] and self.announces[above]:
            return True
        if not self.short[at]:
            return False
        heads = self.short[above] and self.blank[above] and self._heads(above) and self._heads(at)  # three lines or more
        return self.announces[above] and not self.short[above] or heads

    def _end(self, first: int, opened: bool) -> int:
        """The last sentence of the list whose first item is `first`; `first - 1` where that is no item."""
        if self.items[first]:
            return self._run(first)
        if self.short[first]:
            return self._short_lines(first)
        last = self._labelled_lines(first) if first else -1  # the first of a passage was opened by no sentence
        while opened and last + 1 < len(self.alone) and self.alone[last + 1]:
            last += 1
        return last

    def _labelled_lines(self, first: int) -> int:
        """The last sentence of the lines from `first` on that each begin with a label; `first - 1` where they are not two."""
        last, labels = first, int(self._labelled[first])
        while labels and last + 1 < len(self.begins) and (not self.begins[last + 1] or self._labelled[last + 1]):
            last += 1
            labels += self._labelled[last]
        return last if labels > 1 else first - 1

    def _short_lines(self, first: int) -> int:
        """The last of the short lines from `first` on; a longer one may stand between two, and a full stop ends the last."""
        last = at = first
        while at + 1 < len(self.alone) and self.alone[at + 1] and not (self.blank[at + 1] and self._heads(at + 1)):
            at += 1
            if self.short[at] and not (at + 1 < len(self.items) and self.items[at + 1]):  # else it is the label of the next
                last = at
            elif self._semicolon[at - 1] and last == at - 1:
                return at
        return last

    def _heads(self, at: int) -> bool:
        """True for the first of a group of short lines."""
        return at + 1 < len(self.short) and self.short[at + 1] and not self.blank[at + 1]

    def _run(self, first: int, end: int | None = None) -> int:
        """The last sentence of the items with bullets, numbers or markup from `first` on; each may hold several sentences.

        Nothing is looked at from sentence `end` on.
        """
        last = item = at = first
        while at + 1 < (len(self.items) if end is None else end) and at - last < _MOST_BETWEEN:
            at += 1
            if self.items[at] and (at == last + 1 or self._follows(item, at)):
                last = item = at
            elif at == last + 1 and (not self.begins[at] or self._holds(item, at)):
                last = at
            elif self.opens[at] or self.items[at]:
                break
        return last

    def _holds(self, item: int, at: int) -> bool:
        """True when sentence `at` lies in the item of markup that begins with sentence `item`."""
        return self._spans[at].start < self._within.get(self._spans[item].start, 0)

    def _follows(self, item: int, at: int) -> bool:
        """True when item `at` goes on with the list of `item`, though lines of no list lie between: same bullet, or next number."""
        one, other = self._matches[item], self._matches[at]
        if one is not None and other is not None and one["number"]:
            return other["number"] is not None and int(other["number"]) == int(one["number"]) + 1
        if any(self.short[between] and not self._indented[between] for between in range(item + 1, at)):
            return False  # the label of the next list
        if one is None or other is None:
            return one is other and self._spans[item].start in self._within
        return one[0].strip() == other[0].strip()

    def runs_from_start(self, at: int) -> bool:
        """True when sentence `at` belongs to the items that the passage begins with."""
        return bool(self.items) and self.items[0] and self._run(0) >= at

    def cut(self, first: int, last: int) -> range:
        """Sentences `first` to `last`, or as many whole lines of them as an answer can hold."""
        lines = 0
        for at in range(first, last + 1):
            lines += self.begins[at]
            if lines > MAX_LIST_LINES:
                return range(first, at)
        return range(first, last + 1)


def _spans_of_items(article: Article) -> dict[int, int]:
    """Where the text of each item of markup begins, blanks aside, and where it ends."""
    found: dict[int, int] = {}
    for mark in article.marks:
        if mark.kind == ITEM_MARK:
            body = mark.span.of(article.text)
            start = mark.span.end - len(body.lstrip())
            found[start] = max(mark.span.end, found.get(start, 0))
    return found


def asked_for(blocks: Sequence[Block], coverage: Mapping[int | None, float], scores: Sequence[float], best: int) -> Block | None:
    """The list whose label says as much of the question as the best sentence does, or more; None without one.

    `coverage` of a sentence, or of None, the heading: the share of the question that it says, headings counting less.
    Of labels that say as much the better sentence opens it (`scores`): "它的好处有：" and "它分为以下几类：" of 分哪几类.
    """
    if not blocks:
        return None
    block = max(blocks, key=lambda one: (coverage[one.label], _NO_SCORE if one.label is None else scores[one.label], -one.first))
    return block if coverage[block.label] >= coverage[best] > 0 else None


def around(lines: Lines, blocks: Sequence[Block], best: int) -> range:
    """The best sentence and the list that it opens or belongs to: the innermost that a sentence opens, or neighbouring items."""
    holding = [block for block in blocks if block.label is not None and block.label <= best <= block.last]
    if holding:
        block = max(holding, key=lambda one: one.first)
        return lines.cut(block.begin, block.last)
    first = last = best
    while first > 0 and lines.items[first] and lines.items[first - 1]:
        first -= 1
    while last + 1 < len(lines.items) and lines.items[last + 1]:
        last += 1
    return lines.cut(first, last)
