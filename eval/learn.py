"""How the two models that read are trained: step after step, at a rate that rises and then falls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
import torch

Step = TypeVar("Step")

WARM_UP, LAST = 100, 0.02  # steps until the rate is reached, and the share of it that is left at the end
DECAY = 0.05  # of AdamW
CLIPPED = 1.0  # length of a gradient


def learn(
    net: torch.nn.Module, steps: Iterable[Step], total: int, passes: int, rate: float, loss: Callable[[Step], torch.Tensor]
) -> dict[str, np.ndarray]:
    """The numbers of `net` by their names, after all `steps`, of which there are `total`; tells how it goes after each of `passes`."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / WARM_UP) * max(LAST, 1 - step / total))
    losses: list[float] = []
    for number, step in enumerate(steps, 1):
        lost = loss(step)
        optimizer.zero_grad()
        lost.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), CLIPPED)
        optimizer.step()
        schedule.step()
        losses.append(lost.item())
        if number % (total // passes) == 0:
            print(f"{number} of {total}: loss {np.mean(losses[-(total // passes) :]):.3f}", flush=True)
    return {name: one.detach().numpy() for name, one in net.state_dict().items()}
