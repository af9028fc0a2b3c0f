"""The vectors of a draft: reused where they are known, embedded block by block where they are not."""

from __future__ import annotations

import time
from pathlib import Path

from ingest.calibrate import calibrate, sample, write_calibration
from ingest.embed import Embedder, model_key, open_embedder, text_key
from ingest.index import Vectors, read_mean, write_mean, write_vectors
from ingest.job import Job
from ingest.pool import VectorPool
from ingest.searchtext import search_text, sentence_texts
from ingest.sentencevectors import write_sentences
from ingest.store import Store

EMBED_BLOCK = 1024  # passages embedded and made durable at once: what a kill can cost


def write_all_vectors(job: Job, draft: Path) -> int:
    """Embed the passages and sentences that no vector is known for, and write all vectors; the dimension."""
    store = Store(draft)
    try:
        keys = store.keys()
        model = model_key(job.model)
        embedder = open_embedder(job.model, device=job.device)
        job.report.notes += embedder.notes
        dim = embedder.dim
        pool = VectorPool(job.index, model, dim)
        if job.previous and job.previous.model_key == model:
            pool.reuse(job.previous.vectors, job.previous.store.vector_rows())
            pool.reuse(job.previous.sentences, job.previous.sentences.numbers())
        missing = _missing(keys, pool)
        if missing:
            _embed(job, store, embedder, pool, keys, missing)
        write_vectors(draft, dim, pool.blocks(keys))
        write_mean(draft, pool.blocks(keys), dim)
        texts = [search_text(*pair) for pair in store.with_articles(sample(len(keys)))]
        write_calibration(draft, calibrate(Vectors(draft), read_mean(draft, dim), embedder, texts))
        starts, sentence_keys = _embed_sentences(job, store, embedder, pool, len(keys))
        write_sentences(draft, starts, sentence_keys, pool.blocks(sentence_keys))
    finally:
        store.close()
    return dim


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
        if len(waiting) >= EMBED_BLOCK or (row == rows and waiting):
            pool.add(list(waiting), embedder.embed_passages(list(waiting.values())))
            waiting = {}
            job.progress("sentences", row, rows)
    return starts, keys


def _missing(keys: list[bytes], pool: VectorPool) -> list[int]:
    """Rows to embed: the first row of each key that the pool does not hold."""
    seen: set[bytes] = set()
    rows = []
    for row, key in enumerate(keys):
        if key not in pool and key not in seen:
            seen.add(key)
            rows.append(row)
    return rows


def _embed(job: Job, store: Store, embedder: Embedder, pool: VectorPool, keys, rows: list[int]) -> None:
    """Embed `rows` block by block; each finished block survives a kill."""
    started = time.monotonic()
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        job.progress("embed", done, len(rows))

    for begin in range(0, len(rows), EMBED_BLOCK):
        block = rows[begin : begin + EMBED_BLOCK]
        texts = [search_text(*pair) for pair in store.with_articles(block)]
        pool.add([keys[row] for row in block], embedder.embed_passages(texts, advance))
    job.report.embedded = len(rows)
    job.report.rate = len(rows) / max(time.monotonic() - started, 1e-9)
