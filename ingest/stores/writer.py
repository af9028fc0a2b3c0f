"""add, delete and publish on Milvus: nothing that a reader sees is ever changed in place.

A generation is written under its number, counted, and published by inserting one row into
`current`. What a killed ingest left behind carries a number above the published one: no
reader looks at it, and the next ingest deletes it first. Rows that only the generation
before the published one needed go at the same time; a reader that notices a newer
generation asks again (`MilvusReader.is_current`), so it never sees half of a deletion.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import chain

from ingest.errors import StoreError
from ingest.stores import layout
from ingest.stores.base import Facts, Part
from ingest.stores.claim import Claim, current_row
from ingest.stores.expressions import among, chunks
from ingest.stores.layout import FIELDS, FURNITURE, Analysed, edition_of, passage_key
from ingest.stores.milvus import Server
from ingest.stores.schemas import EPOCH_TABLES
from ingest.stores.state import generation_name, latest, read_contents, read_state, visible

MAX_DRIFT = 1.1  # of the mean length since the weights were written: beyond, searches would fetch too much to stay exact
MAX_REPLACED = 4_000  # editions that readers leave out by name: 80 KB of filter; with more, everything is written afresh
_SAMPLE = 2_000  # passages whose mean length stands for that of the collection in the weights that are stored
_START = {"generation": 0, "epoch": 0, "first": 1, "next_term": 1, "lengths": {}, "base": {}, "contents": {}}


class MilvusWriter:
    """Writes one generation. `begin` first, then `add` and `delete`, then `publish`; `close` in any case."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.claim = Claim(server)
        self.begun = False

    def begin(self, dim: int, fresh: bool = False) -> None:
        """Claim the store, remove what earlier ingests left, and prepare for the next generation.

        `fresh`: write everything anew, into collections of their own. IngestRunningError when
        another machine is writing.
        """
        self.server.create("current")
        self.claim.take()
        state = read_state(self.server) or dict(_START)
        self._tidy(state)
        self.fresh = fresh or not state["generation"] or state["manifest"]["model"]["dim"] != dim
        self.number = state["generation"] + 1
        self.epoch = state["epoch"] + 1 if self.fresh else state["epoch"]
        self._before = state
        start = _START if self.fresh else state
        self._first = self.number if self.fresh else state["first"]
        self._next_term, self._base = start["next_term"], dict(start["base"])
        self._lengths = {field: Counter(start["lengths"].get(field, {})) for field in FIELDS}
        self.contents: dict[str, list] = dict(start["contents"])  # id -> [born, passages, digest]
        self._replaced: list[int] = []
        self._df: Counter[int] = Counter()  # by the number of a term: how it changes
        self._terms: dict[str, int] = {}  # terms met in this ingest
        self._new: set[int] = set()  # numbers of terms that the store has never seen
        self._waiting: list[tuple[Part, list[dict[str, Analysed]]]] = []
        for table in EPOCH_TABLES:
            self.server.create(table, self.epoch, dim)
        self.begun = True

    def add(self, parts: Iterable[Part]) -> None:
        """Write articles; those that are there already are replaced."""
        for part in parts:
            self._leave_out(part.id)
            self.contents[part.id] = [self.number, len(part.pieces), part.digest]
            self._waiting.append((part, [layout.analysed(part, piece) for piece in part.pieces]))
            if sum(len(found) for _, found in self._waiting) >= _SAMPLE:
                self._send()

    def delete(self, article_ids: Iterable[str]) -> None:
        """Leave articles out of the next generation."""
        for id_ in article_ids:
            self._leave_out(id_)
            self.contents.pop(id_, None)

    def publish(self, facts: Facts) -> str:
        """Write what is left, see that all of it is there, and swing `current`; the generation's name."""
        self.claim.renew(force=True)
        self._send()
        self._forget_replaced()
        self._write_terms()
        manifest = dict(facts.manifest)
        manifest["store"] = {
            "layout": layout.LAYOUT_VERSION, "generation": self.number, "epoch": self.epoch, "first": self._first,
            "next_term": self._next_term, "lengths": {field: dict(self._lengths[field]) for field in FIELDS},
            "base": self._base, "replaced": sorted(self._replaced), "written": int(time.time()),
            "mean": facts.mean.astype("<f4").tobytes().hex(), "calibration": asdict(facts.calibration),
        }  # fmt: skip
        contents = [[id_, *self.contents[id_]] for id_ in sorted(self.contents)]
        owned = {"manifest": manifest, "contents": contents}
        rows = chain.from_iterable(
            layout.pieces_of(f"{name}@{self.number}", 0, self.number, layout.packed(value)) for name, value in owned.items()
        )
        self.server.write(self._name("pieces"), rows, self.claim.renew)
        self.server.flush(self.epoch)
        self._verify()
        self.claim.renew(force=True)
        self.server.write(self.server.name("current"), [current_row("generation", self.number, self.epoch)])
        self.begun = False
        return generation_name(self.number)

    def close(self) -> None:
        """Let others write."""
        self.claim.release()

    def _name(self, table: str) -> str:
        return self.server.name(table, self.epoch)

    def _tidy(self, state: dict) -> None:
        """Delete what no reader of the published generation sees."""
        server, number = self.server, state["generation"]
        for epoch in server.epochs() - {state["epoch"]}:
            for table in EPOCH_TABLES:
                server.drop(server.name(table, epoch))
        if not number:
            return
        replaced = state["manifest"]["store"]["replaced"]
        for table in EPOCH_TABLES:
            name = server.name(table, state["epoch"])
            server.delete(name, f"born > {number}")
            if table != "terms":
                server.delete_keys(name, "edition", replaced)
        old = [row["owner"] for row in server.rows(server.name("pieces", state["epoch"]), f"edition == 0 and born < {number}", ["owner"])]
        server.delete_keys(server.name("pieces", state["epoch"]), "owner", sorted(set(old)))
        server.delete(server.name("current"), f'kind == "generation" and number < {number}')

    def _leave_out(self, article_id: str) -> None:
        """Note that an article's present edition is replaced; one of this very ingest is taken back."""
        held = self.contents.get(article_id)
        if held is None:
            return
        if held[0] == self.number:
            raise ValueError(f"{article_id!r} was added twice in one ingest")
        self._replaced.append(edition_of(article_id, held[0]))

    def _send(self) -> None:
        """Number the terms of the waiting articles and write their rows."""
        if not self._waiting:
            return
        self.claim.renew()
        every = [found for _, one in self._waiting for found in one]
        for field in FIELDS:
            total = sum(found[field].length for found in every)
            self._lengths[field].update({"total": total, "rows": len(every)})
            self._base.setdefault(field, max(total, 1) / max(len(every), 1))
        keys = {layout.term_key(field, term) for found in every for field in FIELDS for term in found[field].counts}
        self._number_terms(keys | {layout.term_key(FURNITURE, term) for part, _ in self._waiting for term in part.furniture})
        waiting, self._waiting = self._waiting, []
        self.server.write(self._name("passages"), (row for part, found in waiting for row in self._passages(part, found)), self.claim.renew)
        self.server.write(self._name("pieces"), (row for part, _ in waiting for row in self._pieces(part)), self.claim.renew)
        self.server.write(self._name("articles"), (self._article(part) for part, _ in waiting), self.claim.renew)
        self.server.write(self._name("aliases"), (row for part, _ in waiting for row in self._aliases(part)), self.claim.renew)

    def _number_terms(self, keys: set[str]) -> None:
        """Find or give the number of every term."""
        missing = sorted(keys - self._terms.keys())
        if not self.fresh:
            slots = [slot for key in missing for slot in layout.term_slots(key)]
            for row in self.server.lookup(self._name("terms"), "pk", slots, ["term", "number"]):
                self._terms[row["term"]] = row["number"]
        for key in missing:
            if key not in self._terms:
                self._terms[key] = self._next_term
                self._new.add(self._next_term)
                self._next_term += 1

    def _passages(self, part: Part, every: list[dict[str, Analysed]]) -> Iterator[dict]:
        edition = edition_of(part.id, self.number)
        for ordinal, (piece, found) in enumerate(zip(part.pieces, every, strict=True)):
            passage = piece.passage
            place = {"span": [passage.span.start, passage.span.end], "headings": passage.headings, "joins": layout.spans(passage.joins)}
            row = {
                "pk": passage_key(edition, ordinal), "edition": edition, "born": self.number, "ordinal": ordinal,
                "place": layout.place_text(place), "text_key": piece.key.hex(), "vector": piece.vector,
            }  # fmt: skip
            for field in FIELDS:
                row[f"{field}_length"] = found[field].length
                row[field] = self._weights(field, found[field])
            yield row

    def _weights(self, field: str, found: Analysed) -> dict[int, float]:
        """A passage's side of BM25, measured with the mean length that this epoch began with."""
        weights = {}
        for term, count in found.counts.items():
            number = self._terms[layout.term_key(field, term)]
            weights[number] = layout.weight(count, found.length, self._base[field])
            self._df[number] += 1
        return weights or {layout.NOTHING: 1.0}

    def _pieces(self, part: Part) -> Iterator[dict]:
        edition = edition_of(part.id, self.number)
        yield from layout.pieces_of(layout.article_owner(edition), edition, self.number, layout.article_content(part))
        dropped = [self._terms[layout.term_key(FURNITURE, term)] for term in part.furniture]
        self._df.update(dropped)
        yield from layout.pieces_of(layout.furniture_owner(edition), edition, self.number, layout.packed(dropped))
        for ordinal, piece in enumerate(part.pieces):
            owner = passage_key(edition, ordinal)
            yield from layout.pieces_of(owner, edition, self.number, piece.tokens.tobytes())

    def _article(self, part: Part) -> dict:
        edition = edition_of(part.id, self.number)
        return {"pk": f"{edition:016x}", "edition": edition, "born": self.number, "about": layout.listed(part)}

    def _aliases(self, part: Part) -> Iterator[dict]:
        edition = edition_of(part.id, self.number)
        for ordinal, alias in enumerate(part.aliases):
            yield {
                "pk": passage_key(edition, ordinal), "edition": edition, "born": self.number, "ordinal": ordinal,
                "name": alias.name, "other": alias.other, "start": alias.span.start, "end": alias.span.end,
            }  # fmt: skip

    def _forget_replaced(self) -> None:
        """Take the terms of replaced passages off the frequencies; a fresh epoch never counted them."""
        if self.fresh:
            self._replaced = []
            return
        fields = [*FIELDS, *(f"{field}_length" for field in FIELDS)]
        for chunk in chunks(self._replaced):
            for row in self.server.rows(self._name("passages"), among("edition", chunk), fields):
                for field in FIELDS:
                    self._lengths[field].subtract({"total": row[f"{field}_length"], "rows": 1})
                    self._df.subtract(number for number in row[field] if number != layout.NOTHING)
            for content in read_contents(self.server, self.epoch, [layout.furniture_owner(one) for one in chunk]).values():
                self._df.subtract(layout.unpacked(content))

    def _write_terms(self) -> None:
        """Write the new frequency of every term whose frequency has changed."""
        names = {number: key for key, number in self._terms.items()}
        changed = [number for number, by in self._df.items() if by]
        known = [number for number in changed if number not in self._new]
        before = {row["number"]: row for row in self._frequencies(known)}
        names |= {number: row["term"] for number, row in before.items()}
        rows = []
        for number in changed:
            slots = layout.term_slots(names[number])
            held = before.get(number, {"pk": slots[1], "df": 0})
            pk = slots[held["pk"] == slots[0]]  # the other one
            df = held["df"] + self._df[number]
            length = len(layout.term_of(names[number]))
            rows.append({"pk": pk, "term": names[number], "length": length, "number": number, "df": df, "born": self.number})
        self.server.write(self._name("terms"), rows, self.claim.renew)

    def _frequencies(self, numbers: list[int]) -> list[dict]:
        """The present row of each term."""
        return latest(self.server.lookup(self._name("terms"), "number", numbers, ["pk", "term", "number", "df", "born"]))

    def _verify(self) -> None:
        """StoreError unless every passage of the new generation is there."""
        wanted = sum(count for _, count, _ in self.contents.values())
        found = self.server.count(self._name("passages"), visible(self.number, self._replaced))
        if found != wanted:
            raise StoreError(
                f"Milvus 应有 {wanted} 个段落，只数到 {found} 个；新版本没有发布，原有索引未变。请再运行一次 qa ingest。",
                f"Milvus should hold {wanted} passages and counts {found}; nothing was published, the index is as it was."
                " Run `qa ingest` again.",
            )
