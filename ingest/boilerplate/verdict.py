"""What a rule says of a line, and how sure it is.

`SURE` drops a line wherever it stands; `LIKELY` does too, unless it reads as the heading of
the prose below it, or as a sentence between others; `HINT` counts only outside the body or
among others.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HINT, LIKELY, SURE = 1, 2, 3


class Verdict(NamedTuple):
    """A reason code of `DROP_REASONS` and how sure."""

    reason: str
    sure: int


def any_of(words: list[str]) -> str:
    """Alternation of words, longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))
