"""`python -m eval bench N…`: how ingest, memory, disk and asking grow with the number of passages.

For each size a synthetic collection with planted answers (`eval.bench.synthetic`) goes
through the real ingest, with vectors that cost nothing, each step in a process of its own.
Then: ingest rate, bytes a passage, peak memory, opening, cold `qa ask`, a warm question by
stage, recall against exact search, and what one more article costs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from eval.bench import synthetic
from eval.setindex import cache_folder

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_WARM = 200  # questions
_COLD = 7  # rounds, all sizes in turn
_PER_ARTICLE = synthetic.PASSAGES_PER_ARTICLE
# Stages that go on beside each other in a large collection overlap: their sum is more than the whole,
# and "lexical" is the time of both its legs, waiting for each other included.
STAGES = ("embed", "dense", "lexical", "combine", "answer")


def place(size: int) -> Path:
    """The folder of one size: articles/ and index/ lie in it."""
    return cache_folder() / f"growth-{size}"


def _with_synthetic_vectors(embedder: synthetic.Synthetic | None = None) -> None:
    import ingest.job
    import qa.opened

    ingest.job.open_embedder = qa.opened.open_embedder = lambda *_, **__: embedder or synthetic.Synthetic()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _processor_seconds() -> float:
    """What this process and its children that ended took of all cores: a machine that is shared hardly blurs it."""
    return sum(os.times()[:4])


def ingest(size: int) -> dict:
    """Write the articles, and ingest them: seconds, rates, memory, bytes."""
    from ingest.build import build

    home = place(size)
    synthetic.write(home / "articles", max(1, size // _PER_ARTICLE))
    _with_synthetic_vectors()
    started, work = time.perf_counter(), _processor_seconds()
    report = build(home / "articles", home / "index")
    seconds, work = time.perf_counter() - started, _processor_seconds() - work
    text = sum(path.stat().st_size for path in (home / "articles").rglob("*.txt"))
    facts = {"passages": report.passages, "articles": report.articles}
    if report.published:
        facts |= {"ingest_s": seconds, "ingest_cpu_s": work, "passages_s": report.passages / seconds, "mb_s": text / 1e6 / seconds}
    return facts | {"ingest_peak_mb": _peak_mb(), "bytes_a_passage": _newest_bytes(home / "index") / max(report.passages, 1)}


def _newest_bytes(index: Path, only_new: bool = False) -> int:
    """Bytes of the newest generation; `only_new` leaves out files that an older one has too."""
    newest = max(path for path in (index / "generations").iterdir() if path.name.isdigit())
    files = [path.stat() for path in newest.rglob("*") if path.is_file()]
    return sum(one.st_size for one in files if not only_new or one.st_nlink == 1)


def add(size: int) -> dict:
    """One more article: seconds without loading a model, and what is written of the index."""
    from ingest.build import build

    home = place(size)
    number = size // _PER_ARTICLE + len(list((home / "articles").glob("more-*")))
    (home / "articles" / f"more-{number}.txt").write_text(synthetic.article(number), "utf-8")
    _with_synthetic_vectors(synthetic.Synthetic())  # made here: it stands for a model, and takes half a second
    started = time.perf_counter()
    build(home / "articles", home / "index")
    seconds = time.perf_counter() - started
    written = _newest_bytes(home / "index", only_new=True)
    return {"add_s": seconds, "add_share": written / _newest_bytes(home / "index"), "add_peak_mb": _peak_mb()}


def ask(size: int) -> dict:
    """Opening, and warm questions by stage: milliseconds. The embedding is the bundled model's."""
    import qa.ask
    import qa.retrieve
    from ingest.embed import open_embedder

    real, embedder = open_embedder(for_queries=True), synthetic.Synthetic()
    spent: dict[str, float] = dict.fromkeys(STAGES, 0.0)
    made_up = embedder.embed_query

    def embed_query(text: str):
        real.embed_query(text)  # takes the time that it takes; but the passages know made-up vectors only
        return made_up(text)

    embedder.embed_query = _timed(embed_query, spent, "embed")
    _with_synthetic_vectors(embedder)
    started = time.perf_counter()
    asker = qa.ask.Asker(place(size) / "index")
    opened = asker.opened
    open_ms = 1000 * (time.perf_counter() - started)
    opened.vectors.nearest = _timed(opened.vectors.nearest, spent, "dense")
    for leg in (opened.terms, opened.pairs):
        leg.matching, leg.lexical = _timed(leg.matching, spent, "lexical"), _timed(leg.lexical, spent, "lexical")
    qa.retrieve.feature_table = _timed(qa.retrieve.feature_table, spent, "combine")
    qa.ask._answer = _timed(qa.ask._answer, spent, "answer")
    rows, right = [], 0
    numbers = list(synthetic.planted(size // _PER_ARTICLE, _WARM))
    for at in range(_WARM + 10):
        number = numbers[at % len(numbers)]
        text = synthetic.question(number) if at % 2 else _everyday(number)
        spent.update(dict.fromkeys(STAGES, 0.0))
        started, work = time.perf_counter(), time.process_time()
        answer = asker.ask(text)
        if at >= 10:  # after the first questions everything is warm
            used = time.process_time() - work  # of the processor: what a machine that is shared does not blur
            rows.append([time.perf_counter() - started, used, *(spent[stage] for stage in STAGES)])
            fact = synthetic.fact(number)
            right += at % 2 and any(fact in citation.quote for citation in answer.citations[:3])
    times = 1000 * np.array(rows)
    facts = {f"{name}_p{p}": float(np.percentile(times[:, at], p)) for at, name in enumerate(("warm", "warm_cpu", *STAGES)) for p in (50, 95, 99)}
    asked = sum(at % 2 for at in range(10, _WARM + 10))
    return {"open_ms": open_ms, **facts, "planted_found": right / asked, "ask_peak_mb": _peak_mb(), "recall@10": _recall(opened, numbers)}


def _everyday(number: int) -> str:
    """A question in the words of an article that no sentence was planted for."""
    return synthetic.article(number + 1).splitlines()[4].split("。")[1] + "，是这样吗？"


def _timed(function: Callable, spent: dict[str, float], stage: str) -> Callable:
    def run(*values, **named):
        started = time.perf_counter()
        try:
            return function(*values, **named)
        finally:
            spent[stage] += time.perf_counter() - started

    return run


def _recall(opened, numbers: Sequence[int]) -> float:
    """Share of the ten nearest passages that a search finds."""
    found = 0
    vectors = synthetic.Synthetic()
    asked = [vectors.embed_query(_everyday(number)).vector for number in numbers[:50]]
    for vector in asked:
        exact, _ = opened.vectors.nearest(vector, 10, exact=True)
        near, _ = opened.vectors.nearest(vector, 60)
        found += len(set(exact.tolist()) & set(near.tolist())) / max(len(exact), 1)
    return found / len(asked)


def cold(size: int) -> float:
    """Seconds of one `qa ask` in a new process."""
    command = [sys.executable, "-m", "qa.cli", "ask", synthetic.question(0), "--index", str(place(size) / "index")]
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    return time.perf_counter() - started


def in_child(step: str, size: int) -> dict:
    """Run one step in a process of its own, so that its memory is its own."""
    code = f"import json; from eval.bench import growth; print(json.dumps(growth.{step}({size})))"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval bench", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write an svg of how each figure grows")
    options = parser.parse_args(argv)
    report: dict[int, dict] = {}
    for size in options.sizes:
        report[size] = in_child("ingest", size) | in_child("add", size) | in_child("ask", size)
        print(f"{size}: done", file=sys.stderr)
    rounds = [{size: cold(size) for size in options.sizes} for _ in range(_COLD)]
    for size, facts in report.items():
        facts["cold_s"] = statistics.median(times[size] for times in rounds)
        facts["cold_ratio"] = statistics.median(times[size] / times[min(options.sizes)] for times in rounds)
    if options.plot:
        from eval.bench.plot import growth_svg

        options.plot.write_text(growth_svg(report), "utf-8")
    if options.json:
        print(json.dumps(report, indent=1))
        return 0
    names = list(dict.fromkeys(name for facts in report.values() for name in facts))
    print(f"{'':18}" + "".join(f"{size:>14,}" for size in report))
    for name in names:
        print(f"{name:18}" + "".join(f"{facts[name]:14,.3f}" if name in facts else f"{'':>14}" for facts in report.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
