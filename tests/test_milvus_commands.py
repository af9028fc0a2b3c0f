"""Milvus as a user meets it: the commands, the doctor, the page, and what is said when it is not there."""

import importlib.util
import json
import shutil
import sys
import time
from pathlib import Path

import pytest

if not importlib.util.find_spec("pymilvus") or not importlib.util.find_spec("milvus_lite"):
    pytest.skip("pymilvus or milvus-lite is not installed", allow_module_level=True)

from ingest.errors import MismatchError, NoIndexError, StoreError, UsageError
from ingest.postings import WORDS
from ingest.stores.milvus import Server
from qa.stores import Place, open_asker

sys.path.insert(0, str(Path(__file__).parent))
from stores import LiteServer, prefix  # noqa: E402


def test_the_doctor_finds_a_milvus_that_answers_wrongly(uri, tmp_path, monkeypatch):
    """A lexical leg that gives nothing, and writes that are not seen at once, are told with a remedy."""
    from qa.doctor_milvus import checks

    where = Place(tmp_path, uri, prefix=prefix())
    assert [check.ok for check, _ in checks(where)] == [True, True, True, True, True, False]  # no index yet
    honest = Server.search
    monkeypatch.setattr(Server, "search", lambda self, name, field, *rest: [] if field == WORDS else honest(self, name, field, *rest))
    found = {check.name[1]: check for check, _ in checks(where)}
    assert not found["Chinese through the lexical legs"].ok and found["Read your write"].ok
    monkeypatch.setattr(Server, "lookup", lambda self, *_, **__: [])
    assert not {check.name[1]: check for check, _ in checks(where)}["Read your write"].ok
    assert not Server(uri, prefix=where.prefix).collections()


def test_a_server_that_is_too_old_is_refused(uri, monkeypatch):
    """Before 2.4 there is no sparse inner product."""
    import pymilvus

    monkeypatch.setattr(pymilvus.MilvusClient, "get_server_version", lambda *_: "v2.3.21")
    with pytest.raises(MismatchError, match="2.4"):
        Server(uri)


def test_nobody_there_and_nothing_there(tmp_path, uri):
    """Each has its own error; asking a file that is not there makes none."""
    with pytest.raises(StoreError, match="doctor"):
        Server("http://127.0.0.1:9")
    with pytest.raises(NoIndexError):
        Server(str(tmp_path / "none.db"))
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(NoIndexError, match="--store milvus"):
        open_asker(Place(tmp_path, uri, prefix=prefix()))
    with pytest.raises(UsageError, match="前缀"):
        Server(uri, prefix="a b")


def test_the_commands_work_on_a_file(qa, small_corpus, tmp_path):
    """ingest, ask, status, show and doctor by the settings file, with exit codes and JSON."""
    (tmp_path / "wenju.toml").write_text('store = "milvus"\nuri = "./m.db"\n', "utf-8")
    assert qa("ask", "什么是涌现").code == 10
    outcome = qa("ingest", small_corpus, "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["milvus"]["added"] == 3
    shutil.rmtree(tmp_path / ".wenju")  # nothing but Milvus is needed now
    asked = qa("ask", "什么是涌现", "--json")
    assert asked.code == 0 and json.loads(asked.out)["citations"][0]["path"] == "涌现.txt", asked.err
    status = json.loads(qa("status", "--json").out)
    assert (status["articles"], status["index"], status["generation"]) == (3, "./m.db", "000001")
    assert "分享到微博" in qa("show", "涌现.txt").out
    doctor = qa("doctor", "--json")
    assert doctor.code == 0 and all(check["ok"] for check in json.loads(doctor.out)), doctor.out


def test_a_file_that_another_process_has_open_says_so(tmp_path):
    """Milvus Lite lets one process in; the message names the server as the way out."""
    busy = LiteServer(tmp_path / "busy.db")
    try:
        with pytest.raises(StoreError, match="milvus-lite server"):
            Server(str(tmp_path / "busy.db"))
    finally:
        busy.stop()


def test_without_the_client_the_message_says_what_to_install(uri, monkeypatch):
    """It is an extra: nobody else has to have it."""
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(UsageError, match="pip install"):
        Server(uri)


WRONG = {
    "no address": (["--store", "milvus"], "--uri"),
    "no such kind of address": (["--uri", "somewhere"], "http://"),
    "an address for the local store": (["--store", "local", "--uri", "./m.db"], "--store milvus"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_half_a_milvus_is_wrong_usage(qa, words, said):
    """The message says what is missing."""
    outcome = qa("ask", "什么是涌现", *words)
    assert outcome.code == 2 and said in outcome.err


def test_the_page_asks_milvus_and_publishes_its_edits(uri, home):
    """An article added on the page is answered from a moment later."""
    from base64 import b64encode

    from qa.stores import publish
    from qa.web.desk import Desk

    where = Place(home / "index", uri, prefix=prefix())
    publish(where, where.connect())
    desk = Desk(where.index, where=where)
    assert desk.ask("什么是涌现")["citations"][0]["path"] == "涌现.txt" and desk.editing
    assert desk.status()["index"] == uri
    desk.shelf.add("新.txt", b64encode("蒸馏\n\n蒸馏是指用大模型的输出教小模型的方法。\n".encode()).decode())
    for _ in range(200):
        if not desk.shelf.job()["running"]:
            break
        time.sleep(0.05)
    assert not desk.shelf.job()["failed"], desk.shelf.job()
    assert desk.ask("什么是蒸馏")["citations"][0]["path"] == "新.txt"
