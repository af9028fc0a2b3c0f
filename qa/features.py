"""What speaks for a candidate passage, as numbers: the columns that the learned combination weighs.

Every feature is relative to the question and to the other candidates, so that weights
fitted on some collections travel to others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ingest.terms import fold
from qa.question import Question, in_its_words, stands

if TYPE_CHECKING:
    import numpy as np

NAMES = (
    "dense",  # centred similarity, in standard deviations above the mean of the candidates
    "lexical",  # BM25 over words, likewise
    "pairs",  # BM25 over pairs of characters, likewise
    "coverage",  # idf-weighted share of the question's content terms in title, headings and text
    "names",  # share of the question's names with digits in them (gpt-4, xj-200) that stand whole there
    "definition",  # how surely a sentence defines what is asked about, or one of the things compared, 0 to 1; else 0
    "sentences",  # similarity of the question and the nearest sentence, each embedded alone, standardised
    "excess",  # how much nearer the passage comes to each token of the question than the others do, standardised
    "neighbours",  # mean centred similarity of the passage and those around it in its section, standardised
    "length",  # logarithm of the passage's characters, standardised: of many words and sentences, the nearest is nearer
)

# These count otherwise where the question's words hardly stand in any candidate: a paraphrase.
# Each is there a second time, multiplied by the share of the words that even the best candidate lacks.
APART = ("lexical", "dense")
COLUMNS = (*NAMES, *(f"{name} apart" for name in APART))

SENTENCE_ENDS = re.compile(r"[\n。!?]+")  # in folded text, roughly
_OTHERWISE = re.compile("[半自无非弱强多超a-z0-9]")  # with one of these before it a name is another one: 监督学习 in 半监督学习, bert in roberta
SURELY = 0.9  # `defines`, by the wording alone
UNDER_NAME = 0.8  # how surely the first sentence under a name, or a passage, says what it is
# What stands right before a name and right behind it, in folded text: patterns without the name are compiled once.
_BEFORE = 4  # characters that these look at: 所谓的, 称之为“
_OPENS = re.compile(r"(?:^|[,.。:;“\"「·\s(*]|所谓的?|就是)\Z")
_CALLED = re.compile(r"(?<!什么)(?<!怎么)(?<!什么被)(?<!怎么被)(?:称为|叫做?|称作|称之为|名为)[“\"「]?\Z")
_STARTS = re.compile(r"(?:^|[,。:])\Z")
_CLOSED = r"[”\"'」』》*)]*\s*(?:\([^()]{0,60}\))?"
_VERSUS = re.compile(r"[^,。是指即]{0,6}[与和跟同][^,。是指即]{1,20}(?:区别|不同|差别|差异|关系)")
_IS = re.compile(
    rf"{_CLOSED}\s*(?:一词|通常|一般|就|则|也|,)*"
    r"(?:是指|指的是|指|是一|是[^否不非]|即|定义为|意味着|意思是|描述的?是|means|refers|is )"
)
_IS_LATER = re.compile(rf"{_CLOSED}[^,。]{{0,12}}(?:是指|指的是|是|指|即)")
_SERVES = re.compile(rf"{_CLOSED}(?:的(?:目标|思想|做法))?(?:通过|旨在|用于|用来|利用|借助)")
_HEADING_SLACK = 6  # characters: "涌现能力" or "什么是涌现" is still the heading of 涌现


def standardised(values: np.ndarray) -> np.ndarray:
    """`values` in standard deviations from their mean; all 0 when they do not differ."""
    import numpy as np

    spread = float(np.std(values)) if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values))


def with_apart(table: np.ndarray) -> np.ndarray:
    """The columns of `NAMES`, (m, …), with those of `APART` behind them: (m, len(COLUMNS))."""
    import numpy as np

    lacking = 1 - float(table[:, NAMES.index("coverage")].max(initial=0.0))
    return np.concatenate([table, lacking * table[:, [NAMES.index(name) for name in APART]]], axis=1)


def excess(near: np.ndarray) -> np.ndarray:
    """Mean over a question's tokens of how far `near`, (q, n), lies above the mean of all passages: (n,)."""
    import numpy as np

    above = near - near.mean(axis=1, keepdims=True) if near.size else near
    return np.maximum(above, 0).mean(axis=0) if len(near) else np.zeros(near.shape[1])


def coverage(question: Question, key: str, idf: Callable[[str], float]) -> float:
    """idf-weighted share of the question's content terms that stand in `key`, folded and in its words: 0 to 1."""
    weights = {term: idf(term) for term in question.content}
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if stands(term, key)) / total if total else 0.0


def definition(question: Question, headings: tuple[str, ...], body: str) -> float:
    """The best of `defines` over the sentences of a passage; 0 unless a definition is asked for."""
    if question.kind != "definition" or not question.focus:
        return 0.0
    key = in_its_words(question, fold(body))
    if question.focus not in key and question.focus not in fold(" ".join(headings)):
        return 0.0
    under = fold(headings[-1]) if headings else ""
    pieces = [piece for piece in SENTENCE_ENDS.split(key) if piece.strip()]
    return max((defines(piece, question.focus, under, at == 0) for at, piece in enumerate(pieces)), default=0.0)


def defines(key: str, focus: str, under: str, first: bool) -> float:
    """How surely a folded sentence defines `focus`, 0 to 1: by its wording, or as the first one under that heading.

    `under` is the innermost heading, folded; `first` says whether it is the first sentence there.
    """
    found = [*places(focus, key)]
    if any(_VERSUS.match(key, end) for _, end in found):
        return 0.3
    if any(_opened(_OPENS, key, begin) and _IS.match(key, end) for begin, end in found):
        return 1.0
    if any(_opened(_CALLED, key, begin) for begin, _ in found):
        return 0.9
    if first and under and (focus == under or (focus in under and len(under) <= len(focus) + _HEADING_SLACK)):
        return UNDER_NAME
    if any(stands_alone(key, begin) and _IS_LATER.match(key, end) for begin, end in found):
        return 0.6
    if any(_opened(_STARTS, key, begin) and _SERVES.match(key, end) for begin, end in found):
        return 0.5
    return 0.0


def places(name: str, key: str) -> Iterator[tuple[int, int]]:
    """Where `name` begins and ends in folded text, each time."""
    begin = key.find(name)
    while begin >= 0:
        yield begin, begin + len(name)
        begin = key.find(name, begin + 1)


def stands_alone(key: str, begin: int) -> bool:
    """True when what begins there is not the end of a longer name."""
    return begin == 0 or _OTHERWISE.match(key, begin - 1) is None


def _opened(pattern: re.Pattern[str], key: str, end: int) -> bool:
    """True when `pattern` is found right before `end`."""
    return pattern.search(key, max(end - _BEFORE, 0), end) is not None
