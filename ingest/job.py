"""One ingest: what it is told, what its steps share, and what it reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ingest.boilerplate import Overrides
from ingest.device import open_device
from ingest.embed import Embedder, open_embedder
from ingest.errors import SkippedFile
from ingest.modelkey import model_key
from ingest.previous import Previous
from ingest.read import Limits
from ingest.read.isolate import Reader

Progress = Callable[[str, int, int], None]  # stage ("read", "split", "embed"), done, total


class Tools:
    """What an ingest reads files and embeds texts with. Others (workers on many machines) have the same methods."""

    workers = 1  # that embed side by side: as many blocks are given out at once

    def reader(self, limits: Limits) -> Reader:
        """A context that reads files, each within `limits`."""
        return Reader(limits)

    def embedder(self, model: str | None, device: str) -> Embedder:
        """The embedder of a model (None: the bundled one)."""
        return open_embedder(model, device=device)

    def try_device(self, device: str) -> None:
        """UsageError if nothing can be computed on `device`."""
        open_device(device)


class KeptTools(Tools):
    """Keeps the model loaded, for ingests that follow each other in one process."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, str], Embedder] = {}

    def embedder(self, model: str | None, device: str) -> Embedder:
        """See `Tools.embedder`; a model folder that changed is loaded again."""
        key = (model_key(model), device)
        if key not in self._loaded:
            self._loaded = {key: super().embedder(model, device)}
        return self._loaded[key]


@dataclass(slots=True)
class Report:
    """What one ingest did. `dropped` counts lines by reason over the whole corpus, `ignored` files of other formats by suffix."""

    corpus: Path
    index: Path
    articles: int = 0
    passages: int = 0
    added: int = 0
    changed: int = 0
    vanished: int = 0
    unchanged: int = 0
    embedded: int = 0
    ignored: Counter = field(default_factory=Counter)
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
    tools: Tools
