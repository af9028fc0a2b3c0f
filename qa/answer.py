"""Hits -> the sentences that answer: chosen, never written.

A sentence is judged by how much of the question's meaning it carries (idf-weighted terms
and character bigrams), by the shape that its kind of question asks for ("X是指…" for a
definition, digits for a number, 因为 for a reason), and by the passage it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.sentences import joined, sentences
from ingest.terms import fold, terms
from ingest.types import Article, Passage, Span
from qa.question import ASKING, Question

MAX_SENTENCES = 3  # of one passage in the answer; a list may have more
MAX_LIST_ITEMS = 20
_NEAR_BEST = 0.85  # a second sentence joins when it scores at least this share of the best
_HEADING_SHARE = 0.6  # a term that stands in the heading counts this much for the sentence below it
_BIGRAM_WEIGHT = 0.35
_SHAPE_WEIGHT = 0.5
_SHORT = 8  # a sentence below this many characters says little by itself
_SHORT_PENALTY = 0.4

_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万亿两]+(?:年|月|日|个|种|次|倍|层|亿|万|%|分)")
_REASON = re.compile(r"因为|由于|原因|因此|所以|之所以|使得|导致|从而|目的是|为了|才能|以便|避免")
_LIST = re.compile(r"包括|包含|分为|分成|有以下|如下|主要有|有[一二两三四五六七八九十\d]+[种类个项点]|第一|其一|一是|、.+、|以下|几[种类个]")
_CONTRAST = re.compile(r"而|区别|不同|相比|相反|前者|后者|但|则|差别|差异")
_ITEM = re.compile(r"\s*(?:[-*•·●○▪]|\(?\d{1,2}[.、))]|[((][一二三四五六七八九十\d]+[))]|[①-⑳]|[一二三四五六七八九十]+、|第[一二三四五六七八九十]+)")
_LEAD_IN = re.compile(r"[::]\s*$|如下|以下")
_HOW = re.compile(r"首先|然后|先|再|步|通过|使用|采用|利用|方法|做法|把|将")


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of a passage and how well it answers (higher is better, about 0 to 1.5)."""

    span: Span
    score: float
    coverage: float  # idf-weighted share of the question's content terms, headings included


def bigrams(text: str) -> frozenset[str]:
    """Character bigrams of the folded text, punctuation and white space left out."""
    key = re.sub(r"[\W_]+", "", fold(text))
    return frozenset(key[i : i + 2] for i in range(len(key) - 1)) or frozenset([key])


def score_sentences(
    article: Article, passage: Passage, question: Question, idf: Callable[[str], float]
) -> list[Scored]:
    """Every sentence of `passage`, in order, with its score."""
    weights = {term: idf(term) for term in question.content}
    total = sum(weights.values()) or 1.0
    asked = bigrams("".join(question.content))
    headings = fold(" ".join((article.title, *passage.headings)))
    under = fold(passage.headings[-1]) if passage.headings else ""
    scored = []
    for number, span in enumerate(sentences(article.text, passage.span, passage.joins)):
        body = joined(article.text, span, passage.joins)
        key = fold(body)
        here = sum(weight for term, weight in weights.items() if term in key)
        above = sum(weight for term, weight in weights.items() if term not in key and term in headings)
        coverage = (here + above) / total
        value = (here + _HEADING_SHARE * above) / total
        value += _BIGRAM_WEIGHT * len(asked & bigrams(body)) / len(asked)
        value += _SHAPE_WEIGHT * shape(key, question, under, number == 0)
        if len(body) < _SHORT or body.rstrip().endswith(("?", "?")):
            value -= _SHORT_PENALTY  # a question does not answer one
        scored.append(Scored(span, value, coverage))
    return scored


def shape(key: str, question: Question, under: str, first: bool) -> float:
    """0 to 1: how far a folded sentence has the form that the kind of question asks for."""
    if question.kind == "definition" and question.focus:
        return _defines(key, question.focus, under, first)
    if question.kind == "number":
        return 0.6 if _NUMBER.search(key) else 0.0
    if question.kind == "why":
        return 0.5 if _REASON.search(key) else 0.0
    if question.kind == "list":
        return 0.5 if _LIST.search(key) else 0.0
    if question.kind == "how":
        return 0.3 if _HOW.search(key) else 0.0
    if question.kind == "compare":
        sides = sum(side in key for side in question.sides)
        return 0.35 * sides + (0.3 if _CONTRAST.search(key) else 0.0)
    return 0.0


def _defines(key: str, focus: str, under: str, first: bool) -> float:
    """How surely a sentence defines `focus`: by its wording, or as the first one under that heading."""
    name = re.escape(focus)
    named = rf"{name}[”\"'」』》]?\s*(?:[((][^()()]{{0,60}}[))])?"
    if re.search(rf"(?:^|[,,。::;;“\"「]|所谓的?){named}\s*(?:一词|通常|一般|就|则|也|,|,)*(?:是指|指的是|指|是一|是[^否不非]|即|定义为|意味着|意思是|描述的?是|means|refers|is )", key):
        return 1.0
    if re.search(rf"(?:称为|叫做?|称作|称之为|被称为|名为)[“\"「]?{name}", key):
        return 0.9
    if re.search(rf"{named}[^,。]{{0,12}}(?:是指|指的是|是|指|即)", key):
        return 0.6
    if first and under and (focus == under or (focus in under and len(under) <= len(focus) + _HEADING_SLACK)):
        return 0.8
    return 0.0


_HEADING_SLACK = 6  # "涌现能力" or "什么是涌现" is still the heading of 涌现


def choose(article: Article, passage: Passage, scored: Sequence[Scored], question: Question) -> list[Scored]:
    """The sentences of one passage that answer together, in order; empty for an empty passage."""
    if not scored:
        return []
    best = max(range(len(scored)), key=lambda at: (scored[at].score, -at))
    if question.kind == "list":
        return _with_items(article.text, scored, best)
    picked = {best}
    for at in sorted(range(len(scored)), key=lambda at: (-scored[at].score, at)):
        near = scored[at].score >= _NEAR_BEST * scored[best].score > 0
        if len(picked) < MAX_SENTENCES and near and abs(at - best) <= 1:
            picked.add(at)
    if _LEAD_IN.search(scored[best].span.of(article.text)) and best + 1 < len(scored):
        picked.add(best + 1)  # "…如下:" says nothing without what follows
    return [scored[at] for at in sorted(picked)]


def _with_items(text: str, scored: Sequence[Scored], best: int) -> list[Scored]:
    """The best sentence and the list around it: the items that follow, or those it is one of."""
    is_item = [bool(_ITEM.match(one.span.of(text))) for one in scored]
    first = best
    if is_item[best]:
        while first > 0 and is_item[first - 1]:
            first -= 1
        if first > 0 and _LEAD_IN.search(scored[first - 1].span.of(text)):
            first -= 1
    last = best
    while last + 1 < len(scored) and is_item[last + 1]:
        last += 1
    if last == best and _LEAD_IN.search(scored[best].span.of(text)):
        last = min(best + MAX_SENTENCES, len(scored) - 1)
    return list(scored[first : min(last + 1, first + MAX_LIST_ITEMS)])


def content_coverage(question: Question, text: str, idf: Callable[[str], float]) -> float:
    """idf-weighted share of the question's content terms that stand in `text`: 0 to 1."""
    weights = {term: idf(term) for term in question.content if term not in ASKING}
    total = sum(weights.values())
    if not total:
        return 0.0
    standing = set(terms(text))
    key = fold(text)
    return sum(weight for term, weight in weights.items() if term in standing or term in key) / total
