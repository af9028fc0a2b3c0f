"""Kinds of pages that have furniture of their own: threads, encyclopedias, blogs with a table of contents, shops with a banner."""

import pytest

from ingest.boilerplate import clean
from ingest.meta import describe
from ingest.read.html import read as read_html
from ingest.types import Article
from tests.texts import MORE, PROSE

BANNER = "<div>我们使用 Cookie 来改善您的浏览体验。继续使用本网站即表示您同意我们的 Cookie 政策。<button>接受全部</button></div>"


def told(page: str) -> tuple[Article, list[str]]:
    """The described article of an html page, and its kept lines."""
    read = read_html(page.encode(), "page.html")
    found = clean(read)
    return describe(read, found), "".join(span.of(read.text) for span in found.kept).split("\n")


def test_every_post_of_a_thread_is_text():
    """The last one too, though what stands between two posts looks like the end of a page."""
    posts = [f"冬天渡船几点开，水冷不冷？{PROSE}", f"七点半开。{MORE}", "记号一下", f"补充一点：大雾天不开，要等广播。{PROSE}"]
    floors = ["楼主 发表于 2023-12-11 08:15:22 | 只看该作者", "沙发 发表于 2023-12-11 09:02:47", "板凳 发表于 2023-12-12 10:10:10", "5# 发表于 2024-01-08 15:27:51"]
    body = "".join(f"<div>船客{at}</div><div>{floor}</div><p>{post}</p><div>回复 支持 反对 举报</div>" for at, (floor, post) in enumerate(zip(floors, posts, strict=True)))
    article, kept = told(f"<title>冬天的渡船 - 渡口论坛</title><div>论坛 › 渡船 › 冬天的渡船</div><h1>冬天的渡船</h1>{body}<div>登录 注册</div><div>小黑屋|手机版|渡口论坛</div>")
    assert {posts[0], posts[1], posts[3]} <= set(kept) and not any("发表于" in line or "登录" in line for line in kept)
    assert article.title == "冬天的渡船"


def test_comments_below_an_article_are_no_thread():
    """Only where the first post stands above all text are posts the text."""
    comments = "".join(f"<div>{at}楼 发表于 2024-01-0{at} 10:00</div><div>写得好</div>" for at in range(1, 6))
    _, kept = told(f"<h1>渡船</h1><p>{PROSE * 4}<p>{MORE * 4}<div>评论(5)</div>{comments}<div>发表评论</div><div>登录</div>")
    assert kept == [PROSE * 4, MORE * 4, ""]


@pytest.mark.parametrize("label", ["目录", "文章目录", "Contents"])
def test_a_table_of_contents_goes(label):
    """Its lines stand again further down; the headings stay, and so does a list that is no such table."""
    sections = {"一、船": PROSE, "二、桨": MORE, "三、缆绳": PROSE * 2}
    listed = "".join(f"<div>{at} {name.partition('、')[2]}</div>" for at, name in enumerate(sections, 1))
    text = "".join(f"<h2>{name}</h2><p>{body}" for name, body in sections.items())
    _, kept = told(f"<h1>渡口</h1><p>{MORE}<div>{label}</div>{listed}{text}")
    assert [line for line in kept if line] == [MORE, *(part for pair in sections.items() for part in pair)]
    _, kept = told(f"<h1>渡口</h1><p>{MORE}<div>{label}</div><div>1 岸</div><div>2 桥</div>{text}")
    assert "1 岸" in kept


def test_a_banner_takes_no_title():
    """What a shop says of its cookies stands above the heading of the page, whose words are those of a button elsewhere."""
    menu = "<h3>购物指南</h3><a href='1'>购物流程</a><h3>售后服务</h3><a href='2'>售后政策</a>"
    article, kept = told(f"<title>退换货与售后常见问题 - 渡口商店</title>{BANNER}<div>登录 注册</div>{menu}<h1>退换货与售后常见问题</h1><p>Q1：多久之内能退？</p><p>{PROSE}</p><p>{MORE}</p>")
    assert article.title == "退换货与售后常见问题"
    assert [line for line in kept if line] == ["Q1：多久之内能退？", PROSE, MORE]


def test_an_article_on_cookies_keeps_them():
    """What it says of them is no banner."""
    says = "网站使用 Cookie 记住用户的登录状态，每次请求都会带上它。"
    assert says in told(f"<h1>什么是 Cookie</h1><p>{says}</p><p>{PROSE}</p><p>{MORE}</p>")[1]


def test_what_an_article_refers_to_dates_nothing():
    """The date of a cited report is not that of the entry that cites it."""
    cited = "<div>参考资料</div><div>[1] 渡口志．岸边出版社．1978-06</div><div>[2] 渡船公报．2022-12-30 [引用日期2023-02-11]</div>"
    article, _ = told(f"<h1>渡船</h1><p>{PROSE * 3}</p><p>{MORE * 3}</p>{cited}<div>词条标签：</div><div>登录</div>")
    assert article.date is None


def test_a_blog_names_its_author_before_the_date():
    """原创, a name, and the date of publishing."""
    article, _ = told(f"<h1>渡船的修理</h1><div>原创 船工老王 于 2023-07-25 23:18:07 发布 阅读量8.6k 收藏 41</div><p>{PROSE}</p><p>{MORE}</p>")
    assert (article.author, str(article.date)) == ("船工老王", "2023-07-25")


@pytest.mark.parametrize("line", ["【广告】冬季船票买三送一，老船客专享", "这篇说明书解决了您的问题吗？", "本页内容是否解决了您的问题？ 是 否", "您可能还想看", "关注者1,204"])
def test_what_pages_ask_and_sell_goes(line):
    """Whatever kind of page asks whether it helped, or sells something."""
    assert line not in told(f"<h1>渡船</h1><p>{PROSE * 3}</p><p>{MORE * 3}</p><div>{line}</div><div>登录</div><div>相关文章</div>")[1]
