"""Everything that parses is fed with files that began well and went wrong: it reads them or refuses them, and nothing else.

Each case starts from a small real file of our own and is changed by flips, cuts, repeats
and splices. In a normal run a few seconds each; with WENJU_LONG=1, ten minutes each.
"""

from __future__ import annotations

import io
import json
import shutil
import time
from pathlib import Path

import pytest
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
from tests.fuzzing import DOCX, EPUB, FILES, HTML, changed, changes, fuzz, zipped

SLOW = 15.0  # seconds that one small file may take in all, on a very busy machine
LIMITS = Limits(seconds=20, memory_bytes=1 << 30)

# ---- articles ----


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
    path.write_bytes(zipped(whole))
    _through(dict(reader.read_many([(path, "a")]))["a"])

    @fuzz(60, st.sampled_from(sorted(whole)), changes(), st.one_of(st.just([]), changes()))
    def run(name, inside, outside):
        _check(reader, path, changed(zipped({**whole, name: changed(whole[name], inside, HTML.encode())}), outside))


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
