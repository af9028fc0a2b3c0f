"""A second look at what came out close to each other: the sentence reader tells which passage, and which sentence of it, answers best.

Reading takes half a millisecond a sentence and more, so only those are read that it could put first. All constants were
chosen on the tuning parts, on 120 questions to saved pages, and on question sets: hit@1 .888 -> .918, .943 -> .940 and
.750 -> .758, hit@3 .939 -> .959, .977 -> .983 and .925 -> .933, right sentences .898 -> .908, .923 -> .926 and .600 -> .633.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.judge import Scored
from qa.sentencereader import readable, sentence_reader
from qa.types import Hit

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Encoded
    from ingest.interaction import Interaction
    from ingest.types import Span
    from qa.opened import Opened

PASSAGES = 5  # that are cited unless more are asked for; of each, one sentence is read: with all of them no other comes first
PASSAGE_WITHIN = 2.0  # of the best passage's score; with 3 or 6 hardly another comes first, with 1 less is gained
PASSAGE_WEIGHT = 1.0  # of log-odds, beside the score of a passage; with half of it no more first passages are right than without
PASSAGE_ENOUGH = 2.0  # log-odds; of two that surely answer, the surer is not the better: without it sets of manuals and of laws lose .026 and .008 of nDCG, not .010 and .002
SENTENCES = 3  # of the first place; with 8 the same are chosen
SENTENCE_WITHIN = 0.5  # of the best sentence's score; with .8 to 2.5 one of 569 is a worse one
SENTENCE_WEIGHT = 0.2  # of log-odds, beside the score of a sentence; with .3 one question of 569 gets a worse one
_HOLLOW = 2.0  # more than what says nothing can come nearer than what says something


def read_again(
    opened: Opened, asked: Encoded, rows: np.ndarray, scores: np.ndarray, near: Interaction, hollow: Sequence[frozenset[int]]
) -> tuple[np.ndarray, dict[int, float]]:
    """The scores of the m candidates, (m,), with those of the first ones raised the more the surer their likeliest sentence answers.

    With the log-odds of those that were read for it. None falls behind one that was not.
    """
    import numpy as np

    first = np.lexsort((rows, -scores))[:PASSAGES]
    close = [at for at in first.tolist() if scores[first[0]] - scores[at] < PASSAGE_WITHIN]
    packed = [opened.tokens.of(int(rows[at])) for at in close]
    if len(close) < 2 or not all(readable(asked, one) for one in packed):
        return scores, {}
    read = sentence_reader().read(asked, [(one, _nearest(near, at, hollow[at])) for one, at in zip(packed, close, strict=True)])
    surely = PASSAGE_WEIGHT * np.minimum(read, PASSAGE_ENOUGH)
    raised = scores.copy()
    raised[close] += surely - surely.min()
    return raised, dict(zip(close, read.tolist(), strict=True))


def _nearest(near: Interaction, at: int, hollow: frozenset[int]) -> int:
    """The sentence of a candidate that comes nearest to the question, of those that say something, if any does."""
    closeness = near.parts[at] + near.alone[at] / 2
    closeness[[number for number in hollow if number < len(closeness)]] -= _HOLLOW
    return int(closeness.argmax())


class Behind:
    """How far sentences of one place stand behind the likeliest one, so much that their scores can be lowered by it."""

    def __init__(self, opened: Opened, asked: Encoded, place: Hit, hits: Sequence[Hit]) -> None:
        """`place`: made of some of `hits`."""
        own = (one for one in hits if one.passage.article_id == place.passage.article_id and place.passage.span.holds(one.passage.span))
        packed = [(opened.tokens.of(one.row), len(one.sentences)) for one in sorted(own, key=lambda one: one.passage.span)]
        self._asked = asked
        self._sentences = [(one, at) for one, count in packed for at in range(count)]
        if len(self._sentences) != len(place.sentences) or not all(readable(asked, one) for one, _ in packed):
            self._sentences = []
        self._found: dict[Span, float] | None = None

    def __call__(self, scored: Sequence[Scored]) -> list[float]:
        """Of each sentence; the first time all of the place have to be asked about, then any."""
        if self._found is None:
            self._found = self._read(scored) if len(scored) == len(self._sentences) else {}
        most = max(self._found.values(), default=0.0)
        return [self._found.get(one.span, most) for one in scored]

    def _read(self, scored: Sequence[Scored]) -> dict[Span, float]:
        order = sorted(range(len(scored)), key=lambda at: (-scored[at].score, at))
        close = [at for at in order[:SENTENCES] if scored[order[0]].score - scored[at].score < SENTENCE_WITHIN]
        if len(close) < 2:
            return {}
        read = sentence_reader().read(self._asked, [self._sentences[at] for at in close]).tolist()
        less = (SENTENCE_WEIGHT * (max(read) - one) for one in read)
        return dict(zip((scored[at].span for at in close), less, strict=True))
