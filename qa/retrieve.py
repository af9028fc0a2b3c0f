"""Question -> Hits: a dense leg, two lexical legs, and how they are combined.

All legs score higher-is-better. Candidates are the union of the best of each leg, and
every candidate gets all scores, so that the combination compares like with like. The
weights of the combination are learned and stand in `weights.json`.
"""

from __future__ import annotations

import functools
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ingest.beside import Beside, cores
from ingest.index import Terms
from ingest.interaction import Interaction, interact
from ingest.searchtext import search_key
from ingest.sentences import joined
from ingest.terms import fold, pairs, terms
from ingest.tokenvectors import SENTENCE, without
from ingest.types import Passage
from ingest.vectors import MEAN_SHARE
from qa.demands import days_and_versions, names_in, present_names
from qa.features import COLUMNS, NAMES, coverage, definition, excess, standardised, with_apart
from qa.hollow import hollow
from qa.likeliest import read_again
from qa.question import ASKING, Question, in_its_words
from qa.reader import SAYS_NOTHING, reader
from qa.sides import tells_of_a_side
from qa.types import Hit, Meant

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Encoded
    from qa.opened import Opened

T = TypeVar("T")
Weights = Mapping[str, float]  # how often each term counts
Legs = Callable[[], dict[str, "np.ndarray"]]  # waits for the best rows of each lexical leg

CANDIDATES = 60  # from each leg; more changes no answer on the question sets, and costs time
RERANKED = 40  # candidates whose text is looked at: 60 take half as long again; left-out nDCG is .005 higher on manuals, the same elsewhere
_SURE = 3  # best of each leg that are looked at whatever the others say: a part number means nothing to vectors
_FIRST = {"dense": 0.6, "lexical": 0.2, "pairs": 0.3}  # what they are chosen by, standardised: about what an earlier fit gave each leg
BASELINE_DENSE = 0.7  # the min-max weighting that the learned combination has to beat
ASKING_WEIGHT = 0.3  # of words that ask, where a name is asked about; elsewhere it costs paraphrases 3 points
EXPANSION_WEIGHT = 0.5  # of another name's BM25, beside the question's own words
_OF_ITSELF, _OF_ANOTHER = 2.0, 3.0  # names that a passage has more, or lacks, which stands under the day or version that is asked about, or another
_BESIDE = 100_000  # passages: with fewer, a question is answered in time by one core
_AROUND = 2  # passages before and after that are neighbours


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows with the scores of every leg, in ascending order of row; all arrays (n,).

    `cosine`: of question and passage. `dense`: the same, with the question moved away from
    the corpus' mean. `lexical`, `pairs`: BM25, 0 where no term stands. `legs`: for each leg
    the rows that it put among its best.
    """

    rows: np.ndarray
    cosine: np.ndarray
    dense: np.ndarray
    lexical: np.ndarray
    pairs: np.ndarray
    legs: dict[str, frozenset[int]]
    centred: np.ndarray  # (dim,): the question's vector that `dense` was computed with


class LookedAt(NamedTuple):
    """The m candidates whose text was looked at."""

    kept: np.ndarray  # (m,): their positions among all
    table: np.ndarray  # (m, len(COLUMNS)): their features
    near: Interaction
    passages: list[Passage]
    hollow: list[frozenset[int]]  # of each, which sentences say nothing, see `qa.hollow`


def find_candidates(
    opened: Opened,
    question: Question,
    asked: Encoded,
    allowed: np.ndarray | None = None,
    lexical: Legs | None = None,
) -> Candidates:
    """The best `CANDIDATES` rows of each leg, each with all scores; only `allowed` rows if given.

    `lexical`: what `begin_lexical` returned for the same question.
    """
    import numpy as np

    centred = (asked.vector - MEAN_SHARE * opened.mean).astype(np.float32)
    words, by_pairs = _together(_words(question)), _together(_pairs(question))
    nearest = opened.vectors.nearest(centred, CANDIDATES, allowed)[0]
    best = {"dense": nearest, **(lexical or begin_lexical(opened, question, allowed))()}
    # np.union1d would do, but its first call imports numpy.ma: 14 ms of a cold question.
    rows = np.array(sorted({row for found in best.values() for row in found.tolist()}), np.int64)
    vectors = opened.vectors.rows(rows)
    return Candidates(
        rows=rows,
        cosine=vectors @ asked.vector,
        dense=vectors @ centred,
        lexical=opened.terms.lexical(words, rows),
        pairs=opened.pairs.lexical(by_pairs, rows),
        legs={name: frozenset(found.tolist()) for name, found in best.items()},
        centred=centred,
    )


def begin_lexical(opened: Opened, question: Question, allowed: np.ndarray | None = None) -> Legs:
    """Begin what needs no vector, and return the way to its end: the best rows of each lexical leg.

    It goes on beside the embedding of the question, see `begun`.
    """
    words, by_pairs = _together(_words(question)), _together(_pairs(question))

    def both() -> dict[str, np.ndarray]:
        found = opened.terms.matching(words, CANDIDATES, allowed)[0]
        return {"lexical": found, "pairs": opened.pairs.matching(by_pairs, CANDIDATES, allowed)[0]}

    return begun(opened, both)


def begun(opened: Opened, work: Callable[[], T]) -> Callable[[], T]:
    """`work`, or what waits for its end: begun at once where a question takes long, in a large collection of this machine, and a core is free."""
    large = isinstance(opened.terms, Terms) and opened.terms.size >= _BESIDE
    return Beside(work).result if large and cores() > 1 else work


def _words(question: Question) -> list[Weights]:
    """What the question's words weigh, then those of each other name."""
    own: Weights = Counter(question.terms)
    if question.focus:  # "什么叫涌现呢" defines nothing, however often it asks
        own = {term: times * (ASKING_WEIGHT if term in ASKING else 1.0) for term, times in own.items()}
    return [own, *(_expansion(terms(one.other)) for one in question.aliases)]


def _pairs(question: Question) -> list[Weights]:
    own: Weights = Counter(pairs(question.focus or question.text))
    return [own, *(_expansion(pairs(one.other)) for one in question.aliases)]


def _expansion(found: list[str]) -> Weights:
    return {term: EXPANSION_WEIGHT * times for term, times in Counter(found).items()}


def _together(weights: list[Weights]) -> Weights:
    total: dict[str, float] = {}
    for one in weights:
        for term, value in one.items():
            total[term] = total.get(term, 0.0) + value
    return total


def min_max(values: np.ndarray) -> np.ndarray:
    """`values` moved and stretched to 0..1; all 0 when they are all equal."""
    import numpy as np

    if len(values) == 0 or values.max() <= values.min():
        return np.zeros_like(values)
    return (values - values.min()) / (values.max() - values.min())


def baseline(candidates: Candidates) -> np.ndarray:
    """The textbook weighting: cosine and BM25, each min-max normalised over the candidates: (n,)."""
    return BASELINE_DENSE * min_max(candidates.cosine) + (1 - BASELINE_DENSE) * min_max(candidates.lexical)


@functools.cache
def weights() -> dict[str, float]:
    """The learned weight of each feature."""
    stored = json.loads((Path(__file__).parent / "weights.json").read_text("utf-8"))
    return {name: float(stored[name]) for name in COLUMNS}


def retrieve(
    opened: Opened,
    question: Question,
    asked: Encoded,
    count: int,
    allowed: np.ndarray | None = None,
    lexical: Legs | None = None,
) -> list[Hit]:
    """The best `count` passages, best first, ties by row; see `find_candidates`."""
    import numpy as np

    candidates = find_candidates(opened, question, asked, allowed, lexical)
    if not len(candidates.rows):
        return []
    kept, table, near, passages, empty = feature_table(opened, question, asked, candidates)
    weight = np.array([weights()[name] for name in COLUMNS])
    scores = table @ weight
    rows = candidates.rows[kept]
    weakest = near.weakest()
    hits = []
    scores, told = read_again(opened, asked, rows, scores, near, empty)
    for at in np.lexsort((rows, -scores))[:count].tolist():
        row = int(rows[at])
        named = dict(zip(NAMES, table[at].tolist(), strict=False))  # not those that are there a second time
        named["cosine"] = float(candidates.cosine[kept[at]])
        named["similarity"] = float(candidates.dense[kept[at]])
        named["weakest"] = float(weakest[at])
        if at in told:
            named["told"] = told[at]
        if not hits:  # to read more of them puts none before another that it should stand behind
            named["read"] = _read(asked, opened.tokens.of(row), empty[at])
        legs = frozenset(name for name, found in candidates.legs.items() if row in found)
        hits.append(Hit(row, passages[at], float(scores[at]), legs, named, _meant(near, at)))
    return hits


def _read(asked: Encoded, packed: np.ndarray, empty: frozenset[int]) -> float:
    """What the reader makes of a passage without the sentences that say nothing."""
    left = without(packed, empty)
    return SAYS_NOTHING if empty and not (left[:, -1] == SENTENCE).any() else reader().read(asked, left)


def _meant(near: Interaction, at: int) -> tuple[Meant, ...]:
    """Of each sentence of one passage, how near it comes to what the question means; not every model gives tokens."""
    both = zip_longest(near.parts[at].tolist(), near.alone[at].tolist(), fillvalue=0.0)
    return tuple(Meant(tokens, alone) for tokens, alone in both)


def feature_table(
    opened: Opened, question: Question, asked: Encoded, candidates: Candidates
) -> LookedAt:
    """The candidates worth a look at their text, and what is seen there."""
    import numpy as np

    legs = np.stack([standardised(getattr(candidates, name)) for name in _FIRST], axis=1)
    first = legs @ np.array([*_FIRST.values()])
    first[np.argsort(-legs, axis=0, kind="stable")[:_SURE]] = np.inf
    kept = np.sort(np.lexsort((candidates.rows, -first))[:RERANKED])
    rows = candidates.rows[kept].tolist()
    compare = begun(opened, lambda: interact(asked, [opened.tokens.of(row) for row in rows]))
    key = fold(question.text)
    counted = days_and_versions(key)
    names = [*(name for name in names_in(key) if any(letter.isdigit() for letter in name)), *counted]
    idf = {term: opened.terms.idf(term) for term in question.content}.__getitem__
    covered, named, defining, lengths, passages, empty = [], [], [], [], [], []
    for article, passage in opened.store.with_articles(rows):
        text = in_its_words(question, search_key(article, passage))
        covered.append(coverage(question, text, idf))
        named.append(present_names(names, text) + (_of_section(counted, passage) if counted else 0.0))
        body = joined(article.text, passage.span, passage.joins)
        if question.sides:
            headings = [in_its_words(question, fold(heading)) for heading in passage.headings]
            defining.append(tells_of_a_side(question.sides, headings, in_its_words(question, fold(body))))
        else:
            defining.append(definition(question, passage.headings, body))
        lengths.append(math.log(1 + len(body)))
        passages.append(passage)
        empty.append(hollow(body, (article.title, *passage.headings)))
    around = _neighbourhood(opened, candidates, kept)
    near = compare()
    for at, sentences in enumerate(empty):
        near.leave_out(at, sentences)
    compared = (near.spoken, excess(near.best))
    columns = [legs[kept], covered, named, defining, *map(standardised, (*compared, around, np.array(lengths)))]
    return LookedAt(kept, with_apart(np.column_stack(columns)), near, passages, empty)


def _of_section(counted: Sequence[str], passage: Passage) -> float:
    """What it is worth, in names, to stand under one of the days and versions `counted` in the question, or under another."""
    under = days_and_versions(fold(passage.headings[-1])) if passage.headings else ()
    return _OF_ITSELF if set(under) & set(counted) else -_OF_ANOTHER if under else 0.0


def _neighbourhood(opened: Opened, candidates: Candidates, kept: np.ndarray) -> np.ndarray:
    """Mean centred similarity of each kept candidate and its neighbours in the same section: (m,)."""
    import numpy as np

    rows = candidates.rows[kept].tolist()
    near = sorted({row + step for row in rows for step in range(-_AROUND, _AROUND + 1)})
    sections = opened.store.sections(near)  # rows that do not exist are left out
    present = [row for row in near if row in sections]
    scores = dict(zip(present, (opened.vectors.rows(present) @ candidates.centred).tolist(), strict=True))
    groups = [
        [scores[other] for other in range(row - _AROUND, row + _AROUND + 1) if sections.get(other) == sections[row]]
        for row in rows
    ]
    return np.array([sum(group) / len(group) for group in groups])  # so few that numpy takes longer
