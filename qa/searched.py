"""How an index is searched, and how much of what an exact search finds it finds: for `qa status`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingest.collection import Collection
from ingest.tokenvectors import sentence_vectors
from ingest.vectors import CODES_FILE, MEAN_SHARE

if TYPE_CHECKING:
    from ingest.generation import Generation

FLAT, CODES, MILVUS = "flat", "codes", "milvus"
BEST = 10  # passages of a question that are compared
_QUESTIONS = 20  # at a million passages each takes a tenth of a second


def search_facts(generation: Generation) -> dict:
    """`index`: flat, codes or milvus; `segments`; `recall`: of the ten nearest passages, against exact search."""
    facts = generation.manifest
    if "store" in facts:
        return {"index": MILVUS, "segments": 1, "recall": 1.0}  # FLAT there too
    segments = len(facts["segments"])
    if not any(Path(name).name == CODES_FILE for name in facts["files"]):
        return {"index": FLAT, "segments": segments, "recall": 1.0}
    return {"index": CODES, "segments": segments, "recall": _recall(Collection(generation.folder, facts))}


def _recall(collection: Collection) -> float:
    """Asked with sentences from all over the collection, as a question in an article's own words would."""
    size, right, wanted = collection.vectors.size, 0, 0
    for row in range(0, size, -(-size // _QUESTIONS)):
        for sentence in sentence_vectors(collection.tokens.of(row), collection.vectors.dim)[:1]:
            question = (sentence - MEAN_SHARE * collection.mean).astype("f4")
            exact, _ = collection.vectors.nearest(question, BEST, exact=True)
            found, _ = collection.vectors.nearest(question, BEST)
            right += len(set(exact.tolist()) & set(found.tolist()))
            wanted += len(exact)
    for store in collection.stores:
        store.close()
    return right / max(wanted, 1)
