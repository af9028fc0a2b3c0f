"""What is searched: vectors (FAISS) and terms (BM25), each written once and read in place.

Rows are the passages of a generation, numbered from 0 in the order of their ids.
Both legs score so that higher is better. The only importer of faiss.
"""

from __future__ import annotations

import math
import sqlite3
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import DamagedIndexError

if TYPE_CHECKING:
    import numpy as np

VECTORS_FILE = "vectors.faiss"
MEAN_FILE = "mean.bin"
MEAN_SHARE = 0.5  # of the corpus' mean vector that is taken off a question: what all passages share tells nothing
WORDS, PAIRS = "words", "pairs"  # the two lexical fields: jieba's words, and pairs of characters

# BM25 as in Robertson & Zaragoza 2009 with Lucene's idf; the usual constants.
K1 = 1.5  # saturation of a term's count
B = 0.75  # how much a passage's length counts
_MEAN_SCALE = 1000  # the mean length is stored in thousandths
_MAX_TF = 255  # counts are stored in one byte; beyond this BM25 is flat anyway
_UNIT_NORM_SLACK = 1e-2  # half precision rounds a unit vector by at most this

_SCHEMA = "CREATE TABLE {field} (term TEXT PRIMARY KEY, df INTEGER, at INTEGER) WITHOUT ROWID"


def write_vectors(folder: Path, dim: int, blocks: Iterable[np.ndarray]) -> None:
    """Write a flat inner-product index in half precision (exact within .001, see the README).

    `blocks`: arrays (n, dim) float32 of unit length that together hold row i for passage i.
    ValueError otherwise.
    """
    import faiss
    import numpy as np

    kind = faiss.ScalarQuantizer.QT_fp16
    index = faiss.IndexScalarQuantizer(dim, kind, faiss.METRIC_INNER_PRODUCT)
    for block in blocks:
        if block.ndim != 2 or block.shape[1] != dim or block.dtype != np.float32:
            raise ValueError(f"vectors must be (n, {dim}) float32, not {block.shape} {block.dtype}")
        norms = np.linalg.norm(block, axis=1)
        if len(norms) and not np.all(np.abs(norms - 1) < _UNIT_NORM_SLACK):
            raise ValueError(f"vectors must have unit length, not {norms.min():.4f} to {norms.max():.4f}")
        index.add(np.ascontiguousarray(block))
    # faiss's own path writer can return success on a full disk; Python's file object cannot.
    with open(folder / VECTORS_FILE, "wb") as file:
        writer = faiss.PyCallbackIOWriter(file.write)
        faiss.write_index(index, writer)
        del writer


def write_mean(folder: Path, blocks: Iterable[np.ndarray], dim: int) -> None:
    """Write the mean of all vectors, (dim,) float32: what every passage of this corpus has in common."""
    import numpy as np

    total, count = np.zeros(dim, np.float64), 0
    for block in blocks:
        total += block.sum(axis=0, dtype=np.float64)
        count += len(block)
    with open(folder / MEAN_FILE, "wb") as file:
        file.write((total / max(count, 1)).astype("<f4").tobytes())


def read_mean(folder: Path, dim: int) -> np.ndarray:
    """The mean that `write_mean` wrote. DamagedIndexError if it is not there."""
    import numpy as np

    mean = _map(folder / MEAN_FILE, np.dtype("<f4"))
    if mean.shape != (dim,):
        raise damaged(folder / MEAN_FILE)
    return np.array(mean)


class Vectors:
    """The dense leg: nearest passages by inner product of unit vectors (= cosine, higher is better)."""

    def __init__(self, folder: Path) -> None:
        import faiss

        try:  # mapped, not read: opening does not grow with the corpus
            self._index = faiss.read_index(str(folder / VECTORS_FILE), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise damaged(folder / VECTORS_FILE) from error
        self.size: int = self._index.ntotal
        self.dim: int = self._index.d

    def nearest(
        self, query: np.ndarray, count: int, allowed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Up to `count` (rows, similarities), best first, ties by row; only `allowed` rows if given.

        `query`: (dim,) float32. `allowed`: int64 rows.
        """
        import faiss
        import numpy as np

        if query.shape != (self.dim,):
            raise ValueError(f"the question has shape {query.shape}, the index ({self.dim},)")
        parameters = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(allowed.astype(np.int64))
            parameters = faiss.SearchParameters(sel=selector)
        count = min(count, self.size)
        if count <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        scores, rows = self._index.search(query[None], count, params=parameters)
        found = rows[0] >= 0
        rows, scores = rows[0][found], scores[0][found]
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def rows(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """The stored vectors of `rows`: (len(rows), dim) float32."""
        import numpy as np

        if len(rows) == 0:
            return np.zeros((0, self.dim), np.float32)
        return self._index.reconstruct_batch(np.asarray(rows, dtype=np.int64))


def postings_file(field: str) -> str:
    """The name of the file that holds a field's postings."""
    return f"{field}-postings.bin"


def lengths_file(field: str) -> str:
    """The name of the file that holds the number of terms of each row."""
    return f"{field}-lengths.bin"


class PostingsBuilder:
    """Collects the terms of passages, row by row, and writes the three parts of one lexical field."""

    def __init__(self, field: str = WORDS) -> None:
        self._field = field
        self._rows: dict[str, array] = {}
        self._counts: dict[str, array] = {}
        self._lengths = array("I")

    def add(self, terms: Iterable[str]) -> None:
        """Add the next row's terms."""
        row = len(self._lengths)
        counts = Counter(terms)
        for term, count in counts.items():
            if term not in self._rows:
                self._rows[term] = array("I")
                self._counts[term] = array("B")
            self._rows[term].append(row)
            self._counts[term].append(min(count, _MAX_TF))
        self._lengths.append(counts.total())

    def write(self, folder: Path, store: sqlite3.Connection) -> None:
        """Write postings and lengths to `folder`, and the dictionary to `store`.

        A posting list is its rows (4 bytes each, ascending) followed by their counts
        (1 byte each), padded to 4 bytes. Lengths: first their mean in thousandths, then
        one number a row, 4 bytes each.
        """
        store.execute(_SCHEMA.format(field=self._field))
        entries = []
        with open(folder / postings_file(self._field), "wb") as file:
            for term in sorted(self._rows):
                rows, counts = self._rows[term], self._counts[term]
                entries.append((term, len(rows), file.tell()))
                file.write(rows.tobytes())
                file.write(counts.tobytes())
                file.write(b"\0" * (-len(counts) % 4))
        mean = round(_MEAN_SCALE * sum(self._lengths) / max(len(self._lengths), 1))
        with open(folder / lengths_file(self._field), "wb") as file:
            file.write(array("I", [mean]).tobytes() + self._lengths.tobytes())
        store.executemany(f"INSERT INTO {self._field} VALUES (?, ?, ?)", entries)


class Terms:
    """A lexical leg: BM25 over the postings of a question's terms, and over nothing else."""

    def __init__(self, folder: Path, store: sqlite3.Connection, field: str = WORDS) -> None:
        import numpy as np

        self._store = store
        self._path = folder / postings_file(field)
        self._find = f"SELECT df, at FROM {field} WHERE term = ?"
        self._alike = f"SELECT term FROM {field} WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?"
        self._postings = _map(self._path, np.uint8)
        lengths = _map(folder / lengths_file(field), np.dtype("<u4"))
        if len(lengths) == 0:
            raise damaged(folder / lengths_file(field))
        self._mean_length = max(int(lengths[0]), 1) / _MEAN_SCALE
        self._lengths = lengths[1:]
        self.size = len(self._lengths)

    def idf(self, term: str) -> float:
        """Lucene's idf, ln(1 + (N - df + .5) / (df + .5)): 0 or more, highest for an unseen term."""
        found = self._store.execute(self._find, (term,)).fetchone()
        df = found[0] if found else 0
        return math.log1p((self.size - df + 0.5) / (df + 0.5))

    def knows(self, term: str) -> bool:
        """True when `term` stands in some row."""
        return self._store.execute(self._find, (term,)).fetchone() is not None

    def beginning_with(self, letter: str, shortest: int, longest: int) -> list[str]:
        """The terms that begin with `letter` and have so many characters, sorted."""
        return [term for (term,) in self._store.execute(self._alike, (letter, letter + chr(0x10FFFF), shortest, longest))]

    def scores(self, terms: Iterable[str], weight: Callable[[str], float] | None = None) -> np.ndarray:
        """BM25 of every row for these terms: (size,) float32, 0 where no term stands."""
        import numpy as np

        scores = np.zeros(self.size, np.float32)
        for term, times in Counter(terms).items():
            found = self._store.execute(self._find, (term,)).fetchone()
            if found is None:
                continue
            df, at = found
            rows = self._postings[at : at + 4 * df].view("<u4")
            counts = self._postings[at + 4 * df : at + 5 * df].astype(np.float32)
            if len(counts) != df or rows[-1] >= self.size:
                raise damaged(self._path)
            idf = math.log1p((self.size - df + 0.5) / (df + 0.5))
            norm = K1 * (1 - B + B * self._lengths[rows] / np.float32(self._mean_length))
            factor = idf * times * (K1 + 1) * (weight(term) if weight else 1.0)
            scores[rows] += np.float32(factor) * counts / (counts + norm.astype(np.float32))
        return scores


def _map(path: Path, dtype) -> np.ndarray:
    """The file as a read-only array without reading it; an empty one for an empty file."""
    import numpy as np

    try:
        if path.stat().st_size == 0:
            return np.zeros(0, dtype)
        return np.memmap(path, dtype=dtype, mode="r")
    except (OSError, ValueError) as error:
        raise damaged(path) from error


def damaged(path: Path) -> DamagedIndexError:
    """The error for a file of a generation that is not what was written."""
    return DamagedIndexError(
        f"索引文件损坏：{path.name}。请运行 qa ingest --rebuild 重建索引。",
        f"The index file {path.name} is damaged. Run `qa ingest --rebuild` to build it again.",
    )
