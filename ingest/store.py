"""Articles and passages by key, read from the one SQLite file that `ingest.storewriter` writes.

Opening costs the same for ten passages and for a million: nothing is loaded until a
row is asked for. Article texts are stored whole, so that a citation can be checked
against the text it was taken from although the file may have changed since.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from ingest.aliases import LAST, Alias, beginnings
from ingest.recent import Recent
from ingest.records import Entry, load_article, load_cleaned, load_passage
from ingest.shared import Shared
from ingest.storewriter import STORE_FILE
from ingest.types import Article, Passage, Span

_RECENT = 1 << 22  # characters of articles kept in memory: 8 MB of Chinese, a few hundred articles or a few books
_LATELY = 512  # passages kept in memory: a question comes back to its best ones
_TOGETHER = 64  # passages whose articles are read with one statement: all of a question's candidates
_ANY = 1 << 62
_BOOK = 1 << 17  # bytes; a longer text is read alone: so many short ones take 16 MB at most


class Store:
    """Reads a store by key. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        uri = f"file:{quote(str((folder / STORE_FILE).resolve()))}?mode=ro&immutable=1"
        self.connection = Shared(sqlite3.connect(uri, uri=True, check_same_thread=False))
        self._stamped: dict[str, tuple[int, int, str]] | None = None
        self._recent: Recent[Article] = Recent(_RECENT, lambda article: len(article.text))
        self._lately: Recent[Passage] = Recent(_LATELY, lambda passage: 1)

    def passage(self, row: int) -> Passage:
        """The passage of `row`."""
        found = self.connection.execute(
            "SELECT articles.id, start, end, headings, joins FROM passages"
            " JOIN articles ON articles.number = passages.article WHERE row = ?",
            (int(row),),
        ).fetchone()
        return load_passage(*found)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of `rows`, at most `ingest.shared.VALUES_AT_ONCE`, in their order: a third of the time of one after the other."""
        wanted = [int(row) for row in rows]
        found = {row: passage for row in wanted if (passage := self._lately.get(row)) is not None}
        missing = [row for row in wanted if row not in found]
        if missing:
            marks = ",".join("?" * len(missing))
            find = (
                "SELECT row, articles.id, start, end, headings, joins FROM passages"
                f" JOIN articles ON articles.number = passages.article WHERE row IN ({marks})"
            )
            for row, *rest in self.connection.execute(find, missing):
                found[row] = load_passage(*rest)
                self._lately.keep(row, found[row])
        return [found[row] for row in wanted]

    def passages_of(self, article_id: str) -> list[tuple[int, Passage, bytes]]:
        """(row, passage, key) of every passage of an article, in order."""
        found = self.connection.execute(
            "SELECT row, articles.id, start, end, headings, joins, key FROM passages"
            " JOIN articles ON articles.number = passages.article WHERE articles.id = ? ORDER BY row",
            (article_id,),
        )
        return [(row, load_passage(*rest), key) for row, *rest, key in found]

    def article_of(self, row: int) -> str:
        """The id of the article that passage `row` belongs to."""
        return self.connection.execute(
            "SELECT articles.id FROM passages JOIN articles ON number = article WHERE row = ?", (int(row),)
        ).fetchone()[0]

    def article(self, article_id: str) -> Article | None:
        """The article as it was read, or None."""
        return self.articles([article_id]).get(article_id)

    def articles(self, ids: Iterable[str], longest: int = _ANY) -> dict[str, Article]:
        """id -> article, for those of `ids`, at most `ingest.shared.VALUES_AT_ONCE`, that are here.

        Those with a text of more bytes than `longest` only if they were used lately.
        """
        found = {id_: self._recent.get(id_) for id_ in ids}
        missing = [id_ for id_, article in found.items() if article is None]
        if missing:
            marks = ",".join("?" * len(missing))
            find = f"SELECT id, about, text FROM articles WHERE id IN ({marks}) AND length(text) <= ?"
            for row in self.connection.execute(find, (*missing, longest)):
                found[row[0]] = load_article(*row)
                self._recent.keep(row[0], found[row[0]])
        return {id_: article for id_, article in found.items() if article is not None}

    def entry(self, article_id: str) -> Entry | None:
        """Everything stored of one article, or None."""
        found = self.connection.execute(
            "SELECT id, about, text, raw, cleaned, size, mtime_ns, line_keys FROM articles WHERE id = ?",
            (article_id,),
        ).fetchone()
        if not found:
            return None
        raw, cleaned, size, mtime_ns, line_keys = found[3:]
        article = load_article(*found[:3])
        unread = load_article(found[0], json.dumps({**json.loads(found[1]), **json.loads(raw)}), None)
        unread = replace(unread, text=article.text)
        return Entry(article, unread, load_cleaned(cleaned), size, mtime_ns, line_keys)

    def stamps(self) -> dict[str, tuple[int, int, str]]:
        """article id -> (size in bytes, mtime in ns, sha256 of the bytes). Kept: an ingest asks twice, an answer never."""
        if self._stamped is None:
            rows = self.connection.execute("SELECT id, size, mtime_ns, digest FROM articles ORDER BY number")
            self._stamped = {id_: (size, mtime, digest) for id_, size, mtime, digest in rows}
        return self._stamped

    def touched(self) -> dict[str, tuple[int, int]]:
        """(size, mtime_ns) of files that were touched since their segment was written, unchanged in what they hold."""
        return {}

    def line_keys(self) -> Iterator[tuple[str, bytes]]:
        """(article id, line keys) of every article, by id."""
        yield from self.connection.execute("SELECT id, line_keys FROM articles ORDER BY number")

    def signatures(self) -> dict[str, bytes]:
        """id -> MinHash of every article's kept text."""
        return dict(self.connection.execute("SELECT id, signature FROM articles ORDER BY number"))

    def ids(self) -> list[str]:
        """The ids of all articles, sorted."""
        return [row[0] for row in self.connection.execute("SELECT id FROM articles ORDER BY number")]

    def overview(self) -> Iterator[tuple[Article, int]]:
        """(article without its text, number of passages) of every article, by id."""
        rows = self.connection.execute(
            "SELECT id, about, (SELECT COUNT(*) FROM passages WHERE article = number) FROM articles ORDER BY number"
        )
        for id_, about, count in rows:
            yield load_article(id_, about, None), count

    def sections(self, rows: Sequence[int]) -> dict[int, tuple[int, str]]:
        """row -> what names its section (article and heading path), for those of `rows` that exist."""
        marks = ",".join("?" * len(rows))
        found = self.connection.execute(
            f"SELECT row, article, headings FROM passages WHERE row IN ({marks})", [int(row) for row in rows]
        )
        return {row: (article, headings) for row, article, headings in found}

    def keys(self) -> list[bytes]:
        """The key of the embedded text of every row, in order."""
        return [key for (key,) in self.connection.execute("SELECT key FROM passages ORDER BY row")]

    def with_articles(self, rows: Sequence[int]) -> Iterator[tuple[Article, Passage]]:
        """(article, passage) of each of `rows`. Short articles are read together, a book when its turn comes."""
        for begin in range(0, len(rows), _TOGETHER):
            block = rows[begin : begin + _TOGETHER]
            passages, stores = self.passages(block), [self._at(row)[0] for row in block]
            ids: dict[Store, list[str]] = {}  # of each segment: a shelf would look for an article in every one
            for store, passage in zip(stores, passages, strict=True):
                ids.setdefault(store, []).append(passage.article_id)
            found = {store: store.articles(mine, _BOOK) for store, mine in ids.items()}
            for store, passage in zip(stores, passages, strict=True):
                yield found[store].get(passage.article_id) or store.article(passage.article_id), passage

    def _at(self, row: int) -> tuple[Store, int]:
        """The store of one segment that `row` lies in, and its row there."""
        return self, row

    def vector_rows(self, rows: Sequence[int] | None = None) -> tuple[list[bytes], list[int]]:
        """(keys of embedded texts, the rows that hold their vectors); only `rows` if given."""
        if rows is None:
            every = self.keys()
            return every, list(range(len(every)))
        find = "SELECT key FROM passages WHERE row = ?"
        return [self.connection.execute(find, (row,)).fetchone()[0] for row in rows], list(rows)

    def passage_counts(self) -> list[int]:
        """How many passages each article has, by number."""
        found = dict(self.connection.execute("SELECT article, COUNT(*) FROM passages GROUP BY article"))
        return [found.get(number, 0) for (number,) in self.connection.execute("SELECT number FROM articles ORDER BY number")]

    def aliases_of(self, names: Sequence[str]) -> list[tuple[str, Alias, str]]:
        """(name asked for, alias, article id) of every alias that has one of the folded `names` on either side.

        The alias is turned so that its `name` is the one asked for.
        """
        every = [one for turned in (False, True) for one in self.aliases_one_way(beginnings(names), turned)]
        wanted = frozenset(names)
        return [(name, alias, id_) for _, id_, name, alias in every if name in wanted]

    def aliases_one_way(self, begin: Sequence[str], turned: bool) -> list[tuple[int, str, str, Alias]]:
        """(article number, article id, its name, alias) of aliases that have a name on one side that begins with one of `begin`."""
        mine, theirs = ("other", "name") if turned else ("name", "other")
        rows = self.connection.execute(
            f"WITH begin (low, high) AS (VALUES {','.join(['(?, ?)'] * len(begin))})"
            f" SELECT article, articles.id, {mine}, {theirs}, start, end FROM begin"
            f" CROSS JOIN aliases ON {mine} >= low AND {mine} < high"
            " JOIN articles ON number = article ORDER BY aliases.rowid",
            [bound for one in begin for bound in (one, one + LAST)],
        )
        return [(number, id_, name, Alias(name, other, Span(start, end))) for number, id_, name, other, start, end in rows]

    def articles_with_furniture(self, term: str) -> Iterator[int]:
        """The numbers of the articles in whose dropped lines `term` stands."""
        return (number for (number,) in self.connection.execute("SELECT article FROM furniture WHERE term = ?", (term,)))

    def number_of(self, article_id: str) -> int | None:
        """The number of an article in this file, or None."""
        found = self.connection.execute("SELECT number FROM articles WHERE id = ?", (article_id,)).fetchone()
        return found[0] if found else None

    def furniture(self, terms: Sequence[str]) -> set[str]:
        """Those of `terms` that stand in dropped lines of some article."""
        marks = ",".join("?" * len(terms))
        found = self.connection.execute(f"SELECT DISTINCT term FROM furniture WHERE term IN ({marks})", list(terms))
        return {term for (term,) in found}

    def rows_where(self, wanted: Callable[[Article], bool]) -> list[int]:
        """Rows of the passages of every article that `wanted` accepts (its text is not loaded), ascending."""
        numbers = [number for number, (article, _) in enumerate(self.overview()) if wanted(article)]
        rows: list[int] = []
        for number in numbers:
            rows += [row for (row,) in self.connection.execute("SELECT row FROM passages WHERE article = ?", (number,))]
        return sorted(rows)

    def close(self) -> None:
        """Release the file."""
        self.connection.close()
