"""Sentences that promise an answer, close a page or only ask: nothing is answered with them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.build import build
from ingest.embed import Encoded, open_embedder
from ingest.interaction import interact
from ingest.passagevectors import embed
from ingest.sentences import sentences
from ingest.tokenvectors import SENTENCE, without
from ingest.types import Article, Passage, Span
from qa.answer import choose
from qa.ask import Asker
from qa.hollow import asks, hollow, says_nothing
from qa.question import understand
from qa.reader import SAYS_NOTHING

KETTLE = """水壶结水垢怎么清除

水壶用久了，里面都会结一层白白的水垢，看着就不舒服。那么水壶结水垢怎么清除呢？下面小编就为大家介绍水壶结水垢怎么清除的办法，一起来看看吧。

倒两勺白醋，加满水烧开，静置二十分钟，再刷一刷就掉了。没有醋的话，拿一小包食用柠檬酸代替也行。

以上就是水壶结水垢怎么清除的全部内容，希望对您有帮助。
"""
PROMISE = "阳台的地漏堵了，家家都会遇上。地漏堵了怎么疏通呢？接下来就让我们一起来了解一下地漏堵了怎么疏通吧。"
DETAILS = ["潮汐由月亮引起。", "那么潮汐是怎么来的呢？", "接下来我们就来聊聊潮汐是怎么来的。", "它每天涨落两次。"]


@pytest.mark.parametrize(
    "sentence",
    [
        "下面就跟着小编一起来了解一下吧。",
        "接下来，我们就来看看屋顶漏水怎么修。",
        "今天我们就来聊聊养猫的那些事。",
        "本文将为您详细介绍搬家的注意事项。",
        "本文一次讲清。",
        "一文看懂门锁怎么换。",
        "这篇文章告诉你怎么挑菜刀。",
        "关于押金，下面我们来说说。",
        "以上就是煮粥怎么不糊的全部内容，希望对大家有所帮助！",
        "希望这篇文章能帮到你。",
        "本文将从零开始，手把手带你掌握这门手艺。",
        "关于押金，今天就说到这里。",
        "下面几招建议收藏。",
        "想了解更多养花知识，请继续留意本站。",
        "这个问题在群里被问了上千遍，回答五花八门。",
        "很多人都不太清楚。",
        "小編今天就為大家帶來換燈泡的方法。",
        "一起學習一下吧",
        "羝，羝的意思，羝怎么读，羝的读音，羝字笔顺，羝字组词，羝字翻译。",
        "kettle是什么意思,kettle在线翻译,kettle的意思,kettle的解释,kettle的发音,kettle例句",
        "铜川邮编、铜川邮编查询、铜川邮编多少、铜川市邮编、铜川邮政编码、铜川邮编号码",
        "水磨石多少錢 水磨石價格 水磨石地面圖片 水磨石怎麼翻新 家用水磨石 水磨石地磚",
    ],
)
def test_what_promises_or_closes_says_nothing(sentence):
    """Whatever it is about, and in either script."""
    assert says_nothing(sentence) and says_nothing(f"{sentence} ")


@pytest.mark.parametrize(
    "sentence",
    [
        "恐龙不是哺乳动物，不过下面几种动物才是，我们来看看它们。",  # says something before it promises
        "下面介绍三种疏通的办法：",  # a list follows
        "本文介绍蒸、煮、烤三种做法。",  # names them
        "今天的会议介绍了新的报销规定。",
        "随着气温升高，人们学习的效率会下降。",
        "上下文学习是指只看几个例子就会做新题。",
        "建议去医院看看。",
        "希望得到帮助的老人可以拨打社区电话。",
        "跟我们分析的一样，冷水更省电。",
        "需要更多的训练数据。",
        "本文作者说清朝的船更大。",
        "本文讲清代的渡口。",
        "一文钱买两个馒头。",
        "就和学习骑车一样，摔几次就会了。",
        "一起学习的同学往往互相促进。",
        "小编建议每天喝八杯水。",
        "水管一直通到这里。",
        "很多人不知道空腹喝牛奶容易腹泻。",
        "老师带着大家学习了三个月。",
        "附近有南门站、东门站、西门站、北门站、新门站、老门站和大门站。",  # nobody searches so
        "怎么洗羊毛衫，羊毛衫价格，羊毛衫图片，羊毛衫哪里买，羊毛衫大全。",  # too few
        "羊毛衫怎么洗才不会缩水变形还能保持蓬松，羊毛衫晾干以后价格标签要不要收好，羊毛衫图片和实物有多少差别，"
        "羊毛衫起球以后怎么处理才好看，羊毛衫用哪一种洗衣液最合适，羊毛衫放多少年还能穿。",  # too long
        "小商店、小书店、小饭馆、小花店、小商店的电话、小商店的地址、小面馆、小酒馆、小发廊、小裁缝、小钟表铺、小杂货铺。",  # about many things
        "南岭路邮局、南岭西路、南岭东路、南岭街、南岭巷、南岭桥、南岭站、南岭坡、南岭村、南岭口、南岭里、南岭塘、南岭多少、南岭图片、南岭沟、南岭坪。",  # too few of them
        "常用电话：报警电话110、火警电话119、急救电话120、查号电话114、供电抢修电话95598、供水电话96116。",
        "这个词典能做文字翻译、图片翻译、语音翻译、文档翻译、网页翻译和视频翻译。",
        "服务台会记下客户的姓名、客户的电话、客户的地址、客户的需求、客户的意见、客户的号码。",  # no question among them
        "做计划先要问做什么、为什么做、谁来做、什么时候做、怎么做、花多少钱。",
        "年票多少钱看人：年票成人80元、年票学生价格40元、年票儿童30元、年票老人20元、年票团体价格60元、年票家庭90元。",  # values
        "我的电话丢了，我的号码没了，我的卡停了，我的钱没了，我的车坏了，我怎么办。",  # about nothing that has a name
    ],
)
def test_what_says_something_is_kept(sentence):
    """Though it has words that promises are made of."""
    assert not says_nothing(sentence) and hollow(sentence) == frozenset()


def test_a_question_is_hollow_when_nothing_after_it_answers():
    """A page of questions and answers puts the answer right behind; a page that only wants to be found does not."""
    assert hollow("".join(DETAILS)) == {2}
    assert hollow("".join(DETAILS[:3])) == {1, 2}
    assert hollow("".join(DETAILS[:2])) == {1}
    assert hollow(DETAILS[1]) == {0} and hollow("") == frozenset()


def test_a_question_need_not_end_with_its_mark():
    """呢 ends statements as well."""
    assert asks("屋顶漏水怎么修呢。") and asks("这能行吗") and asks("“真的是这样吗？”") and asks("到底要不要買呢")
    assert not asks("离过年还早着呢。") and not asks("他会修好几样东西。")


@settings(max_examples=60)
@given(st.text(alphabet="下面就来看看吧小编以上希望帮助？。，\n呢a", max_size=60))
def test_only_sentences_are_named(body):
    """Whatever the text, each number is that of one of its sentences."""
    assert hollow(body) <= set(range(len(sentences(body, Span(0, len(body))))))


def test_what_is_left_out_is_not_compared():
    """To leave sentences out of what was compared, and to compare what they are left out of, is the same."""
    text = "潮汐\n" + "".join(DETAILS)
    (packed,), (asked,) = embed(open_embedder(), [text])[1], open_embedder().embed_queries(["潮汐是怎么来的"])
    for dropped in (set(), {2}, {1, 2}, {0, 1, 2, 3}):
        found, other = interact(asked, [packed]), interact(asked, [without(packed, dropped)])
        found.leave_out(0, dropped)
        assert np.allclose(found.best, other.best) and np.allclose(found.spoken, other.spoken)
        assert (without(packed, dropped)[:, -1] == SENTENCE).sum() == len(DETAILS) - len(dropped)
    assert found.spoken[0] == 0 and found.best.max() > 0, "the title is still compared"


def test_tokens_that_cannot_be_told_are_all_kept():
    """A model that gives no tokens has rows of sentences alone."""
    rows = np.full((3, 5), SENTENCE, np.uint8)
    assert len(without(rows, {1})) == 3
    found = interact(Encoded(np.ones(32, np.float32), np.zeros((0, 32), np.float32)), [rows])
    found.leave_out(0, {0, 1, 2})
    assert found.spoken[0] == 0


def test_a_promise_answers_only_where_there_is_nothing_else():
    """However much of the question it repeats."""
    article, passage = Article("a", "a", "", PROMISE, ""), Passage("a", Span(0, len(PROMISE)), ())
    chosen = choose(article, passage, understand("地漏堵了怎么疏通"), lambda term: 1.0)
    assert [one.span.of(PROMISE) for one in chosen] == ["阳台的地漏堵了，家家都会遇上。"]
    last = Passage("a", Span(PROMISE.index("接下来"), len(PROMISE)), ())
    assert len(choose(article, last, understand("地漏堵了怎么疏通"), lambda term: 1.0)) == 1


def test_a_page_that_promises_is_answered_from_where_it_keeps_its_word(tmp_path):
    """Neither the opening that asks and promises nor the end that repeats the question is the answer."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "水垢.txt").write_text(KETTLE, "utf-8")
    (tmp_path / "corpus" / "地漏.txt").write_text(PROMISE[PROMISE.index("地漏堵了怎") :], "utf-8")
    build(tmp_path / "corpus", tmp_path / "index")
    asker = Asker(tmp_path / "index")
    answer = asker.ask("水壶结水垢怎么清除")
    assert "白醋" in answer.text and "小编" not in answer.text and "以上就是" not in answer.text
    nothing = asker.ask("地漏堵了怎么疏通", explain=True)
    assert SAYS_NOTHING == nothing.explain["confidence"]["read"]


def test_what_the_title_asks_is_not_asked_again():
    """In whatever words the text comes back to it; a question of another kind counts, where something follows."""
    body = "不少人都遇到过。那么水壶结水垢到底怎么清除呢？倒两勺白醋。水垢是怎么来的？水里的钙镁受热析出。"
    assert hollow(body) == {0} and hollow(body, ("水壶结水垢怎么清除", "")) == {0, 1}
    assert hollow(body, ("水垢",)) == {0}, "a mere name asks nothing"
