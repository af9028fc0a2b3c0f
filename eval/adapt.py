"""`python -m eval adapt`: train what `ingest.adapter` adds to the bundled model, on passages and questions of our own.

`eval/pairs.jsonl` holds groups of passages that stand close to each other, and of each passage
questions that it answers, half of them in wholly other words, and questions on its topic that it
does not answer (`unanswered`). Of nearly half of the passages it tells how the sentence begins
that answers each question (`answers`; null where that is only the lead-in of a list). What is
asked of them: `eval.adaptloss`. None of it is taken from a question set, so every set measures
what has been learned. (The adapter that is shipped was trained before seven unanswered questions
were replaced, three of which questions that measure ask too, and before sixty answers were mended.)

The means of `ingest.tokenvectors` are taken as they are, those of the bundled model or of an
adapter. Then: `python -m eval means`, `python -m eval ofpage`, `python -m eval fit`, and index anew.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from eval.adaptloss import Learner, Shown
from eval.setindex import read_jsonl
from ingest.adapter import ADAPTER_FILE, write_adapter
from ingest.e5 import Weights
from ingest.modelkey import weights_file
from ingest.searchtext import heading_line

PAIRS = Path(__file__).parent / "pairs.jsonl"
PASSES = 2  # over all passages: with these, each question is asked about once
GROUPS = 8  # of one step, each of about five passages
ALIKE = 8 * GROUPS  # groups among which those of like length are shown together
ASKED = 2  # questions to each passage in one step
RATE, WARM_UP = 3e-4, 10  # of AdamW, and the steps until it is reached; then it falls to nothing
DECAY = 0.01
HEADED, TITLED = 0.5, 0.75  # shares of passages shown under title and heading; up to the second, under the title alone
CLIPPED = 1.0  # length of a gradient
# Of what was learned so much is added (as in Wortsman et al., WiSE-FT, 2022): with all of it notes full of code and
# formulas lose .02 of nDCG, on articles .7 is as good. Chosen on the tuning parts and on llm_faq_notes. (So with finding alone;
# with all three losses hit@1 on the five articles is .01 lower with .8, and AUROC of confidence .006.)
SHARE = 0.6
TOLD = 10  # steps between two lines of progress


def read_groups(path: Path) -> list[list[dict]]:
    """The passages of each group, with their questions."""
    groups: dict[str, list[dict]] = {}
    for one in read_jsonl(path):
        groups.setdefault(one["group"], []).append(one)
    return list(groups.values())


def steps(groups: Sequence[list[dict]], chance: random.Random) -> Iterator[Shown]:
    """What is shown in one pass over all groups: `ASKED` questions to each passage."""
    order = chance.sample(groups, len(groups))
    # Some steps' groups at a time by length: a third less padding.
    order = [group for begin in range(0, len(order), ALIKE) for group in sorted(order[begin : begin + ALIKE], key=_length)]
    begins = range(0, len(order), GROUPS)
    for begin in chance.sample(begins, len(begins)):
        yield _shown([one for group in order[begin : begin + GROUPS] for one in group], chance)


def _shown(some: Sequence[dict], chance: random.Random) -> Shown:
    """One step: some passages, each with `ASKED` of its questions."""
    asked = [(at, which) for at, one in enumerate(some) for which in chance.sample(range(len(one["questions"])), ASKED)]
    passages = [text_of(one, chance.random()) for one in some]
    return Shown(
        passages,
        [some[at]["questions"][which] for at, which in asked],
        [at for at, _ in asked],
        [_begin(passages[at], some[at], which) for at, which in asked],
        [chance.choice(one["unanswered"]) for one in some],
    )


def _begin(text: str, one: dict, which: int) -> int | None:
    """Where in the text of a passage the sentence that answers a question begins, if that is known."""
    begin = one["answers"][which] if "answers" in one else None
    return None if begin is None else text.rindex(begin)


def _length(group: list[dict]) -> int:
    return max(len(one["passage"]) for one in group)


def text_of(one: dict, lot: float) -> str:
    """A passage as it is embedded, under its headings or not: an index has both."""
    headings = (one["title"], one["heading"])[: 2 if lot < HEADED else 1 if lot < TITLED else 0]
    return f"{heading_line('', headings)}\n{one['passage']}"


def train(groups: Sequence[list[dict]], seed: int = 0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The factors of every matrix, see `ingest.adapter.write_adapter`."""
    chance, learner = random.Random(seed), Learner(Weights(weights_file()))
    every = [shown for _ in range(PASSES) for shown in steps(groups, chance)]
    optimizer = torch.optim.AdamW(learner.model.parameters(), lr=RATE, weight_decay=DECAY)
    losses = []
    for number, shown in enumerate(every, 1):
        for part in optimizer.param_groups:
            part["lr"] = RATE * min(1, number / WARM_UP) * (1 - (number - 1) / len(every))
        optimizer.zero_grad()
        loss = learner.loss(shown)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learner.model.parameters(), CLIPPED)
        optimizer.step()
        losses.append(loss.item())
        if number % TOLD == 0:
            print(f"{number} of {len(every)}: loss {np.mean(losses[-TOLD:]):.3f}", flush=True)
    learned = {name: [one.detach().numpy() for one in pair] for name, pair in learner.model.factors.items()}
    return {name: (down, SHARE * up) for name, (down, up) in learned.items()}


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval adapt", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=PAIRS, help="groups of passages and questions")
    parser.add_argument("--out", type=Path, default=ADAPTER_FILE)
    options = parser.parse_args(argv)
    write_adapter(options.out, train(read_groups(options.file)))
    return 0
