"""Citations -> the text of an answer: verbatim sentences with the [number] of where each stands, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.sentences import joined
from ingest.terms import fold
from ingest.types import Article, Passage, Span
from qa.features import SENTENCE_ENDS
from qa.judge import Scored
from qa.merge import Found
from qa.question import Question, in_its_words
from qa.sides import defined, headed, untold
from qa.types import Citation
from qa.units import measured
from qa.wholelist import Place

_ANSWERING = 3  # of the first citations, those whose sentences may enter the text
# A further citation enters when its sentence scores at least this share of the best, and its place at most so much less than the
# first (in retrieval scores, log-odds). Of 709 questions one more is answered than by a share of .9 alone, with fewer sentences.
_NEAR_TOP, _NEAR_PLACE = 0.8, 2.0


def places_for_sides(question: Question, articles: Mapping[str, Article], found: Sequence[Found], count: int) -> int:
    """How many places to look at so that `sides_first` finds one about each thing compared: `count`, or more where a side stands further down.

    By the passages as they were found: what a list may be drawn out over is not looked at.
    """
    about = [_first_about(question, side, [one.hit.passage for one in found], articles) for side in question.sides]
    return count if None in about else max(count, *(at + 1 for at in about))


def sides_first(question: Question, articles: Mapping[str, Article], places: Sequence[Place]) -> tuple[list[Place], int]:
    """The places, the first about each of the things that are compared ahead of all others, and how many these are.

    As they are, and 0, where the sentences of the first place tell of both, or a side is not to be found.
    """
    if not question.sides or not places:
        return list(places), 0
    first, picked = places[0]
    passage, text = first.hit.passage, articles[first.hit.passage.article_id].text
    said = [in_its_words(question, fold(joined(text, one.span, passage.joins))) for one in picked]
    if not untold(question.sides, said):
        return list(places), 0
    about = [_first_about(question, side, [one.hit.passage for one, _ in places], articles) for side in question.sides]
    if None in about:
        return list(places), 0
    ahead = list(dict.fromkeys(about))
    return [places[at] for at in (*ahead, *(at for at in range(len(places)) if at not in ahead))], len(ahead)


def measured_first(question: Question, articles: Mapping[str, Article], places: Sequence[Place]) -> list[Place]:
    """The places, those ahead whose sentences tell a number of the quantity that is asked for in a unit; no other answers.

    Of those that come near the first, see `_NEAR_PLACE`: further down, numbers are of something else.
    """
    if not question.measure or not places:
        return list(places)
    tells = measured(question.measure)

    def lacking(place: Place) -> bool:
        passage, text = place[0].hit.passage, articles[place[0].hit.passage.article_id].text
        near = places[0][0].hit.score - place[0].hit.score <= _NEAR_PLACE
        return not near or not any(tells.search(fold(joined(text, one.span, passage.joins))) for one in place[1])

    return sorted(places, key=lacking)


def _first_about(question: Question, side: str, passages: Sequence[Passage], articles: Mapping[str, Article]) -> int | None:
    return next((at for at, one in enumerate(passages) if _about(question, side, one, articles)), None)


def _about(question: Question, side: str, passage: Passage, articles: Mapping[str, Article]) -> bool:
    """True when a passage stands under the name of one side, or defines it."""
    if passage.headings and headed(side, in_its_words(question, fold(passage.headings[-1]))):
        return True
    text = joined(articles[passage.article_id].text, passage.span, passage.joins)
    return any(defined(side, piece) for piece in SENTENCE_ENDS.split(in_its_words(question, fold(text))))


def telling(citations: Sequence[Citation], chosen: Sequence[Sequence[Scored]], sides: int) -> list[Citation]:
    """The citations whose sentences make up the text of an answer; `chosen`: of each citation its sentences, scored.

    `sides`: so many of the first tell what is compared, and no other answers.
    """
    if sides or not citations:
        return list(citations[:sides])
    tops = [max((one.score for one in picked), default=0.0) for picked in chosen[:_ANSWERING]]
    near = [top >= _NEAR_TOP * max(tops) and citations[0].score - one.score <= _NEAR_PLACE for one, top in zip(citations, tops, strict=False)]
    return [one for one, tells in zip(citations, [True, *near[1:]], strict=False) if tells]


def compose(citations: Sequence[Citation]) -> str:
    """The sentences of the citations that answer, hard wraps joined."""
    return "\n".join(f"{_in_words(one)}[{one.number}]" for one in citations)


def _in_words(citation: Citation) -> str:
    """The answering sentences of a citation; those of different lines stay on lines of their own."""
    words, end = "", None
    for span in citation.answer_spans:
        if end is not None and "\n" in citation.verbatim(Span(end, span.start)):
            words += "\n"
        words += citation.readable(span)
        end = span.end
    return words
