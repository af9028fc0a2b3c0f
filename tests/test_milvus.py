"""Publishing to Milvus: only what changed is written, by one writer, and never is half an ingest seen."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

if not importlib.util.find_spec("pymilvus") or not importlib.util.find_spec("milvus_lite"):
    pytest.skip("pymilvus or milvus-lite is not installed", allow_module_level=True)

from ingest.build import build
from ingest.errors import CorpusError, IngestRunningError, StoreError
from ingest.stores.milvus import Server
from ingest.stores.publish import publish_local
from ingest.stores.reader import MilvusReader
from ingest.stores.state import read_state
from ingest.stores.writer import MilvusWriter
from qa.ask import Asker
from qa.opened import Opened
from qa.remote import RemoteAsker

sys.path.insert(0, str(Path(__file__).parent))
from stores import DIM, QUESTIONS, bare, facts, part, text_of, unit, written  # noqa: E402

ROOT = Path(__file__).parents[1]


def test_pymilvus_has_one_door():
    """Only one module imports the client, and gRPC beside it."""
    found = set()
    for path in [*(ROOT / "ingest").rglob("*.py"), *(ROOT / "qa").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "") or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in ("pymilvus", "milvus_lite", "grpc") for name in names):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == {"ingest/stores/milvus.py"}


def test_only_what_changed_is_written(server, home):
    """A second publication writes nothing; one changed file is one new edition, and the rest stays."""
    corpus, index = home / "文章", home / "index"
    first = publish_local(Opened(index), server)
    assert (first.added, first.rewritten) == (3, True)
    again = publish_local(Opened(index), server)
    assert (again.generation, again.unchanged, again.rewritten) == (first.generation, 3, False)
    (corpus / "硬件.txt").write_text("训练用什么机器\n\n光子芯片用光做矩阵乘法,2031 年才有样品。\n", "utf-8")
    (corpus / "训练.md").unlink()
    build(corpus, index)
    second = publish_local(Opened(index), server)
    assert (second.added, second.changed, second.removed, second.unchanged, second.rewritten) == (0, 1, 1, 1, False)
    rows = server.count(server.name("passages", 1), f"born == {int(second.generation)}")
    assert rows == len(MilvusReader(server).rows_of("硬件.txt"))
    local, remote = Asker(index), RemoteAsker(index, server)
    for question in (*QUESTIONS, "光子芯片什么时候有样品"):
        assert bare(remote.ask(question)) == bare(local.ask(question)), question


def test_another_folder_does_not_take_an_index_over(server, home, tmp_path):
    """It is refused with the two ways out, and nothing is changed."""
    shutil.copytree(home, tmp_path / "other")
    publish_local(Opened(home / "index"), server)
    with pytest.raises(CorpusError, match="--replace"):
        publish_local(Opened(tmp_path / "other" / "index"), server)
    assert MilvusReader(server).manifest["corpus"] == str(home / "文章")
    publish_local(Opened(tmp_path / "other" / "index"), server, replace_corpus=True)
    assert MilvusReader(server).manifest["corpus"] == str(tmp_path / "other" / "文章")


def test_an_interrupted_publication_is_never_seen_and_leaves_nothing(server):
    """What was written before the interruption is invisible, and gone after the next ingest."""
    written(server, [part("a.txt", text_of(1)), part("b.txt", text_of(2))])
    before = MilvusReader(server)
    writer = MilvusWriter(server)
    writer.begin(DIM)
    writer.add([part("a.txt", text_of(3)), part("c.txt", text_of(4))])
    writer._send()
    writer.close()
    now = MilvusReader(server)
    assert now.stats() == before.stats() and now.ids == ["a.txt", "b.txt"]
    assert now.nearest(unit("x"), 50).rows.tolist() == before.nearest(unit("x"), 50).rows.tolist()
    written(server, [part("d.txt", text_of(5))])
    reader = MilvusReader(server)
    assert reader.ids == ["a.txt", "b.txt", "d.txt"]
    for table in ("passages", "articles", "pieces", "aliases"):
        editions = {row["edition"] for row in server.rows(server.name(table, 1), "born >= 0", ["edition"])}
        assert editions <= {*reader.editions, 0}


def test_an_ingest_killed_while_making_collections_is_no_obstacle(server, monkeypatch):
    """A collection that has no index yet gets it; nobody has to clean up by hand."""
    import pymilvus

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pymilvus.MilvusClient, "create_index", killed)
        with pytest.raises(KeyboardInterrupt):
            MilvusWriter(Server(server.uri, prefix=server.prefix)).begin(DIM)
    assert server.collections()
    written(server, [part("a.txt", text_of(1))])
    MilvusReader(server).check()


_WRITER = """
import sys
sys.path[:0] = sys.argv[3:5]
from stores import DIM, facts, part, text_of
from ingest.stores.milvus import Server
from ingest.stores.writer import MilvusWriter
server = Server(sys.argv[1], prefix=sys.argv[2])
step = int(sys.argv[5])
writer = MilvusWriter(server)
writer.begin(DIM)
print("begun", flush=True)
parts = [part(f"{number}.txt", text_of(1000 * step + number, 12), f"第{step}版") for number in range(12)]
writer.add(parts)
writer.publish(facts(parts))
writer.close()
"""


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.2])
def test_a_killed_ingest_leaves_the_old_generation_or_the_new_one_whole(server, delay):
    """kill -9 at any moment: every article is of one generation, and the next ingest succeeds."""
    old = [part(f"{number}.txt", text_of(number, 12), "第0版") for number in range(12)]
    written(server, old)
    command = [sys.executable, "-c", _WRITER, server.uri, server.prefix, str(ROOT), str(ROOT / "tests"), "1"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "begun\n"
    time.sleep(delay)
    child.kill()
    child.wait()
    child.stdout.close()
    reader = MilvusReader(server)
    reader.check()
    titles = {article.title for article, _ in reader.articles(reader.ids)}
    records = reader.fetch(range(reader.size))
    assert len(titles) == 1 and len(records) == reader.size and len(reader.nearest(unit("x"), reader.size).rows) == reader.size
    written(server, [part("neu.txt", text_of(77))])
    assert len(MilvusReader(server).ids) == 13


def test_one_writer_at_a_time(server):
    """A second ingest is refused while the first is at work; one that died is not waited for."""
    first = MilvusWriter(server)
    first.begin(DIM)
    with pytest.raises(IngestRunningError, match="qa ingest"):
        MilvusWriter(server).begin(DIM)
    first.close()
    second = MilvusWriter(server)
    second.begin(DIM)
    second.close()
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    host = os.uname().nodename[:60]
    row = {"pk": "claim/dead", "kind": "claim", "number": 0, "epoch": 0, "stamp": int(time.time()), "note": f"{host}:{child.stdout.strip()}"}
    server.write(server.name("current"), [row])
    written(server, [part("a.txt", text_of(1))])
    assert MilvusReader(server).ids == ["a.txt"]


def test_a_writer_that_was_taken_for_dead_does_not_publish(server):
    """Whoever wakes up after another has begun gives way, and what the other wrote stands."""
    asleep = MilvusWriter(server)
    asleep.begin(DIM)
    late = part("late.txt", text_of(1))
    asleep.add([late])
    server.delete(server.name("current"), 'kind == "claim"')  # as the other one does after a quarter of an hour
    written(server, [part("other.txt", text_of(2))])
    with pytest.raises(IngestRunningError):
        asleep.publish(facts([late]))
    asleep.close()


def test_what_is_not_wholly_there_is_not_published(server):
    """When Milvus counts fewer passages than were written, the old generation stays."""
    written(server, [part("a.txt", text_of(1))])
    writer = MilvusWriter(server)
    writer.begin(DIM)
    new = part("b.txt", text_of(2))
    writer.add([new])
    writer._send()
    server.delete(server.name("passages", 1), "born == 2 and ordinal == 0")
    with pytest.raises(StoreError, match="没有发布"):
        writer.publish(facts([new]))
    writer.close()
    assert MilvusReader(server).ids == ["a.txt"]


def test_reading_while_publishing_never_mixes_generations(server):
    """A reader that looks on during six publications sees every article of one generation, each time."""

    def version(number):
        return [part(f"{one}.txt", text_of(100 * number + one, 8), f"第{number}版") for one in range(8)]

    written(server, version(0))
    stop, seen, wrong = threading.Event(), set(), []

    def look():
        own = Server(server.uri, prefix=server.prefix)
        while not stop.is_set():
            try:
                look_once(own)
            except Exception as error:
                wrong.append(error)

    def look_once(own):
        reader = MilvusReader(own)
        try:
            titles = {article.title for article, _ in reader.articles(reader.ids)}
            rows = reader.nearest(unit("x"), reader.size).rows
            found = {record.passage.article_id for record in reader.fetch(rows)}
        except StoreError:
            if reader.is_current():
                raise
            return
        if reader.is_current():
            seen.update(titles)
            if len(titles) != 1 or len(found) != 8 or len(rows) != reader.size:
                wrong.append((titles, found, len(rows), reader.size))

    looking = [threading.Thread(target=look) for _ in range(2)]
    for thread in looking:
        thread.start()
    for number in range(1, 7):
        written(server, version(number))
    stop.set()
    for thread in looking:
        thread.join()
    assert not wrong and len(seen) > 2


def test_old_frequencies_do_not_pile_up(server):
    """However often an article changes, a term has at most the rows of two generations."""
    for number in range(5):
        written(server, [part("a.txt", text_of(1) + f"第{number}次修改。")])
    rows = list(server.rows(server.name("terms", 1), "born >= 0", ["number"]))
    assert max(Counter(row["number"] for row in rows).values()) <= 2
    assert server.count(server.name("current"), 'kind == "generation"') == 2


def test_another_model_writes_everything_afresh(server):
    """Vectors of another length go into collections of their own; the old ones go with the next ingest."""
    written(server, [part("a.txt", text_of(1))])
    old = MilvusReader(server)
    writer = MilvusWriter(server)
    writer.begin(24)
    wide = [part("b.txt", text_of(2), dim=24)]
    writer.add(wide)
    writer.publish(facts(wide, 24))
    writer.close()
    assert old.fetch([0])[0].vector.shape == (DIM,)
    assert MilvusReader(server).fetch([0])[0].vector.shape == (24,) and server.epochs() == {1, 2}
    again = MilvusWriter(server)
    again.begin(24)
    again.close()
    assert server.epochs() == {2}


def test_a_drifted_mean_length_starts_afresh(server, home):
    """When passages have become much longer, weights are written anew; answers stay those of the local index."""
    index = home / "index"
    publish_local(Opened(index), server)
    for number in range(2):
        (home / "文章" / f"长{number}.txt").write_text(f"长文{number}\n\n" + text_of(number, 20), "utf-8")
    build(home / "文章", index)
    assert not publish_local(Opened(index), server).rewritten  # noticed by the next one
    assert publish_local(Opened(index), server).rewritten and read_state(server)["epoch"] == 2
    local, remote = Asker(index), RemoteAsker(index, server)
    for question in QUESTIONS[:4]:
        assert bare(remote.ask(question)) == bare(local.ask(question)), question
