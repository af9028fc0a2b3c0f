"""Texts that several tests share: prose of a river, articles made of it, and how questions are compared."""

import re

from ingest.boilerplate import clean
from ingest.types import Article, Mark, Passage, Span
from qa.answer import choose
from qa.question import understand

PROSE = "渡船每天清早出发,傍晚回来,船工把桨收好,再把缆绳系在石桩上。"
MORE = "对岸的集市只开半天,所以赶集的人总要在天亮之前就来到渡口等候。"


def plain(text: str) -> str:
    """Letters and digits alone, in lower case: two questions that are the same in this are one."""
    return re.sub(r"[\s\W_]+", "", text).lower()


def article(text: str, id: str = "a.txt", title: str = "", marks: tuple[Mark, ...] = ()) -> Article:
    """An article of this text."""
    return Article(id, id, title, text, "", marks=marks)


def reasons(text: str, **more) -> dict[str, str]:
    """Dropped line -> reason."""
    return {item.span.of(text).strip(): item.reason for item in clean(article(text), **more).dropped}


def answering(text: str, question: str, *headings: str) -> list[str]:
    """The sentences that answer, of a passage that is the whole text; every term weighs the same."""
    passage = Passage("a.txt", Span(0, len(text)), headings)
    return [one.span.of(text) for one in choose(article(text, title="笔记"), passage, understand(question), lambda term: 1.0)]
