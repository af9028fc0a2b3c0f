"""The lines of a PDF page in reading order, from the places of its characters.

All lengths are points (1/72 inch) of the page; y grows upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median

from ingest.read.pdf_chars import HAN_GAP, ROW_SHIFT, Run, is_han

TAB_GAP = 1.5  # em: cells of one row further apart are parted by a tab
GUTTER = 6.0  # points: the narrowest gutter of real two-column pages is about 10
STRAY_SHARE = 0.1  # so many runs may lie across a gutter: centred titles, captions
GUTTER_RANGE = (0.2, 0.8)  # share of the width in which a gutter is looked for (three columns: 0.33)
RAISED_SIZE = 0.8  # of the type beside it: superscripts are set at 0.6 to 0.75
RAISED_BY = 0.6  # em: so far from the baseline at most; the next line is at least 1.1 away
RAISED_WIDTH = 8  # em: a wider piece of small type is a line of its own
COLUMN_ROWS = 3  # fewer lines on one side are no column
FULL_SHARE = 0.75  # a line of running text is at least so wide in its column
PROSE_SHARE = 0.5  # so many lines of a column are; cells of a table are shorter
EDGE_SHARE = 0.8  # of the width: an edge two lines share further in is that of a table or list
STRETCHED_GAP = 3.5  # em: spaces of a justified line with few of them grow up to about 3 em
EVEN_GAPS = 0.35  # em: spaces of a justified line are equal but for the margins of Han punctuation
JUSTIFIED_END = 0.6  # em: a justified line ends so near the edge of its column
CROSSING_SHARE = 0.6  # a wider line lies across columns (a title)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of one column. `box` is the column's left and right edge; `column` numbers the columns of its page."""

    text: str
    left: float
    right: float
    y: float
    size: float
    cells: int
    box: tuple[float, float]
    column: int


def page_rows(runs: Sequence[Run], gutter: float | None = None) -> tuple[list[Row], float | None]:
    """The rows of a page in reading order, and the x between its columns (None: one column).

    Columns are read one after the other between the lines that lie across them. `gutter` is
    that of the page before: a page whose last column is short shows none by itself.
    """
    found = _gutter(runs, gutter)
    rows: list[Row] = []
    for at, (group, box) in enumerate(_columns(runs, found)):
        rows.extend(_row(row, box, at) for row in same_line(group))
    return rows, found


def _columns(runs: Sequence[Run], gutter: float | None) -> list[tuple[Sequence[Run], tuple[float, float]]]:
    """Groups of runs in reading order, each with the edges of its column."""
    if not runs:
        return []
    if gutter is None:
        return [(runs, _edges(runs))]
    across = [run for run in runs if run.left < gutter < run.right]
    sides = ([run for run in runs if run.right <= gutter], [run for run in runs if run.left >= gutter])
    inner = [_gutter(side) for side in sides]  # three columns and more
    boxes = [_edges(side) if side else (0.0, 0.0) for side in sides]
    groups: list[tuple[Sequence[Run], tuple[float, float]]] = []
    above = float("inf")
    for below in [*sorted({run.y for run in across}, reverse=True), float("-inf")]:
        for side, box, more in zip(sides, boxes, inner, strict=True):
            part = [run for run in side if below < run.y < above]
            if part:
                groups.extend([(part, box)] if more is None else _columns(part, more))
        line = [run for run in across if run.y == below]
        if line:
            groups.append((line, _edges(across)))
        above = below
    return groups


def _gutter(runs: Sequence[Run], before: float | None = None) -> float | None:
    """The x between two columns of running text; None when there is one column, or a table."""
    if len(runs) < COLUMN_ROWS:
        return None
    left, right = min(run.left for run in runs), max(run.right for run in runs)
    width = right - left
    narrow = [run for run in runs if run.right - run.left < CROSSING_SHARE * width]
    if before is not None and left < before:
        crossing = sum(run.left < before < run.right for run in narrow)
        if crossing <= STRAY_SHARE * len(runs):
            return before
    changes = [0] * (int(width) + 3)
    for run in narrow:
        changes[int(run.left - left) + 1] += 1
        changes[int(run.right - left) + 1] -= 1
    covers = list(accumulate(changes))
    first, last = (int(share * width) for share in GUTTER_RANGE)
    stray = max(1, STRAY_SHARE * len(runs))
    best, start = (0, 0), first
    for at in range(first, last + 2):
        if at > last or covers[at] > stray:
            best = max(best, (at - start, start))
            start = at + 1
    if best[0] < GUTTER:
        return None
    found = left + best[1] + best[0] / 2
    sides = ([run for run in runs if run.right <= found], [run for run in runs if run.left >= found])
    return found if all(_is_prose(side) for side in sides) else None


def _is_prose(side: Sequence[Run]) -> bool:
    """True when most lines fill the column that these runs would make."""
    if len(side) < COLUMN_ROWS:
        return False
    left, right = min(run.left for run in side), max(run.right for run in side)
    em = median(run.size for run in side)
    full = [run for run in side if run.right - run.left >= FULL_SHARE * (right - left)]
    return len(full) >= COLUMN_ROWS and len(full) >= PROSE_SHARE * len(side) and right - left > 8 * em


def _edges(runs: Sequence[Run]) -> tuple[float, float]:
    """Left and right edge of running text: the outermost that two lines share, or the outermost."""
    em = median(run.size for run in runs)
    lefts = sorted(run.left for run in runs)
    rights = sorted((run.right for run in runs), reverse=True)
    left = next((a for a, b in pairwise(lefts) if b - a <= em), lefts[0])
    right = next((a for a, b in pairwise(rights) if a - b <= em), rights[0])
    if right - left < EDGE_SHARE * (rights[0] - left):  # short lines alone share an edge
        right = rights[0]
    return left, right


def same_line(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs on one baseline together, from left to right; lines from top to bottom."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: -run.y):
        if rows and abs(rows[-1][0].y - run.y) <= ROW_SHIFT * max(rows[-1][0].size, run.size):
            rows[-1].append(run)
        else:
            rows.append([run])
    rows = _with_raised(rows)
    return [sorted(row, key=lambda run: run.left) for row in rows]


def _with_raised(rows: Sequence[list[Run]]) -> list[list[Run]]:
    """Rows of nothing but small signs (numbers of notes, exponents, indices) put into the row they belong to."""
    joined: list[list[Run]] = []
    raised: list[Run] = []
    for row in rows:
        base = max(row, key=lambda run: run.right - run.left)
        if raised and _belongs(raised, row):
            row = row + raised
            raised = []
        if raised:
            joined.append(raised)
            raised = []
        if joined and _belongs(row, joined[-1]):
            joined[-1].extend(row)
        elif base.right - base.left < RAISED_WIDTH * base.size:
            raised = row
        else:
            joined.append(row)
    return [*joined, raised] if raised else joined


def _belongs(signs: Sequence[Run], row: Sequence[Run]) -> bool:
    """True when each sign is smaller than the row's type, touches its height and stands within its width."""
    base = max(row, key=lambda run: run.right - run.left)
    left, right = min(run.left for run in row) - base.size, max(run.right for run in row) + base.size
    return all(
        sign.size <= RAISED_SIZE * base.size
        and abs(sign.y - base.y) <= RAISED_BY * base.size
        and left <= sign.left
        and sign.right <= right
        for sign in signs
    )


def _row(runs: Sequence[Run], box: tuple[float, float], column: int) -> Row:
    text, cells, reach = runs[0].text, 1, runs[0].right
    stretched = _stretched(runs, box)
    for run in runs[1:]:
        gap = (run.left - reach) / run.size
        if gap > TAB_GAP and not stretched:
            cells += 1
            text += "\t"
        elif gap > HAN_GAP or (gap > 0.1 and not (is_han(text[-1]) or is_han(run.text[0]))):
            text += " "
        text += run.text
        reach = max(reach, run.right)
    longest = max(runs, key=lambda run: len(run.text))
    return Row(text, runs[0].left, reach, longest.y, longest.size, cells, box, column)


def _stretched(runs: Sequence[Run], box: tuple[float, float]) -> bool:
    """True when the gaps of a row are the equal spaces of a justified line, not those between cells."""
    gaps = [(b.left - a.right) / b.size for a, b in pairwise(runs)]
    if not gaps or max(gaps) > STRETCHED_GAP or max(gaps) - min(gaps) > EVEN_GAPS:
        return False
    return abs(runs[-1].right - box[1]) <= JUSTIFIED_END * runs[-1].size
