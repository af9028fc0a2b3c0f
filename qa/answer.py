"""Hits -> the sentences that answer: chosen, never written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ingest.types import Article, Passage, Span
from qa.judge import Judge, Scored
from qa.lists import Block, Lines, around, asked_for, opens_list
from qa.question import Question
from qa.together import Together
from qa.types import Meant

MAX_SENTENCES = 3  # of one passage in the answer; a list may have more
_NEAR_BEST = 0.85  # a neighbouring sentence joins when it scores at least this share of the best
_STEPS, _NAMED = 3, 0.9  # so many numbered items under a heading that says so much of a question how are the steps
_PROMISED = 0.5  # so much of what the best sentence says must a label say that announces as many as were asked for

Behind = Callable[[Sequence[Scored]], Sequence[float]]  # of each sentence, how far it stands behind another


def choose(
    article: Article, passage: Passage, question: Question, idf: Callable[[str], float], near: Sequence[Meant] = (), core: Span | None = None,
    behind: Behind | None = None,
) -> list[Scored]:
    """The sentences of one passage that answer together, in order; empty for an empty passage. `near`, `core`: see `Judge.score`.

    `behind`: by how much the score of each sentence is to be lowered; not where one promises what another keeps, which nobody but `Judge` sees.
    """
    judge = Judge(article, passage, question, idf)
    together = Together(judge)
    scored = judge.score(near, core)
    if not scored:
        return []
    best = _best(scored)
    if behind and not judge.promises_something() and not judge.surely_defines(best):
        scored = [replace(one, score=one.score - less) for one, less in zip(scored, behind(scored), strict=True)]
        best = _best(scored)
    picked = {best} if question.kind == "list" else _with_neighbours(scored, best) | together.reason_after(best)
    if judge.measures(best):  # a sentence beside it that has no such number tells something else
        picked = {at for at in picked if judge.measures(at)}
    opening = [at for at in sorted(picked) if opens_list(scored[at].span.of(article.text))]
    if opening or question.kind in ("list", "how") or together.asks_difference:
        picked = _with_lists(_Lists(article, passage, judge, scored), together, question.kind, opening, picked, best)
    if together.asks_all:
        picked |= together.counted_off(best)
    picked |= together.other_parts(picked)
    picked |= together.verdict_before(min(picked))
    picked |= together.of_other_sides(picked) | together.also_defined()
    picked = together.in_tables(picked, best)
    return [scored[at] for at in sorted(picked)]


def _with_lists(lists: _Lists, together: Together, kind: str, opening: Sequence[int], picked: set[int], best: int) -> set[int]:
    """The `picked` sentences with the lists that answer; of a question for a list, that list alone. `opening`: those that open one."""
    if kind == "list":
        return set(lists.asked(best))
    if best in opening:  # nothing ends with what opens a list
        around = set(lists.around(best))
        return around if around != {best} else {best, min(best + 1, lists.last)}  # it announces what is told in prose
    if opening:
        return picked | {other for at in opening for other in lists.around(at)}
    if kind == "how":
        return picked | set(lists.steps(best))
    around = lists.around(best)
    return picked | set(around) if together.tells_difference(around.start) else picked


def _best(scored: Sequence[Scored]) -> int:
    """The number of the best sentence, the first of equals."""
    return max(range(len(scored)), key=lambda at: (scored[at].score, -at))


def _with_neighbours(scored: Sequence[Scored], best: int) -> set[int]:
    """The best sentence, and those beside it that answer almost as well."""
    picked = {best}
    for at in sorted(range(len(scored)), key=lambda at: (-scored[at].score, at)):
        near_best = scored[at].score >= _NEAR_BEST * scored[best].score > 0
        if len(picked) < MAX_SENTENCES and near_best and abs(at - best) <= 1:
            picked.add(at)
    return picked


class _Lists:
    """The lists of one passage, and which of them answers."""

    def __init__(self, article: Article, passage: Passage, judge: Judge, scored: Sequence[Scored]) -> None:
        self._judge, self._scored = judge, scored
        self.last = len(scored) - 1
        self.lines = Lines(article, [one.span for one in scored])
        self._blocks = [*self.lines.blocks(headed=bool(passage.headings)), *self.lines.inner()]

    def asked(self, best: int) -> range:
        """The list that the question asks for, else what is `around` the best sentence."""
        block = self._block(best)
        return self.lines.cut(block.begin, block.last) if block else self.around(best)

    def steps(self, best: int) -> range:
        """The list that the best sentence is an item of, where what opens it says as much of the question: all steps, or all ways.

        Or another, of numbered steps, under a heading that says nearly all of the question.
        """
        block = self._block(best)
        if block is None or not (block.first <= best <= block.last or self._names_steps(block)):
            return range(0)
        return self.lines.cut(block.first, block.last)

    def _names_steps(self, block: Block) -> bool:
        numbered = sum(self.lines.numbered(at) for at in range(block.first, block.last + 1))
        return block.label is None and numbered >= _STEPS and self._judge.of_heading() >= _NAMED

    def _block(self, best: int) -> Block | None:
        return asked_for(self._blocks, self._coverages(best), [one.score for one in self._scored], best)

    def around(self, at: int) -> range:
        """A sentence with the list that it opens or belongs to."""
        return around(self.lines, self._blocks, at)

    def _coverages(self, best: int) -> dict[int | None, float]:
        """How much of the question each sentence says, and the heading (None); a label also what the sentence says that it goes on from."""
        found: dict[int | None, float] = {at: one.coverage for at, one in enumerate(self._scored)}
        found[None] = self._judge.of_heading()
        for label in (block.label for block in self._blocks if block.label is not None):
            if label and self.lines.goes_on[label]:
                found[label] = max(found[label], found[label - 1])
            if self._judge.announces(label) and found[label] >= _PROMISED * found[best]:
                found[label] = max(found[label], found[best])
        return found
