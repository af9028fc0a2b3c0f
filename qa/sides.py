"""Two things that a question compares: where each is named, defined, or what a heading is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.features import defines

_SURELY = 0.9  # `qa.features.defines`, by the wording alone: "X是指…"
# With one of these before it a name is another one: 监督学习 in 半监督学习, bert in roberta.
_BEFORE = "半自无非弱强多超a-z0-9"


def named(side: str, key: str) -> bool:
    """True when `side` stands in folded text, and not only as the end of a longer name."""
    return re.search(rf"(?<![{_BEFORE}]){re.escape(side)}(?![a-z0-9])", key) is not None


def defined(side: str, key: str) -> bool:
    """True when a folded sentence says what `side` is."""
    return named(side, key) and defines(key, side, "", False) >= _SURELY


def untold(sides: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Those of `sides` that no folded sentence defines, nor names but to say what another one is."""

    def told(side: str, key: str) -> bool:
        return defined(side, key) or (named(side, key) and not any(defined(other, key) for other in sides))

    return [side for side in sides if not any(told(side, key) for key in keys)]


def headed(side: str, heading: str) -> bool:
    """True when a folded heading is the name of `side`, perhaps with a number, or another name in brackets."""
    name = re.escape(side)
    return re.fullmatch(rf"[\d.、()\s]*(?:{name}\s*(?:\([^()]*\))?|[^()]+\({name}\))", heading) is not None
