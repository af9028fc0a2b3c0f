"""Work that goes on beside other work, in a thread of its own."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# Seconds after which a thread in Python makes way for one that comes out of numpy. With the usual 0.005
# the slowest questions to a million passages take a tenth longer.
_MAKE_WAY = 0.0002


@functools.cache
def one_core_each() -> None:
    """From here on numpy's matrices keep to the core of the thread that multiplies them.

    Where cores have other work, its threads wait for each other, busily: a question to a million
    passages took 1.6 times the processor time on two cores, and the slowest a third longer.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


class Beside(Generic[T]):
    """Begins `work` at once; `result` waits for it, and gives what it returned or raises what it raised."""

    _running = 0  # in the whole process
    _counting = threading.Lock()

    def __init__(self, work: Callable[[], T]) -> None:
        self._work, self._found, self._failed = work, [], []
        self._count(1)
        sys.setswitchinterval(min(_MAKE_WAY, sys.getswitchinterval()))
        one_core_each()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @classmethod
    def room(cls) -> bool:
        """True when there is a core beside that of the caller and those of all work begun here."""
        return cls._running + 1 < (os.cpu_count() or 1)

    @classmethod
    def _count(cls, more: int) -> None:
        with Beside._counting:
            Beside._running += more

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:
            self._failed.append(error)
        finally:
            self._count(-1)

    def result(self) -> T:
        """What the work came to."""
        self._thread.join()
        if self._failed:
            raise self._failed[0]
        return self._found[0]
