"""What is counted off in prose: 首先…。其次…。最后…, 一是…。二是…, 第一次…。第二次…

Whoever asks for the reasons wants all of them, not the sentence that says how many there are, nor the first.
Everything is matched against folded text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_COUNTED = "[次个步点条种类项件批轮位]"
_FAMILIES = (  # what the first begins with, and the others
    ("首先", "其次|再次|再者|然后|接着|随后|最后|此外|另外|末了"),
    (f"第一(?:{_COUNTED}|(?=[,:是]))", f"第[二三四五六七八九十](?:{_COUNTED}|(?=[,:是]))"),
    ("一是", "[二三四五六七八九]是"),
    ("一来", "[二三四五]来"),
    ("一则", "[二三四五]则"),
    ("其一", "其[二三四五六]"),
    ("一方面", "另一方面"),
)
_PATTERNS = tuple((re.compile(rf"[\W_]*(?:{first})"), re.compile(rf"[\W_]*(?:{other})"), re.compile(rf"[,;:。](?:{other})")) for first, other in _FAMILIES)
_ANNOUNCES = re.compile(rf"[两二三四五六七八九十几多数\d]\s?(?:大|方)?(?:{_COUNTED}|面|回|遭|关|道|原因|理由)|不止|不只|有以下|如下")
_APART = 3  # sentences from one to the next: what is counted off may be told in two or three
_SHORT = 12  # characters of a last one that merely names what the sentence behind it tells: 三是捕食。


def runs(keys: Sequence[str]) -> list[range]:
    """The sentences over which something is counted off, from the first to the last."""
    found: list[range] = []
    for at, key in enumerate(keys):
        if found and at in found[-1]:
            continue
        for first, other, inside in _PATTERNS:
            opening = first.match(key)
            if opening is None:
                continue
            last, members = at, int(inside.search(key, opening.end()) is not None)
            for below in range(at + 1, len(keys)):
                if below - last > _APART:
                    break
                if other.match(keys[below]):
                    last, members = below, members + 1
            if members:
                told = last + 1 < len(keys) and len(keys[last]) <= _SHORT
                found.append(range(at, last + 1 + told))
                break
    return found


def whole(keys: Sequence[str], best: int, announced: bool) -> set[int]:
    """Sentence `best` and all that is counted off with it, or right behind it; nothing where nothing is.

    `announced`: right behind it only where it says that some follow. What a counted sentence goes on with asks for none of the others.
    """
    for run in runs(keys):
        begins = best in run and any(first.match(keys[best]) or other.match(keys[best]) for first, other, _ in _PATTERNS)
        opens = best == run.start - 1 and (not announced or _ANNOUNCES.search(keys[best]) is not None)
        if begins or opens:
            return {best, *run}
    return set()
