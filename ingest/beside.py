"""Work that goes on beside other work, in a thread of its own."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# Seconds after which a thread in Python makes way for one that comes out of numpy. With the usual 0.005
# the slowest questions to a million passages take a tenth longer.
_MAKE_WAY = 0.0002


@functools.cache
def cores() -> int:
    """How many cores this process may use: in a container, or started by taskset, fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def one_core_each() -> None:
    """From here on numpy's matrices keep to the core of the thread that multiplies them.

    Where cores have other work, its threads wait for each other, busily: a question to a million
    passages took 1.6 times the processor time on two cores, and the slowest a third longer.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


class Beside(Generic[T]):
    """Begins `work` at once; `result` waits for it, and gives what it returned or raises what it raised.

    Work that is only `offered` begins when there is a core for it: at once where one is free,
    otherwise when a thread of other work has come to its end, and then in that thread.
    """

    _running = 0  # threads in the whole process
    _offered: deque[Beside] = deque()
    _lock = threading.Lock()

    def __init__(self, work: Callable[[], T], offered: bool = False) -> None:
        self._work, self._found, self._failed = work, [], []
        self._ended = threading.Event()
        with Beside._lock:
            waits = offered and Beside._running + 1 >= cores()  # one more for the caller's own
            if waits:
                Beside._offered.append(self)
            else:
                Beside._running += 1
        if not waits:
            sys.setswitchinterval(min(_MAKE_WAY, sys.getswitchinterval()))
            one_core_each()
            threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        one: Beside | None = self
        while one:
            one._do()
            with Beside._lock:
                one = Beside._offered.popleft() if Beside._offered else None
                if not one:
                    Beside._running -= 1

    def _do(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:
            self._failed.append(error)
        finally:
            self._ended.set()

    def withdrawn(self) -> bool:
        """Take back work that was offered; False when it has begun, or ended."""
        with Beside._lock:
            if self not in Beside._offered:
                return False
            Beside._offered.remove(self)
            return True

    def result(self) -> T:
        """What the work came to."""
        self._ended.wait()
        if self._failed:
            raise self._failed[0]
        return self._found[0]
