"""The vectors of large segments: codes, and what is kept of the nearest passages, against exact search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.errors import DamagedIndexError
from ingest.probes import best_of, read_nearest, write_nearest
from ingest.vectors import CODES_FILE, Vectors, write_codes, write_vectors


def _units(count: int, dim: int = 32) -> np.ndarray:
    """Unit vectors that lie in some thirty heaps, as those of texts do, rounded to half precision as by the pool."""
    chance = np.random.default_rng(3)
    found = chance.normal(size=(30, dim))[chance.integers(0, 30, count)] + 0.6 * chance.normal(size=(count, dim))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def _coded(folder: Path, vectors: np.ndarray) -> Vectors:
    write_vectors(folder, vectors.shape[1], [vectors])
    write_codes(folder)
    return Vectors(folder)


def test_codes_find_nearly_all_and_what_they_find_is_compared_exactly(tmp_path):
    """A segment with codes returns rows with the similarity that a flat search gives them, and misses few."""
    vectors = _units(6000)
    found = _coded(tmp_path, vectors)
    assert not found.exact and np.array_equal(found.rows([5, 0, 5999]), vectors[[5, 0, 5999]])
    shared = 0
    for query in _units(40):
        expected, similar = found.nearest(query, 10, exact=True)
        assert np.allclose(similar, np.sort(vectors @ query)[::-1][:10], atol=1e-6)
        rows, scores = found.nearest(query, 10)
        assert np.allclose(scores, vectors[rows] @ query, atol=1e-6) and (np.diff(scores) <= 0).all()
        shared += len(set(rows.tolist()) & set(expected.tolist()))
    assert shared >= 0.97 * 400


@pytest.mark.parametrize("share", [2, 3, 40], ids=["scanned", "a third", "compared"])
def test_codes_respect_filters_and_dead_rows(tmp_path, share):
    """Rows that are filtered out or dead are never returned, and as many others as are asked for, whatever is left."""
    vectors = _units(3000)
    found = _coded(tmp_path, vectors)
    allowed, dead = np.arange(0, 3000, share), np.zeros(3000, bool)
    dead[1::2] = True
    left = [row for row in allowed.tolist() if not dead[row]]
    rows, _ = found.nearest(vectors[7], 50, allowed, dead)
    assert len(rows) == min(50, len(left)) and set(rows.tolist()) <= set(left)
    best = left[int(np.argmax(vectors[left] @ vectors[7]))]
    assert rows[0] == best


def test_a_filter_that_holds_nothing_of_what_codes_put_first_is_searched_whole(tmp_path):
    """When the nearest thousands are all filtered out, the rest is compared exactly."""
    vectors = _units(4000)
    found = _coded(tmp_path, vectors)
    far = np.argsort(vectors @ vectors[0])[:1200]
    rows, scores = found.nearest(vectors[0], 20, np.sort(far))
    assert np.allclose(scores, np.sort(vectors[far] @ vectors[0])[::-1][:20], atol=1e-6) and set(rows.tolist()) <= set(far.tolist())


def test_codes_are_the_same_whatever_wrote_them(tmp_path, monkeypatch):
    """One core or two: the same bytes, so that an index does not depend on the machine's cores."""
    written = []
    for cores in (1, 2):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        (tmp_path / str(cores)).mkdir()
        _coded(tmp_path / str(cores), _units(5000))
        written.append((tmp_path / str(cores) / CODES_FILE).read_bytes())
    assert written[0] == written[1]


def test_vectors_that_cannot_be_cut_into_parts_are_searched_whole(tmp_path):
    """A model of an odd number of dimensions has no codes, and finds everything."""
    vectors = _units(100, 33)
    found = _coded(tmp_path, vectors)
    assert found.exact and found.nearest(vectors[3], 1)[0].tolist() == [3]


@pytest.mark.parametrize("kind", ["cut off", "another's", "garbage"])
def test_damaged_codes_are_named(tmp_path, kind):
    """Codes that cannot be those of the segment are an error that names the file, not a wrong answer."""
    vectors = _units(500)
    _coded(tmp_path, vectors)
    (tmp_path / "other").mkdir()
    _coded(tmp_path / "other", _units(501))
    content = (tmp_path / CODES_FILE).read_bytes()
    bad = {"cut off": content[:-100], "another's": (tmp_path / "other" / CODES_FILE).read_bytes(), "garbage": b"\xff" * len(content)}
    (tmp_path / CODES_FILE).write_bytes(bad[kind])
    with pytest.raises(DamagedIndexError, match=CODES_FILE):
        Vectors(tmp_path).nearest(vectors[0], 5)


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
