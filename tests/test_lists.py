"""A question that asks for a list gets that list, whole, and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.read.html import read as read_html
from ingest.sentences import sentences
from ingest.types import Article, Passage, Span
from qa.answer import choose
from qa.lists import MAX_LIST_LINES, Lines
from qa.question import understand
from qa.types import Meant
from tests.texts import answering

SCHOOL = """夜校每年春秋两季招生，学费由街道补贴一半。课程从晚上七点到八点半，每周一次，连上十二周。
**报名材料**
1. 身份证
2. 两寸照片
3. 居住证明
**开设的课程**
- 书法
- 吉他
- 手机摄影
缺课超过三次，下一季就不能再报名了。"""

CAMP = """帐篷
防潮垫
睡袋
做饭要带的东西有：
炉头
套锅
打火机
天黑以后气温下降很快，衣服宁多勿少。下雨的时候把帐篷搭在高处，四周挖一条浅沟排水。"""

RIVER = """修堤的土料常见的有下面三种。
1. 黏土不透水。它的缺点是干了会裂。
2. 砂壤土好夯实。
3. 砾石只用在外坡。
堤顶要留出车道。汛期的时候巡堤的人沿着它走。"""

ENGINE = """水车坏掉的原因有以下几个：
轴承没有上油。
木轮泡在水里太久。
水位忽高忽低。
冬天要把它吊起来。等到开春再放下去。"""

CLOCK = """有人收藏旧钟的原因可能是多方面的，每个人的想法不同。以下是一些例子：
回忆：旧钟是祖父留下来的。听见它响，就想起小时候。
手艺：里面的齿轮全是手工锉出来的。
投资：老牌子的钟一年比一年贵。不过也有跌的时候。
这样的人大多住在城南。他们每月聚会一次。"""


PULLEY = """滑轮的好处包括：
1. 省力，一个人就能吊起石板。
2. 省地方，挂在梁上就行。
滑轮可以分为以下几种：
1. 定滑轮，轴不动。
2. 动滑轮，轴随着石板走。
装好以后要空转两圈。"""



@pytest.mark.parametrize(
    ("text", "question", "headings", "first", "last"),
    [
        (SCHOOL, "报名需要哪些材料", (), "**报名材料**", "3. 居住证明"),
        (SCHOOL, "夜校开设了哪些课程", (), "**开设的课程**", "- 手机摄影"),
        (CAMP, "睡觉要带哪些东西", ("睡觉要带的东西",), "帐篷", "睡袋"),
        (CAMP, "做饭要带哪些东西", ("睡觉要带的东西",), "做饭要带的东西有：", "打火机"),
        (CLOCK, "收藏旧钟的原因有哪些", (), "以下是一些例子：", "不过也有跌的时候。"),
        (RIVER, "修堤的土料有哪几种", (), "修堤的土料常见的有下面三种。", "3. 砾石只用在外坡。"),
        (ENGINE, "水车坏掉的原因有哪些", (), "水车坏掉的原因有以下几个：", "水位忽高忽低。"),
    ],
)
def test_the_list_that_was_asked_for(text, question, headings, first, last):
    """From the words that open it, a label, a heading or a sentence, to its last item, and nothing of what follows."""
    found = answering(text, question, *headings)
    start, end = text.index(first), text.index(last) + len(last)
    assert "".join(found) == "".join(text[start:end].split("\n"))


def test_all_steps_are_told_where_it_is_asked_how():
    """Of numbered steps under a label that names the thing none is left out, though two of them come near; 分几步 wants them all, too."""
    text = "砌灶台的步骤如下：\n1. 先把地面夯平。\n2. 砌四面砖墙。\n3. 架上铁篦子。\n4. 抹一层细泥，晾三天。\n灶台要避开风口。"
    for question in ("怎么砌灶台", "砌灶台分几步", "砌灶台有几个步骤"):
        found = "".join(answering(text, question))
        assert all(step in found for step in ("夯平", "砖墙", "铁篦子", "细泥")) and "风口" not in found


@pytest.mark.parametrize("text", ["| 灶台 | 留几个火眼 |\n| --- | --- |\n| 柴灶 | 2 个 |\n| 煤灶 | 1 个 |", "灶台\t留几个火眼\n柴灶\t2 个\n煤灶\t1 个"], ids=["bars", "tabs"])
def test_head_of_a_table_answers_nothing(text):
    """It names what is asked for; the row that has it is told, with the head that says what it is, and no row beside it."""
    head, *_, row, other = text.split("\n")
    assert answering(text, "柴灶留几个火眼") == [head, row]
    assert answering(text, "煤灶留几个火眼") == [head, other]


def test_all_rows_are_told_where_it_is_asked_which_is_the_most():
    """A reader compares them; the row whose words come nearest need not be it."""
    text = "灶台\t用料\t价钱\n柴灶\t黄泥\t80元\n煤灶\t红砖\t130元\n气灶\t铸铁\t210元"
    assert "".join(answering(text, "哪种灶台的价钱最贵")) == "".join(text.split("\n"))


def test_who_to_turn_to_is_told_by_the_sentence_with_a_way_there():
    """找谁 asks for a name or a number to call."""
    text = "灶台坏了多半是泥裂了，先看看有没有漏烟。灶台有问题请联系泥瓦匠老周，分机8206。老灶台不宜多动。"
    assert "老周" in "".join(answering(text, "灶台坏了找谁"))


def test_rows_without_a_head_are_told_alone():
    """The first row of names and what they are worth names no columns."""
    text = "灶高\t72厘米\n灶宽\t60厘米\n烟囱\t3米"
    assert answering(text, "灶宽多少厘米") == ["灶宽\t60厘米"]


def test_a_table_that_a_sentence_opens_is_told_whole():
    """柴灶和煤灶的区别 is all that stands in it, not the first of its rows."""
    text = "柴灶与煤灶的主要区别：\n项目\t柴灶\t煤灶\n火眼\t两个\t一个\n烟囱\t要\t可以没有\n两样灶都怕潮。"
    assert "".join(answering(text, "柴灶和煤灶的区别")) == "".join(text.split("\n")[:4])


@pytest.mark.parametrize(("likelier", "first", "last"), [(0, "滑轮的好处包括：", "2. 省地方，挂在梁上就行。"), (3, "滑轮可以分为以下几种：", "2. 动滑轮，轴随着石板走。")])
def test_of_labels_that_say_as_much_the_likelier_opens_the_list(likelier, first, last):
    """Both name the thing and neither 分成: what they mean tells them apart."""
    passage = Passage("a.txt", Span(0, len(PULLEY)), ())
    near = [Meant(0.5 if at == likelier else 0.4, 0.4) for at in range(7)]
    found = choose(Article("a.txt", "a.txt", "笔记", PULLEY, ""), passage, understand("滑轮可以分成哪几类"), lambda term: 1.0, near)
    assert found[0].span.of(PULLEY) == first and found[-1].span.of(PULLEY) == last


@pytest.mark.parametrize(
    "lines",
    [
        ["主要景点有：", "- 故宫", "  明清两代的皇宫，要提前买票。", "- 天坛", "  古时候祭天的地方。", "- 颐和园"],
        ["主要景点有：", "- 故宫", "  明清两代的皇宫", "- 天坛", "  古时候祭天的地方", "- 颐和园"],
        ["主要景点有：", "1. 故宫", "", "明清两代的皇宫，要提前买票。", "", "2. 天坛", "", "古时候祭天的地方。", "", "3. 颐和园"],
        ["主要景点有：", "故宫", "天坛", "城外还有一处夏天的行宫，要坐两个小时的车才到，门口有卖酸奶的小摊子", "颐和园"],
        ["主要景点有：", "故宫；", "天坛；", "颐和园。"],
        ["主要景点如下。", "故宫", "天坛", "颐和园"],
        ["主要景点有哪些？", "故宫", "天坛", "颐和园"],
        ["主要景点", "故宫", "天坛", "颐和园"],
        ["景点不少，主要景点有下面三处，都在城里，坐车就到。", "- 故宫", "- 天坛", "- 颐和园"],
        ["主要景点：", "故宫", "2.5 公里以外的天坛", "颐和园"],
    ],
)
def test_forms_of_lists(lines):
    """Bullets, numbers or bare lines; items of two lines; semicolons; labels with and without a colon: the list is whole."""
    text = "从前的都城。城墙已经拆了，只剩几座城门。\n\n" + "\n".join(lines) + "\n\n第二天一早可以去爬长城。路上要走两个小时，记得带水和帽子。"
    assert answering(text, "有哪些主要景点") == [line.strip() for line in lines if line]


@pytest.mark.parametrize("text", [SCHOOL.replace("1. ", "- ").replace("2. ", "- ").replace("3. ", "- "), SCHOOL.replace("- ", "* ")])
def test_two_lists_of_one_kind_stay_apart(text):
    """A label between two lists parts them, whatever their bullets."""
    materials = answering(text, "报名需要哪些材料")
    assert len(materials) == 4 and materials[-1].endswith("居住证明")
    assert [line[2:] for line in answering(text, "夜校开设了哪些课程")[1:]] == ["书法", "吉他", "手机摄影"]


def test_a_list_without_end_is_cut_below_a_line():
    """An answer holds so many lines of a list, each of them whole."""
    text = "要考的科目有：\n" + "\n".join(f"- 科目{number}。很难。" for number in range(MAX_LIST_LINES + 9))
    assert answering(text, "要考的科目有哪些")[-2:] == [f"- 科目{MAX_LIST_LINES - 2}。", "很难。"]


@pytest.mark.parametrize("item", ["<p>{}<p>有灯。", "&nbsp;{}，有灯。", "　　{}", "<b>{}</b>：有灯。"])
def test_items_of_markup_are_whole(item):
    """Whatever an item holds and begins with, blanks and paragraphs too."""
    page = "<h1>上海</h1><p>主要的景点有：<ul>" + "".join(f"<li>{item.format(name)}</li>" for name in ("外滩", "豫园", "明珠")) + "</ul><p>早晚人少。"
    article = read_html(page.encode(), "a.html")
    passage = Passage("a.html", Span(article.text.index("主要"), len(article.text)))
    found = "".join(one.span.of(article.text) for one in choose(article, passage, understand("上海有哪些主要的景点"), lambda term: 1.0))
    assert found.startswith("主要的景点有：") and "明珠" in found and "早晚" not in found


def test_a_list_of_markup_has_items_of_several_sentences():
    """Where a reader knows the items no bullet is needed: each is whole, and the paragraph below is none."""
    page = "<h1>水车</h1><p>检修水车的步骤如下：<ul><li>先停水。把闸门放到底。<li>再上油。轴承都要上到。</ul><p>检修以后要记账。账本挂在门后。"
    article = read_html(page.encode(), "a.html")
    passage = Passage("a.html", Span(article.text.index("检修"), len(article.text)))
    found = choose(article, passage, understand("检修水车有哪些步骤"), lambda term: 1.0)
    assert [one.span.of(article.text) for one in found] == ["检修水车的步骤如下：", "先停水。", "把闸门放到底。", "再上油。", "轴承都要上到。"]


def test_an_item_that_was_asked_for_brings_its_list():
    """A sentence that belongs to an opened list is not cited without it; one that does not stands alone."""
    assert "1. 身份证" in answering(SCHOOL, "两寸照片和什么一起交：有哪些")
    assert answering(SCHOOL, "缺课超过三次会怎样")[-1] == "缺课超过三次，下一季就不能再报名了。"


MILL = ["水磨坊看点：", "• 水轮", "• 传动由下面几样组成：", "1. 立轴。它连着水轮。", "2. 齿轮", "3. 皮带", "• 磨盘分两片：", "  • 上扇", "  • 下扇", "• 粮仓"]


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [("传动由哪几样组成", 2, 5), ("磨盘分哪两片", 6, 8), ("水磨坊有哪些看点", 0, 9)],
)
def test_a_list_within_an_item(question, first, last):
    """Other marks, or the same further in, make a list of its own, which ends with the item; the outer one stays whole."""
    text = "\n".join(["从前河边有一座水磨坊。它在山脚下。", *MILL, "看完可以去镇上吃饭。"])
    found = answering(text, question)
    assert "".join(found) == "".join(line.strip() for line in MILL[first : last + 1])


def test_a_list_within_an_item_of_markup():
    """Where lists of markup are nested, the inner one is told from the outer one without bullets."""
    page = "<h1>磨坊</h1><p>磨坊的看点：<ul><li>水轮<li>传动的部件包括：<ul><li>立轴<li>齿轮</ul><li>磨盘</ul><p>早晚人少。"
    article = read_html(page.encode(), "a.html")
    passage = Passage("a.html", Span(article.text.index("磨坊的"), len(article.text)))
    found = choose(article, passage, understand("传动的部件包括哪些"), lambda term: 1.0)
    assert [one.span.of(article.text) for one in found] == ["传动的部件包括：", "立轴", "齿轮"]


@given(st.lists(st.sampled_from(["- 甲", "- 甲如下：", "  - 甲", "1. 乙", "丙", "丁如下：", "戊说完了。", "己。庚。", "**辛**", ""]), max_size=40), st.booleans())
def test_lists_are_ranges_of_their_passage(lines, headed):
    """Lists never overlap, lie in the passage, follow what opens them, and are cut to what an answer can hold."""
    text = "\n".join(lines)
    spans = sentences(text, Span(0, len(text)))
    after = 0
    found = Lines(Article("a.txt", "a.txt", "", text, ""), spans)
    for block in found.blocks(headed):
        assert after <= (block.first if block.label is None else block.label) <= block.first <= block.last < len(spans)
        assert block.label in (None, block.first - 1) and (block.label is not None or headed and block.first == 0)
        assert sum(found.begins[at] for at in found.cut(block.begin, block.last)) <= MAX_LIST_LINES
        after = block.last
    for block in found.inner():
        assert 0 <= block.label == block.first - 1 < block.last < len(spans) and found.opens[block.label]
