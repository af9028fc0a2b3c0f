"""A SQLite file that several threads read."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence

VALUES_AT_ONCE = 500  # in one statement; SQLite takes 999 at least


class Rows(list):
    """The rows that a statement found, all of them."""

    def fetchone(self) -> tuple | None:
        """The first row, or None."""
        return self[0] if self else None


class Shared:
    """A connection that several threads may ask at once: one statement at a time, fetched whole.

    Since Python 3.12 what asks the same of one connection shares one prepared statement, and
    a thread would get the rows of another one's values. Without prepared statements each
    question would cost three times as much.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection, self._lock = connection, threading.Lock()

    def execute(self, statement: str, values: Sequence = ()) -> Rows:
        """What `statement` finds. sqlite3.Error as any connection."""
        with self._lock:
            return Rows(self._connection.execute(statement, values).fetchall())

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()
