"""A connection to Milvus: what the rest of the package asks of it, and errors a user can act on.

The only importer of pymilvus. Reads ask for Strong consistency: with Milvus' default
("Bounded") a search may show rows that were deleted seconds ago, and miss fresh ones. A
Strong read waits for the cluster's clock, 0.2 s each on a real server, so two kinds of
reads that lose nothing by it are Bounded: rows asked for by key, all of which must come
(a row is never changed in place: what comes is right, and what does not is asked for again
with Strong), and those of a generation that is long published (`Tables.level`).

What we use, and what we avoid on purpose:

- Terms are cut and weighted here (jieba and pairs of characters, as in the local index) and
  sent as sparse vectors searched by inner product. Milvus' own full text search is not
  used: Milvus Lite's `text_match` ignores its jieba setting and finds no Chinese word, its
  idf is that of one segment, so fresh passages rank badly, and servers before 2.5 take a
  schema with a BM25 function and silently drop the function.
- Vectors lie in a FLAT index: exact search, the same passages in the same order as locally.
- FLOAT_VECTOR, since Milvus Lite knows no half precision; the values are those of the local
  index, which keeps half precision.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ingest.errors import MismatchError, StoreError, UsageError, one_line
from ingest.stores.expressions import KEYS_AT_ONCE, among, both, chunks
from ingest.stores.schemas import EPOCH_TABLES, KEY_CHARS, LOOKED_UP, SCHEMAS
from ingest.stores.trouble import no_index, not_opened

OLDEST_SERVER = (2, 4)  # the first with sparse vectors and their inner product
TIMEOUT = 60.0  # seconds for one call; a search of a million passages takes a fraction of one
_CONNECT_TIMEOUT = 10.0
_ROWS_AT_ONCE = 8_000  # a query may return 16,384 rows
_BATCH_BYTES = 8 << 20  # of one insert; servers take 64 MB
_LITE = "milvus_lite"
_MOST_SAID = 300  # characters of its messages, which name what they are about last
STRONG, BOUNDED = "Strong", "Bounded"  # consistency: waits for the cluster's clock; may be seconds behind

_ABSENT = "nothing"  # the vector field that Milvus demands of collections without one


class Server:
    """A connected Milvus. Safe to use from several threads."""

    def __init__(self, uri: str, token: str = "", prefix: str = "wenju", create: bool = False, replicas: int = 1) -> None:
        """Connect. `create`: a Milvus Lite file that is not there yet may be made. `replicas`: of
        collections that are made here; more than the cluster has query nodes for is refused by it.

        UsageError for a URI that cannot be one, StoreError when nobody answers, MismatchError
        for a server that is too old.
        """
        pymilvus = _library()
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,60}", prefix):
            raise UsageError(
                f"集合名前缀“{prefix}”只能用字母、数字和下划线。", f"The prefix {prefix!r} may hold letters, digits and _."
            )
        self.uri, self.prefix, self._pymilvus = uri, prefix, pymilvus
        self._loaded: set[str] = set()
        self._replicas = replicas
        self._file = uri if uri.endswith(".db") and "://" not in uri else None
        if self._file and not create and not Path(self._file).exists():
            raise no_index(uri)
        try:
            with self._told():
                self._client = pymilvus.MilvusClient(uri, token=token, timeout=_CONNECT_TIMEOUT)
                self.version: str = self._client.get_server_version()
        except StoreError as error:
            raise (not_opened(uri) if self._file else error) from error
        self._check_version()

    @property
    def lite(self) -> bool:
        """True for Milvus Lite, as a file or as a server."""
        return self.version.startswith(_LITE)

    def _check_version(self) -> None:
        found = re.search(r"(\d+)\.(\d+)", self.version)
        if not self.lite and found and (int(found[1]), int(found[2])) < OLDEST_SERVER:
            wanted = ".".join(map(str, OLDEST_SERVER))
            raise MismatchError(
                f"Milvus 的版本是 {self.version}，至少需要 {wanted}。请升级服务器。",
                f"Milvus has version {self.version}; at least {wanted} is needed. Upgrade the server.",
            )

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the client library raises into a StoreError."""
        import grpc

        try:
            yield
        except (self._pymilvus.MilvusException, grpc.RpcError, ConnectionError, TimeoutError, RuntimeError) as error:
            said = one_line(getattr(error, "message", "") or error, _MOST_SAID)
            raise StoreError(
                f"Milvus（{self.uri}）没有完成请求：{said}。请确认服务在运行、地址正确，再运行 qa doctor --uri {self.uri}。",
                f"Milvus ({self.uri}) did not do what was asked: {said}. Check that it runs and that the address is"
                f" right, then run `qa doctor --uri {self.uri}`.",
            ) from error

    def close(self) -> None:
        """Hang up. A Milvus Lite file is let go of when the process ends."""
        with contextlib.suppress(Exception):
            self._client.close()

    def name(self, table: str, epoch: int = 0) -> str:
        """The name of a collection."""
        return f"{self.prefix}_{table}" if table == "current" else f"{self.prefix}_e{epoch}_{table}"

    def collections(self) -> list[str]:
        """The names of all collections behind our prefix."""
        with self._told():
            return sorted(name for name in self._client.list_collections() if name.startswith(self.prefix + "_"))

    def epochs(self) -> set[int]:
        """The epochs of which a collection exists."""
        pattern = re.compile(rf"{re.escape(self.prefix)}_e(\d+)_(?:{'|'.join(EPOCH_TABLES)})")
        return {int(found[1]) for name in self.collections() if (found := pattern.fullmatch(name))}

    def has(self, collection: str) -> bool:
        """True where the collection exists; it is loaded then, as after a restart nothing may be."""
        if collection in self._loaded:
            return True
        with self._told():
            if not self._client.has_collection(collection):
                return False
            self._load(collection)
        return True

    def _load(self, collection: str) -> None:
        if collection not in self._loaded:
            with self._told():
                self._client.load_collection(collection, timeout=TIMEOUT)
            self._loaded.add(collection)

    def create(self, table: str, epoch: int = 0, dim: int = 2) -> None:
        """Make a collection and its indexes, loaded and ready; what of it is there already is kept.

        An ingest that was killed here leaves a collection without indexes.
        """
        name, kinds = self.name(table, epoch), self._pymilvus.DataType
        if name in self._loaded:
            return
        client = self._client
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("pk", kinds.VARCHAR, is_primary=True, max_length=KEY_CHARS)
        indexes = client.prepare_index_params()
        fields = SCHEMAS[table] + (() if table == "passages" else ((_ABSENT, "dense", 0),))
        for field, kind, length in fields:
            if kind == "dense":
                schema.add_field(field, kinds.FLOAT_VECTOR, dim=dim if table == "passages" else 2)
                indexes.add_index(field, index_type="FLAT", metric_type="IP", index_name=field)
            elif kind == "sparse":
                schema.add_field(field, kinds.SPARSE_FLOAT_VECTOR)
                indexes.add_index(field, index_type="SPARSE_INVERTED_INDEX", metric_type="IP", index_name=field)
            elif kind == "text":
                schema.add_field(field, kinds.VARCHAR, max_length=length)
            else:
                schema.add_field(field, kinds.INT64)
        for field in LOOKED_UP.get(table, ()):
            indexes.add_index(field, index_type="INVERTED", index_name=field)
        with self._told():
            there = client.list_indexes(name) if client.has_collection(name) else None
            if there is None:
                client.create_collection(name, schema=schema, consistency_level=STRONG)
            if {index.index_name for index in indexes} - set(there or ()):
                client.create_index(name, indexes, sync=False)  # waiting takes half a second an index, empty or not
            client.load_collection(name, replica_number=self._replicas, timeout=TIMEOUT)
        self._loaded.add(name)

    def drop(self, collection: str) -> None:
        """Remove a collection."""
        self._loaded.discard(collection)
        with self._told():
            self._client.drop_collection(collection)

    def write(self, collection: str, rows: Iterable[Mapping], renew: Callable[[], None] = lambda: None) -> int:
        """Write rows, in batches, replacing those of equal keys; how many. `renew` is called after each batch."""
        plain = not collection.endswith("_passages")
        batch: list[dict] = []
        size = written = 0
        for row in rows:
            batch.append({**row, _ABSENT: [0.0, 0.0]} if plain else dict(row))
            size += _size(row)
            if size >= _BATCH_BYTES or len(batch) >= KEYS_AT_ONCE:
                written += self._write(collection, batch)
                renew()
                batch, size = [], 0
        return written + (self._write(collection, batch) if batch else 0)

    def _write(self, collection: str, batch: list[dict]) -> int:
        self._load(collection)
        with self._told():
            self._client.upsert(collection, batch, timeout=TIMEOUT)
        return len(batch)

    def delete(self, collection: str, condition: str) -> None:
        """Delete the rows that `condition` fits."""
        self._load(collection)
        with self._told():
            self._client.delete(collection, filter=condition, timeout=TIMEOUT)

    def delete_keys(self, collection: str, field: str, values: Sequence, condition: str = "") -> None:
        """Delete the rows whose `field` is one of `values` (and that `condition` fits)."""
        for chunk in chunks(values):
            self.delete(collection, both(among(field, chunk), condition))

    def flush(self, epoch: int) -> None:
        """Let Milvus Lite build its indexes: it searches unflushed rows one by one. Servers do this themselves."""
        if self.lite:
            for table in EPOCH_TABLES:
                with self._told():
                    self._client.flush(self.name(table, epoch))

    def count(self, collection: str, condition: str = "") -> int:
        """The number of rows that `condition` fits."""
        self._load(collection)
        with self._told():
            found = self._client.query(
                collection, filter=condition, output_fields=["count(*)"], consistency_level=STRONG, timeout=TIMEOUT
            )
        return int(found[0]["count(*)"])

    def rows(self, collection: str, condition: str, fields: Sequence[str]) -> Iterator[dict]:
        """Every row that `condition` fits, however many, in no particular order."""
        self._load(collection)
        with self._told():
            pages = self._client.query_iterator(
                collection, batch_size=_ROWS_AT_ONCE, filter=condition, output_fields=list(fields),
                consistency_level=STRONG, timeout=TIMEOUT,
            )  # fmt: skip
        try:
            while True:
                with self._told():
                    page = pages.next()
                if not page:
                    return
                yield from page
        finally:
            pages.close()

    def few(self, collection: str, condition: str, fields: Sequence[str], level: str = STRONG) -> list[dict]:
        """The rows that `condition` fits, in one call: for conditions that at most 16,384 rows fit."""
        self._load(collection)
        with self._told():
            return list(
                self._client.query(
                    collection, filter=condition, output_fields=list(fields), consistency_level=level, timeout=TIMEOUT
                )
            )

    def lookup(
        self,
        collection: str,
        field: str,
        values: Sequence,
        fields: Sequence[str],
        condition: str = "",
        at_once: int = KEYS_AT_ONCE,
        level: str = STRONG,
    ) -> list[dict]:
        """The rows whose `field` is one of `values`; `at_once` values may fit at most 16,384 rows."""
        found: list[dict] = []
        self._load(collection)
        for chunk in chunks(values, at_once):
            with self._told():
                found += self._client.query(
                    collection, filter=both(among(field, chunk), condition), output_fields=list(fields),
                    consistency_level=level, timeout=TIMEOUT,
                )  # fmt: skip
        return found

    def search(
        self, collection: str, field: str, query, count: int, condition: str, fields: Sequence[str], level: str = STRONG
    ) -> list[dict]:
        """The `count` best rows by inner product: [{"score", **fields}], best first. `query`: a vector or a dict."""
        self._load(collection)
        with self._told():
            found = self._client.search(
                collection, data=[query], anns_field=field, limit=count, filter=condition, output_fields=list(fields),
                search_params={"metric_type": "IP"}, consistency_level=level, timeout=TIMEOUT,
            )  # fmt: skip
        return [{**hit["entity"], "score": hit["distance"]} for hit in found[0]]

    def metric(self, collection: str, field: str) -> str:
        """The metric of a vector field's index; "" without one."""
        with self._told():
            return (self._client.describe_index(collection, field) or {}).get("metric_type", "")

    def replicas(self, collection: str) -> int | None:
        """How many copies of a collection are loaded; None where the server cannot tell (Milvus Lite)."""
        import grpc

        try:
            return len(self._client.describe_replica(collection, timeout=_CONNECT_TIMEOUT))
        except (self._pymilvus.MilvusException, grpc.RpcError, AttributeError):
            return None


def _library():
    """pymilvus, kept from writing its own account of every error to the terminal."""
    # We start children (reading of files) by fork and exec at once: gRPC need not look after them, nor say so.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    try:
        import pymilvus
    except ImportError as error:
        raise UsageError(
            '--store milvus 需要 pymilvus。请运行：pip install "pymilvus>=3,<4" "milvus-lite>=3.2,<4"',
            '--store milvus needs pymilvus. Run: pip install "pymilvus>=3,<4" "milvus-lite>=3.2,<4"',
        ) from error
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return pymilvus


def _size(row: Mapping) -> int:
    """About how many bytes a row takes on the wire."""
    total = 0
    for value in row.values():
        if isinstance(value, str):
            total += 3 * len(value) if not value.isascii() else len(value)
        elif isinstance(value, dict):
            total += 8 * len(value)
        else:
            total += 4 * getattr(value, "size", 2)
    return total
