"""What reads a question and a passage: its numbers, what it is shown, what it says."""

import random

import numpy as np
import pytest
import torch

from eval.adapt import PAIRS, read_groups
from eval.mistype import mistyped
from eval.questions import PARTS, everyday
from eval.read import ASKED, CHATTER, READER_PAIRS, REFUSED, Told, nearest, shown, tell, train, write_reader
from eval.readnet import Net, batch, loss
from eval.setindex import read_jsonl
from ingest.embed import Encoded, open_embedder
from ingest.errors import WenjuError
from ingest.passagevectors import embed
from qa.attention import PLACES
from qa.homophones import same_sound
from qa.reader import DIM, NOTHING_READ, READER_FILE, Reader, reader, seen, shapes
from tests.texts import plain

ROWS = [
    {
        "title": "潮汐", "heading": "大潮", "passage": "它每月两次。日月和地球成一线时，引力叠加，涨落最大。",
        "questions": ["海水什么时候退得最远", "初一十五赶海为啥收获多"], "answers": ["日月和地球", "日月和地球"],
        "unanswered": ["大潮时水位能涨多少米", "为什么有的海边一天只涨一次潮"],
    },
    {
        "title": "潮汐", "heading": "小潮", "passage": "它也是每月两次。上弦和下弦时，月亮与太阳的拉力互相抵消，涨落最小。",
        "questions": ["哪几天水位变化不大", "半个月亮那几天码头水面怎么这么平"],
        "unanswered": ["小潮时能不能行船"],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def told() -> Told:
    """The two passages of `ROWS`, embedded, and some chatter."""
    return tell(ROWS, ["早", "放首歌"])


def _net(values: dict[str, np.ndarray]) -> Net:
    net = Net()
    halves = {name: torch.from_numpy(one.astype(np.float16).astype(np.float32)) for name, one in values.items()}
    assert not net.load_state_dict(halves, strict=False).unexpected_keys
    return net.eval()


def test_numbers_are_read_as_they_were_written_and_mean_the_same_in_numpy_and_in_torch(told, tmp_path):
    """Any numbers, a question longer than the places that are told apart, passages of different lengths beside each other."""
    chance = np.random.default_rng(0)
    values = {name: chance.normal(scale=0.1, size=shape) for name, shape in shapes().items()}
    write_reader(tmp_path / "one.bin", values)
    long = Encoded(told.questions[0].vector, np.repeat(told.questions[0].tokens, PLACES, axis=0))
    some = [seen(asked, passage) for asked in (told.questions[0], long) for passage in told.passages]
    with torch.no_grad():
        sure, _ = _net(values)(batch(some))
    assert [Reader(tmp_path / "one.bin").of(what) for what in some] == pytest.approx(sure.tolist(), abs=1e-4)


def test_what_is_seen_tells_sentences_apart(told):
    """Tokens of title and headings belong to none; each sentence comes as near as its nearest tokens."""
    what = seen(told.questions[0], told.passages[0])
    assert what.question.shape[1] == DIM + 1 and what.passage.shape[1] == DIM + 3
    assert len(what.own) == len(what.passage) and set(what.own.tolist()) in ({0, 1, 2}, {1, 2}) and len(what.sentences) == 2
    assert (np.diff(what.own) >= 0).all()
    for number in (1, 2):
        near = what.passage[what.own == number, DIM + 1 :]
        assert np.allclose(near, what.sentences[number - 1])
    assert what.sentences[1, 0] > what.sentences[0, 0]


@pytest.mark.parametrize("size", [0, 1, -2])
def test_a_reader_that_is_cut_short_names_the_remedy(tmp_path, size):
    """A package that was not installed whole; so where there is none."""
    (tmp_path / "bad.bin").write_bytes(READER_FILE.read_bytes()[:size])
    for name in ("bad.bin", "none.bin"):
        with pytest.raises(WenjuError, match="Install wenju again|重新安装 wenju"):
            Reader(tmp_path / name)


def test_without_tokens_nothing_is_read(told):
    """Of a model that gives none, of a passage that is empty, and of sentences alone."""
    asked, packed = told.questions[0], told.passages[0]
    bare = Encoded(asked.vector, asked.tokens[:0])
    assert reader().read(bare, packed) == NOTHING_READ == reader().read(asked, packed[:0])
    assert reader().read(asked, packed[-1:]) == NOTHING_READ
    assert reader().read(asked, packed) != NOTHING_READ


def test_the_shipped_reader_tells_what_answers_from_what_does_not():
    """Of a passage that it has not learned from, in its words: another aspect of it, another thing."""
    passage = (
        "灯塔守则 > 雾号\n雾天看不见灯光，守塔人每隔两分钟拉一次雾号。声音借压缩空气发出，顺风时八海里外也听得到。"
        "压缩机由柴油机带动，每天清早试机一次。"
    )
    answered = ["雾号多久响一次", "起雾了船怎么知道塔在哪", "雾号能传多远", "压缩机靠什么带动"]
    others = ["雾号是谁发明的", "柴油机多久换一次机油", "灯塔的灯光能照多远", "守塔人夜里怎么轮班"]
    embedder = open_embedder()
    packed = embed(embedder, [passage])[1][0]
    sure, unsure = ([reader().read(one, packed) for one in embedder.embed_queries(some)] for some in (answered, others))
    assert np.mean([yes > no for yes in sure for no in unsure]) > 0.8


def test_what_is_shown_is_told_apart(told):
    """Questions stand beside their own passage with the sentence that answers, others beside it or a neighbour as not answered."""
    every = [one for step in shown(told, nearest(told), random.Random(0)) for one in step]
    chatter = [one for one in every if one.question in told.chatter]
    assert len(every) == 2 * ASKED + 2 * REFUSED + 2 + len(chatter)
    own = {question: (at, sentence) for at, asked in enumerate(told.answered) for question, sentence in asked}
    refused = {question: at for at, some in enumerate(told.refused) for question in some}
    for one in every:
        if one.answered:
            assert own[one.question] == (one.passage, one.sentence) and one.sentence == (2 if one.passage == 0 else 0)
        else:
            assert one in chatter or refused.get(one.question) == one.passage or own[one.question][0] != one.passage
            assert one.sentence == 0


def test_chatter_is_answered_by_no_passage(told):
    """It stands beside one passage and another, now and then, and never as answered."""
    chance = random.Random(0)
    passes = [[one for step in shown(told, nearest(told), chance) for one in step] for _ in range(20)]
    some = [one for every in passes for one in every if one.question in told.chatter]
    assert {(one.question, one.passage) for one in some} == {(said, at) for said in told.chatter for at in (0, 1)}
    assert 5 < len(some) < 20 and not any(one.answered for one in some)


def test_chatter_that_is_learned_from_is_none_that_measures():
    """However it is punctuated."""
    said = [one["text"] for one in read_jsonl(CHATTER)]
    assert len(set(said)) == len(said) > 700
    assert not set(map(plain, said)) & {plain(text) for part in PARTS for text in everyday(part)}


def test_the_loss_falls_where_it_is_told_right(told):
    """A net that is shown the same step again and again learns it."""
    torch.manual_seed(0)
    net = Net()
    some = [seen(told.questions[question], told.passages[0]) for question in (0, 1, 3, 4)]
    given = some, [True, True, False, False], [2, 2, 0, 0]
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    losses = []
    for _ in range(30):
        lost = loss(net, *given)
        optimizer.zero_grad()
        lost.backward()
        optimizer.step()
        losses.append(lost.item())
    assert losses[-1] < 0.3 * losses[0]


def test_training_gives_all_numbers(told):
    """By the names and shapes that are read; the same from the same seed."""
    values = train(told, passes=1)
    assert shapes().items() <= {name: one.shape for name, one in values.items()}.items()
    again = train(told, passes=1)
    assert all(np.array_equal(values[name], again[name]) for name in values)


def test_training_goes_on_from_what_was_trained(told):
    """What is not learned further is as it was; the parts that are not written begin anew."""
    values = train(told, passes=1)
    kept = {name: values[name].astype(np.float16) for name in shapes()}
    further = train(told, passes=1, rate=0.0, begin=kept)
    assert all(np.array_equal(further[name], kept[name].astype(np.float32)) for name in kept)
    assert not np.array_equal(train(told, passes=1, begin=kept)["first"], values["first"])


def test_one_question_of_each_kind_is_typed_wrong(told):
    """One that the passage answers, with its sentence, and one that it does not; each stands beside the rest."""
    assert [len(some) for some in told.answered] == [3, 3] and [len(some) for some in told.refused] == [3, 2]
    for (*own, wrong), row in zip(told.answered, ROWS, strict=True):
        assert wrong[1] in {sentence for _, sentence in own} and len(own) == len(row["questions"])


def test_a_character_is_typed_as_another_of_the_same_sound():
    """One, and none of those that questions are made of; what has no such character stays."""
    for seed in range(50):
        wrong = mistyped("海水什么时候退得最远", random.Random(seed))
        (at,) = [at for at, pair in enumerate(zip("海水什么时候退得最远", wrong, strict=True)) if len(set(pair)) == 2]
        assert at not in (2, 3) and wrong[at] in same_sound("海水什么时候退得最远"[at])
    assert mistyped("什么是GPT-4", random.Random(0)) == "什么是GPT-4"


def test_pairs_of_the_reader_are_whole():
    """Four questions with the sentence that answers each, two or more that are not answered; none of the adapter's passages."""
    passages = [one for group in read_groups(READER_PAIRS) for one in group]
    assert len(passages) > 2000 and len({one["passage"] for one in passages}) == len(passages)
    assert all(len(one["questions"]) == len(one["answers"]) == 4 and len(one["unanswered"]) >= 2 for one in passages)
    assert all(one["passage"].count(begin) == 1 for one in passages for begin in one["answers"])
    assert all(not set(map(plain, one["questions"])) & set(map(plain, one["unanswered"])) for one in passages)
    known = {one["passage"] for group in read_groups(PAIRS) for one in group}
    assert not known & {one["passage"] for one in passages}
