"""Questions typed wrong as an input method has it: one character by another of the same sound.

Nearly all slips in Chinese are such. `eval.read` shows some, so that a question with one is not taken for one about something else.
"""

from __future__ import annotations

import random

from qa.homophones import COMMON, same_sound

# Typed a thousand times a day, and seldom wrong; without them it is not the same question.
_NEVER = frozenset("什么怎样如何哪谁几多少是的吗呢了有和与跟在不没能会要可以为")


def mistyped(text: str, chance: random.Random) -> str:
    """`text` with one common character typed wrong; as it is, where none can be."""
    places = [at for at, one in enumerate(text) if one not in _NEVER and any(other in COMMON for other in same_sound(one))]
    if not places:
        return text
    at = chance.choice(places)
    return text[:at] + chance.choice([other for other in same_sound(text[at]) if other in COMMON]) + text[at + 1 :]
