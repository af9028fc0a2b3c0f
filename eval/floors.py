"""`python -m eval floors`: measured quality may not fall below what was agreed.

floors.json holds, for each check, the least value of each figure and a digest of the data
it was measured on. A floor goes down only with `--lower REASON`, which is written beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from eval.ofpage import PAGE_QUESTIONS, questions_of
from eval.questions import EVERYDAY, everyday, load, texts_of
from eval.questions_cmd import ask_all, measure
from ingest.build import build
from qa.ask import Asker

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
FILES = (HERE / "questions_a.jsonl", HERE / "questions_b.jsonl")
CORPUS = HERE.parent / "corpus"
SLACK = 0.02  # below the measured value a new floor is set: another processor moves a few ties


def digest(paths: Sequence[Path]) -> str:
    """sha256 over names and contents."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def figures_now(index: Path) -> dict[str, float]:
    """What is held: finding, sentences and refusing on our own corpus, the tuning part alone."""
    build(CORPUS, index)
    asker = Asker(index)

    measured = measure(ask_all(asker, load(FILES, texts_of(asker.opened.store), "tune")))
    found, refused = measured["answerable"], measured["refusing"]
    elsewhere, of_pages = everyday("test"), questions_of("test")
    return {
        **{name: found[name] for name in ("hit@1", "hit@3", "hit@5", "sentence", "answered")},
        "auroc": refused["auroc"],
        "offtopic_refused": 1 - refused["by_kind"]["offtopic"]["answered"],
        "furniture_refused": 1 - refused["by_kind"]["furniture"]["answered"],
        "everyday_refused": 1 - sum(asker.ask(text).found for text in elsewhere) / len(elsewhere),
        "page_refused": 1 - sum(asker.ask(text).found for text in of_pages) / len(of_pages),
    }


def data_digest() -> str:
    """Of the articles and the questions."""
    return digest([*FILES, EVERYDAY, PAGE_QUESTIONS, *(path for path in CORPUS.iterdir() if path.is_file())])


def below(stored: dict, now: dict[str, float]) -> list[str]:
    """One line for each figure that fell below its floor."""
    return [f"{name}: {now[name]:.3f} < {floor:.3f}" for name, floor in stored["floors"].items() if now[name] < floor]


def main(argv: Sequence[str]) -> int:
    """The command: 0 when every figure holds, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m eval floors", description=__doc__)
    parser.add_argument("--index", type=Path, default=Path(".wenju-floors"))
    parser.add_argument("--raise", dest="lift", action="store_true", help="raise the floors to what is measured now")
    parser.add_argument("--lower", metavar="REASON", help="set the floors to what is measured now, and say why")
    options = parser.parse_args(argv)
    now = figures_now(options.index)
    stored = json.loads(FLOORS.read_text("utf-8")) if FLOORS.is_file() else {"floors": {}, "data": "", "reasons": []}
    for name, value in now.items():
        print(f"{name:18} {value:.3f}   floor {stored['floors'].get(name, 0):.3f}")
    if options.lift or options.lower:
        floors = {name: round(max(0.0, value - SLACK), 3) for name, value in now.items()}
        if not options.lower:
            floors = {name: max(value, stored["floors"].get(name, 0.0)) for name, value in floors.items()}
        reasons = stored["reasons"] + ([options.lower] if options.lower else [])
        written = {"floors": floors, "data": data_digest(), "reasons": reasons}
        FLOORS.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return 0
    if stored["data"] != data_digest():
        print("The articles or questions are not those the floors were measured on: run with --raise or --lower.")
        return 1
    fallen = below(stored, now)
    print("\n".join(fallen) or "all floors hold")
    return 1 if fallen else 0
