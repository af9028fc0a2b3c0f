"""Furniture is told from text: every line kept or dropped, with a reason a person can read and overrule."""

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cleaning import measure_labels, measure_pages
from eval.line_scores import kept_lines
from ingest.boilerplate import Evidence, Overrides, clean
from ingest.boilerplate.corpus import HEAD, MIDDLE, TAIL, line_hash, line_keys
from ingest.boilerplate.rules import is_links, judge
from ingest.boilerplate.verdict import SURE
from ingest.lines import key_of
from ingest.reasons import DROP_REASONS, FLAGS
from ingest.split import split
from ingest.types import Span
from tests.texts import MORE, PROSE, article, reasons

DATA = Path(__file__).parent / "data/cleaning"
SHARED = Path(__file__).parents[1] / "../shared"
NEEDS_SHARED = pytest.mark.skipif(not (SHARED / "pages").exists(), reason="needs ../shared")


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


@pytest.mark.parametrize("line", [
    "[返回目录](index.md) | [上一篇：渡船](ferry.md) | [下一篇：石桥与木桥的来历](stone-and-wooden-bridges.md)",
    "[首页](/) / [水乡](/water) / 渡口纪事", "广告 · 手工竹篙，限时五折 去看看",
])  # fmt: skip
def test_rows_of_links_and_advertisements_go(line):
    """A row of links in Markdown is none the less one for the syntax of code, however long; a sentence with two links stays."""
    linked = f"{PROSE}见[渡口](ferry.md)与[石桥](bridge.md)。"
    assert set(reasons(f"渡口纪事\n{line}\n{linked}\n{MORE}{PROSE}\n{line}\n{MORE}\n")) == {"渡口纪事", line}


@pytest.mark.parametrize("line", [
    "[主页](me.md) | 张三，水乡人，划了二十年的船", "[首页](/) > 点击右上角的设置，再选语言", "[船](a.md), [桨](b.md), [橹](c.md)", "推广·在水乡推广新渡船的三点经验",
])  # fmt: skip
def test_what_merely_looks_like_links_or_advertisements_stays(line):
    """What tells something behind a link, a row of references, and a headline."""
    assert judge(key_of(line)) is None or judge(key_of(line)).sure < SURE


def test_links_cost_nothing_however_many():
    """A row of a hundred links that ends otherwise is seen through at once."""
    started = time.perf_counter()
    assert not is_links("[桨](b.md) " * 100 + "共一百个标签")
    assert time.perf_counter() - started < 0.1


def test_tail_is_cut_only_below_most_of_the_prose():
    """A marker near the top, or a section that has the name of one, cuts nothing off."""
    text = f"渡口纪事\n{PROSE}\n评论\n" + f"{MORE}{PROSE}\n{PROSE}{MORE}\n" * 4
    assert "评论" not in reasons(text)
    text = f"渡口纪事\n{PROSE}{MORE}\n{MORE}{PROSE}\n{PROSE}\n相关推荐\n十座最美的古桥\n带你走进水乡\n古镇游玩攻略\n发表评论\n"
    assert {"十座最美的古桥", "带你走进水乡", "古镇游玩攻略"} <= set(reasons(text))


@pytest.mark.parametrize(
    "button", ["分享到：微信 微博", "编辑 播报", "打开App 阅读全文"], ids=["share", "edit", "app"]
)
def test_a_paragraph_below_a_button_is_no_furniture(button):
    """A button between two parts of an article ends it as little as a section of one paragraph does."""
    last = "渡口将于十月十五日起停航大修，工期预计八个月，届时请走桥。"
    text = f"渡口\n\n{PROSE * 4}\n\n{MORE * 3}\n\n{button}\n\n{last}\n\n责任编辑：何某\n点赞 12\n收藏\n相关新闻\n桥的故事\n船的故事\n登录 注册\n首页\n"
    found = reasons(text)
    assert last not in found and {button, "相关新闻", "桥的故事", "点赞 12"} <= found.keys()


def test_what_editions_of_one_page_share_is_their_text():
    """Three notices of three years have most of their end in common; a line that three other articles end with goes."""
    shared = "六、拨付方式\n开工以后拨付百分之四十，取得使用登记证以后拨付其余部分。\n街道应当自受理之日起十五日内完成初审，并将结果告知申请人。\n"
    notices = [article(f"{year}年修渡口的通知\n" + "".join(f"{year}年第{at}批：{PROSE}\n" for at in "一二三四五六") + shared, f"{year}.txt") for year in "甲乙丙"]
    evidence = Evidence.from_line_keys(line_keys(one) for one in notices)
    assert evidence.hashes and all(not set(shared.splitlines()) & reasons(one.text, evidence=evidence).keys() for one in notices)
    motto = "渡口人家愿每一位过河的朋友都有一段好风好水的旅程。"
    others = [article(f"{name}的船\n" + "".join(f"{name}家的第{at}条船{PROSE}\n" for at in "一二三四五六七八") + motto, f"{name}.txt") for name in "张王李"]
    evidence = Evidence.from_line_keys(line_keys(one) for one in others)
    assert all(reasons(one.text, evidence=evidence).get(motto) == "corpus" for one in others)


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


def test_empty_and_blank_texts():
    """Nothing is covered by nothing, blanks by one kept span."""
    assert clean(article("")).kept == ()
    assert clean(article(" \n\n")).kept == (Span(0, 3),)


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
