"""nearest, matching, fetch and stats on Milvus: one published generation, read whole or not at all.

BM25 stays exact although Milvus holds weights that were measured with an older mean length.
A stored weight is at most `max(1, mean / old mean)` times too small, so when the last row
of a search, raised by that factor, stays below the last row we keep, no row outside can
belong among the best; otherwise more is fetched. The rows fetched are scored anew from
their counts, with the frequencies of the whole collection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ingest.index import K1, B
from ingest.stores import layout
from ingest.stores.base import Ranked, Record, Stats
from ingest.stores.expressions import among, both, chunks, not_among
from ingest.stores.state import generation_name
from ingest.stores.tables import Tables
from ingest.stores.trouble import incomplete

if TYPE_CHECKING:
    import numpy as np

MOST_HITS = 16_000  # a search may return 16,384 rows; where more tie at the edge, any of them may come
_SPARE = 20  # rows fetched beyond those wanted: what ties at the edge may need
_ROUNDING = 1e-5  # of float32 sums, over some dozen terms or some hundred dimensions


class MilvusReader(Tables):
    """See `ingest.stores.base.Reader`."""

    def nearest(self, query: np.ndarray, count: int, allowed: np.ndarray | None = None) -> Ranked:
        """See `Reader.nearest`. StoreError when fewer rows come than there are."""
        import numpy as np

        if query.shape != (self.dim,):
            raise ValueError(f"the question has shape {query.shape}, the index ({self.dim},)")
        possible = self.size if allowed is None else len(allowed)
        if min(count, possible) <= 0:
            return _nothing()
        wanted = min(count + _SPARE, possible, MOST_HITS)
        while True:
            rows, stored = self._search("vector", query.astype(np.float32), wanted, allowed)
            if len(rows) < wanted:
                raise incomplete(self.server.uri, f"{wanted - len(rows)} / {wanted} passages")
            # One by one, not as a matrix: equal vectors must have equal scores, to the last bit.
            scores = np.array([np.dot(vector, query) for vector in self.vectors(rows)], np.float32)
            found = _best(rows, scores, count)
            if wanted >= min(possible, MOST_HITS) or stored[-1] + _ROUNDING < found.scores[-1]:
                return found
            wanted = min(4 * wanted, possible, MOST_HITS)  # more than we fetched tie at the edge

    def matching(
        self, field: str, weights: Mapping[str, float], count: int, allowed: np.ndarray | None = None
    ) -> Ranked:
        """See `Reader.matching`. StoreError when fewer rows come than one of the terms has."""
        known = [(term, found) for term, found in self.terms(field, weights).items() if found.df > 0]
        if not known or count <= 0 or (allowed is not None and len(allowed) == 0):
            return _nothing()
        query = {found.number: float(weights[term] * self.idf_of(found.df)) for term, found in known}
        least = max(found.df for _, found in known) if allowed is None else 0
        raised = max(1.0, self.means[field] / self.base[field]) * (1 + _ROUNDING)
        wanted = min(count + _SPARE, MOST_HITS)
        while True:
            rows, stored = self._search(field, query, wanted, allowed)
            if len(rows) < min(wanted, least):
                raise incomplete(self.server.uri, f"{min(wanted, least) - len(rows)} / {least} passages")
            found = _best(rows, self.lexical(field, weights, rows), count)
            if len(rows) < wanted or wanted >= MOST_HITS or stored[-1] * raised < found.scores[-1]:
                return found
            wanted = min(4 * wanted, MOST_HITS)

    def lexical(self, field: str, weights: Mapping[str, float], rows: Sequence[int]) -> np.ndarray:
        """See `Reader.lexical`: the sum of `ingest.index.Terms.scores`, in the same order and precision."""
        import numpy as np

        stored = self.rows(rows)
        lengths = np.array([one.lengths[field] for one in stored], np.uint32)
        norms = (K1 * (1 - B + B * lengths / np.float32(self.means[field]))).astype(np.float32)
        scores = np.zeros(len(stored), np.float32)
        base, known = self.base[field], self.terms(field, weights)
        for term, times in weights.items():
            number, df = known[term].number, known[term].df
            held = [(at, one) for at, one in enumerate(stored) if df and number in one.weights[field]]
            if held:
                at = [place for place, _ in held]
                counts = np.array(
                    [layout.count_of(one.weights[field][number], one.lengths[field], base) for _, one in held], np.float32
                )
                scores[at] += np.float32(self.idf_of(df) * times * (K1 + 1)) * counts / (counts + norms[at])
        return scores

    def fetch(self, rows: Sequence[int]) -> list[Record]:
        """See `Reader.fetch`."""
        every = zip(rows, self.rows(rows), self.tokens(rows), strict=True)
        return [Record(int(row), one.passage, one.vector, tokens) for row, one, tokens in every]

    def stats(self) -> Stats:
        """See `Reader.stats`. StoreError when Milvus counts another number of passages."""
        self.check()
        return Stats(generation_name(self.number), len(self.ids), self.size, self.dim)

    def _search(self, field: str, query, count: int, allowed: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """(rows, scores as Milvus has them) of the best `count`, best first."""
        import numpy as np

        hits = []
        for condition in self._conditions(allowed):
            found = self.server.search(self.table("passages"), field, query, count, condition, ["edition", "ordinal"], self.level)
            hits += [(one["score"], self.row_of(one["edition"], one["ordinal"])) for one in found]
        hits = sorted((hit for hit in hits if hit[1] is not None), key=lambda hit: (-hit[0], hit[1]))[:count]
        return np.array([row for _, row in hits], np.int64), np.array([score for score, _ in hits], np.float32)

    def _conditions(self, allowed: np.ndarray | None) -> Iterator[str]:
        """Conditions that together let through exactly `allowed`; several where one would be too long."""
        if allowed is None:
            yield self.visible
            return
        rows = {int(row) for row in allowed}
        places = sorted({self.place_of_row(row) for row in rows})
        whole = [at for at in places if all(row in rows for row in range(self.starts[at], self.starts[at + 1]))]
        inside = set(whole)
        others = [edition for at, edition in enumerate(self.editions) if at not in inside]
        if len(whole) == len(places) and len(others) <= len(whole):
            yield from [both(self.visible, not_among("edition", others))] if len(others) < _LONG else self._parts(whole)
            return
        yield from self._parts(whole)
        loose = [self.key_of_row(row) for row in sorted(rows) if self.place_of_row(row) not in inside]
        for chunk in chunks(loose):
            yield both(self.visible, among("pk", chunk))

    def _parts(self, places: Sequence[int]) -> Iterator[str]:
        for chunk in chunks(places):
            yield both(self.visible, among("edition", [self.editions[at] for at in chunk]))


_LONG = 4_000  # editions in one condition: 80 KB


def _best(rows: np.ndarray, scores: np.ndarray, count: int) -> Ranked:
    """The best `count` positive or negative scores, ties by row."""
    import numpy as np

    order = np.lexsort((rows, -scores))[:count]
    return Ranked(rows[order], scores[order])


def _nothing() -> Ranked:
    import numpy as np

    return Ranked(np.zeros(0, np.int64), np.zeros(0, np.float32))
