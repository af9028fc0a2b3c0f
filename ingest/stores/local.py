"""The local index folder behind the interface of all stores.

A reader is a thin cover over an opened index. The writer here takes whole articles, as the
Milvus one does, and writes a whole generation; `ingest.build` is what reads a folder of
files and writes in proportion to what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.calibrate import write_calibration
from ingest.collection import WHOLE
from ingest.errors import NoIndexError
from ingest.generation import new_draft, publish, writer_lock
from ingest.postings import PAIRS, WORDS, PostingsBuilder
from ingest.searchtext import search_text
from ingest.stores.base import Facts, Part, Ranked, Record, Stats
from ingest.stores.publish import Local, part_of
from ingest.storewriter import StoreWriter
from ingest.terms import pairs, terms
from ingest.tokenvectors import write_tokens
from ingest.vectors import write_mean, write_vectors

if TYPE_CHECKING:
    import numpy as np


class LocalReader:
    """See `ingest.stores.base.Reader`; `opened` is a `qa.opened.Opened`."""

    def __init__(self, opened: Local) -> None:
        self._opened = opened

    def nearest(self, query: np.ndarray, count: int, allowed: np.ndarray | None = None) -> Ranked:
        """See `Reader.nearest`."""
        import numpy as np

        if allowed is not None and len(allowed) == 0:
            return Ranked(np.zeros(0, np.int64), np.zeros(0, np.float32))
        return Ranked(*self._opened.vectors.nearest(query, count, allowed))

    def matching(
        self, field: str, weights: Mapping[str, float], count: int, allowed: np.ndarray | None = None
    ) -> Ranked:
        """See `Reader.matching`."""
        return Ranked(*self._leg(field).matching(weights, count, allowed))

    def lexical(self, field: str, weights: Mapping[str, float], rows: Sequence[int]) -> np.ndarray:
        """See `Reader.lexical`."""
        return self._leg(field).lexical(weights, rows)

    def fetch(self, rows: Sequence[int]) -> list[Record]:
        """See `Reader.fetch`."""
        for row in rows:
            if not 0 <= row < self._opened.vectors.size:
                raise IndexError(f"row {row} of {self._opened.vectors.size}")
        vectors = self._opened.vectors.rows(rows)
        return [
            Record(int(row), self._opened.store.passage(row), vector, self._opened.tokens.of(row))
            for row, vector in zip(rows, vectors, strict=True)
        ]

    def stats(self) -> Stats:
        """See `Reader.stats`."""
        opened = self._opened
        return Stats(opened.generation.folder.name, len(opened.store.ids()), opened.vectors.size, opened.vectors.dim)

    def _leg(self, field: str):
        return {WORDS: self._opened.terms, PAIRS: self._opened.pairs}[field]


class LocalStore:
    """See `ingest.stores.base.Store`; `opener` opens the index folder (`qa.opened.Opened`)."""

    def __init__(self, index: Path, opener: Callable[[Path], Local]) -> None:
        self._index, self._opener = index, opener
        self._added: dict[str, Part] = {}
        self._deleted: set[str] = set()

    def add(self, parts: Iterable[Part]) -> None:
        """See `Store.add`."""
        for part in parts:
            self._added[part.id] = part
            self._deleted.discard(part.id)

    def delete(self, article_ids: Iterable[str]) -> None:
        """See `Store.delete`."""
        for id_ in article_ids:
            self._added.pop(id_, None)
            self._deleted.add(id_)

    def publish(self, facts: Facts) -> str:
        """See `Store.publish`."""
        parts = dict(self._kept())
        parts.update(self._added)
        with writer_lock(self._index):
            draft = new_draft(self._index)
            _write(draft, [parts[id_] for id_ in sorted(parts)], facts)
            whole = {"folder": WHOLE, "passages": sum(len(part.pieces) for part in parts.values())}
            whole["dropped"] = dict(facts.manifest.get("dropped", {}))
            folder = publish(self._index, draft, {**facts.manifest, "segments": [whole]})
        self._added, self._deleted = {}, set()
        return folder.name

    def reader(self) -> LocalReader:
        """See `Store.reader`."""
        return LocalReader(self._opener(self._index))

    def _kept(self) -> Iterable[tuple[str, Part]]:
        """The articles of the published generation that stay as they are."""
        try:
            opened = self._opener(self._index)
        except NoIndexError:
            return
        for id_ in opened.store.ids():
            if id_ not in self._deleted and id_ not in self._added:
                yield id_, part_of(opened, id_)


def _write(draft: Path, parts: list[Part], facts: Facts) -> None:
    """Write a generation of `parts`, in the order of their ids."""
    import numpy as np

    model = facts.manifest["model"]
    writer = StoreWriter(draft)
    fields = ((PostingsBuilder(WORDS), terms), (PostingsBuilder(PAIRS), pairs))
    for part in parts:
        article = part.entry.article
        writer.add(part.entry, [(one.passage, one.key) for one in part.pieces], part.aliases, part.furniture)
        for piece in part.pieces:
            for builder, cut in fields:
                builder.add(cut(search_text(article, piece.passage)))
    for builder, _ in fields:
        builder.write(draft, writer.connection)
    writer.close()
    dim = model["dim"]
    pieces = [piece for part in parts for piece in part.pieces]
    vectors = np.stack([piece.vector for piece in pieces]) if pieces else np.zeros((0, dim), np.float32)
    write_vectors(draft, dim, [vectors])
    write_mean(draft, vectors.sum(axis=0, dtype=np.float64) / max(len(vectors), 1))
    write_calibration(draft, facts.calibration)
    write_tokens(draft, (piece.tokens for piece in pieces))
