"""Citations -> the text of an answer: verbatim sentences with the [number] of where each stands, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.terms import fold
from ingest.types import Span
from qa.answer import Scored
from qa.features import SENTENCE_ENDS
from qa.question import Question, in_its_words
from qa.sides import defined, headed, untold
from qa.types import Citation

_ANSWERING = 3  # of the first citations, those whose sentences may enter the text
_NEAR_TOP = 0.9  # a further citation enters when its sentence scores at least this share of the best


def compose(question: Question, citations: Sequence[Citation], chosen: Sequence[Sequence[Scored]]) -> str:
    """The sentences of the citations that answer, hard wraps joined; `chosen`: of each citation its sentences, scored."""
    if not citations:
        return ""
    tops = [max((one.score for one in picked), default=0.0) for picked in chosen]
    best = max(tops[:_ANSWERING])
    telling = _of_both_sides(question, citations)
    if not telling:
        telling = {one.number for one, top in zip(citations[:_ANSWERING], tops, strict=False) if top >= _NEAR_TOP * best}
    return "\n".join(f"{_in_words(one)}[{one.number}]" for one in citations if one.number == 1 or one.number in telling)


def _of_both_sides(question: Question, citations: Sequence[Citation]) -> set[int]:
    """Numbers of the first citation about each of two things that are compared; none where one is not to be found.

    Nor where the sentences of the first tell of both.
    """
    said = [in_its_words(question, fold(citations[0].readable(span))) for span in citations[0].answer_spans]
    if not question.sides or not untold(question.sides, said):
        return set()
    found = [next((one.number for one in citations if _about(question, side, one)), 0) for side in question.sides]
    return set(found) if all(found) else set()


def _about(question: Question, side: str, citation: Citation) -> bool:
    """True when a passage stands under the name of one side, or defines it."""
    if citation.headings and headed(side, in_its_words(question, fold(citation.headings[-1]))):
        return True
    return any(defined(side, piece) for piece in SENTENCE_ENDS.split(in_its_words(question, fold(citation.quote))))


def _in_words(citation: Citation) -> str:
    """The answering sentences of a citation; those of different lines stay on lines of their own."""
    words, end = "", None
    for span in citation.answer_spans:
        if end is not None and "\n" in citation.verbatim(Span(end, span.start)):
            words += "\n"
        words += citation.readable(span)
        end = span.end
    return words
