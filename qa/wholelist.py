"""A list that the edge of its passage cuts is cited whole: the passage is drawn out over those beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ingest.sentences import sentences
from ingest.store import Store
from ingest.types import Article, Passage
from qa.answer import Scored
from qa.lists import begins_item, opens_list
from qa.merge import Found, touch, union
from qa.types import Hit, Meant

MAX_LIST_CHARS = 2000  # of a passage drawn out: forty lines, as many as an answer holds, of fifty characters
_AROUND = 6  # passages on each side: with what is drawn out they reach that far, and a hit may be made of several
_UNKNOWN = Meant(0.0, 0.0)  # of a sentence that no hit holds: it can belong to the list, not be what answers best

Choose = Callable[[Hit], list[Scored]]  # the sentences of a passage that answer


def whole_lists(
    store: Store, articles: dict[str, Article], places: Sequence[Found], choose: Choose, lists: bool
) -> list[tuple[Found, list[Scored]]]:
    """Each place with the sentences that answer there; without places that lie in one before. `lists`: a list is asked for."""
    kept: list[tuple[Found, list[Scored]]] = []
    for one in places:
        hit, chosen = drawn_out(store, articles[one.hit.passage.article_id], one.hit, choose, lists)
        if any(_overlap(hit.passage, other.hit.passage) for other, _ in kept):
            hit, chosen = one.hit, choose(one.hit)
        if not any(_overlap(hit.passage, other.hit.passage) for other, _ in kept):
            kept.append((replace(one, hit=hit), chosen))
    return kept


def drawn_out(store: Store, article: Article, hit: Hit, choose: Choose, lists: bool) -> tuple[Hit, list[Scored]]:
    """The hit, over as many passages beside it as its list reaches into, and the sentences that answer."""
    chosen = choose(hit)
    for after in (True, False):
        beside = None
        while _is_cut(article, hit.passage, chosen, lists, after):
            beside = _beside(store, hit) if beside is None else beside
            more = next((other for other in beside if _is_next(hit.passage, other, article.text, after)), None)
            if more is None:
                break
            wider = union(hit, replace(hit, passage=more, sentences=(_UNKNOWN,) * _count(article, more)))
            again = choose(wider)
            if not _reaches(again, chosen, after):
                break
            hit, chosen = wider, again
    return hit, chosen


def _is_cut(article: Article, passage: Passage, chosen: Sequence[Scored], lists: bool, after: bool) -> bool:
    """True when the chosen sentences may be a list, and touch that end of the passage."""
    if not chosen:
        return False
    first, last = (chosen[at].span.of(article.text) for at in (0, -1))
    listed = lists or opens_list(first) or opens_list(last) or begins_item(last)
    if after:
        return listed and not article.text[chosen[-1].span.end : passage.span.end].strip()
    return listed and begins_item(first) and not article.text[passage.span.start : chosen[0].span.start].strip()


def _beside(store: Store, hit: Hit) -> list[Passage]:
    """The passages around a hit in its section."""
    sections = store.sections(range(max(hit.row - _AROUND, 0), hit.row + _AROUND + 1))
    return store.passages([row for row, section in sections.items() if section == sections[hit.row]])


def _is_next(passage: Passage, other: Passage, text: str, after: bool) -> bool:
    """True when `other` is the passage right after, or right before."""
    return (passage.span < other.span) == after and touch(passage, other, text, MAX_LIST_CHARS)


def _count(article: Article, passage: Passage) -> int:
    return len(sentences(article.text, passage.span, passage.joins))


def _reaches(again: Sequence[Scored], chosen: Sequence[Scored], after: bool) -> bool:
    """True when the sentences chosen from the wider passage are those chosen before and some further that way."""
    further = again[-1].span.end > chosen[-1].span.end if after else again[0].span.start < chosen[0].span.start
    return further and {one.span for one in chosen} <= {one.span for one in again}


def _overlap(one: Passage, other: Passage) -> bool:
    return one.article_id == other.article_id and one.span.start < other.span.end and other.span.start < one.span.end
