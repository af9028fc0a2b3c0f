"""The stores of several segments, read as the one store they make up."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ingest.aliases import Alias, beginnings
from ingest.places import Places
from ingest.records import Entry
from ingest.store import Store
from ingest.types import Article, Passage


class Shelf(Store):
    """See `ingest.store.Store`. Rows are those of the generation; articles that were replaced are not there."""

    def __init__(self, stores: Sequence[Store], places: Places, stamps: Path) -> None:
        """`stamps`: a file of (size, mtime_ns) of files that were touched since, unchanged; it need not be there."""
        self._stores, self._places, self._stamps = list(stores), places, stamps
        self._alive = [places.alive(number) for number in range(len(stores))]

    def _at(self, row: int) -> tuple[Store, int]:
        segment, local = self._places.place_of(row)
        return self._stores[segment], local

    def where(self, article_id: str) -> tuple[int, int] | None:
        """(segment, number there) of an article that is part of the generation."""
        for segment, store in enumerate(self._stores):
            number = store.number_of(article_id)
            if number is not None and number in self._alive[segment]:
                return segment, number
        return None

    def _merged(self, of_store: Callable[[Store], Iterator[tuple]]) -> Iterator[tuple]:
        """(article id, …) tuples of every store in order of number, merged in the order of ids."""

        def living(segment: int, store: Store) -> Iterator[tuple]:
            alive = self._alive[segment]
            return (one for number, one in enumerate(of_store(store)) if number in alive)

        each = (living(segment, store) for segment, store in enumerate(self._stores))
        return heapq.merge(*each, key=lambda one: one[0])

    def passage(self, row: int) -> Passage:
        """See `Store.passage`."""
        store, local = self._at(row)
        return store.passage(local)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """See `Store.passages`."""
        by_store: dict[int, tuple[list[int], list[int]]] = {}  # of each segment: positions in `rows`, and rows there
        for at, row in enumerate(rows):
            segment, local = self._places.place_of(row)
            positions, locals_ = by_store.setdefault(segment, ([], []))
            positions.append(at)
            locals_.append(local)
        found = {}
        for segment, (positions, locals_) in by_store.items():
            found.update(zip(positions, self._stores[segment].passages(locals_), strict=True))
        return [found[at] for at in range(len(rows))]

    def passages_of(self, article_id: str) -> list[tuple[int, Passage, bytes]]:
        """See `Store.passages_of`."""
        found = self.where(article_id)
        if found is None:
            return []
        first = self._places.row_of_article(*found)
        mine = self._stores[found[0]].passages_of(article_id)
        return [(first + at, passage, key) for at, (_, passage, key) in enumerate(mine)]

    def article_of(self, row: int) -> str:
        """See `Store.article_of`."""
        store, local = self._at(row)
        return store.article_of(local)

    def article(self, article_id: str) -> Article | None:
        """See `Store.article`."""
        found = self.where(article_id)
        return self._stores[found[0]].article(article_id) if found else None

    def entry(self, article_id: str) -> Entry | None:
        """See `Store.entry`."""
        found = self.where(article_id)
        return self._stores[found[0]].entry(article_id) if found else None

    def stamps(self) -> dict[str, tuple[int, int, str]]:
        """See `Store.stamps`."""
        found: dict[str, tuple[int, int, str]] = {}
        for segment, store in enumerate(self._stores):
            alive = self._alive[segment]
            found.update(one for number, one in enumerate(store.stamps().items()) if number in alive)
        for id_, stamp in self.touched().items():
            if id_ in found:
                found[id_] = (*stamp, found[id_][2])
        return found

    def touched(self) -> dict[str, tuple[int, int]]:
        """See `Store.touched`."""
        if not self._stamps.is_file():
            return {}
        return {id_: (size, mtime_ns) for id_, (size, mtime_ns) in json.loads(self._stamps.read_text("utf-8")).items()}

    def line_keys(self) -> Iterator[tuple[str, bytes]]:
        """See `Store.line_keys`."""
        return self._merged(lambda store: store.line_keys())

    def signatures(self) -> dict[str, bytes]:
        """See `Store.signatures`."""
        return dict(self._merged(lambda store: iter(store.signatures().items())))

    def ids(self) -> list[str]:
        """See `Store.ids`."""
        return [id_ for (id_,) in self._merged(lambda store: ((id_,) for id_ in store.ids()))]

    def overview(self) -> Iterator[tuple[Article, int]]:
        """See `Store.overview`."""
        every = self._merged(lambda store: ((article.id, article, count) for article, count in store.overview()))
        return ((article, count) for _, article, count in every)

    def sections(self, rows: Sequence[int]) -> dict[int, tuple[object, str]]:
        """See `Store.sections`."""
        wanted = [int(row) for row in rows if 0 <= row < self._places.size]
        segments, local = (found.tolist() for found in self._places.locate(wanted))
        by_segment: dict[int, dict[int, int]] = {}  # of each, row there -> row
        for row, segment, at in zip(wanted, segments, local, strict=True):
            by_segment.setdefault(segment, {})[at] = row
        sections: dict[int, tuple[object, str]] = {}
        for segment, mine in by_segment.items():
            found = self._stores[segment].sections(list(mine))
            sections.update({mine[at]: ((segment, article), headings) for at, (article, headings) in found.items()})
        return sections

    def keys(self) -> list[bytes]:
        """See `Store.keys`."""
        every = [store.keys() for store in self._stores]
        return [every[place.segment][place.first + at] for place in self._places.articles() for at in range(place.count)]

    def aliases_of(self, names: Sequence[str]) -> list[tuple[str, Alias, str]]:
        """See `Store.aliases_of`."""
        found, wanted, begin = [], frozenset(names), beginnings(names)
        for turned in (False, True):
            every = []
            for segment, store in enumerate(self._stores):
                alive, mine = self._alive[segment], store.aliases_one_way(begin, turned)
                every += [(id_, name, alias) for number, id_, name, alias in mine if name in wanted and number in alive]
            every.sort(key=lambda one: one[0])  # stable: those of one article stay in order
            found += [(name, alias, id_) for id_, name, alias in every]
        return found

    def furniture(self, terms: Sequence[str]) -> set[str]:
        """See `Store.furniture`."""
        found: set[str] = set()
        for segment, store in enumerate(self._stores):
            alive = self._alive[segment]
            there = store.furniture([term for term in terms if term not in found])  # most are in no dropped line at all
            found |= {term for term in there if any(number in alive for number in store.articles_with_furniture(term))}
        return found

    def rows_where(self, wanted: Callable[[Article], bool]) -> list[int]:
        """See `Store.rows_where`."""
        rows: list[int] = []
        start = 0
        for article, count in self.overview():
            if wanted(article):
                rows += range(start, start + count)
            start += count
        return rows

    def close(self) -> None:
        """See `Store.close`."""
        for store in self._stores:
            store.close()
