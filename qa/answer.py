"""Hits -> the sentences that answer: chosen, never written.

A sentence is judged by how much of the question's meaning it carries (idf-weighted terms
and character pairs), by the shape that its kind of question asks for ("X是指…" for a
definition, digits for a number, 因为 for a reason), and by the heading it stands under.
What a sentence means counts too: how near its tokens come to those of the question, and
how near it comes as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ingest.sentences import joined, sentences
from ingest.terms import fold, pairs, pairs_of
from ingest.types import Article, Passage, Span
from qa.demands import asks_maker, tells_maker
from qa.enumerated import whole
from qa.features import SURELY, UNDER_NAME, defines
from qa.hollow import asks, promises, says_nothing
from qa.lists import Block, Lines, around, asked_for, opens_list
from qa.parts import parts
from qa.parts import untold as untold_parts
from qa.question import Question, in_its_words, stands
from qa.shapes import BECAUSE, GIVES_REASON, shape
from qa.sides import defined, untold
from qa.tables import RULE, heads, is_row
from qa.types import Meant
from qa.units import measured

MAX_SENTENCES = 3  # of one passage in the answer; a list may have more
_NEAR_BEST = 0.85  # a neighbouring sentence joins when it scores at least this share of the best
_HEADING_SHARE = 0.6  # a term that stands in the heading counts this much for the sentence below it
_PAIR_WEIGHT = 0.35
_SHAPE_WEIGHT = 0.5
_TOKENS_WEIGHT = 4.0  # right sentences of right passages: .936 against .933 without, .878 against .805 of paraphrases
_ALONE_WEIGHT = 2.0  # likewise, on four sets: .907 against .885 without; from 1 to 5 it gains two thirds of that at least
_UNMEASURED_PENALTY = 1.5  # of a sentence without a number of the quantity that is asked for in a unit: others answer, and the reader need not choose
_CORE_WEIGHT = 0.2  # of a sentence in the passage that was ranked best; from .1 to .8 it is alike
_KEPT_WEIGHT = 0.6  # of what stands right behind a promise, times how much of the user's question that repeats
_SAME_THINGS = 0.45  # share of the weight of the question's words in the sentence above that the one after it must say; with .8 two of the four right sentences that are gained on 709 questions are not
_ANSWERS_WEIGHT = 1.5  # of what stands right behind a question of the text itself, times how much of the user's it says; with 1.0 the reader overrules it
_ASKED_ITSELF = 0.6  # so much at least: less asks something else
_SHORT = 8  # a sentence below this many characters says little by itself
_SHORT_PENALTY = 0.4
_EMPTY_PENALTY = 2.0  # of a question or a promise, which answers none, however like it is; more than any sentence after it lacks

_ALL_WANTED = ("why", "list")  # kinds of questions for all that is counted off
_TOLD_IN_WORDS = ("why", "definition", "compare")  # kinds of questions
_SYNTAX = re.compile("[=(){}<>;]")
_HAN = re.compile("[\u4e00-\u9fff]")
_WORD = re.compile(r"\w")
_PROMISED = 0.5  # so much of what the best sentence says must a label say that announces as many as were asked for

# Looked for in folded text: one width, lower case.
# What an article sets right is no answer; what stands right behind it is.
_MISTAKEN = re.compile(r"[\W\d]*(?:常见的?)?(?:误[会区解]|谣言|传言|流言|错误(?:说法|观点|认识|做法))[一二三四五六七八九十\d]{0,3}\s?[:,]|[\W\d]*(?:很多|不少|许多|有些?)人(?:都|总|常)?(?:以为|误以为)(?![^。]*(?:其实|实际|但))")
_VERDICT = re.compile(
    r"[\W_]*(?:(?:这|其实|答案)?(?:当然|并|也|就)?(?:不[是对行能会]?|是|对|错|能|会|可以|不可以|不一定|不见得|未必|没有(?:[那这]么.{1,2})?|有|需要|不需要|不用)(?:的|了|真的|这样|如此|必)?|恰恰相反|正相反|并非如此|不是真的|是真的|没错|大错特错)[\W_]*"
)
_MOST = re.compile("最(?![早近后初终多少])")
_DIFFERENCE = re.compile("区别|不同|差别|差异|不一样")
_WHETHER = re.compile(r"吗|(.)不\1|有没有|是否|能否")
_EXPLAINED = 3  # sentences that explain a verdict
_POINTS_BACK = re.compile(r"[\W\d]*(?:[它该]|其(?![他实余它])|此(?!外)|这(?!里)|因[此而为]|所以|由于|于是|否则|不然|一旦|原因)")
_PRONOUN = re.compile(r"[\W\d]*(?:[它其他她该此]|这[个种一项些])")
_ASPECT = re.compile(r"[\W\d]*(?:但|不过|主要|最大|唯一)?的?(?P<aspect>[\u4e00-\u9fff]{2})(?:就是|是|有|在于|为|主要|:)")
_SO_MANY = re.compile("(?<![第每这那])[两二三四五六七八九十][次个条种类项点步大](?!月|小时|星期)")  # 三次大灾: all of them
_HOW_MANY = re.compile(r"几(?:大|个?主要)?([步种类个项条点样方层关道件])")


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of a passage and how well it answers (higher is better, about 0 to 5).

    `coverage`: the share of the question's words, by weight, that it says itself or stands under.
    """

    span: Span
    score: float
    coverage: float


Behind = Callable[[Sequence[Scored]], Sequence[float]]  # of each sentence, how far it stands behind another


class Judge:
    """How well the sentences of one passage answer a question."""

    def __init__(self, article: Article, passage: Passage, question: Question, idf: Callable[[str], float]) -> None:
        self._question = question
        self._weights = {term: idf(term) for term in question.content}
        self._headings = in_its_words(question, fold(" ".join((article.title, *passage.headings))))
        self._under = in_its_words(question, fold(passage.headings[-1])) if passage.headings else ""
        self._asked = frozenset(pairs("".join(question.content)))
        self._spans = sentences(article.text, passage.span, passage.joins)
        self._bodies = [joined(article.text, span, passage.joins) for span in self._spans]
        self._same_line = [at > 0 and "\n" not in article.text[self._spans[at - 1].end : one.start] for at, one in enumerate(self._spans)]
        folded = [fold(body) for body in self._bodies]
        self._keys = [in_its_words(question, key) for key in folded]
        self._pairs = [frozenset(pairs_of(key)) for key in folded]
        self._asked_key = fold(question.text)
        # Code and formulas answer nobody who asks why in Chinese, and writes none himself.
        self._wants_words = question.kind in _TOLD_IN_WORDS and _HAN.search(self._asked_key) is not None and _SYNTAX.search(self._asked_key) is None
        self._parts = parts(question, self._asked_key)
        self.asks_difference = _DIFFERENCE.search(self._asked_key) is not None
        self._asks_whether = _WHETHER.search(self._asked_key) is not None
        self.asks_so_many = _SO_MANY.search(self._asked_key) is not None
        self._asks_maker = asks_maker(self._asked_key)
        self._asks = [asks(body) or _MISTAKEN.match(key) is not None for body, key in zip(self._bodies, folded, strict=True)]
        for at, body in enumerate(self._bodies):  # the ** behind a question in bold print is a part of it
            self._asks[at] |= at > 0 and self._asks[at - 1] and _WORD.search(body) is None
        self._promises = [asked or promises(body) for asked, body in zip(self._asks, self._bodies, strict=True)]
        self._heads = heads(self._bodies)
        columns = frozenset(self._heads.values())
        self._empty = [
            promised or at in columns or RULE.fullmatch(body) is not None or says_nothing(body)
            for at, (promised, body) in enumerate(zip(self._promises, self._bodies, strict=True))
        ]

    def coverage(self, key: str, above: str = "") -> float:
        """The share of the question's weight that folded text says; what stands `above` it and in headings counts less."""
        missing = [term for term in self._weights if not stands(term, key)]
        here = sum(weight for term, weight in self._weights.items() if term not in missing)
        over = sum(self._weights[term] for term in missing if stands(term, self._headings) or stands(term, above))
        return (here + _HEADING_SHARE * over) / (sum(self._weights.values()) or 1.0)

    def of_heading(self) -> float:
        """The coverage of the heading right above the passage."""
        return self.coverage(self._under)

    def promises_something(self) -> bool:
        """True when a sentence before the last merely promises what follows."""
        return any(promised and not asked for promised, asked in zip(self._promises[:-1], self._asks, strict=False))

    def surely_defines(self, at: int) -> bool:
        """True for a sentence that says what a thing is in so many words, where that is asked."""
        asked = self._question.kind == "definition" and bool(self._question.focus)
        return asked and defines(self._keys[at], self._question.focus, self._under, at == 0) >= SURELY

    def measures(self, at: int) -> bool:
        """True for a sentence with a number of the quantity that is asked for in a unit: 2.6kg of 几公斤."""
        asked = self._question.measure
        return bool(asked) and measured(asked).search(self._keys[at]) is not None

    def announces(self, at: int) -> bool:
        """True when a sentence says that so many follow as the question asks for: "它分三步" of "分哪几步"."""
        asked = _HOW_MANY.search(self._asked_key)
        return asked is not None and re.search(rf"[两二三四五六七八九十\d]\s?{asked[1]}", self._keys[at]) is not None

    def score(self, near: Sequence[Meant] = (), core: Span | None = None) -> list[Scored]:
        """Every sentence, in order, with its score; `near` is of no use unless it is one for each.

        `core`: the best of the passages that this one was made of, if of several.
        """
        meant = list(near) if len(near) == len(self._spans) else [Meant(0.0, 0.0)] * len(self._spans)
        for at in range(1, len(meant)):
            for above in (meant[other] for other in self._above(at)):
                meant[at] = Meant(*(max(own, _HEADING_SHARE * other) for own, other in zip(meant[at], above, strict=True)))
        return [self._score(at, one, core is not None and core.holds(self._spans[at])) for at, one in enumerate(meant)]

    def of_other_sides(self, picked: set[int]) -> set[int]:
        """Of each thing compared that the `picked` sentences do not tell of, the first sentence that says what it is."""
        missing = untold(self._question.sides, [self._keys[at] for at in picked])
        first = (next((at for at, key in enumerate(self._keys) if defined(side, key)), None) for side in missing)
        return {at for at in first if at is not None}

    def in_tables(self, picked: set[int], best: int) -> set[int]:
        """The `picked` sentences without rows beside the `best` one that say less of the question, with what names their columns.

        All rows of a table that one of them opens, or where it is asked which is the most: a reader compares them.
        """
        if is_row(self._bodies[best]):
            least = self.coverage(self._keys[best])
            picked = {at for at in picked if at == best or not is_row(self._bodies[at]) or self.coverage(self._keys[at]) >= least}
        opened = {at + 1 for at in picked if opens_list(self._bodies[at])}
        compared = {self._heads[at] for at in picked if at in self._heads} if _MOST.search(self._asked_key) else set()
        picked = picked | {at for at, head in self._heads.items() if head in opened | compared}
        return picked | {self._heads[at] for at in picked if at in self._heads}

    def tells_difference(self, at: int) -> bool:
        """True for a sentence that announces how things differ, where that is asked."""
        return self.asks_difference and _DIFFERENCE.search(self._keys[at]) is not None

    def other_parts(self, picked: set[int]) -> set[int]:
        """What tells the other things that the question asks for, beside the `picked` sentences."""
        return untold_parts(self._parts, self._keys, picked, self._empty) if self._parts else set()

    def verdict_before(self, at: int) -> set[int]:
        """Where it is asked whether: a bare 不对 or 可以 above a sentence on its line, and what stands between them, which explains it."""
        first = at
        while self._asks_whether and first and self._same_line[first] and at - first < _EXPLAINED:
            first -= 1
            if _VERDICT.fullmatch(self._keys[first]):
                return set(range(first, at))
        return set()

    def counted_off(self, best: int) -> set[int]:
        """All that is counted off in prose with the best sentence, or behind it; reasons need not be announced."""
        return whole(self._keys, best, announced=self._question.kind != "why")

    def also_defined(self) -> set[int]:
        """The first sentence that says what a thing is, where the question asks that beside something else."""
        name = self._question.also
        ways = (defines(key, name, self._under, at == 0) for at, key in enumerate(self._keys)) if name else ()
        return {at for at in [next((at for at, surely in enumerate(ways) if surely >= UNDER_NAME), None)] if at is not None}

    def reason_after(self, at: int) -> set[int]:
        """The sentence after one, where a reason is asked for: when that gives it, or tells more of what gives none yet."""
        follows = at + 1 < len(self._keys) and self._question.kind == "why" and not self._asks[at]
        if not follows or not (self._goes_on(at + 1) or self._tells_more(at + 1)):
            return set()
        later = at + 2 < len(self._keys) and self._same_line[at + 2] and BECAUSE.search(self._keys[at + 2]) is not None
        told = any(GIVES_REASON.search(self._keys[one]) for one in (at, at + 1))
        return {at + 1, at + 2} if later and not told else {at + 1}

    def _tells_more(self, at: int) -> bool:
        """True when a sentence goes on the line of one that gives no reason, and points back at it or names the same things."""
        key, above = self._keys[at], self._keys[at - 1]
        if not self._same_line[at] or self._empty[at] or opens_list(self._bodies[at]):
            return False
        if GIVES_REASON.search(above) or (at > 1 and self._promises[at - 2]):  # what keeps a promise, or answers the text's own question, is the reason
            return False
        return _POINTS_BACK.match(key) is not None or self._said(key) >= _SAME_THINGS * self._said(above) > 0

    def _kept(self, at: int, above: str) -> float:
        """What it is worth to stand behind what is `above`: a promise, or a question on a line of its own that is much like the user's."""
        if not self._asks[at - 1]:
            return _KEPT_WEIGHT * self.coverage(above)
        said = self._said(above) / (sum(self._weights.values()) or 1.0)
        return _ANSWERS_WEIGHT * said if said >= _ASKED_ITSELF and not self._same_line[at] else 0.0

    def _said(self, key: str) -> float:
        """The weight of the question's words that stand in folded text itself."""
        return sum(weight for term, weight in self._weights.items() if stands(term, key))

    def _goes_on(self, at: int) -> bool:
        """True when a sentence answers the one above, or keeps its promise, or says why or by whom where that is asked: it need not repeat what that says."""
        if at == 0:
            return False
        key = self._keys[at]
        why = self._question.kind == "why" and BECAUSE.search(key) is not None
        return self._promises[at - 1] or why or self._names_aspect(at) or _PRONOUN.match(key) is not None and (self._tells_maker(key) or self._alone_tells(at))

    def _names_aspect(self, at: int) -> bool:
        """True for "缺点是…" where that is asked of what the sentence above names."""
        found = _ASPECT.match(self._keys[at])
        return found is not None and found["aspect"] in self._weights and self._same_line[at] and found["aspect"] not in self._keys[at - 1]

    def _alone_tells(self, at: int) -> bool:
        """True for a sentence with the list or the number that is asked for, behind one without any."""
        here, above = (shape(self._keys[one], self._question, "", False) for one in (at, at - 1))
        return self._question.kind in ("list", "number") and here > above == 0

    def _above(self, at: int) -> range:
        """The sentences above one that it goes on from: all that ask and promise in a row, or a single one, or none."""
        if at in self._heads:
            return range(self._heads[at], self._heads[at] + 1)
        first = at
        while first and self._promises[first - 1]:
            first -= 1
        return range(at - 1 if first == at and self._goes_on(at) else first, at)

    def _tells_maker(self, key: str) -> bool:
        """True for a folded sentence that names who made something, where that is asked."""
        return self._asks_maker and tells_maker(self._asked_key, key)

    def _score(self, at: int, meant: Meant, of_core: bool) -> Scored:
        body, key = self._bodies[at], self._keys[at]
        above = "".join(self._keys[other] for other in self._above(at))
        coverage = self.coverage(key, above)
        value = coverage + _PAIR_WEIGHT * len(self._asked & self._pairs[at]) / max(len(self._asked), 1)
        value += _TOKENS_WEIGHT * meant.tokens + _ALONE_WEIGHT * meant.alone
        value += _SHAPE_WEIGHT * (1.0 if self._tells_maker(key) or (at and self._names_aspect(at)) else shape(key, self._question, self._under, at == 0))
        value += _CORE_WEIGHT * of_core
        if self._question.measure and not self.measures(at):
            value -= _UNMEASURED_PENALTY
        if at and self._promises[at - 1]:
            value += self._kept(at, above)
        if self._empty[at] or (self._wants_words and _HAN.search(key) is None):
            value -= _EMPTY_PENALTY
        elif len(body) < _SHORT and at not in self._heads:
            value -= _SHORT_PENALTY
        return Scored(self._spans[at], value, coverage)


def choose(
    article: Article, passage: Passage, question: Question, idf: Callable[[str], float], near: Sequence[Meant] = (), core: Span | None = None,
    behind: Behind | None = None,
) -> list[Scored]:
    """The sentences of one passage that answer together, in order; empty for an empty passage. `near`, `core`: see `Judge.score`.

    `behind`: by how much the score of each sentence is to be lowered; not where one promises what another keeps, which nobody but `Judge` sees.
    """
    judge = Judge(article, passage, question, idf)
    scored = judge.score(near, core)
    if not scored:
        return []
    best = _best(scored)
    if behind and not judge.promises_something() and not judge.surely_defines(best):
        scored = [replace(one, score=one.score - less) for one, less in zip(scored, behind(scored), strict=True)]
        best = _best(scored)
    picked = {best} if question.kind == "list" else _with_neighbours(scored, best) | judge.reason_after(best)
    if judge.measures(best):  # a sentence beside it that has no such number tells something else
        picked = {at for at in picked if judge.measures(at)}
    opening = [at for at in sorted(picked) if opens_list(scored[at].span.of(article.text))]
    if question.kind == "list" or opening:  # nothing ends with what opens a list
        lists = _Lists(article, passage, judge, scored)
        if question.kind == "list":
            picked = set(lists.asked(best))
        elif best in opening:
            picked = set(lists.around(best))
            if picked == {best}:  # it announces what is told in prose
                picked.add(min(best + 1, len(scored) - 1))
        else:
            picked |= {other for at in opening for other in lists.around(at)}
    elif question.kind == "how":
        picked |= set(_Lists(article, passage, judge, scored).steps(best))
    elif judge.asks_difference:
        around = _Lists(article, passage, judge, scored).around(best)
        picked |= set(around) if judge.tells_difference(around.start) else set()
    if question.kind in _ALL_WANTED or judge.asks_so_many:
        picked |= judge.counted_off(best)
    picked |= judge.other_parts(picked)
    picked |= judge.verdict_before(min(picked))
    picked |= judge.of_other_sides(picked) | judge.also_defined()
    picked = judge.in_tables(picked, best)
    return [scored[at] for at in sorted(picked)]


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
        self.lines = Lines(article, [one.span for one in scored])
        self._blocks = [*self.lines.blocks(headed=bool(passage.headings)), *self.lines.inner()]

    def asked(self, best: int) -> range:
        """The list that the question asks for, else what is `around` the best sentence."""
        block = self._block(best)
        return self.lines.cut(block.begin, block.last) if block else self.around(best)

    def steps(self, best: int) -> range:
        """The list that the best sentence is an item of, where what opens it says as much of the question: all steps, or all ways."""
        block = self._block(best)
        return self.lines.cut(block.first, block.last) if block and block.first <= best <= block.last else range(0)

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
