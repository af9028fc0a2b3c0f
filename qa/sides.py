"""Two things that a question compares: where each is named, defined, or what a heading is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.features import SENTENCE_ENDS, SURELY, UNDER_NAME, defines, places, stands_alone

# "如 lstm 和 gru" names both and says nothing of either.
_CONTRASTS = re.compile(
    r"区别|差别|差异|相[比较反]|前者|后者|不如|(?<!^)不同(?!的)|(?<![从因然反])而(?![且已言后])|(?<![规原否法准守细学总通])则(?!化)|(?<!冷)却(?!水)"
    r"|(?<![对类占百分正反评无好])比(?![如例较赛分方重喻])|[高低优劣快慢]于"
)
_GOES_ON = re.compile(r"[a-z0-9]")  # behind what is the beginning of a longer name
# Around a name in a heading: patterns without the name are compiled once.
_NUMBERED = re.compile(r"[\d.、()\s]*")
_OTHER_NAME = re.compile(r"\s*(?:\([^()]*\))?")
_OTHER_BEFORE = re.compile(r"[\d.、()\s]*[^()]+\(")
_NOT, _NEGATED = {"无": "非", "非": "无"}, 4  # with which names of so many characters begin
_MARKS = re.compile(r"^[^\w(]+|[^\w)]+$")  # around a label: of a list, of bold print


def _spellings(side: str) -> tuple[str, ...]:
    """A name, and the same with the other of two words for not: 无监督学习 is 非监督学习."""
    return (side, _NOT[side[0]] + side[1:]) if len(side) >= _NEGATED and side[0] in _NOT else (side,)


def named(side: str, key: str) -> bool:
    """True when `side` stands in folded text, and not only as the end of a longer name."""
    return any(
        one in key and any(stands_alone(key, begin) and _GOES_ON.match(key, end) is None for begin, end in places(one, key))
        for one in _spellings(side)
    )


def defined(side: str, key: str) -> bool:
    """True when a folded sentence says what `side` is, or is an item that has its name for a label."""
    return named(side, key) and any(defines(key, one, "", False) >= SURELY or _labelled(one, key) for one in _spellings(side))


def _labelled(side: str, key: str) -> bool:
    """True for "2. side (other name): what it does"."""
    label, _, told = key.partition(":")
    return headed(side, _MARKS.sub("", label)) and any(letter.isalpha() for letter in told)


def untold(sides: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Those of `sides` that no folded sentence defines, sets against the others, or names alone; nor is a side told of where another is defined."""

    def told(side: str, key: str) -> bool:
        if defined(side, key):
            return True
        others = [other for other in sides if other != side]
        if not named(side, key) or any(defined(other, key) for other in others):
            return False
        return _contrasts(sides, key) or not any(named(other, key) for other in others)

    return [side for side in sides if not any(told(side, key) for key in keys)]


def _contrasts(sides: Sequence[str], key: str) -> bool:
    """True when folded text sets one thing against another, in words that are not part of their names."""
    for side in sorted(sides, key=len, reverse=True):  # 对比监督学习 before the 监督学习 in it
        key = key.replace(side, " ")
    return _CONTRASTS.search(key) is not None


def tells_of_a_side(sides: Sequence[str], headings: Sequence[str], key: str) -> float:
    """How surely folded text under folded `headings` says what one of the things compared is, 0 to 1; 0 without `sides`."""
    pieces = SENTENCE_ENDS.split(key) if any(named(side, key) for side in sides) else ()
    if any(side in piece and defined(side, piece) for side in sides for piece in pieces):
        return 1.0
    return UNDER_NAME if headings and any(headed(side, headings[-1]) for side in sides) else 0.0


def headed(side: str, heading: str) -> bool:
    """True when a folded heading is the name of `side`, perhaps with a number, or another name in brackets."""
    for begin, end in (place for one in _spellings(side) for place in places(one, heading)):
        before, behind = heading[:begin], heading[end:]
        if _NUMBERED.fullmatch(before) and _OTHER_NAME.fullmatch(behind):
            return True
        if behind == ")" and _OTHER_BEFORE.fullmatch(before):
            return True
    return False
