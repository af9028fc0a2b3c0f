"""What of a passage is searched: its title, its headings and its text, joined where it was wrapped."""

from __future__ import annotations

from ingest.sentences import joined
from ingest.types import Article, Passage


def heading_line(title: str, headings: tuple[str, ...]) -> str:
    """Title and heading path on one line; a heading that repeats the title is left out."""
    names = [name for name in (title, *headings) if name]
    return " > ".join(dict.fromkeys(names))


def search_text(article: Article, passage: Passage) -> str:
    """The text that is embedded for `passage` and that its terms are taken from."""
    body = joined(article.text, passage.span, passage.joins)
    return f"{heading_line(article.title, passage.headings)}\n{body}"
