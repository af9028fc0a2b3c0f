"""Postings of one lexical field of one segment: written once, read in place."""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import damaged
from ingest.mapped import mapped
from ingest.shared import VALUES_AT_ONCE

if TYPE_CHECKING:
    import numpy as np

    from ingest.shared import Shared

WORDS, PAIRS = "words", "pairs"  # the two lexical fields: jieba's words, and pairs of characters

_REMEMBERED = 10_000  # terms whose place is kept in memory
_AT_HAND = 500  # terms whose postings are at hand as arrays: those of a question, which asks for each several times
_BLOCK = 1 << 20  # entries placed at once
_MAX_TF = 255  # counts are stored in one byte; beyond this BM25 is flat anyway

_SCHEMA = "CREATE TABLE {field} (term TEXT PRIMARY KEY, df INTEGER, at INTEGER) WITHOUT ROWID"


def postings_file(field: str) -> str:
    """The name of the file that holds a field's postings."""
    return f"{field}-postings.bin"


def lengths_file(field: str) -> str:
    """The name of the file that holds the number of terms of each row."""
    return f"{field}-lengths.bin"


class _Numbers(dict):
    """Numbers things in the order in which they are first asked for."""

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number


class PostingsBuilder:
    """Collects the terms of passages, row by row, and writes the three parts of one lexical field."""

    def __init__(self, field: str = WORDS) -> None:
        self._field = field
        self._numbers = _Numbers()
        # One entry for each term of each row: the term's number, and its count; and for each row how many entries.
        self._terms, self._counts, self._entries = array("I"), array("I"), array("I")
        self._lengths = array("I")

    def add(self, terms: Iterable[str]) -> None:
        """Add the next row's terms."""
        counts = Counter(terms)
        self._terms.extend(map(self._numbers.__getitem__, counts))
        self._counts.extend(counts.values())
        self._entries.append(len(counts))
        self._lengths.append(counts.total())

    def write(self, folder: Path, store: sqlite3.Connection) -> None:
        """Write postings and lengths to `folder`, and the dictionary to `store`.

        A posting list is its rows (4 bytes each, ascending) followed by their counts
        (1 byte each), padded to 4 bytes. Lengths: first their sum (8 bytes), then one
        number a row, 4 bytes each.
        """
        import numpy as np

        names = sorted(self._numbers)
        rank = np.empty(len(names), np.uint32)
        rank[[self._numbers[name] for name in names]] = np.arange(len(names), dtype=np.uint32)
        term = rank[np.frombuffer(self._terms, np.uint32)]
        counts = np.frombuffer(self._counts, np.uint32)
        df = np.bincount(term, minlength=len(names))
        sizes = 5 * df + -df % 4
        at, first = np.cumsum(sizes) - sizes, np.cumsum(df) - df
        ends = np.cumsum(np.frombuffer(self._entries, np.uint32), dtype=np.int64)
        order = np.argsort(term, kind="stable")
        content = np.zeros(int(sizes.sum()), np.uint8)
        wide = content.view("<u4")
        for begin in range(0, len(order), _BLOCK):  # so that what is computed on the way stays small
            entries = order[begin : begin + _BLOCK]
            of = term[entries]
            within = np.arange(begin, begin + len(entries)) - first[of]
            wide[at[of] // 4 + within] = np.searchsorted(ends, entries, "right")
            content[at[of] + 4 * df[of] + within] = np.minimum(counts[entries], _MAX_TF)
        (folder / postings_file(self._field)).write_bytes(content.data)
        lengths = array("Q", [sum(self._lengths)]).tobytes() + self._lengths.tobytes()
        (folder / lengths_file(self._field)).write_bytes(lengths)
        store.execute(_SCHEMA.format(field=self._field))
        store.executemany(f"INSERT INTO {self._field} VALUES (?, ?, ?)", zip(names, df.tolist(), at.tolist(), strict=True))


class Postings:
    """One lexical field of one segment, read in place."""

    def __init__(self, folder: Path, store: Shared, field: str = WORDS) -> None:
        import numpy as np

        self._store = store
        self._known: dict[str, tuple[int, int]] = {}
        self._at_hand: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._path = folder / postings_file(field)
        self._find = f"SELECT term, df, at FROM {field} WHERE term IN "
        self._alike = f"SELECT term FROM {field} WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?"
        self._postings = mapped(self._path, np.uint8)
        lengths = mapped(folder / lengths_file(field), np.dtype("<u4"))
        if len(lengths) < 2:
            raise damaged(folder / lengths_file(field))
        self.total = int(lengths[0]) + (int(lengths[1]) << 32)  # terms of all rows
        self.lengths = lengths[2:]
        self.size = len(self.lengths)

    def df(self, term: str) -> int:
        """In how many rows `term` stands."""
        return self._where(term)[0]

    def learn(self, terms: Iterable[str]) -> None:
        """Look up where the postings of `terms` begin, all at once: one by one takes three times as long."""
        unknown = [term for term in terms if term not in self._known]
        if len(self._known) + len(unknown) > _REMEMBERED:
            self._known.clear()
        for begin in range(0, len(unknown), VALUES_AT_ONCE):
            block = unknown[begin : begin + VALUES_AT_ONCE]
            found = self._store.execute(f"{self._find}({','.join('?' * len(block))})", block)
            places = {term: (df, at) for term, df, at in found}
            self._known.update((term, places.get(term, (0, 0))) for term in block)

    def _where(self, term: str) -> tuple[int, int]:
        """(in how many rows `term` stands, where its postings begin); a question asks several times."""
        while (found := self._known.get(term)) is None:  # again if another thread forgets it at once
            self.learn([term])
        return found

    def find(self, term: str) -> tuple[np.ndarray, np.ndarray] | None:
        """(rows, counts) of `term`, rows ascending; None when it stands nowhere."""
        if (found := self._at_hand.get(term)) is not None:
            return found
        df, at = self._where(term)
        if not df:
            return None
        rows = self._postings[at : at + 4 * df].view("<u4")
        counts = self._postings[at + 4 * df : at + 5 * df]
        if len(counts) != df or rows[-1] >= self.size:
            raise damaged(self._path)
        if len(self._at_hand) >= _AT_HAND:
            self._at_hand.clear()
        self._at_hand[term] = rows, counts
        return rows, counts

    def beginning_with(self, letter: str, shortest: int, longest: int) -> list[str]:
        """The terms that begin with `letter` and have so many characters, sorted."""
        found = self._store.execute(self._alike, (letter, letter + chr(0x10FFFF), shortest, longest))
        return [term for (term,) in found]
