"""Every store keeps one contract: the local folder, a Milvus Lite file, a Milvus Lite server."""

import importlib.util
import math
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import NoIndexError
from ingest.index import K1, B
from ingest.postings import PAIRS, WORDS
from ingest.searchtext import search_text
from ingest.terms import pairs, terms

sys.path.insert(0, str(Path(__file__).parent))
from stores import DIM, LiteServer, facts, part, prefix, sentence, text_of, unit  # noqa: E402

KINDS = ("local", "lite-file", "lite-server")
CUT = {WORDS: terms, PAIRS: pairs}
QUESTIONS = ("涌现", "过拟合和正则化", "学习率怎样影响训练", "模型的幻觉", "没有的词", sentence(3007))


@pytest.fixture(scope="module", params=KINDS)
def fresh(request, tmp_path_factory):
    """A function that makes an empty store of one kind."""
    folder = tmp_path_factory.mktemp("store")
    if request.param == "local":
        from ingest.stores.local import LocalStore
        from qa.opened import Opened

        yield lambda: LocalStore(folder / prefix(), Opened)
        return
    if not importlib.util.find_spec("pymilvus") or not importlib.util.find_spec("milvus_lite"):
        pytest.skip("pymilvus or milvus-lite is not installed")
    from ingest.stores.milvus import Server
    from ingest.stores.remote import MilvusStore

    running = LiteServer(folder / "served") if request.param == "lite-server" else None
    uri = running.uri if running else str(folder / "file.db")
    yield lambda dim=DIM: MilvusStore(Server(uri, prefix=prefix(), create=True), dim)
    if running:
        running.stop()


def collection():
    """A dozen articles: two with the same text, one of punctuation, one empty, one with dropped lines."""
    parts = [part(f"{number:02d}.txt", text_of(number), f"第{number}篇") for number in range(8)]
    parts += [part("转载/甲.md", text_of(99), "转载"), part("转载/乙.md", text_of(99), "转载")]
    parts += [part("标点.txt", "……！？\n——。", "……"), part("空.txt", "")]
    parts += [part("怪 '名\\字\".txt", "思维链（Chain-of-Thought）让模型一步一步地推理。\n【版权】转载请联系客服", "怪名")]
    return parts


@pytest.fixture(scope="module")
def filled(fresh):
    """(a reader of `collection`, its parts in order)."""
    store, parts = fresh(), sorted(collection(), key=lambda one: one.id)
    store.add(parts)
    store.publish(facts(parts))
    return store.reader(), parts


def pieces(parts):
    """The passages of `parts`, by row."""
    return [(one, piece) for one in sorted(parts, key=lambda one: one.id) for piece in one.pieces]


def bm25(parts, field, weights):
    """The textbook formula, passage by passage: (rows,) float64."""
    texts = [Counter(CUT[field](search_text(one.entry.article, piece.passage))) for one, piece in pieces(parts)]
    mean = sum(counts.total() for counts in texts) / len(texts)
    scores = np.zeros(len(texts))
    for term, weight in weights.items():
        df = sum(term in counts for counts in texts)
        idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
        for row, counts in enumerate(texts):
            norm = K1 * (1 - B + B * counts.total() / mean)
            scores[row] += weight * idf * counts[term] * (K1 + 1) / (counts[term] + norm) if counts[term] else 0.0
    return scores


def best(scores, count, allowed=None):
    """Rows of the best scores above 0, ties by row; scores that only rounding tells apart are ties."""
    rows = [row for row in np.flatnonzero(scores > 0).tolist() if allowed is None or row in allowed]
    return sorted(rows, key=lambda row: (-round(scores[row], 4), row))[:count]


def same_ranking(found, scores, count, allowed=None):
    """True when a ranking is that of `scores`, up to the order of what only rounding tells apart."""
    wanted = best(scores, count, allowed)
    np.testing.assert_allclose(found.scores, scores[found.rows], rtol=2e-3, atol=1e-5)
    assert list(found.scores) == sorted(found.scores, reverse=True)
    assert len(found.rows) == len(wanted) == len(set(found.rows.tolist()))
    np.testing.assert_allclose(sorted(scores[found.rows]), sorted(scores[wanted]), rtol=2e-3, atol=1e-5)


def answers(reader):
    """All that a reader says to some questions, comparable."""
    told = [reader.stats().passages]
    for question in QUESTIONS:
        near = reader.nearest(unit(question), 7)
        told.append([(record.passage, record.vector.tolist(), record.tokens.tolist()) for record in reader.fetch(near.rows)])
        for field in (WORDS, PAIRS):
            found = reader.matching(field, Counter(CUT[field](question)), 9)
            told.append((found.rows.tolist(), found.scores.tolist()))
    return told


def test_before_the_first_publication_there_is_no_index(fresh):
    """A reader of an empty store is refused with the command to run."""
    with pytest.raises(NoIndexError, match="qa ingest"):
        fresh().reader()


@pytest.mark.parametrize("count", [1, 5, 40, 1000])
def test_nearest_is_exact(filled, count):
    """The rows of highest inner product, best first; passages of equal text by row."""
    reader, parts = filled
    matrix = np.stack([piece.vector for _, piece in pieces(parts)])
    for question in (*QUESTIONS, pieces(parts)[-1][1].passage.id):
        query = unit(question)
        scores = matrix @ query
        found = reader.nearest(query, count)
        assert found.rows.tolist() == sorted(range(len(scores)), key=lambda row: (-round(float(scores[row]), 6), row))[:count]
        np.testing.assert_allclose(found.scores, scores[found.rows], atol=1e-5)


def test_equal_passages_are_found_together_by_row(filled):
    """A repost scores exactly as its original does and comes right after it."""
    reader, parts = filled
    first = next(row for row, (one, _) in enumerate(pieces(parts)) if one.id == "转载/乙.md")
    twin = next(row for row, (one, _) in enumerate(pieces(parts)) if one.id == "转载/甲.md")
    found = reader.nearest(pieces(parts)[first][1].vector, 2)
    assert found.rows.tolist() == sorted([first, twin]) and found.scores[0] == found.scores[1]


@pytest.mark.parametrize("field", [WORDS, PAIRS])
@pytest.mark.parametrize("count", [1, 6, 1000])
def test_matching_is_bm25_of_the_whole_collection(filled, field, count):
    """Chinese words and pairs of characters score as in the textbook."""
    reader, parts = filled
    for question in QUESTIONS:
        weights = {term: times * 0.7 for term, times in Counter(CUT[field](question)).items()}
        same_ranking(reader.matching(field, weights, count), bm25(parts, field, weights), count)


def test_lexical_scores_any_row(filled):
    """Rows that no search has returned have their BM25 too, 0 included."""
    reader, parts = filled
    weights = Counter(terms("涌现和幻觉的评测"))
    rows = list(range(len(pieces(parts))))[::-1]
    np.testing.assert_allclose(reader.lexical(WORDS, weights, rows), bm25(parts, WORDS, weights)[rows], rtol=2e-3, atol=1e-5)


ALLOWED = {
    "one article": lambda rows: rows[:5],
    "half of them": lambda rows: rows[len(rows) // 2 :],
    "all but one article": lambda rows: rows[5:],
    "scattered rows": lambda rows: rows[::3],
    "none": lambda rows: rows[:0],
}


@pytest.mark.parametrize("choose", ALLOWED.values(), ids=ALLOWED)
def test_only_allowed_rows_are_found(filled, choose):
    """A filter leaves out the rest, and loses nothing of what is allowed."""
    reader, parts = filled
    every = pieces(parts)
    allowed = choose(np.arange(len(every), dtype=np.int64))
    found = reader.nearest(unit("问题"), 10, allowed)
    scores = np.stack([piece.vector for _, piece in every]) @ unit("问题")
    wanted = sorted(allowed.tolist(), key=lambda row: (-round(float(scores[row]), 6), row))[:10]
    assert found.rows.tolist() == wanted
    weights = Counter(pairs("模型训练的数据"))
    same_ranking(reader.matching(PAIRS, weights, 10, allowed), bm25(parts, PAIRS, weights), 10, set(allowed.tolist()))


def test_fetch_gives_back_what_was_added(filled):
    """Passage, vector and tokens of every row, in the order asked for."""
    reader, parts = filled
    every = pieces(parts)
    rows = list(range(len(every)))[::-1]
    for row, record in zip(rows, reader.fetch(rows), strict=True):
        part_, piece = every[row]
        assert record.row == row and record.passage == piece.passage and record.passage.article_id == part_.id
        np.testing.assert_array_equal(record.vector, piece.vector)
        np.testing.assert_array_equal(record.tokens, piece.tokens)
    assert reader.fetch([]) == []


@pytest.mark.parametrize("row", [-1, 10**6])
def test_a_row_that_does_not_exist_is_an_error(filled, row):
    """No other row is handed out in its place."""
    with pytest.raises(IndexError):
        filled[0].fetch([row])


def test_stats_count_articles_and_passages(filled):
    """Articles without a passage count as articles."""
    reader, parts = filled
    stats = reader.stats()
    assert (stats.articles, stats.passages, stats.dim) == (len(parts), len(pieces(parts)), DIM)


def test_changes_are_seen_when_published_and_all_at_once(fresh):
    """Added, replaced and deleted articles switch together; a reader keeps what it opened."""
    store = fresh()
    before = [part("a.txt", text_of(1)), part("b.txt", text_of(2)), part("c.txt", text_of(3))]
    store.add(before)
    first = store.publish(facts(before))
    older = store.reader()
    told = answers(older)
    after = [part("a.txt", text_of(4)), before[1], part("d.txt", text_of(5))]
    store.add([after[0], after[2]])
    store.delete(["c.txt", "never there.txt"])
    assert answers(store.reader()) == told
    second = store.publish(facts(after))
    assert second > first
    newer = store.reader()
    assert {record.passage.article_id for record in newer.fetch(range(newer.stats().passages))} == {"a.txt", "b.txt", "d.txt"}
    assert older.stats().generation == first and newer.stats().generation == second
    assert answers(older) == told


def test_many_small_changes_equal_one_publication(fresh):
    """However a collection came about, it answers the same; fresh passages rank by the whole collection."""
    store, other = fresh(), fresh()
    parts = {one.id: one for one in collection()}
    store.add(parts.values())
    store.publish(facts(list(parts.values())))
    for step in range(4):
        changed = part(f"{step:02d}.txt", text_of(50 + step, 60), "改过")
        new = part(f"new{step}.txt", text_of(70 + step, 3))
        gone = f"{step + 4:02d}.txt"
        store.add([changed, new])
        store.delete([gone])
        parts.pop(gone)
        parts |= {changed.id: changed, new.id: new}
        store.publish(facts(list(parts.values())))
    other.add(parts.values())
    other.publish(facts(list(parts.values())))
    assert answers(store.reader()) == answers(other.reader())
    for field in (WORDS, PAIRS):
        weights = Counter(CUT[field]("学习率和梯度下降"))
        same_ranking(store.reader().matching(field, weights, 12), bm25(parts.values(), field, weights), 12)


def test_scores_stay_exact_when_passages_grow_longer(fresh):
    """The mean length counts for old passages too, however much it has changed since they were written."""
    store = fresh()
    short = [part(f"s{number:03d}.txt", sentence(number)[: 12 + number % 9]) for number in range(90)]
    store.add(short)
    store.publish(facts(short))
    long = [part(f"t{number}.txt", text_of(number + 20, 40)) for number in range(6)]
    store.add(long)
    store.publish(facts(short + long))
    reader = store.reader()
    for field, question in ((WORDS, "模型"), (PAIRS, "模型训练"), (WORDS, "数据 学习率")):
        weights = Counter(CUT[field](question))
        for count in (1, 3, 10):
            same_ranking(reader.matching(field, weights, count), bm25(short + long, field, weights), count)


def test_an_article_that_comes_back_is_there_once(fresh):
    """Deleted and added again, also with the very same text."""
    store, one, two = fresh(), part("a.txt", text_of(1)), part("b.txt", text_of(2))
    store.add([one, two])
    store.publish(facts([one, two]))
    told = answers(store.reader())
    store.delete(["a.txt"])
    store.publish(facts([two]))
    assert store.reader().stats().passages == len(two.pieces)
    store.add([one])
    store.publish(facts([one, two]))
    assert answers(store.reader()) == told


def test_publishing_without_a_change_changes_no_answer(fresh):
    """The same articles again are the same index."""
    store, one = fresh(), part("a.txt", text_of(1))
    store.add([one])
    store.publish(facts([one]))
    told = answers(store.reader())
    store.add([part("a.txt", text_of(1))])
    store.publish(facts([one]))
    assert answers(store.reader()) == told


def test_long_values_come_back_whole(fresh):
    """A passage of very many tokens, and an article too long for one VARCHAR."""
    store = fresh()
    long = part("长.txt", "是。" * 190 + "\n\n" + text_of(8, 3_000))
    store.add([long])
    store.publish(facts([long]))
    record = store.reader().fetch([0])[0]
    assert len(record.tokens) == len(long.pieces[0].tokens) > 100
    np.testing.assert_array_equal(record.tokens, long.pieces[0].tokens)


def test_an_empty_index_answers_nothing(fresh):
    """When the last article leaves, questions find nothing and nothing breaks."""
    store, one = fresh(), part("a.txt", text_of(1))
    store.add([one])
    store.publish(facts([one]))
    store.delete(["a.txt"])
    store.publish(facts([]))
    reader = store.reader()
    assert reader.stats().articles == 0
    assert len(reader.nearest(unit("x"), 5).rows) == len(reader.matching(WORDS, {"模型": 1.0}, 5).rows) == 0
