"""How much of one process's rate two workers keep: `qa ingest --dask local:N` against `qa ingest`.

    python -m eval.bench.dask [--articles 60] [--workers 2] [--rounds 2]

Each round ingests the same synthetic articles once in one process with all its threads and
once on workers that share the cores, the order changing from round to round, so that a busy
machine slows both. Rates are passages a second of the embedding, as the ingest reports them,
and of the whole ingest, which includes starting the model. Exits 1 if the ratio of the
former is below the promise or the indexes hold different vectors.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from eval.bench.synthetic import article
from ingest.build import build
from ingest.daskwork import DaskTools

MIN_RATIO = 0.8  # embedding on workers over embedding in one process, same cores: the promise


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.dask", description=__doc__.split("\n")[0])
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number in range(asked.articles):
            (corpus / f"{number}.txt").write_text(article(number), "utf-8")
        runs = [_round(corpus, Path(folder) / str(number), asked.workers, bool(number % 2)) for number in range(asked.rounds)]
    facts = {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}
    print(json.dumps(facts, indent=1))
    return 0 if facts["ratio"] >= MIN_RATIO and all(run["same"] for run in runs) else 1


def _round(corpus: Path, folder: Path, workers: int, dask_first: bool) -> dict[str, float]:
    """Both ways once."""
    found = {}
    for way in ("dask", "one") if dask_first else ("one", "dask"):
        started = time.monotonic()
        if way == "one":
            report = build(corpus, folder / way)
        else:
            with DaskTools(f"local:{workers}") as tools:
                report = build(corpus, folder / way, tools=tools)
        found |= {f"{way}_rate": report.rate, f"{way}_seconds": time.monotonic() - started, "passages": report.embedded}
    vectors = [{path.relative_to(folder / way): path.read_bytes() for path in (folder / way).rglob("*") if path.name.startswith(("vectors", "tokens"))} for way in ("one", "dask")]
    return found | {"ratio": found["dask_rate"] / found["one_rate"], "same": float(bool(vectors[0]) and vectors[0] == vectors[1])}


if __name__ == "__main__":
    sys.exit(main())
