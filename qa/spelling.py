"""Names in Latin letters that the articles do not know, read as the one that they do: Tranformer, Transformer.

Of Chinese words: `qa.homophones`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.terms import fold
from qa.demands import names_in

if TYPE_CHECKING:
    from ingest.index import Terms

SHORTEST = 5  # letters; shorter names (LSTM, LSTN) are too often different things


def respelt(text: str, known: Terms) -> tuple[str, dict[str, str]]:
    """(`text` with misspelt names corrected, what was read as what). A name is changed only when it
    stands in no passage and exactly one name that does differs from it by one letter."""
    changed: dict[str, str] = {}
    for name in names_in(fold(text)):
        if len(name) < SHORTEST or not name.isalpha() or known.knows(name):
            continue
        alike = [other for other in known.beginning_with(name[0], len(name) - 1, len(name) + 1) if one_apart(name, other)]
        if len(alike) == 1:
            changed[name] = alike[0]
            text = re.sub(re.escape(name), alike[0], text, flags=re.IGNORECASE)
    return text, changed


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
