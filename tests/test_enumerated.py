"""What is counted off in prose: all of it is told where all is asked for."""

import pytest

from ingest.terms import fold
from qa.enumerated import runs
from tests.texts import answering

REASONS = "水车停转的原因不止一个。首先是泥沙，槽里淤了两尺；其次是木轴，泡烂了一半。最后是人手，看车的人进了城。水车边上种着柳树。"
FIRES = "石埠遭过三次大灾。第一次是道光年间的大水，冲毁码头六座。第二次是民国的大火。烧掉整条横街。第三次是六三年的洪水，全镇无人死亡。"


def told(text: str, question: str) -> str:
    """What answers, in one piece."""
    return "".join(answering(text, question))


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["有三条。", "首先看水。", "其次看风。", "最后看一看船上的缆绳系好没有。", "好。"], [range(1, 4)]),
        (["一是求偶。", "雄虫边飞边闪。", "二是警告。", "它有毒素,蛙见到光便躲开。", "三是捕食。", "有一类会骗别种雌虫。"], [range(0, 6)]),
        (["一来路远,二来天冷,三来没船。", "走不了。"], [range(0, 1)]),
        (["首先看水。", "然后就没有了下文吗?"], [range(0, 2)]),
        (["第一次出海是在春天。", "风很大。", "他病了。", "后来好了。", "第二次是秋天。"], []),
        (["一是一,二是二。"], [range(0, 1)]),
        (["一来就下雨。", "真冷。"], []),
    ],
)
def test_what_is_counted_off_is_seen(keys, found):
    """From the first to the last, what goes on with one in between included; not over a long gap, not without a second."""
    assert runs([fold(key) for key in keys]) == found


@pytest.mark.parametrize("question", ["水车为什么停转", "水车停转的原因有哪些"])
def test_all_reasons_are_told(question):
    """Not merely that there are several."""
    found = told(REASONS, question)
    assert all(word in found for word in ("泥沙", "木轴", "人手")) and "柳树" not in found


@pytest.mark.parametrize("question", ["石埠遭过哪三次大灾", "石埠三次大灾是什么"])
def test_so_many_are_told_as_were_asked_for(question):
    """Three, with what goes on from the second."""
    found = told(FIRES, question)
    assert all(word in found for word in ("道光", "民国", "横街", "六三年"))


def test_one_of_them_is_told_alone_where_one_is_asked_for():
    """Which year the fire was is no question for all disasters."""
    assert "六三年" not in told(FIRES, "大火烧掉了哪条街")


def test_a_reason_may_stand_two_sentences_below():
    """What was done, then what others thought, then why: all that leads there."""
    text = "老邹回镇上弹棉花。他本来在城里开车，他回镇上接了父亲弹棉花的铺子。旁人都说他孝顺，他自己讲的原因却是城里租不起屋。镇上有三家铺子。"
    assert "租不起屋" in told(text, "老邹为什么回镇上弹棉花")


def test_what_is_lacking_is_told_by_the_sentence_that_says_so():
    """缺点是 goes on from the sentence that names the thing."""
    text = "阻门器是楔形的，塞在门缝底下，有人推门就响。缺点是只能在家的时候用。门锁另外再说。"
    assert "只能在家" in told(text, "阻门器有什么缺点")


def test_code_tells_no_why():
    """A line of a program names the thing as well as the sentence that gives the reason."""
    text = "import sqlite3, time\ndb = sqlite3.connect('t.db')\n原因很简单：每次提交都要等数据写到盘上。\n"
    assert "写到盘上" in told(text, "sqlite3插入为什么那么慢")
