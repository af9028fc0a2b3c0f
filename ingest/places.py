"""Where the passages of a generation lie: rows are numbered over all segments, in the order of article ids.

So a passage has the same row, and ties are broken alike, however the articles are spread
over segments.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ingest.errors import damaged

if TYPE_CHECKING:
    import numpy as np

PLACES_FILE = "places.bin"  # only where a generation has more than one segment


class Place(NamedTuple):
    """One article: its segment, its number there, its first row there, and how many passages it has."""

    segment: int
    number: int
    first: int
    count: int


def write_places(folder: Path, places: Iterable[Place]) -> None:
    """Write the places of all articles that are part of the generation, in the order of their ids."""
    import numpy as np

    table = np.array(list(places), "<u4").reshape(-1, len(Place._fields))
    with open(folder / PLACES_FILE, "wb") as file:
        file.write(table.tobytes())


class Places:
    """Rows of the generation and rows of its segments, turned into each other."""

    def __init__(self, table: np.ndarray | None, sizes: list[int]) -> None:
        """`table`: (articles, 4) uint32 as written, None where one segment is the whole; `sizes`: rows of each segment."""
        import numpy as np

        self._table, self._sizes = table, sizes
        self.size = sum(sizes)
        self._local: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        if table is not None:
            self._starts = np.concatenate([[0], np.cumsum(table[:, 3], dtype=np.int64)])
            self.size = int(self._starts[-1])

    @classmethod
    def read(cls, folder: Path, sizes: list[int]) -> Places:
        """The places of a generation of several segments. DamagedIndexError if they are not there."""
        import numpy as np

        try:
            table = np.frombuffer((folder / PLACES_FILE).read_bytes(), "<u4").reshape(-1, len(Place._fields))
        except (OSError, ValueError) as error:
            raise damaged(folder / PLACES_FILE) from error
        return cls(table, sizes)

    @property
    def whole(self) -> bool:
        """True when one segment is the whole generation: rows are its rows."""
        return self._table is None

    def articles(self) -> list[Place]:
        """The place of every article, in the order of ids; [] for a whole segment."""
        return [] if self._table is None else [Place(*row) for row in self._table.tolist()]

    def locate(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(segment, row there) of each row, both int64."""
        import numpy as np

        rows = np.asarray(rows, np.int64)
        if self._table is None:
            return np.zeros(len(rows), np.int64), rows
        at = np.searchsorted(self._starts, rows, "right") - 1
        return self._table[at, 0].astype(np.int64), self._table[at, 2] + rows - self._starts[at]

    def place_of(self, row: int) -> tuple[int, int]:
        """(segment, row there) of one row: a fifth of the time that `locate` takes for it."""
        if self._table is None:
            return 0, int(row)
        at = int(self._starts.searchsorted(row, "right")) - 1
        segment, _, first, _ = self._table[at].tolist()
        return segment, first + int(row) - int(self._starts[at])

    def rows(self, segment: int, local: np.ndarray) -> np.ndarray:
        """The row of each row of a segment, int64; -1 for one that is no longer part of the generation."""
        import numpy as np

        local = np.asarray(local, np.int64)
        if self._table is None:
            return local
        first, count, start = self._of(segment)
        at = np.searchsorted(first, local, "right") - 1
        there = (at >= 0) & (local < first[at] + count[at]) if len(first) else np.zeros(len(local), bool)
        return np.where(there, start[at] + local - first[at], -1) if len(first) else np.full(len(local), -1, np.int64)

    def row_of_article(self, segment: int, number: int) -> int | None:
        """The first row of a segment's article; None when it is no longer part of the generation."""
        import numpy as np

        if self._table is None:
            return None
        found = np.flatnonzero((self._table[:, 0] == segment) & (self._table[:, 1] == number))
        return int(self._starts[found[0]]) if len(found) else None

    def alive(self, segment: int) -> set[int] | None:
        """The numbers of a segment's articles that are part of the generation; None when all are."""
        if self._table is None:
            return None
        return set(self._table[self._table[:, 0] == segment, 1].tolist())

    def dead(self, segment: int) -> np.ndarray | None:
        """Which rows of a segment are no longer part of the generation, (rows,) bool; None when none is."""
        import numpy as np

        if self._table is None:
            return None
        first, count, _ = self._of(segment)
        if int(count.sum()) == self._sizes[segment]:
            return None
        edges = np.zeros(self._sizes[segment] + 1, np.int64)
        np.add.at(edges, first, 1)
        np.add.at(edges, first + count, -1)
        return np.cumsum(edges[:-1]) == 0

    def _of(self, segment: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(first row there, passages, first row) of a segment's articles that have passages, ascending."""
        import numpy as np

        if segment not in self._local:
            mine = np.flatnonzero((self._table[:, 0] == segment) & (self._table[:, 3] > 0))
            self._local[segment] = (
                self._table[mine, 2].astype(np.int64),
                self._table[mine, 3].astype(np.int64),
                self._starts[mine],
            )
        return self._local[segment]
