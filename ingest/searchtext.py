"""What of a passage is searched: its title, its headings and its text, joined where it was wrapped."""

from __future__ import annotations

from ingest.sentences import joined, sentences
from ingest.terms import fold, terms
from ingest.types import Article, Cleaned, Passage, Span

BELOW = " > "  # between a heading and the one below it
# Dropped lines that speak of the article, not of its page.
_NOT_FURNITURE = frozenset(("title", "reference"))


def heading_line(title: str, headings: tuple[str, ...]) -> str:
    """Title and heading path on one line; a heading that repeats the title is left out."""
    names = [name for name in (title, *headings) if name]
    return BELOW.join(dict.fromkeys(names))


def search_text(article: Article, passage: Passage) -> str:
    """The text that is embedded for `passage` and that its terms are taken from."""
    body = joined(article.text, passage.span, passage.joins)
    return f"{heading_line(article.title, passage.headings)}\n{body}"


def search_key(article: Article, passage: Passage) -> str:
    """The search text, folded: its two lines each by itself, since a question looks at them again."""
    return f"{fold(heading_line(article.title, passage.headings))}\n{fold(joined(article.text, passage.span, passage.joins))}"


def sentence_texts(text: str) -> list[tuple[int, str]]:
    """Where each sentence of a search text begins in it, and what is embedded for it: its innermost heading and itself.

    Not the title, where there is no heading: it says the same of every sentence of an article
    (with it nDCG on manuals is .05 lower).
    """
    head, _, body = text.partition("\n")
    heading, start = head.partition(BELOW)[2].rpartition(BELOW)[2], len(head) + 1
    return [(start + span.start, f"{heading}\n{span.of(body)}") for span in sentences(body, Span(0, len(body)))]


def furniture_terms(article: Article, cleaned: Cleaned) -> set[str]:
    """The terms of the lines that were dropped as furniture of the page: what no passage should answer from."""
    dropped = (one.span.of(article.text) for one in cleaned.dropped if one.reason not in _NOT_FURNITURE)
    return set(terms("\n".join(dict.fromkeys(dropped))))
