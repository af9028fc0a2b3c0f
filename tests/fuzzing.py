"""What the fuzz tests start from, and what they do to it."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.conftest import SMALL_CORPUS
from tests.faults import LONG

SECONDS = float(os.environ.get("WENJU_FUZZ_SECONDS", 600))  # of each long run
LARGEST = 200_000  # bytes of a changed file
TROUBLE = [
    b"", b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b"<", b">", b"&", b"&#x110000;", b"<!--", b"-->", b"<![CDATA[",
    b"<div>" * 300, b"</div>" * 300, b"<table><tr><td>", b"```", b"---\n", b"$$", b"|", b"#", b"[", b"{", b"[" * 2000, b'{"a":' * 2000, b"'''", b'"""',
    b"\\u0000", b"\\ud800", b"null", b"-1", b"1e999", b"99999999999999999999", b"NaN", b"true", b"stream", b"endobj", b"0 0 R", b"/Length 99999999",
    "。".encode(), "\u202e\u200b\u3000".encode(), "𠮷😀".encode(), "版权声明".encode() * 50, b"2024-99-99", b"=\n=", b"%00",
]  # fmt: skip

Change = tuple[str, float, float, bytes]


@st.composite
def changes(draw) -> list[Change]:
    """What is done to a file: at places given as shares of its size."""
    share = st.floats(0, 1, allow_nan=False)
    one = st.tuples(
        st.sampled_from(["flip", "cut", "repeat", "insert", "overwrite", "swap", "tail"]), share, share,
        st.one_of(st.sampled_from(TROUBLE), st.binary(max_size=12)),
    )  # fmt: skip
    return draw(st.lists(one, min_size=1, max_size=8))


def changed(content: bytes, made: list[Change], other: bytes = b"") -> bytes:
    """`content` after all changes; `other` is what is spliced in."""
    for what, first, second, extra in made:
        begin, end = sorted((int(first * len(content)), int(second * len(content))))
        if what == "flip" and content:
            at = min(begin, len(content) - 1)
            content = content[:at] + bytes([content[at] ^ 1 << end % 8]) + content[at + 1 :]
        elif what == "cut":
            content = content[:begin] + content[end:]
        elif what == "repeat":
            times = min(1 + len(extra), LARGEST // max(1, end - begin) + 1)  # the rest is cut off below
            content = content[:end] + content[begin:end] * times + content[end:]
        elif what == "insert":
            content = content[:begin] + extra + content[begin:]
        elif what == "overwrite":
            content = content[:begin] + extra + content[begin + len(extra) :]
        elif what == "swap":
            content = content[:begin] + other[int(second * len(other)) :][:500] + content[end:]
        elif what == "tail":
            content = content[:begin]
        content = content[:LARGEST]
    return content


def fuzz(examples: int, *strategies: st.SearchStrategy) -> Callable:
    """Run a function on many examples: `examples` in a normal run, and as many as fit into `SECONDS` in a long one."""

    def decorate(function: Callable) -> Callable:
        def round_(number: int, count: int) -> None:
            quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
            made = settings(max_examples=count, deadline=None, database=None, suppress_health_check=quiet)(given(*strategies)(function))
            seed(number)(made)()

        round_(0, examples)
        started, number = time.monotonic(), 0
        while LONG and time.monotonic() - started < SECONDS:
            number += 1
            round_(int(time.time()) + number, 400)
        return function

    return decorate


# ---- files that are right, to begin with ----

MARKDOWN = (
    SMALL_CORPUS["训练.md"] + "\n```python\nx = [1]\n```\n\n| 名称 | 数值 |\n| --- | --- |\n| 学习率 | 0.1 |\n\n"
    "1. 先看数据\n2. 再看模型\n\n> 引用一句话。\n\n$$\na = b\n$$\n\n![图](a.png) [链接](https://example.org)\n"
)
HTML = (
    '<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>风车 - 某站</title>'
    '<meta property="article:published_time" content="2024-03-05"><link rel="canonical" href="https://example.org/w">'
    '<script type="application/ld+json">{"@type":"Article","datePublished":"2024-03-05","author":{"name":"王"}}</script></head>'
    '<body><nav><a href="/">首页</a> &gt; <a href="/k">科技</a></nav><article><h1>风车</h1><p>风车是指靠风转动的机器，'
    "<b>最大的</b>有三十米高&#x3002;</p><!-- 注 --><h2>来历</h2><ul><li>来自海边<li>来自山里</ul>"
    "<table><tr><th>年</th><th>数</th></tr><tr><td>1990</td><td>12</td></tr></table><pre>code &lt;x&gt;</pre></article>"
    "<aside>相关推荐</aside><footer>版权所有 &copy; 2024</footer></body></html>"
)
MHTML = (
    "From: <Saved>\r\nSnapshot-Content-Location: https://example.org/w\r\nSubject: =?utf-8?B?6aOO6L2m?=\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/related; boundary="b1"; type="text/html"\r\n\r\n--b1\r\nContent-Type: text/html; charset="utf-8"\r\n'
    "Content-Transfer-Encoding: quoted-printable\r\nContent-Location: https://example.org/w\r\n\r\n"
    "<html><body><p>=E9=A3=8E=E8=BD=A6=E6=98=AF=E6=8C=87=E9=9D=A0=E9=A3=8E=E8=BD=AC=E5=8A=A8=E7=9A=84=E6=9C=BA=E5=99=A8</p>=\r\n</body></html>\r\n"
    "--b1\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b1--\r\n"
)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DOCX = {
    "word/document.xml": f'<w:document {_W}><w:body><w:p><w:pPr><w:pStyle w:val="a1"/></w:pPr><w:r><w:t>风车</w:t></w:r></w:p>'
    "<w:p><w:r><w:t>风车是指靠风转动的机器，最大的有三十米高。</w:t><w:tab/><w:br/></w:r></w:p>"
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>年</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>",
    "word/styles.xml": f'<w:styles {_W}><w:style w:styleId="a1"><w:name w:val="heading 1"/></w:style></w:styles>',
    "docProps/core.xml": '<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>风车</dc:title></c>',
}
EPUB = {
    "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="o/b.opf"/></rootfiles></container>',
    "o/b.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>风车</dc:title>'
    '<manifest><item id="i" href="c%201.xhtml"/></manifest><spine><itemref idref="i"/></spine></package>',
    "o/c 1.xhtml": HTML,
}


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def _pdf() -> bytes:
    """Two pages, a font with a map to Unicode, an outline, and document facts."""
    words = "".join(f"{ord(char):04X}" for char in "风车是指靠风转动的机器。")
    draw = b"BT /F 12 Tf 50 700 Td <%s> Tj 0 -20 Td (Wind 1990) Tj ET" % words.encode()
    mapping = b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange endcmap"
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R/Outlines 9 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 5 0 R>>>>/Contents 8 0 R>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 5 0 R>>>>/Contents 8 0 R>>",
        b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 1000>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(mapping), mapping),
        b"<</Length %d>>stream\n%s\nendstream" % (len(draw), draw),
        b"<</Type/Outlines/First 10 0 R/Last 10 0 R/Count 1>>",
        b"<</Title(Wind)/Parent 9 0 R/Dest[3 0 R/Fit]>>",
        b"<</Title(Wind)/CreationDate(D:20240305)>>",
    ]
    content, places = b"%PDF-1.5\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(content))
        content += b"%d 0 obj%sendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R/Info 11 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return content + end % (len(bodies) + 1, table, len(bodies) + 1, len(content))


FILES: dict[str, list[bytes]] = {
    ".txt": [text.encode(encoding) for text in SMALL_CORPUS.values() for encoding in ("utf-8", "gb18030", "utf-16")],
    ".md": [MARKDOWN.encode(), MARKDOWN.encode("gb18030")],
    ".html": [HTML.encode(), HTML.replace("utf-8", "gb2312").encode("gb18030")],
    ".mhtml": [MHTML.encode()],
    ".pdf": [_pdf()],
}
