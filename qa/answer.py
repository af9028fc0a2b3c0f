"""Hits -> the sentences that answer: chosen, never written.

A sentence is judged by how much of the question's meaning it carries (idf-weighted terms
and character pairs), by the shape that its kind of question asks for ("X是指…" for a
definition, digits for a number, 因为 for a reason), and by the heading it stands under.
What a sentence means counts too: how near its tokens come to those of the question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.sentences import joined, sentences
from ingest.terms import fold, pairs
from ingest.types import Article, Passage, Span
from qa.features import defines
from qa.question import Question, in_its_words

MAX_SENTENCES = 3  # of one passage in the answer; a list may have more
MAX_LIST_ITEMS = 20
_NEAR_BEST = 0.85  # a neighbouring sentence joins when it scores at least this share of the best
_HEADING_SHARE = 0.6  # a term that stands in the heading counts this much for the sentence below it
_PAIR_WEIGHT = 0.35
_SHAPE_WEIGHT = 0.5
_NEAR_WEIGHT = 4.0  # right sentences of right passages: .936 against .933 without, .878 against .805 of paraphrases
_SHORT = 8  # a sentence below this many characters says little by itself
_SHORT_PENALTY = 0.4

# Shapes are looked for in folded text: one width, lower case.
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万亿两]+(?:年|月|日|个|种|次|倍|层|亿|万|分|成)")
_REASON = re.compile(r"因为|由于|原因|因此|所以|之所以|使得|导致|从而|目的是|为了|才能|以便|避免|免得|否则|担心|容易")
_LIST = re.compile(r"包括|包含|分为|分成|有以下|如下|主要有|有[一二两三四五六七八九十\d]+[种类个项点条]|第一|其一|一是|以下|[^、]+、[^、]+、|分[一二两三四五六七八九十\d]+[步种类个层]")
_CONTRAST = re.compile(r"而|区别|不同|相比|相反|前者|后者|但|则|差别|差异")
_HOW = re.compile(r"首先|然后|先|再|步|通过|使用|采用|利用|方法|做法|办法|把|将|可以")
# These are looked for in the text as it stands, so both widths are named.
_ITEM = re.compile(
    r"\s*(?:[-*\u2022\u00b7\u25cf\u25cb\u25aa]|[(\uff08]?\d{1,2}[.\u3001)\uff09\uff0e]|[(\uff08][一二三四五六七八九十\d]+[)\uff09]|[①-⑳]|[一二三四五六七八九十]+\u3001|第[一二三四五六七八九十]+|其[一二三四五])"
)
_LEAD_IN = re.compile(r"[:\uff1a]\s*$|如下[^\u3002]{0,4}$|以下[^\u3002]{0,8}$")
_ASKS = ("?", "\uff1f")


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of a passage and how well it answers (higher is better, about 0 to 2)."""

    span: Span
    score: float


def score_sentences(
    article: Article, passage: Passage, question: Question, idf: Callable[[str], float], near: Sequence[float] = ()
) -> list[Scored]:
    """Every sentence of `passage`, in order, with its score.

    `near`: how near each sentence comes to the question's tokens, -1 to 1; of no use unless it is one for each.
    """
    weights = {term: idf(term) for term in question.content}
    total = sum(weights.values()) or 1.0
    asked = frozenset(pairs("".join(question.content)))
    headings = fold(" ".join((article.title, *passage.headings)))
    under = fold(passage.headings[-1]) if passage.headings else ""
    scored = []
    spans = sentences(article.text, passage.span, passage.joins)
    meant = near if len(near) == len(spans) else [0.0] * len(spans)
    for number, span in enumerate(spans):
        body = joined(article.text, span, passage.joins)
        key = in_its_words(question, fold(body))
        here = sum(weight for term, weight in weights.items() if term in key)
        above = sum(weight for term, weight in weights.items() if term not in key and term in headings)
        value = (here + _HEADING_SHARE * above) / total
        value += _PAIR_WEIGHT * len(asked & frozenset(pairs(body))) / max(len(asked), 1)
        value += _NEAR_WEIGHT * meant[number]
        value += _SHAPE_WEIGHT * shape(key, question, under, number == 0)
        if len(body) < _SHORT or body.rstrip().endswith(_ASKS):
            value -= _SHORT_PENALTY  # a question does not answer one
        scored.append(Scored(span, value))
    return scored


def shape(key: str, question: Question, under: str, first: bool) -> float:
    """0 to 1: how far a folded sentence has the form that the kind of question asks for."""
    if question.kind == "definition" and question.focus:
        return defines(key, question.focus, under, first)
    if question.kind == "compare":
        sides = sum(side in key for side in question.sides)
        return 0.35 * sides + (0.3 if _CONTRAST.search(key) else 0.0)
    wanted = {"number": (_NUMBER, 0.6), "why": (_REASON, 0.6), "list": (_LIST, 0.8), "how": (_HOW, 0.3)}
    pattern, worth = wanted.get(question.kind, (None, 0.0))
    return worth if pattern and pattern.search(key) else 0.0


def choose(article: Article, passage: Passage, scored: Sequence[Scored], question: Question) -> list[Scored]:
    """The sentences of one passage that answer together, in order; empty for an empty passage."""
    if not scored:
        return []
    best = max(range(len(scored)), key=lambda at: (scored[at].score, -at))
    text = article.text
    if question.kind == "list" or _LEAD_IN.search(scored[best].span.of(text)):
        return _with_items(text, scored, best)
    picked = {best}
    for at in sorted(range(len(scored)), key=lambda at: (-scored[at].score, at)):
        near = scored[at].score >= _NEAR_BEST * scored[best].score > 0
        if len(picked) < MAX_SENTENCES and near and abs(at - best) <= 1:
            picked.add(at)
    return [scored[at] for at in sorted(picked)]


def _with_items(text: str, scored: Sequence[Scored], best: int) -> list[Scored]:
    """The best sentence and the list it opens or belongs to.

    A list is what follows a lead-in ("…如下", or a colon) on lines of its own, or neighbouring
    lines with numbers or bullets.
    """
    spans = [one.span for one in scored]
    own_line = [at == 0 or "\n" in text[spans[at - 1].end : spans[at].start] for at in range(len(spans))]
    is_item = [bool(_ITEM.match(span.of(text))) for span in spans]
    opens = [bool(_LEAD_IN.search(span.of(text))) for span in spans]
    first = best
    while first > 0 and own_line[first] and is_item[first] and is_item[first - 1]:
        first -= 1
    lead = next((at for at in range(first, max(-1, first - MAX_LIST_ITEMS), -1) if opens[at]), None)
    if lead is not None and all(own_line[at] for at in range(lead + 1, first + 1)):
        first = lead
    last = max(best, first)
    while last + 1 < len(spans) and _continues(last, own_line, is_item, opens[first]):
        last += 1
    return list(scored[first : min(last + 1, first + MAX_LIST_ITEMS)])


def _continues(last: int, own_line: Sequence[bool], is_item: Sequence[bool], led_in: bool) -> bool:
    """True when the sentence after `last` is still of the list: an item, or the rest of one."""
    after = last + 1
    if is_item[after]:
        return True
    if led_in and own_line[after]:
        return not any(is_item[: after + 1]) or is_item[last]
    return led_in and is_item[last] and not own_line[after]
