"""Everything that parses is fed with files that began well and went wrong: it reads them or refuses them, and nothing else.

Each case starts from a small real file of our own and is changed by flips, cuts, repeats
and splices. In a normal run a few seconds each; with WENJU_LONG=1, ten minutes each.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from eval.questions import BadQuestions, load
from ingest import generation
from ingest.aliases import find_aliases
from ingest.boilerplate import Evidence, Overrides, clean, line_keys, load_overrides
from ingest.build import build
from ingest.errors import SkippedFile, UsageError, WenjuError
from ingest.generation import open_current
from ingest.job import KeptTools
from ingest.meta import describe
from ingest.previous import remembered_corpus
from ingest.read import Limits, read_article
from ingest.read.isolate import Reader
from ingest.reasons import SKIP_REASONS
from ingest.searchtext import furniture_terms, search_text, sentence_texts
from ingest.split import split
from ingest.terms import pairs, terms
from ingest.types import Article
from qa.ask import Asker
from qa.cli import main
from tests.conftest import SMALL_CORPUS
from tests.faults import LONG

SECONDS = float(os.environ.get("WENJU_FUZZ_SECONDS", 600))  # of each long run
SLOW = 15.0  # seconds that one small file may take in all, on a very busy machine
LIMITS = Limits(seconds=20, memory_bytes=1 << 30)
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


# ---- articles ----

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


def _zip(parts: dict[str, bytes]) -> bytes:
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


@pytest.fixture(scope="module")
def reader():
    """The child that reads, as an ingest has it."""
    with Reader(LIMITS) as started:
        yield started


def _through(article: Article) -> None:
    """What an ingest does in its own process to every article that was read. It must never fail."""
    evidence = Evidence(Evidence.from_line_keys([line_keys(article)] * 3).verdicts())
    cleaned = clean(article, evidence, Overrides())
    spans = sorted([*cleaned.kept, *(dropped.span for dropped in cleaned.dropped)])
    assert all(one.end == other.start for one, other in zip(spans, spans[1:], strict=False))
    assert (spans[0].start, spans[-1].end) == (0, len(article.text))
    described = describe(article, cleaned)
    described.text.encode("utf-8"), described.title.encode("utf-8")
    for passage in split(described, cleaned):
        text = search_text(described, passage)
        terms(text), pairs(text), sentence_texts(text)
    find_aliases(described, cleaned), furniture_terms(described, cleaned)


def _check(reader: Reader, path: Path, content: bytes) -> None:
    """One file through the whole ingest: read, or refused with a reason that does not say that something crashed."""
    path.write_bytes(content)
    started = time.monotonic()
    ((_, result),) = reader.read_many([(path, path.name)])
    if isinstance(result, SkippedFile):
        assert result.reason in SKIP_REASONS and result.reason not in ("crashed", "too-slow"), result.en
    else:
        _through(result)
    assert time.monotonic() - started < SLOW


@pytest.mark.parametrize("suffix", FILES)
def test_articles(reader, tmp_path, suffix):
    """Text, Markdown, pages and PDFs: an article that goes through the whole ingest, or a reason."""
    path = tmp_path / f"a{suffix}"
    for content in FILES[suffix]:
        path.write_bytes(content)
        _through(dict(reader.read_many([(path, "a")]))["a"])  # the seed itself is read

    @fuzz(60, st.sampled_from(FILES[suffix]), changes(), st.sampled_from(FILES[suffix]))
    def run(content, made, other):
        _check(reader, path, changed(content, made, other))


@pytest.mark.parametrize(("suffix", "parts"), [(".docx", DOCX), (".epub", EPUB)], ids=["docx", "epub"])
def test_archives(reader, tmp_path, suffix, parts):
    """Word documents and e-books: their parts are changed, and then the archive around them too."""
    whole = {name: content.encode() for name, content in parts.items()}
    path = tmp_path / f"a{suffix}"
    path.write_bytes(_zip(whole))
    _through(dict(reader.read_many([(path, "a")]))["a"])

    @fuzz(60, st.sampled_from(sorted(whole)), changes(), st.one_of(st.just([]), changes()))
    def run(name, inside, outside):
        _check(reader, path, changed(_zip({**whole, name: changed(whole[name], inside, HTML.encode())}), outside))


@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_random_text(tmp_path, suffix):
    """Any characters at all, read in the ingest's own process: no error but the one that skips a file."""
    path = tmp_path / f"a{suffix}"
    letters = st.text(st.sampled_from("一二。，：“”（）\n\r\t #-*|`>$0123456789aB \u3000\u200b\ufeff\u2028\x0b\x0c\x85𠮷点赞收藏版权声明第章节图表\u0300"), max_size=400)

    @fuzz(60, st.one_of(letters, st.text(max_size=300)))
    def run(text):
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            article = read_article(path, "a")
        except SkippedFile as problem:
            assert problem.reason in SKIP_REASONS
        else:
            _through(article)


# ---- settings ----

SETTINGS = (
    '[tool.wenju]\nindex = "x"\nk = 3\nlang = "en"\nhost = "127.0.0.1"\nport = 7860\nmodel = "multilingual-e5-small"\n'
    'read_seconds = 60\nread_memory_mb = 100\nread_chars = 1000\nstore = "local"\nuri = "./m.db"\nreplicas = 1\n'
)
VALUES = st.sampled_from('-1 0 1e400 nan "" "\\u0000" [] {} [[1]] {a=1} true 1979-05-27 "/" "../.." "~" 99999999999999999999 "milvus" "a b"'.split(" "))


@pytest.mark.parametrize("name", ["wenju.toml", "pyproject.toml"])
def test_settings(tmp_path, monkeypatch, capsys, name):
    """Any settings file: a command does its work or says what is wrong; it never fails unexpectedly."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    source = SETTINGS if name == "pyproject.toml" else SETTINGS.partition("\n")[2]
    lines = source.splitlines()

    def run(content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        for command in (["status"], ["ask", "-"], ["ingest", "nowhere"]):  # one question would start a child for its words
            code = main(command)
            _, err = capsys.readouterr()
            assert code in (2, 10, 12, 13), err
            assert err.startswith("qa: ") and len(err.splitlines()) == 1

    @fuzz(40, changes())
    def bytes_changed(made):
        run(changed(source.encode(), made, source.encode()))

    @fuzz(40, st.integers(0, len(lines) - 1), VALUES)
    def value_changed(number, value):
        key = lines[number].partition("=")[0]
        run("\n".join([*lines[:number], f"{key}= {value}" if "=" in lines[number] else f"tool = {value}", *lines[number + 1 :]]).encode())


def test_overrides(tmp_path):
    """The corpus' own wenju.toml: entries that can be matched, or an error that names the file."""
    source = '[clean]\nkeep = ["版权归谁,是本文要回答的问题", "/^注意/"]\ndrop = ["本站公告", "/第 [0-9]+ 页/"]\n'.encode()

    @fuzz(150, changes())
    def run(made):
        (tmp_path / "wenju.toml").write_bytes(changed(source, made, source))
        try:
            overrides = load_overrides(tmp_path)
        except UsageError as error:
            assert "wenju.toml" in error.zh and "wenju.toml" in error.en
        else:
            overrides.digest(), overrides.keeps("注意：本站公告"), overrides.drops("第 3 页")


# ---- the index ----

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["", ".", "..", "../..", "/", "s1", "\0"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture
def index(small_index, tmp_path):
    """A copy of an index with one generation."""
    shutil.copytree(small_index, tmp_path / "index")
    return tmp_path / "index"


def _asked(index: Path) -> None:
    """Open and ask; only an error that a user can read may come of it."""
    try:
        open_current(index).release()
        asker = Asker(index)
        try:
            asker.ask("什么是涌现？")
        finally:
            asker.opened.close()
    except WenjuError as error:
        assert error.zh and error.en


def test_manifest_bytes(index):
    """A manifest with other bytes is damage, and nothing else."""
    path = next(index.rglob("manifest.json"))
    source = path.read_bytes()

    @fuzz(150, changes())
    def run(made):
        path.write_bytes(changed(source, made, source))
        if path.read_bytes() != source:
            with pytest.raises(WenjuError):
                open_current(index)

    (index / "CURRENT").write_bytes(b"\xff\0")
    path.write_bytes(b"[" * 100_000)
    _asked(index)


def test_current_bytes(index):
    """Whatever stands in CURRENT, the one good generation opens."""

    @fuzz(60, st.one_of(st.binary(max_size=20), st.sampled_from([b"000002", b"1", b"../000001", b"\xd9\xa1", "１".encode(), b"9" * 5000])))
    def run(content):
        (index / "CURRENT").write_bytes(content)
        open_current(index).release()
        _asked(index)


def _ingested(index: Path, corpus: Path, tools: KeptTools) -> None:
    """Ingest upon it; where that is refused, the remedy that is named works."""
    try:
        remembered_corpus(index)
        build(corpus, index, replace_corpus=True, tools=tools)
    except WenjuError as error:
        assert error.zh and error.en
        assert build(corpus, index, rebuild=True, replace_corpus=True, tools=tools).published


def test_manifest_values(small_index, small_corpus, index):
    """A manifest that is sealed rightly but says other things: an answer, or an error that names the remedy."""
    tools = KeptTools()
    path = next(index.rglob("manifest.json"))
    facts = json.loads(path.read_text("utf-8"))
    facts.pop("manifest_sha256")
    keys = [key for key in facts if key != "files"]

    @fuzz(60, st.sampled_from(keys), st.one_of(st.just("left out"), JSON))
    def run(key, value):
        other = {**facts, key: value}
        if value == "left out":
            other.pop(key)
        path.write_text(generation._sealed(other), "utf-8", "surrogatepass")
        _asked(index)
        _ingested(index, small_corpus, tools)
        shutil.rmtree(index)
        shutil.copytree(small_index, index)


# ---- questions ----


def test_questions(tmp_path):
    """A question file is read whole, or refused with the file and the line."""
    text = "涌现是指模型的规模超过某个阈值之后,突然出现小模型所没有的能力。"
    rows = [
        {"id": "1", "question": "什么是涌现？", "kind": "definition", "answerable": True, "evidence": [{"path": "a.txt", "text": text[:20]}], "part": "tune"},
        {"id": "2", "question": "涌现何时出现？", "kind": "why", "answerable": True, "evidence": [{"path": "a.txt", "start": 3, "end": 9}]},
        {"id": "3", "question": "今天天气如何？", "kind": "offtopic", "answerable": False, "of": "1"},
    ]
    source = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    path = tmp_path / "questions.jsonl"

    def run(content: bytes) -> None:
        path.write_bytes(content)
        try:
            found = load([path], {"a.txt": text}.get)
        except BadQuestions as error:
            assert "questions.jsonl" in str(error)
        else:
            assert all(isinstance(one.text, str) and isinstance(one.id, str) for one in found)

    @fuzz(150, changes())
    def bytes_changed(made):
        run(changed(source, made, source))

    @fuzz(100, st.integers(0, 2), st.sampled_from("id question kind answerable evidence part of".split()), JSON)
    def value_changed(number, key, value):
        run("\n".join(json.dumps({**row, key: value} if at == number else row) for at, row in enumerate(rows)).encode())

    @fuzz(60, st.sampled_from("path text start end".split()), JSON)
    def evidence_changed(key, value):
        run(json.dumps({**rows[1], "evidence": [{**rows[1]["evidence"][0], key: value}]}).encode())
