"""Articles and passages come back from the store exactly as they went in."""

import sqlite3
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.records import Entry, about_of, dump, dump_article
from ingest.store import Store
from ingest.storewriter import STORE_FILE, StoreWriter
from ingest.types import Article, Cleaned, Dropped, Heading, Mark, Passage, Span

TEXT = "标题\n涌现是指𝒳突然出现的能力。\n分享到微博\n"
ARTICLE = Article(
    id="夹/涌现 1.txt", path="夹/涌现 1.txt", title="标题", text=TEXT, digest="d", date=date(2024, 2, 29),
    url="https://example.org/a", page_starts=(0, 5), author="某人", marks=(Mark(Span(0, 2), "h1"),), flags=("thin",),
)  # fmt: skip
RAW = Article(ARTICLE.id, ARTICLE.path, "", TEXT, "d", page_starts=(0, 5), marks=ARTICLE.marks)
CLEANED = Cleaned(
    kept=(Span(0, 18),), dropped=(Dropped(Span(18, len(TEXT)), "share"),), headings=(Heading(Span(0, 2), 1, "标题"),),
    joins=(Span(2, 3),), flags=("thin",),
)  # fmt: skip
ENTRY = Entry(ARTICLE, RAW, CLEANED, 77, 123456789, b"\x00\x01keys")
PASSAGE = Passage(ARTICLE.id, Span(3, 17), ("标题", "涌现"), (Span(4, 5),))


def _stored(tmp_path, *entries):
    writer = StoreWriter(tmp_path)
    for entry, passages in entries:
        writer.add(entry, passages)
    writer.close()
    return Store(tmp_path)


def test_an_entry_comes_back_whole(tmp_path):
    """Article, reader's article, cleaning and stamp survive the store."""
    store = _stored(tmp_path, (ENTRY, [(PASSAGE, b"k" * 16)]))
    assert store.entry(ARTICLE.id) == ENTRY
    assert store.article(ARTICLE.id) == ARTICLE
    assert store.entry("another") is None
    assert store.stamps() == {ARTICLE.id: (77, 123456789, "d")}
    assert store.passage(0) == PASSAGE
    assert store.passages_of(ARTICLE.id) == [(0, PASSAGE, b"k" * 16)]
    assert store.keys() == [b"k" * 16]


@given(text=st.text(max_size=200).filter(lambda text: text.isprintable() or text))
def test_any_text_comes_back_verbatim(tmp_path_factory, text):
    """Whatever a reader may deliver (no lone surrogates) is stored code point by code point."""
    article = Article("a", "a", "t", text, "d")
    store = _stored(tmp_path_factory.mktemp("s"), (Entry(article, article, Cleaned((), ()), 1, 1, b""), []))
    assert store.article("a").text == text


def test_each_thread_gets_its_own_rows(tmp_path):
    """Many that ask the same of one store at once, as a page does, have each the rows they asked for."""
    names = [f"{number:02d}" for number in range(40)]
    entries = [Entry(article, article, Cleaned((), ()), 1, 1, b"") for article in (Article(n, n, n, n * 9, "d") for n in names)]
    store = _stored(tmp_path, *((entry, [(Passage(entry.article.id, Span(0, 9), ()), b"k" * 16)]) for entry in entries))

    def asked(seed: int) -> list[int]:
        rows = Random(seed).choices(range(len(names)), k=1500)
        return [row for row in rows if store.passage(row).article_id != names[row] or store.article(names[row]).text != names[row] * 9]

    with ThreadPoolExecutor(8) as threads:
        assert not sum(threads.map(asked, range(8)), [])


def _put(tmp_path, about: str, text: bytes) -> None:
    """Write one article's row anew, behind the store's back."""
    connection = sqlite3.connect(tmp_path / STORE_FILE)
    connection.execute("UPDATE articles SET about = ?, text = ?", (about, text))
    connection.commit()
    connection.close()


def test_a_text_that_is_not_what_was_written_is_never_quoted(tmp_path):
    """One character that the disk changed is met when the article is read: a large index is not hashed whole."""
    _stored(tmp_path, (ENTRY, [(PASSAGE, b"k" * 16)])).close()
    about, text = dump_article(ARTICLE)
    _put(tmp_path, about, text.replace("突然".encode(), "突燃".encode()))
    for read in (lambda store: store.article(ARTICLE.id), lambda store: list(store.with_articles([0]))):
        with pytest.raises(ValueError, match="not what was written"):
            read(Store(tmp_path))


def test_an_older_index_with_compressed_texts_is_read(tmp_path):
    """Texts were compressed once; whoever has such an index need not build it again."""
    _stored(tmp_path, (ENTRY, [(PASSAGE, b"k" * 16)])).close()
    _put(tmp_path, dump(about_of(ARTICLE)), zlib.compress(TEXT.encode(), 1))
    assert Store(tmp_path).article(ARTICLE.id) == ARTICLE and Store(tmp_path).entry(ARTICLE.id) == ENTRY


def test_articles_are_read_together(tmp_path):
    """Many at once, each once, those that are not there left out; passages come with theirs in the order asked for."""
    articles = [Article(name, name, name, name * 9, "d") for name in "abc"]
    entries = [Entry(article, article, Cleaned((), ()), 1, 1, b"") for article in articles]
    store = _stored(tmp_path, *((one, [(Passage(one.article.id, Span(at, 9), ()), b"k" * 16) for at in range(2)]) for one in entries))
    assert store.articles(["c", "a", "no", "a"]) == {"c": articles[2], "a": articles[0]}
    rows = [5, 0, 3, 1, 5] * 40  # more than are read with one statement
    assert [(article.id, passage.span.start) for article, passage in store.with_articles(rows)] == [("abc"[row // 2], row % 2) for row in rows]


def test_a_book_among_short_articles_is_read_alone(tmp_path, monkeypatch):
    """What is too long to be read with others comes all the same, with its own passage."""
    monkeypatch.setattr("ingest.store._BOOK", 30)
    articles = [Article(name, name, name, name * size, "d") for name, size in (("a", 9), ("b", 99), ("c", 30))]
    entries = [Entry(article, article, Cleaned((), ()), 1, 1, b"") for article in articles]
    store = _stored(tmp_path, *((one, [(Passage(one.article.id, Span(0, 9), ()), b"k" * 16)]) for one in entries))
    assert set(store.articles("abc", 30)) == {"a", "c"}
    assert [article for article, _ in store.with_articles([1, 0, 2, 1])] == [articles[at] for at in (1, 0, 2, 1)]
