"""Questions to begin with, drawn from the headings of the articles, each tried before it is shown."""

from __future__ import annotations

import re

from ingest.boilerplate.words import COMMON_HEADINGS
from ingest.store import Store
from ingest.terms import fold
from qa.ask import Asker

_WANTED = 6  # examples on the page: two lines of buttons
_TRIED = 18  # headings asked before giving up; a warm question takes about 20 ms
_ARTICLES = 40  # articles looked into
_TERM = re.compile(r"[\w\-· ]{2,12}$")  # short, without punctuation: the name of a thing
_ASKS = re.compile(r"什么|为什么|如何|怎么|怎样|吗$|哪|多少|[?？]$")
_DEFINES = re.compile(r"什么是(.+)[?？]")
_POINTS = re.compile(r"[它他她这那本其]|上述|以上")  # a heading that leans on its article says nothing alone


def examples(asker: Asker) -> list[str]:
    """Up to six questions that the articles answer."""
    found: list[str] = []
    for question in _candidates(asker.opened.store)[:_TRIED]:
        answer = asker.ask(question, 1)
        if answer.found and _names(answer.text, question):
            found.append(question)
        if len(found) == _WANTED:
            break
    return found


def _names(answer: str, question: str) -> bool:
    """False for an answer to 什么是X that does not say X: 基础概念 names a section and is no term."""
    term = _DEFINES.fullmatch(question)
    return term is None or fold(term[1].strip()) in fold(answer)


def _candidates(store: Store) -> list[str]:
    """One question an article in turn, so that all articles have their say."""
    shelves = []
    ids = store.ids()
    step = max(1, len(ids) // _ARTICLES)
    for id_ in ids[::step][:_ARTICLES]:
        entry = store.entry(id_)
        questions = [_question(heading.text) for heading in entry.cleaned.headings] if entry else []
        shelves.append([question for question in dict.fromkeys(questions) if question])
    longest = max((len(shelf) for shelf in shelves), default=0)
    turns = [shelf[turn] for turn in range(longest) for shelf in shelves if turn < len(shelf)]
    return list(dict.fromkeys(turns))


def _question(heading: str) -> str | None:
    """A heading as a question, or None."""
    words = heading.strip()
    if _POINTS.search(words) or words in COMMON_HEADINGS:  # 概念 is the name of a section
        return None
    if _ASKS.search(words) and 4 <= len(words) <= 30:
        return words if words[-1] in "?？" else words + "？"
    return f"什么是{words}？" if _TERM.match(words) and not words.isascii() else None
