"""`python -m eval sets DIR…`: each leg, the baseline and the shipped combination on question sets.

Each DIR holds corpus.jsonl, queries.jsonl and qrels.tsv, perhaps unanswerable.jsonl;
questions that no set answers can be given with --offtopic FILE.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.metrics import auroc, first_rank, ndcg, paired, recall, reciprocal_rank
from eval.setindex import QuestionSet, encodings, open_set, read_jsonl
from ingest.embed import Encoded
from qa.confidence import confidence, features
from qa.question import check, understand
from qa.retrieve import Candidates, baseline, find_candidates, retrieve

DEPTH = 60  # passages looked through for 10 documents
RANKERS = ("dense", "lexical", "pairs", "baseline", "shipped")
MEASURES = ("R@1", "R@5", "R@10", "MRR@10", "nDCG@10")


def documents(question_set: QuestionSet, rows: Sequence[int], limit: int = 10) -> list[str]:
    """The documents of ranked passages, each at its best passage."""
    found: dict[str, None] = {}
    for row in rows:
        found[question_set.opened.store.article_of(row)] = None
        if len(found) == limit:
            break
    return list(found)


def order(candidates: Candidates, scores: np.ndarray) -> list[int]:
    """Rows by descending score, ties by row."""
    return candidates.rows[np.lexsort((candidates.rows, -scores))].tolist()


def rank_all(question_set: QuestionSet, text: str, vector: Encoded) -> dict[str, list[str]]:
    """Ranker -> its first ten documents for one question."""
    opened, question = question_set.opened, understand(check(text))
    candidates = find_candidates(opened, question, vector)
    ranked = {
        "dense": order(candidates, candidates.cosine),
        "lexical": order(candidates, candidates.lexical),
        "pairs": order(candidates, candidates.pairs),
        "baseline": order(candidates, baseline(candidates)),
        "shipped": [hit.row for hit in retrieve(opened, question, vector, DEPTH)],
    }
    return {name: documents(question_set, rows) for name, rows in ranked.items()}


def sure(question_set: QuestionSet, text: str, vector: Encoded) -> float:
    """The confidence that the best passages answer."""
    opened, question = question_set.opened, understand(check(text))
    hits = retrieve(opened, question, vector, 5)
    return confidence(features(opened, question, vector, hits)) if hits else 0.0


def measure(question_set: QuestionSet, offtopic: Sequence[str]) -> dict:
    """All figures of one set; per-question nDCG is compared between shipped and the better leg."""
    asked = [(id_, text) for id_, text in question_set.queries if id_ in question_set.relevant]
    vectors = encodings(question_set.opened, [text for _, text in asked])
    rows: dict[str, list[list[float]]] = {name: [] for name in RANKERS}
    for (id_, text), vector in zip(asked, vectors, strict=True):
        relevant = set(question_set.relevant[id_])
        for name, ranked in rank_all(question_set, text, vector).items():
            rank = first_rank(ranked, relevant)
            recalls = [recall(ranked, relevant, k) for k in (1, 5, 10)]
            rows[name].append([*recalls, reciprocal_rank(rank), ndcg(ranked, relevant)])
    table = {name: np.array(values) for name, values in rows.items()}
    figures: dict = {
        "questions": len(asked),
        **{name: dict(zip(MEASURES, values.mean(axis=0).round(4).tolist(), strict=True)) for name, values in table.items()},
    }
    better = max(("dense", "lexical", "pairs"), key=lambda name: table[name][:, -1].mean())
    difference, low, high = paired(table["shipped"][:, -1], table[better][:, -1])
    figures["shipped_minus_better_leg"] = {"leg": better, "nDCG@10": difference, "low": low, "high": high}
    answered = [sure(question_set, text, vector) for (_, text), vector in zip(asked, vectors, strict=True)]
    for name, texts in (("unanswerable", question_set.unanswerable), ("offtopic", offtopic)):
        if texts:
            hopeless = zip(texts, encodings(question_set.opened, list(texts)), strict=True)
            figures[f"auroc_{name}"] = auroc(answered, [sure(question_set, text, vector) for text, vector in hopeless])
    return figures


def show(name: str, figures: dict) -> str:
    """The figures of one set as text."""
    lines = [f"{name} ({figures['questions']} questions)", "            " + "  ".join(f"{one:>7}" for one in MEASURES)]
    for ranker in RANKERS:
        lines.append(f"  {ranker:9} " + "  ".join(f"{figures[ranker][one]:7.3f}" for one in MEASURES))
    pair = figures["shipped_minus_better_leg"]
    lines.append(f"  shipped - {pair['leg']}: {pair['nDCG@10']:+.3f} ({pair['low']:+.3f} to {pair['high']:+.3f})")
    for kind in ("unanswerable", "offtopic"):
        if f"auroc_{kind}" in figures:
            lines.append(f"  AUROC of confidence, {kind}: {figures[f'auroc_{kind}']:.3f}")
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval sets", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--offtopic", type=Path, help="questions that no set answers: {id, text} a line")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    offtopic = [one["text"] for one in read_jsonl(options.offtopic)] if options.offtopic else []
    every = {}
    for folder in options.folders:
        every[folder.name] = measure(open_set(folder), offtopic)
        if not options.json:
            print(show(folder.name, every[folder.name]), flush=True)
    if options.json:
        print(json.dumps(every, ensure_ascii=False, indent=1))
    return 0


