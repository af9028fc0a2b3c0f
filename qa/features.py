"""What speaks for a candidate passage, as numbers: the columns that the learned combination weighs.

Every feature is relative to the question and to the other candidates, so that weights
fitted on some collections travel to others.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ingest.terms import fold
from qa.question import Question

if TYPE_CHECKING:
    import numpy as np

NAMES = (
    "dense",  # cosine, in standard deviations above the mean of the candidates
    "lexical",  # BM25, likewise
    "coverage",  # idf-weighted share of the question's content terms in title, headings and text
    "heading",  # the same in title and headings alone
    "bigrams",  # share of the question's character bigrams, rare ones among the candidates weighing more
    "heading_match",  # how alike question and heading line are, by their bigrams (Dice)
    "definition",  # 1 where a sentence has the form of a definition of what is asked
    "length",  # logarithm of the length: a short passage says little
)
_SHORT = 30  # characters added before the logarithm: below this lengths hardly differ


def bigrams(text: str) -> Counter[str]:
    """Character bigrams of the folded text, within runs of letters, digits and Han characters."""
    found: Counter[str] = Counter()
    for run in re.findall(r"[^\W_]+", fold(text)):
        found.update([run[at : at + 2] for at in range(len(run) - 1)] or [run])
    return found


def features(
    question: Question,
    dense: np.ndarray,
    lexical: np.ndarray,
    headings: Sequence[str],
    bodies: Sequence[str],
    idf: Callable[[str], float],
) -> np.ndarray:
    """(n, len(NAMES)) float64 for n candidates, given both scores and their heading line and text."""
    import numpy as np

    weights = {term: idf(term) for term in question.content}
    asked = bigrams(question.text)
    above = [bigrams(heading) for heading in headings]
    whole = [here.keys() | bigrams(body).keys() for here, body in zip(above, bodies, strict=True)]
    rarity = _rarity(asked, whole)
    folded = [fold(f"{heading}\n{body}") for heading, body in zip(headings, bodies, strict=True)]
    titles = [fold(heading) for heading in headings]
    columns = [
        standardised(dense),
        standardised(lexical),
        [_share(weights, text) for text in folded],
        [_share(weights, title) for title in titles],
        [_weighted_share(rarity, present) for present in whole],
        [_dice(asked, here) for here in above],
        [float(defines(question.focus, text)) for text in folded],
        [math.log(_SHORT + len(body)) for body in bodies],
    ]
    return np.array(columns, np.float64).T.reshape(len(bodies), len(NAMES))


def standardised(values: np.ndarray) -> np.ndarray:
    """`values` in standard deviations from their mean; all 0 when they do not differ."""
    import numpy as np

    spread = float(np.std(values)) if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values))


def defines(focus: str, text: str) -> bool:
    """True when folded `text` has a sentence of the form "<focus> … is": 是, 指, 即, a colon or a dash."""
    if not focus:
        return False
    return re.search(re.escape(focus) + r"[^,。\n]{0,12}?(?:是|指|即|称为|:|——|means|refers)", text) is not None


def _share(weights: dict[str, float], text: str) -> float:
    """Weighted share of the terms that stand in folded `text`."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in text) / total if total else 0.0


def _rarity(asked: Counter[str], whole: Sequence[set[str]]) -> dict[str, float]:
    """Each bigram of the question with its idf among the candidates."""
    count = len(whole)
    return {pair: math.log1p((count + 1) / (sum(pair in one for one in whole) + 0.5)) for pair in asked}


def _weighted_share(weights: dict[str, float], present: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for pair, weight in weights.items() if pair in present) / total if total else 0.0


def _dice(one: Counter[str], other: Counter[str]) -> float:
    """Dice coefficient of two bags of bigrams: 0 to 1."""
    size = one.total() + other.total()
    return 2 * (one & other).total() / size if size else 0.0


