"""What an HTML page says of itself: title, its own date, address and author, from markup alone."""

from __future__ import annotations

import json
import re
from datetime import date

_DATE_NAMES = (
    "article:published_time", "og:published_time", "datepublished", "publishdate", "pubdate", "firstpublishedtime",
    "weibo:article:create_at", "bytedance:published_time", "og:release_date", "dc.date", "dc.date.issued", "date",
)  # fmt: skip
_AUTHOR_NAMES = ("author", "article:author", "og:article:author")
_SAVED_FROM = re.compile(r"\s*saved from url=\(\d+\)(https?://\S+)")
_PUBLISHED_CLASS = re.compile(r"publish|entry-date|pubtime|post-date", re.IGNORECASE)
_MAX_JSON = 1 << 20  # characters of linked data; a page's own are a few thousand
_MAX_OBJECTS = 1000  # of linked data looked at


class Facts:
    """Collects the facts while a page is parsed; `title` is that of the head."""

    def __init__(self) -> None:
        self.title = ""
        self.linked = ""  # JSON-LD, one block after the other is tried
        self._meta: dict[str, str] = {}
        self._saved_from = ""
        self._time = ""
        self._objects: list[dict] = []

    def on_tag(self, tag: str, facts: dict[str, str | None], own: bool) -> None:
        """Take in a start tag; `own` says that it stands in the article and not beside it."""
        if tag == "meta":
            content = facts.get("content") or ""
            for key in ("property", "name", "itemprop"):
                self._meta.setdefault((facts.get(key) or "").lower(), content)
        elif tag == "link" and "canonical" in (facts.get("rel") or "").lower().split():
            self._meta.setdefault("canonical", facts.get("href") or "")
        elif tag == "time" and not self._time:
            published = (facts.get("itemprop") or "").lower() == "datepublished" or "pubdate" in facts
            if published or own or _PUBLISHED_CLASS.search(facts.get("class") or ""):
                self._time = facts.get("datetime") or ""

    def on_comment(self, comment: str) -> None:
        """A browser that saves a page notes its address in a comment."""
        match = _SAVED_FROM.match(comment)
        if match and not self._saved_from:
            self._saved_from = match[1]

    def on_linked(self, block: str) -> None:
        """Take in a block of JSON-LD; a broken one says nothing."""
        try:
            waiting = [json.loads(block[:_MAX_JSON])]
        except (ValueError, RecursionError):
            return
        while waiting and len(self._objects) < _MAX_OBJECTS:
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting.extend(value[:_MAX_OBJECTS])
            elif isinstance(value, dict):
                self._objects.append(value)
                waiting.append(value.get("@graph"))

    def _of_linked(self, key: str) -> str:
        """The first value of `key` among the objects that are articles."""
        for one in self._objects:
            value = one.get(key)
            if value and re.search("Article|Posting|Report", str(one.get("@type"))):
                value = value[0] if isinstance(value, list) and value else value
                return str(value.get("name") or "") if isinstance(value, dict) else str(value)
        return ""

    def headline(self, has_h1: bool) -> str:
        """The title: an `h1` in the text says it without the name of the site, so then only og:title is taken."""
        found = self._meta.get("og:title") or ("" if has_h1 else self._of_linked("headline") or self.title)
        return " ".join(found.split())

    def published(self) -> date | None:
        """The article's own date."""
        written = [self._meta.get(name, "") for name in _DATE_NAMES]
        for one in [*written, self._of_linked("datePublished"), self._time]:
            found = day(one)
            if found:
                return found
        return None

    def address(self) -> str | None:
        """Where the page stood, as an absolute address."""
        for one in (self._meta.get("canonical"), self._meta.get("og:url"), self._saved_from):
            if one and re.match(r"https?://[^\s/]", one.strip()):
                return one.strip()
        return None

    def author(self) -> str | None:
        """Who wrote it; an address is no name."""
        named = [*(self._meta.get(name, "") for name in _AUTHOR_NAMES), self._of_linked("author")]
        return next((one.strip() for one in named if one.strip() and "://" not in one), None)


def day(written: str) -> date | None:
    """The date at the start of `written` (2024-03-01, 2024/3/1, 2024年3月1日, 20240301), or None."""
    match = re.match(r"\s*(\d{4})([-/.年])(\d{1,2})[-/.月](\d{1,2})", written) or re.match(
        r"\s*(\d{4})()(\d{2})(\d{2})(?:\D|\d{6}|$)", written
    )
    try:
        return date(int(match[1]), int(match[3]), int(match[4])) if match else None
    except ValueError:
        return None
