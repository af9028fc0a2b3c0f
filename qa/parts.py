"""Questions that ask for two things: 滤网多久换一次，多少钱. What answers the one need not say the other.

Everything is matched against folded text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence

from ingest.terms import fold, terms
from qa.demands import tells_wanted
from qa.question import ASKED, ASKING, FILLING, Question, stands

_CLAUSES = re.compile(r"[,;?!。]+")
_ASKS = re.compile(r"多少|几|多[久长大高重远快深宽厚]|什么|哪|谁|怎|为何|啥|吗$|呢$|如何")
_REMEMBERED = 16  # questions: each is asked of several passages
_NEAR = 3  # sentences from what answers the first part: further off it is of something else
_BEFORE = 0.5  # of a sentence's distance, where it stands before: what is asked next is mostly told next


class Part:
    """One of several things that a question asks for."""

    def __init__(self, clause: str, question: Question) -> None:
        cut = [term for term in terms(ASKED.sub(" ", clause)) if term not in ASKING and term not in FILLING]
        self.terms = tuple(dict.fromkeys(cut))
        self._number: Callable[[str], bool] | None = tells_wanted(question, clause)

    def told(self, keys: Sequence[str]) -> bool:
        """True when folded sentences say it: its own words, if it has any, and a number of its kind, if it wants one."""
        worded = not self.terms or any(stands(term, key) for term in self.terms for key in keys)
        return worded and (self._number is None or any(map(self._number, keys)))

    def may_tell(self, key: str) -> bool:
        """True when one folded sentence could be what says it."""
        if self._number is not None:
            return self._number(key)
        return any(stands(term, key) for term in self.terms)


@functools.lru_cache(_REMEMBERED)
def parts(question: Question) -> tuple[Part, ...]:
    """The things that a question asks for; none where it is one."""
    clauses = [clause.strip() for clause in _CLAUSES.split(fold(question.text)) if _ASKS.search(clause.strip())]
    return tuple(Part(clause, question) for clause in clauses) if len(clauses) > 1 else ()


def untold(wanted: Sequence[Part], keys: Sequence[str], picked: set[int], skipped: Sequence[bool]) -> set[int]:
    """For each part that the `picked` sentences do not tell, the nearest one that may; not those `skipped`."""
    found: set[int] = set()
    for part in wanted:
        if part.told([keys[at] for at in picked | found]):
            continue
        first, last = min(picked), max(picked)
        near = [at for at in range(max(first - _NEAR, 0), min(last + _NEAR + 1, len(keys))) if at not in picked and not skipped[at]]
        able = [at for at in near if part.told([keys[at]])] or [at for at in near if part.may_tell(keys[at])]
        if able:
            found.add(min(able, key=lambda at: (at - last if at > last else first - at + _BEFORE, at)))
    return found
