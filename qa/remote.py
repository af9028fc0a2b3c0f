"""An index in Milvus, opened for asking: the same faces as `qa.opened.Opened`, filled from the server.

Retrieval, merging and rendering do not know the difference. What a question needs is
fetched for many rows at once and kept; the single look-ups below find it there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.aliases import Alias
from ingest.embed import Embedder
from ingest.errors import StoreError
from ingest.postings import PAIRS, WORDS
from ingest.records import Entry
from ingest.stores.layout import FURNITURE
from ingest.stores.milvus import Server
from ingest.stores.reader import MilvusReader
from ingest.stores.state import generation_name
from ingest.types import Article, Passage
from qa.ask import Asker
from qa.filter import Filter
from qa.opened import Opened, check_version
from qa.types import Answer

if TYPE_CHECKING:
    import numpy as np

_TRIES = 4  # how often a question is asked again when an ingest publishes under it
_CHECK_SECONDS = 60.0  # how long a node may be down before a page that stays open says so without a short answer


@dataclass(frozen=True, slots=True)
class RemoteGeneration:
    """What other parts ask of a generation: its name, its manifest, and what to say on opening it."""

    folder: Path  # its last part names the generation; nothing lies there
    manifest: dict
    warnings: tuple[tuple[str, str], ...] = ()

    def release(self) -> None:
        """Nothing is held."""


class RemoteStore:
    """Articles and passages by key, as `ingest.store.Store` gives them."""

    def __init__(self, reader: MilvusReader) -> None:
        self._reader = reader

    def passage(self, row: int) -> Passage:
        """See `Store.passage`."""
        return self._reader.rows([row])[0].passage

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """See `Store.passages`."""
        return [one.passage for one in self._reader.rows(rows)]

    def passages_of(self, article_id: str) -> list[tuple[int, Passage, bytes]]:
        """See `Store.passages_of`."""
        rows = self._reader.rows_of(article_id)
        return [(row, one.passage, one.text_key) for row, one in zip(rows, self._reader.rows(rows), strict=True)]

    def article_of(self, row: int) -> str:
        """See `Store.article_of`."""
        return self._reader.ids[self._reader.place_of_row(row)]

    def article(self, article_id: str) -> Article | None:
        """See `Store.article`."""
        found = self._reader.articles([article_id])[0]
        return found[0] if found else None

    def entry(self, article_id: str) -> Entry | None:
        """See `Store.entry`; without what only the next ingest needs."""
        found = self._reader.articles([article_id])[0]
        return Entry(found[0], found[0], found[1], 0, 0, b"") if found else None

    def ids(self) -> list[str]:
        """See `Store.ids`."""
        return list(self._reader.ids)

    def overview(self) -> Iterator[tuple[Article, int]]:
        """See `Store.overview`; without marks and pages."""
        return ((article, count) for article, _, count in self._reader.listed())

    def signatures(self) -> dict[str, bytes]:
        """See `Store.signatures`."""
        return {article.id: signature for article, signature, _ in self._reader.listed()}

    def sections(self, rows: Sequence[int]) -> dict[int, tuple[str, tuple[str, ...]]]:
        """See `Store.sections`."""
        there = [int(row) for row in rows if 0 <= row < self._reader.size]
        found = zip(there, self._reader.rows(there), strict=True)
        return {row: (one.passage.article_id, one.passage.headings) for row, one in found}

    def keys(self) -> list[bytes]:
        """See `Store.keys`."""
        return [one.text_key for one in self._reader.rows(range(self._reader.size))]

    def with_articles(self, rows: Sequence[int]) -> Iterator[tuple[Article, Passage]]:
        """See `Store.with_articles`. Tokens of the same rows are asked for next, so they come along."""
        passages = [one.passage for one in self._reader.rows(rows)]
        self._reader.tokens(rows)
        ids = list(dict.fromkeys(passage.article_id for passage in passages))
        articles = {id_: found[0] for id_, found in zip(ids, self._reader.articles(ids), strict=True) if found}
        return ((articles[passage.article_id], passage) for passage in passages)

    def aliases_of(self, names: Sequence[str]) -> list[tuple[str, Alias, str]]:
        """See `Store.aliases_of`."""
        wanted = set(names)
        every = self._reader.aliases(names)
        found = [(alias.name, alias, self._reader.ids[at]) for at, _, alias in every if alias.name in wanted]
        turned = [(at, Alias(alias.other, alias.name, alias.span)) for at, _, alias in every if alias.other in wanted]
        return found + [(alias.name, alias, self._reader.ids[at]) for at, alias in turned]

    def furniture(self, terms: Sequence[str]) -> set[str]:
        """See `Store.furniture`."""
        return {term for term, found in self._reader.terms(FURNITURE, terms).items() if found.df > 0}

    def rows_where(self, wanted: Callable[[Article], bool]) -> list[int]:
        """See `Store.rows_where`."""
        accepted = (article.id for article, _ in self.overview() if wanted(article))
        return [row for id_ in accepted for row in self._reader.rows_of(id_)]

    def close(self) -> None:
        """Nothing is held."""


class RemoteVectors:
    """The dense leg, as `ingest.index.Vectors` is one."""

    def __init__(self, reader: MilvusReader) -> None:
        self._reader = reader
        self.size, self.dim = reader.size, reader.dim

    def nearest(self, query: np.ndarray, count: int, allowed: np.ndarray | None = None):
        """See `Vectors.nearest`."""
        return self._reader.nearest(query, count, allowed)

    def rows(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """See `Vectors.rows`."""
        return self._reader.vectors(rows)


class RemoteTerms:
    """A lexical leg, as `ingest.index.Terms` is one."""

    def __init__(self, reader: MilvusReader, field: str) -> None:
        self._reader, self._field = reader, field
        self.size = reader.size

    def matching(self, weights: Mapping[str, float], count: int, allowed: np.ndarray | None = None):
        """See `Terms.matching`."""
        return self._reader.matching(self._field, weights, count, allowed)

    def lexical(self, weights: Mapping[str, float], rows: np.ndarray) -> np.ndarray:
        """See `Terms.lexical`."""
        return self._reader.lexical(self._field, weights, rows)

    def idf(self, term: str) -> float:
        """See `Terms.idf`."""
        return self._reader.idf(self._field, term)

    def knows(self, term: str) -> bool:
        """See `Terms.knows`."""
        return self._reader.knows(self._field, term)

    def known(self, wanted: Iterable[str]) -> set[str]:
        """See `Terms.known`."""
        return {term for term, found in self._reader.terms(self._field, wanted).items() if found.df > 0}

    def beginning_with(self, letter: str, shortest: int, longest: int) -> list[str]:
        """See `Terms.beginning_with`."""
        return self._reader.beginning_with(self._field, letter, shortest, longest)


class RemoteTokens:
    """The tokens of passages, as `ingest.collection.AllTokens` gives them."""

    def __init__(self, reader: MilvusReader) -> None:
        self._reader = reader

    def of(self, row: int) -> np.ndarray:
        """See `AllTokens.of`."""
        return self._reader.tokens([row])[0]


class RemoteOpened(Opened):
    """One generation in Milvus. Immutable: a question keeps the one it began with."""

    def __init__(self, server: Server) -> None:
        self.reader = MilvusReader(server)
        self.manifest = self.reader.manifest
        self.generation = RemoteGeneration(Path(generation_name(self.reader.number)), self.manifest)
        check_version(self.manifest)
        self.reader.check()
        self.checked = time.monotonic()
        corpus = Path(self.manifest["corpus"])
        self.corpus = corpus if corpus.is_dir() else None  # on another machine nothing can be said of the files
        self.store = RemoteStore(self.reader)
        self.vectors = RemoteVectors(self.reader)
        self.tokens = RemoteTokens(self.reader)
        self.mean, self.calibration = self.reader.mean, self.reader.calibration
        self.terms, self.pairs = RemoteTerms(self.reader, WORDS), RemoteTerms(self.reader, PAIRS)
        self._embedder: Embedder | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Nothing is held: the connection is the asker's."""


class RemoteAsker(Asker):
    """Answers questions from Milvus. A question that an ingest publishes under is asked again."""

    def __init__(self, index: Path, server: Server) -> None:
        self.index, self.server = Path(index), server
        self._opened = RemoteOpened(server)
        self._swap = threading.Lock()

    def refresh(self) -> bool:
        """See `Asker.refresh`. StoreError when passages are missing on the server."""
        with self._swap:
            older = self._opened
            if older.reader.is_current():
                if time.monotonic() - older.checked > _CHECK_SECONDS:
                    older.reader.check()
                    older.checked = time.monotonic()
                return False
            newer = RemoteOpened(self.server)
            newer.share_embedder(older)
            self._opened = newer
            return True

    def _sound(self, failed: Opened, error: Exception) -> Opened:
        """Raises `error`: no file of ours was read, and the folder beside the server is another matter."""
        raise error

    def ask(self, question: str, k: int = 5, *, where: Filter | None = None, explain: bool = False) -> Answer:
        """See `Asker.ask`. StoreError rather than an answer from a part of the articles."""
        for left in range(_TRIES, 0, -1):
            reader = self._opened.reader
            try:
                answer = super().ask(question, k, where=where, explain=explain)
                if not self.server.lite:  # one process has no node that could be down
                    reader.check_count()
                if reader.is_current():
                    return answer
            except StoreError:
                if left == 1 or reader.is_current():  # not an ingest: the server does not give what it should
                    raise
            self.refresh()
        raise StoreError(
            "索引正在不断更新，这个问题没有问成。请稍后再试。",
            "The index kept changing while the question was asked. Try again in a moment.",
        )
