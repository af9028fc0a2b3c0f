"""`python -m eval read`: train `qa.reader`, which reads a question and a passage and tells how surely it answers.

It is shown passages with questions that they answer, with ones on their topic that they do not
answer, both now and then typed wrong (`eval.mistype`), with questions of their nearest neighbours,
with questions about something else, and with what people say that nothing answers
(`eval/chatter.jsonl`). Of `eval/pairs.jsonl` the adapter of the embedding model has learned too, so
questions come nearer to their passages there than they will elsewhere; of `eval/reader_pairs.jsonl`,
where two to six questions of each passage are not answered, it has not; 1,310 passages there are of
pages made to be found, which repeat a question and promise its answer, and 639 are twins, which share
their words and answer each other's questions not. With both files, AUROC on sets that are not shown is
higher than with the second alone. With `--sets`, it is shown questions of question sets too, see
`eval.readsets`. Then: `python -m eval fit --read …`, which tells the fit of confidence which these were.

The one that is shipped was trained without twins, slips and sets first, and then `--further` on all of it.
"""

from __future__ import annotations

import argparse
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from eval.adapt import PAIRS, read_groups, text_of
from eval.learn import learn
from eval.mistype import mistyped
from eval.readnet import Net, loss
from eval.readsets import beside
from eval.setindex import open_set, read_jsonl
from ingest.embed import Encoded, open_embedder
from ingest.halves import read_halves, write_halves
from ingest.passagevectors import embed
from ingest.searchtext import sentence_texts
from qa.reader import READER_FILE, seen, shapes

READER_PAIRS = Path(__file__).parent / "reader_pairs.jsonl"
CHATTER = Path(__file__).parent / "chatter.jsonl"  # {"text"} a line, none of which `eval/everyday.jsonl` has
PASSES = 5  # over all passages; with more, 1,500 passages were learned by heart
ASKED, REFUSED = 2, 2  # questions to each passage in one pass that it answers, and at most that it does not
NEIGHBOURS = 5  # of the nearest other passages one is shown with a question of this one's
STRANGERS = 0.5  # so often it is any other passage: without, questions about nothing in the articles seem answered
CHATTED = 0.3  # so often a passage is shown with chatter, too: a first reader that had seen none answered a third of it
TOGETHER = 32  # of one step
RATE = 1e-3  # see `eval.learn`
RATE_FURTHER = 4e-4  # of one that was trained before; what it knows is kept, what is new is learned in one pass
ALIKE = 20  # tokens by which passages of like length, which are shown together, may differ by chance


class Shown(NamedTuple):
    """One question and one passage."""

    question: int
    passage: int
    answered: bool
    sentence: int


@dataclass(frozen=True, slots=True)
class Told:
    """All that is shown, embedded. Of a question asked of its passage: the sentence that answers, from 1 (0: not known)."""

    passages: list[np.ndarray]  # packed, see `ingest.tokenvectors`
    vectors: np.ndarray  # (len(answered), dim), of unit length
    questions: list[Encoded]
    answered: list[list[tuple[int, int]]]  # of each passage, (question, sentence)
    refused: list[list[int]]  # of each passage, questions
    chatter: range  # questions that no passage answers
    found: tuple[Shown, ...] = ()  # of question sets, with passages behind those of `answered`


def tell(rows: Sequence[dict], chatter: Sequence[str], seed: int = 0) -> Told:
    """Embed passages, their questions, and what no passage answers."""
    chance, embedder = random.Random(seed), open_embedder()
    texts = [text_of(one, chance.random()) for one in rows]
    slips = random.Random(seed)
    vectors, passages = embed(embedder, texts)
    asked: list[str] = []
    answered, refused = [], []
    for one, text in zip(rows, texts, strict=True):
        begins = one.get("answers") or [None] * len(one["questions"])
        wrong = slips.randrange(len(begins))
        answered.append([(len(asked) + at, sentence_number(text, begin)) for at, begin in enumerate([*begins, begins[wrong]])])
        asked += [*one["questions"], mistyped(one["questions"][wrong], slips)]
        others = one["unanswered"] + [mistyped(text, slips) for text in slips.sample(one["unanswered"], min(1, len(one["unanswered"])))]
        refused.append([*range(len(asked), len(asked) + len(others))])
        asked += others
    last = range(len(asked), len(asked) + len(chatter))
    return Told(passages, vectors, embedder.embed_queries([*asked, *chatter]), answered, refused, last)


def with_sets(told: Told, folders: Sequence[Path]) -> Told:
    """The same, and what `eval.readsets` finds in question sets."""
    if not folders:
        return told
    some = [one for folder in folders for one in beside(open_set(folder), folder)]
    passages, questions = len(told.passages), len(told.questions)
    found = (Shown(questions + at, passages + at, one.answered, 0) for at, one in enumerate(some))
    return replace(
        told, found=tuple(found),
        passages=[*told.passages, *(one.packed for one in some)], questions=[*told.questions, *(one.asked for one in some)],
    )  # fmt: skip


def sentence_number(text: str, begin: str | None) -> int:
    """Which sentence of a passage's search text begins so, from 1; 0 where it is not told."""
    starts = [start for start, _ in sentence_texts(text)]
    return bisect_right(starts, text.rindex(begin)) if begin else 0


def shown(told: Told, near: dict[int, list[int]], chance: random.Random) -> Iterator[list[Shown]]:
    """One pass: steps of `TOGETHER`. `near`: the passages nearest to each question that is answered."""
    every = [*told.found]
    for at, (asked, refused) in enumerate(zip(told.answered, told.refused, strict=True)):
        some = chance.sample(asked, ASKED)
        every += [Shown(question, at, True, sentence) for question, sentence in some]
        every += [Shown(question, at, False, 0) for question in chance.sample(refused, min(REFUSED, len(refused)))]
        others = range(len(told.answered)) if chance.random() < STRANGERS else near[some[0][0]]
        others = [other for other in others if other != at]
        every.append(Shown(some[0][0], chance.choice(others), False, 0))
        if chance.random() < CHATTED:
            every.append(Shown(chance.choice(told.chatter), at, False, 0))
    every.sort(key=lambda one: len(told.passages[one.passage]) + ALIKE * chance.random())
    steps = [every[begin : begin + TOGETHER] for begin in range(0, len(every), TOGETHER)]
    yield from chance.sample(steps, len(steps))


def nearest(told: Told) -> dict[int, list[int]]:
    """The passages nearest to each question that is answered, one more than `NEIGHBOURS`."""
    found = {}
    for question in (question for asked in told.answered for question, _ in asked):
        scores = told.vectors @ told.questions[question].vector
        found[question] = np.argsort(-scores)[: NEIGHBOURS + 1].tolist()
    return found


def train(
    told: Told, passes: int = PASSES, seed: int = 0, rate: float = RATE, begin: dict[str, np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    """The numbers of the model by their names, those of `qa.reader.shapes` among them; from those of `begin` on, if given."""
    torch.manual_seed(seed)
    chance, near, net = random.Random(seed), nearest(told), Net()
    if begin:
        net.load_state_dict({name: torch.from_numpy(half.astype(np.float32)) for name, half in begin.items()}, strict=False)
    steps = [step for _ in range(passes) for step in shown(told, near, chance)]

    def lost(step: list[Shown]) -> torch.Tensor:
        what = [seen(told.questions[one.question], told.passages[one.passage]) for one in step]
        return loss(net, what, [one.answered for one in step], [one.sentence for one in step])

    return learn(net, steps, len(steps), passes, rate, lost)


def write_reader(path: Path, values: dict[str, np.ndarray]) -> None:
    """Write those of the numbers that `qa.reader.shapes` names, in its order."""
    write_halves(path, (values[name] for name in shapes()))


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval read", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[PAIRS, READER_PAIRS], help="groups of passages and questions")
    parser.add_argument("--sets", nargs="+", type=Path, default=[], metavar="SET", help="question sets to learn from, too")
    parser.add_argument("--further", type=Path, metavar="READER", help="go on from one that was trained, in one pass")
    parser.add_argument("--out", type=Path, default=READER_FILE)
    options = parser.parse_args(argv)
    rows = [one for file in options.files for group in read_groups(file) for one in group]
    told = with_sets(tell(rows, [one["text"] for one in read_jsonl(CHATTER)]), options.sets)
    if options.further:
        write_reader(options.out, train(told, 1, rate=RATE_FURTHER, begin=read_halves(options.further, shapes())))
    else:
        write_reader(options.out, train(told))
    return 0
