"""`qa watch`: changed articles are answerable a moment later, and nothing ends the watch but Ctrl-C."""

from __future__ import annotations

import json
import queue
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request

import pytest

from tests.faults import article, make_corpus, rebuilt, start, told, write

_PATIENCE = 40  # seconds, on a busy machine


class Watching:
    """A `qa watch` in a process of its own, and the lines it prints."""

    def __init__(self, corpus, index, before: str = "") -> None:
        self.process = start("watch", corpus, "--index", index, "--json", before=before)
        self.reports: queue.Queue = queue.Queue()
        self.messages: queue.Queue = queue.Queue()
        for stream, lines in ((self.process.stdout, self.reports), (self.process.stderr, self.messages)):
            threading.Thread(target=lambda s=stream, q=lines: [q.put(line) for line in s], daemon=True).start()

    def report(self) -> dict:
        """The next ingest."""
        return json.loads(self.reports.get(timeout=_PATIENCE))

    def message(self, part: str) -> str:
        """The next message that holds `part`."""
        while True:
            line = self.messages.get(timeout=_PATIENCE)
            if part in line:
                return line

    def end(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(_PATIENCE)


@pytest.fixture
def corpus(tmp_path):
    """Six short articles."""
    return make_corpus(tmp_path / "文章")


@pytest.fixture
def watching(corpus, tmp_path):
    """A watch that has ingested the corpus."""
    watch = Watching(corpus, tmp_path / "索引")
    assert watch.report()["articles"] == 6
    watch.message("正在监视")
    yield watch
    watch.process.kill()
    watch.process.wait()


def test_changes_are_ingested_as_they_come(watching, corpus, tmp_path):
    """An added, a changed and a removed article, one after another: each is one ingest, and the result is that of a rebuild."""
    write(corpus / "水坝.txt", article("水坝", 7))
    assert watching.report()["added"] == 1
    write(corpus / "盐井.txt", article("盐井", 9))
    assert watching.report()["changed"] == 1
    (corpus / "运河.txt").unlink()
    report = watching.report()
    assert report["vanished"] == 1 and report["articles"] == 6
    assert told(tmp_path / "索引") == rebuilt(corpus, tmp_path / "新建")
    assert watching.end() == 0
    assert "停止监视" in watching.message("停止监视")


def test_a_file_written_in_steps_is_one_ingest(watching, corpus):
    """An editor that writes, renames and touches within a moment causes one ingest of the last state."""
    text = article("水坝", 7)
    for end in (40, 120, len(text)):
        (corpus / "水坝.txt.tmp").write_text(text[:end], "utf-8")
        (corpus / "水坝.txt").write_text(text[:end], "utf-8")
        time.sleep(0.05)
    assert watching.report()["added"] == 1
    with pytest.raises(queue.Empty):
        watching.reports.get(timeout=2)


def test_other_files_and_the_index_cause_nothing(watching, corpus):
    """Pictures, hidden files and folders are none of ours."""
    (corpus / "图.png").write_bytes(b"x")
    (corpus / ".隐藏.txt").write_text("x", "utf-8")
    (corpus / ".git").mkdir()
    (corpus / ".git" / "a.txt").write_text("x", "utf-8")
    with pytest.raises(queue.Empty):
        watching.reports.get(timeout=2)


def test_a_broken_file_is_reported_and_the_watch_goes_on(watching, corpus):
    """A file that cannot be read is skipped with its reason; the next one is taken up."""
    (corpus / "坏.pdf").write_bytes(b"%PDF-1.4 nothing")
    report = watching.report()
    assert [one["path"] for one in report["skipped"]] == ["坏.pdf"] and report["articles"] == 6
    write(corpus / "水坝.txt", article("水坝", 7))
    assert watching.report()["articles"] == 7


def test_folders_are_moved_in_and_out(watching, corpus, tmp_path):
    """A folder counts with all it holds, whatever its name looks like."""
    write(tmp_path / "2024.03" / "水坝.txt", article("水坝", 7))
    shutil.move(tmp_path / "2024.03", corpus / "2024.03")
    assert watching.report()["added"] == 1
    shutil.move(corpus / "2024.03", tmp_path / "2024.03")
    assert watching.report()["vanished"] == 1


def test_a_full_disk_is_said_and_tried_again(corpus, tmp_path):
    """While nothing can be written the watch says so and goes on; with room again it ingests by itself."""
    limit = (
        "import resource, signal, threading\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))\n"
        "threading.Timer(2.5, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)).start()"
    )
    watch = Watching(corpus, tmp_path / "索引", before=limit)
    try:
        watch.message("qa:")
        assert watch.report()["articles"] == 6
        assert watch.end() == 0
    finally:
        watch.process.kill()
        watch.process.wait()


def test_a_folder_that_is_gone_is_waited_for(watching, corpus, tmp_path):
    """The folder moved away: one message, the index stays; when it is back, the watch goes on."""
    before = told(tmp_path / "索引")
    shutil.move(corpus, tmp_path / "别处")
    watching.message("等它回来")
    assert told(tmp_path / "索引") == before
    write(tmp_path / "别处" / "水坝.txt", article("水坝", 7))
    shutil.move(tmp_path / "别处", corpus)
    assert watching.report()["added"] == 1


def test_a_folder_that_never_was_is_not_waited_for(tmp_path):
    """Nothing was ever built from it: most likely its name is misspelt."""
    watch = Watching(tmp_path / "文張", tmp_path / "索引")
    assert "文張 不存在" in watch.message("qa:")
    assert watch.process.wait(_PATIENCE) == 2


def test_an_ingest_that_fails_is_tried_again(corpus, tmp_path):
    """While another ingest holds the lock the watch says so once, and goes on when it has ended."""
    index = tmp_path / "索引"
    index.mkdir()
    lock = "import fcntl, os\nf = os.open(sys.argv[1] + '/lock', os.O_RDWR | os.O_CREAT)\nfcntl.flock(f, fcntl.LOCK_EX)\nprint('there', flush=True)\nsys.stdin.read()\nsys.exit()"
    other = start(index, before=lock, stdin=subprocess.PIPE)
    assert other.stdout.readline() == "there\n"
    watch = Watching(corpus, index)
    assert "另一个 qa ingest" in watch.message("qa:")
    other.communicate("", timeout=10)
    assert watch.report()["articles"] == 6
    assert watch.end() == 0


def test_page_takes_up_what_the_watch_published(watching, corpus, tmp_path):
    """A running page answers from a new article within two seconds of its publication."""
    before = "import qa.opened; qa.opened.open_embedder = lambda *_, **__: Synthetic()"
    page = start("page", "--index", tmp_path / "索引", "--port", "0", before=before)
    try:
        address = ""
        while "http://" not in address:
            address = page.stderr.readline() or page.stdout.readline()
        address = re.search(r"http://[\w.:]+", address).group()

        def sources() -> list[str]:
            body = json.dumps({"question": "水坝是什么？", "k": 5}).encode()
            call = urllib.request.Request(f"{address}/gradio_api/call/v2/ask", body, {"Content-Type": "application/json"})
            event = json.loads(urllib.request.urlopen(call).read())["event_id"]
            told = urllib.request.urlopen(f"{address}/gradio_api/call/ask/{event}").read().decode()
            answer = json.loads(next(line for line in told.splitlines() if line.startswith("data:"))[5:])[0]
            return [one["path"] for one in answer["citations"]]

        assert "水坝.txt" not in sources()
        write(corpus / "水坝.txt", article("水坝", 7))
        watching.report()
        published = time.monotonic()
        while "水坝.txt" not in sources():
            assert time.monotonic() - published < 2 + 2
        assert time.monotonic() - published < 4
    finally:
        page.kill()
        page.wait()
