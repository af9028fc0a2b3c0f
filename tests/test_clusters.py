"""The vectors of large segments: clusters, and what is kept of the nearest passages, against exact search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.probes import best_of, read_nearest, write_nearest
from ingest.vectors import Vectors, read_sum, write_clustered, write_vectors


def _units(count: int, dim: int = 32) -> np.ndarray:
    """Unit vectors that lie in some thirty heaps, as those of texts do, rounded to half precision as by the pool."""
    chance = np.random.default_rng(3)
    found = chance.normal(size=(30, dim))[chance.integers(0, 30, count)] + 0.6 * chance.normal(size=(count, dim))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def test_clusters_find_nearly_all_and_compare_exactly(tmp_path):
    """A clustered segment returns rows with the same similarity as a flat one, and misses few."""
    vectors = _units(6000)
    (tmp_path / "flat").mkdir()
    (tmp_path / "clustered").mkdir()
    write_vectors(tmp_path / "flat", 32, [vectors])
    write_clustered(tmp_path / "clustered", 32, iter([vectors]))
    flat, clustered = Vectors(tmp_path / "flat"), Vectors(tmp_path / "clustered")
    assert not clustered.exact and np.array_equal(read_sum(tmp_path / "flat", 32), read_sum(tmp_path / "clustered", 32))
    assert np.array_equal(clustered.rows([5, 0, 5999]), flat.rows([5, 0, 5999]))
    shared = 0
    for query in _units(40):
        expected, similar = flat.nearest(query, 10)
        rows, scores = clustered.nearest(query, 10)
        exact = clustered.nearest(query, 10, exact=True)
        assert np.array_equal(exact[0], expected) and np.array_equal(exact[1], similar)
        known = dict(zip(expected.tolist(), similar.tolist(), strict=True))
        assert all(known.get(row, score) == score for row, score in zip(rows.tolist(), scores.tolist(), strict=True))
        shared += len(set(rows.tolist()) & set(expected.tolist()))
    assert shared >= 0.9 * 400


def test_clusters_respect_filters_and_dead_rows(tmp_path):
    """Rows that are filtered out or dead are never returned, with clusters and without."""
    vectors = _units(3000)
    write_clustered(tmp_path, 32, iter([vectors]))
    found = Vectors(tmp_path)
    allowed, dead = np.arange(0, 3000, 3), np.zeros(3000, bool)
    dead[::2] = True
    rows, _ = found.nearest(vectors[7], 50, allowed, dead)
    assert len(rows) == 50 and all(row % 3 == 0 and row % 2 == 1 for row in rows.tolist())


def _part(folder: Path, vectors: np.ndarray) -> Vectors:
    folder.mkdir()
    write_vectors(folder, 32, [vectors])
    return Vectors(folder)


@pytest.mark.parametrize("moved", [0.0, 1e-4, 0.5], ids=["same", "near", "far"])
def test_what_is_kept_of_the_nearest_passages_never_hides_a_nearer_one(tmp_path, moved):
    """Questions that moved and passages that left: the best is that of a search of everything, kept rows or not."""
    halves = [half.astype(np.float16).astype(np.float32) for half in np.split(_units(400), 2)]
    parts = [_part(tmp_path / f"{number}", half) for number, half in enumerate(halves)]
    questions = _units(12)
    _, _, kept = best_of(parts, [None, None], questions, [None, None])
    write_nearest(tmp_path, kept)
    assert read_nearest(tmp_path, 13, 32, 2) == read_nearest(tmp_path / "0", 12, 32, 2) == [None, None]
    earlier = read_nearest(tmp_path, 12, 32, 2)
    asked = (questions + moved * _units(24)[12:]).astype(np.float32)
    dead = np.zeros(200, bool)
    dead[kept[0].rows[:, 0].astype(int)] = True  # of the first half, the nearest of every question
    best, places, again = best_of(parts, [dead, None], asked, earlier)
    living = np.concatenate([halves[0][~dead], halves[1]]).astype(np.float64)
    assert np.allclose(best, (living @ asked.T.astype(np.float64)).max(axis=0), atol=1e-12)
    for question, (segment_, row), similar in zip(asked.astype(np.float64), places, best, strict=True):
        assert np.isclose(halves[segment_][row].astype(np.float64) @ question, similar, atol=1e-12)
    assert moved or again[1] is earlier[1], "nothing was searched again"
