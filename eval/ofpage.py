"""`python -m eval ofpage`: what tells questions about the pages themselves from those to the articles, by their vectors.

A logistic model: questions about pages are those of the tuning part of `eval/page_questions.jsonl`, none of which a
question file has; the others are all questions of `eval/pairs.jsonl` and `eval/reader_pairs.jsonl`
(some of which ask about a page all the same: too few to matter), and those of `eval/web_questions.jsonl`, which are
about pages, sites and publishing as the subject of an article. Prints how many of each it calls so; writes
qa/ofpage.json. The vectors are of the adapter that is shipped: after `python -m eval adapt`, run this again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.logistic import logistic
from eval.setindex import read_jsonl
from ingest.embed import open_embedder
from qa.ofpage import OFPAGE_FILE

HERE = Path(__file__).parent
PAGE_QUESTIONS = HERE / "page_questions.jsonl"
WEB_QUESTIONS = HERE / "web_questions.jsonl"
# By five-fold cross-validation .65 of the questions about pages are called so, .007 of the others and .03 of those about the
# web; with a ridge of .3 .50, .003 and .02, with one of 3 .05. (Half of those about pages are in everyday words, and hard to tell.)
RIDGE = 0.03
PAGES_WEIGH, OTHERS_WEIGH = 500.0, 1000.0  # all together; what else they are weighed is `RARER`
WEB_WEIGHS = 20.0  # one of them, beside one of the others: with 1 .05 of them are called so
# Log-odds: people ask of the articles more often than is weighed here. With 1.0 .72, .010 and .04 are called so, with 2.0 .58,
# .005 and .01. Of 1,217 answerable questions a passage of which was found, five are refused for it.
RARER = 1.5
DIGITS = 4  # of a weight: what is rounded away moves log-odds by less than .001


def questions_of(part: str, file: Path = PAGE_QUESTIONS) -> list[str]:
    """Questions about pages, of one part."""
    return [one["question"] for one in read_jsonl(file) if one["part"] == part]


def other_questions(files: Sequence[Path]) -> list[str]:
    """All questions to passages, each once."""
    return list(dict.fromkeys(text for file in files for one in read_jsonl(file) for text in one["questions"]))


def fit(of_page: np.ndarray, others: np.ndarray, web: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (dim,) and bias, from the vectors of questions about pages (p, dim), of others (n, dim), and of those about the web (w, dim)."""
    counts = len(of_page), len(others), len(web)
    every = np.vstack([of_page, others, web])
    mean = every.mean(axis=0)
    one = OTHERS_WEIGH / (len(others) + WEB_WEIGHS * len(web))
    worth = np.repeat([PAGES_WEIGH / len(of_page), one, WEB_WEIGHS * one], counts)
    *weights, bias = logistic(every - mean, np.repeat([1.0, 0.0, 0.0], counts), worth, RIDGE)
    weights = np.array(weights)
    return weights, float(bias - mean @ weights) - RARER


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval ofpage", description=__doc__)
    parser.add_argument("--out", type=Path, default=OFPAGE_FILE)
    parser.add_argument("--pages", type=Path, default=PAGE_QUESTIONS)
    parser.add_argument("--web", type=Path, default=WEB_QUESTIONS)
    parser.add_argument("--others", type=Path, nargs="+", default=[HERE / name for name in ("pairs.jsonl", "reader_pairs.jsonl")])
    options = parser.parse_args(argv)
    embedder = open_embedder()
    texts = {
        "tune": questions_of("tune", options.pages), "others": other_questions(options.others),
        "web": [one["question"] for one in read_jsonl(options.web)], "test": questions_of("test", options.pages),
    }  # fmt: skip
    vectors = {name: np.array([one.vector for one in embedder.embed_queries(some)]) for name, some in texts.items()}
    weights, bias = fit(vectors["tune"], vectors["others"], vectors["web"])
    for name, some in vectors.items():
        print(f"{name:7} {len(some):6}  called so {float(np.mean(some @ weights + bias > 0)):.3f}")
    stored = {"bias": round(bias, DIGITS), "weights": [round(float(one), DIGITS) for one in weights]}
    options.out.write_text(json.dumps(stored) + "\n", "utf-8")
    return 0
