"""A local index -> Milvus: what changed since the last time, and nothing else.

Reading, cleaning, splitting and embedding are those of the local index, so the two answer
alike by construction; Milvus then holds all that a question needs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.aliases import find_aliases
from ingest.calibrate import Calibration
from ingest.errors import CorpusError
from ingest.reposts import signature
from ingest.searchtext import furniture_terms
from ingest.stores.base import Facts, Part, Piece
from ingest.stores.layout import FIELDS, LAYOUT_VERSION
from ingest.stores.milvus import Server
from ingest.stores.state import generation_name, read_state
from ingest.stores.tables import mean_length
from ingest.stores.writer import MAX_DRIFT, MAX_REPLACED, MilvusWriter

Progress = Callable[[str, int, int], None]
_LOCAL_ONLY = ("files", "manifest_sha256", "format", "corpus", "segments")  # of a local manifest: says nothing about what is in Milvus


class Local(Protocol):
    """An opened local index, as `qa.opened.Opened` is one."""

    manifest: dict
    corpus: Path
    store: object
    vectors: object
    tokens: object
    mean: object
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Published:
    """What one publication did. `rewritten`: everything was written afresh."""

    generation: str
    added: int
    changed: int
    removed: int
    unchanged: int
    rewritten: bool


def publish_local(
    local: Local,
    server: Server,
    *,
    rebuild: bool = False,
    replace_corpus: bool = False,
    progress: Progress = lambda *_: None,
) -> Published:
    """Bring Milvus up to what `local` holds; readers switch from the one to the other at once.

    CorpusError when Milvus holds the index of another folder, unless `replace_corpus`.
    """
    wanted = digests(local)
    writer = MilvusWriter(server)
    try:
        state = read_state(server)
        if state and not replace_corpus:
            _check_corpus(state, local, server)
        held = {id_: digest for id_, (_, _, digest) in state["contents"].items()} if state else {}
        fresh = state is None or rebuild or _other_kind(state, local) or _too_much(held, wanted) or _drifted(state)
        kept = {} if fresh else held
        todo = sorted(id_ for id_, digest in wanted.items() if kept.get(id_) != digest)
        gone = sorted(set(held) - set(wanted))
        report = Published(
            generation_name(state["generation"]) if state else "", sum(id_ not in held for id_ in wanted),
            sum(id_ in held and held[id_] != digest for id_, digest in wanted.items()), len(gone),
            sum(held.get(id_) == digest for id_, digest in wanted.items()), bool(fresh),
        )  # fmt: skip
        if not fresh and not todo and not gone and _same_facts(state, local):
            return report
        writer.begin(int(local.manifest["model"]["dim"]), fresh)
        if not fresh:
            writer.delete(gone)
        writer.add(_parts(local, todo, wanted, progress))
        name = writer.publish(Facts(_manifest(local), local.mean, local.calibration))
    finally:
        writer.close()
    return Published(name, report.added, report.changed, report.removed, report.unchanged, report.rewritten)


def _check_corpus(state: dict, local: Local, server: Server) -> None:
    before, now = state["manifest"]["corpus"], str(local.corpus.resolve())
    if before != now:
        raise CorpusError(
            f"Milvus（{server.uri}，前缀 {server.prefix}）里的索引属于文件夹 {before}，不是 {now}。"
            "请用 WENJU_PREFIX 另选一个前缀，或加 --replace 用新文件夹取代它。",
            f"The index in Milvus ({server.uri}, prefix {server.prefix}) belongs to the folder {before}, not {now}. "
            "Choose another prefix with WENJU_PREFIX, or take this one over with --replace.",
        )


def digests(local: Local) -> dict[str, str]:
    """article id -> a sum of what is stored of it."""
    rules = [local.manifest["pipeline"], local.manifest["overrides"], local.manifest["terms"]]
    found = {}
    for article, _ in local.store.overview():
        day = article.date.isoformat() if article.date else None
        about = [article.title, article.digest, day, article.url, article.author, article.flags, rules]
        total = hashlib.blake2b(json.dumps(about).encode("ascii"), digest_size=16)
        for _, passage, key in local.store.passages_of(article.id):
            total.update(repr((passage.span, passage.headings, passage.joins)).encode("utf-8", "surrogatepass") + key)
        found[article.id] = total.hexdigest()
    return found


def part_of(local: Local, article_id: str, digest: str = "") -> Part:
    """One article of a local index with all that is searched of it."""
    entry = local.store.entry(article_id)
    every = local.store.passages_of(article_id)
    vectors = local.vectors.rows([row for row, _, _ in every])
    pieces = tuple(
        Piece(passage, key, vector, local.tokens.of(row))
        for (row, passage, key), vector in zip(every, vectors, strict=True)
    )
    kept = "".join(span.of(entry.article.text) for span in entry.cleaned.kept)
    furniture = tuple(sorted(furniture_terms(entry.article, entry.cleaned)))
    return Part(entry, pieces, tuple(find_aliases(entry.article, entry.cleaned)), signature(kept), furniture, digest)


def _parts(local: Local, ids: list[str], digests: dict[str, str], progress: Progress) -> Iterator[Part]:
    for done, id_ in enumerate(ids, 1):
        yield part_of(local, id_, digests[id_])
        progress("upload", done, len(ids))


def _manifest(local: Local) -> dict:
    facts = {name: value for name, value in local.manifest.items() if name not in _LOCAL_ONLY}
    return {**facts, "corpus": str(local.corpus.resolve())}


def _same_facts(state: dict, local: Local) -> bool:
    """True when the manifest says already what it would say now."""
    before = {name: value for name, value in state["manifest"].items() if name != "store"}
    return before == json.loads(json.dumps(_manifest(local)))


def _other_kind(state: dict, local: Local) -> bool:
    """True for an index of another model, other terms or another layout."""
    before, now = state["manifest"], local.manifest
    return before["model"] != now["model"] or before["terms"] != now["terms"] or before["store"]["layout"] != LAYOUT_VERSION


def _too_much(held: dict[str, str], wanted: dict[str, str]) -> bool:
    """True when more articles change than readers could leave out by name."""
    return sum(wanted.get(id_) != digest for id_, digest in held.items()) > MAX_REPLACED


def _drifted(state: dict) -> bool:
    """True when passages have become so much longer or shorter that the stored weights mislead."""
    for field in FIELDS:
        now, then = mean_length(state["lengths"][field]), state["base"].get(field, 0)
        if not then or max(now / then, then / now) > MAX_DRIFT:
            return True
    return False
