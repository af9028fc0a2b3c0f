"""What was used last is kept, up to a total size: reading it again costs more than holding it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Values by key. Safe to use from several threads."""

    def __init__(self, most: int, size_of: Callable[[T], int]) -> None:
        """`most`: of all values together, in what `size_of` counts; the value used last is kept however large."""
        self._most, self._size_of, self._total = most, size_of, 0
        self._values: dict[Hashable, T] = {}  # the one used longest ago first
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        """The value of `key`, if it is still there."""
        with self._lock:
            value = self._values.pop(key, None)
            if value is not None:
                self._values[key] = value
            return value

    def keep(self, key: Hashable, value: T) -> None:
        """Keep `value`, and let go of what was used longest ago where that is too much."""
        with self._lock:
            if key in self._values:
                return
            self._values[key] = value
            self._total += self._size_of(value)
            while self._total > self._most and len(self._values) > 1:
                self._total -= self._size_of(self._values.pop(next(iter(self._values))))
