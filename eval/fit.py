"""`python -m eval fit DIR… --offtopic FILE --articles INDEX FILE…`: the weights of the combination and of confidence.

The combination is a linear model of `qa.features`, fitted so that a relevant document's
best passage outranks the rest (softmax over the candidates of a question; every set weighs
the same). Each set is left out once, and measured with what the others taught. Confidence
is a logistic model of `qa.confidence.FEATURES`; answerable and unanswerable questions of
each set weigh the same; it learns of no question that the reader has learned of (`--read`: the sets
that `python -m eval read --sets` was given). Prints both; `--write` puts them into qa/weights.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.logistic import logistic
from eval.metrics import ndcg
from eval.questions import Evidence, everyday, load, squeeze, texts_of
from eval.readsets import learned_from
from eval.setindex import QuestionSet, encodings, open_set, read_jsonl, spread
from qa import confidence as sureness
from qa.ask import encoded, understood
from qa.features import COLUMNS
from qa.opened import Opened
from qa.question import check, understand
from qa.retrieve import feature_table, find_candidates, retrieve, weights

MOST_QUESTIONS = 400  # of one set: more move no weight in its second digit
FEWEST_QUESTIONS = 100  # of a set that confidence is fitted on: of fewer, each would weigh as much as ten of another
RIDGE = 2e-3  # on the combination's weights; ten times more or less changes nDCG by less than .003
STEPS, RATE = 400, 0.05  # of Adam; the loss stands still long before
CONFIDENCE_RIDGE = 1e-2
# Not learned. The sets hold too few definitions to learn from; 0.5 to 1.5 answer alike. Most sets have
# documents of one passage, which teach nothing of neighbours; on manuals left-out nDCG is .015 higher than with 0.15.
# Hardly a question there asks for a part number; with 1.0 left-out nDCG stays within .002.
FIXED = {"definition": 1.0, "neighbours": 0.45, "names": 1.0}
# One in so many, that those near the topic weigh most: with every third everyday one, they are told apart worse (AUROC .98, not .99).
EVERYDAY_FITTED, OFFTOPIC_FITTED = 12, 4
# Below it the articles are said not to answer. Answerable and unanswerable questions weigh the same in the fit; of readers
# who ask for what is there twice as often, one in two is at 1/3. On the tuning parts 445 of 449 answerable questions are
# answered and 9 of 64 near the topic; with 0.25 446 and 13, with 0.5 439 and 8.
LINE = 0.35
REAL_WORTH = 3  # a set of questions on whole articles weighs as much as three question sets: it is what users have


@dataclass(frozen=True, slots=True)
class Case:
    """One question: its candidates' features (n, f), documents, and which of them are relevant."""

    table: np.ndarray
    documents: tuple[str, ...]
    right: np.ndarray
    relevant: frozenset[str]


def cases_of(question_set: QuestionSet) -> list[Case]:
    """Up to `MOST_QUESTIONS` questions of a set, evenly spread."""
    asked = spread([(id_, text) for id_, text in question_set.queries if id_ in question_set.relevant], MOST_QUESTIONS)
    vectors = encodings(question_set.opened, [text for _, text in asked])
    cases = []
    for (id_, text), vector in zip(asked, vectors, strict=True):
        question = understand(check(text))
        candidates = find_candidates(question_set.opened, question, vector)
        kept, table, *_ = feature_table(question_set.opened, question, vector, candidates)
        names = tuple(question_set.opened.store.article_of(row) for row in candidates.rows[kept].tolist())
        relevant = question_set.relevant[id_]
        cases.append(Case(table, names, np.array([name in relevant for name in names]), relevant))
    return cases


def cases_on_articles(opened: Opened, files: Sequence[Path]) -> tuple[list[Case], list[str], list[str]]:
    """The tuning part of question files on an index of articles: cases, answerable texts, unanswerable texts.

    A passage is relevant when it covers a piece of evidence.
    """

    questions = load(files, texts_of(opened.store), "tune")
    cases = []
    for asked in (one for one in questions if one.answerable):
        question = understood(opened, check(asked.text))
        asked_as = encoded(opened, question)
        candidates = find_candidates(opened, question, asked_as)
        kept, table, *_ = feature_table(opened, question, asked_as, candidates)
        rows = candidates.rows[kept].tolist()
        right = np.array([_covers(opened, row, asked.evidence) for row in rows])
        names = tuple(str(row) for row in rows)
        cases.append(Case(table, names, right, frozenset(name for name, yes in zip(names, right, strict=True) if yes)))
    told = [[one.text for one in questions if one.answerable is yes] for yes in (True, False)]
    return cases, told[0], told[1]


def _covers(opened: Opened, row: int, evidence: Sequence[Evidence]) -> bool:
    passage = opened.store.passage(row)
    text = squeeze(passage.span.of(opened.store.article(passage.article_id).text))
    return any(one.path == passage.article_id and one.text in text for one in evidence)


def fit(groups: Sequence[Sequence[Case]]) -> np.ndarray:
    """Weights (f,) that minimise the softmax loss, each group weighing the same."""
    free = np.array([name not in FIXED for name in COLUMNS])
    weight = np.array([FIXED.get(name, 0.0) for name in COLUMNS])
    mean, square = np.zeros(len(COLUMNS)), np.zeros(len(COLUMNS))
    together = _padded(groups)
    for step in range(1, STEPS + 1):
        slope = np.where(free, _slope(*together, weight) + 2 * RIDGE * weight, 0.0)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        weight = weight - RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-9)
    return weight


def _padded(groups: Sequence[Sequence[Case]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All questions that can be learned from: features (q, m, f), which candidates exist (q, m), which are right, worths (q,)."""
    useful = [[case for case in group if case.right.any()] for group in groups]
    cases = [case for group in useful for case in group]
    most = max(len(case.right) for case in cases)
    tables = np.zeros((len(cases), most, len(COLUMNS)), np.float32)
    there, right = np.zeros((2, len(cases), most), bool)
    for at, case in enumerate(cases):
        count = len(case.right)
        tables[at, :count], there[at, :count], right[at, :count] = case.table, True, case.right
    worth = np.concatenate([np.full(len(group), 1 / len(group) / len(groups)) for group in useful if group])
    return tables, there, right, worth


def _slope(tables: np.ndarray, there: np.ndarray, right: np.ndarray, worth: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Gradient of the mean of -log P(a relevant candidate) over questions."""
    rows = tables.reshape(-1, tables.shape[2])
    scores = np.where(there, (rows @ weight.astype(np.float32)).reshape(there.shape), -np.inf)
    share = np.exp(scores - scores.max(axis=1, keepdims=True))
    among_right = np.where(right, share, 0.0)
    wrong = share / share.sum(axis=1, keepdims=True) - among_right / among_right.sum(axis=1, keepdims=True)
    return (wrong * worth[:, None]).astype(np.float32).reshape(-1) @ rows


def score(cases: Sequence[Case], weight: np.ndarray) -> float:
    """Mean nDCG@10 of documents ranked by their best passage."""
    values = []
    for case in cases:
        order = np.argsort(-(case.table @ weight), kind="stable")
        values.append(ndcg(list(dict.fromkeys(case.documents[at] for at in order)), set(case.relevant)))
    return float(np.mean(values))


def confidence_rows(opened: Opened, texts: Sequence[str]) -> np.ndarray:
    """(n, features) of confidence for each question."""
    rows = []
    for text, vector in zip(texts, encodings(opened, list(texts)), strict=True):
        question = understood(opened, check(text))
        hits = retrieve(opened, question, vector, 5)
        if hits:
            values = sureness.features(opened, question, vector, hits)
            rows.append([values[name] for name in sureness.FEATURES])
    return np.array(rows)


def fit_confidence(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Logistic weights (features + bias) of (answerable, unanswerable) rows."""
    table = np.vstack([part for pair in pairs for part in pair])
    truth = np.concatenate([np.repeat([1.0, 0.0], [len(yes), len(no)]) for yes, no in pairs])
    worth = np.concatenate([np.repeat([50 / len(yes), 50 / len(no)], [len(yes), len(no)]) for yes, no in pairs])
    return logistic(table, truth, worth, CONFIDENCE_RIDGE)


def _combination(sets: Sequence[QuestionSet], articles: Sequence[Sequence[Case]]) -> dict[str, float]:
    """The weights of the combination; prints what each set gets when it is left out."""
    groups = [cases_of(one) for one in sets]
    for at, one in enumerate(sets):
        others = [group for other, group in enumerate(groups) if other != at] + [*articles]
        print(f"{one.name:26} left out: nDCG@10 {score(groups[at], fit(others or groups)):.4f}", flush=True)
    return _named(COLUMNS, fit(groups + [*articles]))


def _confidence(
    sets: Sequence[QuestionSet], real: Sequence[tuple[Opened, list[str], list[str]]], offtopic: list[str], read: Sequence[str]
) -> dict[str, float]:
    """The weights of confidence. `real`: an index of whole articles, answerable and unanswerable questions; `read`: see `main`."""
    pairs = []
    for one in sets:
        seen = {*learned_from(one)} if one.name in read else set()
        asked = [text for id_, text in one.queries if id_ in one.relevant and (id_, text) not in seen]
        if len(asked) < FEWEST_QUESTIONS:
            continue
        hopeless = [*offtopic, *one.unanswerable[::2]]
        pairs.append((confidence_rows(one.opened, spread(asked, MOST_QUESTIONS)), confidence_rows(one.opened, hopeless)))
    elsewhere = [*offtopic[::OFFTOPIC_FITTED], *everyday("tune")[::EVERYDAY_FITTED]]
    for opened, asked, hopeless in real:
        pairs += [(confidence_rows(opened, asked), confidence_rows(opened, [*hopeless, *elsewhere]))] * 2
    return _named((*sureness.FEATURES, "bias"), fit_confidence(pairs))


def _named(names: Sequence[str], weights: np.ndarray) -> dict[str, float]:
    return {name: round(float(value), 3) for name, value in zip(names, weights, strict=True)}


def _write(fitted: dict) -> None:
    path = Path(sureness.__file__).parent / "weights.json"
    stored = json.loads(path.read_text("utf-8")) | fitted
    path.write_text(json.dumps(stored, ensure_ascii=False, indent=1) + "\n", "utf-8")


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval fit", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--offtopic", type=Path, required=True)
    parser.add_argument(
        "--articles", nargs="+", action="append", default=[], metavar=("INDEX", "FILE"),
        help="an index of whole articles, and question files on it",
    )  # fmt: skip
    parser.add_argument("--read", nargs="+", default=[], metavar="NAME", help="sets that the reader learned from")
    parser.add_argument("--only-confidence", action="store_true", help="leave the combination as it is")
    parser.add_argument("--write", action="store_true", help="put the weights into qa/weights.json")
    options = parser.parse_args(argv)
    sets = [open_set(folder) for folder in options.folders]
    opened = [Opened(Path(index)) for index, *_ in options.articles]
    real = [cases_on_articles(one, [Path(f) for f in files]) for one, (_, *files) in zip(opened, options.articles, strict=True)]
    fitted = {} if options.only_confidence else _combination(sets, [cases for cases, _, _ in real] * REAL_WORTH)
    if options.write:  # first, so that confidence is fitted on what these put first
        _write(fitted)
        weights.cache_clear()
    offtopic = [one["text"] for one in read_jsonl(options.offtopic)][::4]
    texts = [(one, asked, hopeless) for one, (_, asked, hopeless) in zip(opened, real, strict=True)]
    sure = _confidence(sets, texts, offtopic, options.read)
    print(json.dumps({**fitted, "confidence": sure}, indent=1))
    if options.write:
        _write({"confidence": {**sure, "line": LINE}})
    return 0
