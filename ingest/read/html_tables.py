"""Which tables of a page hold facts, and which only lay it out."""

from __future__ import annotations

from dataclasses import dataclass

MIN_ROWS = 2  # of at least two cells: fewer are a box or a bar of buttons
MIN_CELL_CHARS = 3  # in a cell on average, with its tab: no more are the days of a calendar
MAX_CELL_CHARS = 80  # more are a column of the page, and no facts
LINKED_SHARE = 0.5  # of a table of facts, or an item of a list, less than this is text of links

# What stands inside the tables that lay out a page, and hardly ever in one of facts.
LAYOUT = frozenset("table h1 h2 h3 article main nav aside form input select textarea button iframe".split())


@dataclass(slots=True)
class Table:
    """A table while it is parsed: how many cells and rows it has so far, and whether it lays out the page."""

    lays_out: bool = False
    cells: int = 0
    rows: int = 0  # of at least two cells
    _in_row: int = 0

    def on_tag(self, tag: str) -> None:
        """Take in a start tag that stands in this table and in none within it."""
        if tag == "tr":
            self._in_row = 0
        elif tag in ("td", "th"):
            self.cells += 1
            self._in_row += 1
            self.rows += self._in_row == 2
        elif tag in LAYOUT:
            self.lays_out = True

    def holds_facts(self, chars: int, linked: int) -> bool:
        """True when `chars` code points of text, `linked` of them in links, stand in rows and cells as facts do."""
        fits = MIN_CELL_CHARS * self.cells < chars <= MAX_CELL_CHARS * self.cells
        return not self.lays_out and self.rows >= MIN_ROWS and fits and linked < LINKED_SHARE * chars
