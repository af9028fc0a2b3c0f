"""How likely it is that the passages found answer the question: a probability between 0 and 1.

A logistic model of four numbers that mean the same in every collection. Its weights were
fitted on answerable and unanswerable questions of several collections, each weighing the
same, and stand in `weights.json` (`python -m eval fit`).
"""

from __future__ import annotations

import functools
import json
import math
from pathlib import Path

from ingest.calibrate import Calibration
from ingest.terms import fold
from qa.question import Question, in_its_words
from qa.types import Hit

FEATURES = ("similarity", "sentence", "coverage", "focus")
_LOOKED_AT = 3  # first hits whose sentences are looked at
NO_FOCUS = 0.5  # a question that names no one thing says neither that it stands there nor that it does not


@functools.cache
def _model() -> dict:
    return json.loads((Path(__file__).parent / "weights.json").read_text("utf-8"))["confidence"]


def answers_above() -> float:
    """The line: with less confidence than this the articles are said not to answer."""
    return float(_model()["line"])


def features(question: Question, hits: list[Hit], first_text: str, calibration: Calibration) -> dict[str, float]:
    """What confidence is made of.

    `similarity`: of the best passage, in standard deviations above what everyday questions reach.
    `sentence`: of the best sentence of the first passages, likewise.
    `coverage`: idf-weighted share of the question's content terms in the first passage.
    `focus`: 1 when the thing asked about stands in the first passage (`first_text`), 0 when not.
    """
    best = max(hit.features["similarity"] for hit in hits)
    sentence = max(hit.features["best_sentence"] for hit in hits[:_LOOKED_AT])
    named = bool(question.focus)
    return {
        "similarity": (best - calibration.median) / calibration.spread,
        "sentence": (sentence - calibration.median) / calibration.spread,
        "coverage": hits[0].features["coverage"],
        "focus": float(question.focus in in_its_words(question, fold(first_text))) if named else NO_FOCUS,
    }


def confidence(values: dict[str, float]) -> float:
    """Probability of an answer, given the `FEATURES`."""
    model = _model()
    score = model["bias"] + sum(model[name] * values[name] for name in FEATURES)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
