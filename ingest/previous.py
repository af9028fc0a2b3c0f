"""The generation an ingest starts from, and whether it may build on it."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from ingest.collection import Collection
from ingest.doubt import doubted
from ingest.errors import CorpusError, DamagedIndexError, MismatchError, NoIndexError, damaged
from ingest.generation import Generation, open_current
from ingest.modelkey import DEFAULT_MODEL, model_key
from ingest.store import Store
from ingest.tokenvectors import TABLE_VERSION

# An index of so many bytes is read and verified whole before anything is built on it: half a second.
# Of a larger one, the segments that are taken in are.
VERIFIED_WHOLE = 256 << 20

# Modules that do not decide what is indexed: a change in them costs nobody a new reading.
_NOT_PIPELINE = {"adapter.py", "daskcluster.py", "dasktasks.py", "daskwork.py", "embed.py", "othermodels.py", "e5.py", "e5_bulk.py", "e5_graph.py", "e5_small.py", "e5_torch.py", "device.py", "digest.py", "durable.py", "generation.py", "previous.py", "pool.py", "changes.py", "errors.py", "tokenvectors.py", "vectorise.py", "job.py", "vectors.py", "places.py", "collection.py", "shelf.py", "plan.py", "skips.py", "doubt.py", "interaction.py", "index.py", "beside.py", "passagevectors.py", "keytable.py", "probes.py", "uncollected.py", "recent.py", "shared.py", "mapped.py", "halves.py", "modelkey.py", "store.py"}


@dataclass(slots=True)
class Previous:
    """The published generation, opened for reuse."""

    generation: Generation
    collection: Collection
    verified: bool  # every byte of it

    @property
    def store(self) -> Store:
        """Its articles."""
        return self.collection.store

    @property
    def model_key(self) -> str:
        """The key of the model its vectors were made with."""
        return self.generation.manifest["model"]["key"]

    def outdated(self, overrides) -> bool:
        """True when the articles must be read and cleaned again: other rules or other code."""
        facts = self.generation.manifest
        return facts["pipeline"] != pipeline_digest() or facts["overrides"] != overrides.digest()

    def close(self) -> None:
        """Release its files."""
        self.store.close()
        self.generation.release()


def pipeline_digest() -> str:
    """sha256 over the code that reads, cleans and splits: when it changes, articles are done again."""
    folder = Path(__file__).parent
    total = hashlib.sha256(TABLE_VERSION)
    for path in sorted(folder.rglob("*.py")):
        if path.name not in _NOT_PIPELINE and path.parent.name != "stores":
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def open_previous(index: Path, corpus: Path, *, rebuild: bool, replace_corpus: bool) -> Previous | None:
    """What can be built upon; None for a first ingest, with `rebuild`, or when another corpus is replaced.

    CorpusError when the index belongs to another folder, DamagedIndexError and
    MismatchError as `open_current`, unless `rebuild`.
    """
    try:
        generation = open_current(index)
        size = sum(one["size"] for one in generation.manifest["files"].values())
        verified = size <= VERIFIED_WHOLE or doubted(index)
        if verified:
            generation.release()
            generation = open_current(index, full=True)
    except NoIndexError:
        return None
    except (DamagedIndexError, MismatchError):
        if rebuild:
            return None
        raise
    try:
        _check_facts(generation)
    except DamagedIndexError:
        generation.release()
        if rebuild:
            return None
        raise
    remembered = corpus_of(generation.manifest, index)
    if remembered.resolve() != corpus.resolve() and not replace_corpus:
        generation.release()
        raise CorpusError(
            f"索引 {index} 属于文件夹 {remembered}，不是 {corpus}。"
            "请用 --index 另选一个索引文件夹，或加 --replace 用新文件夹取代它。",
            f"The index {index} belongs to the folder {remembered}, not {corpus}. "
            "Choose another index with --index, or take this one over with --replace.",
        )
    if rebuild:
        generation.release()
        return None
    try:
        collection = Collection(generation.folder, generation.manifest)
    except (DamagedIndexError, KeyError, TypeError, ValueError, AttributeError, sqlite3.Error) as error:
        generation.release()  # held, it could not be removed when its turn comes
        raise error if isinstance(error, DamagedIndexError) else damaged(generation.folder) from error
    return Previous(generation, collection, verified)


def _check_facts(generation: Generation) -> None:
    """DamagedIndexError when the manifest, whole as it is, does not say what an ingest has to know."""
    facts = generation.manifest
    try:
        texts = [facts["corpus"], facts["model"]["name"], facts["model"]["key"], facts["pipeline"], facts["overrides"]]
        texts += [one["folder"] for one in facts["segments"]]
        texts += [text for one in facts["skipped"].values() for text in (one["reason"], one["zh"], one["en"])]
        numbers = [facts["model"]["dim"], facts["articles"], facts["passages"], *facts["dropped"].values()]
        numbers += [number for one in facts["segments"] for number in (one["passages"], *one["dropped"].values())]
        numbers += [number for one in facts["skipped"].values() for number in (one["size"], one["mtime_ns"])]
        sound = bool(facts["segments"]) and "\0" not in facts["corpus"]
    except (KeyError, TypeError, AttributeError):
        sound = False
    if not (sound and all(isinstance(one, str) for one in texts) and all(type(one) is int for one in numbers)):
        raise DamagedIndexError(
            f"索引版本 {generation.folder.name} 的 manifest.json 内容不对。请运行 qa ingest --rebuild。",
            f"The manifest.json of index generation {generation.folder.name} says what cannot be."
            " Run `qa ingest --rebuild`.",
        )


def check_model(previous: Previous | None, model: str | None, rebuild: bool) -> None:
    """MismatchError when the index was made with another model than the one wanted."""
    if previous is None or rebuild:
        return
    facts = previous.generation.manifest["model"]
    wanted = model or facts["name"]
    name = None if facts["name"] == DEFAULT_MODEL else facts["name"]
    if wanted != facts["name"] or facts["key"] != model_key(name):
        raise MismatchError(
            f"索引是用模型 {facts['name']} 建立的，与现在的 {wanted} 不同（模型换了，或者是另一个版本）。"
            "请运行 qa ingest --rebuild 重新计算向量。",
            f"The index was built with the model {facts['name']}, which is not {wanted} as it is now. "
            "Run `qa ingest --rebuild` to embed again.",
        )


def remember(corpus: Path, index: Path) -> str:
    """How the manifest names the corpus: relative where both lie in one folder, so that it can move."""
    home = index.resolve().parent
    place = corpus.resolve()
    return place.relative_to(home).as_posix() if place.is_relative_to(home) else str(place)


def corpus_of(manifest: dict, index: Path) -> Path:
    """The corpus folder that `manifest` remembers: in Milvus as it stands, in an index folder relative to where that lies."""
    if manifest.get("store"):
        return Path(manifest["corpus"])
    return index.resolve().parent / manifest["corpus"]


def remembered_corpus(index: Path) -> Path | None:
    """The corpus folder of the published generation, for a `qa ingest` that names none; None without one."""
    try:
        generation = open_current(index)
    except (NoIndexError, DamagedIndexError, MismatchError):
        return None
    generation.release()
    try:
        _check_facts(generation)
    except DamagedIndexError:  # the ingest says so
        return None
    return corpus_of(generation.manifest, index)
