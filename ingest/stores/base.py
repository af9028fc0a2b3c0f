"""What every store can do, and the values that it takes and returns.

A store holds articles with all that is searched of them. Changes are collected by `add`
and `delete`, and become visible all at once by `publish`; a reader sees the last published
generation whole, or the one before it whole, never a mixture.

Rows number the passages of one generation from 0, in the order of article ids and of
places in the article: the same collection has the same rows in every store, so that ties
are broken alike. Scores point one way: higher is better.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ingest.aliases import Alias
from ingest.calibrate import Calibration
from ingest.records import Entry
from ingest.types import Passage

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Piece:
    """One passage as it is searched.

    `key` names its embedded text (`ingest.modelkey.text_key`), `vector` is (dim,) float32 of
    unit length, `tokens` (n, width) uint8, see `ingest.tokenvectors`.
    """

    passage: Passage
    key: bytes
    vector: np.ndarray
    tokens: np.ndarray


@dataclass(frozen=True, slots=True)
class Part:
    """One article with everything that is stored of it; `pieces` in the order of their spans."""

    entry: Entry
    pieces: tuple[Piece, ...]
    aliases: tuple[Alias, ...] = ()
    signature: bytes = b""
    furniture: tuple[str, ...] = ()  # terms of its dropped lines, each once
    digest: str = ""  # of everything above: equal digests need no second upload

    @property
    def id(self) -> str:
        """The article's id."""
        return self.entry.article.id


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of a whole generation: its manifest, and what the questions are measured against."""

    manifest: Mapping[str, object]
    mean: np.ndarray  # (dim,) float32: of all passage vectors
    calibration: Calibration


class Ranked(NamedTuple):
    """Rows (int64) and their scores (float32), best first, ties by row."""

    rows: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True, slots=True)
class Record:
    """What a store knows of one row."""

    row: int
    passage: Passage
    vector: np.ndarray  # (dim,) float32
    tokens: np.ndarray  # (n, width) uint8


@dataclass(frozen=True, slots=True)
class Stats:
    """What a generation holds. `generation` names it; names of later ones sort later."""

    generation: str
    articles: int
    passages: int
    dim: int


class Reader(Protocol):
    """One published generation, to be searched."""

    def nearest(self, query: np.ndarray, count: int, allowed: np.ndarray | None = None) -> Ranked:
        """The `count` rows of highest inner product with `query`, (dim,) float32, exactly; only `allowed` rows."""

    def matching(
        self, field: str, weights: Mapping[str, float], count: int, allowed: np.ndarray | None = None
    ) -> Ranked:
        """The `count` rows of highest BM25 above 0, exactly, for terms that count `weights` (above 0) times."""

    def lexical(self, field: str, weights: Mapping[str, float], rows: Sequence[int]) -> np.ndarray:
        """BM25 of `rows` for the terms of `weights`: (len(rows),) float32, 0 where no term stands."""

    def fetch(self, rows: Sequence[int]) -> list[Record]:
        """The records of `rows`, in their order. IndexError for a row that does not exist."""

    def stats(self) -> Stats:
        """What the generation holds, checked against what is there."""


class Store(Protocol):
    """A place that indexes live in."""

    def add(self, parts: Iterable[Part]) -> None:
        """Take articles in; one that is there already is replaced. Visible after `publish`."""

    def delete(self, article_ids: Iterable[str]) -> None:
        """Take articles out, those that are not there included. Visible after `publish`."""

    def publish(self, facts: Facts) -> str:
        """Make the changes visible, all at once; the new generation's name."""

    def reader(self) -> Reader:
        """The newest published generation. NoIndexError before the first."""
