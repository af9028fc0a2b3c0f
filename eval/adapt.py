"""`python -m eval adapt`: train what `ingest.adapter` adds to the bundled model, on passages and questions of our own.

`eval/pairs.jsonl` holds groups of passages that stand close to each other, and questions
that one of them answers, half of them in wholly other words. A question is to be nearer to
its passage than to its siblings and to those of other groups, as a whole (cosine) and by
its tokens (late interaction with signs, as an index keeps them). None of it is taken from a
question set, so every set measures what has been learned. (`unanswered`, one question on the topic of
each passage that it does not answer, is not used here: it is for fitting refusals.)

The means of `ingest.tokenvectors` are taken as they are, those of the bundled model or of an adapter. Then: `python -m eval means`, `python -m eval fit`, and index anew.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from eval.setindex import read_jsonl
from ingest import tokenvectors
from ingest.adapter import ADAPTER_FILE, RANK, shapes, write_adapter
from ingest.device import CPU
from ingest.e5 import Weights
from ingest.e5_bulk import Bulk
from ingest.e5_torch import OnDevice
from ingest.embed import PASSAGE_PREFIX, QUERY_PREFIX
from ingest.modelkey import weights_file
from ingest.searchtext import heading_line

PAIRS = Path(__file__).parent / "pairs.jsonl"
PASSES = 2  # over all passages: with these, each question is asked about once
GROUPS = 8  # of one step, each of about five passages
ALIKE = 8 * GROUPS  # groups among which those of like length are shown together
ASKED = 2  # questions to each passage in one step
RATE, WARM_UP = 3e-4, 10  # of AdamW, and the steps until it is reached; then it falls to nothing
DECAY = 0.01
TEMPERATURE = 0.02  # of cosines and of means over tokens: both differ by some hundredths
SEEN = 3.0  # standard deviations around 0 within which a sign passes its gradient on
HEADED, TITLED = 0.5, 0.75  # shares of passages shown under title and heading; up to the second, under the title alone
CLIPPED = 1.0  # length of a gradient
# Of what was learned so much is added (as in Wortsman et al., WiSE-FT, 2022): with all of it notes full of code and
# formulas lose .02 of nDCG, on articles .7 is as good. Chosen on the tuning parts and on llm_faq_notes.
SHARE = 0.6
TOLD = 10  # steps between two lines of progress


@dataclass(frozen=True, slots=True)
class Shown:
    """The texts of one step: `right` is the passage of each question, by its place."""

    passages: list[str]
    questions: list[str]
    right: list[int]


class Trained(OnDevice):
    """The bundled model with factors that learn, in half precision where torch knows how."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights, CPU)
        chance = torch.Generator().manual_seed(0)
        self.factors = {}
        for name, (rows, columns) in shapes(weights.layers, weights.width, weights.inner).items():
            down = torch.randn(RANK, columns, generator=chance) / columns**0.5
            self.factors[name] = (down.requires_grad_(), torch.zeros(rows, RANK, requires_grad=True))

    def parameters(self) -> list[torch.Tensor]:
        """All that is learned."""
        return [one for pair in self.factors.values() for one in pair]

    def _linear(self, x, name: str):
        down, up = self.factors[f"{name}.w"]
        return super()._linear(x, name) + functional.linear(functional.linear(x, down), up)


class _Sign(torch.autograd.Function):
    """The signs of numbers; gradients pass where these are not far from 0 (straight-through: Bengio et al., 2013)."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return torch.sign(x)

    @staticmethod
    def backward(context, slope):
        (x,) = context.saved_tensors
        return slope * (x.abs() < SEEN * x.std())


class Learner:
    """Computes the loss of a step."""

    def __init__(self, weights: Weights) -> None:
        self.model = Trained(weights)
        self._bulk = Bulk(weights, self.model)
        self._turn = torch.from_numpy(tokenvectors._turn(weights.width))

    def loss(self, shown: Shown) -> torch.Tensor:
        """Of finding each question's passage among all: by cosine, and by tokens."""
        right = torch.tensor(shown.right)
        with torch.autocast(CPU, torch.bfloat16):
            passages, states, inside = self._embedded(PASSAGE_PREFIX, shown.passages)
            questions, asked, asking = self._embedded(QUERY_PREFIX, shown.questions)
        whole = functional.normalize(questions, dim=-1) @ functional.normalize(passages, dim=-1).T
        tokens = self._by_tokens(self._turned(asked, "question token"), asking, self._turned(states, "token"), inside)
        return functional.cross_entropy(whole / TEMPERATURE, right) + functional.cross_entropy(tokens / TEMPERATURE, right)

    def _embedded(self, prefix: str, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Means (n, dim), states (n, length, dim), and which of these are tokens of a text (n, length)."""
        windows = [self._bulk._windows(number, prefix, text)[0] for number, text in enumerate(texts)]
        length = max(len(window.ids) for window in windows)
        batch = self._bulk._batch([window.ids for window in windows], len(windows), length)
        inside = batch.mask > 0
        for row, window in enumerate(windows):
            inside[row, : window.skipped] = inside[row, len(window.ids) - 1] = False
        means, states = self.model._forward(*map(torch.from_numpy, batch))
        return means.float(), states.float(), torch.from_numpy(inside)

    def _turned(self, states: torch.Tensor, kind: str) -> torch.Tensor:
        return (states - torch.from_numpy(tokenvectors._mean(kind))) @ self._turn

    def _by_tokens(self, asked, asking, states, inside) -> torch.Tensor:
        """Mean over the tokens of each question of the nearest of each passage: (questions, passages)."""
        signs = _Sign.apply(states) * states.shape[-1] ** -0.5
        tokens = functional.normalize(asked[asking], dim=-1)
        similar = (tokens.bfloat16() @ signs.flatten(0, 1).bfloat16().T).float().view(len(tokens), *inside.shape)
        nearest = similar.masked_fill(~inside, -1.0).amax(dim=2)
        own = torch.arange(len(asked))[:, None].expand_as(asking)[asking]
        sums = torch.zeros(len(asked), len(states)).index_add(0, own, nearest)
        return sums / asking.sum(dim=1, keepdim=True)


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
        some = [one for group in order[begin : begin + GROUPS] for one in group]
        asked = [(at, question) for at, one in enumerate(some) for question in chance.sample(one["questions"], ASKED)]
        yield Shown([_text(one, chance.random()) for one in some], [text for _, text in asked], [at for at, _ in asked])


def _length(group: list[dict]) -> int:
    return max(len(one["passage"]) for one in group)


def _text(one: dict, lot: float) -> str:
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
