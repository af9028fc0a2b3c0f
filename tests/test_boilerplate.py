"""Furniture is told from text: every line kept or dropped, with a reason a person can read and overrule."""

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cleaning import kept_lines, measure_labels, measure_pages
from ingest.boilerplate import Evidence, Overrides, affected, clean, line_keys, load_overrides
from ingest.boilerplate.corpus import EDGE_ARTICLES, HEAD, MIDDLE, MIDDLE_ARTICLES, TAIL, line_hash, positions
from ingest.errors import UsageError
from ingest.read.html import read as read_html
from ingest.reasons import DROP_REASONS, FLAGS
from ingest.split import split
from ingest.types import Article, Mark, Span

DATA = Path(__file__).parent / "data/cleaning"
SHARED = Path(__file__).parents[1] / "../shared"
NEEDS_SHARED = pytest.mark.skipif(not (SHARED / "pages").exists(), reason="needs ../shared")
PROSE = "渡船每天清早出发,傍晚回来,船工把桨收好,再把缆绳系在石桩上。"
MORE = "对岸的集市只开半天,所以赶集的人总要在天亮之前就来到渡口等候。"


def article(text: str, id: str = "a.txt", title: str = "", marks: tuple[Mark, ...] = ()) -> Article:
    """An article of this text."""
    return Article(id, id, title, text, "", marks=marks)


def reasons(text: str, **more) -> dict[str, str]:
    """Dropped line -> reason."""
    return {item.span.of(text).strip(): item.reason for item in clean(article(text), **more).dropped}


def own_page(path: Path) -> tuple[str, list[str]]:
    """(text, mark of each line) of one of our pages: see the README beside them."""
    rows = [line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    return "\n".join(row[1] for row in rows) + "\n", [row[0] for row in rows]


def wrong_lines(path: Path, mark: str) -> list[str]:
    """The lines with this mark that were decided otherwise."""
    text, marks = own_page(path)
    kept = kept_lines(article(text), clean(article(text)))
    lines = text.splitlines()
    return [line for number, line in enumerate(lines, 1) if marks[number - 1] == mark and (number in kept) != (mark == "+")]


@pytest.mark.parametrize("path", sorted(DATA.glob("prose-*.txt")), ids=lambda path: path.stem)
def test_prose_that_looks_like_furniture_stays(path):
    """Real prose about 版权, 点赞, 隐私, 举报, logging in or page numbers is kept, every line of it."""
    assert wrong_lines(path, "+") == []


@pytest.mark.parametrize("path", sorted(DATA.glob("site-*.txt")), ids=lambda path: path.stem)
def test_text_of_other_sites_stays(path):
    """Whatever stands around it, the text of the page is kept."""
    assert wrong_lines(path, "+") == []


def test_furniture_of_other_sites_goes():
    """Of the furniture of kinds of sites that no rule was made for, nearly all is dropped."""
    wrong = [line for path in sorted(DATA.glob("site-*.txt")) for line in wrong_lines(path, "-")]
    total = sum(own_page(path)[1].count("-") for path in DATA.glob("site-*.txt"))
    assert total >= 150
    assert len(wrong) <= 0.05 * total, wrong


FURNITURE = ("点赞 收藏 举报", "首页 > 新闻 > 正文", "2024-01-02 08:00 来源:本报", "在这里插入图片描述", "相关推荐", "版权声明:本文为博主原创文章,转载请注明出处。", "登录", "12", "?")
TEXTS = (PROSE, MORE, "渡口", "一、来历", "1. 船", "}", "import os", "- 桨", "", "   ", "| a | b |", "\u3000" + PROSE)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(FURNITURE + TEXTS), max_size=25), st.sampled_from(("\n", "\r\n", "\n\n", "\r")), st.text(max_size=40))
def test_kept_and_dropped_cover_the_text_once(lines, gap, extra):
    """Sorted, apart, and together the whole text; headings and joins lie in what is kept; passages too."""
    text = gap.join([*lines, extra])
    evidence = Evidence(frozenset(line_hash(key, position) for key in ("渡口", "登录") for position in (HEAD, MIDDLE, TAIL)))
    found = clean(article(text), evidence, Overrides(keep=("登录",), drop=("/^- /",)))
    spans = sorted([*found.kept, *(item.span for item in found.dropped)])
    assert "".join(span.of(text) for span in spans) == text
    assert all(before.end == after.start for before, after in pairwise(spans))
    assert list(found.kept) == sorted(found.kept)
    assert all(item.reason in DROP_REASONS for item in found.dropped)
    assert all(flag in FLAGS for flag in found.flags)
    for span in [*(heading.span for heading in found.headings), *found.joins]:
        assert any(kept.holds(span) for kept in found.kept)
    for passage in split(article(text), found):
        assert any(kept.holds(passage.span) for kept in found.kept)


def test_every_reason_is_worded():
    """Each reason and flag says what it means in Chinese and in English."""
    for zh, en in [*DROP_REASONS.values(), *FLAGS.values()]:
        assert re.search(r"[一-鿿]", zh) and en.isascii()


def test_repetition_inside_an_article_is_no_reason():
    """Braces, imports and headings that come back stay as often as they come."""
    block = f"1、概念\n{PROSE}\nimport json\ndef f():\n    return {{\n    }}\n}}\n{MORE}\n"
    text = "渡口纪事\n" + block * 6
    assert set(reasons(text)) <= {"渡口纪事"}


def test_furniture_on_the_end_of_a_sentence_is_cut_off():
    """The sentence stays, what hangs on it goes."""
    text = f"渡口纪事\n{PROSE}\n{MORE}返回某某网首页>>\n"
    found = clean(article(text))
    assert [item.span.of(text) for item in found.dropped if item.reason == "widget"] == ["返回某某网首页>>\n"]
    assert found.kept[-1].of(text).endswith(MORE)


def test_tail_is_cut_only_below_most_of_the_prose():
    """A marker near the top, or a section that has the name of one, cuts nothing off."""
    text = f"渡口纪事\n{PROSE}\n评论\n" + f"{MORE}{PROSE}\n{PROSE}{MORE}\n" * 4
    assert "评论" not in reasons(text)
    text = f"渡口纪事\n{PROSE}{MORE}\n{MORE}{PROSE}\n{PROSE}\n相关推荐\n十座最美的古桥\n带你走进水乡\n古镇游玩攻略\n发表评论\n"
    assert {"十座最美的古桥", "带你走进水乡", "古镇游玩攻略"} <= set(reasons(text))


def test_thin_page_is_kept_and_flagged():
    """A page of nothing but buttons is kept whole, and says so."""
    text = "首页\n登录\n注册\n"
    found = clean(article(text))
    assert found.kept == (Span(0, len(text)),)
    assert found.flags == ("thin",)
    assert "thin" not in clean(article(f"渡口纪事\n{PROSE}\n{PROSE}\n{MORE}\n")).flags


def test_a_short_note_is_not_called_thin():
    """A note of which nothing but its title is gone is whole; one sentence below much furniture is not."""
    note = "冰箱的温度\n冷藏室放在四度左右，夏天可以调低一度。冷冻室放在零下十八度。\n"
    assert clean(article(note)).flags == ()
    assert clean(article("该内容仅对会员开放，请开通会员以后继续阅读全文。\n")).flags == ("thin",)
    assert clean(article(note + "点赞 12\n收藏 3\n分享到微信\n版权声明：本文为原创，未经许可不得转载。\n上一篇\n下一篇\n")).flags == ("thin",)


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


def test_empty_and_blank_texts():
    """Nothing is covered by nothing, blanks by one kept span."""
    assert clean(article("")).kept == ()
    assert clean(article(" \n\n")).kept == (Span(0, 3),)


def test_marks_of_the_reader_are_obeyed():
    """What markup calls furniture goes, what it calls code or a heading stays."""
    text = f"{PROSE}\n{MORE}\n点赞\n{PROSE}\n{MORE}\n"
    at = text.index("点赞")
    for kind, kept in (("furniture", False), ("repeated", False), ("code", True), ("h2", True)):
        found = clean(article(text, title="渡口", marks=(Mark(Span(at, at + 2), kind),)))
        assert any(span.start <= at < span.end for span in found.kept) is kept, kind


# Corpus evidence


def corpus(count: int) -> list[Article]:
    """Articles of one site: their own prose, the site's lines around it."""
    return [
        article(f"河湾渡{number}号\n河湾文史小组供稿{number}\n" + f"第{number}条渡船的故事。{PROSE}\n{MORE}渡船{number}。\n" * 4 + "河湾人写河湾事\n", f"{number}.txt")
        for number in range(count)
    ]


def test_line_of_several_articles_is_furniture():
    """A site's own line, unknown to any rule, goes once enough articles hold it; digits do not matter."""
    articles = corpus(EDGE_ARTICLES)
    evidence = Evidence.from_line_keys(line_keys(item) for item in articles)
    found = clean(articles[0], evidence)
    assert {item.span.of(articles[0].text).strip() for item in found.dropped if item.reason == "corpus"} == {"河湾文史小组供稿0", "河湾人写河湾事"}
    few = Evidence.from_line_keys(line_keys(item) for item in articles[:-1])
    assert not [item for item in clean(articles[0], few).dropped if item.reason == "corpus"]


def test_reposts_keep_their_prose():
    """The same article in several places loses no sentence to its copies."""
    text = "渡口纪事\n" + "".join(f"{PROSE}第{'一二三四五'[n]}年也是如此。\n" for n in range(5))
    copies = [article(text, f"{n}.txt") for n in range(6)]
    evidence = Evidence.from_line_keys(line_keys(item) for item in copies)
    assert not [item for item in clean(copies[0], evidence).dropped if item.reason == "corpus"]


def test_common_headings_are_no_evidence():
    """小结 at the end of every article is a heading of each, and 一、来历 too."""
    articles = [article(f"渡口{n}\n" + f"{n}号船。{PROSE}\n" * 6 + f"小结\n{MORE}\n", f"{n}.txt") for n in range(8)]
    evidence = Evidence.from_line_keys(line_keys(item) for item in articles)
    assert "小结" not in {item.span.of(articles[0].text).strip() for item in clean(articles[0], evidence).dropped}


def test_evidence_from_counts_equals_evidence_from_keys():
    """Summing up the hashes of every article by hand gives the same verdicts."""
    every = [line_keys(item) for item in corpus(7)]
    counts: dict[int, int] = {}
    for keys in every:
        for at in range(0, len(keys), 8):
            value = int.from_bytes(keys[at : at + 8], "little")
            counts[value] = counts.get(value, 0) + 1
    assert Evidence.from_counts(counts).verdicts() == Evidence.from_line_keys(every).verdicts()
    assert Evidence.from_line_keys([]).verdicts() == frozenset()


def test_middle_asks_for_more_articles():
    """The middle of an article, where headings recur, needs more witnesses than its ends."""
    value = line_hash("渡口", MIDDLE)
    assert not Evidence.from_counts({value: MIDDLE_ARTICLES - 1}).decides(value)
    assert Evidence.from_counts({value: MIDDLE_ARTICLES}).decides(value)
    assert line_hash("渡口", HEAD) != line_hash("渡口", TAIL) != value


@given(st.integers(min_value=0, max_value=500))
def test_positions_are_head_middle_tail(count):
    """Each line has one position, in this order."""
    found = positions(count)
    assert len(found) == count
    assert found == sorted(found)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=7), min_size=1, max_size=8, unique=True), st.integers(min_value=0, max_value=8))
def test_recleaning_the_affected_equals_a_rebuild(order, old):
    """Only articles with a line whose verdict changed need another look; the others come out the same."""
    articles = [corpus(8)[number] for number in order]
    before = Evidence.from_line_keys(line_keys(item) for item in articles[:old])
    after = Evidence.from_line_keys(line_keys(item) for item in articles)
    differing = before.verdicts() ^ after.verdicts()
    for item in articles:
        if not affected(line_keys(item), differing):
            assert clean(item, before) == clean(item, after)


# Overrides


def test_user_overrules_every_rule(tmp_path):
    """Lines and patterns of wenju.toml are kept or dropped whatever the rules say."""
    (tmp_path / "wenju.toml").write_text('[clean]\nkeep = ["点赞 收藏 举报"]\ndrop = ["/^对岸/"]\n', encoding="utf-8")
    overrides = load_overrides(tmp_path)
    text = f"渡口纪事\n{PROSE}\n{MORE}\n{PROSE}\n点赞　收藏 举报\n"
    assert clean(article(text)).dropped[-1].span.of(text).startswith("点赞")
    assert reasons(text, overrides=overrides) == {"渡口纪事": "title", MORE: "user"}


def test_overrides_are_empty_without_a_file(tmp_path):
    """No wenju.toml, or one without [clean], overrules nothing; another list has another digest."""
    assert load_overrides(tmp_path) == Overrides()
    (tmp_path / "wenju.toml").write_text("[ask]\nk = 3\n", encoding="utf-8")
    assert load_overrides(tmp_path) == Overrides()
    assert Overrides(keep=("a",)).digest() != Overrides(drop=("a",)).digest() != Overrides().digest()


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param('[clean]\nkeep = "一行"\n', 2, id="no list"),
        pytest.param('[clean]\nkeep = []\ndrop = [1]\n', 3, id="no string"),
        pytest.param('[clean]\ndrop = [\n  "好",\n  "/(/",\n]\n', 4, id="bad pattern"),
        pytest.param('[clean]\nkep = ["x"]\n', 2, id="unknown name"),
        pytest.param('[clean\nkeep = []\n', 1, id="no TOML"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path, source, line):
    """A mistake in wenju.toml is told with the file and the line, in both languages."""
    (tmp_path / "wenju.toml").write_text(source, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_overrides(tmp_path)
    for lang in ("zh", "en"):
        assert "wenju.toml" in caught.value.message(lang)
    assert re.search(rf"第 {line} 行|line {line}\b", caught.value.zh)


# Cost


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("长" * 3_000_000, id="one line"),
        pytest.param("点赞" * 500_000 + "\n" + "赞" * 500_000, id="one button"),
        pytest.param("a\u0301\u0323" * 400_000, id="combining marks"),
        pytest.param("1." * 300_000 + "\n" + "(" * 300_000 + "\n" + "> " * 300_000, id="numbers and brackets"),
        pytest.param("\n" * 300_000, id="blank lines"),
        pytest.param(f"相关推荐\n{PROSE}\n" * 10_000, id="markers"),
        pytest.param("来源:" * 30_000 + "\n" + "2024-01-02 " * 30_000, id="bylines"),
    ],
)
def test_hostile_lines_cost_no_more_than_long_ones(text):
    """No rule is quadratic: a huge line, or a million of nothing, takes a few seconds at most."""
    started = time.perf_counter()
    found = clean(article(text))
    assert time.perf_counter() - started < 5
    assert sum(len(span) for span in found.kept) + sum(len(item.span) for item in found.dropped) == len(text)


# What it must show


@NEEDS_SHARED
def test_labelled_articles_lose_no_line_and_keep_no_furniture():
    """332 body lines kept, 102 lines of furniture dropped, 11 joins, every title, date and address right."""
    found = measure_labels(SHARED / "seeds/labels")
    assert found["body_kept"] == [332, 332]
    assert found["furniture_dropped"] == [102, 102]
    assert found["joins"]["found"] == found["joins"]["wanted"] == 11
    assert found["wrong_facts"] == []


@NEEDS_SHARED
def test_pages_keep_the_floors():
    """Recall, F1 and macro F1 on the labelled pages, from text and from html, do not fall below the floors."""
    found = measure_pages(SHARED / "pages", alone=True)
    assert found["text"]["recall"] >= 0.995
    assert found["text"]["f1"] >= 0.98
    assert found["text"]["macro_f1"] >= 0.92
    assert found["html"]["f1"] >= 0.975


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


LISTS = {
    "announced by the last sentence": f"{PROSE}\n{MORE}下面是要带的东西。\n\n船票\n干粮\n蓑衣两件\n",
    "announced by the sentence before it": f"{PROSE}要带的东西列成了清单。\n{MORE}\n\n船票\n干粮\n蓑衣两件\n",
    "under a label": f"{PROSE}\n{MORE}\n\n要带的：\n\n船票\n干粮\n蓑衣两件\n",
}


@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS)
def test_an_announced_list_at_the_end_stays(body):
    """Although its items have no bullets, and buttons follow; without the announcement they look like links."""
    buttons = "\n点赞 12\n收藏 3\n打赏作者\n"
    assert not {"船票", "干粮", "蓑衣两件"} & set(reasons(f"渡口\n\n{body}{buttons}"))
    assert {"老王的渡口", "江边小记"} <= set(reasons(f"渡口\n\n{PROSE}\n{MORE}\n\n老王的渡口\n江边小记\n{buttons}"))
