"""Writes the one SQLite file that articles and passages are read from, see `ingest.store`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from ingest.aliases import Alias
from ingest.records import Entry, about_of, dump, dump_article, dump_cleaned, dump_spans
from ingest.reposts import signature
from ingest.types import Passage

STORE_FILE = "store.db"
_DESCRIBED = ("title", "date", "url", "author", "flags")  # what `ingest.meta` may change

_SCHEMA = """
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, size INTEGER, mtime_ns INTEGER, digest TEXT NOT NULL,
    about TEXT NOT NULL, raw TEXT NOT NULL, cleaned TEXT NOT NULL, line_keys BLOB NOT NULL,
    text BLOB NOT NULL, signature BLOB NOT NULL);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, article INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    headings TEXT NOT NULL, joins TEXT NOT NULL, key BLOB NOT NULL);
CREATE INDEX passages_of ON passages (article);
CREATE TABLE aliases (name TEXT NOT NULL, other TEXT NOT NULL, article INTEGER, start INTEGER, end INTEGER);
CREATE INDEX aliases_by_name ON aliases (name);
CREATE INDEX aliases_by_other ON aliases (other);
CREATE TABLE furniture (term TEXT NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (term, article)) WITHOUT ROWID;
"""


class StoreWriter:
    """Writes a store; articles first, then their passages, in the order of their ids."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / STORE_FILE, isolation_level=None)
        # A crash throws the whole draft away, so SQLite need not guard against one.
        self.connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;" + _SCHEMA)
        self._articles = 0
        self._rows = 0

    def add(
        self,
        entry: Entry,
        passages: Sequence[tuple[Passage, bytes]],
        aliases: Iterable[Alias] = (),
        furniture: Iterable[str] = (),
    ) -> None:
        """Add one article, its passages, each with the key of its embedded text, and the names it explains.

        `furniture`: the terms of its dropped lines, each once.
        """
        article = entry.article
        about, text = dump_article(article)
        record = (
            self._articles,
            article.id,
            entry.size,
            entry.mtime_ns,
            article.digest,
            about,
            dump({name: value for name, value in about_of(entry.raw).items() if name in _DESCRIBED}),
            dump(dump_cleaned(entry.cleaned)),
            entry.line_keys,
            text,
            signature("".join(span.of(article.text) for span in entry.cleaned.kept)),
        )
        self.connection.execute("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", record)
        for passage, key in passages:
            span, joins = passage.span, dump_spans(passage.joins)
            row = (self._rows, self._articles, span.start, span.end, dump(passage.headings), dump(joins), key)
            self.connection.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._rows += 1
        for alias in aliases:
            row = (alias.name, alias.other, self._articles, alias.span.start, alias.span.end)
            self.connection.execute("INSERT INTO aliases VALUES (?, ?, ?, ?, ?)", row)
        self.connection.executemany("INSERT INTO furniture VALUES (?, ?)", ((term, self._articles) for term in sorted(furniture)))
        self._articles += 1

    def close(self) -> None:
        """Finish the file."""
        self.connection.execute("COMMIT")
        self.connection.close()
