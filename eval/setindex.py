"""Question sets (corpus.jsonl, queries.jsonl, qrels.tsv) indexed through the project's own code.

Each document becomes an article whose text is kept whole; it is split, embedded and
indexed as `qa ingest` would, and ranked by its best passage. Indexes are cached by what
they were made from.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ingest.calibrate import calibration_of, near_of, probe_questions, sample, write_calibration
from ingest.embed import Encoded, open_embedder
from ingest.generation import new_draft, publish, writer_lock
from ingest.modelkey import DEFAULT_MODEL, model_key, text_key
from ingest.passagevectors import embed
from ingest.pool import VectorPool
from ingest.postings import PAIRS, WORDS, PostingsBuilder
from ingest.previous import pipeline_digest
from ingest.probes import best_of
from ingest.records import Entry
from ingest.searchtext import search_text
from ingest.split import split
from ingest.store import Store
from ingest.storewriter import StoreWriter
from ingest.terms import TERMS_VERSION, pairs, terms
from ingest.tokenvectors import TABLE_VERSION, TokenVectors, write_tokens
from ingest.types import Article, Cleaned, Span
from ingest.vectors import Vectors, read_sum, write_mean, write_vectors
from qa.opened import Opened

Question = TypeVar("Question")

_LAYOUT = b"4"  # raised when other files are written
_BLOCK = 1024  # passages embedded at once


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A set, opened: `queries` are (id, text), `relevant` maps a query's id to its documents."""

    name: str
    opened: Opened
    queries: tuple[tuple[str, str], ...]
    relevant: dict[str, frozenset[str]]
    unanswerable: tuple[str, ...]


def read_jsonl(path: Path) -> list[dict]:
    """The objects of a file of one a line; [] without the file."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def open_set(folder: Path) -> QuestionSet:
    """Index `folder` if that was not done before, and open it."""
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            relevant.setdefault(query, set()).add(document)
    return QuestionSet(
        name=folder.name,
        opened=Opened(_index_of(folder)),
        queries=tuple((one["id"], one["text"]) for one in read_jsonl(folder / "queries.jsonl")),
        relevant={query: frozenset(found) for query, found in relevant.items()},
        unanswerable=tuple(one["text"] for one in read_jsonl(folder / "unanswerable.jsonl")),
    )


def spread(questions: Sequence[Question], most: int) -> Sequence[Question]:
    """Up to `most` of `questions`, evenly spread."""
    return questions[:: max(1, len(questions) // most)][:most]


def cache_folder() -> Path:
    """Where indexes of question sets are kept between runs."""
    home = os.environ.get("WENJU_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "wenju")
    return Path(home) / "eval"


def _index_of(folder: Path) -> Path:
    content = (folder / "corpus.jsonl").read_bytes()
    key = hashlib.sha256(content + _LAYOUT + pipeline_digest().encode() + model_key().encode()).hexdigest()[:16]
    index = cache_folder() / f"{folder.name}-{key}"
    if not (index / "CURRENT").is_file():
        _build(folder, index)
    return index


def _build(folder: Path, index: Path) -> None:
    embedder = open_embedder()
    documents = sorted(read_jsonl(folder / "corpus.jsonl"), key=lambda one: one["id"])
    with writer_lock(index):
        draft = new_draft(index)
        writer, fields = StoreWriter(draft), (PostingsBuilder(WORDS), PostingsBuilder(PAIRS))
        texts: list[str] = []
        for facts in documents:
            article = Article(facts["id"], facts["id"], facts.get("title") or "", facts["text"], "")
            cleaned = Cleaned((Span(0, len(article.text)),) if article.text else (), ())
            passages = split(article, cleaned)
            found = [search_text(article, passage) for passage in passages]
            for text in found:
                fields[0].add(terms(text))
                fields[1].add(pairs(text))
            keys = [text_key(model_key(), text) for text in found]
            writer.add(Entry(article, article, cleaned, 0, 0, b""), list(zip(passages, keys, strict=True)))
            texts += found
        for field in fields:
            field.write(draft, writer.connection)
        writer.close()
        _write_vectors(index, draft, embedder, texts)
        facts = {
            "corpus": str(folder), "terms": TERMS_VERSION, "articles": len(documents), "passages": len(texts),
            "model": {"name": DEFAULT_MODEL, "key": model_key(), "dim": embedder.dim},
            "pipeline": pipeline_digest(), "overrides": "", "dropped": {}, "skipped": {},
        }  # fmt: skip
        publish(index, draft, facts)


def _write_vectors(index: Path, draft: Path, embedder, texts: list[str]) -> None:
    store = Store(draft)
    keys = store.keys()
    store.close()
    # The pool lies beside the indexes, so that another way of splitting pays only for what is new.
    pool = VectorPool(index.parent, model_key(), embedder.dim)
    held = pool.holds(keys)
    missing = list({key: text for key, text, known in zip(keys, texts, held, strict=True) if not known}.items())
    for begin in range(0, len(missing), _BLOCK):
        block = missing[begin : begin + _BLOCK]
        pool.add([key for key, _ in block], *embed(embedder, [text for _, text in block]))
    write_vectors(draft, embedder.dim, pool.blocks(keys))
    mean = (read_sum(draft, embedder.dim) / max(len(keys), 1)).astype("<f4")
    write_mean(draft, mean)
    write_tokens(draft, pool.tokens(keys))
    shown = [texts[row] for row in sample(len(texts))]
    parts, tokens = [Vectors(draft)], [TokenVectors(draft, embedder.dim, len(keys))]
    probes = probe_questions(embedder, mean)
    best, places, _ = best_of(parts, [None], probes.vectors, [None])
    write_calibration(draft, calibration_of(best, near_of(probes, places, tokens), shown))


def encodings(opened: Opened, texts: list[str]) -> list[Encoded]:
    """The vectors and tokens of many questions, each in the script of the articles; cached by their texts."""
    import numpy as np

    texts = [opened.spelt(text) for text in texts]
    key = hashlib.sha256(TABLE_VERSION + "\0".join([model_key(), *texts]).encode()).hexdigest()[:16]
    path = cache_folder() / f"questions-{key}.npz"
    if not path.is_file():
        found = open_embedder(opened.model).embed_queries(texts)
        counts = np.array([len(one.tokens) for one in found])
        vectors, tokens = (np.concatenate(part) for part in ([one.vector[None] for one in found], [one.tokens for one in found]))
        np.savez(path, vectors=vectors, tokens=tokens.astype(np.float16), counts=counts)
    with np.load(path) as stored:
        pieces = np.split(stored["tokens"].astype(np.float32), np.cumsum(stored["counts"])[:-1])
        return [Encoded(vector, piece) for vector, piece in zip(stored["vectors"], pieces, strict=True)]
