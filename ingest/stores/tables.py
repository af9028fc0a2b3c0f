"""One published generation in Milvus: its rows by number, its articles by id, its terms; fetched together and kept."""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from ingest.aliases import Alias
from ingest.calibrate import Calibration
from ingest.errors import MismatchError
from ingest.stores import layout
from ingest.stores.cache import Cache
from ingest.stores.expressions import among, chunks
from ingest.stores.layout import FIELDS, edition_of, passage_key
from ingest.stores.milvus import BOUNDED, STRONG, Server
from ingest.stores.state import latest, newest_generation, read_contents, read_owned, visible
from ingest.stores.trouble import incomplete, no_index
from ingest.types import Article, Cleaned, Passage, Span

if TYPE_CHECKING:
    import numpy as np

_CACHED_ROWS = 20_000  # about 100 MB with 384 dimensions
_CACHED_ARTICLES = 500
_CACHED_TERMS = 100_000
_ROW_FIELDS = ("pk", "place", "text_key", "vector", *FIELDS, *(f"{field}_length" for field in FIELDS))
_ROWS_AT_ONCE = 500  # 2 MB of vectors and weights in one answer
_TEXTS_AT_ONCE = 50  # whole texts in one answer: a book has megabytes
_SETTLED_SECONDS = 30.0  # a Bounded read is 5 seconds behind at most, unless `common.gracefulTime` is set higher
_CLOCKS_SECONDS = 600.0  # how far the clocks of two machines may be apart
_MEAN_SCALE = 1000  # the local index keeps its mean length in thousandths: so do we, for equal scores


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of `passages` as it came."""

    passage: Passage
    text_key: bytes
    vector: np.ndarray  # (dim,) float32
    weights: Mapping[str, Mapping[int, float]]  # field -> number of a term -> stored weight
    lengths: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Term:
    """The number and the document frequency of a term; 0 and 0 for one that stands nowhere."""

    number: int
    df: int


class Tables:
    """The newest generation at the time of opening. Safe to use from several threads."""

    def __init__(self, server: Server) -> None:
        """NoIndexError before the first ingest, StoreError when Milvus does not give all of it."""
        import numpy as np

        newest = newest_generation(server)
        if newest is None:
            raise no_index(server.uri)
        self.server, self.opened = server, time.monotonic()
        self.number, self.epoch = newest
        self.manifest: dict = read_owned(server, self.epoch, f"manifest@{self.number}")
        store = self.manifest["store"]
        _check_layout(store["layout"])
        self.written = store["written"]  # seconds since 1970, by the clock of the machine that published
        contents = read_owned(server, self.epoch, f"contents@{self.number}")
        self.ids: list[str] = [one[0] for one in contents]
        self.counts: list[int] = [one[2] for one in contents]
        self.editions = [edition_of(id_, born) for id_, born, *_ in contents]
        self._place = {id_: at for at, id_ in enumerate(self.ids)}
        self.starts = [0, *accumulate(self.counts)]  # the first row of each article, and how many there are
        self.size = self.starts[-1]
        self.dim = int(self.manifest["model"]["dim"])
        self.mean = np.frombuffer(bytes.fromhex(store["mean"]), "<f4").astype(np.float32)
        self.calibration = Calibration(**store["calibration"])
        self.visible = visible(self.number, store["replaced"])
        self.means = {field: mean_length(store["lengths"][field]) for field in FIELDS}  # of the lengths, as the local index rounds it
        self.base: Mapping[str, float] = store["base"]
        self._rows, self._tokens = Cache(_CACHED_ROWS), Cache(_CACHED_ROWS)
        self._articles, self._terms = Cache(_CACHED_ARTICLES), Cache(_CACHED_TERMS)

    def is_current(self) -> bool:
        """True while no newer generation is published: what was read until now was whole."""
        return newest_generation(self.server) == (self.number, self.epoch)

    def check(self) -> None:
        """StoreError unless Milvus counts every passage; MismatchError unless it searches as we need it to."""
        name = self.table("passages")
        self.check_count()
        for field in ("vector", *FIELDS):
            if self.server.metric(name, field) != "IP":
                raise MismatchError(
                    f"Milvus 集合 {name} 的字段 {field} 没有内积索引。请运行 qa ingest --rebuild。",
                    f"The field {field} of the Milvus collection {name} has no inner product index. Run `qa ingest --rebuild`.",
                )

    def check_count(self) -> None:
        """StoreError unless Milvus counts every passage: what a search cannot tell when a node is down.

        A cluster may be told to answer searches from the nodes that are left
        (`partialResultRequiredDataRatio` below 1), and an answer does not say so.
        """
        found = self.server.count(self.table("passages"), self.visible)
        if found != self.size and self.is_current():
            raise incomplete(self.server.uri, f"{self.size - found} / {self.size} passages")

    @property
    def level(self) -> str:
        """The consistency that this generation is read with.

        A Bounded read may be some seconds behind. All that a generation consists of was
        written, and all that it replaced long ago deleted, before it was published; so once
        that is longer ago than a read can be behind, nothing is missed. We know it of a
        generation that we opened a while ago, or that was published longer ago than clocks differ.
        """
        settled = time.monotonic() - self.opened > _SETTLED_SECONDS or time.time() - self.written > _CLOCKS_SECONDS
        return BOUNDED if settled else STRONG

    def table(self, name: str) -> str:
        """The name of a collection of this generation's epoch."""
        return self.server.name(name, self.epoch)

    def row_of(self, edition: int, ordinal: int) -> int | None:
        """The row of a passage; None for an edition that is not of this generation."""
        at = self.place_of_edition.get(edition)
        return None if at is None else self.starts[at] + ordinal

    @property
    def place_of_edition(self) -> dict[int, int]:
        """edition -> place of its article in `ids`."""
        if not hasattr(self, "_by_edition"):
            self._by_edition = {edition: at for at, edition in enumerate(self.editions)}
        return self._by_edition

    def place_of_row(self, row: int) -> int:
        """The place in `ids` of the article that `row` belongs to. IndexError for a row that does not exist."""
        if not 0 <= row < self.size:
            raise IndexError(f"row {row} of {self.size}")
        return bisect_right(self.starts, row) - 1

    def rows_of(self, article_id: str) -> range:
        """The rows of an article; none for one that is not in this generation."""
        at = self._place.get(article_id)
        return range(0) if at is None else range(self.starts[at], self.starts[at + 1])

    def key_of_row(self, row: int) -> str:
        """The primary key of a row."""
        at = self.place_of_row(row)
        return passage_key(self.editions[at], row - self.starts[at])

    def rows(self, rows: Iterable[int]) -> list[Stored]:
        """What is stored of `rows`, in their order. IndexError for a row that does not exist."""
        return self._rows.many([int(row) for row in rows], self._load_rows)

    def vectors(self, rows: Sequence[int]) -> np.ndarray:
        """The vectors of `rows`: (len(rows), dim) float32."""
        import numpy as np

        found = self.rows(rows)
        return np.stack([one.vector for one in found]) if found else np.zeros((0, self.dim), np.float32)

    def tokens(self, rows: Iterable[int]) -> list[np.ndarray]:
        """The packed tokens of each of `rows`: (n, width) uint8."""
        return self._tokens.many([int(row) for row in rows], self._load_tokens)

    def articles(self, ids: Sequence[str]) -> list[tuple[Article, Cleaned] | None]:
        """Each article with its cleaning; None for one that is not in this generation."""
        there = [id_ for id_ in ids if id_ in self._place]
        found = dict(zip(there, self._articles.many(there, self._load_articles), strict=True))
        return [found.get(id_) for id_ in ids]

    def terms(self, field: str, wanted: Iterable[str]) -> dict[str, Term]:
        """Number and frequency of every term of `wanted`."""
        wanted = list(wanted)
        keys = [layout.term_key(field, term) for term in wanted]
        return dict(zip(wanted, self._terms.many(keys, self._load_terms), strict=True))

    def idf(self, field: str, term: str) -> float:
        """See `ingest.index.Terms.idf`."""
        return self.idf_of(self.terms(field, [term])[term].df)

    def idf_of(self, df: int) -> float:
        """Lucene's idf of a term that `df` passages hold."""
        return math.log1p((self.size - df + 0.5) / (df + 0.5))

    def listed(self) -> Iterator[tuple[Article, bytes, int]]:
        """(article without its text, signature, passages) of every article, by id."""
        rows = self.server.rows(self.table("articles"), self.visible, ["edition", "about"])
        about = {row["edition"]: row["about"] for row in rows}
        for id_, edition, count in zip(self.ids, self.editions, self.counts, strict=True):
            if edition not in about:
                raise incomplete(self.server.uri, id_)
            yield *layout.read_listed(id_, about[edition]), count

    def aliases(self, names: Sequence[str]) -> list[tuple[int, int, Alias]]:
        """(place of the article, number in it, alias) for aliases with one of `names` on either side, in order."""
        fields = ["edition", "ordinal", "name", "other", "start", "end"]
        found = {}
        for chunk in chunks(names):
            either = f"({among('name', chunk)} or {among('other', chunk)}) and {self.visible}"
            for row in self.server.few(self.table("aliases"), either, fields, self.level):
                alias = Alias(row["name"], row["other"], Span(row["start"], row["end"]))
                found[self.place_of_edition[row["edition"]], row["ordinal"]] = alias
        return [(*key, alias) for key, alias in sorted(found.items(), key=lambda one: one[0])]

    def knows(self, field: str, term: str) -> bool:
        """True when `term` stands in some passage (or, as furniture, in some article)."""
        return self.terms(field, [term])[term].df > 0

    def beginning_with(self, field: str, letter: str, shortest: int, longest: int) -> list[str]:
        """The terms that begin with `letter` (a letter or digit) and have so many characters, sorted."""
        alike = f"{layout.like_prefix(field, letter)} and length >= {shortest} and length <= {longest} and born <= {self.number}"
        found = latest(self.server.rows(self.table("terms"), alike, ["term", "number", "df", "born"]))
        return sorted(layout.term_of(row["term"]) for row in found if row["df"] > 0)

    def _load_rows(self, rows: list[int]) -> dict[int, Stored]:
        import numpy as np

        keys = {self.key_of_row(row): row for row in rows}
        found: dict[int, Stored] = {}
        came: list[dict] = []
        for level in (BOUNDED, STRONG):
            missing = sorted(keys.keys() - {one["pk"] for one in came})
            came += self.server.lookup(
                self.table("passages"), "pk", missing, _ROW_FIELDS, at_once=_ROWS_AT_ONCE, level=level
            )
        for one in came:
            row = keys[one["pk"]]
            found[row] = Stored(
                passage=layout.read_passage(self.ids[self.place_of_row(row)], one),
                text_key=bytes.fromhex(one["text_key"]),
                vector=np.asarray(one["vector"], np.float32),
                weights={field: one[field] for field in FIELDS},
                lengths={field: one[f"{field}_length"] for field in FIELDS},
            )
        if len(found) != len(keys):
            raise incomplete(self.server.uri, f"{len(keys) - len(found)} / {len(keys)} passages")
        return found

    def _load_tokens(self, rows: list[int]) -> dict[int, np.ndarray]:
        owners = {self.key_of_row(row): row for row in rows}
        return {
            owners[owner]: layout.read_tokens(content, self.dim)
            for owner, content in read_contents(self.server, self.epoch, list(owners), _ROWS_AT_ONCE).items()
        }

    def _load_articles(self, ids: list[str]) -> dict[str, tuple[Article, Cleaned]]:
        owners = {layout.article_owner(self.editions[self._place[id_]]): id_ for id_ in ids}
        return {
            owners[owner]: layout.read_article(content)
            for owner, content in read_contents(self.server, self.epoch, list(owners), _TEXTS_AT_ONCE).items()
        }

    def _load_terms(self, keys: list[str]) -> dict[str, Term]:
        slots = [slot for key in keys for slot in layout.term_slots(key)]
        rows = self.server.lookup(self.table("terms"), "pk", slots, ["term", "number", "df", "born"], level=self.level)
        mine = [row for row in rows if row["born"] <= self.number]
        known = {row["term"]: Term(row["number"], row["df"]) for row in latest(mine)}
        return {key: known.get(key, Term(0, 0)) for key in keys}


def mean_length(lengths: Mapping[str, int]) -> float:
    """The mean length of a field, rounded as the local index rounds it."""
    return max(round(_MEAN_SCALE * lengths.get("total", 0) / max(lengths.get("rows", 0), 1)), 1) / _MEAN_SCALE


def _check_layout(version: int) -> None:
    if version != layout.LAYOUT_VERSION:
        raise MismatchError(
            f"Milvus 里的索引是格式 {version}，本程序使用 {layout.LAYOUT_VERSION}。请运行 qa ingest --rebuild。",
            f"The index in Milvus has layout {version}, this program uses {layout.LAYOUT_VERSION}. Run `qa ingest --rebuild`.",
        )
