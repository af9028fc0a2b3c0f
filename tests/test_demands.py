"""What a question demands and the passages lack."""

from __future__ import annotations

import pytest

from ingest.terms import fold
from qa.demands import made, missing_names, missing_number, names_in, told_maker
from qa.question import stands, understand

NOTE = "深湖二号探测器于 2019 年 3 月下水，长 12 米，用了 48 块电池，造价 300 万元。它的声呐由 Aquila 公司制造。"


def _number(question: str, text: str = NOTE) -> float:
    return missing_number(understand(question), fold(question), [fold(text)])


@pytest.mark.parametrize("question", ["它是哪一年下水的？", "用了多少块电池？", "造价多少钱？", "探测器长多少米？", "几月下水？"])
def test_number_that_stands_there_is_not_missing(question):
    """A date, a count, a price or a length that the passage gives counts as given."""
    assert _number(question) == 0


@pytest.mark.parametrize("question", ["声呐能听到多少赫兹？", "电池能充多少次？", "探测器载多少名乘员？"])
def test_number_of_something_else_does_not_answer(question):
    """Numbers of other things in the passage are no answer to "how many"."""
    assert _number(question) == 1


def test_question_that_asks_for_no_number_misses_none():
    """Only questions for a number can miss one."""
    assert _number("深湖二号是什么？", "没有数字的一句话。") == 0


def test_large_counts_are_no_prices():
    """万 and 亿 belong to what they count: parameters are no money."""
    assert _number("训练一次要花多少钱？", "这个模型有 1750 亿参数，语料 45 万篇。") == 1
    assert _number("训练一次要花多少钱？", "这个模型花了 1200 万美元。") == 0 and _number("造价多少钱？", "造价约 460 万。") == 0


def test_numbers_of_another_thing_are_not_those_of_the_thing_named():
    """Only passages that hold the name say how many it has; where none does, its absence is told by the name."""
    question, one, other = "Aquila 有多少层？", "Aquila 用在图像上。", "Borealis 有 50 层。"
    read = understand(question), fold(question)
    assert missing_number(*read, [fold(one), fold(other)]) == 1
    assert missing_number(*read, [fold(one + "它有 34 层。"), fold(other)]) == 0 == missing_number(*read, [fold(other)])


def test_words_that_count_the_same_stand_for_each_other():
    """回 and 次 count alike; a number of something else still does not answer."""
    assert _number("探测器下潜了几回？", "它一共下潜了 7 次。") == 0
    assert _number("探测器下潜了几回？", "它装了 7 块电池。") == 1


@pytest.mark.parametrize(("question", "text", "missing"), [
    ("敲几下才开门？", "要敲三次。", 0), ("敲几下才开门？", "先介绍一下门。", 1), ("一共考几次？", "请看一下通知。", 1), ("有多少下载量？", "第一次出版。", 1),
    ("船分哪几类？", "船各不相同。", 0), ("在哪几年举办过？", "以前举办过。", 1),
])  # fmt: skip
def test_what_is_counted_and_what_is_not(question, text, missing):
    """下 counts as 次 does, but not in 一下 and 下载; 哪几类 wants the kinds, 哪几年 years."""
    assert _number(question, text) == missing


@pytest.mark.parametrize(("question", "text", "missing"), [
    ("4月的船期", "04月有两班船。", 0), ("04月的船期", "4月有两班船。", 0), ("4月的船期", "14月有两班船。", 1), ("05班", "五班船。", 0), ("100班", "1班船。", 1),
])  # fmt: skip
def test_leading_noughts_make_no_other_number(question, text, missing):
    """04月 is 4月, either way round."""
    assert missing_names(question, [text]) == missing


@pytest.mark.parametrize(
    ("term", "text", "there"),
    [
        ("6", "6月的利率", True), ("6", "上调5.6%", False), ("6", "2016年", False), ("6", "6.5 米", False), ("6", "一共6.", True),
        ("2016", "在2016年", True), ("gpu", "两块gpus", True), ("利率", "联邦基金利率", True), ("利率", "汇率", False),
    ],
)  # fmt: skip
def test_a_number_stands_there_as_a_whole(term, text, there):
    """The 6 of a month is none of 5.6 per cent; words may stand inside longer ones."""
    assert stands(term, text) is there


def test_when_may_ask_for_a_condition():
    """"什么时候会" wants no date, "什么时候下水" does."""
    assert _number("电池什么时候会没电？", "低温下电池很快没电。") == 0
    assert _number("什么时候下水？", "它下过水。") == 1


@pytest.mark.parametrize(
    ("question", "share"),
    [("Aquila 公司做什么？", 0), ("Aquila-4 是什么？", 1), ("Aquila 和 Borealis 哪个好？", 0.5), ("声呐是什么？", 0)],
)
def test_names_must_stand_whole(question, share):
    """A name of which only a part stands in the passage is missing."""
    assert missing_names(fold(question), [fold(NOTE)]) == share


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("比率偏高58怎么办", "比率偏高158的要复查，5.58不算高。", 1), ("比率偏高58怎么办", "比率到58的要复查。", 0),
        ("2021年的版本有什么变化", "2019年的版本改了声呐。", 1), ("Aquila 3 和 Aquila 12 差在哪", "aquila 12 比 aquila 3 长。", 0),
        ("3种声呐哪种好", "声呐有三种。", 0), ("2块电池够吗", "两块电池够用。", 0), ("Aquila-4 好吗", "aquila 有 4 种。", 1),
    ],
)  # fmt: skip
def test_numbers_of_the_question_must_stand_as_a_whole(question, text, share):
    """58 is not told of by 158; up to ten a number may be written as a word."""
    assert missing_names(fold(question), [fold(text)]) == share


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("青柚app 3.0什么时候上线", "青柚app 2.0原定4月8日上线。", 3.0),
        ("墨舟笔记3.5.0有什么新功能", "3.4.0新增离线语音转写。", 3.0),
        ("墨舟笔记3.4.0有什么新功能", "3.4.0新增离线语音转写。", 0.0),
        ("发烧38.5度要吃药吗", "发烧到39度要看医生。", 1.0),
        ("准确率95.5%算高吗", "准确率有高有低。", 1.0),
        ("第三季度的推广预算", "本季度推广预算为48万元。", 1.0),
        ("第三季度的推广预算", "第三季度推广预算为48万元。", 0.0),
        ("第一年的租金", "租金每年一付。", 0.0),
    ],
)
def test_what_is_told_of_another_version_is_no_answer(question, text, missing):
    """A version that stands nowhere counts for more than a number with a unit; an ordinal as much as that."""
    assert missing_names(question, [text]) == missing


def test_name_is_found_however_it_is_spaced():
    """batchsize, batch size and batch-size are one name; a longer word is not."""
    for written in ("batchsize", "batch size", "batch-size"):
        assert missing_names("batchsize怎么选", [f"这里的 {written} 取 32"]) == 0
    assert missing_names("batch怎么选", ["batches 取 32"]) == 1


def test_a_verb_is_found_however_it_is_bent():
    """An article says fine-tuning where it is asked for fine-tune; a short name is as it is."""
    assert missing_names("fine-tune和pre-train的区别", ["微调(fine-tuning)在预训练(pre-training)之后", "pretrained"]) == 0
    assert missing_names("model-based是什么", ["这里讲的都是 model base 的方案"]) == missing_names("finetuning怎么做", ["fine-tune 之后"]) == 0
    assert missing_names("lora和bert的区别", ["loraing 和 berted"]) == 1


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("门控单元是谁发明的？", "门控单元有两个门，决定记住什么。", False),
        ("门控单元是谁提出的？", "研究发现门控单元的提出推动了翻译。", False),
        ("门控单元是谁提出的？", "后来人们提出了门控单元。", False),
        ("《风铃》的作者是谁？", "《灯塔》的作者周闻，《风铃》的作者沈一白。", True),
        ("《风铃》的作者是谁？", "《风铃》的作者在文中提出了三点。", False),
        ("《风铃》的作者是谁？", "电影《风铃》根据沈一白同名小说改编。", True),
        ("门控单元是谁最早提出的？", "最早提出门控单元这一想法的，是沈一白。", True),
        ("门控单元是谁提出的？", "别的装置由赵实提出。门控单元有两个门。", False),
        ("门控单元是谁提出的？", "赵实在 1997 年最早提出门控单元。", True),
        ("门控单元是谁提出的？", "门控单元是东海大学的团队首先提出的。", True),
        ("门控单元是谁提出的？", "Zhao 提出了门控单元。", True),
        ("门控单元是谁提出的？", "门控单元见于东海大学 1997 年的论文。", True),
        ("门控单元是谁提出的？", "门控单元（Zhao et al., 1997）有两个门。", True),
        ("门控单元是谁提出的？", "门控单元的提出者是赵实。", True),
        ("谁提出了 Aquila？", "赵实等人用它训练了别的网络和 Aquila。", False),
        ("谁最早提出了 Aquila？", "Aquila 有两个门。Borealis 由赵实提出。", False),
        ("谁最早提出了 Aquila？", "Aquila 模型的提出改变了翻译。", False),
        ("谁最早提出了 Aquila？", "赵实发明了 Aquila。", True),
        ("门控单元的发明者是谁？", "门控单元出自赵实等人 1997 年的论文。", True),
        ("结果好坏由谁来判断？", "结果好坏没有标准答案。", None),
        ("谁都能用的门控单元有什么好处？", "门控单元有两个门。", None),
    ],
)
def test_who_made_something_must_be_told_of_it(question, text, told):
    """By a sentence about the thing that names somebody; of 谁 as anybody nothing is asked."""
    found = _told_maker(question, [text])
    assert found is told if told is None else (found >= 0.5) is told


def _told_maker(question: str, texts: list[str]) -> float | None:
    read = made(understand(question), fold(question))
    share = lambda text: sum(term in text for term in read.content) / len(read.content)  # noqa: E731
    return told_maker(fold(question), [fold(f"题\n{text}") for text in texts], share)


def test_maker_of_another_thing_is_not_the_one_asked_for():
    """Only passages that name the thing count, where it has a name in Latin letters."""
    question, other = "Aquila 是谁发明的？", "Borealis 由赵实发明。"
    assert _told_maker(question, ["Aquila 有两个门。", other]) < 0.5
    assert _told_maker(question, ["Aquila 由赵实发明。", other]) > 0.5


def test_what_was_made_is_what_the_question_is_about():
    """丢弃法是谁 is cut into 丢弃 and 法是, which no article has."""
    assert made(understand("丢弃法是谁在哪一年提出的"), "丢弃法是谁在哪一年提出的").content == ("丢弃", "法")
    assert made(understand("BLEU是哪一年由谁提出的"), "bleu是哪一年由谁提出的").content == ("bleu",)


def test_a_title_that_names_many_things_tells_of_none():
    """What stands under another heading was not made by whoever is named there."""
    read, text = made(understand("Aquila 是谁提出的？"), fold("Aquila 是谁提出的？")), fold("从 Borealis 到 Aquila > Borealis\n它由赵实提出。")
    share = lambda piece: sum(term in piece for term in read.content) / len(read.content)  # noqa: E731
    assert told_maker(fold("Aquila 是谁提出的？"), [text], share) == 0
    assert told_maker(fold("Borealis 是谁提出的？"), [text], lambda piece: float("borealis" in piece)) == 1


def test_names_of_a_question_leave_common_english_words_out():
    """Words that only ask are no names; one letter is none either."""
    assert names_in("what is the word2vec of k") == ["word2vec"]


def test_ai_names_a_field_and_no_thing():
    """An article says 人工智能 or 模型 for it: a passage without "AI" lacks nothing."""
    assert names_in("怎么让ai按gpt-4的格式回答") == ["gpt-4"]


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("水塔有几层", "每一层都有窗，第三层住人。", 1.0),
        ("水塔有几层", "塔高三层，每一层都有窗。", 0.0),
        ("水塔前面几层做什么用", "每一层都有窗。", 0.0),
    ],
)
def test_which_one_it_is_does_not_tell_how_many(question, text, missing):
    """每一层 and 第三层 count nothing, and 前面几层 asks for no number."""
    key = fold(question)
    assert missing_number(understand(question), key, [fold(text)]) == missing
