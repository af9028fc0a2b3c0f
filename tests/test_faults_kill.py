"""An ingest that is killed at any moment, or interrupted, or not alone."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import time

import pytest

from ingest.errors import NoIndexError
from ingest.generation import open_current
from tests.faults import LONG, article, built, ingest, make_corpus, rebuilt, start, sums, told, write

KILLS = 300 if LONG else 3
RIVALS = 50 if LONG else 1


@pytest.fixture
def corpus(tmp_path):
    """Six short articles."""
    return make_corpus(tmp_path / "文章")


def _seconds(corpus, index) -> float:
    """How long an ingest takes here."""
    started = time.monotonic()
    assert ingest(corpus, index)[0] == 0
    return time.monotonic() - started


@pytest.mark.parametrize("what", ["first", "incremental", "rebuild"])
def test_killed_ingest_loses_nothing(corpus, tmp_path, what):
    """kill -9 at random moments: the index says what it said before or what it should say now; the next ingest writes a rebuild's bytes."""
    index, chance = tmp_path / "索引", random.Random(what)
    whole = _seconds(corpus, index)
    before = told(index)
    for number in range(KILLS // 3):
        if what == "first":
            shutil.rmtree(index)
        elif what == "incremental":
            write(corpus / f"新{number % 4}.txt", article("水坝", number))
        allowed = [before, rebuilt(corpus, tmp_path / "新建")]
        process = start("ingest", corpus, "--index", index, *(["--rebuild"] if what == "rebuild" else []))
        time.sleep(chance.uniform(0.2, 1.1) * whole)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        try:
            seen = told(index)
        except NoIndexError:
            assert what == "first"
            seen = before
        assert seen in allowed
        assert ingest(corpus, index)[0] == 0  # nothing to repair
        before = told(index)
        assert before == allowed[1]
        assert sums(index) == sums(tmp_path / "新建")
        assert not list((index / "generations").glob("draft-*"))


def test_vectors_paid_for_before_a_kill_are_not_paid_for_again(corpus, tmp_path):
    """What an ingest had embedded when it was killed is there for the next one, all but a block."""
    index = tmp_path / "索引"
    slow = (
        "real = Synthetic.embed_passages\n"
        "def slow(self, texts, progress=None):\n"
        "    import time; time.sleep(0.05); print(len(texts), flush=True); return real(self, texts, progress)\n"
        "Synthetic.embed_passages = slow"
    )
    process = start("ingest", corpus, "--index", index, before=slow)
    paid = [int(process.stdout.readline()) for _ in range(3)]
    process.kill()
    process.communicate()
    code, out, _ = ingest(corpus, index, before=slow)
    again = [int(line) for line in out.split()]
    _, out, _ = ingest(corpus, tmp_path / "新建", before=slow)
    total = sum(int(line) for line in out.split())
    assert code == 0 and sum(again) <= total - sum(paid[:-1])
    assert told(index) == told(tmp_path / "新建")


def test_one_of_two_ingests_is_told_to_wait(corpus, tmp_path):
    """Two at once: one works, the other exits 11 at once and changes nothing."""
    index = tmp_path / "索引"
    hold = (
        "import ingest.build as m\nreal = m.publish\n"
        "def wait(*values):\n    print('there', flush=True); sys.stdin.readline(); return real(*values)\nm.publish = wait"
    )
    for number in range(RIVALS):
        write(corpus / "新.txt", article("水坝", number))
        first = start("ingest", corpus, "--index", index, before=hold, stdin=subprocess.PIPE)
        assert first.stdout.readline() == "there\n"
        code, _, err = ingest(corpus, index)
        assert code == 11 and "qa ingest" in err
        assert first.poll() is None  # the other did not wait for it
        first.communicate("go\n", timeout=30)
        assert first.returncode == 0
        assert told(index) == rebuilt(corpus, tmp_path / "新建")


@pytest.mark.parametrize("stage", ["read", "split", "embed", "publish"])
def test_interrupted_ingest_says_what_is_kept(corpus, tmp_path, stage):
    """Ctrl-C in any stage: one line, exit code 130, the old index serves, and the next ingest is complete."""
    index = tmp_path / "索引"
    built(corpus, index)
    before = told(index)
    write(corpus / "新.txt", article("水坝", 7))
    stop = {
        "read": "import ingest.job as m; m.Reader.read_many = lambda *_: wait()",
        "split": "import ingest.segment as m; m.split = lambda *_: wait()",
        "embed": "Synthetic.embed_passages = lambda *_: wait()",
        "publish": "import ingest.build as m; m.publish = lambda *_: wait()",
    }[stage]
    wait = "def wait():\n    import time\n    print('there', flush=True)\n    time.sleep(30)\n"
    process = start("ingest", corpus, "--index", index, before=wait + stop)
    assert process.stdout.readline() == "there\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "Traceback" not in err
    assert len(err.strip().splitlines()) == 1 and ("保留" in err or "原有" in err)
    assert told(index) == before
    assert ingest(corpus, index)[0] == 0
    assert told(index) == rebuilt(corpus, tmp_path / "新建")


def test_readers_keep_what_they_opened(corpus, tmp_path):
    """An index that is being asked stays whole while ingests come and go; then old ones are removed."""
    index = tmp_path / "索引"
    built(corpus, index)
    held = open_current(index)
    for number in range(3):
        write(corpus / "新.txt", article("水坝", number))
        built(corpus, index)
    assert all((held.folder / name).is_file() for name in held.manifest["files"])
    held.release()
    write(corpus / "新.txt", article("水坝", 9))
    built(corpus, index)
    assert len([path for path in (index / "generations").iterdir()]) == 2


def test_kill_leaves_no_process_behind(corpus, tmp_path):
    """The children that read files end with the ingest that was killed."""
    marker = str(tmp_path / "索引")
    slow = "import ingest.build as m\nreal = m.clean\ndef slow(*a):\n    import time; print('there', flush=True); time.sleep(30)\nm.clean = slow"
    process = start("ingest", corpus, "--index", marker, before=slow)
    assert process.stdout.readline() == "there\n"
    process.kill()
    process.communicate(timeout=10)  # ends only when no child holds the pipes
    time.sleep(0.3)
    left = subprocess.run(["pgrep", "-f", marker], check=False, capture_output=True, text=True).stdout
    assert not left.strip()
