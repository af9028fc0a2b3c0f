"""Which files of a corpus folder have to be worked on, compared with the previous generation."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.digest import digest_of

RACY_NS = 2_000_000_000  # a file written this recently may change again within one clock tick of its stamp


@dataclass(slots=True)
class Changes:
    """Article ids by what has to be done with them. `stamps`: id -> (size, mtime_ns) as found now."""

    unchanged: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    stamps: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def to_read(self) -> list[str]:
        """Ids to be read, sorted."""
        return sorted(self.changed + self.added)


def stamp_of(path: str | Path, now_ns: int | None = None) -> tuple[int, int]:
    """(size, mtime_ns) of a file; mtime 0, never trusted, if it was written a moment ago. OSError."""
    status = os.stat(path)
    now_ns = time.time_ns() if now_ns is None else now_ns
    racy = now_ns - status.st_mtime_ns < RACY_NS
    return status.st_size, 0 if racy else status.st_mtime_ns


def compare(
    files: Sequence[tuple[str, str]], previous: Mapping[str, tuple[int, int, str]], redo: bool = False
) -> Changes:
    """Sort `files` (path, id) against `previous` (id -> size, mtime_ns, sha256).

    Size and time decide where they can; where they differ or cannot be trusted the bytes
    are hashed. With `redo` everything is to be read.
    """
    changes = Changes()
    for path, id_ in files:
        try:
            stamp = stamp_of(path)
        except OSError:
            stamp = (-1, 0)  # reading it will say why
        changes.stamps[id_] = stamp
        if id_ not in previous:
            changes.added.append(id_)
        elif not redo and _same(path, stamp, previous[id_]):
            changes.unchanged.append(id_)
        else:
            changes.changed.append(id_)
    changes.vanished = sorted(set(previous) - set(changes.stamps))
    return changes


def _same(path: str, stamp: tuple[int, int], before: tuple[int, int, str]) -> bool:
    size, mtime_ns, digest = before
    if stamp[0] != size:
        return False
    if stamp[1] == mtime_ns and mtime_ns != 0:
        return True
    try:
        return digest_of(path) == digest
    except OSError:
        return False
