"""What markup says of a line is believed: furniture, tables, items of lists, headings."""

import pytest

from ingest.boilerplate import clean
from ingest.read.html import read as read_html
from ingest.types import Mark, Span
from tests.texts import MORE, PROSE, article


@pytest.mark.parametrize(
    "end",
    [
        "<table><tr><th>布料<th>缩水率<tr><td>丝绸<td>5%<tr><td>棉布<td>4%<tr><td>涤纶<td>0.5%</table>",
        "<h2>各种布料</h2><table><tr><td><p>丝绸<td><p>5%<tr><td><p>棉布<td><p>4%<tr><td><p>涤纶<td><p>0.5%</table>",
        "<h2>不缩水的</h2><ul><li>涤纶<li>锦纶</ul><h2>缩水的</h2><ol><li>丝绸<li>棉布</ol>",
    ],
)
def test_tables_and_lists_that_end_an_html_article_stay(end):
    """What markup calls a table of facts or an item without a link is text, though buttons follow."""
    page = "<h1>布料的缩水率</h1><p>{0}<p>{0}{1}<div>点赞 12</div><div>收藏 3</div><div>登录</div><div>首页</div>"
    read = read_html(page.format(PROSE, end).encode(), "a.html")
    kept = "".join(span.of(read.text) for span in clean(read).kept)
    assert "涤纶" in kept and "棉布" in kept and "点赞" not in kept and "登录" not in kept


@pytest.mark.parametrize(
    "end",
    [
        "<ul><li><a href='1'>洗衣服的窍门</a><li><a href='2'>去渍的办法</a></ul>",
        "<table><tr><td><a href='1'>洗衣服的窍门</a><td><a href='2'>去渍的办法</a><tr><td><a href='3'>晾晒</a><td><a href='4'>熨烫</a></table>",
        "<table><tr><td>日<td>一<td>二<tr><td>1<td>2<td>3<tr><td>4<td>5<td>6</table>",
        "<table><tr><td><input>站内<td>搜索<tr><td>高级<td>帮助</table>",
        "<table><tr><td>作者：张三<td>来源：生活晚报<tr><td>发布时间：2003-05-01<td>点击数：123</table>",
        "<table><tr><td>版权所有：生活网<td>京ICP备12345678号<tr><td>联系我们<td>关于本站</table>",
        "<div>相关文章</div><table><tr><td>洗衣服的窍门<td>阅读 12<tr><td>去渍的办法<td>阅读 40</table>",
        "<ul><li>生活<li>家居<li>洗涤</ul>",
    ],
    ids=["links", "table of links", "calendar", "form", "bylines", "notices", "related", "tags"],
)
def test_other_lists_and_tables_below_an_html_article_go(end):
    """Links, calendars and forms are furniture, whatever they are laid out with."""
    page = "<h1>布料的缩水率</h1><p>{0}<p>{0}<div>点赞 12</div><div>收藏 3</div>{1}<div>登录</div><div>首页</div>"
    read = read_html(page.format(PROSE, end).encode(), "a.html")
    kept = "".join(span.of(read.text) for span in clean(read).kept)
    assert kept.split() == [PROSE, PROSE]


def test_a_button_within_a_sentence_does_not_take_it_along():
    """Markup that says furniture of a small part of a line leaves the line; one that is nothing but a button goes."""
    page = f"<h1>邀请朋友</h1><p>{PROSE}<p>把邀请码 AB12 <button>复制</button> 发给朋友，两人就能各得十元的运费。<p>{MORE}<p><button>展开全文</button>"
    read = read_html(page.encode(), "a.html")
    kept = "".join(span.of(read.text) for span in clean(read).kept)
    assert "把邀请码 AB12 复制 发给朋友" in kept and "展开全文" not in kept


def test_marks_of_the_reader_are_obeyed():
    """What markup calls furniture goes, what it calls code or a heading stays."""
    text = f"{PROSE}\n{MORE}\n点赞\n{PROSE}\n{MORE}\n"
    at = text.index("点赞")
    for kind, kept in (("furniture", False), ("repeated", False), ("code", True), ("h2", True)):
        found = clean(article(text, title="渡口", marks=(Mark(Span(at, at + 2), kind),)))
        assert any(span.start <= at < span.end for span in found.kept) is kept, kind


def test_teasers_under_a_marked_heading_go():
    """A section that markup calls 相关推荐 and fills with headings is other articles, its prose too; the next section stays."""
    parts = [("h1", "渡口纪事"), ("", PROSE * 6), ("h2", "相关推荐"), ("h4", "古桥"), ("", MORE * 5), ("h4", "水乡"), ("", MORE * 6), ("h2", "后来"), ("", PROSE * 2)]
    text, marks = "", []
    for kind, line in parts:
        if kind:
            marks.append(Mark(Span(len(text), len(text) + len(line)), kind))
        text += line + "\n"
    kept = "".join(span.of(text) for span in clean(article(text, title="渡口纪事", marks=tuple(marks))).kept)
    assert kept == PROSE * 6 + "\n" + "后来\n" + PROSE * 2 + "\n"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        pytest.param("<table><tr><th>布料<th>缩水率<tr><td>丝绸<td>5%<tr><td>棉布<td>4%</table>", "布料\t缩水率\n丝绸\t5%\n棉布\t4%\n", id="table"),
        pytest.param(
            "<table><tr><td><p>布料</p></td><td><p>缩水率</p></td></tr><tr><td><p>丝绸<br>绢</p></td><td><p>5%</p></td></tr></table>",
            "布料\t缩水率\n丝绸 绢\t5%\n", id="paragraphs in cells",
        ),
        pytest.param(
            "<table><tr><td>栏目<td><p>{0}<table><caption>各种布料</caption><tr><th>布料<th>缩水率<tr><td>丝绸布<td>百分之五</table></table>",
            "栏目\t\n{0}\n各种布料\n布料\t缩水率\n丝绸布\t百分之五\n", id="in another",
        ),
        pytest.param("<table><tr><td>栏目<td><p>{0}<p>{0}</table>", "栏目\t\n{0}\n{0}\n", id="layout"),
        pytest.param("<dl><dt>缩水率</dt><dd>5%</dd><dt>产地<dd><p>湖州</p></dl>", "缩水率\t5%\n产地\t湖州\n", id="definitions"),
        pytest.param("<dl><dt>产&nbsp;&nbsp;地：</dt><dd>湖州</dd><dt>缩　水</dt><dd>5 %</dd></dl>", "产地：\t湖州\n缩水\t5 %\n", id="set wide"),
        pytest.param("<dl><dt>会缩水吗？</dt><dd>会。</dd><dt>能烫吗？<dd>能。</dl>", "会缩水吗？\n会。\n能烫吗？\n能。\n", id="questions"),
        pytest.param("<dl><dt>丝绸<dd>{0}{0}{0}<dt>棉布<dd>{0}{0}{0}</dl>", "丝绸\n{0}{0}{0}\n棉布\n{0}{0}{0}\n", id="long"),
        pytest.param("<dl><dd>无主<dt>无果</dl><dd>在外", "无主\n无果\n在外", id="untidy"),
    ],
)
def test_a_row_of_facts_is_one_line(page, text):
    """Cells of a table of facts, and a term and what is told of it, stay side by side; columns of a page and paragraphs do not."""
    read = read_html(f"<p>{page.format(PROSE)}".encode(), "a.html")
    assert read.text == text.format(PROSE)
    assert all(mark.span.end <= len(read.text) for mark in read.marks)
