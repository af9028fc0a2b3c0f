"""Title, date, author and address of an article: its own, or none."""

from datetime import date

import pytest

from ingest.boilerplate import clean
from ingest.meta import describe
from ingest.types import Article

PROSE = "盐井在山坡下,用牛拉的绞盘把卤水提上来,再倒进大锅里慢慢熬煮。\n煮盐的人昼夜轮班,灶火从不熄灭,远远就能看见蒸汽。\n"
LINKS = "相关文章\n晒盐与煮盐 2021-01-02\n古代的盐法 2021-03-04\n运盐的道路 2021-05-06\n"


def told(text: str, path: str = "盐/盐井.txt", **known) -> Article:
    """The described article of this text."""
    article = Article(path, path, known.pop("title", ""), text, "", **known)
    return describe(article, clean(article))


@pytest.mark.parametrize(
    ("head", "title"),
    [
        pytest.param("盐井的一天\n", "盐井的一天", id="first line"),
        pytest.param("# 盐井的一天\n", "盐井的一天", id="markdown"),
        pytest.param("首页 > 史话 > 正文\n\n盐井的一天\n2020-05-06 来源:县志\n", "盐井的一天", id="below a breadcrumb"),
        pytest.param("登录 注册\n全部\n搜索\n盐井的一天\n作者:某某 2020-05-06\n", "盐井的一天", id="below menus"),
        pytest.param("盐井为什么开在山坡下?\n", "盐井为什么开在山坡下?", id="question"),
        pytest.param("", "盐井", id="file name"),
        pytest.param("1. 绞盘\n", "盐井", id="numbered heading is none"),
    ],
)
def test_title_is_the_first_real_title_line(head, title):
    """The title is found below menus and breadcrumbs; without one the name of the file stands in."""
    assert told(head + PROSE).title == title


def test_what_the_reader_knew_stays():
    """Title, date, author and address from markup or front matter are not overwritten."""
    known = told("别的标题\n2020-05-06 作者:李四\n" + PROSE, title="已知", date=date(1999, 1, 2), author="张三", url="https://a.example/1")
    assert (known.title, known.date, known.author, known.url) == ("已知", date(1999, 1, 2), "张三", "https://a.example/1")


@pytest.mark.parametrize(
    ("head", "tail", "expected"),
    [
        pytest.param("2020-05-06 10:20\n", "", date(2020, 5, 6), id="bare"),
        pytest.param("发布时间:2020年5月6日 来源:县志办\n", "", date(2020, 5, 6), id="labelled"),
        pytest.param("最新推荐文章于 2023-11-21 08:20:35 发布\n于 2020-05-06 13:08:03 发布\n", "", date(2020, 5, 6), id="not that of a recommendation"),
        pytest.param("发布于:2020/05/06 · 阅读:(13) · 点赞:(0)\n", LINKS, date(2020, 5, 6), id="beside counters"),
        pytest.param("", "编辑于 2020-05-06 18:07 · 北京\n", date(2020, 5, 6), id="below the text"),
        pytest.param("", LINKS, None, id="links only"),
        pytest.param("", "网友评论\n小王 2021-02-03 10:00 回复\n好文章\n小李 2021-02-04 11:00 回复\n", None, id="comments only"),
        pytest.param("", "Copyright © 2021 某某网 版权所有 2021-02-03\n", None, id="copyright only"),
        pytest.param("2020-13-45 来源:县志办\n", "", None, id="no such day"),
        pytest.param("", "", None, id="none"),
    ],
)
def test_date_is_the_articles_own(head, tail, expected):
    """A date above the text, or a labelled one just below, never that of a link, a comment or a notice."""
    assert told("盐井的一天\n" + head + PROSE + tail).date == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param("时间：2025年3月12日（周三）14:00\n地点：三楼\n主持：王二\n", date(2025, 3, 12), id="minutes"),
        pytest.param("签订日期：2025年5月18日\n", date(2025, 5, 18), id="contract"),
        pytest.param("编写：王二  审核：张三  版本日期：2025年4月25日\n", date(2025, 4, 25), id="version"),
        pytest.param("时间：2025年3月12日\n地点：盐井博物馆\n", None, id="when an event will be"),
    ],
)
def test_a_document_states_its_own_date(head, expected):
    """At its head, in words that say so; what else is dated there is kept as text."""
    found = told("盐井的维护\n" + head + PROSE)
    assert found.date == expected
    assert head.split("\n")[0].strip() not in {item.span.of(found.text).strip() for item in clean(found).dropped}


@pytest.mark.parametrize(
    ("line", "author"),
    [
        pytest.param("作者:王二 2020-05-06", "王二", id="labelled"),
        pytest.param("2020-05-06 来源:县志 作者:王二", "王二", id="last"),
        pytest.param("作者：律师 王二", "王二", id="trade"),
        pytest.param("文/特约记者 王二 2020-05-06", "王二", id="trade at a paper"),
        pytest.param("作者：王二 律师", "王二", id="trade behind"),
        pytest.param("✍️作者：王二📅2020-05-06 👀 1024", "王二", id="pictures beside it"),
        pytest.param("2020-05-06 作者:佚名", None, id="unknown"),
        pytest.param("2020-05-06 来源:县志", None, id="none"),
    ],
)
def test_author_where_it_is_clear(line, author):
    """A name that the page gives as the author's; no name is made up."""
    assert told(f"盐井的一天\n{line}\n{PROSE}").author == author


@pytest.mark.parametrize(
    ("line", "url"),
    [
        pytest.param("文章来源:https://a.example/yan/1.html", "https://a.example/yan/1.html", id="source"),
        pytest.param("本文链接：https://a.example/yan/1", "https://a.example/yan/1", id="own link"),
        pytest.param("原创文章,作者:王二,如若转载,请注明出处:https://a.example/1", "https://a.example/1", id="notice"),
        pytest.param("项目地址:https://a.example/repo", None, id="a link of the text"),
        pytest.param("相关推荐", None, id="none"),
    ],
)
def test_address_where_the_page_states_it(line, url):
    """The address of the page or of its source, not any link."""
    assert told(f"盐井的一天\n{PROSE}{line}\n").url == url


def test_flags_are_passed_on_once():
    """Flags of reader and cleaner are united, each once."""
    article = Article("a.txt", "a.txt", "", "登录\n注册\n", "", flags=("mojibake", "thin"))
    assert describe(article, clean(article)).flags == ("mojibake", "thin")


@pytest.mark.parametrize("line", ["执行编辑：何某 2020-05-06", "2020-05-06 来源：考试院", "发布于 2020-05-06 起点文学网", "有效阅读 12 2020-05-06 10:00"])
def test_a_byline_with_a_word_of_contracts_is_one_all_the_same(line):
    """执行编辑 edits, it does not take effect."""
    found = told(f"盐井的一天\n{line}\n{PROSE}")
    assert line in {item.span.of(found.text).strip() for item in clean(found).dropped} and found.date == date(2020, 5, 6)
