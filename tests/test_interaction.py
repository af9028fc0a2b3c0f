"""Tokens and sentences in one bit a dimension: what is stored, and how a question is compared with it."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.embed import Encoded, open_embedder
from ingest.interaction import interact
from ingest.passagevectors import embed
from ingest.searchtext import sentence_texts
from ingest.tokenvectors import (
    BEGINS,
    SENTENCE,
    TABLE_VERSION,
    TokenVectors,
    asked_whole,
    pack,
    sentence_vectors,
    unpack,
    width_of,
    with_sentences,
    write_tokens,
)

DIM = 384
TEXTS = [
    "大模型 > 涌现\n涌现是指规模超过某个阈值之后，突然出现小模型所没有的能力。它无法由小模型外推得到。",
    "园艺\n番茄要在霜期过后移栽。",
    "\n没有标题的一段。只有两句。",
]


def _passage(seed: int, tokens: int, starts: list[int], sentences: int) -> np.ndarray:
    """A packed passage of tokens of two characters."""
    draw = np.random.default_rng(seed)
    packed = pack(draw.normal(size=(tokens, DIM)).astype(np.float32), [2] * tokens)
    return with_sentences(packed, starts, draw.normal(size=(sentences, DIM)).astype(np.float32))


@pytest.fixture(scope="module")
def bulk():
    """The bundled model."""
    return open_embedder()


def test_a_table_says_where_sentences_begin_and_what_each_token_stands_for(bulk):
    """Lengths add up to the text; as many tokens begin a sentence as there are sentences, and none of the headings does."""
    for text, packed in zip(TEXTS, embed(bulk, TEXTS)[1], strict=True):
        said, words = packed[packed[:, -1] == SENTENCE], packed[packed[:, -1] != SENTENCE]
        lengths = words[:, -1] & ~np.uint8(BEGINS)
        pieces = sentence_texts(text)
        assert lengths.sum() == len(text) and len(said) == len(pieces)
        begins = np.flatnonzero(words[:, -1] & BEGINS)
        ends = np.cumsum(lengths)
        assert len(begins) == len(pieces)
        for token, (start, _) in zip(begins.tolist(), pieces, strict=True):
            assert ends[token] - lengths[token] <= start < ends[token]


def test_a_token_of_very_many_characters_hands_the_rest_on():
    """Lengths beyond what a byte holds are not lost, and never look like the mark of a sentence."""
    packed = pack(np.ones((5, DIM), np.float32), [300, 0, 1, 0, 2])
    assert packed[:, -1].tolist() == [126, 126, 49, 0, 2]


def test_a_sentence_is_known_from_its_signs(bulk):
    """What is kept of a sentence points where its vector pointed, nearly."""
    packed = embed(bulk, TEXTS)[1]
    for text, one in zip(TEXTS, packed, strict=True):
        vectors = bulk.embed_sentences([sentence for _, sentence in sentence_texts(text)])
        assert (sentence_vectors(one, DIM) * vectors).sum(axis=1).min() > 0.9


def test_another_model_is_not_moved_by_the_means_of_the_bundled_one():
    """Sentences without tokens are the signs of what the model gave, whatever its dimensions; the nearest is found."""
    for dim in (4, 20, DIM):
        vectors = np.random.default_rng(dim).normal(size=(3, dim)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        none = np.zeros((0, width_of(dim)), np.uint8)
        tables = [with_sentences(none, [0], one[None]) for one in vectors]
        assert np.array_equal(np.sign(sentence_vectors(tables[0], dim)[0]), np.sign(vectors[0]))
        found = interact(Encoded(vectors[1], np.zeros((0, dim), np.float32)), tables)
        assert found.spoken.argmax() == 1 and not found.nearness().any()
        assert [len(one) for one in found.alone] == [1, 1, 1]


def test_what_a_table_is_made_by_has_a_version():
    """Tables are kept and reused under `TABLE_VERSION`: raise it, then change what is pinned here."""
    draw = np.random.default_rng(0)
    table = with_sentences(pack(draw.normal(size=(9, DIM)), [2] * 9), [3, 9], draw.normal(size=(2, DIM)))
    made = (*map(sentence_texts, (*TEXTS, "甲 > 乙 > 丙\n第一句。“第二句？”第三句……\n- 一项；\n- 又一项")), table.tobytes())
    assert (TABLE_VERSION, hashlib.sha256(repr(made).encode()).hexdigest()[:16]) == (b"4", "f43bd22cb68e05da")


def test_the_passage_that_means_the_same_comes_nearest(bulk):
    """A question without a word in common is nearer to the passage that answers it."""
    near = interact(bulk.embed_query("参数一多，本领忽然冒出来"), embed(bulk, TEXTS)[1])
    assert near.nearness().argmax() == 0
    assert near.parts[0].argmax() == 0, "its first sentence, not the second"


def test_what_a_passage_lacks_shows_in_its_weakest_tokens(bulk):
    """Of two passages on one topic, the one that does not say what is asked is farther from some of the question's words."""
    asked = bulk.embed_query("水库的闸门由谁来开")
    near = interact(asked, embed(bulk, ["水库的闸门由值班的水文站站长来开。", "水库的闸门是钢制的，每年春天刷一次防锈漆。"])[1])
    assert near.weakest()[0] > near.weakest()[1]
    few = len(asked.tokens) // 4
    assert near.weakest() == pytest.approx(np.sort(near.best, axis=0)[:few].mean(axis=0))
    assert (near.weakest() <= near.nearness()).all()
    assert not interact(Encoded(asked.vector, asked.tokens[:0]), embed(bulk, TEXTS)[1]).weakest().any()


@settings(max_examples=60, deadline=None)
@given(
    shapes=st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 17), max_size=4, unique=True)), max_size=6),
    asked=st.integers(0, 5),
)
def test_comparing_all_at_once_is_comparing_one_by_one(shapes, asked):
    """The fast way gives what a plain loop gives: passages without tokens, sentences or headings included."""
    draw = np.random.default_rng(3)
    question = Encoded(draw.normal(size=DIM).astype(np.float32), draw.normal(size=(asked, DIM)).astype(np.float32))
    shapes = [(tokens, sorted(start for start in starts if start < 2 * tokens)) for tokens, starts in shapes]
    passages = [_passage(at, tokens, starts, len(starts)) for at, (tokens, starts) in enumerate(shapes)]
    found = interact(question, passages)
    for at, packed in enumerate(passages):
        said, words = packed[packed[:, -1] == SENTENCE], packed[packed[:, -1] != SENTENCE]
        similar = question.tokens @ unpack(words, DIM).T
        alone = unpack(said, DIM) @ asked_whole(question.vector, asked > 0)
        assert found.alone[at] == pytest.approx(alone, abs=1e-5)
        assert found.spoken[at] == pytest.approx(alone.max() if len(said) else 0, abs=1e-5)
        if not asked or not len(words):
            assert not found.best[:, at].any() and not len(found.parts[at])
            continue
        assert found.best[:, at] == pytest.approx(similar.max(axis=1), abs=1e-5)
        begins = np.flatnonzero(words[:, -1] & BEGINS).tolist()
        above = similar[:, : begins[0]] if begins else similar
        heading = above.max(axis=1) if above.shape[1] else np.zeros(asked)
        borders = [*begins, len(words)]
        runs = [similar[:, begin:end].max(axis=1) for begin, end in zip(borders, borders[1:], strict=False)]
        expected = [np.maximum(run, heading).mean() for run in runs]
        assert found.parts[at] == pytest.approx(expected, abs=1e-5)


def test_tables_are_read_back_by_row(tmp_path):
    """What was written of each passage, those with nothing included."""
    tables = [_passage(1, 4, [0, 3], 2), np.zeros((0, width_of(DIM)), np.uint8), _passage(2, 3, [], 0)]
    write_tokens(tmp_path, iter(tables))
    stored = TokenVectors(tmp_path, DIM, 3)
    for row, table in enumerate(tables):
        assert np.array_equal(stored.of(row), table)
