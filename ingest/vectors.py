"""The dense leg of one segment: vectors in half precision, written once and mapped. The only importer of faiss.

A small segment is searched whole. A large one also has codes, four bits for two dimensions
(product quantisation, Jegou, Douze & Schmid 2011): a question scans them all, and compares
what they put first exactly, so codes cost recall, never precision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.beside import cores
from ingest.errors import damaged

if TYPE_CHECKING:
    import numpy as np

VECTORS_FILE = "vectors.faiss"
CODES_FILE = "codes.faiss"  # only of a large segment
SUM_FILE = "sum.bin"
MEAN_FILE = "mean.bin"
MEAN_SHARE = 0.5  # of the corpus' mean vector that is taken off a question: what all passages share tells nothing

CODED_FROM = 50_000  # passages: a flat search of so many takes 5 ms, which needs no help
_CODE_BITS = 4  # of a part of a vector: its 16 centres fit the registers that faiss scans with
_CODE_DIMS = 2  # dimensions in a part: with 4 the first 256 hold .69 of the ten nearest of 131,000, with 2 .98
_SHORTLIST = 256  # rows that the codes put first; recall@10: .998 of a million made-up vectors in eight segments, 128: .986; .999 of 42,000 real ones in one
_SCANNED_FROM = 0.25  # share of a segment's rows that may be found: fewer are compared exactly in the same time
_TRAINED_ON = 4096  # rows: as many for each centre as faiss takes at most
_BLOCK = 4096  # rows handled at once
_UNIT_NORM_SLACK = 1e-2  # half precision rounds a unit vector by at most this


def write_vectors(folder: Path, dim: int, blocks: Iterable[np.ndarray]) -> None:
    """Write a flat inner-product index in half precision (exact within .001, see the README).

    `blocks`: arrays (n, dim) float32 of unit length that together hold row i for passage i.
    ValueError otherwise.
    """
    import faiss
    import numpy as np

    kind = faiss.ScalarQuantizer.QT_fp16
    index = faiss.IndexScalarQuantizer(dim, kind, faiss.METRIC_INNER_PRODUCT)
    total = np.zeros(dim, np.float64)
    for block in blocks:
        if block.ndim != 2 or block.shape[1] != dim or block.dtype != np.float32:
            raise ValueError(f"vectors must be (n, {dim}) float32, not {block.shape} {block.dtype}")
        norms = np.linalg.norm(block, axis=1)
        if len(norms) and not np.all(np.abs(norms - 1) < _UNIT_NORM_SLACK):
            raise ValueError(f"vectors must have unit length, not {norms.min():.4f} to {norms.max():.4f}")
        block = np.ascontiguousarray(block)
        index.add(block)
        # Half precision numbers are multiples of 2^-24, so this sum is exact, whatever the order.
        total += block.astype(np.float16).sum(axis=0, dtype=np.float64)
    _write_index(index, folder / VECTORS_FILE)
    with open(folder / SUM_FILE, "wb") as file:
        file.write(total.astype("<f8").tobytes())


def write_codes(folder: Path) -> None:
    """Write the codes of the vectors that `write_vectors` wrote, where vectors can be cut into parts. Holds 13 MB of the largest segment."""
    import faiss
    import numpy as np

    vectors = Vectors(folder)
    if vectors.dim % _CODE_DIMS:
        return
    faiss.omp_set_num_threads(cores())
    codes = faiss.IndexPQFastScan(vectors.dim, vectors.dim // _CODE_DIMS, _CODE_BITS, faiss.METRIC_INNER_PRODUCT)
    sample = np.linspace(0, vectors.size - 1, _TRAINED_ON, dtype=np.int64)  # a small segment's rows several times
    codes.train(vectors.rows(sample))
    for begin in range(0, vectors.size, _BLOCK):
        codes.add(vectors.rows(np.arange(begin, min(begin + _BLOCK, vectors.size))))
    _write_index(codes, folder / CODES_FILE)


def _write_index(index, path: Path) -> None:
    """faiss's own path writer can return success on a full disk; Python's file object cannot."""
    import faiss

    with open(path, "wb") as file:
        writer = faiss.PyCallbackIOWriter(file.write)
        faiss.write_index(index, writer)
        del writer


def read_sum(folder: Path, dim: int) -> np.ndarray:
    """The sum of the vectors of a segment, (dim,) float64. DamagedIndexError if it is not there."""
    return _numbers(folder / SUM_FILE, "<f8", dim)


def write_mean(folder: Path, mean: np.ndarray) -> None:
    """Write the mean of all vectors of a generation, (dim,): what every passage of this corpus has in common."""
    with open(folder / MEAN_FILE, "wb") as file:
        file.write(mean.astype("<f4").tobytes())


def read_mean(folder: Path, dim: int) -> np.ndarray:
    """The mean that `write_mean` wrote, (dim,) float32. DamagedIndexError if it is not there."""
    return _numbers(folder / MEAN_FILE, "<f4", dim)


def _numbers(path: Path, kind: str, count: int) -> np.ndarray:
    import numpy as np

    try:
        found = np.frombuffer(path.read_bytes(), kind)
    except (OSError, ValueError) as error:
        raise damaged(path) from error
    if found.shape != (count,):
        raise damaged(path)
    return found


class Vectors:
    """Nearest passages by inner product of unit vectors (= cosine, higher is better)."""

    def __init__(self, folder: Path) -> None:
        import faiss

        try:  # mapped, not read: opening does not grow with the corpus
            self._index = faiss.read_index(str(folder / VECTORS_FILE), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise damaged(folder / VECTORS_FILE) from error
        self.size: int = self._index.ntotal
        self.dim: int = self._index.d
        self._codes_path = folder / CODES_FILE
        self.exact: bool = not self._codes_path.exists()  # False when a search compares only what codes put first
        self._codes = None

    def nearest(
        self,
        query: np.ndarray,
        count: int,
        allowed: np.ndarray | None = None,
        dead: np.ndarray | None = None,
        exact: bool = False,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Up to `count` (rows, similarities), best first, ties by row.

        `query`: (dim,) float32. `allowed`: int64 rows, no others are found. `dead`: (size,)
        bool, rows to be left out. `exact` compares all of them.
        """
        import faiss
        import numpy as np

        if query.shape != (self.dim,):
            raise ValueError(f"the question has shape {query.shape}, the index ({self.dim},)")
        mask = self._mask(allowed, dead)
        living = self.size if mask is None else int(mask.sum())
        count = min(count, living)
        if count <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        faiss.omp_set_num_threads(1)  # threads that wait for each other make one question three times slower
        found = None
        if not (exact or self.exact) and living >= _SCANNED_FROM * self.size:
            found = self._coded(query, count, mask, living)
        rows, scores = self._compared(query, count, mask) if found is None else found
        order = np.lexsort((rows, -scores))[:count]
        return rows[order], scores[order]

    def _mask(self, allowed: np.ndarray | None, dead: np.ndarray | None) -> np.ndarray | None:
        """Which rows may be found, (size,) bool; None for all."""
        import numpy as np

        mask = None
        if allowed is not None:
            mask = np.zeros(self.size, bool)
            mask[allowed] = True
        if dead is not None:
            mask = ~dead if mask is None else mask & ~dead
        return mask

    def _coded(
        self, query: np.ndarray, count: int, mask: np.ndarray | None, living: int
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """(rows, similarities) of what the codes put first; None when that is fewer than `count`."""
        wanted = max(_SHORTLIST, 2 * count) * self.size // living  # some of which may not be found
        rows = self._scanned().search(query[None], min(wanted, self.size))[1][0]
        rows = rows[rows >= 0]
        if mask is not None:
            rows = rows[mask[rows]]
        return (rows, self.rows(rows) @ query) if len(rows) >= count else None

    def _scanned(self):
        """The codes, read when they are first asked for: 13 MB of the largest segment."""
        import faiss

        if self._codes is None:
            try:
                codes = faiss.read_index(str(self._codes_path))
            except (RuntimeError, MemoryError) as error:  # memory: for a length that is none
                raise damaged(self._codes_path) from error
            facts = (self.size, self.dim, self.dim // _CODE_DIMS, _CODE_BITS, faiss.METRIC_INNER_PRODUCT)
            if not isinstance(codes, faiss.IndexPQFastScan) or facts != (codes.ntotal, codes.d, codes.M, codes.nbits, codes.metric_type):
                raise damaged(self._codes_path)
            self._codes = codes
        return self._codes

    def _compared(self, query: np.ndarray, count: int, mask: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """At least the first `count` (rows, similarities), and all that are as near as the last of them: faiss takes any."""
        import faiss
        import numpy as np

        parameters = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        most = min(count + 1, self.size)
        while True:
            scores, found = self._index.search(query[None], most, params=parameters)
            there = found[0] >= 0
            rows, scores = found[0][there], scores[0][there]
            if most == self.size or len(rows) < most or scores[count - 1] > scores[-1]:
                return rows, scores
            most = min(2 * most, self.size)

    def rows(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """The stored vectors of `rows`: (len(rows), dim) float32."""
        import numpy as np

        if len(rows) == 0:
            return np.zeros((0, self.dim), np.float32)
        return self._index.reconstruct_batch(np.asarray(rows, dtype=np.int64))
