"""Which sentence of a passage answers, and how the question was read."""

import pytest

from ingest.terms import fold
from ingest.types import Article, Passage, Span
from qa.answer import choose
from qa.compose import compose, measured_first, telling
from qa.features import defines
from qa.judge import Scored
from qa.merge import Found
from qa.question import understand
from qa.types import Citation, Hit
from tests.texts import answering

FURNACE = "高炉的风口常年吹热风。热风炉的风为什么要先预热？冷风会带走炉里的热，焦炭就要多烧两成。预热用的是炉顶回收的煤气。风口是铜做的。"
CELLAR = "地窖的门开在北面。冬天存菜要在地窖里盖草帘。之所以盖它，是因为菜叶上结了霜就会烂。春天要把草帘搬出来晒。"


def _answer(text: str, question: str) -> str:
    return "".join(answering(text, question))


def test_a_question_in_an_article_is_answered_by_what_follows_it():
    """However like the user's question, it tells nothing; the sentence after it need not repeat it."""
    assert _answer(FURNACE, "热风炉的风为什么要先预热") == "冷风会带走炉里的热，焦炭就要多烧两成。"
    assert _answer("热风炉的风为什么要先预热？", "热风炉的风为什么要先预热"), "where there is nothing else it is marked all the same"


def test_a_reason_comes_with_what_it_is_the_reason_of():
    """之所以盖它 names nothing: it belongs to the sentence above, where a reason is asked for."""
    assert "结了霜就会烂" in _answer(CELLAR, "冬天在地窖里存菜为什么要盖草帘")
    assert "草帘" in _answer(CELLAR, "冬天在地窖里存菜为什么要盖草帘"), "and what it is the reason of"
    assert "结了霜" not in _answer(CELLAR, "冬天在地窖里存菜要盖什么")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("基准是一套公开的题目", "基准与基线的区别是:基准是考卷"),
        ("lora通过低秩矩阵来调整输出", "常见的方法有lora和前缀微调"),
        ("涌现是指小模型没有的能力", "涌现用于说明规模的作用"),
        ("残差是预测值与真实值的差异", "残差与误差的差别是:残差算得出来"),
    ],
)
def test_what_defines_a_name(better, worse):
    """To say what it is defines most, to say how it works less, and to compare or to list it hardly."""
    focus = next(name for name in ("基准", "lora", "涌现", "残差") if name in better)
    assert defines(better, focus, "", False) > defines(worse, focus, "", False)


@pytest.mark.parametrize("before", ["称为", "叫", "叫做", "称作", "称之为", "被称为", "名为"])
@pytest.mark.parametrize("mark", ["", "“", "「", '"'])
def test_what_a_thing_is_called_defines_it(before, mark):
    """Whatever the word and the mark before the name; not where it is asked what it is called."""
    assert defines(f"规模大了才有的能力{before}{mark}涌现", "涌现", "", False) == 0.9
    assert defines(f"规模大了才有的能力为什么{before}{mark}涌现", "涌现", "", False) < 0.9


@pytest.mark.parametrize("before", ["", "所谓", "所谓的", "就是", "后来，", "这里的 ", "说到“", "(", "**"])
def test_the_name_at_the_beginning_of_a_clause_is_defined(before):
    """With a mark or 所谓 before it, and not in the midst of a word."""
    key = fold(f"{before}涌现(emergence)通常是指小模型没有的能力")
    assert defines(key, "涌现", "", False) == 1.0 and defines(key.replace("涌现", "突然涌现"), "涌现", "", False) == 0.6


@pytest.mark.parametrize(
    ("text", "kind", "focus"),
    [
        ("学习率是什么，起什么作用？", "definition", "学习率"),
        ("你好，请问什么是涌现？谢谢", "definition", "涌现"),
        ("什么是过拟合？怎样避免它？", "definition", "过拟合"),
        ("困惑度（perplexity）是什么，怎么计算？", "definition", "困惑度"),
        ("GPT-3是什么，有多少参数", "number", ""),
        ("剩下的半只放在冰箱里，正确的做法是啥", "other", ""),
        ("有一种能力突然出现，这是什么", "other", ""),
        ("照片里的人在笑，说明什么", "other", ""),
        ("我想知道过拟合是什么，它有坏处吗", "definition", "过拟合"),
        ("如果有人问我过拟合是什么，我该说啥", "other", ""),
        ("解释一下，过拟合怎么避免", "how", ""),
        ("什么是f(x)", "definition", "f(x)"),
        ("sota是啥意思", "definition", "sota"),
        ("benchmark和baseline有啥不一样", "compare", ""),
        ("的和地的区别", "compare", ""),
    ],
)
def test_a_definition_asked_for_in_one_clause(text, kind, focus):
    """Beside greetings and further questions, but not where another clause asks for more, nor of what was said before."""
    found = understand(text)
    assert (found.kind, found.focus) == (kind, focus)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("感知机由谁在哪一年提出？", ("感知", "知机", "感知机", "提出")), ("到底有没有办法", ("办法",)), ("他又是谁呢", ("他", "又", "是", "谁", "呢"))],
)
def test_words_that_ask_or_fill_are_no_content(text, content):
    """A small collection may lack them, and they would weigh most; where there is nothing else they are all there is."""
    assert understand(text).content == content


def test_a_definition_asked_for_beside_something_else():
    """Both halves are answered where one passage has them, and a definition of something else is not taken for one."""
    text = "水封是弯管里存的一截水。它能挡住臭气。水封的缺点是久不用水会干，要记得定期倒一杯水。弯管外面刷了漆。"
    said = _answer(text, "水封是什么，有什么缺点")
    assert said.startswith("水封是弯管里存的一截水。") and "久不用水会干" in said and "刷了漆" not in said
    assert "存的一截水" not in _answer(text, "水封有什么缺点")


STEPS = "夯土墙要趁晴天做。\n一堵好墙要过三关：\n- 选土。黏土里掺三成沙。\n- 夯打\n- 晾晒\n\n墙根要留排水沟。"


@pytest.mark.parametrize("question", ["怎么做一堵好墙", "一堵好墙分哪几关", "一堵好墙要过几关"])
def test_nothing_ends_with_what_opens_a_list(question):
    """Whatever is asked, the list comes with the sentence that announces it; one that announces as many as were asked for is it."""
    said = _answer(STEPS, question)
    assert "一堵好墙要过三关：" in said and said.endswith("- 晾晒")


def test_what_is_announced_may_be_told_in_prose():
    """Then the sentence after it comes with it."""
    text = "炭价年年涨。打铁的炉子省炭的办法是这样的：\n炉口砌窄一寸，风门只开一半。风匣换成小的。\n棚子要搭高。"
    assert "炉口砌窄一寸" in _answer(text, "打铁的炉子怎样省炭")


@pytest.mark.parametrize("reason", ["这消息来源于电台。", "停电不是因为雷击。", "原因还没有查清。", "茶起源于中国。"])
def test_what_is_no_reason(reason):
    """来源于, 不是因为 and a reason that is not known answer no 为什么."""
    text = f"{reason}变压器过载烧毁，所以全镇停电。"
    assert "变压器过载" in _answer(text, "全镇为什么停电") and reason not in _answer(text, "全镇为什么停电")


def test_who_made_something_is_told_by_whoever_names_somebody():
    """Rather than by the sentence that speaks of the thing most."""
    text = "水轮机的提出推动了纺织，水轮机越做越大。它由富尔内隆在 1827 年提出。"
    assert "富尔内隆" in _answer(text, "水轮机是谁提出的")


@pytest.mark.parametrize(("text", "told"), [
    ("风口常年吹热风。师傅们午饭吃得很晚。", 1), ("风口常年吹热风。此外棚里能打牌。", 1), ("风口常年吹热风。其他的不用管。", 1),
    ("风口常年吹热风。这样焦炭就烧得少。", 2), ("风口常年吹热风。热风让风口不结渣。", 2), ("风口常年吹热风，免得炉子冷。这样的炉子不多。", 1), ("风口常年吹热风。\n这样焦炭就烧得少。", 1),
])  # fmt: skip
def test_a_sentence_that_gives_no_reason_is_told_with_the_one_that_goes_on(text, told):
    """It points back or names the same things, on the same line; where a reason is given one sentence is enough."""
    assert len(_answer(text, "风口为什么要常年吹热风").split("。")) - 1 == told


@pytest.mark.parametrize("form", ["**{}**\n{}", "问：{}\n{}", "{}\n\n{}"])
def test_the_answer_below_a_question_like_the_users_is_taken(form):
    """On a line of its own, also in bold print, it asks what is asked: the sentence below it need repeat none of it."""
    pairs = [("热风炉冬天为什么不出风？", "室外太冷，管口结了冰。"), ("烟囱为什么烫手？", "因为热风炉冬天烧得旺，不缺风。")]
    text = "\n\n".join(form.format(*pair) for pair in pairs)
    assert _answer(text, "热风炉冬天为什么不出风") == "室外太冷，管口结了冰。"


def test_what_surely_defines_is_not_read_against_others():
    """However likely another sentence looks to the reader; where nothing surely defines, it is heard."""
    text = "高炉的目标是炼铁。高炉是一种炼铁的竖炉，炉料从上面装入。"
    article, passage = Article("a", "a", "", text, ""), Passage("a", Span(0, len(text)), ())
    told = {
        question: "".join(one.span.of(text) for one in choose(article, passage, understand(question), lambda term: 1.0, behind=lambda _: [0.0, 2.0]))
        for question in ("高炉是什么", "怎样造高炉")
    }
    assert "一种炼铁的竖炉" in told["高炉是什么"] and "一种炼铁的竖炉" not in told["怎样造高炉"]


@pytest.mark.parametrize(("score", "sentence", "text"), [(4.0, 2.9, "水车歇了。[1]\n水车歇了。[2]"), (1.0, 3.0, "水车歇了。[1]"), (4.0, 1.0, "水车歇了。[1]")])
def test_a_second_place_is_told_where_it_comes_near_in_both(score, sentence, text):
    """Its sentence to the best sentence, and the place to the first place: a sentence like the question may stand anywhere."""
    span, quote = Span(0, 5), "水车歇了。"
    places = [
        Citation(number, "", "a.txt", None, None, (), (1, 1), None, span, quote, (span,), worth)
        for number, worth in ((1, 5.0), (2, score))
    ]
    assert compose(telling(places, [[Scored(span, 3.0, 1.0)], [Scored(span, sentence, 1.0)]], 0)) == text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("烘干机有多少公斤", "噪声不超过 62dB，净重 38kg。"),
        ("烘干机声音多少分贝", "噪声不超过 62dB，净重 38kg。"),
        ("烘干机一次用几度电", "一次用电 1.2kWh，时长 95min。"),
        ("烘干机烘一次几个小时", "一次用电 1.2kWh，时长 95min。"),
    ],
)
def test_a_number_of_the_quantity_asked_for_is_told_alone(question, told):
    """Not the sentences beside it, which have numbers of something else, though they name the machine."""
    text = "烘干机内筒容积 110L，烘干机每天可用 6 次。\n噪声不超过 62dB，净重 38kg。\n一次用电 1.2kWh，时长 95min。\n烘干机高 85 层楼都装得下。"
    assert _answer(text, question) == told


def test_things_with_how_much_of_each_are_a_list():
    """However commas part them."""
    text = "米要陈米，糯米不行。\n陈米500克，红糖80克，井水2升，老面15克。\n陈米放得久，也省。"
    assert _answer(text, "做米糕要哪些用料") == "陈米500克，红糖80克，井水2升，老面15克。"


def test_what_is_meant_by_something_is_its_reason():
    """用意 and 为的是 give one."""
    text = "桥栏上凿了孔，孔有三排。大水来时桥栏挡水，凿孔为的是让水过去。桥栏高四尺。"
    assert "凿孔为的是让水过去" in _answer(text, "桥栏上为什么凿了孔")


@pytest.mark.parametrize(
    ("question", "scores", "order"),
    [
        ("水库放水要多少天", (5.0, 4.0), [1, 0]),
        ("水库放水要多少天", (5.0, 2.5), [0, 1]),
        ("水库放水要多少公里", (5.0, 4.0), [0, 1]),
        ("水库为什么放水", (5.0, 4.0), [0, 1]),
    ],
    ids=["near", "far", "of neither", "no quantity"],
)
def test_a_place_that_tells_the_quantity_comes_first(question, scores, order):
    """Where it is near the first and the first tells none; elsewhere the order stays."""
    articles = {id_: Article(id_, id_, "", text, "") for id_, text in (("a", "水库2021年放过水。"), ("b", "放水要12天。"))}
    places = [
        (Found(Hit(row, Passage(id_, Span(0, len(one.text)), ()), score, frozenset()), ()), [Scored(Span(0, len(one.text)), 3.0, 1.0)])
        for row, ((id_, one), score) in enumerate(zip(articles.items(), scores, strict=True))
    ]
    assert [place.hit.row for place, _ in measured_first(understand(question), articles, places)] == order
