"""Which articles a question is asked of: by date and by path."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from datetime import date, timedelta

from ingest.errors import UsageError
from ingest.types import Article


@dataclass(frozen=True, slots=True)
class Filter:
    """Dates are inclusive; an article without a date is left out where one is asked for.

    `source` is a glob of the path, or a part of it, or of the web address. UsageError when
    `since` is after `until`.
    """

    since: date | None = None
    until: date | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise UsageError(
                f"开始日期 {self.since} 晚于结束日期 {self.until}，没有文章会符合。",
                f"The first date, {self.since}, is after the last, {self.until}: no article can be of both.",
            )

    def __bool__(self) -> bool:
        return any((self.since, self.until, self.source))

    def accepts(self, article: Article) -> bool:
        """True for an article that the question is asked of."""
        if (self.since or self.until) and article.date is None:
            return False
        if self.since and article.date < self.since or self.until and article.date > self.until:
            return False
        if not self.source:
            return True
        places = (article.path, article.url or "")
        if any(char in self.source for char in "*?["):
            return any(fnmatch.fnmatchcase(place, self.source) for place in places)
        return any(self.source in place for place in places)


def day(written: str | None, last: bool = False) -> date | None:
    """A date written 2024-03-05, 2024-03 or 2024 (then its first day, or its `last`). UsageError otherwise."""
    if not written:
        return None
    try:
        parts = [int(part) for part in written.replace("/", "-").split("-")]
        if len(parts) > 3:
            raise ValueError(written)
        year, month, monthday = (*parts, None, None)[:3]
        if last and monthday is None:
            following = date(year + 1, 1, 1) if month in (None, 12) else date(year, month + 1, 1)
            return following - timedelta(days=1)
        return date(year, month or 1, monthday or 1)
    except (ValueError, TypeError):
        raise UsageError(
            f"看不懂日期“{written}”。请写成 2024-03-05、2024-03 或 2024。",
            f"The date {written!r} is not understood. Write 2024-03-05, 2024-03 or 2024.",
        ) from None
