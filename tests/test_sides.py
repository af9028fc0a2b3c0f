"""Questions that compare two things get both, wherever each is explained."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.build import build
from qa.ask import Asker
from qa.sides import defined, headed, named, tells_of_a_side, untold

ARTICLE = """# 三种磨豆机

## 手摇磨豆机

手摇磨豆机靠人转动手柄带着刀盘磨碎咖啡豆，安静、便宜、不用插电，磨一杯的豆子大约要一分钟，旅行时也带得走。

## 半自动磨豆机

半自动磨豆机要人按住开关才会转动，松手就停，每次磨多少粉全凭人的手感，店里很少有人再用它。

## 定量磨豆机

定量磨豆机按设定的秒数转动，到了时间自己停下，每一份粉的重量相差不到半克，适合一天要出几百杯的咖啡店。

## 水温

水温高，萃取得快，苦味也重。闷蒸是指先倒少量热水，让咖啡粉放出气体。注水是指闷蒸之后分几次倒入其余的热水。一壶水大约能冲三杯。
"""


@given(st.text(alphabet="监督半学习a1.", max_size=12), st.sampled_from(["监督", "学习", "a1", "监督监督", "a.1", "督"]))
def test_a_name_is_looked_for_as_one_pattern_would(key, side):
    """Also where it stands twice, one in the other, and where it holds what patterns have a meaning for."""
    pattern = rf"(?<![半自无非弱强多超a-z0-9]){re.escape(side)}(?![a-z0-9])"
    assert named(side, key) == (re.search(pattern, key) is not None)


@given(st.text(alphabet="监督a1.、() ", max_size=10), st.sampled_from(["监督", "a1", "1", "监", "a"]))
def test_a_heading_is_compared_as_one_pattern_would(heading, side):
    """Behind a number, before another name in brackets, or itself in the brackets behind another name."""
    name = re.escape(side)
    pattern = rf"[\d.、()\s]*(?:{name}\s*(?:\([^()]*\))?|[^()]+\({name}\))"
    assert headed(side, heading) == (re.fullmatch(pattern, heading) is not None)


@pytest.fixture(scope="module")
def asker(tmp_path_factory):
    """An index of one article on coffee grinders."""
    folder = tmp_path_factory.mktemp("compare")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "磨豆机.md").write_text(ARTICLE, "utf-8")
    build(folder / "corpus", folder / "index")
    return Asker(folder / "index")


@pytest.mark.parametrize("question", ["手摇磨豆机和定量磨豆机有什么区别", "定量磨豆机与手摇磨豆机相比有什么不同"])
def test_both_sides_are_told_from_passages_of_their_own(asker, question):
    """Each side's own passage is quoted, and not that of a third thing that is as like them."""
    answer = asker.ask(question)
    assert "靠人转动手柄" in answer.text and "按设定的秒数" in answer.text and "按住开关" not in answer.text
    words = sorted(("手摇", "定量"), key=question.index)
    assert [one.headings[-1][:2] for one in answer.citations[:2]] == words, "first in the order of the question"
    assert "[1]" in answer.text and "[2]" in answer.text and "[3]" not in answer.text
    few = asker.ask(question, 2)
    assert few.text == answer.text and len(few.citations) == 2 and len(asker.ask(question, 1).citations) == 1


def test_what_merely_lists_both_sides_does_not_answer(tmp_path):
    """A sentence that names both in passing is no comparison; one that sets them against each other is."""
    (tmp_path / "corpus").mkdir()
    listed = "咖啡馆里两样都有，做奶咖常用的豆子有阿拉比卡和罗布斯塔，客人可以自己挑，价钱相同，店员会把阿拉比卡和罗布斯塔都磨好装袋。"
    own = "## 阿拉比卡\n\n种在高山上，怕热怕病，果酸明显。\n\n## 罗布斯塔\n\n平地就能种，产量大，味道苦而厚。\n"
    (tmp_path / "corpus" / "豆子.md").write_text(f"# 豆子\n\n## 菜单\n\n{listed}\n\n{own}", "utf-8")
    build(tmp_path / "corpus", tmp_path / "index")
    told = Asker(tmp_path / "index").ask("阿拉比卡和罗布斯塔的区别").text
    assert told.index("果酸") < told.index("产量大") and "装袋" not in told


@pytest.mark.parametrize(
    ("key", "missing"),
    [
        ("常见的有甲炉和乙炉", ["甲炉", "乙炉"]),
        ("甲炉烧柴,而乙炉烧炭", []),
        ("甲炉比乙炉省柴", []),
        ("比如甲炉和乙炉", ["甲炉", "乙炉"]),
        ("甲炉和乙炉按比例配,使用规则相同", ["甲炉", "乙炉"]),
        ("不同的炉子有甲炉和乙炉,从而取暖,都要冷却", ["甲炉", "乙炉"]),
        ("甲炉和乙炉不同", []),
        ("甲炉烧柴", ["乙炉"]),
        ("丙炉是指甲炉和乙炉的结合", ["甲炉", "乙炉"]),
        ("甲炉是指不用乙炉的办法", ["乙炉"]),
        ("2. 甲炉(stove):甲炉烧的柴比喂乙炉的细", ["乙炉"]),
        ("**甲炉**: 省柴,乙炉也配得上", ["乙炉"]),
        ("甲炉:", ["乙炉"]),
        ("新甲炉:配乙炉用", ["甲炉", "乙炉"]),
    ],
)
def test_which_side_a_sentence_tells_of(key, missing):
    """To define, to contrast or to name alone is to tell; to list, or to define another by it, is not."""
    assert untold(("甲炉", "乙炉"), [key]) == missing


def test_both_sides_are_told_from_one_passage(asker):
    """Where one passage explains both, a sentence on each is marked, and nothing between or after them that says neither."""
    answer = asker.ask("闷蒸和注水有什么区别")
    said = [answer.citations[0].verbatim(span) for span in answer.citations[0].answer_spans]
    assert any(one.startswith("闷蒸是指") for one in said) and any(one.startswith("注水是指") for one in said)


@pytest.mark.parametrize(
    ("side", "key", "there"),
    [("监督学习", "监督学习用标签", True), ("监督学习", "半监督学习", False), ("bert", "roberta 和 bertology", False), ("bert", "用 bert 做", True)],
)
def test_a_name_is_not_the_end_of_a_longer_one(side, key, there):
    """监督学习 does not stand in 半监督学习, where it names something else."""
    assert named(side, key) is there


def test_what_defines_and_what_heads():
    """A sentence defines one side, not the longer name that ends with it; a heading may have a number and another name."""
    assert defined("监督学习", "监督学习是指用标签训练") and not defined("监督学习", "半监督学习是指用一部分标签训练")
    for heading in ("强化学习", "3. 强化学习", "强化学习(rl)", "rl(强化学习)"):
        assert headed("强化学习", heading), heading
    assert not headed("强化学习", "基于人工反馈的强化学习(rlhf)") and not headed("监督学习", "半监督学习")


def test_a_side_within_the_other_contrasts_nothing():
    """What is left of the longer name when the shorter one is taken out of it is no word of the sentence's."""
    assert untold(("监督学习", "对比监督学习"), ["常见的有监督学习和对比监督学习"]) == ["监督学习", "对比监督学习"]


def test_how_surely_a_passage_tells_of_a_side():
    """By a definition, or by its heading; a passage on a third thing that names both tells of neither."""
    sides = ("监督学习", "非监督学习")
    assert tells_of_a_side(sides, ["学习"], "监督学习是指用标签训练") == 1
    assert 0 < tells_of_a_side(sides, ["非监督学习"], "没有标签时用它") < 1
    assert tells_of_a_side(sides, ["半监督学习"], "监督学习和非监督学习相结合") == 0
    assert tells_of_a_side((), ["半监督学习"], "监督学习是指用标签训练") == 0


def test_two_words_for_not_name_one_thing():
    """无监督学习 asked for is the section on 非监督学习, and the other way round; 无线 is not 非线."""
    assert headed("无监督学习", "2. 非监督学习") and headed("非监督学习", "无监督学习")
    assert named("无监督学习", "非监督学习靠自己探索") and not headed("无线电", "非线电")
    assert defined("无监督学习", "非监督学习是指没有标注的学习方式")
