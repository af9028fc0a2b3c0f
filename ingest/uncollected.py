"""Making many small things that stay, without looking through them for garbage again and again."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Within, Python's collector of cycles rests; for a second's work that makes lists of all articles, and no cycles.

    Among 50,000 articles it took a quarter of the time of an ingest that adds one.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
