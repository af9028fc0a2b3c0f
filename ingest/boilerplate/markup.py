"""What markup says of tables and lists, believed where their words do not say that they are furniture."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.boilerplate.bylines import is_bare_date
from ingest.boilerplate.edges import ANNOUNCES
from ingest.boilerplate.rows import Row, within
from ingest.boilerplate.rules import judge
from ingest.boilerplate.verdict import LIKELY
from ingest.boilerplate.zones import is_marker
from ingest.lines import NO_PROSE, PLAIN, TABLE, key_of
from ingest.types import HEADING_MARKS, ITEM_MARK, TABLE_MARK, Article

FURNISHED = 0.5  # of the rows of a table, with a cell that is furniture by its words: then all of it is


def heed_markup(article: Article, rows: Sequence[Row]) -> None:
    """Write into `rows` which are rows of a table of facts, and which items of a list that something opens."""
    starts = [row.line.span.start for row in rows]
    items: list[int] = []
    for mark in article.marks:
        if mark.kind == TABLE_MARK:
            table = within(rows, starts, mark.span)
            if table and not _is_furniture(article.text, rows, table):
                for at in table:
                    _make_table(rows[at])
        elif mark.kind == ITEM_MARK:
            items += within(rows, starts, mark.span)[:1]  # a mark says nothing of the lines below its first
    _open_lists(rows, sorted(set(items)))


def _is_furniture(text: str, rows: Sequence[Row], table: range) -> bool:
    """True below a marker (相关文章), and for a table of which many rows name dates of publishing, counts or notices."""
    above = table.start - 1
    if above >= 0 and is_marker(rows[above]):
        return True
    return sum(_is_furnished(text, rows[at]) for at in table) >= FURNISHED * len(table)


def _is_furnished(text: str, row: Row) -> bool:
    """True for a row with a cell that is furniture by its words; the dates of a chronicle are none."""
    cells = [key_of(cell) for cell in row.line.span.of(text).split("\t")]
    verdicts = [judge(cell) for cell in cells if cell and not is_bare_date(cell)]
    return any(verdict is not None and verdict.sure >= LIKELY for verdict in verdicts)


def _make_table(row: Row) -> None:
    if row.mark in (None, *HEADING_MARKS):
        row.mark, row.kind, row.prose, row.verdict = TABLE_MARK, TABLE, NO_PROSE, None


def _open_lists(rows: Sequence[Row], items: Sequence[int]) -> None:
    """Give bullets to the items of each list below a heading or a line that announces it, and to those that are sentences.

    A few words in a list that nothing opens are as likely tags, or the names below a comment.
    """
    opened = before = None
    for at in items:
        if before is None or at != before + 1:
            opened = at > 0 and _opens(rows[at - 1])
        if rows[at].kind == PLAIN and (opened or rows[at].prose != NO_PROSE):
            rows[at].bullet = True
        before = at


def _opens(above: Row) -> bool:
    """True for a heading, or a line that says that a list follows; not for a marker (相关文章)."""
    says_so = above.mark in HEADING_MARKS or above.key.endswith(":") or ANNOUNCES.search(above.key) is not None
    return says_so and not is_marker(above)
