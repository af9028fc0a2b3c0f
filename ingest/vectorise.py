"""The vectors of a draft: reused where they are known, embedded block by block where they are not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.calibrate import PROBES, calibration_of, near_of, probe_questions, sample, write_calibration
from ingest.collection import open_shelf
from ingest.embed import Embedder
from ingest.job import Job
from ingest.modelkey import model_key
from ingest.passagevectors import embed
from ingest.places import Places
from ingest.pool import VectorPool
from ingest.probes import KEPT_FROM, Nearest, best_of, read_nearest, write_nearest
from ingest.searchtext import search_text
from ingest.store import Store
from ingest.tokenvectors import TokenVectors, write_tokens
from ingest.vectors import CODED_FROM, Vectors, read_sum, write_codes, write_mean, write_vectors
from ingest.work import Work

if TYPE_CHECKING:
    import numpy as np

# Passages embedded and made durable at once are what a kill can cost: a share of a long ingest, 6 s of a short one.
EMBED_BLOCK = 1024  # at most: more are not embedded any faster
LEAST_BLOCK = 128  # fewer are embedded 6 % slower than 1024
BLOCKS = 32  # a kill costs 3 % at most, between these two


def write_all_vectors(job: Job, draft: Path, work: Work) -> int:
    """Embed the passages that no vector is known for, and write all vectors and tokens; the dimension."""
    embedder = job.tools.embedder(job.model, job.device)
    job.report.notes += embedder.notes
    pool = VectorPool(job.index, model_key(job.model), embedder.dim)
    _reuse(job, pool, work)
    stores = [Store(draft / segment.folder) for segment in work.fresh]
    try:
        keys = [store.keys() for store in stores]
        _embed_passages(job, stores, embedder, pool, keys)
        for segment, mine in zip(work.fresh, keys, strict=True):
            _write_segment(draft / segment.folder, embedder, pool, mine)
    finally:
        for store in stores:
            store.close()
    _write_whole(job, draft, work, embedder)
    return embedder.dim


def _reuse(job: Job, pool: VectorPool, work: Work) -> None:
    """Let the pool serve what the previous generation holds, verified, of the articles that are written anew."""
    previous = job.previous
    if previous is None or previous.model_key != model_key(job.model):
        return
    replaced: dict[int, list[int] | None] = dict.fromkeys(range(len(previous.collection.parts)))
    for kept in work.kept:
        if kept.verified:
            replaced[kept.number] = [row for first, count in kept.replaced for row in range(first, first + count)]
        else:
            del replaced[kept.number]
    for number, rows in replaced.items():
        part, tokens = previous.collection.parts[number], previous.collection.token_parts[number]
        pool.reuse(part, tokens, *previous.collection.stores[number].vector_rows(rows))


def _write_segment(folder: Path, embedder: Embedder, pool: VectorPool, keys: list[bytes]) -> None:
    """Write the vectors of one segment's passages and of their tokens."""
    write_vectors(folder, embedder.dim, pool.blocks(keys))
    if len(keys) >= CODED_FROM:
        write_codes(folder)
    write_tokens(folder, pool.tokens(keys))


def _write_whole(job: Job, draft: Path, work: Work, embedder: Embedder) -> None:
    """What belongs to no one segment: where articles lie, the mean vector, and what confidence is measured from."""
    work.write_places(draft)
    facts = {"segments": work.facts()}
    folders = [draft / one["folder"] for one in facts["segments"]]
    parts = [Vectors(folder) for folder in folders]
    sizes = [part.size for part in parts]
    places = Places(None, sizes) if folders == [draft] else Places.read(draft, sizes)
    dead = [places.dead(number) for number in range(len(parts))]
    mean = _mean(folders, parts, dead, places.size, embedder.dim)
    write_mean(draft, mean)
    shelf = open_shelf(draft, facts)
    try:
        texts = [search_text(*pair) for pair in shelf.with_articles(sample(places.size))]
    finally:
        shelf.close()
    tokens = [TokenVectors(folder, part.dim, part.size) for folder, part in zip(folders, parts, strict=True)]
    probes = probe_questions(embedder, mean.astype("<f4"))
    best, nearest, kept = best_of(parts, dead, probes.vectors, _nearest_before(job, work, embedder.dim))
    write_calibration(draft, calibration_of(best, near_of(probes, nearest, tokens), texts))
    if places.size >= KEPT_FROM:
        write_nearest(draft, kept)


def _nearest_before(job: Job, work: Work, dim: int) -> list[Nearest | None]:
    """What the previous generation kept of each segment of the new one."""
    known: list[Nearest | None] = [None] * (len(work.kept) + len(work.fresh))
    if work.kept:
        before = job.previous
        earlier = read_nearest(before.generation.folder, len(PROBES), dim, len(before.collection.parts))
        known[: len(work.kept)] = [earlier[kept.number] for kept in work.kept]
    return known


def _mean(folders: list[Path], parts: list[Vectors], dead: list[np.ndarray | None], size: int, dim: int) -> np.ndarray:
    """The mean vector of a generation, (dim,) float64: exact, however the passages are spread over segments."""
    import numpy as np

    total = np.zeros(dim, np.float64)
    for folder, part, gone in zip(folders, parts, dead, strict=True):
        total += read_sum(folder, dim)
        if gone is not None:
            total -= part.rows(np.flatnonzero(gone)).sum(axis=0, dtype=np.float64)
    return total / max(size, 1)


def _embed_passages(job: Job, stores: list[Store], embedder: Embedder, pool: VectorPool, keys: list[list[bytes]]) -> None:
    """Embed what the pool does not hold, block by block; each finished block survives a kill."""
    missing = _missing(keys, pool)
    total = sum(map(len, missing))
    if not total:
        return
    started = time.monotonic()
    done, at_once = 0, _block(total) * job.tools.workers

    def advance(count: int) -> None:
        nonlocal done
        done += count
        job.progress("embed", done, total)

    for store, mine, rows in zip(stores, keys, missing, strict=True):
        for begin in range(0, len(rows), at_once):
            block = rows[begin : begin + at_once]
            texts = [search_text(*pair) for pair in store.with_articles(block)]
            pool.add([mine[row] for row in block], *embed(embedder, texts, advance))
    job.report.embedded = total
    job.report.rate = total / max(time.monotonic() - started, 1e-9)


def _block(passages: int) -> int:
    """How many of so many passages are embedded before they are made durable."""
    return min(EMBED_BLOCK, max(LEAST_BLOCK, passages // BLOCKS))


def _missing(keys: list[list[bytes]], pool: VectorPool) -> list[list[int]]:
    """For each segment the rows to embed: the first row of each key that the pool does not hold."""
    seen: set[bytes] = set()
    missing = []
    for mine in keys:
        rows = []
        for row in (~pool.holds(mine)).nonzero()[0].tolist():
            if mine[row] not in seen:
                seen.add(mine[row])
                rows.append(row)
        missing.append(rows)
    return missing
