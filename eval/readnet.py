"""The model of `qa.reader` in torch, and the loss that `eval.read` trains it with.

The names of its parts are those of `qa.reader.shapes`, so that its numbers can be written as they are.
It learns to point at the sentence that answers, too; what points is not written: chosen by it
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
from qa.reader import BLOCKS, DIM, HEADS, INNER, PLACES, WIDTH, Seen

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


class Net(nn.Module):
    """`Batch` -> how surely each passage answers, (b,), and how far its sentences are pointed at, (b, m)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(0.02 * torch.randn(WIDTH))
        self.places = nn.Parameter(torch.randn(PLACES, WIDTH))
        self.question, self.passage = nn.Linear(DIM + 1, WIDTH), nn.Linear(DIM + 3, WIDTH)
        for one in (self.question, self.passage):  # how near all comes is seen from the first step on, not by and by
            nn.init.uniform_(one.weight[:, DIM:], -1.0, 1.0)
        self.passage_norm, self.norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.answers, self.near = nn.Linear(WIDTH, 1), nn.Linear(2, 1)
        self.points, self.pointed = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, given: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        count, length = given.asked.shape
        x = self.drop(self.question(given.question) + self.places[torch.arange(length).clamp(max=PLACES - 1)])
        x = torch.cat([self.first.expand(count, 1, -1), x], dim=1)
        asked = torch.cat([torch.ones(count, 1, dtype=torch.bool), given.asked], dim=1)
        passage = self.drop(self.passage_norm(self.passage(given.passage)))
        for block in self.blocks:
            x = block(x, asked, passage, given.told)
        whole = self.norm(x[:, 0])
        tokens = (self.pointed(passage) @ self.points(whole)[..., None])[..., 0] * WIDTH**-0.5
        most = torch.full((count, given.there.shape[1] + 1), UNSEEN)
        most = most.scatter_reduce(1, given.own, tokens.masked_fill(~given.told, UNSEEN), "amax")
        points = most[:, 1:] + self.near(given.sentences)[..., 0]
        return self.answers(whole)[:, 0], points.masked_fill(~given.there, UNSEEN)


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
