"""Both legs against plain ones that anybody can check by eye."""

import math
import sqlite3
from collections import Counter

import numpy as np
import pytest

from ingest.errors import DamagedIndexError
from ingest.index import K1, B, Terms
from ingest.places import Places
from ingest.postings import Postings, PostingsBuilder
from ingest.vectors import Vectors, write_vectors


def _unit(count, dim=32, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_dense_leg_agrees_with_numpy(tmp_path):
    """The nearest rows are those of a plain matrix product, best first."""
    vectors = _unit(500)
    write_vectors(tmp_path, 32, [vectors[:300], vectors[300:]])
    index = Vectors(tmp_path)
    assert (index.size, index.dim) == (500, 32)
    for query in _unit(20, seed=1):
        rows, scores = index.nearest(query, 10)
        plain = vectors.astype(np.float16).astype(np.float32) @ query
        assert scores == pytest.approx(plain[rows], abs=1e-5)
        assert scores.min() >= np.sort(plain)[-10] - 1e-5
        assert list(scores) == sorted(scores, reverse=True)


def test_dense_leg_searches_only_the_allowed_rows(tmp_path):
    """A filter holds inside the search, not after it."""
    write_vectors(tmp_path, 32, [_unit(100)])
    rows, _ = Vectors(tmp_path).nearest(_unit(1, seed=3)[0], 10, allowed=np.array([3, 7, 50]))
    assert sorted(rows) == [3, 7, 50]


@pytest.mark.parametrize("seed", range(10))
def test_equals_come_in_the_order_of_rows(tmp_path, seed):
    """Also where only some of the equals are among the best: the same ones wherever they lie."""
    which = np.random.default_rng(seed).integers(0, 5, 60)
    write_vectors(tmp_path, 32, [_unit(5)[which]])
    index = Vectors(tmp_path)
    scores = index.rows(range(60)) @ _unit(5)[0]
    expected = np.lexsort((np.arange(60), -scores.round(4)))
    for count in (1, 5, 20, 35, 60):
        assert index.nearest(_unit(5)[0], count)[0].tolist() == expected[:count].tolist()


def test_stored_vectors_come_back_in_half_precision_exactly(tmp_path):
    """What was rounded once is not rounded again, so that vectors can be reused."""
    vectors = _unit(50).astype(np.float16).astype(np.float32)
    write_vectors(tmp_path, 32, [vectors])
    assert np.array_equal(Vectors(tmp_path).rows([4, 2, 40]), vectors[[4, 2, 40]])


def test_vectors_of_the_wrong_kind_are_refused(tmp_path):
    """Shape, type and length are checked at the door, with the numbers in the message."""
    with pytest.raises(ValueError, match=r"\(n, 32\)"):
        write_vectors(tmp_path, 32, [_unit(5, 16)])
    with pytest.raises(ValueError, match="unit length"):
        write_vectors(tmp_path, 32, [2 * _unit(5)])


def test_a_path_with_chinese_and_spaces_works(tmp_path):
    """FAISS's own file functions meet such paths too."""
    folder = tmp_path / "我的 索引"
    folder.mkdir()
    write_vectors(folder, 32, [_unit(5)])
    assert Vectors(folder).size == 5


def test_a_file_that_is_no_index_is_reported_as_damage(tmp_path):
    """Garbage is an error with a remedy, not a crash."""
    (tmp_path / "vectors.faiss").write_bytes(b"nothing of the kind")
    with pytest.raises(DamagedIndexError):
        Vectors(tmp_path)


DOCUMENTS = [["涌现", "是", "能力"], ["过拟合", "是", "问题", "问题"], ["涌现", "涌现", "与", "规模"], ["规模"]]


def _terms(tmp_path, documents):
    store = sqlite3.connect(":memory:")
    builder = PostingsBuilder()
    for document in documents:
        builder.add(document)
    builder.write(tmp_path, store)
    return Terms.of_folder(tmp_path, store)


def _plain_bm25(query, document, documents):
    mean = sum(map(len, documents)) / len(documents)
    total = 0.0
    for term in query:
        df = sum(term in other for other in documents)
        tf = document.count(term)
        idf = math.log(1 + (len(documents) - df + 0.5) / (df + 0.5))
        total += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * len(document) / mean)) if tf else 0.0
    return total


@pytest.mark.parametrize("query", [["涌现"], ["涌现", "规模"], ["问题", "问题"], ["没有"], []], ids=str)
def test_lexical_leg_agrees_with_the_formula(tmp_path, query):
    """BM25 over postings equals BM25 written down plainly."""
    scores = _terms(tmp_path, DOCUMENTS).lexical(Counter(query), np.arange(len(DOCUMENTS)))
    assert scores == pytest.approx([_plain_bm25(query, d, DOCUMENTS) for d in DOCUMENTS], abs=1e-4)


def test_an_empty_index_scores_nothing(tmp_path):
    """No rows, no scores, no error."""
    terms = _terms(tmp_path, [])
    assert len(terms.matching({"涌现": 1}, 5)[0]) == 0 and len(terms.lexical({"涌现": 1}, np.zeros(0, np.int64))) == 0


@pytest.mark.parametrize("common", [0, 5, 50], ids=["all looked up", "some", "none"])
def test_the_best_of_a_lexical_leg_are_exact(tmp_path, monkeypatch, common):
    """However terms are split into added up and looked up, the best rows are those of the plain formula."""
    monkeypatch.setattr("ingest.index._COMMON", common)
    monkeypatch.setattr("ingest.index._COMMON_SHARE", 0.0)
    monkeypatch.setattr("ingest.best._HEAP", 4)  # as many heaps as a large collection has
    chance = np.random.default_rng(1)
    words = [f"w{number}" for number in range(40)]
    share = 1 / np.arange(1, 41)
    documents = [chance.choice(words, size=chance.integers(5, 30), p=share / share.sum()).tolist() for _ in range(300)]
    terms = _terms(tmp_path, documents)
    for _ in range(30):
        query = chance.choice(words, size=6, replace=False).tolist()
        weights = dict.fromkeys(query, 1.0)
        every = terms.lexical(weights, np.arange(300))
        expected = np.lexsort((np.arange(300), -every))[:10]
        rows, scores = terms.matching(weights, 10)
        assert rows.tolist() == [row for row in expected.tolist() if every[row] > 0]
        assert np.array_equal(scores, every[rows])
        assert np.array_equal(terms.lexical(weights, np.arange(300)), every), "what was summed up is taken over"
        allowed = np.flatnonzero(chance.random(300) < 0.3)
        found, _ = terms.matching(weights, 10, allowed)
        best = allowed[np.lexsort((allowed, -every[allowed]))][:10]
        assert found.tolist() == [row for row in best.tolist() if every[row] > 0]
        assert np.array_equal(terms.lexical(weights, np.arange(300)), every), "and not of some rows alone"


@pytest.mark.parametrize("common", [0, 8, 300], ids=["all looked up", "some", "none"])
def test_the_best_are_the_same_over_several_segments(tmp_path, monkeypatch, common):
    """What the best of one segment say about the next changes no row and no score: ties, dead rows and filters included."""
    monkeypatch.setattr("ingest.index._COMMON", common)
    monkeypatch.setattr("ingest.index._COMMON_SHARE", 0.0)
    monkeypatch.setattr("ingest.index._FEW", 3)
    monkeypatch.setattr("ingest.best._HEAP", 4)
    chance = np.random.default_rng(2)
    words = [f"w{number}" for number in range(30)]
    share = 1 / np.arange(1, 31)
    documents = [chance.choice(words, size=chance.integers(3, 12), p=share / share.sum()).tolist() for _ in range(240)]
    sizes, gone = [40, 130, 1, 69], range(60, 75)  # the rows of `gone` stand in their segment, and are part of nothing
    parts, table, first = [], [], 0
    for number, size in enumerate(sizes):
        folder = tmp_path / str(number)
        folder.mkdir()
        store, builder = sqlite3.connect(":memory:"), PostingsBuilder()
        for document in documents[first : first + size]:
            builder.add(document)
        builder.write(folder, store)
        parts.append(Postings(folder, store))
        table += [(number, at, at, 1) for at in range(size) if first + at not in gone]
        first += size
    living = [document for at, document in enumerate(documents) if at not in gone]
    several = Terms(parts, Places(np.array(table, np.uint32), sizes))
    (tmp_path / "whole").mkdir()
    whole = _terms(tmp_path / "whole", living)
    for count in (1, 7, 60, 500):
        for _ in range(12):
            weights = dict.fromkeys(chance.choice(words, size=6, replace=False).tolist(), 1.0)
            for allowed in (None, np.flatnonzero(chance.random(len(living)) < 0.3)):
                for found, expected in zip(several.matching(weights, count, allowed), whole.matching(weights, count, allowed), strict=True):
                    assert np.array_equal(found, expected)
            rows = np.arange(len(living))
            assert np.array_equal(several.lexical(weights, rows), whole.lexical(weights, rows))
