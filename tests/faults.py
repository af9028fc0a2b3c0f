"""What the tests of faults share: a corpus, an ingest that can be killed, and all that an index tells a user.

The ingest runs in a process of its own and is the real one, but for its vectors: they are
made from characters in no time, so that a hundred ingests are a matter of seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONG = os.environ.get("WENJU_LONG") == "1"  # the loops at full length
SUBJECTS = ("潮汐发电", "盐井", "风车", "船坞", "灯塔", "运河")
QUESTIONS = ("潮汐发电是什么？", "盐井最怕什么？", "最大的风车有多高？")


def article(subject: str, number: int) -> str:
    """A short article of two sections, with the furniture of a page."""
    return (
        f"{subject}笔记\n\n{subject}是指当地人一代一代传下来的第 {number} 样东西，每年春天都要检修一次，"
        f"检修时先停下来，再把旧零件换掉，最后试着转动 {number} 圈。懂行的老人说，{subject}最怕潮湿，其次怕没人照看。\n\n"
        f"## 来历\n\n关于{subject}的来历有两种说法。一种说它来自海边，另一种说它来自山里，两种说法都没有文字可查。"
        f"有人量过，最大的{subject}高 {number + 3} 米，要 {number + 1} 个人一起才能让它动起来。\n\n点赞 {number}\n收藏\n"
    )


def make_corpus(folder: Path) -> Path:
    """Six articles that look as if they had been there for a while."""
    folder.mkdir(parents=True)
    for number, subject in enumerate(SUBJECTS):
        write(folder / f"{subject}.txt", article(subject, number))
    return folder


def write(path: Path, text: str) -> None:
    """Write a file with a time that can be trusted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    os.utime(path, (1_600_000_000, 1_500_000_000 + zlib.crc32(text.encode()) % 10**8))


_CHILD = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run in the background
sys.path.insert(0, {root!r})
import ingest.job, ingest.vectorise, qa.cli
from eval.bench.synthetic import Synthetic
ingest.job.open_embedder = lambda *_, **__: Synthetic()
ingest.vectorise.EMBED_BLOCK = 2
{before}
sys.exit(qa.cli.main(sys.argv[1:]))
"""


def start(*words: object, before: str = "", **more) -> subprocess.Popen:
    """`qa` with vectors that cost nothing, in a new process; `before` is run in it first."""
    code = _CHILD.format(root=str(ROOT), before=before)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WENJU_")}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        env={**environment, "LANG": "C.UTF-8"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


def run(*words: object, before: str = "", **more) -> tuple[int, str, str]:
    """(exit code, what was printed, messages) of `start`, ended. No traceback may reach a user."""
    process = start(*words, before=before, **more)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err, err
    return process.returncode, out, err


def ingest(corpus: Path, index: Path, *words: object, **more) -> tuple[int, str, str]:
    """`qa ingest`."""
    return run("ingest", corpus, "--index", index, *words, **more)


def told(index: Path) -> list:
    """All that an index tells a user: answers with citations and scores, articles, dropped lines."""
    from eval.bench.synthetic import Synthetic
    from ingest.generation import open_current
    from qa.ask import Asker

    open_current(index, full=True).release()
    asker = Asker(index)
    try:
        asker.opened._embedder = Synthetic()
        answers = [asker.ask(question) for question in QUESTIONS]
        return [
            [(a.found, a.confidence, a.text, [(c.path, c.title, c.span, c.quote, c.answer_spans, c.score) for c in a.citations]) for a in answers],
            [(one.id, one.title, count) for one, count in asker.opened.store.overview()],
            asker.opened.manifest["dropped"],
        ]
    finally:
        asker.opened.close()


def sums(index: Path) -> dict[str, str]:
    """The sums of all files of the published generation."""
    from ingest.generation import open_current

    generation = open_current(index)
    generation.release()
    return {name: facts["sha256"] for name, facts in generation.manifest["files"].items()}


def built(corpus: Path, index: Path) -> None:
    """An ingest in this process, where it is quicker."""
    from eval.bench.synthetic import Synthetic
    from ingest.build import build
    from ingest.job import Tools

    class Cheap(Tools):
        def embedder(self, model, device):
            return Synthetic()

    build(corpus, index, tools=Cheap())


def rebuilt(corpus: Path, folder: Path) -> list:
    """What an index built from nothing tells."""
    shutil.rmtree(folder, ignore_errors=True)
    built(corpus, folder)
    return told(folder)


def status(index: Path) -> dict:
    """`qa status --json`."""
    code, out, err = run("status", "--index", index, "--json")
    assert code == 0, err
    return json.loads(out)
