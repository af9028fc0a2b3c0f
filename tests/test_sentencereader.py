"""What reads a question and single sentences: its numbers, what it is shown, how it is trained, what it says."""

import random

import numpy as np
import pytest
import torch

from eval.point import LIKELIEST, Case, begun, cases_of_rows, shown, shown_of_article, train
from eval.readnet import SentenceNet, pointing_loss
from ingest.embed import Encoded, open_embedder
from ingest.errors import WenjuError
from ingest.halves import write_halves
from ingest.passagevectors import embed
from ingest.tokenvectors import SENTENCE
from qa.attention import PLACES
from qa.reader import DIM, Reader
from qa.sentencereader import (
    NEAR,
    SENTENCE_READER_FILE,
    SentenceReader,
    readable,
    seen,
    sentence_reader,
    shapes,
)

ROWS = [
    {
        "group": "1", "title": "潮汐", "heading": "大潮", "passage": "它每月两次。日月和地球成一线时，引力叠加，涨落最大。",
        "questions": ["海水什么时候退得最远", "多久来一回"], "answers": ["日月和地球", "它每月两次"],
    },
    {
        "group": "1", "title": "潮汐", "heading": "小潮", "passage": "它也是每月两次。上弦和下弦时，月亮与太阳的拉力互相抵消，涨落最小。",
        "questions": ["哪几天水位变化不大"], "answers": ["上弦和下弦"],
    },
    {
        "group": "2", "title": "灯塔守则", "heading": "雾号", "passage": "雾天看不见灯光，守塔人每隔两分钟拉一次雾号。声音借压缩空气发出。顺风时八海里外也听得到。",
        "questions": ["起雾了船怎么知道塔在哪"], "answers": ["雾天看不见"],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """The four questions of `ROWS`."""
    return cases_of_rows(ROWS)


def test_numbers_are_read_as_they_were_written_and_mean_the_same_in_numpy_and_in_torch(cases, tmp_path):
    """Any numbers, sentences of different lengths side by side, a question longer than the places that are told apart."""
    chance = np.random.default_rng(0)
    values = {name: chance.normal(scale=0.1, size=shape).astype(np.float16) for name, shape in shapes().items()}
    write_halves(tmp_path / "one.bin", values.values())
    net = SentenceNet()
    net.load_state_dict({name: torch.from_numpy(half.astype(np.float32)) for name, half in values.items()})
    model = SentenceReader(tmp_path / "one.bin")
    for times in (1, PLACES):
        asked = Encoded(cases[0].asked.vector, np.repeat(cases[0].asked.tokens, times, axis=0))
        some = [(case.passage, at) for case in cases for at in (0, 1)]
        with torch.no_grad():
            sure = net.eval()([seen(asked, passage, at) for passage, at in some])
        assert model.read(asked, some) == pytest.approx(sure.numpy(), abs=1e-3)
        assert [model.read(asked, [one])[0] for one in some] == pytest.approx(sure.numpy(), abs=1e-3)


def test_a_sentence_is_seen_under_its_headings_and_behind_the_one_before(cases):
    """The first one behind none; each with how near it comes itself."""
    asked, packed = cases[0].asked, cases[0].passage
    first, second = (seen(asked, packed, at) for at in (0, 1))
    assert first.question.shape == second.question.shape == (len(asked.tokens), DIM + 1)
    own, before = first.passage[:, -2].sum(), first.passage[:, -1].sum()
    assert own and not before and second.passage[:, -1].sum() == own
    headed = len(first.passage) - own
    assert len(second.passage) == headed + own + second.passage[:, -2].sum() == (packed[:, -1] != SENTENCE).sum()
    assert len(np.unique(second.passage[:, NEAR], axis=0)) == 1
    assert (second.passage[0, NEAR] > first.passage[0, NEAR]).all()


def test_what_has_no_tokens_is_not_readable(cases):
    """Of a model that gives none, an empty passage, sentences alone, and one whose sentences the tokens do not tell apart."""
    asked, packed = cases[0].asked, cases[0].passage
    assert readable(asked, packed)
    assert not readable(Encoded(asked.vector, asked.tokens[:0]), packed)
    assert not readable(asked, packed[:0]) and not readable(asked, packed[packed[:, -1] == SENTENCE])
    assert not readable(asked, packed[:-1]) and not readable(asked, packed[packed[:, -1] != SENTENCE])


@pytest.mark.parametrize("size", [0, 1, -2])
def test_a_file_that_is_cut_short_names_the_remedy(tmp_path, size):
    """A package that was not installed whole; so where there is none."""
    (tmp_path / "bad.bin").write_bytes(SENTENCE_READER_FILE.read_bytes()[:size])
    for name in ("bad.bin", "none.bin"):
        with pytest.raises(WenjuError, match="Install wenju again|重新安装 wenju"):
            SentenceReader(tmp_path / name)


def test_the_shipped_one_tells_the_sentence_that_answers():
    """Of passages that it has not learned from, asked in other words than theirs: it holds that one likelier than the others, of both of them."""
    passages = (
        "青石桥修缮记 > 拆除\n老桥的栏板在三月里全部卸下。每块都用红漆编了号，堆在东岸的空地上。施工队雇了十四名石匠，其中九名是邻县来的。"
        "拆到桥心时发现一枚压胜钱，已交给县博物馆保管。",
        "青石桥修缮记 > 重砌\n砌筑用的是糯米灰浆，石灰和米汤按三比一调配。每天只砌两层，免得下层没干就受压。冬至那天合龙，比原计划晚了二十天。"
        "通车前先用装满沙袋的板车压了一夜。",
    )
    asked = [
        ("怎么保证石头装回去不会弄错位置", 0, 1), ("一共请了多少个师傅", 0, 2), ("工地上挖出来的古物现在在哪", 0, 3),
        ("石头之间靠什么粘住", 1, 0), ("为什么不一口气砌完", 1, 1), ("完工拖了多久", 1, 2), ("正式让人走之前做过什么试验", 1, 3),
    ]  # fmt: skip
    embedder = open_embedder()
    packed = embed(embedder, passages)[1]
    every = [(one, at) for one in packed for at in range(4)]
    share = []
    for question, passage, sentence in asked:
        read = sentence_reader().read(embedder.embed_query(question), every)
        share.append(np.mean(read[4 * passage + sentence] > np.delete(read, 4 * passage + sentence)))
    assert np.mean(share) > 0.75


def test_cases_hold_what_is_told(cases):
    """Each question with the number of its sentence, other passages nearest first, and the others of its article."""
    assert [case.right for case in cases] == [(1,), (0,), (1,), (0,)]
    assert [len(case.near) for case in cases] == [2] * 4 and [len(case.beside) for case in cases] == [1, 1, 1, 0]
    assert all(case.passage is not other for case in cases for other in (*case.near, *case.beside))
    assert cases[0].near[0] is cases[0].beside[0]


def test_the_sentences_that_answer_are_shown_first_and_once(cases):
    """All of the own passage, then the likeliest of one or two others, whichever these are."""
    lengths = set()
    for seed in range(20):
        for case in cases:
            every, right = shown(case, random.Random(seed))
            own = int((case.passage[:, -1] == SENTENCE).sum())
            assert right == case.right and all(np.array_equal(every[at].passage, seen(case.asked, case.passage, at).passage) for at in range(own))
            assert own < len(every) <= own + 2 * LIKELIEST
            assert len({one.passage.tobytes() for one in every}) == len(every)
            lengths.add(len(every))
    assert len(lengths) > 2


def test_others_of_the_article_alone_are_shown_whole(cases):
    """Now and then, where there are any."""
    for case in cases:
        counts = {len(shown_of_article(case, random.Random(seed))[0]) for seed in range(20)}
        own = int((case.passage[:, -1] == SENTENCE).sum())
        assert counts == {own, *(own + int((other[:, -1] == SENTENCE).sum()) for other in case.beside)}


def test_it_begins_as_the_reader(cases):
    """What the reader does not see counts for nothing at first."""
    one = seen(cases[0].asked, cases[0].passage, 1)
    with torch.no_grad():
        sure = begun().eval()([one])
    assert sure.tolist() == pytest.approx(Reader().answers(one.question[None], [one.passage[:, : DIM + 3]]).tolist(), abs=1e-3)


def test_the_loss_falls_where_it_is_told_right(cases):
    """A net that is shown the same step again and again learns it."""
    torch.manual_seed(0)
    net, some = SentenceNet(), [shown(case, random.Random(0)) for case in cases]
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    losses = []
    for _ in range(30):
        lost = pointing_loss(net, some)
        optimizer.zero_grad()
        lost.backward()
        optimizer.step()
        losses.append(lost.item())
    assert losses[-1] < 0.3 * losses[0]


def test_training_gives_all_numbers(cases):
    """By the names and shapes that are read; the same from the same seed."""
    values, again = train(cases, passes=1), train(cases, passes=1)
    assert {name: one.shape for name, one in values.items()} == shapes()
    assert all(np.array_equal(values[name], again[name]) for name in values)
