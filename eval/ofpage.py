"""`python -m eval ofpage`: what tells questions about the pages themselves from those to the articles, by their vectors.

A logistic model: questions about pages are those of the tuning part of `eval/page_questions.jsonl`, and those of
kind furniture of the question files; the others are all questions of `eval/pairs.jsonl` and `eval/reader_pairs.jsonl`
(some of which ask about a page all the same: too few to matter). Prints how many of each it calls so; writes
qa/ofpage.json. The vectors are of the adapter that is shipped: after `python -m eval adapt`, run this again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.adapt import PAIRS
from eval.logistic import logistic
from eval.setindex import read_jsonl
from ingest.embed import open_embedder
from qa.ofpage import OFPAGE_FILE

HERE = Path(__file__).parent
PAGE_QUESTIONS = HERE / "page_questions.jsonl"
QUESTION_FILES = ("seed_questions.jsonl", "questions_a.jsonl", "questions_b.jsonl")
# Chosen by five-fold cross-validation and by what 1,217 answerable questions lose: where one in two hundred of the
# others is called so, .82 of those about pages are; with a ridge of .3 .76, of 3 .69.
RIDGE = 0.03
PAGES_WEIGH, OTHERS_WEIGH = 500.0, 1000.0  # all together
RARER = 1.0  # log-odds: people ask of the articles more often than among what is weighed here; with 0 eight of 1,217 are refused, not three
DIGITS = 4


def questions_of(part: str) -> list[str]:
    """Questions about pages, of one part."""
    files = [PAGE_QUESTIONS, *(HERE / name for name in QUESTION_FILES)] if part == "tune" else [PAGE_QUESTIONS]
    return [one["question"] for file in files for one in read_jsonl(file) if one["kind"] == "furniture" and one.get("part", "tune") == part]


def other_questions(files: Sequence[Path]) -> list[str]:
    """All questions to passages, each once."""
    return list(dict.fromkeys(text for file in files for one in read_jsonl(file) for text in one["questions"]))


def fit(of_page: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (dim,) and bias, from the vectors of questions about pages (p, dim) and of others (n, dim)."""
    mean = np.vstack([of_page, others]).mean(axis=0)
    truth = np.repeat([1.0, 0.0], [len(of_page), len(others)])
    worth = np.repeat([PAGES_WEIGH / len(of_page), OTHERS_WEIGH / len(others)], [len(of_page), len(others)])
    *weights, bias = logistic(np.vstack([of_page, others]) - mean, truth, worth, RIDGE)
    weights = np.array(weights)
    return weights, float(bias - mean @ weights) - RARER


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval ofpage", description=__doc__)
    parser.add_argument("--out", type=Path, default=OFPAGE_FILE)
    parser.add_argument("--others", type=Path, nargs="+", default=[PAIRS, HERE / "reader_pairs.jsonl"])
    options = parser.parse_args(argv)
    embedder = open_embedder()
    vectors = {
        name: np.array([one.vector for one in embedder.embed_queries(texts)])
        for name, texts in (("tune", questions_of("tune")), ("others", other_questions(options.others)), ("test", questions_of("test")))
    }
    weights, bias = fit(vectors["tune"], vectors["others"])
    for name, some in vectors.items():
        print(f"{name:7} {len(some):6}  called so {float(np.mean(some @ weights + bias > 0)):.3f}")
    stored = {"bias": round(bias, DIGITS), "weights": [round(float(one), DIGITS) for one in weights]}
    options.out.write_text(json.dumps(stored) + "\n", "utf-8")
    return 0
