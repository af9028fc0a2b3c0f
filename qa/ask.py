"""The one core behind every door: a question in, an Answer out."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from ingest.embed import preload as preload_model
from ingest.terms import preload as preload_terms
from ingest.types import Article, Span
from ingest.searchtext import search_text
from qa.answer import Scored, choose, score_sentences
from qa.confidence import answers_above, confidence, features
from qa.opened import Opened
from qa.places import lines_of_span, page_of, staleness
from qa.question import Question, check, understand
from qa.retrieve import retrieve
from qa.types import Answer, Citation, Hit

DEFAULT_K = 5  # citations
MAX_K = 50  # more is not an answer but a listing
NEAREST_TITLES = 3
_ANSWERING = 3  # of the first citations, those whose sentences may enter the answer text
_NEAR_TOP = 0.9  # a further citation enters when its sentence scores at least this share of the best


def warm_up() -> None:
    """Begin to load the model and the dictionary, each in a thread of its own, and return at once."""
    for load in (preload_model, preload_terms):
        threading.Thread(target=load, daemon=True).start()


class Asker:
    """Answers questions from the index in a folder. Safe to use from several threads."""

    def __init__(self, index: Path) -> None:
        self.index = Path(index)
        self._opened = Opened(self.index)
        self._swap = threading.Lock()

    @property
    def opened(self) -> Opened:
        """The generation that the next question will be asked of."""
        return self._opened

    def refresh(self) -> bool:
        """Open a newly published generation, if there is one; questions under way keep theirs."""
        from ingest.generation import current_name

        with self._swap:
            if current_name(self.index) == self._opened.generation.folder.name:
                return False
            newer = Opened(self.index)
            newer.share_embedder(self._opened)
            self._opened = newer  # the older one closes when its last question lets go of it
            return True

    def ask(self, question: str, k: int = DEFAULT_K) -> Answer:
        """Answer `question` with up to `k` citations, best first. UsageError for a bad question."""
        started = time.perf_counter()
        opened = self._opened
        asked = understand(check(question))
        hits = retrieve(opened, asked, opened.embed(asked.text), max(1, min(k, MAX_K)))
        answer = _answer(opened, asked, hits, started)
        return answer


def _answer(opened: Opened, question: Question, hits: list[Hit], started: float) -> Answer:
    """Cite `hits`, choose the sentences that answer, and judge whether they do."""
    articles: dict[str, Article] = {}
    for hit in hits:
        id_ = hit.passage.article_id
        if id_ not in articles:
            articles[id_] = opened.store.article(id_)
    chosen = [_choose(opened, articles[hit.passage.article_id], hit, question) for hit in hits]
    citations = tuple(
        _cite(opened, number, articles[hit.passage.article_id], hit, picked)
        for number, (hit, picked) in enumerate(zip(hits, chosen, strict=True), 1)
    )
    sure = _confidence(opened, question, hits, articles)
    found = bool(hits) and sure >= answers_above()
    nearest = tuple(dict.fromkeys(citation.title for citation in citations))[:NEAREST_TITLES]
    return Answer(
        question=question.text,
        found=found,
        confidence=round(sure, 4),
        text=_text(citations, chosen) if found else "",
        citations=citations,
        nearest=nearest,
        seconds=round(time.perf_counter() - started, 4),
    )


def _choose(opened: Opened, article: Article, hit: Hit, question: Question) -> list[Scored]:
    scored = score_sentences(article, hit.passage, question, opened.terms.idf)
    return choose(article, hit.passage, scored, question)


def _cite(opened: Opened, number: int, article: Article, hit: Hit, picked: list[Scored]) -> Citation:
    """The citation of one hit; `quote` is cut from the stored text by its span."""
    span = hit.passage.span
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
        answer_spans=tuple(one.span for one in picked),
        score=round(hit.score, 6),
        joins=hit.passage.joins,
        stale=staleness(opened.corpus, article),
    )


def _confidence(opened: Opened, question: Question, hits: list[Hit], articles: dict[str, Article]) -> float:
    """Probability that the hits answer; 0 without any."""
    if not hits:
        return 0.0
    first = hits[0].passage
    text = search_text(articles[first.article_id], first)
    return confidence(features(question, hits, text, opened.calibration))


def _text(citations: tuple[Citation, ...], chosen: list[list[Scored]]) -> str:
    """Verbatim sentences, hard wraps joined, each group followed by the [number] of its citation."""
    if not citations:
        return ""
    tops = [max((one.score for one in picked), default=0.0) for picked in chosen]
    best = max(tops[:_ANSWERING])
    parts = []
    for citation, top in list(zip(citations, tops, strict=True))[:_ANSWERING]:
        if citation.number == 1 or top >= _NEAR_TOP * best:
            parts.append(_in_words(citation) + f"[{citation.number}]")
    return "\n".join(parts)


def _in_words(citation: Citation) -> str:
    """The answering sentences of a citation; those of different lines stay on lines of their own."""
    words, end = "", None
    for span in citation.answer_spans:
        if end is not None and "\n" in citation.verbatim(Span(end, span.start)):
            words += "\n"
        words += citation.readable(span)
        end = span.end
    return words
