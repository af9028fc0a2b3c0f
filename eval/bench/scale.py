"""`python -m eval.bench.scale N…`: how opening and asking grow with the number of passages.

Builds indexes of N synthetic passages: texts of random words with the frequencies of real
text (Zipf), vectors at random, since embedding a hundred thousand passages is another
benchmark's business. Then asks in new processes, all sizes in turn, and in this one, and prints
medians; with `--baseline INDEX` the ratios of the former to asking that index. Each index is asked
about what stands in it: what stands nowhere is looked for among words of the same sound.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.setindex import cache_folder
from ingest.calibrate import Calibration, write_calibration
from ingest.generation import new_draft, publish, writer_lock
from ingest.modelkey import DEFAULT_MODEL, model_key
from ingest.postings import PAIRS, WORDS, PostingsBuilder
from ingest.previous import pipeline_digest
from ingest.records import Entry
from ingest.split import split
from ingest.storewriter import StoreWriter
from ingest.terms import TERMS_VERSION, pairs, terms
from ingest.tokenvectors import BEGINS, SENTENCE, width_of, write_tokens
from ingest.types import Article, Cleaned, Span
from ingest.vectors import read_sum, write_mean, write_vectors
from qa.cmd_ask import EXIT_NOT_ANSWERED
from qa.homophones import FIRST_LEVEL, gb2312
from qa.opened import Opened

DIM = 384
TOKENS, SENTENCES, HEADING = 160, 8, 8  # of a passage of 250 characters; so many of the tokens are the heading's
PER_ARTICLE = 10  # passages; an ordinary web article has 5 to 20
VOCABULARY = 40_000  # words of two or three characters, as many as a large collection holds
ZIPF = 1.05  # exponent of the frequencies of words in real text
# Where synthetic words take their characters: the common ones of GB2312, first in it. With rare and traditional ones among them
# every sentence would be converted before it is compared, which is done to one real sentence in many.
_COMMON = gb2312(*FIRST_LEVEL)
_LAYOUT = "2"  # raised when other passages are made
QUESTION = "什么是涌现"
WARM_QUESTIONS, WARMING = 40, 4  # from the fourth question on the model has its faster form
_SIDE = re.compile(r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{6}")  # the beginning of a clause: two words or three


def sentences(seed: int) -> Iterator[str]:
    """Endless sentences of about 25 characters."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(_COMMON, k=chance.choice((2, 2, 3)))) for _ in range(VOCABULARY)]
    numbers = np.random.default_rng(seed)
    while True:
        ranks = (numbers.zipf(ZIPF, 20_000) - 1) % VOCABULARY
        for begin in range(0, len(ranks), 10):
            yield "".join(words[rank] for rank in ranks[begin : begin + 10]) + "。"


def build(count: int, index: Path) -> None:
    """An index of about `count` passages in `index`."""
    source = sentences(count)
    with writer_lock(index):
        draft = new_draft(index)
        writer, words, characters = StoreWriter(draft), PostingsBuilder(WORDS), PostingsBuilder(PAIRS)
        rows, number = 0, 0
        while rows < count:
            text = "\n".join("".join(next(source) for _ in range(10)) for _ in range(PER_ARTICLE))
            article = Article(f"{number:07d}.txt", f"{number:07d}.txt", f"第{number}篇", text, "")
            cleaned = Cleaned((Span(0, len(text)),), ())
            passages = split(article, cleaned)
            for passage in passages:
                words.add(terms(passage.span.of(text)))
                characters.add(pairs(passage.span.of(text)))
            writer.add(Entry(article, article, cleaned, 0, 0, b""), [(one, b"\0" * 16) for one in passages])
            rows, number = rows + len(passages), number + 1
        words.write(draft, writer.connection)
        characters.write(draft, writer.connection)
        writer.close()
        write_vectors(draft, DIM, _random_blocks(rows))
        write_mean(draft, read_sum(draft, DIM) / rows)
        write_tokens(draft, _random_tokens(rows))
        write_calibration(draft, Calibration(0.4, 0.02))
        facts = {
            "corpus": "synthetic", "terms": TERMS_VERSION, "articles": number, "passages": rows,
            "model": {"name": DEFAULT_MODEL, "key": model_key(), "dim": DIM},
            "pipeline": pipeline_digest(), "overrides": "", "dropped": {}, "skipped": {},
        }  # fmt: skip
        publish(index, draft, facts)


def _random_blocks(rows: int) -> Iterator[np.ndarray]:
    """Unit vectors in blocks; the same each time."""
    numbers = np.random.default_rng(7)
    for begin in range(0, rows, 8192):
        block = numbers.normal(size=(min(8192, rows - begin), DIM)).astype(np.float32)
        yield block / np.linalg.norm(block, axis=1, keepdims=True)


def _random_tokens(rows: int) -> Iterator[np.ndarray]:
    """The packed tokens and sentences of each passage, see `ingest.tokenvectors`; the same each time."""
    numbers = np.random.default_rng(8)
    marks = np.full(TOKENS + SENTENCES, 2, np.uint8)  # characters of a token
    marks[HEADING : TOKENS : (TOKENS - HEADING) // SENTENCES] |= BEGINS
    marks[TOKENS:] = SENTENCE
    for _ in range(rows):
        packed = numbers.integers(0, 256, (len(marks), width_of(DIM)), np.uint8)
        packed[:, -1] = marks
        yield packed


def cold(index: Path, question: str) -> float:
    """Seconds of one `qa ask` in a new process; RuntimeError when it fails."""
    command = [sys.executable, "-m", "qa.cli", "ask", question, "--index", str(index)]
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=dict(os.environ))
    seconds = time.perf_counter() - started
    if done.returncode not in (0, EXIT_NOT_ANSWERED):
        raise RuntimeError(done.stderr.decode("utf-8", "replace"))
    return seconds


def warm(index: Path, asked: Sequence[str]) -> dict[str, float]:
    """Milliseconds of a question in a running process: median and 95th percentile."""
    from qa.ask import Asker

    asker = Asker(index)
    for question in (QUESTION, *asked[:WARMING]):
        asker.ask(question)
    times = []
    for question in asked[WARMING:] or asked:
        started = time.perf_counter()
        asker.ask(question)
        times.append(1000 * (time.perf_counter() - started))
    return {"p50": float(np.percentile(times, 50)), "p95": float(np.percentile(times, 95))}


def questions(index: Path, count: int) -> list[str]:
    """Comparisons, which take longest to answer, of what stands in passages all over the index; fewer where it has fewer passages."""
    opened, found = Opened(index), []
    size = opened.terms.size
    for row in range(0, size, max(1, size // count)):
        ((article, passage),) = opened.store.with_articles([row])
        sides = _SIDE.findall(passage.span.of(article.text))
        if len(sides) > 1:
            found.append(f"{sides[0]}和{sides[-1]}的区别")
    opened.close()
    return found[:count] or [QUESTION]


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.scale", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000, 100_000])
    parser.add_argument("--baseline", type=Path, help="an index to compare with, such as that of corpus/")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    places: dict[str, Path] = {"baseline": options.baseline} if options.baseline else {}
    for size in options.sizes:
        places[str(size)] = index = cache_folder() / f"scale-{size}-{pipeline_digest()[:8]}-{_LAYOUT}"
        if not (index / "CURRENT").is_file():
            started = time.perf_counter()
            build(size, index)
            print(f"built {size} passages in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    asked = {name: questions(index, WARMING + WARM_QUESTIONS) for name, index in places.items()}
    times: dict[str, list[float]] = {name: [] for name in places}
    for _ in range(options.rounds):
        for name, index in places.items():
            times[name].append(cold(index, asked[name][0]))
    report = {}
    for name, index in places.items():
        files = sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
        report[name] = {"cold_s": statistics.median(times[name]), "mb": files / 1e6, **warm(index, asked[name])}
    if options.baseline:
        for name in report:
            ratios = [one / base for one, base in zip(times[name], times["baseline"], strict=True)]
            report[name]["cold_ratio"] = statistics.median(ratios)
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        for name, row in report.items():
            print(f"{name:>10}  " + "  ".join(f"{key} {value:.3f}" for key, value in row.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
