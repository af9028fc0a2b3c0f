"""Numbers by key, for millions of keys: what a dict of bytes would take 200 bytes an entry for takes about 40 here.

Keys are hashes already (`ingest.modelkey.text_key`), so their first bits say where to look
(open addressing, linear probing). Whole batches are put in and looked up at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

ABSENT = -1
_FREE = 0  # of a slot; entry i is written as i + 1
_SMALLEST = 1 << 10  # slots
_FULLEST = 0.6  # share of slots taken; beyond it, chains of probes grow long


class KeyTable:
    """Key -> number below 2^32. A key that is put in several times has one of its numbers."""

    def __init__(self) -> None:
        import numpy as np

        self._size = 0
        self._keys = np.empty((0, 2), np.uint64)
        self._numbers = np.empty(0, np.uint32)
        self._slots = np.zeros(_SMALLEST, np.uint32)

    def __len__(self) -> int:
        return self._size

    def __contains__(self, key: bytes) -> bool:
        return bool(self.find([key])[0] != ABSENT)

    def add(self, keys: Sequence[bytes] | np.ndarray, numbers: np.ndarray) -> None:
        """Put in `keys` (bytes each, or an array of `KEY_BYTES` a row) with their `numbers`."""
        import numpy as np

        new, numbers = _halves(keys), np.asarray(numbers, np.uint32)
        if not len(new):
            return
        self._reserve(self._size + len(new))
        left = np.arange(self._size, self._size + len(new))
        self._keys[left], self._numbers[left] = new, numbers
        self._size += len(new)
        self._place(left)

    def find(self, keys: Sequence[bytes] | np.ndarray) -> np.ndarray:
        """The number of each key, int64; `ABSENT` for one that is not there."""
        import numpy as np

        wanted = _halves(keys)
        found = np.full(len(wanted), ABSENT, np.int64)
        left, slots = np.arange(len(wanted)), self._first_slots(wanted)
        while len(left):
            held = self._slots[slots].astype(np.int64) - 1
            left, slots, held = (one[held >= 0] for one in (left, slots, held))
            same = (self._keys[held] == wanted[left]).all(axis=1)
            found[left[same]] = self._numbers[held[same]]
            left, slots = left[~same], (slots[~same] + 1) & (len(self._slots) - 1)
        return found

    def _place(self, entries: np.ndarray) -> None:
        """Give each entry a slot. Entries that want the same one are told apart by who is found in it."""
        import numpy as np

        left, slots = entries, self._first_slots(self._keys[entries])
        while len(left):
            free = self._slots[slots] == _FREE
            self._slots[slots[free]] = (left[free] + 1).astype(np.uint32)
            held = self._slots[slots].astype(np.int64) - 1
            done = (held == left) | (self._keys[held] == self._keys[left]).all(axis=1)
            left, slots = left[~done], (slots[~done] + 1) & (len(self._slots) - 1)

    def _first_slots(self, halves: np.ndarray) -> np.ndarray:
        import numpy as np

        return (halves[:, 0] & np.uint64(len(self._slots) - 1)).astype(np.int64)

    def _reserve(self, size: int) -> None:
        """Make room for `size` entries, by half as much again: a copy costs memory too."""
        import numpy as np

        if size > len(self._keys):
            room = max(size, len(self._keys) * 3 // 2, _SMALLEST)
            keys, numbers = np.empty((room, 2), np.uint64), np.empty(room, np.uint32)
            keys[: self._size], numbers[: self._size] = self._keys[: self._size], self._numbers[: self._size]
            self._keys, self._numbers = keys, numbers
        if size > _FULLEST * len(self._slots):
            slots = len(self._slots)
            while size > _FULLEST * slots:
                slots *= 2
            self._slots = np.zeros(slots, np.uint32)
            self._place(np.arange(self._size))


def _halves(keys: Sequence[bytes] | np.ndarray) -> np.ndarray:
    """Keys as pairs of numbers, (n, 2) uint64."""
    import numpy as np

    content = keys if isinstance(keys, np.ndarray) else np.frombuffer(b"".join(keys), np.uint8)
    return np.ascontiguousarray(content).view("<u8").reshape(-1, 2)
