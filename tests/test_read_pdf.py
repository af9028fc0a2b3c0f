"""PDFs: what a page shows is what is read, whoever made the file."""

import difflib
import importlib.util
import io
import itertools
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import SkippedFile
from ingest.read.pdf import read
from ingest.types import REPEATED_MARK, TABLE_MARK, Article

_spec = importlib.util.spec_from_file_location("pdf_makers", Path(__file__).with_name("pdf_makers.py"))
makers = sys.modules["pdf_makers"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(makers)

SAMPLE = Path(__file__).parents[1] / "corpus/14-预训练模型简史.pdf"
WORST_RATE = 0.005  # character error rate that is still right: the promise for PDFs
CASES = {"one-column-table": (1, True), "two-columns": (2, False), "two-columns-table": (2, True)}
ONE_COLUMN_ONLY = {"libreoffice"}  # its import of HTML knows no columns


def dense(text: str) -> str:
    """`text` without white space and bullets, which no source has as characters."""
    return re.sub(r"[\s•‧–]", "", text)


def body(article: Article) -> str:
    """The text without its running lines."""
    text, end = "", 0
    for mark in sorted((mark for mark in article.marks if mark.kind == REPEATED_MARK), key=lambda mark: mark.span):
        text, end = text + article.text[end : mark.span.start], mark.span.end
    return text + article.text[end:]


def errors(want: str, got: str) -> int:
    """An upper bound of the edit distance."""
    changes = difflib.SequenceMatcher(None, want, got, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in changes if kind != "equal")


@pytest.fixture(scope="module", params=[f"{name}-{case}" for name in makers.MAKERS for case in CASES])
def printed(request, tmp_path_factory):
    """(article, table) of a PDF by one producer; skipped where the producer is not installed."""
    name, case = request.param.split("-", 1)
    columns, table = CASES[case]
    if not makers.present(name):
        pytest.skip(f"{name} is not installed")
    if columns == 2 and name in ONE_COLUMN_ONLY:
        pytest.skip(f"{name} sets no columns from our source")
    return read(makers.MAKERS[name](tmp_path_factory.mktemp(name), columns, table).read_bytes(), "a.pdf"), table, name


def test_characters_are_those_of_the_source(printed):
    """At most 0.5 % of the characters differ from the text that was printed, in its order."""
    article, table, _ = printed
    want = dense("".join(makers.words(4, table)))
    assert errors(want, dense(body(article))) <= WORST_RATE * len(want)


def test_sentences_are_whole(printed):
    """Every sentence stands in one line, however often the page, the column or the line ends in it."""
    article, _, _ = printed
    lines = [dense(line) for line in article.text.split("\n")]
    for paragraph in makers.words(4, False):
        for sentence in re.findall(r"[^。]+。?”?", paragraph):
            assert any(dense(sentence) in line for line in lines), sentence


def test_headings_items_and_rows_stand_alone(printed):
    """A heading is marked, a list item begins a line, and a row of a table is a line with its cells apart."""
    article, table, _ = printed
    headings = [mark.span.of(article.text) for mark in article.marks if mark.kind[0] == "h"]
    assert [dense(heading) for heading in headings] == [
        dense(line) for line in [makers.TITLE, *(heading for heading, _ in makers.sections(4))]
    ]
    lines = article.text.split("\n")
    assert [dense(line) for line in lines if dense(line) in makers.ITEMS] == makers.ITEMS
    if table:
        assert [tuple(line.split()) for line in lines if tuple(line.split()) in makers.TABLE] == makers.TABLE


def test_running_lines_are_marked(printed):
    """Header and page number are marked on every page, and stand in no sentence."""
    article, _, name = printed
    running = [mark.span.of(article.text) for mark in article.marks if mark.kind == REPEATED_MARK]
    if name == "libreoffice":
        assert running == []  # our source gives it none
        return
    assert running.count(makers.HEADER) == len(article.page_starts)
    assert sorted(line for line in running if line.isdigit()) == [str(n + 1) for n in range(len(article.page_starts))]
    assert makers.HEADER not in body(article)


def test_pages_begin_where_their_text_begins(printed):
    """Page starts are exact: each is the begin of a line, and the running lines of a page end it."""
    article, _, _ = printed
    assert article.page_starts[0] == 0
    for number, start in enumerate(article.page_starts[1:], 2):
        assert article.text[start - 1] == "\n"
        before = article.text[:start].rstrip("\n").split("\n")[-1]
        assert before in (str(number - 1), makers.HEADER) or makers.HEADER not in article.text


def test_the_sample_is_whole():
    """A sentence that runs over a page break of the sample article is one, and belongs to the page it began on."""
    article = read(SAMPLE.read_bytes(), "a.pdf")
    assert article.title == "预训练模型简史"
    assert article.date is None
    assert "\n预训练模型是先在大量无标注数据上学到通用知识、再拿来解决具体任务的模型。" in article.text
    assert "GPT-3\t2020 年 5 月\t1750 亿\t96\t2048\n" in article.text
    assert sum(mark.kind == TABLE_MARK for mark in article.marks) == 4
    assert sum(mark.kind == REPEATED_MARK for mark in article.marks) == 6
    for start, first in zip(article.page_starts, ("预训练模型简史", "三、BERT 的后代", "BERT 和 GPT 的区别"), strict=True):
        assert article.text.startswith(first, start)


def drawn(pages: list[list[str]], title: str = "", **setting: object) -> bytes:
    """A PDF with these lines on its pages, drawn one by one; skipped without reportlab."""
    pytest.importorskip("reportlab")
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(300, 400), **setting)
    canvas.setTitle(title)
    for lines in pages:
        canvas.setFont("STSong-Light", 10)
        for at, line in enumerate(lines):
            canvas.drawString(50, 350 - 16 * at, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


@pytest.mark.parametrize("title", ["正文.docx", "Microsoft Word - a.doc", "untitled", "a/b.html"], ids=range(4))
def test_a_file_name_is_no_title(title):
    """The title of the metadata is taken only when a person wrote it."""
    assert read(drawn([["湖边的石头很凉。"]], title), "a.pdf").title == ""


def test_a_title_is_taken():
    """A title that a person wrote is the article's."""
    assert read(drawn([["湖边的石头很凉。"]], "湖边的石头"), "a.pdf").title == "湖边的石头"


def test_words_are_joined_with_a_space():
    """English broken at a line end gets its space back, Chinese gets none."""
    wide = "这一行文字正好写满版面的宽度并且"
    text = read(drawn([["the quick brown fox jumps over the lazy", "dog and the small cat", wide, "没有说完。", wide, "也没有。"]]), "a.pdf").text
    assert "over the lazy dog and" in text
    assert wide + "没有说完。\n" in text


def test_a_password_is_a_reason():
    """A PDF with a password is skipped as encrypted, not as broken."""
    with pytest.raises(SkippedFile) as caught:
        read(drawn([["湖边的石头很凉。"]], encrypt="secret"), "a.pdf")
    assert caught.value.reason == "encrypted"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"not a pdf", b"\0" * 100], ids=["empty", "head", "text", "zeros"])
def test_a_broken_file_is_a_reason(content):
    """What is no PDF is skipped as broken."""
    with pytest.raises(SkippedFile) as caught:
        read(content, "a.pdf")
    assert caught.value.reason == "broken"


def test_pages_without_text_are_a_scan():
    """A PDF that shows no text is skipped as a scan."""
    with pytest.raises(SkippedFile) as caught:
        read(drawn([[], []]), "a.pdf")
    assert caught.value.reason == "scanned"


@pytest.mark.parametrize("shift", [0x3000, 0x51C], ids=["rare-han", "more-rare-han"])
def test_shuffled_characters_are_garbled(shift):
    """Text whose characters come out as others is refused, however Chinese they look."""
    line = "雨水花园是一种浅浅的洼地里面种着耐湿也耐旱"
    moved = "".join(chr(0x4E00 + (ord(char) - 0x4E00 + shift) % 0x5000) for char in line)
    with pytest.raises(SkippedFile) as caught:
        read(drawn([[moved] * 20]), "a.pdf")
    assert caught.value.reason == "garbled"
    assert read(drawn([[line] * 20]), "a.pdf").text.startswith("雨水")


def test_many_pages_cost_what_they_hold():
    """Ten times the pages take about ten times as long: nothing compares every page with every other."""
    import time

    def seconds(count: int) -> float:
        content = drawn([["页眉文字", f"第{n}段写的是湖边的石头。", "再说一句别的话。", str(n)] for n in range(count)])
        begin = time.perf_counter()
        assert len(read(content, "a.pdf").page_starts) == count
        return time.perf_counter() - begin

    seconds(20)
    assert seconds(1000) < 30 * seconds(100)


def test_headers_of_left_and_right_pages_are_marked():
    """Headers that alternate between left-hand and right-hand pages are running lines too; a heading is not."""
    pages = [[("左页页眉", "右页的页眉")[n % 2], f"第{'一二三四五六'[n]}页说的话和别的都不同。", "湖水", str(n + 7)] for n in range(6)]
    article = read(drawn(pages), "a.pdf")
    running = [mark.span.of(article.text) for mark in article.marks if mark.kind == REPEATED_MARK]
    assert running.count("左页页眉") == running.count("右页的页眉") == 3
    assert [line for line in running if line.isdigit()] == [str(n + 7) for n in range(6)]
    assert all(page[1] in body(article) for page in pages)


def test_a_page_number_beside_a_changing_header_is_marked():
    """A header that changes by chapter is known by the page number in it."""
    chapters = ["石头", "湖水", "山路", "草地", "云"]
    pages = [[f"{chapter} {n + 3}", f"{chapter}的事情要慢慢说。", f"{chapter}也有停下来的时候。"] for n, chapter in enumerate(chapters)]
    article = read(drawn(pages), "a.pdf")
    assert [mark.span.of(article.text) for mark in article.marks] == [page[0] for page in pages]


def test_a_raised_number_stays_in_its_line():
    """The number of a note is read where it stands, and cuts no sentence."""
    pytest.importorskip("reportlab")
    from reportlab.pdfgen.canvas import Canvas

    drawn([["字体"]])  # registers the font
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(300, 400))
    for text, left, y, size in [("湖边的石头很凉", 50, 300, 10), ("2", 120, 304, 6), ("而且有一点滑。", 124, 300, 10), ("山路很长。", 50, 280, 10)]:
        canvas.setFont("STSong-Light", size)
        canvas.drawString(left, y, text)
    canvas.save()
    assert read(target.getvalue(), "a.pdf").text == "湖边的石头很凉2而且有一点滑。\n山路很长。\n"


def test_the_second_reader_reads_the_same_words():
    """What opens only in the fallback is read line by line, with the same words."""
    from ingest.read.pdf_chars import _pages_without_places

    lines = ["湖边的石头很凉，走路要小心。", "山路很长，要带一瓶水。"]
    pages, title = _pages_without_places(drawn([lines, lines[::-1]], "湖边的石头"))
    assert [[run.text for run in page] for page in pages] == [lines, lines[::-1]]
    assert title == "湖边的石头"


@given(st.lists(st.lists(st.text("湖山石水a1。，", min_size=1, max_size=24), max_size=6), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_no_character_is_lost(pages):
    """Every character of every page is in the text; marks lie in it apart, page starts ascend."""
    want = sorted("".join("".join(page) for page in pages))
    if not want:
        return
    article = read(drawn(pages), "a.pdf")
    assert sorted(re.sub(r"\s", "", article.text)) == want
    assert len(article.page_starts) == len(pages)
    assert list(article.page_starts) == sorted(article.page_starts)
    assert article.page_starts[-1] <= len(article.text)
    spans = sorted(mark.span for mark in article.marks)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(span.end <= len(article.text) for span in spans)


def test_a_broken_word_is_whole():
    """A word that the program hyphenated is whole again; a hyphen that a person typed stays."""
    producer = pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    style = "@page{size:A6;margin:15mm}body{font:11pt 'DejaVu Sans';hyphens:auto;text-align:justify}"
    words = "Combines information retrieval with parametric knowledge, so hallucination is considerably less frequent in fine-tuning."
    content = producer.HTML(string=f"<html lang=en><style>{style}</style><p>{words}</p></html>").write_pdf()
    assert read(content, "a.pdf").text == words + "\n"
