"""Lists in a passage: what opens them, their items, and which of them a question asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.types import ITEM_MARK, Article, Span

MAX_LIST_ITEMS = 20  # sentences of a list in an answer
_LINE_CHARS = 30  # an item without a bullet, or a label without a colon, is a line no longer than this

# These are looked for in the text as it stands, so both widths are named.
_ITEM = re.compile(
    r"\s*(?:[-*](?=\s)|[\u2022\u00b7\u25cf\u25cb\u25aa]|[(\uff08]?\d{1,2}[.\u3001)\uff09\uff0e]|[(\uff08][一二三四五六七八九十\d]+[)\uff09]|[①-⑳]|[一二三四五六七八九十]+\u3001|第[一二三四五六七八九十]+|其[一二三四五])"
)
_LEAD_IN = re.compile(r"[:\uff1a]\s*$|如下[^\u3002]{0,4}$|以下[^\u3002]{0,8}$")
_ANNOUNCES = re.compile(r"如下|以下|下面|下列|[一二三四五六七八九十两几\d]\s?[种类个项点条步样]")  # right above bullets
_ENDS = re.compile(r"[。！？!?；;，,][”」』）)]*\s*$")


def opens_list(sentence: str) -> bool:
    """True for a sentence that a list follows: …如下, or a colon at its end."""
    return _LEAD_IN.search(sentence) is not None


@dataclass(frozen=True, slots=True)
class Block:
    """A list: sentences `first` to `last` of a passage. `label` opens it; None: the heading of the passage does."""

    label: int | None
    first: int
    last: int

    @property
    def sentences(self) -> range:
        """The label, where it is a sentence, and the items; not too many."""
        begin = self.first if self.label is None else self.label
        return range(begin, min(self.last + 1, begin + MAX_LIST_ITEMS))


class Lines:
    """What the sentences of a passage are by the lines they stand on."""

    def __init__(self, article: Article, spans: Sequence[Span]) -> None:
        text = article.text
        marked = {mark.span.start for mark in article.marks if mark.kind == ITEM_MARK}
        bodies = [span.of(text) for span in spans]
        count = len(spans)
        self.begins = [at == 0 or "\n" in text[spans[at - 1].end : spans[at].start] for at in range(count)]
        self.items = [span.start in marked or _ITEM.match(body) is not None for span, body in zip(spans, bodies, strict=True)]
        self.opens = [opens_list(body) for body in bodies]
        self.announces = [not self.items[at] and _ANNOUNCES.search(body) is not None for at, body in enumerate(bodies)]
        ends = [at + 1 == count or self.begins[at + 1] for at in range(count)]
        self.alone = [self.begins[at] and ends[at] and not self.items[at] and not self.opens[at] for at in range(count)]
        self.short = [self.alone[at] and len(body) <= _LINE_CHARS and not _ENDS.search(body) for at, body in enumerate(bodies)]

    def blocks(self, headed: bool) -> list[Block]:
        """The lists that something opens; `headed`: the passage stands under a heading, which can open one too."""
        found = []
        at = 0
        while at < len(self.items):
            opened = at > 0 and self.opens[at - 1]
            above_items = at > 0 and self.items[at] and (self.short[at - 1] or self.announces[at - 1])
            label = at - 1 if opened or above_items else None
            last = self._end(at, opened) if self.begins[at] and (label is not None or headed and not at) else at - 1
            if last >= at:
                found.append(Block(label, at, last))
            at = max(last, at) + 1
        return found

    def _end(self, first: int, opened: bool) -> int:
        """The last sentence of the list whose first item is `first`; `first - 1` where that is no item."""
        if self.items[first]:
            return self._run(first)
        alike = self.short if self.short[first] else self.alone if opened else [False] * len(self.items)
        last = first - 1
        while last + 1 < len(alike) and alike[last + 1] and not self._labels(last + 1):
            last += 1
        return last

    def _run(self, first: int) -> int:
        """The last sentence of the items with bullets or numbers from `first` on; an item may hold several sentences."""
        last = first
        while last + 1 < len(self.items) and (self.items[last + 1] or not self.begins[last + 1]):
            last += 1
        return last

    def _labels(self, at: int) -> bool:
        """True for a line that bullets follow: the label of the next list."""
        return at + 1 < len(self.items) and self.items[at + 1]


def asked_for(blocks: Sequence[Block], coverage: Callable[[int | None], float], best: int) -> Block | None:
    """The list whose label says as much of the question as the best sentence does, or more; None without one.

    `coverage` of a sentence, or of None, the heading: the share of the question that it says, headings counting less.
    """
    if not blocks:
        return None
    block = max(blocks, key=lambda one: (coverage(one.label), -one.first))
    return block if coverage(block.label) >= coverage(best) > 0 else None


def around(lines: Lines, blocks: Sequence[Block], best: int) -> range:
    """The best sentence and the list that it opens or belongs to: one that a sentence opens, or neighbouring items."""
    for block in blocks:
        if block.label is not None and block.label <= best <= block.last:
            return block.sentences
    first = last = best
    while first > 0 and lines.items[first] and lines.items[first - 1]:
        first -= 1
    while last + 1 < len(lines.items) and lines.items[last + 1]:
        last += 1
    return range(first, min(last + 1, first + MAX_LIST_ITEMS))
