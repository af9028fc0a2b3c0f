"""multilingual-e5-small as an OpenVINO graph: the fast way to embed many passages.

The weights are decoded from the bundled 4 bit file, so questions (embedded by the small
engine) and passages come from the same model; decoding and compiling take half a second,
so nothing is cached on disk. Every inference has one of a few fixed shapes, padded with
rows of nothing, so that a vector never depends on what else happened to be in its batch.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ingest.e5 import TINY, Tokenizer, Weights, decode_q4, skip_prefix

LENGTH_STEP = 32  # lengths are padded to a multiple of this: with the next, 12 % of idle work in 1024 passages
BATCH_TOKENS = 512  # tokens in one inference: as fast as 1024, and 20 passages cost half as much padding
BLOCK_TEXTS = 2048  # texts tokenized at once: bounds memory (a few MB), and fills nearly all batches
_MASKED = -1e9  # added to the attention scores of padding: its weight becomes exactly 0
# One inference a core, side by side: 10 to 20 % more passages a second than one over two cores.
# Threads pinned to cores choose the same ones in every process: two workers of one thread got 0.65 of the rate.
_MANY = {"PERFORMANCE_HINT": "THROUGHPUT", "ENABLE_CPU_PINNING": False}
_ONE = {"PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False}

Make = Callable[[np.ndarray, Sequence[int]], np.ndarray]  # states (n, dim) of tokens, and the characters each stands for


class _Window(NamedTuple):
    """Token ids of one piece of a text, begin and end marks included; the first `skipped` belong to a mark or a prefix."""

    text: int
    ids: list[int]
    skipped: int
    lengths: list[int]  # of the tokens that follow: characters each stands for


class Graph:
    """Token ids -> unit vectors. Built in about half a second; not safe for several threads at once."""

    def __init__(self, weights: Weights, threads: int = 0) -> None:
        ov = _openvino()
        self._weights = weights
        self.width: int = weights.width
        self.tokenizer: Tokenizer = weights.tokenizer()
        self._words = weights.blocks("emb.word", weights.width)
        self._places = weights.float32("emb.pos").reshape(-1, weights.width) + weights.float32("emb.type")[: weights.width]
        # The faster type wherever the processor has it; results differ in the third decimal of a cosine at most.
        precision = "bf16" if "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        self._queue = ov.AsyncInferQueue(_compile(weights, _MANY | _settings(precision, threads)))

    def embed(
        self, prefix: str, texts: Sequence[str], make: Make, progress: Callable[[int], None] | None = None
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """(len(texts), dim) float32 unit vectors, and of each text what `make` makes of its tokens, prefix aside.

        A text longer than the model's window is cut into windows whose means are averaged by
        their number of tokens, as the C engine does.
        """
        vectors, tokens = np.zeros((len(texts), self.width), np.float32), []
        for begin in range(0, len(texts), BLOCK_TEXTS):
            block = texts[begin : begin + BLOCK_TEXTS]
            vectors[begin : begin + len(block)], found = self._embed_block(prefix, block, make, progress)
            tokens += found
        return vectors, tokens

    def _embed_block(
        self, prefix: str, texts: Sequence[str], make: Make, progress: Callable[[int], None] | None
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        windows = [one for number, text in enumerate(texts) for one in self._windows(number, prefix, text)]
        left = np.bincount([window.text for window in windows])  # windows of each text still to come
        means = np.zeros((len(windows), self.width))
        tokens: list[np.ndarray] = [np.zeros((0, 0))] * len(windows)
        finished: deque[list[int]] = deque()

        def keep(request, rows: list[int]) -> None:  # runs in a thread of OpenVINO's
            means[rows] = request.get_output_tensor(0).data[: len(rows)]
            for row, states in zip(rows, request.get_output_tensor(1).data, strict=False):
                window = windows[row]
                tokens[row] = make(states[window.skipped : len(window.ids) - 1], window.lengths)
            finished.append(rows)

        def report() -> None:
            while finished:
                rows = [windows[row].text for row in finished.popleft()]
                np.subtract.at(left, rows, 1)
                if progress:
                    progress(sum(not left[number] for number in set(rows)))

        self._queue.set_callback(keep)
        for rows, batch_rows, length in _batches(windows):
            self._queue.start_async(self._inputs([windows[row].ids for row in rows], batch_rows, length), rows)
            report()
        self._queue.wait_all()
        report()
        return _combine(windows, means, len(texts)), _strung(windows, tokens, len(texts))

    def _windows(self, number: int, prefix: str, text: str) -> list[_Window]:
        """The tokens of a text in windows the model can take."""
        ids, lengths = self.tokenizer.encode_with_lengths(prefix + text)
        skipped, rest = skip_prefix(lengths, len(prefix))
        lengths[skipped:] = rest
        size = self._weights.positions - 2
        bos, eos = self.tokenizer.bos, self.tokenizer.eos
        windows = []
        for at in range(0, max(len(ids), 1), size):
            first = max(skipped, at)
            windows.append(_Window(number, [bos, *ids[at : at + size], eos], 1 + first - at, lengths[first : at + size]))
        return windows

    def _inputs(self, windows: list[list[int]], rows: int, length: int) -> dict[str, np.ndarray]:
        """The graph's inputs for `windows`, padded to `rows` rows of `length` tokens."""
        lengths = np.ones(rows, np.int64)
        lengths[: len(windows)] = [len(ids) for ids in windows]
        states = np.zeros((rows, length, self.width), np.float32)
        for row, ids in enumerate(windows):
            states[row, : len(ids)] = decode_q4(self._words[ids]) + self._places[: len(ids)]
        inside = (np.arange(length)[None] < lengths[:, None]).astype(np.float32)
        return {"states": states, "mask": inside, "pooling": inside / lengths[:, None].astype(np.float32)}


def _batches(windows: list[_Window]) -> Iterator[tuple[list[int], int, int]]:
    """(indices of windows, rows of the batch, its length): windows of like length, longest first.

    The shape follows from the length alone. Longest first, so that memory peaks at once.
    """
    order = sorted(range(len(windows)), key=lambda row: -len(windows[row].ids))
    begin = 0
    while begin < len(order):
        length = _padded(len(windows[order[begin]].ids))
        most = max(1, BATCH_TOKENS // length)
        rows = [row for row in order[begin : begin + most] if _padded(len(windows[row].ids)) == length]
        yield rows, most, length
        begin += len(rows)


def _combine(windows: list[_Window], means: np.ndarray, count: int) -> np.ndarray:
    """Unit vectors of `count` texts from the means (windows, dim) of their windows, in the order of the text."""
    sums = np.zeros((count, means.shape[1]))
    weights = np.array([len(window.ids) - 2 for window in windows], np.float64)
    np.add.at(sums, [window.text for window in windows], means * weights[:, None])
    return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), TINY)).astype(np.float32)


def _strung(windows: list[_Window], tokens: list[np.ndarray], count: int) -> list[np.ndarray]:
    """What was made of the tokens of `count` texts, those of their windows one after the other."""
    found: list[list[np.ndarray]] = [[] for _ in range(count)]
    for window, packed in zip(windows, tokens, strict=True):
        found[window.text].append(packed)
    return [one[0] if len(one) == 1 else np.concatenate(one) for one in found]


def _padded(length: int) -> int:
    return -(-length // LENGTH_STEP) * LENGTH_STEP


def _openvino():
    """OpenVINO, kept from reporting home: importing it sends an event to Google Analytics, unasked, if this package is there."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # as if it were not installed
    import openvino

    return openvino


def of_one_text(weights: Weights, threads: int) -> Callable[[np.ndarray], np.ndarray]:
    """A function from the states that go into the first layer to those of the last, (tokens, dim) float32 both.

    In single precision, so that a question has the same vector as in numpy. Safe to use from several threads.
    """
    request = _compile(weights, _ONE | _settings("f32", threads)).create_infer_request()
    one_at_a_time = threading.Lock()

    def forward(states: np.ndarray) -> np.ndarray:
        inside = np.ones((1, len(states)), np.float32)
        with one_at_a_time:
            request.infer({"states": states[None], "mask": inside, "pooling": inside / np.float32(len(states))})
            return request.get_output_tensor(1).data[0].copy()

    return forward


def _settings(precision: str, threads: int) -> dict[str, object]:
    return {"INFERENCE_PRECISION_HINT": precision} | ({"INFERENCE_NUM_THREADS": threads} if threads else {})


def _compile(weights: Weights, settings: dict[str, object]):
    """The encoder for dynamic shapes: states (B, L, H), mask and pooling (B, L) -> means (B, H) and states (B, L, H)."""
    ov = _openvino()
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
    model = ov.Model([op.squeeze(pooled, np.array([1])), x], [states, mask, pooling], "e5")
    for node, name in zip(model.inputs, ("states", "mask", "pooling"), strict=True):
        node.get_tensor().set_names({name})
    return ov.Core().compile_model(model, "CPU", settings)


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
