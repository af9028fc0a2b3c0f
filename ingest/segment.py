"""Writing segments: articles that were read and cleaned -> their passages, terms and aliases on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ingest.aliases import find_aliases
from ingest.modelkey import text_key
from ingest.plan import LARGEST_SEGMENT
from ingest.postings import PAIRS, WORDS, PostingsBuilder
from ingest.records import Entry
from ingest.searchtext import furniture_terms, search_text
from ingest.split import split
from ingest.storewriter import StoreWriter
from ingest.terms import pairs, terms


@dataclass(slots=True)
class Segment:
    """One segment of a generation being made. `articles`: (id, passages) by number; `dropped`: lines by reason."""

    folder: str
    passages: int = 0
    articles: list[tuple[str, int]] = field(default_factory=list)
    dropped: Counter = field(default_factory=Counter)

    def facts(self) -> dict:
        """What the manifest says of it."""
        return {"folder": self.folder, "passages": self.passages, "dropped": dict(sorted(self.dropped.items()))}


def write_segments(
    draft: Path,
    first: int,
    ids: Iterable[str],
    entry_of: Callable[[str], Entry],
    model: str,
    advance: Callable[[Entry], None],
) -> list[Segment]:
    """Write the articles of `ids` (sorted) into folders s{first}, s{first + 1}, … of `draft`, each as large as allowed.

    `entry_of` gives an article, cleaned; `model` is the key of the model; `advance` is told of each one written.
    """
    segments: list[Segment] = []
    writer: _Writer | None = None
    for id_ in ids:
        if writer is None:
            segments.append(Segment(f"s{first + len(segments)}"))
            writer = _Writer(draft / segments[-1].folder, segments[-1], model)
        entry = entry_of(id_)
        writer.add(entry)
        advance(entry)
        if writer.segment.passages >= LARGEST_SEGMENT:
            writer.close()
            writer = None
    if first == 1 and not segments:  # nothing at all is an index too
        segments.append(Segment("s1"))
        writer = _Writer(draft / "s1", segments[0], model)
    if writer is not None:
        writer.close()
    return segments


class _Writer:
    """Writes one segment, but for its vectors."""

    def __init__(self, folder: Path, segment: Segment, model: str) -> None:
        folder.mkdir()
        self.segment = segment
        self._folder, self._model = folder, model
        self._store = StoreWriter(folder)
        self._words, self._characters = PostingsBuilder(WORDS), PostingsBuilder(PAIRS)

    def add(self, entry: Entry) -> None:
        """Split one article and take it in."""
        passages = []
        for passage in split(entry.article, entry.cleaned):
            text = search_text(entry.article, passage)
            passages.append((passage, text_key(self._model, text)))
            self._words.add(terms(text))
            self._characters.add(pairs(text))
        furniture = furniture_terms(entry.article, entry.cleaned)
        self._store.add(entry, passages, find_aliases(entry.article, entry.cleaned), furniture)
        self.segment.passages += len(passages)
        self.segment.articles.append((entry.article.id, len(passages)))
        self.segment.dropped.update(dropped.reason for dropped in entry.cleaned.dropped)

    def close(self) -> None:
        """Write what was collected."""
        for postings in (self._words, self._characters):
            postings.write(self._folder, self._store.connection)
        self._store.close()
