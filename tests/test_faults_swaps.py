"""Opening and asking from several processes while one generation after another is published."""

from __future__ import annotations

import json
import subprocess
import sys

from eval.bench.synthetic import Synthetic
from ingest import job
from ingest.build import build
from tests.faults import LONG, ROOT, make_corpus, write

SWAPS, OPENS, PROCESSES = (300, 20_000, 3) if LONG else (8, 80, 2)
_READER = f"""
import json, sys
sys.path.insert(0, {str(ROOT)!r})
import qa.opened
from eval.bench.synthetic import Synthetic
qa.opened.open_embedder = lambda *_, **__: Synthetic()
from ingest.generation import open_current
from qa.ask import Asker
index, wanted, opens, asked, mixed, errors, seen = __import__("pathlib").Path(sys.argv[1]), int(sys.argv[2]), 0, 0, 0, [], set()
print("there", flush=True)
stop = False
while not stop or opens < wanted:
    try:
        if opens % 8:  # the manifest and every file that it lists are of one generation
            generation = open_current(index)
            files = generation.manifest["files"]
            mixed += any((generation.folder / name).stat().st_size != facts["size"] for name, facts in files.items())
            mixed += len(generation.warnings)
            generation.release()
        else:  # and so is an answer
            asker = Asker(index)
            texts = [asker.opened.store.article(name + ".txt").text for name in "甲乙"]
            numbers = {{text.split("水位是")[1].split("米")[0] for text in texts}}
            numbers |= {{c.quote.split("水位是")[1].split("米")[0] for c in asker.ask("水库的水位是多少米").citations if "水位是" in c.quote}}
            mixed += len(numbers) != 1
            seen |= numbers
            asked += 1
            asker.opened.close()
        opens += 1
    except Exception as error:
        errors.append(repr(error))
        opens += 1
    if not opens % 5:
        import select
        stop = stop or bool(select.select([sys.stdin], [], [], 0)[0])
print(json.dumps([opens, asked, mixed, errors[:3], len(seen)]))
"""


def _write(corpus, number: int) -> None:
    """Two articles that always carry the same number: whoever mixes generations sees two."""
    for name in "甲乙":
        write(corpus / f"{name}.txt", f"{name}号水库的记录\n\n水位\n\n{name}号水库的水位是{number}米，由值班员每天早上记录一次。\n")


def test_opening_and_asking_during_swaps(tmp_path, monkeypatch):
    """Several processes open and ask while generations come and go: no error, no warning, never parts of two generations."""
    monkeypatch.setattr(job, "open_embedder", lambda *_, **__: Synthetic())
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    _write(corpus, 1000)
    build(corpus, index)
    words = [sys.executable, "-c", _READER, str(index), str(-(-OPENS // PROCESSES))]
    readers = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    for reader in readers:
        assert reader.stdout.readline() == "there\n"
    for number in range(1001, 1001 + SWAPS):
        _write(corpus, number)
        assert build(corpus, index).published
    told = [json.loads(reader.communicate("stop\n")[0]) for reader in readers]
    print(f"{SWAPS} swaps; opens, asked, mixed, errors, generations seen: {told}")
    assert all(not mixed and not errors for _, _, mixed, errors, _ in told)
    assert sum(opens for opens, *_ in told) >= OPENS and all(seen > 1 for *_, seen in told)
