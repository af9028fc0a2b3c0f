"""The loss of `eval.adapt`: what is asked of a step's passages, sentences and questions.

Each question is to be nearer to its own passage than to any other, as a whole (cosine) and by
its tokens (late interaction with signs, as an index keeps them); the sentence that answers is to be
nearer than the rest of its passage, by its tokens, and than those of other passages too, as it is
embedded alone; and a question that is answered is to be nearer to its passage than one that is
not answered is to any.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from ingest import tokenvectors
from ingest.adapter import RANK, shapes
from ingest.device import CPU
from ingest.e5 import Weights
from ingest.e5_bulk import Bulk
from ingest.e5_torch import OnDevice
from ingest.embed import PASSAGE_PREFIX, QUERY_PREFIX
from ingest.searchtext import sentence_texts

TEMPERATURE = 0.02  # of cosines and of means over tokens: both differ by some hundredths
SEEN = 3.0  # standard deviations around 0 within which a sign passes its gradient on
# How much these weigh beside finding the passage. With `REFUSING`, all else being the same (2,066 passages, no sentences),
# AUROC of confidence on the tuning parts of the five articles and of corpus/ went from .969 and .970 to .981 and .981,
# and nDCG on stard_gold from .617 to .607. Other values were not tried, nor `POINTING` alone.
REFUSING, POINTING = 0.25, 0.5
UNSEEN = -1e4  # what is added where nothing is to be seen: nothing is left of it after softmax
TOGETHER = 48  # sentences: with more, there is more padding
WEAK = 4  # a question's weakest tokens are one in so many, as in `ingest.interaction`


@dataclass(frozen=True, slots=True)
class Shown:
    """The texts of one step, none of them blank.

    `right` is the passage of each question, by its place; `begins` the place in it where the
    sentence that answers begins (None: not known). Nothing answers the `unanswered`.
    """

    passages: list[str]
    questions: list[str]
    right: list[int]
    begins: list[int | None]
    unanswered: list[str]


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

    def _attention(self, query, key, value, seen):
        """Written out: what torch's own gains forwards on processors it loses twice over backwards."""
        unseen = torch.zeros(seen.shape, dtype=query.dtype).masked_fill(~seen, UNSEEN)
        with torch.autocast(CPU, enabled=False):
            return (query * query.shape[-1] ** -0.5 @ key.transpose(-1, -2) + unseen).softmax(dim=-1) @ value


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


class _Embedded(NamedTuple):
    """Means (n, dim), states (n, length, dim), which of these are tokens of a text (n, length), and their characters."""

    means: torch.Tensor
    states: torch.Tensor
    inside: torch.Tensor
    lengths: list[list[int]]


class Learner:
    """Computes the loss of a step."""

    def __init__(self, weights: Weights) -> None:
        self.model = Trained(weights)
        self._bulk = Bulk(weights, self.model)
        self._turn = torch.from_numpy(tokenvectors._turn(weights.width))

    def loss(self, shown: Shown) -> torch.Tensor:
        """Of finding each question's passage among all, of refusing what none answers, and of finding the sentence."""
        asked = len(shown.questions)
        with torch.autocast(CPU, torch.bfloat16):
            passages = self._embedded(PASSAGE_PREFIX, shown.passages)
            questions = self._embedded(QUERY_PREFIX, shown.questions + shown.unanswered)
        whole = functional.normalize(questions.means, dim=-1) @ functional.normalize(passages.means, dim=-1).T
        signs = self._signs(passages.states, "token")
        tokens = functional.normalize(self._turned(questions.states, "question token"), dim=-1)[questions.inside]
        nearest = torch.full((*questions.inside.shape, len(shown.passages)), 2.0)  # more than any, where there is no token
        nearest[questions.inside] = _nearest(tokens, signs, passages.inside)
        means, weakest = _means(nearest, questions.inside)
        right = torch.tensor(shown.right)
        found = sum(functional.cross_entropy(one[:asked] / TEMPERATURE, right) for one in (whole, means))
        refused = sum(_apart(one, right) for one in (whole, means, weakest)) if shown.unanswered else 0.0
        known = [at for at, begin in enumerate(shown.begins) if begin is not None]
        if not known:
            return found + REFUSING * refused
        # Taken apart once: an index for each question would cost a table of gradients each.
        of_questions = tokens.split(questions.inside.sum(dim=1).tolist())
        of_passages = [one[there] for one, there in zip(signs.unbind(), passages.inside, strict=True)]
        near = [of_questions[at] @ of_passages[shown.right[at]].T for at in known]
        pointed = self._pointing(shown, known, near, passages.lengths, questions.means[known])
        return found + REFUSING * refused + POINTING * pointed

    def _pointing(
        self, shown: Shown, known: list[int], near: list[torch.Tensor], lengths: list[list[int]], asked: torch.Tensor
    ) -> torch.Tensor:
        """Loss of finding the sentence that answers: by tokens within its passage, alone among those of all such passages.

        `known`: the questions of which it is known; `near`: of each, how near its tokens come to
        those of its passage, (q, length); `lengths`: of those of each passage; `asked`: (n, dim), means of the questions.
        """
        told = sorted({shown.right[at] for at in known})
        split = {at: sentence_texts(shown.passages[at]) for at in told}
        starts = {at: [start for start, _ in split[at]] for at in told}
        owns = [shown.right[at] for at in known]
        answers = [_place(starts[own], shown.begins[at]) for at, own in zip(known, owns, strict=True)]
        by_tokens = [
            functional.cross_entropy(_by_sentence(one, lengths[own], starts[own])[None] / TEMPERATURE, torch.tensor([answer]))
            for one, own, answer in zip(near, owns, answers, strict=True)
        ]
        with torch.autocast(CPU, torch.bfloat16):
            spoken = self._spoken([text for at in told for _, text in split[at]])
        sentences = self._signs(functional.normalize(spoken, dim=-1), "sentence")
        whole = functional.normalize(self._turned(functional.normalize(asked, dim=-1), "question"), dim=-1)
        first = dict(zip(told, accumulate((len(split[at]) for at in told), initial=0), strict=False))
        target = torch.tensor([first[own] + answer for own, answer in zip(owns, answers, strict=True)])
        return torch.stack(by_tokens).mean() + functional.cross_entropy(whole @ sentences.T / TEMPERATURE, target)

    def _spoken(self, sentences: Sequence[str]) -> torch.Tensor:
        """Means of sentences, (n, dim); those of like length are embedded together."""
        order = sorted(range(len(sentences)), key=lambda at: len(sentences[at]))
        blocks = [order[begin : begin + TOGETHER] for begin in range(0, len(order), TOGETHER)]
        means = [self._embedded(PASSAGE_PREFIX, [sentences[at] for at in block]).means for block in blocks]
        return torch.cat(means)[torch.tensor(order).argsort()]

    def _embedded(self, prefix: str, texts: Sequence[str]) -> _Embedded:
        windows = [self._bulk._windows(number, prefix, text)[0] for number, text in enumerate(texts)]
        length = max(len(window.ids) for window in windows)
        batch = self._bulk._batch([window.ids for window in windows], len(windows), length)
        inside = batch.mask > 0
        for row, window in enumerate(windows):
            inside[row, : window.skipped] = inside[row, len(window.ids) - 1] = False
        means, states = self.model._forward(*map(torch.from_numpy, batch))
        return _Embedded(means.float(), states.float(), torch.from_numpy(inside), [window.lengths for window in windows])

    def _turned(self, states: torch.Tensor, kind: str) -> torch.Tensor:
        return (states - torch.from_numpy(tokenvectors._mean(kind))) @ self._turn

    def _signs(self, states: torch.Tensor, kind: str) -> torch.Tensor:
        return _Sign.apply(self._turned(states, kind)) * states.shape[-1] ** -0.5


def _nearest(tokens: torch.Tensor, signs: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    """How near the nearest token of each passage comes to each of the `tokens`: (tokens, passages)."""
    similar = (tokens.bfloat16() @ signs.flatten(0, 1).bfloat16().T).float().view(len(tokens), *inside.shape)
    return similar.masked_fill(~inside, -1.0).amax(dim=2)


def _means(nearest: torch.Tensor, inside: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Means of `nearest`, (questions, length, passages), over the tokens of each question, and over its weakest.

    Both (questions, passages).
    """
    counts = inside.sum(dim=1)
    few = (counts // WEAK).clamp(min=1)
    ascending = nearest.sort(dim=1).values
    place = torch.arange(inside.shape[1])
    sums = [
        (ascending * (place < some[:, None])[..., None]).sum(dim=1) / some[:, None] for some in (counts, few)
    ]
    return sums[0], sums[1]


def _apart(scores: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Mean loss over all pairs of an answered question and an unanswered one: the first, with its own passage, is to
    score above the second with the nearest of any."""
    own = scores[: len(right)].gather(1, right[:, None])
    return functional.softplus((scores[len(right) :].amax(dim=1) - own) / TEMPERATURE).mean()


def _place(starts: Sequence[int], begin: int) -> int:
    """Which sentence holds the character `begin`, which lies below the headings."""
    return bisect_right(starts, begin) - 1


def _by_sentence(similar: torch.Tensor, lengths: Sequence[int], starts: Sequence[int]) -> torch.Tensor:
    """As `Interaction.parts`, of one question and its passage: `similar` of their tokens, (q, length)."""
    ends = np.cumsum(lengths)
    first = np.searchsorted(ends, starts, "right")  # the token that a sentence's first character is in
    borders = [0, *first.tolist(), len(ends)]
    lowest = torch.zeros(len(similar))
    runs = [similar[:, begin:end].amax(dim=1) if begin < end else lowest for begin, end in pairwise(borders)]
    return torch.stack([torch.maximum(runs[0], part) for part in runs[1:]], dim=1).mean(dim=0)
