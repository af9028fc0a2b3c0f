"""Values that were fetched together, kept for the next question."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence


class Cache:
    """The `size` values used last. Safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict = OrderedDict()
        self._lock = threading.Lock()

    def many(self, keys: Sequence[Hashable], load: Callable[[list], Mapping]) -> list:
        """The values of `keys`, in their order; `load` gets those that are missing, each once."""
        with self._lock:
            found = {key: self._values[key] for key in keys if key in self._values}
            for key in found:
                self._values.move_to_end(key)
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            loaded = load(missing)
            found.update(loaded)
            with self._lock:
                self._values.update(loaded)
                while len(self._values) > self._size:
                    self._values.popitem(last=False)
        return [found[key] for key in keys]
