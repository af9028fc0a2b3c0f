"""The models of `qa.reader` and `qa.sentencereader` in torch, and the losses that `eval.read` and `eval.point` train them with.

The names of their parts are those of `qa.attention.shapes`, so that their numbers can be written as they are.
The reader learns to point at the sentence that answers, too; what points is not written: chosen by it
as well, hardly more sentences of the tuning parts are right (.898 and .929 against .898 and
.923), and with more weight fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from eval.adaptloss import UNSEEN
from qa.attention import BLOCKS, HEADS, INNER, PLACES, WIDTH
from qa.reader import DIM, Seen
from qa.sentencereader import Seen as SeenSentence
from qa.sentencereader import shapes

DROPPED = 0.15  # share of what is forgotten at random while learning
POINTING = 0.3  # how much finding the sentence weighs beside telling whether there is one
APART = 0.5  # likewise, that a passage that answers comes before one that does not


class Batch(NamedTuple):
    """Some `Seen`, padded: (b, q, DIM + 1), (b, q), (b, n, DIM + 3), (b, n), (b, n), (b, m, 2), (b, m)."""

    question: torch.Tensor
    asked: torch.Tensor  # which tokens there are
    passage: torch.Tensor
    told: torch.Tensor
    own: torch.Tensor
    sentences: torch.Tensor
    there: torch.Tensor  # which sentences have tokens


def batch(some: Sequence[Seen]) -> Batch:
    """`some` in one table each."""
    question, asked = _padded([one.question for one in some])
    passage, told = _padded([one.passage for one in some])
    own, _ = _padded([one.own[:, None] for one in some])
    sentences, _ = _padded([one.sentences for one in some])
    own = own[..., 0].long()
    there = torch.zeros(len(some), sentences.shape[1] + 1, dtype=torch.bool).scatter_(1, own * told, True)[:, 1:]
    return Batch(question, asked, passage, told, own, sentences, there)


def _padded(parts: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    found = np.zeros((len(parts), max(map(len, parts)), parts[0].shape[1]), np.float32)
    inside = np.zeros(found.shape[:2], bool)
    for at, part in enumerate(parts):
        found[at, : len(part)], inside[at, : len(part)] = part, True
    return torch.from_numpy(found), torch.from_numpy(inside)


class Block(nn.Module):
    """The question's tokens attend to each other, then to those of the passage."""

    def __init__(self) -> None:
        super().__init__()
        self.own, self.own_out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.asks, self.tells, self.told = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.own_norm, self.asks_norm, self.inner_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, x, asked, passage, told):
        asks, others, say = self.own(self.own_norm(x)).chunk(3, dim=-1)
        x = x + self.drop(self.own_out(self._attended(asks, others, say, asked)))
        tokens, tell = self.tells(passage).chunk(2, dim=-1)
        x = x + self.drop(self.told(self._attended(self.asks(self.asks_norm(x)), tokens, tell, told)))
        return x + self.drop(self.outer(torch.relu(self.inner(self.inner_norm(x)))))

    def _attended(self, asks, others, say, there):
        asks, others, say = (one.unflatten(-1, (HEADS, -1)).transpose(1, 2) for one in (asks, others, say))
        scores = asks @ others.transpose(-1, -2) * asks.shape[-1] ** -0.5
        share = scores.masked_fill(~there[:, None, None], UNSEEN).softmax(dim=-1)
        return (self.drop(share) @ say).transpose(1, 2).flatten(2)


class Base(nn.Module):
    """What both models have: `qa.attention.Model`. `columns`: of a passage's tokens."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.first = nn.Parameter(0.02 * torch.randn(WIDTH))
        self.places = nn.Parameter(torch.randn(PLACES, WIDTH))
        self.question, self.passage = nn.Linear(DIM + 1, WIDTH), nn.Linear(columns, WIDTH)
        for one in (self.question, self.passage):  # how near all comes is seen from the first step on, not by and by
            nn.init.uniform_(one.weight[:, DIM:], -1.0, 1.0)
        self.passage_norm, self.norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.answers = nn.Linear(WIDTH, 1)
        self.drop = nn.Dropout(DROPPED)

    def read(self, question, asked, passage, told) -> tuple[torch.Tensor, torch.Tensor]:
        """What is made of the questions as a whole, (b, WIDTH), and of the tokens of the passages, (b, n, WIDTH); see `Batch`."""
        count, length = asked.shape
        x = self.drop(self.question(question) + self.places[torch.arange(length).clamp(max=PLACES - 1)])
        x = torch.cat([self.first.expand(count, 1, -1), x], dim=1)
        asked = torch.cat([torch.ones(count, 1, dtype=torch.bool), asked], dim=1)
        passage = self.drop(self.passage_norm(self.passage(passage)))
        for block in self.blocks:
            x = block(x, asked, passage, told)
        return self.norm(x[:, 0]), passage


class Net(Base):
    """`Batch` -> how surely each passage answers, (b,), and how far its sentences are pointed at, (b, m)."""

    def __init__(self) -> None:
        super().__init__(DIM + 3)
        self.near = nn.Linear(2, 1)
        self.points, self.pointed = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, given: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        whole, passage = self.read(given.question, given.asked, given.passage, given.told)
        tokens = (self.pointed(passage) @ self.points(whole)[..., None])[..., 0] * WIDTH**-0.5
        most = torch.full((len(given.there), given.there.shape[1] + 1), UNSEEN)
        most = most.scatter_reduce(1, given.own, tokens.masked_fill(~given.told, UNSEEN), "amax")
        points = most[:, 1:] + self.near(given.sentences)[..., 0]
        return self.answers(whole)[:, 0], points.masked_fill(~given.there, UNSEEN)


class SentenceNet(Base):
    """Sentences as they are `qa.sentencereader.Seen` -> how surely each answers, (n,)."""

    def __init__(self) -> None:
        super().__init__(shapes()["passage.weight"][1])

    def forward(self, some: Sequence[SeenSentence]) -> torch.Tensor:
        question, asked = _padded([one.question for one in some])
        passage, told = _padded([one.passage for one in some])
        return self.answers(self.read(question, asked, passage, told)[0])[:, 0]


def loss(net: Net, some: Sequence[Seen], answered: Sequence[bool], sentences: Sequence[int]) -> torch.Tensor:
    """Of telling which passages answer, each alone and one beside another, and in which sentence, from 1 (0: not known)."""
    sure, points = net(batch(some))
    truth, right = torch.tensor(answered, dtype=torch.float32), torch.tensor(sentences)
    total = functional.binary_cross_entropy_with_logits(sure, truth)
    yes, no = sure[truth > 0], sure[truth == 0]
    if len(yes) and len(no):
        total = total + APART * functional.softplus(no[None] - yes[:, None]).mean()
    if (known := right > 0).any():
        total = total + POINTING * functional.cross_entropy(points[known], right[known] - 1)
    return total


def pointing_loss(net: SentenceNet, some: Sequence[tuple[Sequence[SeenSentence], Sequence[int]]]) -> torch.Tensor:
    """Mean of -log P(a sentence that answers) over questions, each with sentences and the numbers of those that answer, from 0."""
    every = net([one for sentences, _ in some for one in sentences]).split([len(sentences) for sentences, _ in some])
    lost = [sure.logsumexp(0) - sure[list(right)].logsumexp(0) for sure, (_, right) in zip(every, some, strict=True)]
    return torch.stack(lost).mean()
