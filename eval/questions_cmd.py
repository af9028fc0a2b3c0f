"""`python -m eval questions FILE… --index DIR`: ask every question, and measure what came back."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.metrics import auroc, calibration_error, hit_at, interval, reciprocal_rank
from eval.questions import Evidence, Question, load, squeeze, texts_of
from qa.ask import Asker
from qa.types import Answer, Citation

CITED = 5  # citations asked for
ANSWERED_SHARE = 0.95  # of the answerable questions: where refusing is compared


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question as it was answered. `rank` counts from 1; 0: no citation covers any evidence."""

    question: Question
    rank: int
    sentence: bool
    answer: Answer
    seconds: float


def covers(citation: Citation, evidence: Evidence) -> bool:
    """True when the quote holds the whole evidence, white space aside."""
    return citation.path == evidence.path and evidence.text in squeeze(citation.quote)


def answers(answer: Answer, evidence: Sequence[Evidence]) -> bool:
    """True when a sentence of the answer text is, holds, or lies inside a piece of evidence."""
    text = squeeze(answer.text)
    for citation in answer.citations:
        for span in citation.answer_spans:
            sentence = squeeze(citation.verbatim(span))
            shown = squeeze(citation.readable(span)) in text
            for one in evidence:
                if shown and one.path == citation.path and (sentence in one.text or one.text in sentence):
                    return True
    return False


def ask_all(asker: Asker, questions: Sequence[Question]) -> list[Outcome]:
    """Every question with its outcome, in order."""
    outcomes = []
    for question in questions:
        started = time.perf_counter()
        answer = asker.ask(question.text, CITED)
        seconds = time.perf_counter() - started
        rank = next((c.number for c in answer.citations if any(covers(c, one) for one in question.evidence)), 0)
        outcomes.append(Outcome(question, rank, answers(answer, question.evidence), answer, seconds))
    return outcomes


def measure(outcomes: Sequence[Outcome]) -> dict:
    """All figures: finding (overall and by kind), refusing, calibration, variants, time."""
    asked = [one for one in outcomes if one.question.answerable]
    hopeless = [one for one in outcomes if not one.question.answerable]
    kinds = sorted({one.question.kind for one in asked})
    figures: dict = {
        "answerable": finding(asked),
        "by_kind": {kind: finding([one for one in asked if one.question.kind == kind]) for kind in kinds},
        "refusing": refusing(asked, hopeless),
        "variants": variants(asked),
        "seconds_median": statistics.median(one.seconds for one in outcomes) if outcomes else None,
    }
    right = [one.question.answerable and one.rank > 0 for one in outcomes]
    figures["calibration_error"] = calibration_error([one.answer.confidence for one in outcomes], right)
    return figures


def finding(outcomes: Sequence[Outcome]) -> dict:
    """Hit at 1, 3, 5, mean reciprocal rank, right sentences, each the mean over these questions."""
    if not outcomes:
        return {"questions": 0}
    figures: dict = {"questions": len(outcomes)}
    for k in (1, 3, 5):
        values = [hit_at(one.rank, k) for one in outcomes]
        figures[f"hit@{k}"] = float(np.mean(values))
        figures[f"hit@{k}_95"] = interval(values)
    figures["mrr"] = float(np.mean([reciprocal_rank(one.rank) for one in outcomes]))
    figures["sentence"] = float(np.mean([one.sentence for one in outcomes]))
    figures["answered"] = float(np.mean([one.answer.found for one in outcomes]))
    figures["warned"] = warned(outcomes)
    return figures


def warned(outcomes: Sequence[Outcome]) -> float | None:
    """The share of what is answered that says what the question names and its passages do not; None where nothing is."""
    told = [bool(one.answer.unnamed) for one in outcomes if one.answer.found]
    return float(np.mean(told)) if told else None


def refusing(asked: Sequence[Outcome], hopeless: Sequence[Outcome]) -> dict:
    """How well confidence tells both apart, and what is answered at the shipped line and at 95 %."""
    sure = [one.answer.confidence for one in asked]
    line = float(np.quantile(sure, 1 - ANSWERED_SHARE)) if sure else 1.0
    kinds = sorted({one.question.kind for one in hopeless})
    table = {}
    for kind in kinds:
        some = [one for one in hopeless if one.question.kind == kind]
        table[kind] = {
            "questions": len(some),
            "auroc": auroc(sure, [one.answer.confidence for one in some]),
            "answered": float(np.mean([one.answer.found for one in some])),
            "answered_at_95": float(np.mean([one.answer.confidence >= line for one in some])),
            "warned": warned(some),
        }
    every = [one.answer.confidence for one in hopeless]
    return {"auroc": auroc(sure, every), "line_at_95": line, "by_kind": table}


def variants(asked: Sequence[Outcome]) -> dict:
    """Hit at 3 of the variants, and of the plain forms they were made from."""
    plain = {one.question.id: one for one in asked}
    pairs = [(one, plain[one.question.of]) for one in asked if one.question.of in plain]
    if not pairs:
        return {"pairs": 0}
    return {
        "pairs": len(pairs),
        "variant_hit@3": float(np.mean([hit_at(one.rank, 3) for one, _ in pairs])),
        "plain_hit@3": float(np.mean([hit_at(other.rank, 3) for _, other in pairs])),
    }


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval questions", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--index", type=Path, default=Path(".wenju"))
    parser.add_argument("--part", choices=("tune", "test", "all"), default="all")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    asker = Asker(options.index)

    outcomes = ask_all(asker, load(options.files, texts_of(asker.opened.store), options.part))
    figures = measure(outcomes)
    if options.json:
        rows = [
            {
                "id": one.question.id, "kind": one.question.kind, "rank": one.rank, "sentence": one.sentence,
                "confidence": one.answer.confidence, "found": one.answer.found, "question": one.question.text,
            }
            for one in outcomes
        ]  # fmt: skip
        print(json.dumps({"figures": figures, "questions": rows}, ensure_ascii=False, indent=1))
    else:
        print(table(outcomes, figures))
    return 0


def table(outcomes: Sequence[Outcome], figures: dict) -> str:
    """The figures as text: question by question first, the means below."""
    lines = ["id       kind        rank  sentence  confidence  question"]
    for one in outcomes:
        rank = one.rank or "-" if one.question.answerable else " "
        sentence = ("yes" if one.sentence else "no") if one.question.answerable else ""
        shown = one.question.text[:40]
        lines.append(
            f"{one.question.id:8} {one.question.kind:11} {rank!s:>4}  {sentence:8}  {one.answer.confidence:10.3f}  {shown}"
        )
    lines.append("\nkind         n    hit@1  hit@3  hit@5  mrr    sentence  answered  warned")
    for kind, row in [*figures["by_kind"].items(), ("all", figures["answerable"])]:
        if row["questions"]:
            shown = "  ".join(f"{row[name]:.3f}" for name in ("hit@1", "hit@3", "hit@5", "mrr", "sentence", "answered"))
            lines.append(f"{kind:11} {row['questions']:3}   {shown}     {_share(row['warned'])}")
    low, high = figures["answerable"].get("hit@1_95", (float("nan"),) * 2)
    lines.append(f"hit@1 95 % interval {low:.3f} to {high:.3f}; calibration error {figures['calibration_error']:.3f}")
    refused = figures["refusing"]
    lines.append(f"\nunanswerable n   AUROC  answered  answered when 95 % of the answerable are  warned   (all: {refused['auroc']:.3f})")
    for kind, row in refused["by_kind"].items():
        lines.append(
            f"{kind:11} {row['questions']:3}   {row['auroc']:.3f}  {row['answered']:.3f}     {row['answered_at_95']:.3f}{'':37}{_share(row['warned'])}"
        )
    if figures["variants"]["pairs"]:
        pair = figures["variants"]
        lines.append(f"\nvariants: hit@3 {pair['variant_hit@3']:.3f} against {pair['plain_hit@3']:.3f} plain ({pair['pairs']})")
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
