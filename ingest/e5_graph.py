"""multilingual-e5-small as an OpenVINO graph: the fast way to embed many passages.

The weights are decoded from the bundled 4 bit file, so questions (embedded by the small
C engine) and passages come from the same model. Every inference has one of a few fixed
shapes, padded with rows of nothing, so that a vector never depends on what else happened
to be in its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ingest.e5 import Tokenizer, Weights, decode_q4

LENGTH_STEP = 32  # lengths are padded to a multiple of this: 6 % of the work on ordinary passages
BATCH_TOKENS = 1024  # tokens in one inference; more or fewer are slower, see `python -m eval.bench.embed`
_MASKED = -1e9  # added to the attention scores of padding: its weight becomes exactly 0


class Graph:
    """Token ids -> unit vectors. Built in about a second; not safe for several threads at once."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.width: int = weights.width
        self.tokenizer: Tokenizer = weights.tokenizer()
        self._words = weights.blocks("emb.word", weights.width)
        self._places = weights.float32("emb.pos").reshape(-1, weights.width) + weights.float32("emb.type")[: weights.width]
        self._request = _compile(weights).create_infer_request()

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """(len(texts), dim) float32 unit vectors; the texts carry their prefix already.

        A text longer than the model's window is cut into windows whose means are averaged by
        their number of tokens, as the C engine does.
        """
        windows = [
            (number, at == 0, window)
            for number, text in enumerate(texts)
            for at, window in enumerate(self._windows(text))
        ]
        windows.sort(key=lambda item: (len(item[2]), item[0]))
        sums = np.zeros((len(texts), self._weights.width))
        begin = 0
        while begin < len(windows):
            length = _padded(len(windows[begin][2]))
            rows = max(1, BATCH_TOKENS // length)
            batch = [item for item in windows[begin : begin + rows] if _padded(len(item[2])) == length]
            means = self._means([window for *_, window in batch], rows, length)
            for (number, _, window), mean in zip(batch, means, strict=False):
                sums[number] += (len(window) - 2) * mean.astype(np.float64)
            begin += len(batch)
            if progress:
                progress(sum(first for _, first, _ in batch))
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return (sums / np.maximum(norms, 1e-12)).astype(np.float32)

    def _windows(self, text: str) -> list[list[int]]:
        """The token ids of `text`, begin and end marks included, in windows the model can take."""
        ids = self.tokenizer.encode(text)
        size = self._weights.positions - 2
        bos, eos = self.tokenizer.bos, self.tokenizer.eos
        return [[bos, *ids[at : at + size], eos] for at in range(0, max(len(ids), 1), size)]

    def _means(self, windows: list[list[int]], rows: int, length: int) -> np.ndarray:
        """Mean of the last layer over each window's tokens: (rows, width); padding rows come last."""
        lengths = np.ones(rows, np.int64)
        lengths[: len(windows)] = [len(window) for window in windows]
        states = np.zeros((rows, length, self._weights.width), np.float32)
        for row, window in enumerate(windows):
            states[row, : len(window)] = decode_q4(self._words[window]) + self._places[: len(window)]
        inside = (np.arange(length)[None] < lengths[:, None]).astype(np.float32)
        pooling = inside / lengths[:, None].astype(np.float32)
        result = self._request.infer({"states": states, "mask": inside, "pooling": pooling})
        return next(iter(result.values()))


def _padded(length: int) -> int:
    return -(-length // LENGTH_STEP) * LENGTH_STEP


def _compile(weights: Weights):
    """The encoder for dynamic shapes: states (B, L, H), mask and pooling (B, L) -> means (B, H)."""
    import openvino as ov
    from openvino import opset13 as op

    width, heads = weights.width, weights.heads
    states = op.parameter([-1, -1, width], np.float32, name="states")
    mask = op.parameter([-1, -1], np.float32, name="mask")
    pooling = op.parameter([-1, -1], np.float32, name="pooling")
    bias = op.unsqueeze(op.multiply(op.subtract(mask, np.float32(1)), np.float32(-_MASKED)), np.array([1, 2]))
    make = _Layers(op, weights, width, heads, bias)
    x = make.norm(states, "emb.ln")
    for number in range(weights.layers):
        x = make.layer(x, f"l{number}")
    pooled = op.matmul(op.unsqueeze(pooling, np.array([1])), x, False, False)
    model = ov.Model([op.squeeze(pooled, np.array([1]))], [states, mask, pooling], "e5")
    for node, name in zip(model.inputs, ("states", "mask", "pooling"), strict=True):
        node.get_tensor().set_names({name})
    # The faster type wherever the processor has it; results differ in the third decimal of a cosine at most.
    precision = "bf16" if "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
    return ov.Core().compile_model(model, "CPU", {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision})


class _Layers:
    """The layers of a post-norm BERT encoder, as the C engine computes them."""

    def __init__(self, op, weights: Weights, width: int, heads: int, bias) -> None:
        self.op, self.weights, self.bias = op, weights, bias
        self.width, self.heads, self.size = width, heads, width // heads

    def layer(self, x, name: str):
        attended = self.linear(self.attention(x, name), f"{name}.ao", self.width)
        x = self.norm(self.op.add(x, attended), f"{name}.aln")
        inner = self.op.gelu(self.linear(x, f"{name}.fi", self.width), "erf")
        return self.norm(self.op.add(x, self.linear(inner, f"{name}.fo", self.weights.inner)), f"{name}.oln")

    def attention(self, x, name: str):
        op = self.op
        shape = np.array([0, 0, self.heads, self.size])

        def split(part: str):
            heads = op.reshape(self.linear(x, f"{name}.{part}", self.width), shape, True)
            return op.transpose(heads, np.array([0, 2, 1, 3]))

        scale = op.constant(np.float32(self.size**-0.5))
        mixed = op.scaled_dot_product_attention(split("q"), split("k"), split("v"), self.bias, scale)
        return op.reshape(op.transpose(mixed, np.array([0, 2, 1, 3])), np.array([0, 0, self.width]), True)

    def linear(self, x, name: str, columns: int):
        weight = self.op.constant(self.weights.matrix(f"{name}.w", columns))
        return self.op.add(self.op.matmul(x, weight, False, True), self._constant(f"{name}.b"))

    def norm(self, x, name: str):
        op = self.op
        normal = op.mvn(x, np.array([-1]), True, float(self.weights.eps), "inside_sqrt")
        return op.add(op.multiply(normal, self._constant(f"{name}.w")), self._constant(f"{name}.b"))

    def _constant(self, name: str):
        return self.op.constant(self.weights.float32(name).copy())
