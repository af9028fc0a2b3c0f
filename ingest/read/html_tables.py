"""Which tables and lists of definitions of a page hold facts, and which only lay it out.

What is found out at the end of one is written into the text by changing single characters, a line break into a
tab or a blank: whatever was marked before stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MIN_ROWS = 2  # of at least two cells: fewer are a box or a bar of buttons
MIN_CELL_CHARS = 3  # in a cell on average, with its tab: no more are the days of a calendar
MAX_CELL_CHARS = 80  # more are a column of the page, and no facts
MAX_TERM_CHARS, MAX_FACT_CHARS = 16, 60  # of a term of a list of definitions and what is told of it: more are a question and its answer
LINKED_SHARE = 0.5  # of a table of facts, or an item of a list, less than this is text of links

# What stands inside the tables that lay out a page, and hardly ever in one of facts.
LAYOUT = frozenset("table h1 h2 h3 article main nav aside form input select textarea button iframe".split())


@dataclass(slots=True)
class Table:
    """A table while it is parsed: how many cells and rows it has so far, and whether it lays out the page."""

    lays_out: bool = False
    cells: int = 0
    rows: int = 0  # of at least two cells
    _breaks: set[int] = field(default_factory=set)  # numbers of the parts of the text that are line breaks within cells
    _open: bool = False  # a cell of this table, not merely one that the table stands in
    _in_row: int = 0
    _ended: int | None = None  # number of the break with which the last cell ended
    _between: set[int] = field(default_factory=set)  # those breaks behind which another cell of the row follows

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

    def begin_cell(self, last: int) -> None:
        """Take in that a cell begins behind part `last` of the text."""
        self._open = True
        if self._in_row > 1 and self._ended == last:
            self._between.add(last)

    def add_break(self, at: int) -> None:
        """Take in that part `at` of the text is a line break; one between rows stays what it is."""
        if self._open:
            self._breaks.add(at)

    def end_cell(self, last: int) -> None:
        """Take in that a cell ends with part `last` of the text."""
        self._open = False
        self._ended = last if last in self._breaks else None
        self._breaks.discard(last)

    def put_in_rows(self, parts: list[str]) -> None:
        """Make each row one line: tabs between its cells, blanks for the breaks within them."""
        for at in self._breaks:
            parts[at] = " "
        for at in self._between:
            parts[at] = "\t"

    def holds_facts(self, chars: int, linked: int) -> bool:
        """True when `chars` code points of text, `linked` of them in links, stand in rows and cells as facts do."""
        fits = MIN_CELL_CHARS * self.cells < chars <= MAX_CELL_CHARS * self.cells
        return not self.lays_out and self.rows >= MIN_ROWS and fits and linked < LINKED_SHARE * chars


@dataclass(slots=True)
class Definitions:
    """A list of definitions while it is parsed. Each fact: the break between its term and itself, and whether both are short."""

    facts: list[tuple[int, bool]] = field(default_factory=list)
    _waits: bool = False  # for what is told of the last term
    _short: bool = False
    _break: int = -1

    def end_term(self, term: str | None) -> None:
        """Take in a term, dt; None for a long one."""
        name = (term or "").strip()
        self._waits, self._short = term is None or bool(name), 0 < len(name) <= MAX_TERM_CHARS and name[-1] not in "?？"

    def begin_fact(self, last: int) -> None:
        """Take in that something is told of the term, dd, behind part `last` of the text, a line break."""
        self._break = last

    def end_fact(self, fact: str | None) -> None:
        """Take in what is told, None for much; of more than one of a term, the first."""
        told = (fact or "").strip()
        if self._waits:
            self.facts.append((self._break, self._short and 0 < len(told) <= MAX_FACT_CHARS and "\n" not in told))
        self._waits = False

    def put_in_rows(self, parts: list[str]) -> bool:
        """Make each short term and its fact one line, where most are such. True where they were."""
        short = [at for at, is_short in self.facts if is_short and parts[at] == "\n"]
        if len(short) < MIN_ROWS or 2 * len(short) <= len(self.facts):
            return False
        for at in short:
            parts[at] = "\t"
        return True
