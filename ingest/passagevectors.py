"""All vectors of passages: of each as a whole, of its tokens, and of its sentences; by their search text alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest.searchtext import sentence_texts
from ingest.tokenvectors import with_sentences

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Embedder, Progress


def embed(
    embedder: Embedder, texts: Sequence[str], progress: Progress | None = None
) -> tuple[np.ndarray, list[np.ndarray]]:
    """(len(texts), dim) float32, and of each text its packed tokens and sentences, see `ingest.tokenvectors`."""
    vectors, tokens = embedder.embed_passages(texts, progress)
    pieces = [sentence_texts(text) for text in texts]
    different = list(dict.fromkeys(sentence for one in pieces for _, sentence in one))
    numbers = {sentence: number for number, sentence in enumerate(different)}
    spoken = embedder.embed_sentences(different)
    packed = [
        with_sentences(own, [start for start, _ in one], spoken[[numbers[sentence] for _, sentence in one]])
        for own, one in zip(tokens, pieces, strict=True)
    ]
    return vectors, packed
