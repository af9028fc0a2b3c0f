"""Slips of the keyboard: a character typed for another of the same sound is read as the articles have it."""

import pytest

from ingest.build import build
from qa.ask import Asker
from qa.homophones import sounded_out
from qa.render import as_json, as_markdown, as_plain
from qa.web.cards import answer_html
from tests.conftest import SMALL_CORPUS


@pytest.fixture(scope="module")
def asker(tmp_path_factory):
    """The small corpus and one article more: they speak of 涌现, 幻觉, 过拟合, 张量处理器 and 静态词向量."""
    folder = tmp_path_factory.mktemp("slips")
    (folder / "文章").mkdir()
    more = {"词向量.md": "# 词向量\n\n静态词向量给每个词一个固定的向量,为检索智能提供方便。\n\n## 权利\n\n使用词向量的权利归作者所有。\n"}
    for name, text in (SMALL_CORPUS | more).items():
        (folder / "文章" / name).write_text(text, "utf-8")
    build(folder / "文章", folder / "index")
    return Asker(folder / "index")


def _read_as(asker, question: str) -> dict[str, str]:
    return sounded_out(question, asker.opened)[1]


@pytest.mark.parametrize(
    ("question", "typed", "meant"),
    [
        ("什么是涌线？", "涌线", "涌现"),
        ("永现是什么意思", "永现", "涌现"),
        ("什么是湧線？", "涌线", "涌现"),
        ("你好，请问什么是过你合？", "过你合", "过拟合"),
        ("幻绝和涌现的区别", "幻绝", "幻觉"),
        ("解释一下张凉处理器", "张凉处理器", "张量处理器"),
    ],
)
def test_one_character_of_the_same_sound(asker, question, typed, meant):
    """Whichever it is, in either script, among greetings or in a comparison; tones do not count."""
    assert _read_as(asker, question) == {typed: meant}


@pytest.mark.parametrize(
    "question",
    [
        "什么是涌现？",
        "什么是权力？",  # a word of the dictionary, though 权利 is a heading
        "什么是困惑度？",  # unknown, and nothing sounds like it
        "涌现和幻觉有什么区别",
        "过拟合的坏处有哪些，写的时候怎么说明",  # long, and about more than one thing
        "什么是竞态？",  # the small corpus has 静态 neither as a heading nor beside another name
        "什么是智能体？",  # 智能提 stands there, in 智能提供
        "幻绝怎么减轻",  # no name is asked about
        "GPT-4 是什么",
        "",
    ],
)
def test_what_is_left_alone(asker, question):
    """What the articles or the dictionary know, what they do not know at all, and whatever is no name."""
    assert sounded_out(question, asker.opened) == (question, {})


def test_the_answer_says_how_the_question_was_read(asker):
    """It is that to the right question, and every door shows what was changed."""
    answer = asker.ask("什么是涌线？")
    assert answer.found and answer.text.startswith("涌现是指") and answer.question == "什么是涌线？"
    assert as_json(answer)["read_as"] == {"涌线": "涌现"} == answer.read_as
    for shown in (as_plain(answer, "zh"), as_markdown(answer, "zh"), answer_html(answer, "zh", lambda path: None)):
        assert "按此理解：涌线 → 涌现" in shown
    right = asker.ask("什么是涌现？")
    assert right.read_as == {} and right.text == answer.text and "按此理解" not in as_plain(right, "zh")
