"""Which segments of the previous generation stay as they are, and which are written anew.

An ingest writes what is new into a segment of its own. So that segments do not pile up,
it takes in those that are small beside it: every passage is rewritten a few times as the
collection grows, not at every ingest (the logarithmic method, Bentley & Saxe 1980; as
search engines do). A small collection is one segment that is rewritten whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SMALL_SEGMENT = 4_096  # passages: a collection of that size stays whole, which keeps questions fast
TAKEN_IN = 512  # passages: in a larger collection, a segment that every ingest may rewrite; half a second's work
LARGEST_SEGMENT = 131_072  # passages: bounds the memory of an ingest and the work of taking a segment in
_GROWTH = 4  # a segment is taken in unless it is at least so many times as large as what is written
_MOST_DEAD = 0.3  # of a segment's passages that were replaced: beyond this it is written anew


@dataclass(frozen=True, slots=True)
class Present:
    """A segment of the previous generation: its number, passages in the file, and those still in use."""

    number: int
    passages: int
    alive: int


def folded(present: Sequence[Present], fresh: int) -> list[int]:
    """The numbers of the segments to take in when about `fresh` passages are written, ascending."""
    taken = [one.number for one in present if one.passages and one.alive < (1 - _MOST_DEAD) * one.passages]
    written = fresh + sum(one.alive for one in present if one.number in taken)
    always = SMALL_SEGMENT if fresh + sum(one.alive for one in present) <= SMALL_SEGMENT else TAKEN_IN
    for one in sorted((one for one in present if one.number not in taken), key=lambda one: (one.alive, one.number)):
        small = one.alive <= always or one.alive < _GROWTH * written
        if not small or written + one.alive > LARGEST_SEGMENT:
            break
        taken.append(one.number)
        written += one.alive
    return sorted(taken)
