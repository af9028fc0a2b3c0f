"""Slips of the keyboard: a character typed for another of the same sound is read as the articles have it."""

import pytest

from qa.ask import Asker
from qa.homophones import sounded_out
from qa.render import as_json, as_markdown, as_plain
from qa.web.cards import answer_html


@pytest.fixture(scope="module")
def asker(small_index):
    """The small corpus: it speaks of 涌现, 幻觉, 过拟合 and 正则化."""
    return Asker(small_index)


def _read_as(asker, question: str) -> dict[str, str]:
    return sounded_out(question, asker.opened.terms, asker.opened.pairs)[1]


@pytest.mark.parametrize(
    ("question", "typed", "meant"),
    [
        ("什么是涌线？", "涌线", "涌现"),
        ("永现是什么意思", "永现", "涌现"),
        ("什么是湧線？", "涌线", "涌现"),
        ("你好，请问什么是过你合？", "你合", "拟合"),
        ("幻绝和涌现的区别", "幻绝", "幻觉"),
        ("幻绝怎么减轻", "幻绝", "幻觉"),
    ],
)
def test_one_character_of_the_same_sound(asker, question, typed, meant):
    """Whichever it is, in either script, among greetings or in a comparison; tones do not count."""
    assert _read_as(asker, question) == {typed: meant}


@pytest.mark.parametrize(
    "question",
    [
        "什么是涌现？",
        "什么是幻想？",  # a word of the dictionary, though 幻象 and 幻觉 are near
        "什么是困惑度？",  # unknown, and nothing sounds like it
        "涌现和幻觉有什么区别",
        "过拟合的坏处有哪些，写的时候怎么说明",  # long, and about more than one thing
        "GPT-4 是什么",
        "",
    ],
)
def test_what_is_left_alone(asker, question):
    """What the articles or the dictionary know, what they do not know at all, and whatever is no name."""
    assert sounded_out(question, asker.opened.terms, asker.opened.pairs) == (question, {})


def test_the_answer_says_how_the_question_was_read(asker):
    """It is that to the right question, and every door shows what was changed."""
    answer = asker.ask("什么是涌线？")
    assert answer.found and answer.text.startswith("涌现是指") and answer.question == "什么是涌线？"
    assert as_json(answer)["read_as"] == {"涌线": "涌现"} == answer.read_as
    for shown in (as_plain(answer, "zh"), as_markdown(answer, "zh"), answer_html(answer, "zh", lambda path: None)):
        assert "按此理解：涌线 → 涌现" in shown
    right = asker.ask("什么是涌现？")
    assert right.read_as == {} and right.text == answer.text and "按此理解" not in as_plain(right, "zh")
