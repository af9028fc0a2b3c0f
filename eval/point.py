"""`python -m eval point`: train `qa.sentencereader`, which tells the sentence that answers from others that come near.

It is shown a question, the sentences of the passage that answers it, and sentences of other passages, one softmax
over all of them: it learns which sentence of a passage answers, and which passage's. Of `eval/pairs.jsonl` only
those passages are shown of which it is told which sentence answers. It begins with the numbers of the reader:
what a question asks for, that one knows.

Two are trained so, and their mean is written (as in Wortsman et al., Model soups, 2022). The others that one is
shown are of the same article: it tells sentences of a passage apart best. The other one is shown the likeliest
sentences of passages that come near, too: it tells passages apart best; and with `--sets`, questions of question
sets that tell answers in so many words, beside what is found for them: those that the reader has learned from,
see `eval.readsets`. On the tuning parts and on saved pages the mean gets as many first passages right as the second,
and more sentences than either. The one that is shipped was trained without one group in 25 of `eval/reader_pairs.jsonl`,
which told when to stop.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from eval.adapt import PAIRS, read_groups, text_of
from eval.learn import learn
from eval.questions import squeeze
from eval.read import READER_PAIRS, sentence_number
from eval.readnet import SentenceNet, pointing_loss
from eval.readsets import found
from eval.setindex import open_set
from ingest.embed import Encoded, open_embedder
from ingest.halves import read_halves, write_halves
from ingest.passagevectors import embed
from ingest.sentences import joined, sentences
from ingest.tokenvectors import SENTENCE
from qa import reader
from qa.sentencereader import NEAR, SENTENCE_READER_FILE, Seen, readable, seen, shapes

PASSES = 2  # over all questions; after the second, of passages that are not shown .75 of the sentences are right as after the first
RATE = 6e-4  # see `eval.learn`
TOGETHER = 12  # questions of one step
NEAREST = 5  # passages, of which one is shown
BESIDE = 0.5  # so often another passage of the article is shown
OF_ARTICLE, ANOTHER = 0.6, 0.5  # beside one that comes near, so often; else so often the nearest of all
LIKELIEST = 3  # sentences of a passage that does not answer
FOUND = 6  # passages for a question of a set; more stand no chance to be cited
ALIKE = 30  # tokens by which passages of like length, which are shown together, may differ by chance


class Case(NamedTuple):
    """A question with a passage that answers it; all passages are packed, see `ingest.tokenvectors`."""

    asked: Encoded
    passage: np.ndarray
    right: tuple[int, ...]  # the numbers of its sentences that answer, from 0
    near: list[np.ndarray]  # passages that come near and do not answer, nearest first
    beside: list[np.ndarray]  # other passages of the article


Show = Callable[[Case, random.Random], tuple[list[Seen], tuple[int, ...]]]


def cases_of_rows(rows: Sequence[dict], seed: int = 0) -> list[Case]:
    """Every question of some passages that tell which sentence answers; without those whose sentences cannot be told apart."""
    chance, embedder = random.Random(seed), open_embedder()
    texts = [text_of(one, chance.random()) for one in rows]
    vectors, packed = embed(embedder, texts)
    asked = [(at, sentence_number(texts[at], begin)) for at, one in enumerate(rows) for begin in one["answers"]]
    questions = embedder.embed_queries([text for one in rows for text in one["questions"]])
    groups: dict[str, list[int]] = {}
    for at, one in enumerate(rows):
        groups.setdefault(one["group"], []).append(at)
    cases = []
    for (at, number), question in zip(asked, questions, strict=True):
        if number and readable(question, packed[at]):
            order = [other for other in np.argsort(-(vectors @ question.vector))[: NEAREST + 1].tolist() if other != at]
            beside = [packed[other] for other in groups[rows[at]["group"]] if other != at]
            cases.append(Case(question, packed[at], (number - 1,), [packed[other] for other in order], beside))
    return cases


def cases_of_set(folder: Path) -> Iterator[Case]:
    """Of the questions of a set that the reader learned from: the first passage found that holds an answer, and those that hold none."""
    question_set = open_set(folder)
    opened = question_set.opened
    for question, relevant, answers, hits in found(question_set, folder, FOUND):
        own: tuple[np.ndarray, tuple[int, ...]] | None = None
        others = []
        for hit in hits:
            packed = np.array(opened.tokens.of(hit.row))
            article = opened.store.article(hit.passage.article_id)
            spans = sentences(article.text, hit.passage.span, hit.passage.joins)
            told = [squeeze(joined(article.text, span, hit.passage.joins)) for span in spans]
            right = tuple(at for at, one in enumerate(told) if any(answer in one for answer in answers))
            if not readable(question, packed) or len(spans) != int((packed[:, -1] == SENTENCE).sum()):
                continue
            if not right:
                others.append(packed)
            elif own is None and article.id in relevant:
                own = packed, right
        if own:
            yield Case(question, *own, others, [])


def shown_of_article(case: Case, chance: random.Random) -> tuple[list[Seen], tuple[int, ...]]:
    """The sentences that a question is shown, those of its passage first, and the numbers of those that answer; others of the article alone."""
    every = _every(case.asked, case.passage)
    if case.beside and chance.random() < BESIDE:
        other = chance.choice(case.beside)
        every += _every(case.asked, other) if readable(case.asked, other) else []
    return every, case.right


def shown(case: Case, chance: random.Random) -> tuple[list[Seen], tuple[int, ...]]:
    """The same, with the likeliest sentences of passages that come near."""
    others = [chance.choice(case.near[:NEAREST])] if case.near else []
    if case.beside and chance.random() < OF_ARTICLE:
        others.append(chance.choice(case.beside))
    elif case.near and chance.random() < ANOTHER:
        others.append(case.near[0])
    every = _every(case.asked, case.passage)
    for passage in {id(one): one for one in others}.values():  # each once
        if readable(case.asked, passage):
            every += _likeliest(_every(case.asked, passage))
    return every, case.right


def _every(asked: Encoded, packed: np.ndarray) -> list[Seen]:
    return [seen(asked, packed, at) for at in range(int((packed[:, -1] == SENTENCE).sum()))]


def _likeliest(some: list[Seen]) -> list[Seen]:
    """Those that come nearest."""
    return sorted(some, key=lambda one: -float(one.passage[0, NEAR] @ (1.0, 0.5)))[:LIKELIEST]


def train(cases: Sequence[Case], passes: int = PASSES, seed: int = 0, show: Show = shown) -> dict[str, np.ndarray]:
    """The numbers of the model by their names, those of `qa.sentencereader.shapes`."""
    torch.manual_seed(seed)
    chance, net = random.Random(seed), begun()
    steps = (step for _ in range(passes) for step in _steps(cases, chance))
    total = passes * -(-len(cases) // TOGETHER)
    return learn(net, steps, total, passes, RATE, lambda step: pointing_loss(net, [show(case, chance) for case in step]))


def _steps(cases: Sequence[Case], chance: random.Random) -> list[list[Case]]:
    """One pass: passages of like length together."""
    order = sorted(chance.sample(cases, len(cases)), key=lambda one: len(one.passage) + ALIKE * chance.random())
    steps = [order[begin : begin + TOGETHER] for begin in range(0, len(order), TOGETHER)]
    return chance.sample(steps, len(steps))


def begun() -> SentenceNet:
    """A model with the numbers of the shipped reader; what it sees beyond that one counts for nothing yet."""
    net = SentenceNet()
    values = {name: torch.from_numpy(half.astype(np.float32)) for name, half in read_halves(reader.READER_FILE, reader.shapes()).items()}
    known = values["passage.weight"]
    values["passage.weight"] = torch.nn.functional.pad(known, (0, shapes()["passage.weight"][1] - known.shape[1]))
    net.load_state_dict(values)
    return net


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval point", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[PAIRS, READER_PAIRS], help="groups of passages and questions")
    parser.add_argument("--sets", nargs="+", type=Path, default=[], metavar="SET", help="question sets to learn from, too")
    parser.add_argument("--out", type=Path, default=SENTENCE_READER_FILE)
    options = parser.parse_args(argv)
    cases = []
    for file in options.files:  # apart, as the neighbours of one are the nearest of its own
        cases += cases_of_rows([one for group in read_groups(file) for one in group if one.get("answers")])
    of_sets = [case for folder in options.sets for case in cases_of_set(folder)]
    one, other = train(cases, show=shown_of_article), train([*cases, *of_sets])
    write_halves(options.out, ((one[name] + other[name]) / 2 for name in shapes()))
    return 0
