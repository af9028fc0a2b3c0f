"""A published generation, opened for asking: its store, its two legs, and its manifest."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from pathlib import Path

from ingest.collection import Collection
from ingest.embed import Embedder, Encoded, open_embedder
from ingest.errors import DamagedIndexError, MismatchError, damaged
from ingest.generation import Generation, open_current
from ingest.modelkey import DEFAULT_MODEL, model_key
from ingest.previous import corpus_of
from ingest.terms import TERMS_VERSION, in_script

_MIXED = 0.2  # with this share of passages in either script, neither is the script of the articles


def check_version(facts: dict) -> None:
    """MismatchError when questions would be embedded or split otherwise than what a manifest tells of was."""
    name = facts["model"]["name"]
    if model_key(name) != facts["model"]["key"] or facts["terms"] != TERMS_VERSION:
        raise MismatchError(
            f"索引是用另一个版本的模型或分词建立的({name})。请运行 qa ingest --rebuild。",
            f"The index was built with another version of the model or of the word splitter ({name}). Run `qa ingest --rebuild`.",
        )


class Opened:
    """One generation and what reads it. Immutable: a question keeps the one it began with.

    `full`: every byte is verified first, so that damage in a large file is found too.
    """

    def __init__(self, index: Path, full: bool = False) -> None:
        self.generation: Generation = open_current(index, full)
        try:
            self._read(index, self.generation.manifest)
        except MismatchError:
            self.generation.release()
            raise
        except (DamagedIndexError, KeyError, TypeError, ValueError, AttributeError, sqlite3.Error) as error:
            self.generation.release()
            raise error if isinstance(error, DamagedIndexError) else damaged(self.generation.folder) from error
        self._release = weakref.finalize(self, self.generation.release)  # when the last question lets go, too
        self._embedder: Embedder | None = None
        self._lock = threading.Lock()

    def _read(self, index: Path, facts: dict) -> None:
        """Take in what the generation holds; any error when it is not what is written today."""
        check_version(facts)
        self.manifest = facts
        self.corpus = corpus_of(facts, index)
        collection = Collection(self.generation.folder, facts)
        self.store, self.vectors, self.tokens = collection.store, collection.vectors, collection.tokens
        self.terms, self.pairs = collection.terms, collection.pairs
        self.mean, self.calibration = collection.mean, collection.calibration

    @property
    def model(self) -> str | None:
        """The model to open: None for the bundled one."""
        name = self.manifest["model"]["name"]
        return None if name == DEFAULT_MODEL else name

    def embed(self, question: str) -> Encoded:
        """The question's vector and its tokens. One at a time: not every model is reentrant."""
        with self._lock:
            if self._embedder is None:
                self._embedder = open_embedder(self.model, for_queries=True)
            return self._embedder.embed_query(self.spelt(question))

    def spelt(self, question: str) -> str:
        """`question` in the script that the articles are written in: the model tells 過擬合 from 过拟合.

        Where both scripts are common it is left as it is.
        """
        share = self.calibration.traditional
        if _MIXED <= share <= 1 - _MIXED:
            return question
        return in_script(question, traditional=share > 0.5)

    def share_embedder(self, other: Opened) -> None:
        """Take over the loaded model of an older generation of the same model."""
        if other.model == self.model:
            self._embedder, self._lock = other._embedder, other._lock

    def close(self) -> None:
        """Release the generation's files."""
        self.store.close()
        self._release()
