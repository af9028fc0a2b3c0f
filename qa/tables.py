"""Tables in a passage: which sentence names the columns of which row.

A row alone answers little: 26 is no subsidy before one reads what its column is called. Rows are sentences with tabs
between their cells, as the readers write them, or with bars, as Markdown has them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

RULE = re.compile(r"\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?")  # between the head of a table in Markdown and its rows
_LEAST_ROWS = 2  # below a head
_PAIR = 2  # columns of a table that may have no head: a name and what it is worth
_DIGIT = re.compile(r"\d")


def heads(bodies: Sequence[str]) -> dict[int, int]:
    """Of each sentence that is a row of a table, the number of the one that names its columns; not of rows without one."""
    found: dict[int, int] = {}
    begin = 0
    while begin < len(bodies):
        end = begin
        while end < len(bodies) and is_row(bodies[end]):
            end += 1
        rows = [at for at in range(begin + 1, end) if RULE.fullmatch(bodies[at].strip()) is None]
        if rows and (rows[0] > begin + 1 or _names_columns(bodies[begin], [bodies[at] for at in rows])):
            found.update(dict.fromkeys(rows, begin))
        begin = end + 1
    return found


def is_row(body: str) -> bool:
    """True for a sentence that is a row of a table."""
    return "\t" in body.strip() or body.strip().startswith("|")


def _names_columns(first: str, rows: Sequence[str]) -> bool:
    """True when the first row of a table names what stands in the others: of two columns alone where it holds no number and most others do."""
    if len(rows) < _LEAST_ROWS:
        return False
    if len(first.strip().strip("|").replace("|", "\t").split("\t")) > _PAIR:
        return True
    return _DIGIT.search(first) is None and 2 * sum(_DIGIT.search(row) is not None for row in rows) > len(rows)
