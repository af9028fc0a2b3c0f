"""Reading from Milvus: the same answers as the local index, and never a silently shorter list."""

import importlib.util
import sys
from pathlib import Path

import pytest

if not importlib.util.find_spec("pymilvus") or not importlib.util.find_spec("milvus_lite"):
    pytest.skip("pymilvus or milvus-lite is not installed", allow_module_level=True)

from ingest.build import build
from ingest.doubt import doubted
from ingest.errors import StoreError, UsageError
from ingest.postings import WORDS
from ingest.stores.milvus import Server
from ingest.stores.publish import publish_local
from ingest.stores.reader import MilvusReader
from qa.ask import Asker
from qa.filter import Filter, day
from qa.opened import Opened
from qa.remote import RemoteAsker

sys.path.insert(0, str(Path(__file__).parent))
from stores import QUESTIONS, bare, part, text_of, unit, written  # noqa: E402


def test_answers_are_those_of_the_local_index(server, small_index):
    """Passages, their order, scores, confidence, explanations, filtered or not."""
    publish_local(Opened(small_index), server)
    local, remote = Asker(small_index), RemoteAsker(small_index, server)
    for question in QUESTIONS:
        assert bare(remote.ask(question, explain=True)) == bare(local.ask(question, explain=True)), question
    assert remote.opened.store.passages([2, 0]) == local.opened.store.passages([2, 0])
    for where in (Filter(since=day("2024")), Filter(source="*.md")):
        assert bare(remote.ask("什么是过拟合", where=where)) == bare(local.ask("什么是过拟合", where=where))
    for asker in (local, remote):
        with pytest.raises(UsageError, match="没有一篇文章"):
            asker.ask("什么是过拟合", where=Filter(since=day("2030")))


def test_questions_asked_side_by_side_have_the_same_answers(server, small_index):
    """Sixteen at once over one connection, with nothing fetched yet."""
    from concurrent.futures import ThreadPoolExecutor

    publish_local(Opened(small_index), server)
    local, remote = Asker(small_index), RemoteAsker(small_index, server)
    wanted = {question: bare(local.ask(question)) for question in QUESTIONS}
    with ThreadPoolExecutor(16) as pool:
        for question, answer in zip(QUESTIONS * 4, pool.map(remote.ask, QUESTIONS * 4), strict=True):
            assert bare(answer) == wanted[question], question


LOSSES = {
    "a passage": ("passages", lambda reader: f'pk == "{reader.key_of_row(3)}"'),
    "half of the passages": ("passages", lambda reader: f"edition in [{reader.editions[0]}, {reader.editions[1]}]"),
}


@pytest.mark.parametrize(("table", "lost"), LOSSES.values(), ids=LOSSES)
def test_a_short_answer_is_an_error(server, table, lost):
    """When Milvus does not give what was published, no leg answers with what is left."""
    written(server, [part(f"{number}.txt", text_of(number)) for number in range(4)])
    reader, size = MilvusReader(server), MilvusReader(server).size
    server.delete(server.name(table, 1), lost(reader))
    for ask in (
        reader.check,
        MilvusReader(server).stats,
        lambda: reader.nearest(unit("x"), size),
        lambda: reader.matching(WORDS, {"模型": 1.0}, size),
        lambda: reader.fetch(range(size)),
    ):
        with pytest.raises(StoreError, match="不完整"):
            ask()


def test_rows_that_a_cheap_read_misses_are_asked_for_again(server):
    """What a server that lags behind does not give yet comes with the stronger read."""

    class Lagging(Server):
        def lookup(self, collection, field, values, fields, condition="", at_once=1000, level="Strong"):
            found = super().lookup(collection, field, values, fields, condition, at_once, level)
            return found if level == "Strong" else found[1::2]

    written(server, [part("a.txt", text_of(1)), part("b.txt", text_of(2))])
    reader = MilvusReader(Lagging(server.uri, prefix=server.prefix))
    assert [record.passage for record in reader.fetch(range(reader.size))] == [
        record.passage for record in MilvusReader(server).fetch(range(reader.size))
    ]
    assert all(reader.articles(reader.ids))


def test_a_node_that_is_down_is_noticed_although_the_search_is_not_short(server, small_index, monkeypatch):
    """On a cluster every question counts: a full list of hits from a part of the passages is an error."""
    publish_local(Opened(small_index), server)
    asker = RemoteAsker(small_index, server)
    question = "什么是涌现"
    far = int(asker.opened.vectors.nearest(asker.opened.embed(question).vector, asker.opened.vectors.size)[0][-1])
    key = asker.opened.reader.key_of_row(far)
    server.delete(server.name("passages", 1), f'pk == "{key}"')
    monkeypatch.setattr(Server, "lite", False)
    with pytest.raises(StoreError, match="不完整"):
        asker.ask(question)


def test_searches_of_a_fresh_generation_are_strongly_consistent(server, small_index, monkeypatch):
    """Milvus' default shows deleted rows and misses fresh ones; it will do when the generation is long published."""
    import pymilvus

    publish_local(Opened(small_index), server)
    asked = []
    for name in ("search", "query", "query_iterator"):
        honest = getattr(pymilvus.MilvusClient, name)

        def spy(self, *words, _honest=honest, _name=name, **options):
            asked.append((_name, options["consistency_level"], options["filter"]))
            return _honest(self, *words, **options)

        monkeypatch.setattr(pymilvus.MilvusClient, name, spy)
    asker = RemoteAsker(small_index, server)
    asker.ask("什么是涌现")
    assert {level for name, level, _ in asked if name == "search"} == {"Strong"}
    assert all(condition.startswith("(pk in ") for _, level, condition in asked if level != "Strong")
    asker.opened.reader.opened -= 60
    asked.clear()
    asker.ask("怎样减轻过拟合")
    assert {level for name, level, _ in asked if name == "search"} == {"Bounded"}
    assert [level for _, level, condition in asked if "generation" in condition] == ["Strong"]


def test_a_missing_text_is_an_error(server):
    """Articles, tokens and manifests come whole or not at all."""
    written(server, [part("a.txt", text_of(1, 4_000))])
    reader = MilvusReader(server)
    pieces = server.name("pieces", 1)
    owner = f"{reader.editions[0]:016x}"
    assert server.count(pieces, f'owner == "{owner}"') > 1
    server.delete(pieces, f'pk == "{owner}~1"')
    with pytest.raises(StoreError, match=owner):
        reader.articles(["a.txt"])
    server.delete(pieces, f'owner == "contents@{reader.number}"')
    with pytest.raises(StoreError, match="contents"):
        MilvusReader(server)


def test_an_asker_answers_from_the_newest_generation(server, home):
    """One ingest later, when its own generation can still be read, and two later, when it is half gone."""
    publish_local(Opened(home / "index"), server)
    remote = RemoteAsker(home / "index", server)
    question = "光子芯片什么时候有样品"
    for year, publications in ((2031, 1), (2032, 2)):
        (home / "文章" / "硬件.txt").write_text(f"训练用什么机器\n\n光子芯片用光做矩阵乘法,{year} 年才有样品。\n", "utf-8")
        build(home / "文章", home / "index")
        for again in range(publications):
            publish_local(Opened(home / "index"), server, rebuild=bool(again))
        answer = remote.ask(question)
        assert str(year) in answer.citations[0].quote
    assert bare(answer) == bare(Asker(home / "index").ask(question))


def test_a_failure_has_nothing_to_do_with_the_index_beside_the_server(server, home, monkeypatch):
    """What fails is told as it is: the folder is not looked at, and no doubt is cast on it."""
    publish_local(Opened(home / "index"), server)
    remote = RemoteAsker(home / "index", server)
    opened = remote.opened
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr("qa.ask.retrieve", lambda *_: 1 / 0)
        remote.ask(QUESTIONS[0])
    assert remote.opened is opened and not doubted(home / "index")
    assert remote.ask(QUESTIONS[0]).citations
