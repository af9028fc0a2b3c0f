"""Corpus evidence: a line that stands in several other articles of the folder is furniture.

Each article is reduced to the hashes of its lines (digits masked) together with where
they stand; the hashes of the whole corpus are counted, and those that stand in enough
articles become verdicts. What a verdict does to a line is decided in `clean`, so that
cleaning is a pure function of the article, the verdicts and the overrides.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from ingest.lines import lines_of, masked
from ingest.types import Article, Line

HEAD, MIDDLE, TAIL = 0, 1, 2  # the two lowest bits of a hash
_POSITION_BITS = 3
HEAD_SHARE, TAIL_SHARE = 0.2, 0.3  # of the lines that are not blank: pages end in more furniture than they begin with
HEAD_LINES, TAIL_LINES = (3, 40), (5, 80)  # at least and at most so many lines belong to head and tail
MIDDLE_CHARS = 40  # a longer line in the middle is prose: no evidence is gathered on it
MIDDLE_LINES = 2000  # lines of the middle of one article that are counted: bounds what a book stores
EDGE_ARTICLES = 3  # a line at head or tail of so many articles is furniture: itself and two others
MIDDLE_ARTICLES = 5  # in the middle real headings and list items recur: more articles are asked for


def positions(count: int) -> list[int]:
    """HEAD, MIDDLE or TAIL for each of `count` lines that are not blank."""
    tail = min(max(int(count * TAIL_SHARE), TAIL_LINES[0]), TAIL_LINES[1], count // 2)
    head = min(max(int(count * HEAD_SHARE), HEAD_LINES[0]), HEAD_LINES[1], count - tail)
    return [HEAD] * head + [MIDDLE] * (count - head - tail) + [TAIL] * tail


def line_hash(key: str, position: int) -> int:
    """64-bit blake2b of the masked key, the position in its two lowest bits."""
    digest = blake2b(masked(key).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little") & ~_POSITION_BITS | position


def hashes_of(lines: Sequence[Line]) -> list[int | None]:
    """The hash of each line that is not blank, in order; None where no evidence is gathered."""
    rows = [line.key for line in lines if line.key]
    found: list[int | None] = []
    middle = 0
    for key, position in zip(rows, positions(len(rows)), strict=True):
        if position == MIDDLE:
            middle += 1
            if len(key) > MIDDLE_CHARS or middle > MIDDLE_LINES:
                found.append(None)
                continue
        found.append(line_hash(key, position))
    return found


def line_keys(article: Article) -> bytes:
    """What the corpus has to know of one article: sorted unique 8-byte little-endian hashes of its lines."""
    unique = sorted({value for value in hashes_of(lines_of(article.text)) if value is not None})
    return struct.pack(f"<{len(unique)}Q", *unique)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The hashes judged furniture. Build it from counts or from the `line_keys` of every article."""

    hashes: frozenset[int] = frozenset()

    @classmethod
    def from_counts(cls, counts: Mapping[int, int]) -> Evidence:
        """`counts`: in how many articles each hash stands."""
        return cls(frozenset(value for value, count in counts.items() if count >= _needed(value)))

    @classmethod
    def from_line_keys(cls, every: Iterable[bytes]) -> Evidence:
        """`every`: the `line_keys` of each article once."""
        import numpy as np  # counting 10 million hashes takes 1 s and 16 bytes each, not the 1 GB of a dict

        values, counts = np.unique(np.frombuffer(b"".join(every), dtype="<u8"), return_counts=True)
        often = counts >= min(EDGE_ARTICLES, MIDDLE_ARTICLES)
        return cls.from_counts(dict(zip(values[often].tolist(), counts[often].tolist(), strict=True)))

    def verdicts(self) -> frozenset[int]:
        """The hashes judged furniture."""
        return self.hashes

    def decides(self, value: int | None) -> bool:
        """True when the line of this hash is furniture by the evidence of the corpus."""
        return value in self.hashes


def _needed(value: int) -> int:
    """In how many articles a hash has to stand before its line is judged furniture."""
    return MIDDLE_ARTICLES if value & _POSITION_BITS == MIDDLE else EDGE_ARTICLES


def affected(keys: bytes, changed: frozenset[int] | set[int]) -> bool:
    """True when an article with these `line_keys` holds a line whose verdict is among `changed`."""
    return bool(changed) and not changed.isdisjoint(struct.unpack(f"<{len(keys) // 8}Q", keys))
