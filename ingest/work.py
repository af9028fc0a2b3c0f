"""What one ingest writes, and what it takes over: the segments of the generation in the making."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ingest.changes import Changes
from ingest.collection import GENERATION_FILES, STAMPS_FILE, WHOLE, Collection
from ingest.generation import take_over, verify_folder
from ingest.places import Place, write_places
from ingest.plan import Present, folded
from ingest.previous import Previous
from ingest.segment import Segment
from ingest.storewriter import STORE_FILE
from ingest.uncollected import uncollected

Stamp = tuple[int, int]  # size, mtime_ns
_FEW = 64  # passages are embedded sooner than the files of a large segment are verified


@dataclass(slots=True)
class Kept:
    """A segment that is taken over. `articles`: (id, number, first row, passages) of those that stay."""

    number: int  # in the previous generation
    folder: str  # in the new one
    passages: int
    articles: list[tuple[str, int, int, int]]
    dropped: Counter
    replaced: list[tuple[int, int]]  # (first row, passages) of articles that leave or are written anew
    verified: bool  # all its files

    def facts(self) -> dict:
        """What the manifest says of it."""
        return {"folder": self.folder, "passages": self.passages, "dropped": dict(sorted(self.dropped.items()))}


@dataclass(slots=True)
class Work:
    """The segments of a new generation: those kept, and those written. `moved`: articles of segments taken in."""

    kept: list[Kept] = field(default_factory=list)
    folded: list[int] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    restamped: dict[str, Stamp] = field(default_factory=dict)
    known: dict[str, dict] = field(default_factory=dict)
    fresh: list[Segment] = field(default_factory=list)

    def places(self) -> list[tuple[str, Place]]:
        """(id, place) of every article, by id."""
        found = [
            (id_, Place(at, number, first, count))
            for at, segment in enumerate(self.kept)
            for id_, number, first, count in segment.articles
        ]
        for at, segment in enumerate(self.fresh, len(self.kept)):
            first = 0
            for number, (id_, count) in enumerate(segment.articles):
                found.append((id_, Place(at, number, first, count)))
                first += count
        return sorted(found)

    def facts(self) -> list[dict]:
        """What the manifest says of the segments."""
        return [segment.facts() for segment in (*self.kept, *self.fresh)]

    @property
    def articles(self) -> int:
        """How many articles the new generation has."""
        return sum(len(segment.articles) for segment in (*self.kept, *self.fresh))

    @property
    def passages(self) -> int:
        """How many passages it has."""
        return sum(one[-1] for segment in (*self.kept, *self.fresh) for one in segment.articles)

    @property
    def dropped(self) -> Counter:
        """Its dropped lines by reason."""
        return sum((segment.dropped for segment in (*self.kept, *self.fresh)), Counter())

    def write_places(self, draft: Path) -> None:
        """Write where the articles lie, and the stamps that differ; nothing for a generation of one segment."""
        if [segment.folder for segment in (*self.kept, *self.fresh)] == [WHOLE]:
            return
        with uncollected():
            write_places(draft, (place for _, place in self.places()))
        written = {id_ for segment in self.fresh for id_, _ in segment.articles}
        touched = {id_: stamp for id_, stamp in sorted(self.restamped.items()) if id_ not in written}
        if touched:
            (draft / STAMPS_FILE).write_text(json.dumps(touched, ensure_ascii=False), "utf-8")


def kept_segments(
    previous: Previous | None, draft: Path, changes: Changes, recleaned: set[str], skipped: set[str], about: int
) -> Work:
    """Take over the segments that stay, and name the articles of those that do not.

    `recleaned`: unchanged articles that have to be cleaned again; `skipped`: files that could
    not be read; `about`: how many passages will be written for what was read.
    """
    if previous is None:
        return Work()
    collection = previous.collection
    replaced = {*changes.changed, *changes.vanished, *recleaned}
    contents = _contents(collection)
    present = [
        Present(number, part.size, sum(one[-1] for one in contents[number] if one[0] not in replaced))
        for number, part in enumerate(collection.parts)
    ]
    work = Work(folded=folded(present, about), restamped=_restamped(collection, contents, changes, skipped))
    names = [segment["folder"] for segment in previous.generation.manifest["segments"]]
    for number, articles in enumerate(contents):
        staying = [one for one in articles if one[0] not in replaced]
        leaving = [one for one in articles if one[0] in replaced]
        verified = _verified(previous, names[number], leaving, recleaned, number in work.folded or not staying)
        if number in work.folded:
            work.moved += [one[0] for one in staying]
        elif staying:
            folder = f"s{len(work.kept) + 1}"
            work.known |= take_over(previous.generation, names[number], draft, folder, GENERATION_FILES)
            dropped = Counter(previous.generation.manifest["segments"][number]["dropped"])
            dropped.subtract(_dropped(collection, [one[0] for one in leaving]))
            rows = [(first, count) for _, _, first, count in leaving]
            work.kept.append(Kept(number, folder, present[number].passages, staying, +dropped, rows, verified))
    return work


def _verified(previous: Previous, name: str, leaving: list[tuple[str, int, int, int]], recleaned: set[str], whole: bool) -> bool:
    """Verify what will be copied out of a segment, so that no damage is given a sum that is right; True for all its files.

    `leaving`: articles that are written anew or leave; `whole`: no part of the segment is taken over as it is.
    DamagedIndexError.
    """
    if previous.verified:
        return True
    if whole or sum(one[-1] for one in leaving) >= _FEW:
        verify_folder(previous.generation, name)
        return True
    if any(one[0] in recleaned for one in leaving):  # whose text is taken from there
        verify_folder(previous.generation, name, STORE_FILE)
    return False


def _contents(collection: Collection) -> list[list[tuple[str, int, int, int]]]:
    """For each segment, (id, number, first row there, passages) of its articles that are part of the generation."""
    ids = [store.ids() for store in collection.stores]
    contents: list[list[tuple[str, int, int, int]]] = [[] for _ in ids]
    if collection.places.whole:
        first = 0
        for number, count in enumerate(collection.stores[0].passage_counts()):
            contents[0].append((ids[0][number], number, first, count))
            first += count
        return contents
    for segment, number, first, count in collection.places.articles():
        contents[segment].append((ids[segment][number], number, first, count))
    return contents


def _restamped(
    collection: Collection, contents: list[list[tuple[str, int, int, int]]], changes: Changes, skipped: set[str]
) -> dict[str, Stamp]:
    """The stamps of unchanged articles that are not those in their segment."""
    stored: dict[str, Stamp] = {}
    for store, articles in zip(collection.stores, contents, strict=True):
        stamps = store.stamps()
        stored.update((id_, stamps[id_][:2]) for id_, *_ in articles)
    touched = collection.store.touched()
    found = {}
    for id_ in changes.unchanged:
        seen = changes.stamps[id_]
        stamp = seen if seen[1] and id_ not in skipped else touched.get(id_, stored[id_])
        if stamp != stored[id_]:
            found[id_] = stamp
    return found


def _dropped(collection: Collection, ids: list[str]) -> Counter:
    """The dropped lines of these articles, by reason."""
    return Counter(dropped.reason for id_ in ids for dropped in collection.store.entry(id_).cleaned.dropped)


def made_whole(draft: Path, work: Work, fresh: list[Segment]) -> list[Segment]:
    """The segments written; when one is all there is, its files are moved up into the generation's own folder."""
    if work.kept or len(fresh) != 1:
        return fresh
    folder = draft / fresh[0].folder
    for path in folder.iterdir():
        path.rename(draft / path.name)
    folder.rmdir()
    fresh[0].folder = WHOLE
    return fresh
