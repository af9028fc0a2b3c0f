"""The vectors of a draft: reused where they are known, embedded block by block where they are not."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.calibrate import calibrate, sample, write_calibration
from ingest.collection import AllVectors, open_shelf
from ingest.embed import Embedder, model_key, text_key
from ingest.job import Job
from ingest.places import Places
from ingest.pool import VectorPool
from ingest.searchtext import search_text, sentence_texts
from ingest.sentencevectors import write_sentences
from ingest.store import Store
from ingest.vectors import CLUSTERED_FROM, Vectors, read_sum, write_clustered, write_mean, write_vectors
from ingest.work import Work

if TYPE_CHECKING:
    import numpy as np

EMBED_BLOCK = 1024  # passages embedded and made durable at once: what a kill can cost


def write_all_vectors(job: Job, draft: Path, work: Work) -> int:
    """Embed the passages and sentences that no vector is known for, and write all vectors; the dimension."""
    embedder = job.tools.embedder(job.model, job.device)
    job.report.notes += embedder.notes
    pool = VectorPool(job.index, model_key(job.model), embedder.dim)
    _reuse(job, pool, work)
    stores = [Store(draft / segment.folder) for segment in work.fresh]
    try:
        keys = [store.keys() for store in stores]
        _embed_passages(job, stores, embedder, pool, keys)
        for segment, store, mine in zip(work.fresh, stores, keys, strict=True):
            _write_segment(job, draft / segment.folder, store, embedder, pool, mine)
    finally:
        for store in stores:
            store.close()
    _write_whole(draft, work, embedder)
    return embedder.dim


def _reuse(job: Job, pool: VectorPool, work: Work) -> None:
    """Let the pool serve what the previous generation holds of the articles that are written anew."""
    previous = job.previous
    if previous is None or previous.model_key != model_key(job.model):
        return
    replaced: dict[int, Iterable[int] | None] = dict.fromkeys(range(len(previous.collection.parts)))
    for kept in work.kept:
        replaced[kept.number] = [row for first, count in kept.replaced for row in range(first, first + count)]
    for number, rows in replaced.items():
        said, store = previous.collection.said[number], previous.collection.stores[number]
        pool.reuse(previous.collection.parts[number], store.vector_rows(rows))
        pool.reuse(said, said.numbers(rows))


def _write_segment(job: Job, folder: Path, store: Store, embedder: Embedder, pool: VectorPool, keys: list[bytes]) -> None:
    """Write the vectors of one segment's passages and of their sentences."""
    if len(keys) < CLUSTERED_FROM:
        write_vectors(folder, embedder.dim, pool.blocks(keys))
    else:
        write_clustered(folder, embedder.dim, len(keys), lambda rows: pool.blocks(keys[row] for row in rows))
    starts, sentence_keys = _embed_sentences(job, store, embedder, pool, len(keys))
    write_sentences(folder, starts, sentence_keys, pool.blocks(sentence_keys))


def _write_whole(draft: Path, work: Work, embedder: Embedder) -> None:
    """What belongs to no one segment: where articles lie, the mean vector, and what confidence is measured from."""
    work.write_places(draft)
    facts = {"segments": work.facts()}
    folders = [draft / one["folder"] for one in facts["segments"]]
    parts = [Vectors(folder) for folder in folders]
    sizes = [part.size for part in parts]
    places = Places(None, sizes) if folders == [draft] else Places.read(draft, sizes)
    mean = _mean(folders, parts, places, embedder.dim)
    write_mean(draft, mean)
    shelf = open_shelf(draft, facts)
    try:
        texts = [search_text(*pair) for pair in shelf.with_articles(sample(places.size))]
    finally:
        shelf.close()
    write_calibration(draft, calibrate(AllVectors(parts, places), mean.astype("<f4"), embedder, texts))


def _mean(folders: list[Path], parts: list[Vectors], places: Places, dim: int) -> np.ndarray:
    """The mean vector of a generation, (dim,) float64: exact, however the passages are spread over segments."""
    import numpy as np

    total = np.zeros(dim, np.float64)
    for number, (folder, part) in enumerate(zip(folders, parts, strict=True)):
        total += read_sum(folder, dim)
        dead = places.dead(number)
        if dead is not None:
            total -= part.rows(np.flatnonzero(dead)).sum(axis=0, dtype=np.float64)
    return total / max(places.size, 1)


def _embed_sentences(
    job: Job, store: Store, embedder: Embedder, pool: VectorPool, rows: int
) -> tuple[list[int], list[bytes]]:
    """Embed the sentences that are new; (number of each row's first sentence, key of every sentence)."""
    model = model_key(job.model)
    starts, keys, waiting = [0], [], {}
    for row, (article, passage) in enumerate(store.with_articles(range(rows)), 1):
        for text in sentence_texts(article, passage):
            key = text_key(model, text)
            keys.append(key)
            if key not in pool:
                waiting[key] = text
        starts.append(len(keys))
        if len(waiting) >= EMBED_BLOCK * job.tools.workers or (row == rows and waiting):
            pool.add(list(waiting), embedder.embed_passages(list(waiting.values())))
            waiting = {}
            job.progress("sentences", row, rows)
    return starts, keys


def _embed_passages(job: Job, stores: list[Store], embedder: Embedder, pool: VectorPool, keys: list[list[bytes]]) -> None:
    """Embed what the pool does not hold, block by block; each finished block survives a kill."""
    missing = _missing(keys, pool)
    total = sum(map(len, missing))
    if not total:
        return
    started = time.monotonic()
    done, at_once = 0, EMBED_BLOCK * job.tools.workers

    def advance(count: int) -> None:
        nonlocal done
        done += count
        job.progress("embed", done, total)

    for store, mine, rows in zip(stores, keys, missing, strict=True):
        for begin in range(0, len(rows), at_once):
            block = rows[begin : begin + at_once]
            texts = [search_text(*pair) for pair in store.with_articles(block)]
            pool.add([mine[row] for row in block], embedder.embed_passages(texts, advance))
    job.report.embedded = total
    job.report.rate = total / max(time.monotonic() - started, 1e-9)


def _missing(keys: list[list[bytes]], pool: VectorPool) -> list[list[int]]:
    """For each segment the rows to embed: the first row of each key that the pool does not hold."""
    seen: set[bytes] = set()
    missing = []
    for mine in keys:
        rows = []
        for row, key in enumerate(mine):
            if key not in pool and key not in seen:
                seen.add(key)
                rows.append(row)
        missing.append(rows)
    return missing
