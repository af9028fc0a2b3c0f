"""Names in Latin letters that the articles do not know, read as the one that they do: Tranformer, Transformer; fine-tune, fine-tuning.

Of Chinese words: `qa.homophones`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest.terms import fold
from qa.demands import names_in

if TYPE_CHECKING:
    from ingest.index import Terms

SHORTEST = 5  # letters; shorter names (LSTM, LSTN) are too often different things
BENT = 4  # characters by which another form may be longer or shorter: an ending and a hyphen
_PLURAL = re.compile(r"(?<=[a-z]{4})(?<!s)s$")
_ENDING = re.compile(r"(?<=[a-z]{4})(?:ing|ed|e)$")
_LETTERS = re.compile(r"[a-z]+(?:-[a-z]+)*")


def respelt(text: str, known: Terms) -> tuple[str, dict[str, str]]:
    """(`text` with misspelt names corrected, what was read as what). A name is changed only when it
    stands in no passage, to another form of it that does, else to the one name that does and differs from it by one letter."""
    changed: dict[str, str] = {}
    for name in names_in(fold(text)):
        if len(name) < SHORTEST or not _LETTERS.fullmatch(name) or known.knows(name):
            continue
        others = known.beginning_with(name[0], len(name) - BENT, len(name) + BENT)
        if other := _inflected(name, others, known) or _mistyped(name, others):
            changed[name] = other
            text = re.sub(re.escape(name), other, text, flags=re.IGNORECASE)
    return text, changed


def _inflected(name: str, others: Sequence[str], known: Terms) -> str | None:
    """The form that the articles have of an English word; of several the one that stands in most passages."""
    forms = [other for other in others if _LETTERS.fullmatch(other) and stem(other) == stem(name)]
    return min(forms, key=lambda other: (known.idf(other), abs(len(other) - len(name)), other), default=None)


def _mistyped(name: str, others: Sequence[str]) -> str | None:
    """The one that differs from a name without a hyphen by one letter, if there is only one."""
    alike = [other for other in others if one_apart(name, other)]
    return alike[0] if len(alike) == 1 and name.isalpha() else None


def stem(word: str) -> str:
    """An English word in small letters without its ending and hyphens: fine-tune and finetuning are finetun."""
    return _ENDING.sub("", _PLURAL.sub("", word.replace("-", "")))


def one_apart(one: str, other: str) -> bool:
    """True when one letter left out, put in, changed, or swapped with its neighbour makes `other` of `one`."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    rest, others = one[at:], other[at:]
    return (
        rest[1:] == others[1:]
        or rest[1:] == others
        or rest == others[1:]
        or (rest[:2] == others[1::-1] and rest[2:] == others[2:])
    )
