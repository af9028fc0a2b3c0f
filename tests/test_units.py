"""Units of measurement: a number in another unit of the same quantity answers."""

import pytest

from ingest.terms import fold
from qa.demands import missing_number
from qa.question import understand
from qa.units import asked_in, measured, told_in


def _told(question: str, text: str) -> bool:
    return missing_number(understand(question), fold(question), [fold(text)]) == 0


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("洗衣机脱水时有多少分贝", "噪声不超过 62dB(A)"),
        ("这条路有几公里", "全程 8.4km，步行两小时"),
        ("这种鱼能长到多少斤", "成鱼重 3.5kg 上下"),
        ("水箱能装几升", "容量 450mL"),
        ("电池是多少毫安的", "内置 5000mAh 电池"),
        ("连着用能用几个小时", "待机 90min"),
        ("多少度以下会结冰", "低于零下2℃时"),
        ("湖面有多少平方公里", "水面 4500 公顷"),
        ("一天能走多少里地", "日行 30公里"),
        ("孵蛋要几个月", "孵化期 40 天左右"),
        ("拿几成出来", "留出 20% 的样本"),
    ],
)
def test_another_unit_of_the_same_quantity_tells_a_number(question, text):
    """However it is spelt, as a symbol or as a word."""
    assert _told(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("保修几年", "插上电等 30s 再开机"),
        ("洗衣机有多少公斤", "噪声不超过 62dB(A)"),
        ("孵蛋要几个月", "翻一次蛋要 5min"),
        ("有多少公里", "买了 3 kmall 的券"),
        ("一共几个人", "长 3m，宽 2m"),
        ("有多少米高", "占地 35㎡"),
    ],
)
def test_a_unit_of_another_quantity_tells_none(question, text):
    """Nor one of the same quantity that is far too small, nor letters of a longer word."""
    assert not _told(question, text)


@pytest.mark.parametrize("asked", ["", "本书", "平台", "年级", "升级", "分", "个人"])
def test_what_merely_begins_like_a_unit_asks_for_none(asked):
    """多少平台 counts platforms, no square metres."""
    assert told_in(asked) is None


def test_the_unit_is_asked_not_told():
    """It is no word that the answer has to repeat; what is counted is."""
    assert asked_in("电池是多少毫安的") == "多少毫安" and asked_in("买了多少本书") == "" and asked_in("等了好几天") == ""
    question = understand("电池是多少毫安时的")
    assert question.measure == "多少毫安时" and question.content == ("电池",)
    assert understand("买了多少本书").measure == ""


@pytest.mark.parametrize("question", ["这几年水价变了多少次", "近几年哪些村通了水", "几年前修的水渠归谁管", "几十年来水位有哪些变化", "前几天为什么停水"])
def test_some_years_ask_for_no_number_of_years(question):
    """Nor does a number that is asked beside them."""
    assert understand(question).measure == ""


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("多少年", "2021年上市", False), ("多少年", "前后用了20年", True), ("几年", "三年不换", True), ("多少天", "6月18日发货", False),
        ("多少天", "15日内发货", True), ("几个月", "2021年6月", False), ("几个月", "头6个月", True), ("几个小时", "90min", True),
    ],
)  # fmt: skip
def test_a_date_is_no_duration(asked, text, found):
    """2021年 says when, 20年 how long."""
    assert (measured(asked).search(text) is not None) == found
