"""`qa doctor --uri …`: is this Milvus one that answers as the local index does?

A small index of our own sentences is written under a name of its own, asked, changed, and
removed again: the Chinese probe goes through the very legs that questions go through.
"""

from __future__ import annotations

import importlib.metadata
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ingest.aliases import find_aliases
from ingest.calibrate import Calibration
from ingest.errors import StoreError, WenjuError
from ingest.modelkey import model_key, text_key
from ingest.postings import PAIRS, WORDS
from ingest.records import Entry
from ingest.searchtext import search_text
from ingest.split import split
from ingest.stores.base import Facts, Part, Piece
from ingest.terms import TERMS_VERSION, pairs, terms
from ingest.types import Article, Cleaned, Span
from qa.doctor import Check
from qa.stores import Place

if TYPE_CHECKING:
    from ingest.stores.milvus import Server

_DIM = 8
_UPSERTS = 5  # timed one by one; the median is shown
_SLOW_SECONDS = 2.0  # for a write that is read at once: more says that the cluster is not well
_WANTED_REPLICAS = 2  # with fewer, a query node that goes down takes the answers with it
_PROBES = {  # article -> (its text, a question that it alone answers)
    "涌现.txt": ("涌现是指模型的规模超过某个阈值之后，突然出现小模型所没有的能力。", "什么是涌现能力"),
    "过拟合.txt": ("过拟合是指模型在训练集上表现很好，在没有见过的数据上表现很差。", "怎样判断过拟合"),
    "倒排索引.txt": ("倒排索引是从词到文档的对照表，查询时只看含有这些词的文档。", "倒排索引的作用"),
}
_FRESH = ("蒸馏.txt", "蒸馏是指用大模型的输出教小模型，让小模型学到相近的能力。", "知识蒸馏怎样做")

Checked = tuple[Check, int]


def checks(where: Place) -> Iterator[Checked]:
    """Each check with the exit code that stands for its failure; those that need a connection end without one."""
    yield _library(), 1
    try:
        server = where.connect()
    except WenjuError as error:
        yield _failed(("连接", "Connection"), error)
        return
    kind = "Milvus Lite" if server.lite else "Milvus"
    yield Check(("连接", "Connection"), True, f"{kind} {server.version} · {where.uri}"), 0
    yield from _probed(where, server)
    yield from _index(server)


def _library() -> Check:
    try:
        return Check(("pymilvus", "pymilvus"), True, importlib.metadata.version("pymilvus"))
    except importlib.metadata.PackageNotFoundError:
        remedy = ('运行：pip install "pymilvus>=3,<4" "milvus-lite>=3.2,<4"', 'Run: pip install "pymilvus>=3,<4" "milvus-lite>=3.2,<4"')
        return Check(("pymilvus", "pymilvus"), False, "missing / 未安装", remedy)


def _failed(name: tuple[str, str], error: WenjuError) -> Checked:
    return Check(name, False, error.zh, (error.zh, error.en)), error.exit_code


def _tried(name: tuple[str, str], look: Callable[[], tuple[bool, str]], remedy: tuple[str, str]) -> Checked:
    try:
        ok, seen = look()
    except WenjuError as error:
        return _failed(name, error)
    return Check(name, ok, seen, remedy), 0 if ok else 1


def _probed(where: Place, server: Server) -> Iterator[Checked]:
    """The checks that write: into collections of their own, which are removed in the end."""
    from ingest.stores.milvus import Server
    from ingest.stores.remote import MilvusStore

    probe = Server(where.uri, where.token, f"{where.prefix}_doctor_{uuid.uuid4().hex[:8]}", True, where.replicas)
    store = MilvusStore(probe, _DIM)
    tell = ("请确认 Milvus 的版本和负载；写入和检索都应立即可见。", "Check version and load of Milvus; writes must be seen at once.")
    try:
        yield _tried(("中文检索", "Chinese through the lexical legs"), lambda: _using(store, _chinese), tell)
        yield _tried(("新段落的排名", "Rank of a fresh passage"), lambda: _using(store, _fresh), tell)
        yield _tried(("写后即读", "Read your write"), lambda: _written(probe), tell)
    finally:
        try:
            store.abandon()
            for name in probe.collections():
                probe.drop(name)
        except StoreError as error:
            yield _failed(("清理", "Cleaning up"), error)


def _using(store, look: Callable) -> tuple[bool, str]:
    """`look` at the store; what it left half done does not trouble the next check."""
    try:
        return look(store)
    finally:
        store.abandon()


def _chinese(store) -> tuple[bool, str]:
    """Each question finds its passage first, by words and by pairs of characters."""
    parts = [_part(id_, text) for id_, (text, _) in _PROBES.items()]
    store.add(parts)
    store.publish(_facts(parts))
    reader = store.reader()
    found = [_first(reader, field, question) == id_ for id_, (_, question) in _PROBES.items() for field in (WORDS, PAIRS)]
    return all(found), f"{sum(found)}/{len(found)}"


def _fresh(store) -> tuple[bool, str]:
    """A passage of a second ingest is weighed by the whole collection, and a deleted one is gone at once."""
    id_, text, question = _FRESH
    parts = [_part(id_, text), *(_part(one, found) for one, (found, _) in list(_PROBES.items())[1:])]
    gone, (_, asked) = next(iter(_PROBES.items()))
    store.add(parts[:1])
    store.delete([gone])
    store.publish(_facts(parts))
    reader = store.reader()
    right = [_first(reader, field, question) == id_ for field in (WORDS, PAIRS)]
    right += [_first(reader, field, asked) != gone for field in (WORDS, PAIRS)]
    right.append(abs(reader.idf(WORDS, "蒸馏") - reader.idf_of(1)) < 1e-9)
    return all(right), f"{sum(right)}/{len(right)}"


def _written(server: Server) -> tuple[bool, str]:
    """A row that was written, overwritten, deleted is read back so at once; the median time of one upsert."""
    name, times, right = server.name("current"), [], []
    for number in range(_UPSERTS):
        row = {"pk": "probe", "kind": "probe", "number": number, "epoch": 0, "stamp": 0, "note": ""}
        started = time.perf_counter()
        server.write(name, [row])
        times.append(time.perf_counter() - started)
        right.append([found["number"] for found in server.lookup(name, "pk", ["probe"], ["number"])] == [number])
    server.delete_keys(name, "pk", ["probe"])
    right.append(not server.lookup(name, "pk", ["probe"], ["number"]))
    median = statistics.median(times)
    return all(right) and median < _SLOW_SECONDS, f"{sum(right)}/{len(right)} · upsert {1000 * median:.0f} ms"


def _index(server: Server) -> Iterator[Checked]:
    """What is published: all of it there, and in how many copies."""
    from ingest.stores.reader import MilvusReader
    from qa.opened import check_version

    name = ("索引", "Index")
    try:
        reader = MilvusReader(server)
        check_version(reader.manifest)
        stats = reader.stats()
        rows = range(0, stats.passages, max(1, stats.passages // 50))  # a sample of about 50, texts included
        reader.fetch(rows)
        reader.articles(list(dict.fromkeys(reader.ids[reader.place_of_row(row)] for row in rows)))
    except WenjuError as error:
        yield _failed(name, error)
        return
    seen = f"{stats.generation}: {stats.articles} 篇 / articles, {stats.passages} 段 / passages"
    yield Check(name, True, seen), 0
    copies = server.replicas(reader.table("passages"))
    if copies is None:
        yield Check(("副本", "Replicas"), True, "Milvus Lite: 1（单机 / one machine）"), 0
    else:
        few = "" if copies >= _WANTED_REPLICAS else f"（生产环境建议至少 {_WANTED_REPLICAS} / production wants {_WANTED_REPLICAS}）"
        yield Check(("副本", "Replicas"), copies > 0, f"{copies}{few}", ("集合没有加载。", "The collection is not loaded.")), 0


def _first(reader, field: str, question: str) -> str:
    """The article of the best passage; "" without one."""
    cut = {WORDS: terms, PAIRS: pairs}[field]
    found = reader.matching(field, dict.fromkeys(cut(question), 1.0), 1)
    return reader.fetch(found.rows)[0].passage.article_id if len(found.rows) else ""


def _part(id_: str, text: str) -> Part:
    """A probe as an article, with a vector that says nothing."""
    import numpy as np

    article = Article(id_, id_, id_.removesuffix(".txt"), text, "")
    cleaned = Cleaned((Span(0, len(text)),), ())
    vector = np.eye(_DIM, dtype=np.float32)[len(text) % _DIM]
    pieces = tuple(
        Piece(passage, text_key(model_key(), search_text(article, passage)), vector, vector[None])
        for passage in split(article, cleaned)
    )
    return Part(Entry(article, article, cleaned, 0, 0, b""), pieces, tuple(find_aliases(article, cleaned)))


def _facts(parts: list[Part]) -> Facts:
    import numpy as np

    manifest = {
        "model": {"name": "probe", "key": "probe", "dim": _DIM}, "terms": TERMS_VERSION, "corpus": "",
        "articles": len(parts), "passages": sum(len(part.pieces) for part in parts), "dropped": {}, "skipped": {},
    }  # fmt: skip
    return Facts(manifest, np.zeros(_DIM, np.float32), Calibration(0.0, 1.0))
