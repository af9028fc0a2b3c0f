"""The one core behind every door: a question in, an Answer out."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ingest.doubt import raise_doubt
from ingest.embed import Encoded
from ingest.embed import preload as preload_model
from ingest.errors import DamagedIndexError, UsageError, WenjuError
from ingest.generation import current_name
from ingest.reposts import bare
from ingest.searchtext import heading_line
from ingest.terms import fold
from ingest.terms import preload as preload_terms
from ingest.types import Article
from qa.answer import choose
from qa.compose import compose, measured_first, places_for_sides, sides_first, telling
from qa.confidence import answers_above, confidence, features
from qa.explain import explained
from qa.filter import Filter
from qa.homophones import sounded_out
from qa.judge import Scored
from qa.likeliest import Behind
from qa.merge import Found, merge
from qa.opened import Opened
from qa.places import lines_of_span, page_of, staleness
from qa.question import Question, check, expand, in_its_words, understand
from qa.retrieve import begin_lexical, begun, retrieve
from qa.spelling import respelt
from qa.types import Answer, Citation, Hit, Source
from qa.unnamed import unnamed
from qa.wholelist import MAX_LIST_CHARS, whole_lists

DEFAULT_K = 5  # citations
MAX_K = 50  # more is not an answer but a listing
NEAREST_TITLES = 3
_HAN = re.compile(r"[\u3400-\u9fff]")
_SPARE = 5  # more hits than citations: some become one


def warm_up() -> None:
    """Begin to load the model and the dictionary, each in a thread of its own, and return at once."""
    for load in (preload_terms, preload_model):
        threading.Thread(target=load, daemon=True).start()


class Asker:
    """Answers questions from the index in a folder. Safe to use from several threads."""

    def __init__(self, index: Path) -> None:
        self.index = Path(index)
        self._current = current_name(self.index)
        self._opened = self._open()
        self._whole: Path | None = None  # the generation in which a failed question found no damage
        self._swap = threading.Lock()

    @property
    def opened(self) -> Opened:
        """The generation that the next question will be asked of."""
        return self._opened

    def refresh(self) -> bool:
        """Open a newly published generation, if there is one; questions under way keep theirs."""
        with self._swap:
            current = current_name(self.index)
            if current in (self._current, self._opened.generation.folder.name):
                return False
            self._take(self._open())
            self._current = current
            return True

    def _open(self) -> Opened:
        """The newest generation; where a file of it turns out to be damaged, the one before, with a warning."""
        try:
            return Opened(self.index)
        except Exception as error:
            if _is_no_damage(error):
                raise
            return Opened(self.index, full=True)

    def _take(self, newer: Opened) -> None:
        newer.share_embedder(self._opened)
        self._opened = newer  # the older one closes when its last question lets go of it

    def _sound(self, failed: Opened, error: Exception) -> Opened:
        """Another generation that is whole, after `error` was met in one. `error` itself if that one is whole."""
        with self._swap:
            if self._opened is not failed:  # found by a question beside this one
                return self._opened
            if failed.generation.folder == self._whole:  # looked at before: that takes long
                raise error
            sound = Opened(self.index, full=True)
            if sound.generation.folder == failed.generation.folder:
                self._whole = sound.generation.folder
                sound.close()
                raise error
            if sound.generation.warnings:  # not merely published since
                raise_doubt(self.index)
            self._take(sound)
            return sound

    def ask(
        self, question: str, k: int = DEFAULT_K, *, where: Filter | None = None, explain: bool = False
    ) -> Answer:
        """Answer `question` with up to `k` citations, best first. UsageError for a bad question.

        `where` says which articles are asked; `explain` adds the reasons to the answer.
        """
        started = time.perf_counter()
        opened, text = self._opened, check(question)
        k = max(1, min(k, MAX_K))
        try:
            answer = _asked(opened, text, k, where, explain, started)
        except Exception as error:  # what a damaged file makes of a question can be anything
            if _is_no_damage(error):
                raise
            answer = _asked(self._sound(opened, error), text, k, where, explain, started)
        return replace(answer, question=question.strip())


def _asked(opened: Opened, question: str, k: int, where: Filter | None, explain: bool, started: float) -> Answer:
    """The answer that one generation gives to a checked question."""
    text, respelled = _respelt(opened, question)
    own = begun(opened, lambda: opened.embed(text))  # the longest step wants nothing but the text
    asked = _read(opened, text, respelled)
    allowed = _allowed(opened, where) if where else None
    lexical = begin_lexical(opened, asked, allowed)
    as_asked = _helped(opened, asked, own())
    hits = retrieve(opened, asked, as_asked, k + _SPARE, allowed, lexical)
    return _answer(opened, asked, as_asked, hits, k, started, explain)


def _is_no_damage(error: Exception) -> bool:
    """True for an error that tells a user something else than that the index is damaged."""
    return isinstance(error, WenjuError) and not isinstance(error, DamagedIndexError)


def understood(opened: Opened, question: str) -> Question:
    """A checked question, read as it was meant: names respelt, with the other names that the articles give."""
    return _read(opened, *_respelt(opened, question))


def _respelt(opened: Opened, question: str) -> tuple[str, dict[str, str]]:
    """A checked question with slips of the keyboard corrected, and what was read as what."""
    text, names = respelt(question, opened.terms)
    text, words = sounded_out(text, opened)
    return text, {**names, **words}


def _read(opened: Opened, text: str, respelled: dict[str, str]) -> Question:
    """What `understood` returns, of a question with its names respelt."""
    return replace(expand(understand(text), opened.store), respelt=tuple(respelled.items()))


def encoded(opened: Opened, question: Question) -> Encoded:
    """The question's vector and tokens; one without a Chinese character is helped by the Chinese name the articles give.

    A question in English lies far from every Chinese passage, the right one included.
    """
    return _helped(opened, question, opened.embed(question.text))


def _helped(opened: Opened, question: Question, own: Encoded) -> Encoded:
    """What `encoded` returns, from the question's `own` vector and tokens."""
    chinese = next((one for one in question.aliases if _HAN.search(one.other)), None)
    if chinese is None or _HAN.search(question.text):
        return own
    if question.focus == chinese.name:
        translated = opened.embed(f"什么是{chinese.other}")
    else:
        translated = opened.embed(fold(question.text).replace(chinese.name, chinese.other))
    both = own.vector + translated.vector
    return Encoded(both / float((both @ both) ** 0.5), translated.tokens)


def _allowed(opened: Opened, where: Filter):
    """The rows that a filter leaves, as int64. UsageError when it leaves none: that is no answer about the articles."""
    import numpy as np

    rows = np.array(opened.store.rows_where(where.accepts), np.int64)
    if not len(rows):
        dated = ("；没有日期的文章不在其内", "; those without a date are left out") if where.since or where.until else ("", "")
        raise UsageError(
            f"没有一篇文章符合所给的日期或来源{dated[0]}。请放宽 --since、--until 或 --source。",
            f"No article is of the dates or the source given{dated[1]}. Widen --since, --until or --source.",
        )
    return rows


def _answer(
    opened: Opened, question: Question, as_asked: Encoded, hits: list[Hit], k: int, started: float, explain: bool
) -> Answer:
    """Cite the best places, choose the sentences that answer, and judge whether they do."""
    merged, articles = merge(hits, opened.store, k, _SPARE)
    first = merged[0].hit if merged else None
    behind = Behind(opened, as_asked, first, hits) if first else None

    def answering(hit: Hit) -> list[Scored]:
        close = behind if hit.row == first.row else None
        return choose(articles[hit.passage.article_id], hit.passage, question, opened.terms.idf, hit.sentences, hit.core, close)

    most = places_for_sides(question, articles, merged, k) if question.sides else k
    whole = whole_lists(opened.store, articles, merged, answering, question.kind == "list", most)
    places, sides = sides_first(question, articles, whole)
    places, sides = measured_first(question, articles, places)[:k], min(sides, k)
    citations = tuple(_cite(opened, number, articles, *place) for number, place in enumerate(places, 1))
    why = features(opened, question, as_asked, hits)
    sure = confidence(why) if why else 0.0
    found = bool(hits) and sure >= answers_above()
    told = telling(citations, [picked for _, picked in places], sides) if found else []
    return Answer(
        question=question.text,
        found=found,
        confidence=round(sure, 4),
        text=compose(told),
        citations=citations,
        nearest=tuple(dict.fromkeys(citation.title for citation in citations))[:NEAREST_TITLES],
        seconds=round(time.perf_counter() - started, 4),
        read_as=dict(question.respelt),
        unnamed=_unnamed(question, told) if found else (),
        explain=explained(opened, question, [place for place, _ in places], why, sure) if explain else None,
    )


def _unnamed(question: Question, told: Sequence[Citation]) -> tuple[str, ...]:
    """What the question names and neither the citations `told` do, nor their titles, headings and dates."""
    said = ("\n".join((heading_line(one.title, one.headings), one.readable(), f"{one.date:%Y年%m月%d日}" if one.date else "")) for one in told)
    return unnamed(question, fold(question.text), [in_its_words(question, fold(text)) for text in said])


def _cite(opened: Opened, number: int, articles: dict[str, Article], one: Found, picked: list[Scored]) -> Citation:
    """The citation of one place; `quote` is cut from the stored text by its span."""
    hit = one.hit
    article = articles[hit.passage.article_id]
    span, answers = hit.passage.span, [chosen.span.of(article.text) for chosen in picked]
    return Citation(
        number=number,
        title=article.title,
        path=article.path,
        url=article.url,
        date=article.date,
        headings=hit.passage.headings,
        lines=lines_of_span(article.text, span),
        page=page_of(article, span.start),
        span=span,
        quote=span.of(article.text),
        answer_spans=tuple(chosen.span for chosen in picked),
        score=round(hit.score, 4),
        joins=hit.passage.joins,
        stale=staleness(opened.corpus, article),
        also=_sources(articles, one.also, answers),
    )


def _sources(articles: dict[str, Article], also: Sequence[Hit], answers: Sequence[str]) -> tuple[Source, ...]:
    """The other articles in whose almost equal passages the sentences that answer stand, all of them."""
    found: dict[str, Source] = {}
    for hit in also:
        article = articles[hit.passage.article_id]
        span = hit.passage.span
        text = bare(article.text[max(span.start - MAX_LIST_CHARS, 0) : span.end + MAX_LIST_CHARS])  # a list may go on beside it
        if all(bare(answer) in text for answer in answers):
            found[article.id] = Source(article.title, article.path, article.url, article.date)
    return tuple(found.values())
