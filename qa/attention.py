"""What the small models are made of that read a question and a text: attention over vectors of tokens.

Vaswani et al., Attention Is All You Need, 2017; norms before each part, as in Xiong et al., 2020. Several
texts are read side by side, of which each has as many tokens as it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.halves import read_halves

if TYPE_CHECKING:
    import numpy as np

WIDTH, INNER, HEADS, BLOCKS = 128, 256, 4, 2  # 1 MB; other sizes were not tried
PLACES = 32  # of tokens in a question; those further on share the last
_EPS = 1e-5  # torch's, in its norms


def shapes(question: int, passage: int) -> dict[str, tuple[int, ...]]:
    """The name and shape of each array of numbers of a model, by the columns of its two inputs, in the order of its file."""
    found: dict[str, tuple[int, ...]] = {"first": (WIDTH,), "places": (PLACES, WIDTH)}

    def linear(name: str, columns: int, rows: int) -> None:
        found[f"{name}.weight"], found[f"{name}.bias"] = (rows, columns), (rows,)

    def norm(name: str) -> None:
        found[f"{name}.weight"], found[f"{name}.bias"] = (WIDTH,), (WIDTH,)

    linear("question", question, WIDTH)
    linear("passage", passage, WIDTH)
    norm("passage_norm")
    for block in range(BLOCKS):
        for part, columns, rows in (
            ("own", WIDTH, 3 * WIDTH), ("own_out", WIDTH, WIDTH), ("asks", WIDTH, WIDTH), ("tells", WIDTH, 2 * WIDTH),
            ("told", WIDTH, WIDTH), ("inner", WIDTH, INNER), ("outer", INNER, WIDTH),
        ):  # fmt: skip
            linear(f"blocks.{block}.{part}", columns, rows)
        for part in ("own_norm", "asks_norm", "inner_norm"):
            norm(f"blocks.{block}.{part}")
    norm("norm")
    linear("answers", WIDTH, 1)
    return found


class Model:
    """The numbers of a model, read from a file."""

    def __init__(self, path: Path, named: Mapping[str, tuple[int, ...]]) -> None:
        """`named`: its `shapes`. WenjuError naming the remedy when `path` does not hold them."""
        self._values = {name: half.astype("f4") for name, half in read_halves(path, named).items()}

    def answers(self, questions: np.ndarray, passages: Sequence[np.ndarray]) -> np.ndarray:
        """How surely each of m texts answers a question as it is beside that text, (m, q, columns), m times (n, columns) -> (m,), log-odds."""
        import numpy as np

        count, length = questions.shape[:2]
        places = self._values["places"][np.minimum(np.arange(length), PLACES - 1)]
        first = np.broadcast_to(self._values["first"], (count, 1, WIDTH))
        x = np.concatenate([first, self._linear(questions, "question") + places], axis=1)
        lengths = np.array([len(one) for one in passages])
        every = self._norm(self._linear(np.concatenate(passages), "passage"), "passage_norm")
        for block in range(BLOCKS):
            x = self._block(x, every, lengths, f"blocks.{block}", block == BLOCKS - 1)
        return self._linear(self._norm(x[:, 0], "norm"), "answers")[:, 0]

    def _block(self, x: np.ndarray, every: np.ndarray, lengths: np.ndarray, name: str, last: bool) -> np.ndarray:
        """The question's tokens attend to each other, then to those of the text: of `every`, one text behind the other.

        Of the `last` block nothing is read but what the first token becomes, (m, 1, WIDTH): the others only tell.
        """
        import numpy as np

        asks, others, say = np.split(self._linear(self._norm(x, f"{name}.own_norm"), f"{name}.own"), 3, axis=-1)
        if last:
            x, asks = x[:, :1], asks[:, :1]
        x = x + self._linear(_attended(asks, others, say), f"{name}.own_out")
        told, beyond = _side_by_side(self._linear(every, f"{name}.tells"), lengths)
        asks = self._linear(self._norm(x, f"{name}.asks_norm"), f"{name}.asks")
        x = x + self._linear(_attended(asks, *np.split(told, 2, axis=-1), beyond), f"{name}.told")
        inner = np.maximum(self._linear(self._norm(x, f"{name}.inner_norm"), f"{name}.inner"), 0)
        return x + self._linear(inner, f"{name}.outer")

    def _linear(self, x: np.ndarray, name: str) -> np.ndarray:
        flat = x.reshape(-1, x.shape[-1])  # one product of matrices: many small ones take longer
        out = flat @ self._values[f"{name}.weight"].T + self._values[f"{name}.bias"]
        return out.reshape(*x.shape[:-1], -1)

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        import numpy as np

        each = np.float32(1 / WIDTH)
        centred = x - each * np.add.reduce(x, axis=-1, keepdims=True)  # numpy's mean takes twice as long
        spread = np.sqrt(each * np.einsum("...i,...i->...", centred, centred) + np.float32(_EPS))
        return centred / spread[..., None] * self._values[f"{name}.weight"] + self._values[f"{name}.bias"]


def _side_by_side(every: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Texts one behind the other, (n, columns), m of such `lengths` -> (m, longest, columns), and where each has ended, (m, longest).

    None for the latter where all are equally long. What stands behind the end is some token of the text.
    """
    import numpy as np

    if len(lengths) == 1:
        return every[None], None
    within = np.arange(lengths.max())
    at = (np.cumsum(lengths) - lengths)[:, None] + np.minimum(within, lengths[:, None] - 1)
    beyond = within >= lengths[:, None]
    return every[at], beyond if beyond.any() else None


def _attended(asks: np.ndarray, others: np.ndarray, say: np.ndarray, beyond: np.ndarray | None = None) -> np.ndarray:
    """Attention of `HEADS` heads: (m, a, WIDTH), (m, b, WIDTH), (m, b, WIDTH) -> (m, a, WIDTH); not to what is `beyond`, (m, b)."""
    import numpy as np

    asks, others, say = (one.reshape(*one.shape[:-1], HEADS, -1).swapaxes(-2, -3) for one in (asks, others, say))
    scores = asks @ others.swapaxes(-1, -2) * np.float32((WIDTH // HEADS) ** -0.5)
    if beyond is not None:
        np.copyto(scores, -np.inf, where=beyond[:, None, None])
    share = np.exp(scores - scores.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    found = (share @ say).swapaxes(-2, -3)
    return found.reshape(*found.shape[:-2], WIDTH)
