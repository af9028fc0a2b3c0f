"""The dense leg of one segment: vectors in half precision, written once and mapped. The only importer of faiss.

A small segment is searched whole. In a large one, vectors that are near each other lie
together (k-means), and a question looks only at the clusters nearest to it; what it looks
at is compared exactly, so clusters cost recall, never precision.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import damaged

if TYPE_CHECKING:
    import numpy as np

VECTORS_FILE = "vectors.faiss"
CLUSTERS_FILE = "clusters.bin"  # only of a segment with clusters
SUM_FILE = "sum.bin"
MEAN_FILE = "mean.bin"
MEAN_SHARE = 0.5  # of the corpus' mean vector that is taken off a question: what all passages share tells nothing

CLUSTERED_FROM = 50_000  # passages: a flat search of so many takes 4 ms, which needs no help
_ROWS_PER_CLUSTER = 256
_PROBED = 0.4  # of the clusters: recall@10 .999 on 125,000 sentences and passages of the question sets, .97 on vectors without clusters
_TRAINED_ON = 40  # rows a cluster, as faiss asks for at least 39
_ROUNDS = 8  # of k-means; more change no recall
_SEED = 1234
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
    # faiss's own path writer can return success on a full disk; Python's file object cannot.
    with open(folder / VECTORS_FILE, "wb") as file:
        writer = faiss.PyCallbackIOWriter(file.write)
        faiss.write_index(index, writer)
        del writer
    with open(folder / SUM_FILE, "wb") as file:
        file.write(total.astype("<f8").tobytes())


def write_clustered(folder: Path, dim: int, blocks: Iterable[np.ndarray]) -> None:
    """Write vectors so that near ones lie together, and their clusters; takes and raises what `write_vectors` does.

    It holds them all, in half precision: 100 MB of the largest segment.
    """
    import faiss
    import numpy as np

    faiss.omp_set_num_threads(os.cpu_count() or 1)
    vectors = np.concatenate([block.astype(np.float16) for block in blocks])
    count = max(1, len(vectors) // _ROWS_PER_CLUSTER)
    sample = np.linspace(0, len(vectors) - 1, min(len(vectors), count * _TRAINED_ON), dtype=np.int64)
    means = faiss.Kmeans(dim, count, niter=_ROUNDS, seed=_SEED, spherical=True)
    means.train(vectors[sample].astype(np.float32))
    nearest = np.concatenate([means.index.search(block, 1)[1][:, 0] for block in _single(vectors)])
    order = np.argsort(nearest, kind="stable")
    write_vectors(folder, dim, _single(vectors, order))
    with open(folder / CLUSTERS_FILE, "wb") as file:
        file.write(np.array([count], "<u4").tobytes())
        file.write(np.bincount(nearest, minlength=count).astype("<u4").tobytes())
        file.write(order.astype("<u4").tobytes())
        file.write(means.centroids.astype("<f4").tobytes())


def _single(vectors: np.ndarray, order: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """The `vectors`, in that order if given, in single precision and in blocks."""
    for begin in range(0, len(vectors), _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        yield vectors[rows if order is None else order[rows]].astype("f4")


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
        self._clusters = _Clusters(folder / CLUSTERS_FILE, self.size, self.dim) if (folder / CLUSTERS_FILE).exists() else None

    @property
    def exact(self) -> bool:
        """False when a search looks at the nearest clusters only."""
        return self._clusters is None

    def nearest(
        self,
        query: np.ndarray,
        count: int,
        allowed: np.ndarray | None = None,
        dead: np.ndarray | None = None,
        exact: bool = False,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Up to `count` (rows, similarities), best first, ties by row.

        `query`: (dim,) float32. `allowed`: int64 rows, no others are looked at. `dead`: (size,)
        bool, rows to be left out. `exact` looks at every cluster.
        """
        import faiss
        import numpy as np

        if query.shape != (self.dim,):
            raise ValueError(f"the question has shape {query.shape}, the index ({self.dim},)")
        looked_at = self._looked_at(query, allowed, dead, exact)
        parameters = None
        if looked_at is not None:
            bits = np.packbits(looked_at, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)
            parameters = faiss.SearchParameters(sel=selector)
        count = min(count, self.size)
        if count <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        faiss.omp_set_num_threads(1)  # threads that wait for each other make one question three times slower
        rows, scores = self._first(query, count, parameters)
        order = np.lexsort((rows, -scores))[:count]
        return rows[order], scores[order]

    def _first(self, query: np.ndarray, count: int, parameters) -> tuple[np.ndarray, np.ndarray]:
        """At least the first `count` (rows, similarities), and all that are as near as the last of them: faiss takes any."""
        most = min(count + 1, self.size)
        while True:
            scores, found = self._index.search(query[None], most, params=parameters)
            there = found[0] >= 0
            rows, scores = self._rows(found[0][there]), scores[0][there]
            if most == self.size or len(rows) < most or scores[count - 1] > scores[-1]:
                return rows, scores
            most = min(2 * most, self.size)

    def _looked_at(self, query, allowed, dead, exact: bool) -> np.ndarray | None:
        """Which places in the file a search looks at, (size,) bool; None for all."""
        import numpy as np

        mask = None
        if allowed is not None:
            mask = np.zeros(self.size, bool)
            mask[allowed] = True
        if dead is not None:
            mask = ~dead if mask is None else mask & ~dead
        if self._clusters is None:
            return mask
        if mask is not None:
            mask = mask[self._clusters.order]
        # A narrow filter leaves too little in the nearest clusters, and costs little to search whole.
        if exact or (mask is not None and mask.sum() < CLUSTERED_FROM):
            return mask
        near = self._clusters.near(query)
        return near if mask is None else near & mask

    def _rows(self, places: np.ndarray) -> np.ndarray:
        import numpy as np

        if self._clusters is None:
            return places
        return self._clusters.order[places].astype(np.int64)

    def rows(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """The stored vectors of `rows`: (len(rows), dim) float32."""
        import numpy as np

        if len(rows) == 0:
            return np.zeros((0, self.dim), np.float32)
        wanted = np.asarray(rows, dtype=np.int64)
        return self._index.reconstruct_batch(wanted if self._clusters is None else self._clusters.places(wanted))


class _Clusters:
    """The clusters of a segment's vectors, read in place."""

    def __init__(self, path: Path, rows: int, dim: int) -> None:
        import numpy as np

        try:
            content = np.memmap(path, "<u4", "r")
            count = int(content[0])
            edges = np.cumsum([1, count, rows, count * dim])
        except (OSError, ValueError, IndexError) as error:
            raise damaged(path) from error
        if len(content) != edges[-1]:
            raise damaged(path)
        self.ends = np.cumsum(content[edges[0] : edges[1]], dtype=np.int64)
        self.order = content[edges[1] : edges[2]]  # place in the file -> row
        self._centres = content[edges[2] :].view("<f4").reshape(count, dim)
        self._places: np.ndarray | None = None

    def near(self, query: np.ndarray) -> np.ndarray:
        """Which places belong to the clusters nearest to `query`: (rows,) bool."""
        import numpy as np

        count = len(self.ends)
        probed = max(1, round(_PROBED * count))
        best = np.argpartition(-(self._centres @ query), probed - 1)[:probed]
        mask = np.zeros(int(self.ends[-1]), bool)
        for cluster in best.tolist():
            mask[int(self.ends[cluster - 1]) if cluster else 0 : int(self.ends[cluster])] = True
        return mask

    def places(self, rows: np.ndarray) -> np.ndarray:
        """The place in the file of each of `rows`."""
        import numpy as np

        if self._places is None:
            places = np.empty(len(self.order), np.int32)
            places[self.order] = np.arange(len(self.order), dtype=np.int32)
            self._places = places
        return self._places[rows].astype(np.int64)
