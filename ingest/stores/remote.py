"""The Milvus store: `ingest.stores.base.Store` on a connected server."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.stores.base import Facts, Part
from ingest.stores.milvus import Server
from ingest.stores.reader import MilvusReader
from ingest.stores.writer import MilvusWriter


class MilvusStore:
    """See `Store`. `dim`: of the vectors that will be added."""

    def __init__(self, server: Server, dim: int) -> None:
        self._server, self._dim = server, dim
        self._writer = MilvusWriter(server)

    def add(self, parts: Iterable[Part]) -> None:
        """See `Store.add`."""
        self._begun().add(parts)

    def delete(self, article_ids: Iterable[str]) -> None:
        """See `Store.delete`."""
        self._begun().delete(article_ids)

    def publish(self, facts: Facts) -> str:
        """See `Store.publish`."""
        try:
            return self._begun().publish(facts)
        finally:
            self._writer.close()

    def reader(self) -> MilvusReader:
        """See `Store.reader`."""
        reader = MilvusReader(self._server)
        reader.check()
        return reader

    def abandon(self) -> None:
        """Forget what was not published; the next ingest removes it from the server."""
        self._writer.close()
        self._writer.begun = False

    def _begun(self) -> MilvusWriter:
        if not self._writer.begun:
            self._writer.begin(self._dim)
        return self._writer
