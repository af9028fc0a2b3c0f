"""Questions that ask for two things get both."""

import pytest

from qa.parts import parts
from qa.question import understand
from tests.texts import answering

FILTER = "滤网每两周用清水冲洗。正常使用六个月要更换一次。原装滤网每片129元，在商城能买到。水箱每天换水。"
LEASE = "月租金为3600元。租金按季支付，每季度首月的五日以前付清。押金为7200元，搬离以后七日内退还。房内不得饲养大型犬。"
CRAFT = "书里第二个人是修船的桂三爷。他不识字，却能用指节敲船板，听声音判断木头坏没坏。敲了三十年才学会。"


def told(text: str, question: str) -> str:
    """What answers, in one piece."""
    return "".join(answering(text, question))


@pytest.mark.parametrize(
    ("text", "question", "says", "not_this"),
    [
        (FILTER, "滤网多久更换一次，多少钱", ("六个月", "129元"), "水箱"),
        (LEASE, "月租金多少，押金呢", ("3600元", "7200元"), "大型犬"),
        (CRAFT, "谁在修船，他怎么判断木头坏没坏", ("桂三爷", "指节"), "三十年"),
    ],
)
def test_both_parts_are_told(text, question, says, not_this):
    """The second need not repeat what the first is about; nothing else comes along."""
    found = told(text, question)
    assert all(word in found for word in says) and not_this not in found


def test_one_thing_asked_for_is_told_alone():
    """A comma asks for nothing."""
    assert "129元" not in told(FILTER, "我家的滤网脏了，多久更换一次")


@pytest.mark.parametrize(
    ("question", "count"),
    [("滤网多久换一次，多少钱", 2), ("滤网多久换一次？在哪买？", 2), ("滤网脏了，怎么洗", 0), ("滤网怎么洗", 0), ("你好，请问滤网多少钱", 0)],
)
def test_parts_are_clauses_that_ask(question, count):
    """What merely tells is none."""
    assert len(parts(understand(question))) == count
