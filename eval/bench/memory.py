"""`python -m eval.bench.memory N…`: what an ingest of N passages takes: memory by stage, time, bytes on disk.

The articles are synthetic files and go through the whole build; only the vectors are made
in no time, since embedding is another benchmark's business. Each size is built in a new
process. The exit code is 1 when anything grows faster than the number of passages.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from eval.bench import synthetic
from eval.setindex import cache_folder

SIZES = (1_000, 10_000, 100_000)
FASTER = 1.1  # how much more a passage may take in a larger collection: times and peaks vary by some percent
STAGES = ("read", "split", "embed")
_MB = 1024 * 1024


def home(size: int) -> Path:
    """Where the articles and the index of one size lie."""
    return cache_folder() / f"memory-{size}"


def articles(size: int) -> None:
    """Write the articles that are not there yet."""
    synthetic.write(home(size) / "articles", max(1, size // synthetic.PASSAGES_PER_ARTICLE))


def ingest(size: int) -> dict:
    """Build the index from nothing: seconds, MB of memory at the end of each stage, bytes by kind of file."""
    import ingest.job
    from ingest.build import build

    ingest.job.open_embedder = lambda *_, **__: embedder
    embedder = synthetic.Synthetic()
    index = home(size) / "index"
    shutil.rmtree(index, ignore_errors=True)
    _forget_peak()  # that of making up the embedder's table
    before = _peak_mb()
    peaks: dict[str, float] = {}
    own = _Own()
    started = time.perf_counter()
    report = build(home(size) / "articles", index, progress=lambda stage, done, total: peaks.__setitem__(stage, _peak_mb()))
    seconds = time.perf_counter() - started
    facts = {"passages": report.passages, "seconds": seconds, "start_mb": before}
    facts |= {f"{stage}_mb": peaks[stage] for stage in STAGES if stage in peaks}
    return {**facts, "peak_mb": _peak_mb(), "own_mb": own.stop(), **_bytes(index, report.passages)}


def _bytes(index: Path, passages: int) -> dict:
    """Bytes a passage: in all, and of the largest kinds of files."""
    kinds: dict[str, int] = {}
    for path in (index / "generations").rglob("*"):
        if path.is_file():
            kinds[path.name] = kinds.get(path.name, 0) + path.stat().st_size
    largest = sorted(kinds, key=kinds.__getitem__, reverse=True)[:6]
    return {"bytes": sum(kinds.values()) / passages, **{name: kinds[name] / passages for name in sorted(largest)}}


class _Own(threading.Thread):
    """The largest memory that is this process's own: without mapped files, which the system takes back when it needs to."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._most, self._ended = 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        """Look every so often; outside Linux there is nothing to see."""
        while not self._ended.wait(0.02):
            with contextlib.suppress(OSError):
                facts = Path("/proc/self/status").read_text("ascii")
                self._most = max(self._most, int(facts.partition("RssAnon:")[2].split()[0]) / 1024)

    def stop(self) -> float:
        """MB."""
        self._ended.set()
        self.join()
        return self._most


def _forget_peak() -> None:
    """Count the peak of memory from now on, where the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    """The largest resident memory of this process so far."""
    with contextlib.suppress(OSError):
        facts = Path("/proc/self/status").read_text("ascii")
        return int(facts.partition("VmHWM:")[2].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (_MB if sys.platform == "darwin" else 1024)


def in_child(step: str, size: int):
    """Run one step in a process of its own, so that its memory is its own."""
    code = f"import json; from eval.bench import memory; print(json.dumps(memory.{step}({size})))"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def growth(small: dict, large: dict) -> dict[str, float]:
    """For time, memory and disk: what each further passage takes, as a share of what one of the smaller collection does. 1 is linear."""
    own = small["peak_mb"] - small["start_mb"]
    more = large["passages"] - small["passages"]
    return {
        "seconds": (large["seconds"] - small["seconds"]) / more / (small["seconds"] / small["passages"]),
        "memory": (large["peak_mb"] - small["peak_mb"]) / more / (own / small["passages"]),
        "disk": large["bytes"] / small["bytes"],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.memory", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    report = {}
    for size in sorted(options.sizes):
        in_child("articles", size)
        report[size] = in_child("ingest", size)
        print(f"{size}: done", file=sys.stderr)
    rows = list(report.values())
    ratios = [growth(small, large) for small, large in zip(rows, rows[1:], strict=False)]
    if options.json:
        print(json.dumps({"sizes": report, "growth": ratios}, indent=1))
    else:
        names = list(dict.fromkeys(name for facts in rows for name in facts))
        print(f"{'':22}" + "".join(f"{size:>14,}" for size in report))
        for name in names:
            print(f"{name:22}" + "".join(f"{facts[name]:14,.1f}" if name in facts else f"{'':14}" for facts in rows))
        for name in ("seconds", "memory", "disk"):
            print(f"{'growth of ' + name:22}{'':14}" + "".join(f"{ratio[name]:14.2f}" for ratio in ratios))
    return int(any(value > FASTER for ratio in ratios for value in ratio.values()))


if __name__ == "__main__":
    sys.exit(main())
