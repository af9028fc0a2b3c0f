"""Text, Markdown, HTML, Word, e-books and saved pages: what each reader takes over, and what it leaves out."""

import io
import zipfile
from datetime import date

import pytest

from ingest.errors import SkippedFile
from ingest.read import read_article
from ingest.read.encodings import decode

PROSE = "注意力机制让模型按相关程度给其他位置分配权重，再把信息加权求和。"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _read(tmp_path, name, content):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_article(tmp_path / name, name)


def _marked(article, kind):
    return [mark.span.of(article.text) for mark in article.marks if mark.kind == kind]


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_is_recognised(encoding):
    """The text comes out right whatever it was saved in."""
    assert decode((PROSE * 3).encode(encoding)) == PROSE * 3


def test_big5_is_recognised():
    """Traditional text in Big5 is not taken for GBK."""
    text = "注意力機制讓模型按照相關程度給其他位置分配權重，再把資訊加權求和。" * 2
    assert decode(text.encode("big5")) == text


SPOILT = {
    "UTF-8 taken for Latin-1": ("utf-8", "latin-1"),
    "UTF-8 taken for Windows-1252": ("utf-8", "cp1252"),
    "UTF-8 taken for GBK": ("utf-8", "gb18030"),
    "GBK taken for Latin-1": ("gb18030", "latin-1"),
}


@pytest.mark.parametrize(("saved", "taken"), SPOILT.values(), ids=SPOILT)
def test_text_that_was_spoilt_before_is_refused(saved, taken):
    """Valid UTF-8 of wrongly decoded Chinese is no text to quote."""
    spoilt = (PROSE * 3).encode(saved).decode(taken, "ignore")
    with pytest.raises(SkippedFile) as caught:
        decode(spoilt.encode())
    assert caught.value.reason == "garbled"


FOREIGN = {
    "French": "L'été dernier, où ça ? « Noël » à l'école. ",
    "Vietnamese": "Tiếng Việt rất hay và đẹp. ",
    "Japanese": "これは正則化についての説明です。",
    "Korean": "정규화는 모델의 복잡도를 제한한다. ",
    "rare characters": "囷廪饎鬯彝卣罍觯爵斝盉匜簋敦豆笾俎",
    "prose about it": PROSE * 3 + "“锟斤拷”是乱码里常见的字样。",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_other_text_in_utf8_is_not_taken_for_spoilt(text):
    """What is valid and looks unusual is still text."""
    assert decode((text * 5).encode()) == text * 5


@pytest.mark.parametrize("encoding", ["shift_jis", "euc_kr"])
def test_other_encodings_are_refused_not_misread(encoding):
    """Bytes that make characters but no Chinese are not indexed."""
    text = FOREIGN["Korean" if encoding == "euc_kr" else "Japanese"] * 6
    with pytest.raises(SkippedFile) as caught:
        decode(text.encode(encoding))
    assert caught.value.reason == "garbled"


def test_the_declared_encoding_decides_where_bytes_hardly_do():
    """Two characters are valid in several encodings."""
    assert decode("涌现".encode("gbk"), "gb2312") == decode("涌現".encode("big5"), "Big5").replace("現", "现") == "涌现"


def test_text_is_taken_as_it_is(tmp_path):
    """No character of a text file is changed, not even its line breaks."""
    text = "“涌现”？（1）……\r\n　全角ＡＢＣ\r\n"
    assert _read(tmp_path, "a.txt", text).text == text


def test_markdown_front_matter_headings_and_fences(tmp_path):
    """Title, date and address come from the front matter; what looks like a heading in code is none."""
    text = f"---\ntitle: 标题\ndate: 2024-03-01\nurl: https://example.org/x\n---\n# 一\n\n{PROSE}\n\n```python\n# 注释\n```\n"
    article = _read(tmp_path, "a.md", text)
    assert (article.title, article.date, article.url) == ("标题", date(2024, 3, 1), "https://example.org/x")
    assert _marked(article, "h1") == ["# 一"] and "# 注释" in _marked(article, "code")[0]
    assert article.text == text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_code_and_formulas_end_where_they_end(tmp_path, end):
    """A fence closes whatever the line breaks; a formula on one line is no open block."""
    lines = ["```", "# 码", "```", "## 一", PROSE, "$$E=mc^2$$", "", "## 二", PROSE, "", "$$", "a", "$$", "## 三", "```x```", "## 四"]
    article = _read(tmp_path, "a.md", end.join(lines))
    assert [text.split(end) for text in _marked(article, "code")] == [lines[:3], [lines[5]], lines[10:13]]
    assert _marked(article, "h2") == ["## 一", "## 二", "## 三", "## 四"]


def test_front_matter_of_the_other_kind(tmp_path):
    """Between plus signs the fields have equals signs."""
    article = _read(tmp_path, "a.md", f'+++\ntitle = "题"\ndate = 2024-03-01T08:00:00Z\n+++\n{PROSE}\n')
    assert (article.title, article.date) == ("题", date(2024, 3, 1))


def test_html_reads_what_is_visible(tmp_path):
    """Scripts and styles are not text; navigation is marked; cells stay apart."""
    page = (
        '<html><head><title>题_站名</title><meta property="article:published_time" content="2023-01-02T03:04">'
        '<link rel="canonical" href="https://example.org/p"><script>坏()</script></head><body><nav>首页 登录</nav>'
        f"<h1>题</h1><p>{PROSE}</p><table><tr><td>甲</td><td>乙</td></tr></table><style>p{{}}</style>"
        '<div style="display: none">看不见<p>也看不见</p></div><p hidden>看不见</p><p>看得见</p>'
        "<pre>a = 1\nb</pre></body></html>"
    )
    article = _read(tmp_path, "a.html", page)
    assert PROSE in article.text and "坏" not in article.text and "甲\t乙" in article.text
    assert "看不见" not in article.text and "也看不见" not in article.text and "看得见" in article.text
    assert article.date == date(2023, 1, 2) and article.url == "https://example.org/p"
    assert _marked(article, "h1") == ["题"] and "首页" in _marked(article, "furniture")[0]
    assert _marked(article, "code")[0].strip() == "a = 1\nb"


def test_html_that_says_gb2312_is_read_as_gb18030(tmp_path):
    """The bytes decide, not the label."""
    article = _read(tmp_path, "a.html", f'<meta charset="gb2312"><p>{PROSE}喆</p>'.encode("gb18030"))
    assert PROSE + "喆" in article.text


def _docx(body):
    stream = io.BytesIO()
    styles = f'<w:styles {W}><w:style w:styleId="2"><w:name w:val="heading 1"/></w:style></w:styles>'
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        archive.writestr("word/styles.xml", styles)
    return stream.getvalue()


def test_word_documents_are_read_with_headings_and_tables(tmp_path):
    """Paragraphs on lines of their own, headings by style, cells of a row on one line."""
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    body = (
        '<w:p><w:pPr><w:pStyle w:val="2"/></w:pPr><w:r><w:t>注意力</w:t></w:r></w:p>'
        f"<w:p><w:r><w:t>{PROSE[:10]}</w:t></w:r><w:r><w:t>{PROSE[10:]}</w:t></w:r></w:p>"
        f"<w:tbl><w:tr>{cell.format('甲')}{cell.format('乙')}</w:tr></w:tbl>"
    )
    article = _read(tmp_path, "a.docx", _docx(body))
    assert article.text == f"注意力\n{PROSE}\n甲\t乙\n"
    assert _marked(article, "h1") == ["注意力"] and _marked(article, "table") == ["甲\t乙"]


def test_e_books_are_read_in_the_order_of_their_spine(tmp_path):
    """Chapters follow the spine, not the archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("META-INF/container.xml", '<c xmlns="urn:x"><rootfile full-path="o/p.opf"/></c>')
        archive.writestr(
            "o/p.opf",
            '<package xmlns="urn:p"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>书</dc:title></metadata>'
            '<manifest><item id="b" href="2.xhtml"/><item id="a" href="1.xhtml"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
        )
        archive.writestr("o/2.xhtml", f"<html><body><h2>二</h2><p>{PROSE}</p></body></html>")
        archive.writestr("o/1.xhtml", "<html><body><h2>一</h2><p>先说开头。</p></body></html>")
    article = _read(tmp_path, "a.epub", stream.getvalue())
    assert article.title == "书" and article.text.index("先说开头") < article.text.index(PROSE)
    assert _marked(article, "h2") == ["一", "二"]


def test_saved_pages_are_read_with_their_address(tmp_path):
    """The first page of HTML in an MHTML file, decoded from its transfer encoding."""
    import base64

    body = base64.b64encode(f"<p>{PROSE}</p>".encode()).decode()
    content = (
        "MIME-Version: 1.0\r\nSnapshot-Content-Location: https://example.org/s\r\n"
        'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--\r\n"
    )
    article = _read(tmp_path, "a.mhtml", content)
    assert PROSE in article.text and article.url == "https://example.org/s"


@pytest.mark.parametrize("name", ["a.docx", "a.epub", "a.mhtml"])
def test_broken_archives_are_refused(tmp_path, name):
    """Garbage is a reason, not a crash."""
    with pytest.raises(SkippedFile) as caught:
        _read(tmp_path, name, b"nothing of the kind")
    assert caught.value.reason == "broken"


def test_an_entity_bomb_is_refused(tmp_path):
    """XML that defines entities is not expanded."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    with pytest.raises(SkippedFile):
        _read(tmp_path, "a.docx", stream.getvalue())


WHOLE_PAGES = {
    "head without end": "<head><title>题</title><body><h1>题</h1><p>{}</p>",
    "no head tags": "<title>题</title><h1>题</h1><p>{}</p>",
    "one form around the page": "<body><form id=f><h1>题</h1><p>{0}</p><p>{0}</p></form></body>",
    "menu never closed": "<body><nav><a>首页</a><p>{0}</p><p>{0}</p></body>",
    "hidden paragraph never closed": "<body><p style='display:none'>藏<p>{}</p></body>",
    "shown by the site's script": "<body><p>题</p><div id=js_content style='visibility: hidden'><p>{}</p></div></body>",
    "hidden body": "<body style='display:none'><p>{}</p></body>",
    "buried under a loading line": "<body><p>加载中</p><div style='display:none'><p>{0}{0}</p></div></body>",
    "end tag of a span across a block": "<body><nav><span>首页</nav><p>甲</span></p><p>{}</p></body>",
    "cells never closed": "<table><tr><td>甲<td>{}<tr><td>乙</table>",
}


@pytest.mark.parametrize("page", WHOLE_PAGES.values(), ids=WHOLE_PAGES)
def test_untidy_pages_keep_their_text(tmp_path, page):
    """Tags left out or misplaced, and articles that a script would show, cost no text."""
    article = _read(tmp_path, "a.html", page.format(PROSE))
    assert PROSE in article.text and "藏" not in article.text
    assert not any(PROSE in span for span in _marked(article, "furniture"))


HEADS = {
    "linked data": '<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","datePublished":"2021-05-06T01:00",'
    '"author":{"name":"林一"}}]}</script>',
    "names of Chinese sites": '<meta name="PubDate" content="20210506"><meta name="author" content="林一">',
    "item properties": '<meta itemprop="datePublished" content="2021/5/6"><meta name=author content=林一>',
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_date_and_author_come_from_the_markup(tmp_path, head):
    """Whichever of the usual ways a page says them."""
    article = _read(tmp_path, "a.html", f"<head><title>题</title>{head}</head><body><p>{PROSE}</p></body>")
    assert (article.date, article.author) == (date(2021, 5, 6), "林一")


def test_the_time_of_a_related_link_is_not_the_date(tmp_path):
    """A time element counts where it stands in the article itself."""
    beside = f"<article><p>{PROSE}</p></article><aside><li><time datetime='2020-01-01'>一月</time></li></aside>"
    own = f"<article><time datetime='2021-05-06'>五月</time><p>{PROSE}</p></article>"
    assert _read(tmp_path, "a.html", beside).date is None
    assert _read(tmp_path, "a.html", own).date == date(2021, 5, 6)


def test_the_address_of_a_saved_page_is_found(tmp_path):
    """The browser's comment says it; a relative canonical link does not hide another."""
    saved = f"<!-- saved from url=(0021)https://example.org/s --><p>{PROSE}</p>"
    both = f'<link rel=canonical href="/s"><meta property="og:url" content="https://example.org/s"><p>{PROSE}</p>'
    assert _read(tmp_path, "a.html", saved).url == _read(tmp_path, "a.html", both).url == "https://example.org/s"


def test_the_title_of_a_drawing_is_not_that_of_the_page(tmp_path):
    """Drawings have title elements too."""
    article = _read(tmp_path, "a.html", f"<title>题</title><body><svg><title>图标</title></svg><p>{PROSE}</p>")
    assert article.title == "题" and "图标" not in article.text
