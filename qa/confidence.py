"""How likely it is that the passages found answer the question: a probability between 0 and 1.

A logistic model of nine numbers that mean the same in every collection. Its weights were
fitted on answerable and unanswerable questions of several collections, each weighing the
same, and stand in `weights.json` (`python -m eval fit`).
"""

from __future__ import annotations

import functools
import json
import math
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.searchtext import search_key
from ingest.terms import fold
from qa.demands import asks_maker, made, missing_names, missing_number, names_in, present_names, told_maker
from qa.features import coverage
from qa.ofpage import asks_of_page, like_page
from qa.question import Question, in_its_words, stands
from qa.types import Hit

if TYPE_CHECKING:
    from ingest.embed import Encoded
    from qa.opened import Opened

FEATURES = ("similarity", "weakest", "pointed", "read", "coverage", "focus", "names", "number", "furniture")
_LOOKED_AT = 3  # first hits that may hold the answer
NO_FOCUS = 0.5  # a question that names no one thing says neither that it stands there nor that it does not
_NO_MAKER = 3.0  # a maker that is not told of weighs as three numbers: whoever is asked for is named near many things
_ONE_NAME = 3  # terms, into which a name is cut; a question of more asks for other things too
_TOLD = 0.5  # so much of the question must a sentence say, headings included, that names who made something
_FAR = 1.5  # less similar, and without a word in common, is chatter
_ON_TOPIC = 2.0  # two standard deviations above everyday questions: one in forty of those comes so near
_NOTHING_SHARED = -1.0  # of 449 answerable questions on articles none that was answered is so; of everyday ones answered all the same, 11 of 31 and 3 of 40
OF_PAGE = 3.0  # of what surely asks about the page, and so of one that likely does its share; left-out AUROC is the same with 2 and 4

_QUOTED = re.compile(r"[“\"「『《]([^“”\"「」『』《》]{2,})")  # the closing mark may be gone
_PARTS = re.compile(r"(?:中|里面?|上)?的")


@functools.cache
def _model() -> dict:
    return json.loads((Path(__file__).parent / "weights.json").read_text("utf-8"))["confidence"]


def answers_above() -> float:
    """The line: with less confidence than this the articles are said not to answer."""
    return float(_model()["line"])


def features(opened: Opened, question: Question, asked: Encoded, hits: list[Hit]) -> dict[str, float]:
    """What confidence is made of; {} without hits.

    `similarity`: of the best passage, in standard deviations above what everyday questions reach.
    `weakest`: of the quarter of the question's tokens that the first passage is farthest from,
    likewise: a passage on the topic that lacks what is asked lacks it there.
    `pointed`: how far a sentence of the first passages stands out among the candidates' sentences,
    less how far the passage does among them: what answers says it in a sentence. Above 0 it counts
    in full from a `similarity` of `_ON_TOPIC` on: of sentences about something else, one always stands out.
    `read`: how surely the first passage answers, as `qa.reader` reads it; 0 where the model gives no tokens.
    `coverage`: idf-weighted share of the question's content terms in the first passage; `_NOTHING_SHARED`
    when no passage looked at holds any of them and `similarity` is below `_FAR`: 你好, 哈哈哈哈.
    `focus`: 1 when the thing asked about stands in the first passage, in parts if need be, 0 when not.
    `names`, `number`: what the question demands and the first passages lack, see `qa.demands`; the date of its article tells a name;
    a number (or a maker) that is not there is none however near the best passage comes, so it weighs against that.
    `furniture`: idf-weighted share of the content terms that stand in dropped lines of the pages
    and not in the first passage; `OF_PAGE` when the question names a part of the page, 点赞 or 会员; in between
    the more it is like questions about pages and the less of it the first passage says, see `qa.ofpage`.
    """
    if not hits:
        return {}
    calibration = opened.calibration
    key = fold(question.text)
    looked_at = [*opened.store.with_articles([hit.row for hit in hits[:_LOOKED_AT]])]
    texts = [in_its_words(question, search_key(*pair)) for pair in looked_at]
    dated = [f"{text}\n{_day(article.date, key)}" for text, (article, _) in zip(texts, looked_at, strict=True)]
    lacking = max(missing_number(question, key, texts), _missing_maker(opened, question, key, texts))
    similarity = (max(hit.features["similarity"] for hit in hits) - calibration.median) / calibration.spread
    return {
        "similarity": similarity,
        "weakest": (hits[0].features["weakest"] - calibration.near) / calibration.near_spread,
        "pointed": _pointed(hits, similarity),
        "read": hits[0].features["read"],
        "coverage": _coverage(hits, similarity),
        "focus": float(stands_there(question.focus, texts[0])) if question.focus else NO_FOCUS,
        "names": missing_names(key, dated),
        "number": lacking * max(1.0, similarity),
        "furniture": _furniture(opened, question, asked, texts[0], hits[0].features["coverage"]),
    }


def _day(day: date | None, key: str) -> str:
    """What the date of an article says of the numbers of a folded question: news of a day names its year nowhere else.

    Its month and day only where the question gives a month and a day: 5 of "哪5种方法" is none.
    """
    if day is None:
        return ""
    asked = [f"{number}{unit[0]}" for number, unit in ((day.month, "月"), (day.day, "日号")) if re.search(rf"(?<!\d)0?{number}\s?[{unit}]", key)]
    return "".join((f"{day.year}年", *asked))


def _coverage(hits: list[Hit], similarity: float) -> float:
    shared = any(hit.features["coverage"] for hit in hits[:_LOOKED_AT])
    return hits[0].features["coverage"] if shared or similarity >= _FAR else _NOTHING_SHARED


def _missing_maker(opened: Opened, question: Question, key: str, texts: list[str]) -> float:
    """Above 0 when it is asked who made something, and no sentence about that names anybody."""
    if not asks_maker(key):
        return 0.0
    thing = made(question, key)
    told = told_maker(key, texts, lambda text: coverage(thing, in_its_words(question, text), opened.terms.idf))
    return 0.0 if told is None or told >= _TOLD else _NO_MAKER if len(thing.content) <= _ONE_NAME else 1.0


def stands_there(focus: str, text: str) -> bool:
    """True when what is asked about stands in `text`: as it was put, what of it is quoted, or each part of "X 中的 Y"; a name however it is spelt."""
    quoted = _QUOTED.search(focus)
    parts = [quoted[1]] if quoted else [part.strip() for part in _PARTS.split(focus) if part.strip()]
    return focus in text or (bool(parts) and all(part in text or (names_in(part) == [part] and present_names([part], text) > 0) for part in parts))


def _pointed(hits: list[Hit], similarity: float) -> float:
    ahead = _most(hits, "sentences") - _most(hits, "dense")
    return ahead * min(max(similarity, 0.0) / _ON_TOPIC, 1.0) if ahead > 0 else ahead


def _most(hits: list[Hit], name: str) -> float:
    """The highest value of a feature in the first hits."""
    return max(hit.features[name] for hit in hits[:_LOOKED_AT])


def _furniture(opened: Opened, question: Question, asked: Encoded, text: str, covered: float) -> float:
    if asks_of_page(fold(question.text), text):
        return OF_PAGE
    weights = {term: opened.terms.idf(term) for term in question.content}
    total = sum(weights.values())
    dropped = opened.store.furniture(question.content)
    share = sum(weights[term] for term in dropped if not stands(term, text)) / total if total else 0.0
    return max(share, OF_PAGE * like_page(asked) * (1 - covered))


def confidence(values: dict[str, float]) -> float:
    """Probability of an answer, given the `FEATURES`."""
    model = _model()
    score = model["bias"] + sum(model[name] * values[name] for name in FEATURES)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
