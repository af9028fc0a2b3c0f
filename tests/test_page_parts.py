"""The parts of the page without a browser: HTML from articles, names of files, settings, pictures, reports."""

import html
import json
import re
import tomllib
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UsageError
from ingest.read import read_article
from ingest.records import Entry
from ingest.types import Article, Cleaned, Dropped, Heading, Span
from qa.render import safe
from qa.types import Citation, Source
from qa.web.cards import card_html
from qa.web.guard import is_loopback
from qa.web.html import tag, web_address
from qa.web.manual import manual_html
from qa.web.picture import picture
from qa.web.report import report_html
from qa.web.shelf import Shelf, clean_name, inside, with_kept
from qa.web.source import source_html

ROOT = Path(__file__).parents[1]


def _entry(text: str, cuts: list[int]) -> Entry:
    """An article whose text is kept and dropped in turn between `cuts`."""
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    spans = [Span(start, end) for start, end in pairwise(edges)]
    dropped = tuple(Dropped(span, "notice") for span in spans[1::2])
    article = Article(id="a.txt", path="a.txt", title="题", text=text, digest="")
    cleaned = Cleaned(
        kept=tuple(spans[::2]), dropped=dropped, headings=(Heading(Span(0, min(1, len(text))), 1, "一"),)
    )
    return Entry(article, article, cleaned, 0, 0, b"")


@given(
    st.text(st.sampled_from("文章 <&>\"'\n\t{}$`甲\u202e\x1b"), min_size=1, max_size=80),
    st.lists(st.integers(0, 80), max_size=5),
    st.integers(0, 80),
    st.integers(0, 80),
)
def test_the_article_is_shown_whole_and_escaped(text, cuts, start, length):
    """Every letter of an article is on the panel once and in order, and the cited span is what is marked."""
    entry = _entry(text, cuts)
    start = min(start, len(text))
    cited = Span(start, min(len(text), start + length))
    shown = source_html(entry, cited, (cited,), "zh", editing=True)
    words = re.findall(r'class="wj-words">(.*?)</span>(?=</div>|<span class="wj-why">)', shown, re.DOTALL)
    plain = [html.unescape(re.sub(r"<[^>]*>", "", one)) for one in words]
    assert "".join("".join(plain).split()) == "".join(safe(text).split())
    marked = "".join(re.findall(r"<mark>(.*?)</mark>", shown, re.DOTALL))
    kept = "".join(drop.of(text) for drop in entry.cleaned.kept)
    marked = "".join(html.unescape(re.sub(r"<[^>]*>", "", marked)).split())
    left = iter("".join(safe(cited.of(text)).split()))
    assert all(char in left for char in marked)  # in order; a dropped line inside the span is not marked
    if kept == text:
        assert marked == "".join(safe(cited.of(text)).split())


def test_a_book_is_shown_around_its_passage():
    """Of a very long article the lines around the passage are shown; headings elsewhere open it anew there."""
    text = "\n".join(f"第{number}行" for number in range(1, 20_001))
    at = text.index("第15000行")
    entry = replace(
        _entry(text, []),
        cleaned=Cleaned(
            (Span(0, len(text)),), (), (Heading(Span(0, 3), 1, "头"), Heading(Span(at, at + 7), 1, "近"))
        ),
    )
    shown = source_html(entry, Span(at, at + 7), (), "zh", editing=False)
    assert '<span class="wj-hit">第15000行' in shown and "第1行<" not in shown and "全文共 20000 行" in shown
    assert shown.count('class="wj-line"') == 3000
    assert re.findall(r'class="(wj-jump[^"]*)"', shown) == ["wj-jump wj-open", "wj-jump"]


def test_a_repost_is_named_on_the_same_card():
    """All articles that carry a passage stand on its card, each with its date and, where harmless, its address."""
    citation = Citation(
        number=1, title="甲", path="a.txt", url="https://example.org/a", date=None, headings=("一",), lines=(1, 1), page=None,
        span=Span(0, 4), quote="一二三四", answer_spans=(Span(1, 3),), score=1.0, stale="changed",
        also=(Source("乙<b>", "b.txt", "https://example.org/b", date(2024, 1, 2)), Source("丙", "c.txt", "javascript:x")),
    )  # fmt: skip
    card = card_html(citation, "zh", lambda path: None)
    assert card.count("<li") == 3 and "乙&lt;b&gt;" in card and "2024-01-02" in card
    assert 'href="https://example.org/b"' in card and "javascript" not in card
    assert "<mark>二三</mark>" in card and "改动过" in card
    assert "https://example.org/a#:~:text=%E4%BA%8C%E4%B8%89" in card


def test_tags_escape_every_attribute():
    """No value can leave its attribute; None and False leave the attribute out."""
    said = tag("a", "x", href='"><script>', hidden=None, disabled=False, open=True, data_a=0)
    assert said == '<a href="&quot;&gt;&lt;script&gt;" open data-a="0">x</a>'


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", 'https://a"onclick=b', " https://a", None],
)
def test_only_web_addresses_become_links(url):
    """What is no plain http(s) address is never a link."""
    assert web_address(url) is None


@pytest.mark.parametrize(
    ("given_name", "taken"),
    [
        ("../../etc/潮汐.txt", "潮汐.txt"),
        ("C:\\文件\\潮汐.TXT", "潮汐.txt"),
        (".hidden.md", "hidden.md"),
        ("a\u202etxt\x00.b:c?.html", "atxt.b_c_.html"),
        ("长" * 300 + ".txt", "长" * 60 + ".txt"),
    ],
    ids=["path", "windows", "hidden", "controls", "long"],
)
def test_file_names_are_made_harmless(given_name, taken):
    """A name given by a browser cannot leave the folder, hide, or carry controls."""
    assert clean_name(given_name) == taken


@pytest.mark.parametrize("name", ["x.exe", "txt", ".txt", "", "wenju.toml", "a.html/"])
def test_other_kinds_are_refused(name):
    """A file that would not be read is not taken, and the message names the kinds that are."""
    with pytest.raises(UsageError, match="支持"):
        clean_name(name)


@given(st.text(min_size=1).map(str.strip).filter(bool))
def test_a_kept_line_is_written_as_toml(line):
    """Whatever the line holds, the settings read back hold it, and what was there before."""
    line = " ".join(line.encode("utf-8", "ignore").decode().split()) or "行"
    before = '# mine\nk = 3\n[clean]\ndrop = ["公告"]\nkeep = [\n  "旧",\n]\n[other]\nkeep = ["别动"]\n'
    for toml in ("", "k = 3", "[clean]\n", before):
        expected = tomllib.loads(toml)
        after = tomllib.loads(with_kept(toml, line))
        assert after["clean"]["keep"] == [line, *expected.get("clean", {}).get("keep", [])]
        assert {name: value for name, value in after.items() if name != "clean"} == {
            n: v for n, v in expected.items() if n != "clean"
        }
    assert with_kept(with_kept(before, line), line) == with_kept(before, line)


def test_odd_settings_are_left_alone():
    """Where the settings are written in a way that cannot be extended safely, the user is told the line to add."""
    with pytest.raises(UsageError, match="keep"):
        with_kept('clean = { keep = ["a"] }\n', "一行")


@pytest.fixture
def shelf(tmp_path):
    """A shelf over an empty folder that never ingests."""
    made = Shelf(tmp_path / "index", lambda: tmp_path / "文章", lambda: None, "zh")
    made.ingest = lambda: None
    return made


def test_added_files_never_replace_others(shelf, tmp_path):
    """A second file of the same name is numbered; both keep what they hold."""
    assert [shelf.add("甲.txt", text) for text in ("5LiA", "5LqM")] == ["甲.txt", "甲 (2).txt"]
    assert [(tmp_path / "文章" / name).read_text("utf-8") for name in ("甲.txt", "甲 (2).txt")] == [
        "一",
        "二",
    ]


@pytest.mark.parametrize("content", ["***", "", "ICA="], ids=["no base64", "empty", "blank"])
def test_broken_files_are_refused(shelf, content, tmp_path):
    """Nothing is written for a file that did not arrive or holds nothing."""
    with pytest.raises(UsageError):
        shelf.add("甲.txt", content)
    assert not (tmp_path / "文章" / "甲.txt").exists()


def test_only_articles_inside_the_folder_are_removed(shelf, tmp_path):
    """A path that leads out of the corpus folder, by dots or by a link, is refused."""
    folder = tmp_path / "文章"
    folder.mkdir()
    (tmp_path / "外面.txt").write_text("外", "utf-8")
    (folder / "链接.txt").symlink_to(tmp_path / "外面.txt")
    for path in ("../外面.txt", str(tmp_path / "外面.txt"), "链接.txt", ".", "没有.txt"):
        with pytest.raises(UsageError):
            inside(folder, path)
        with pytest.raises(UsageError):
            shelf.remove(path)
    assert (tmp_path / "外面.txt").exists()


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.2", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_loopback_is_known(host, near):
    """Only addresses that no other machine reaches count as this machine."""
    assert is_loopback(host) is near


def test_a_pdf_page_is_drawn_with_its_passage():
    """The picture of a page carries the marker where the passage stands, and none for words that are not on it."""
    import io

    image = pytest.importorskip("PIL.Image")
    path = min((ROOT / "corpus").glob("*.pdf"))
    text = read_article(path, path.name).text
    passage = text[len(text) // 40 :][:120]  # of the first page; the corpus's PDFs have several

    def yellow(passage: str) -> int:
        drawn = image.open(io.BytesIO(picture(path, 1, passage))).convert("RGB")
        return sum(1 for red, green, blue in drawn.getdata() if red > 230 and green > 210 and blue < 160)

    assert yellow(passage) > 2000
    assert yellow("这句话不在这一页上,哪一页都没有") == 0
    assert picture(path, 999, "x") is None
    assert picture(path.with_suffix(".txt"), 1, "x") is None


def test_a_report_is_shown_as_tables(tmp_path):
    """Numbers, lists and names of a report are shown, escaped; a missing or broken one is said to be so."""
    path = tmp_path / "report.json"
    assert "还没有" in report_html(path, "zh")
    path.write_text(
        json.dumps({"hit@1": 0.91234567, "sets": [{"name": "<b>", "n": 3}, {"name": "乙"}], "note": None}),
        "utf-8",
    )
    shown = report_html(path, "zh")
    assert "0.9123" in shown and "&lt;b&gt;" in shown and "<b>" not in shown.replace("<bdi>", "")
    path.write_text("[" * 100_000, "utf-8")
    assert "无法读取" in report_html(path, "zh")


def test_the_manual_speaks_of_this_server():
    """The examples carry the page's own address, and MCP only where it is served."""
    shown = manual_html("http://127.0.0.1:1234", "zh", password=False, mcp=False)
    assert "http://127.0.0.1:1234/gradio_api/call/v2/ask" in shown and "mcpServers" not in shown
    assert "http://127.0.0.1:1234/mcp" in manual_html("http://127.0.0.1:1234", "zh", password=True, mcp=True)
