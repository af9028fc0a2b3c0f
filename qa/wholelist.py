"""A list that the edge of its passage cuts is cited whole: the passage is drawn out over those beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ingest.reposts import bare
from ingest.sentences import sentences
from ingest.store import Store
from ingest.types import Article, Passage
from qa.judge import Scored
from qa.lists import Lines
from qa.merge import Found, touch, union
from qa.types import Hit, Meant

MAX_LIST_CHARS = 2000  # of a passage drawn out: forty lines, as many as an answer holds, of fifty characters
_AROUND = 6  # passages on each side: with what is drawn out they reach that far, and a hit may be made of several
_UNKNOWN = Meant(0.0, 0.0)  # of a sentence that no hit holds: it can belong to the list, not be what answers best

Choose = Callable[[Hit], list[Scored]]  # the sentences of a passage that answer
Place = tuple[Found, list[Scored]]  # with the sentences that answer there


def whole_lists(
    store: Store, articles: dict[str, Article], places: Sequence[Found], choose: Choose, lists: bool, count: int
) -> list[Place]:
    """The first `count` places with the sentences that answer there; without places that lie in one before, and a list that
    another article has too once, with its sources. `lists`: a list is asked for.
    """
    kept: list[Place] = []
    told: list[Passage] = []  # those kept, and their twins
    drawn = False
    for one in places:
        if len(kept) == count and not drawn:
            break  # there is nothing that another place could be the twin of
        article = articles[one.hit.passage.article_id]
        if _overlaps(one.hit.passage, told):
            continue
        hit, chosen = drawn_out(store, article, one.hit, choose, lists)
        if _overlaps(hit.passage, told):
            hit, chosen = one.hit, choose(one.hit)
        twin = _twin(articles, kept, article, chosen) if hit is not one.hit else None
        if twin is not None:
            found, picked = kept[twin]
            own = found.hit.passage.article_id
            more = (other for other in (one.hit, *one.also) if other.passage.article_id != own)
            kept[twin] = replace(found, also=(*found.also, *more)), picked
        elif len(kept) < count:
            kept.append((replace(one, hit=hit), chosen))
            drawn = drawn or hit is not one.hit
        else:
            continue
        told.append(hit.passage)
    return kept


def drawn_out(store: Store, article: Article, hit: Hit, choose: Choose, lists: bool) -> tuple[Hit, list[Scored]]:
    """The hit, over as many passages beside it as its list reaches into, and the sentences that answer."""
    chosen, beside = choose(hit), None
    for after in (False, True):  # what opens the list first: with it the rest of the passage belongs to it
        if not _is_cut(article, hit.passage, chosen, lists, after):
            continue
        beside = _beside(store, hit) if beside is None else beside
        wider = _widened(article, hit, beside, after)
        again = choose(wider[-1]) if wider else []
        if again and _reaches(again, chosen, after):
            chosen = again
            hit = next(one for one in wider if all(one.passage.span.holds(sentence.span) for sentence in chosen))
    return hit, chosen


def _widened(article: Article, hit: Hit, beside: Sequence[Passage], after: bool) -> list[Hit]:
    """The hit with one more passage on that side, with two, and so on."""
    found: list[Hit] = []
    while more := next((other for other in beside if _is_next(hit.passage, other, article.text, after)), None):
        count = len(sentences(article.text, more.span, more.joins))
        hit = union(hit, replace(hit, passage=more, sentences=(_UNKNOWN,) * count))
        found.append(hit)
    return found


def _is_cut(article: Article, passage: Passage, chosen: Sequence[Scored], lists: bool, after: bool) -> bool:
    """True when the chosen sentences may be a part of a list that goes on beyond that end of the passage."""
    # What costs nothing to see comes first: few passages end with what answers.
    if not chosen or (article.text[chosen[-1].span.end : passage.span.end].strip() if after else not lists):
        return False
    spans = sentences(article.text, passage.span, passage.joins)
    lines = Lines(article, spans)
    first, last = (spans.index(chosen[at].span) for at in (0, -1))
    if not after:
        return lists and lines.runs_from_start(first)
    return lists or lines.opens[first] or lines.opens[last] or lines.items[last]


def _beside(store: Store, hit: Hit) -> list[Passage]:
    """The passages around a hit in its section."""
    sections = store.sections(range(max(hit.row - _AROUND, 0), hit.row + _AROUND + 1))
    return store.passages([row for row, section in sections.items() if section == sections[hit.row]])


def _is_next(passage: Passage, other: Passage, text: str, after: bool) -> bool:
    """True when `other` is the passage right after, or right before."""
    return (passage.span < other.span) == after and touch(passage, other, text, MAX_LIST_CHARS)


def _reaches(again: Sequence[Scored], chosen: Sequence[Scored], after: bool) -> bool:
    """True when the sentences chosen from the wider passage are those chosen before and some further that way."""
    further = again[-1].span.end > chosen[-1].span.end if after else again[0].span.start < chosen[0].span.start
    return further and {one.span for one in chosen} <= {one.span for one in again}


def _twin(articles: dict[str, Article], kept: Sequence[Place], article: Article, chosen: Sequence[Scored]) -> int | None:
    """The number of the place in another article that answers with the same sentences."""
    said = [bare(one.span.of(article.text)) for one in chosen]
    for at, (found, picked) in enumerate(kept):
        other = articles[found.hit.passage.article_id]
        if other.id != article.id and said == [bare(one.span.of(other.text)) for one in picked]:
            return at
    return None


def _overlaps(one: Passage, others: Sequence[Passage]) -> bool:
    return any(
        one.article_id == other.article_id and one.span.start < other.span.end and other.span.start < one.span.end for other in others
    )
