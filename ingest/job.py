"""One ingest: what it is told, what its steps share, and what it reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ingest.boilerplate import Overrides
from ingest.errors import SkippedFile
from ingest.previous import Previous
from ingest.read import Limits

Progress = Callable[[str, int, int], None]  # stage ("read", "split", "embed"), done, total


@dataclass(slots=True)
class Report:
    """What one ingest did. `dropped` counts lines by reason over the whole corpus."""

    corpus: Path
    index: Path
    articles: int = 0
    passages: int = 0
    added: int = 0
    changed: int = 0
    vanished: int = 0
    unchanged: int = 0
    embedded: int = 0
    ignored: int = 0
    dropped: Counter = field(default_factory=Counter)
    skipped: list[tuple[str, SkippedFile]] = field(default_factory=list)
    flags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()  # (zh, en) lines that the user should see
    published: bool = False
    rate: float = 0.0  # passages embedded a second
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """Everything the steps of one ingest share."""

    corpus: Path
    index: Path
    model: str | None
    device: str
    limits: Limits
    overrides: Overrides
    previous: Previous | None
    report: Report
    progress: Progress
