"""Why an answer is what it is: the words that counted, other names, each passage's features, the refusal."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.searchtext import search_key
from ingest.terms import fold
from qa.confidence import OF_PAGE, answers_above
from qa.demands import names_in, numbers_in
from qa.merge import Found
from qa.opened import Opened
from qa.question import Question, in_its_words, stands


def explained(
    opened: Opened, question: Question, found: Sequence[Found], why: dict[str, float], sure: float
) -> dict:
    """The reasons as plain data, fit for JSON."""
    key = fold(question.text)
    return {
        "kind": question.kind,
        "focus": question.focus,
        "names": names_in(key) + numbers_in(key),
        "terms": {term: round(opened.terms.idf(term), 3) for term in question.content},
        "also_called": [
            {"name": one.name, "other": one.other, "path": one.article_id, "start": one.start, "end": one.end}
            for one in question.aliases
        ],
        "passages": [_passage(opened, question, number, one) for number, one in enumerate(found, 1)],
        "confidence": {**{name: round(value, 3) for name, value in why.items()}, "line": answers_above()},
        "refused": _refusal(question, why) if sure < answers_above() else None,
    }


def _passage(opened: Opened, question: Question, number: int, one: Found) -> dict:
    """Why one passage is there."""
    passage = one.hit.passage
    text = in_its_words(question, search_key(opened.store.article(passage.article_id), passage))
    return {
        "number": number,
        "found_by": sorted(one.hit.found_by),
        "matched": [term for term in question.content if stands(term, text)],
        "missing": [term for term in question.content if not stands(term, text)],
        "features": {name: round(value, 3) for name, value in one.hit.features.items()},
    }


def _refusal(question: Question, why: dict[str, float]) -> str:
    """The weakest of what confidence is made of, as a code: see `qa.messages`."""
    if not why:
        return "why_nothing"
    if question.focus and why["focus"] == 0:
        return "why_focus"
    for lacking in ("names", "number"):
        if why[lacking] > 0.5:  # most of what the question demands
            return f"why_{lacking}"
    if why["furniture"] > OF_PAGE / 2:  # more likely than not
        return "why_furniture"
    if why["coverage"] < 0.5:
        return "why_coverage"
    if why["read"] < 0:
        return "why_read"
    return "why_similarity"
