"""How well each sentence of a passage answers.

A sentence is judged by how much of the question's meaning it carries (idf-weighted terms
and character pairs), by the shape that its kind of question asks for ("X是指…" for a
definition, digits for a number, 因为 for a reason), and by the heading it stands under.
What a sentence means counts too: how near its tokens come to those of the question, and
how near it comes as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.sentences import joined, sentences
from ingest.terms import fold, pairs, pairs_of
from ingest.types import Article, Passage, Span
from qa.demands import asks_maker, tells_maker
from qa.features import SURELY, defines
from qa.hollow import asks, promises, says_nothing
from qa.question import Question, in_its_words, stands
from qa.shapes import BECAUSE, shape
from qa.tables import RULE, heads
from qa.types import Meant
from qa.units import measured

_HEADING_SHARE = 0.6  # a term that stands in the heading counts this much for the sentence below it
_PAIR_WEIGHT = 0.35
_SHAPE_WEIGHT = 0.5
_TOKENS_WEIGHT = 4.0  # right sentences of right passages: .936 against .933 without, .878 against .805 of paraphrases
_ALONE_WEIGHT = 2.0  # likewise, on four sets: .907 against .885 without; from 1 to 5 it gains two thirds of that at least
_UNMEASURED_PENALTY = 1.5  # of a sentence without a number of the quantity that is asked for in a unit: others answer, and the reader need not choose
_CORE_WEIGHT = 0.2  # of a sentence in the passage that was ranked best; from .1 to .8 it is alike
_KEPT_WEIGHT = 0.6  # of what stands right behind a promise, times how much of the user's question that repeats
_ANSWERS_WEIGHT = 1.5  # of what stands right behind a question of the text itself, times how much of the user's it says; with 1.0 the reader overrules it
_ASKED_ITSELF = 0.6  # so much at least: less asks something else
_SHORT = 8  # a sentence below this many characters says little by itself
_SHORT_PENALTY = 0.4
_EMPTY_PENALTY = 2.0  # of a question or a promise, which answers none, however like it is; more than any sentence after it lacks

_TOLD_IN_WORDS = ("why", "definition", "compare")  # kinds of questions
_SYNTAX = re.compile("[=(){}<>;]")
_HAN = re.compile("[\u4e00-\u9fff]")
_WORD = re.compile(r"\w")

# Looked for in folded text: one width, lower case.
# What an article sets right is no answer; what stands right behind it is.
_MISTAKEN = re.compile(r"[\W\d]*(?:常见的?)?(?:误[会区解]|谣言|传言|流言|错误(?:说法|观点|认识|做法))[一二三四五六七八九十\d]{0,3}\s?[:,]|[\W\d]*(?:很多|不少|许多|有些?)人(?:都|总|常)?(?:以为|误以为)(?![^。]*(?:其实|实际|但))")
_PRONOUN = re.compile(r"[\W\d]*(?:[它其他她该此]|这[个种一项些])")
_ASPECT = re.compile(r"[\W\d]*(?:但|不过|主要|最大|唯一)?的?(?P<aspect>[\u4e00-\u9fff]{2})(?:就是|是|有|在于|为|主要|:)")
_HOW_MANY = re.compile(r"几(?:大|个?主要)?([步种类个项条点样方层关道件])")


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of a passage and how well it answers (higher is better, about 0 to 5).

    `coverage`: the share of the question's words, by weight, that it says itself or stands under.
    """

    span: Span
    score: float
    coverage: float


class Judge:
    """How well the sentences of one passage answer a question.

    Each list has a value for each sentence. `bodies`: as a person reads it; `keys`: that folded, in the question's words;
    `same_line`: it goes on with the line of the one before; `asks`, `promises`: it merely does; `empty`: it answers nothing.
    `heads`: of a row of a table the sentence that names its columns. `under`: the innermost heading; `asked_key`: the question;
    both folded.
    """

    def __init__(self, article: Article, passage: Passage, question: Question, idf: Callable[[str], float]) -> None:
        self.question = question
        self._weights = {term: idf(term) for term in question.content}
        self._headings = in_its_words(question, fold(" ".join((article.title, *passage.headings))))
        self.under = in_its_words(question, fold(passage.headings[-1])) if passage.headings else ""
        self._asked = frozenset(pairs("".join(question.content)))
        self._spans = sentences(article.text, passage.span, passage.joins)
        self.bodies = [joined(article.text, span, passage.joins) for span in self._spans]
        self.same_line = [at > 0 and "\n" not in article.text[self._spans[at - 1].end : one.start] for at, one in enumerate(self._spans)]
        folded = [fold(body) for body in self.bodies]
        self.keys = [in_its_words(question, key) for key in folded]
        self._pairs = [frozenset(pairs_of(key)) for key in folded]
        self.asked_key = fold(question.text)
        # Code and formulas tell nobody why who asks in Chinese and writes none himself.
        self._wants_words = question.kind in _TOLD_IN_WORDS and _HAN.search(self.asked_key) is not None and _SYNTAX.search(self.asked_key) is None
        self._asks_maker = asks_maker(self.asked_key)
        self.asks = [asks(body) or _MISTAKEN.match(key) is not None for body, key in zip(self.bodies, folded, strict=True)]
        for at, body in enumerate(self.bodies):  # the ** behind a question in bold print is a part of it
            self.asks[at] |= at > 0 and self.asks[at - 1] and _WORD.search(body) is None
        self.promises = [asked or promises(body) for asked, body in zip(self.asks, self.bodies, strict=True)]
        self.heads = heads(self.bodies)
        columns = frozenset(self.heads.values())
        self.empty = [
            promised or at in columns or RULE.fullmatch(body) is not None or says_nothing(body)
            for at, (promised, body) in enumerate(zip(self.promises, self.bodies, strict=True))
        ]

    def coverage(self, key: str, above: str = "") -> float:
        """The share of the question's weight that folded text says; what stands `above` it and in headings counts less."""
        missing = [term for term in self._weights if not stands(term, key)]
        here = sum(weight for term, weight in self._weights.items() if term not in missing)
        over = sum(self._weights[term] for term in missing if stands(term, self._headings) or stands(term, above))
        return (here + _HEADING_SHARE * over) / (sum(self._weights.values()) or 1.0)

    def of_heading(self) -> float:
        """The coverage of the heading right above the passage."""
        return self.coverage(self.under)

    def promises_something(self) -> bool:
        """True when a sentence before the last merely promises what follows."""
        return any(promised and not asked for promised, asked in zip(self.promises[:-1], self.asks, strict=False))

    def surely_defines(self, at: int) -> bool:
        """True for a sentence that says what a thing is in so many words, where that is asked."""
        asked = self.question.kind == "definition" and bool(self.question.focus)
        return asked and defines(self.keys[at], self.question.focus, self.under, at == 0) >= SURELY

    def measures(self, at: int) -> bool:
        """True for a sentence with a number of the quantity that is asked for in a unit: 2.6kg of 几公斤."""
        asked = self.question.measure
        return bool(asked) and measured(asked).search(self.keys[at]) is not None

    def announces(self, at: int) -> bool:
        """True when a sentence says that so many follow as the question asks for: "它分三步" of "分哪几步"."""
        asked = _HOW_MANY.search(self.asked_key)
        return asked is not None and re.search(rf"[两二三四五六七八九十\d]\s?{asked[1]}", self.keys[at]) is not None

    def score(self, near: Sequence[Meant] = (), core: Span | None = None) -> list[Scored]:
        """Every sentence, in order, with its score; `near` is of no use unless it is one for each.

        `core`: the best of the passages that this one was made of, if of several.
        """
        meant = list(near) if len(near) == len(self._spans) else [Meant(0.0, 0.0)] * len(self._spans)
        for at in range(1, len(meant)):
            for above in (meant[other] for other in self._above(at)):
                meant[at] = Meant(*(max(own, _HEADING_SHARE * other) for own, other in zip(meant[at], above, strict=True)))
        return [self._score(at, one, core is not None and core.holds(self._spans[at])) for at, one in enumerate(meant)]

    def _kept(self, at: int, above: str) -> float:
        """What it is worth to stand behind what is `above`: a promise, or a question on a line of its own that is much like the user's."""
        if not self.asks[at - 1]:
            return _KEPT_WEIGHT * self.coverage(above)
        said = self.said(above) / (sum(self._weights.values()) or 1.0)
        return _ANSWERS_WEIGHT * said if said >= _ASKED_ITSELF and not self.same_line[at] else 0.0

    def said(self, key: str) -> float:
        """The weight of the question's words that stand in folded text itself."""
        return sum(weight for term, weight in self._weights.items() if stands(term, key))

    def goes_on(self, at: int) -> bool:
        """True when a sentence answers the one above, or keeps its promise, or says why or by whom where that is asked: it need not repeat what that says."""
        if at == 0:
            return False
        key = self.keys[at]
        why = self.question.kind == "why" and BECAUSE.search(key) is not None
        return self.promises[at - 1] or why or self._names_aspect(at) or _PRONOUN.match(key) is not None and (self._tells_maker(key) or self._alone_tells(at))

    def _names_aspect(self, at: int) -> bool:
        """True for "缺点是…" where that is asked of what the sentence above names."""
        found = _ASPECT.match(self.keys[at])
        return found is not None and found["aspect"] in self._weights and self.same_line[at] and found["aspect"] not in self.keys[at - 1]

    def _alone_tells(self, at: int) -> bool:
        """True for a sentence with the list or the number that is asked for, behind one without any."""
        if self.question.kind not in ("list", "number"):
            return False
        here, above = (shape(self.keys[one], self.question, "", False) for one in (at, at - 1))
        return here > above == 0

    def _above(self, at: int) -> range:
        """The sentences above one that it goes on from: all that ask and promise in a row, or a single one, or none."""
        if at in self.heads:
            return range(self.heads[at], self.heads[at] + 1)
        first = at
        while first and self.promises[first - 1]:
            first -= 1
        return range(at - 1 if first == at and self.goes_on(at) else first, at)

    def _tells_maker(self, key: str) -> bool:
        """True for a folded sentence that names who made something, where that is asked."""
        return self._asks_maker and tells_maker(self.asked_key, key)

    def _score(self, at: int, meant: Meant, of_core: bool) -> Scored:
        body, key = self.bodies[at], self.keys[at]
        above = "".join(self.keys[other] for other in self._above(at))
        coverage = self.coverage(key, above)
        value = coverage + _PAIR_WEIGHT * len(self._asked & self._pairs[at]) / max(len(self._asked), 1)
        value += _TOKENS_WEIGHT * meant.tokens + _ALONE_WEIGHT * meant.alone
        value += _SHAPE_WEIGHT * (1.0 if self._tells_maker(key) or self._names_aspect(at) else shape(key, self.question, self.under, at == 0))
        value += _CORE_WEIGHT * of_core
        if self.question.measure and not self.measures(at):
            value -= _UNMEASURED_PENALTY
        if at and self.promises[at - 1]:
            value += self._kept(at, above)
        if self.empty[at] or (self._wants_words and _HAN.search(key) is None):
            value -= _EMPTY_PENALTY
        elif len(body) < _SHORT and at not in self.heads:
            value -= _SHORT_PENALTY
        return Scored(self._spans[at], value, coverage)
