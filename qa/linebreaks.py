"""Where a paragraph of Chinese with Latin words in it is broken into lines of a terminal.

Libraries break at blanks, and Chinese has none but beside Latin words and numbers: lines end
early there, and a line can begin with a comma. Here a line is filled, and broken where the
rules of Chinese typesetting (GB/T 15834) let it: before no closing mark, after no opening one.
"""

from __future__ import annotations

import unicodedata

_CLOSING = frozenset("，。、；：！？）」』》】〉〕”’％…—·,.;:!?)]}>%›")
_OPENING = frozenset("（「『《【〈〔“‘([{<‹")


def columns(text: str) -> int:
    """Terminal columns that `text` takes: two for wide characters."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def breaks(text: str, width: int) -> list[int]:
    """The offsets before which `text` is broken, ascending, so that no line takes more than `width` columns.

    Blanks at the end of a line do not count; a Latin word is broken only if it is longer than a line.
    """
    found: list[int] = []
    start = best = used = 0
    for at, char in enumerate(text):
        if char == "\n":
            start = best = at + 1
            used = 0
            continue
        if at > start and _may_break(text[at - 1], char):
            best = at
        used += columns(char)
        while used > width and not char.isspace():  # twice where nothing may be broken up to here
            start = best if best > start else at
            found.append(start)
            best, used = start, columns(text[start : at + 1])
    return found


def _may_break(before: str, after: str) -> bool:
    if after.isspace() or after in _CLOSING or before in _OPENING:
        return False
    return before.isspace() or not (before.isascii() and after.isascii())
