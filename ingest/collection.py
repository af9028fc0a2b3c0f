"""All segments of a generation, read as one: its articles, its vectors and its terms.

Most collections are one segment, and nothing stands between the reader and its files.
A large one is several: what was indexed once stays where it lies, and what an ingest
adds or changes is a segment of its own (see `ingest.plan`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.beside import Beside
from ingest.calibrate import CALIBRATION_FILE, Calibration, read_calibration
from ingest.index import Terms
from ingest.places import PLACES_FILE, Places
from ingest.postings import PAIRS, WORDS, Postings
from ingest.probes import PROBES_FILE
from ingest.shelf import Shelf
from ingest.store import Store
from ingest.tokenvectors import TokenVectors
from ingest.vectors import MEAN_FILE, Vectors, read_mean

if TYPE_CHECKING:
    import numpy as np

WHOLE = "."  # the folder of the only segment: the generation itself
STAMPS_FILE = "stamps.json"  # (size, mtime_ns) of files that were touched since their segment was written
GENERATION_FILES = frozenset((MEAN_FILE, CALIBRATION_FILE, PLACES_FILE, STAMPS_FILE, PROBES_FILE))  # of no one segment


def segment_folders(manifest: dict) -> list[str]:
    """The folders of a generation's segments, relative to its own."""
    return [one["folder"] for one in manifest.get("segments", [{"folder": WHOLE}])]


def open_shelf(folder: Path, manifest: dict) -> Store:
    """The articles of a generation, without what is searched."""
    folders = segment_folders(manifest)
    if folders == [WHOLE]:
        return Store(folder)
    sizes = [one["passages"] for one in manifest["segments"]]
    return Shelf([Store(folder / name) for name in folders], Places.read(folder, sizes), folder / STAMPS_FILE)


class Collection:
    """Everything a question or an ingest reads of a generation. Immutable; close `store` when done."""

    def __init__(self, folder: Path, manifest: dict) -> None:
        folders = [folder / name for name in segment_folders(manifest)]
        self.folders = folders
        self.parts = [Vectors(one) for one in folders]
        sizes = [part.size for part in self.parts]
        self.places = Places(None, sizes) if folders == [folder / WHOLE] else Places.read(folder, sizes)
        self.stores = [Store(one) for one in folders]
        self.store: Store = self.stores[0] if self.places.whole else Shelf(self.stores, self.places, folder / STAMPS_FILE)
        self.vectors = AllVectors(self.parts, self.places)
        self.token_parts = [TokenVectors(one, part.dim, part.size) for one, part in zip(folders, self.parts, strict=True)]
        self.tokens = AllTokens(self.token_parts, self.places)
        self.terms, self.pairs = (
            Terms([Postings(one, store.connection, field) for one, store in zip(folders, self.stores, strict=True)], self.places)
            for field in (WORDS, PAIRS)
        )
        self.mean: np.ndarray = read_mean(folder, self.vectors.dim)
        self.calibration: Calibration = read_calibration(folder)


class AllVectors:
    """The dense leg of a whole generation."""

    def __init__(self, parts: Sequence[Vectors], places: Places) -> None:
        self._parts, self._places = parts, places
        self._dead = [places.dead(number) for number in range(len(parts))]
        self.size, self.dim = places.size, parts[0].dim
        self._large = sum(not part.exact for part in parts) > 1  # worth a second core

    @property
    def exact(self) -> bool:
        """False when a search compares only what the codes of some segment put first."""
        return all(part.exact for part in self._parts)

    def nearest(
        self, query: np.ndarray, count: int, allowed: np.ndarray | None = None, exact: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Up to `count` (rows, similarities), best first, ties by row; only `allowed` rows if given.

        `query`: (dim,) float32. `exact` searches large segments whole.
        """
        import numpy as np

        if allowed is not None:
            segments, local = self._places.locate(np.asarray(allowed, np.int64))

        def of(numbers: Iterator[int]) -> list[tuple[np.ndarray, np.ndarray]]:
            found = []
            for number in numbers:
                mine = None if allowed is None else local[segments == number]
                if mine is None or len(mine):
                    rows, similar = self._parts[number].nearest(query, count, mine, self._dead[number], exact)
                    found.append((self._places.rows(number, rows), similar))
            return found

        todo = iter(range(len(self._parts)))  # two threads may take from it: a range's iterator is one step
        others = Beside(lambda: of(todo), offered=True) if self._large else None
        try:
            found = of(todo)
        finally:  # of damage, too: what waits for a core would hold on to this generation
            helped = others is not None and not others.withdrawn()
        if helped:
            found += others.result()
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        every, similar = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((every, -similar))[:count]
        return every[order], similar[order]

    def rows(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """The stored vectors of `rows`: (len(rows), dim) float32."""
        import numpy as np

        found = np.empty((len(rows), self.dim), np.float32)
        segments, local = self._places.locate(np.asarray(rows, np.int64))
        for number, part in enumerate(self._parts):
            mine = segments == number
            if mine.any():
                found[mine] = part.rows(local[mine])
        return found


class AllTokens:
    """The tokens of a whole generation."""

    def __init__(self, parts: Sequence[TokenVectors], places: Places) -> None:
        self._parts, self._places = parts, places

    def of(self, row: int) -> np.ndarray:
        """The packed tokens of passage `row`, in order: (n, width) uint8, see `ingest.tokenvectors`."""
        segment, local = self._places.place_of(row)
        return self._parts[segment].of(local)
