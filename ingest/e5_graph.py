"""multilingual-e5-small as an OpenVINO graph: the fast way to embed many passages on a processor.

Decoding the weights and compiling take half a second, so nothing is cached on disk.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import numpy as np

from ingest.e5 import Weights, whole_numbers
from ingest.e5_bulk import Batch, Keep

BATCH_TOKENS = 512  # tokens in one inference: as fast as 1024, and 20 passages cost half as much padding
_MASKED = -1e9  # added to the attention scores of padding: its weight becomes exactly 0
# One inference a core, side by side: 10 to 20 % more passages a second than one over two cores.
# Threads pinned to cores choose the same ones in every process: two workers of one thread got 0.65 of the rate.
_MANY = {"PERFORMANCE_HINT": "THROUGHPUT", "ENABLE_CPU_PINNING": False}
_ONE = {"PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False}


class Graph:
    """The engine of `ingest.e5_bulk` on all cores, or on so many `threads`."""

    batch_tokens = BATCH_TOKENS

    def __init__(self, weights: Weights, threads: int = 0) -> None:
        ov = _openvino()
        # The faster type wherever the processor has it; results differ in the third decimal of a cosine at most.
        precision = "bf16" if "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        self._queue = ov.AsyncInferQueue(_compile(weights, _MANY | _settings(precision, threads)))
        self._queue.set_callback(_kept)

    def begin(self, batch: Batch, rows: list[int], keep: Keep) -> None:
        """Compute a batch beside others, see `ingest.e5_bulk.Engine`."""
        self._queue.start_async(batch._asdict(), (rows, keep))

    def wait(self) -> None:
        """Return when all are kept."""
        self._queue.wait_all()


def _kept(request, told: tuple[list[int], Keep]) -> None:
    rows, keep = told
    keep(request.get_output_tensor(0).data, request.get_output_tensor(1).data, rows)


def _openvino():
    """OpenVINO, kept from reporting home: importing it sends an event to Google Analytics, unasked, if this package is there."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # as if it were not installed
    import openvino

    return openvino


def of_one_text(weights: Weights, threads: int) -> Callable[[np.ndarray], np.ndarray]:
    """A function from the states that go into the first layer to those of the last, (tokens, dim) float32 both.

    In single precision, so that a question has the same vector as in numpy. Safe to use from several threads.
    """
    exact = {"DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}  # else states would be rounded to whole numbers too
    request = _compile(weights, _ONE | exact | _settings("f32", threads), small=True).create_infer_request()
    one_at_a_time = threading.Lock()

    def forward(states: np.ndarray) -> np.ndarray:
        inside = np.ones((1, len(states)), np.float32)
        with one_at_a_time:
            request.infer({"states": states[None], "mask": inside, "pooling": inside / np.float32(len(states))})
            return request.get_output_tensor(1).data[0].copy()

    return forward


def _settings(precision: str, threads: int) -> dict[str, object]:
    return {"INFERENCE_PRECISION_HINT": precision} | ({"INFERENCE_NUM_THREADS": threads} if threads else {})


def _compile(weights: Weights, settings: dict[str, object], small: bool = False):
    """The encoder for dynamic shapes: states (B, L, H), mask and pooling (B, L) -> means (B, H) and states (B, L, H).

    `small`: matrices stay whole numbers in memory and are multiplied by their scales on the way, and what the
    adapter adds stays apart. A single
    question waits for them to come from there: it takes 10 % less time, and gets the same states.
    """
    ov = _openvino()
    from openvino import opset13 as op

    width = weights.width
    states = op.parameter([-1, -1, width], np.float32, name="states")
    mask = op.parameter([-1, -1], np.float32, name="mask")
    pooling = op.parameter([-1, -1], np.float32, name="pooling")
    bias = op.unsqueeze(op.multiply(op.subtract(mask, np.float32(1)), np.float32(-_MASKED)), np.array([1, 2]))
    make = _Layers(op, weights, small, bias)
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

    def __init__(self, op, weights: Weights, small: bool, bias) -> None:
        self.op, self.weights, self.small, self.bias = op, weights, small, bias
        self.width, self.heads, self.size = weights.width, weights.heads, weights.width // weights.heads

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
        op, added = self.op, self.weights.added(f"{name}.w") if self.small else None
        found = op.matmul(x, self._matrix(f"{name}.w", columns), False, True)
        for factor in added or ():
            x = op.matmul(x, op.constant(factor), False, True)
        return op.add(op.add(found, x) if added else found, self._constant(f"{name}.b"))

    def _matrix(self, name: str, columns: int):
        op = self.op
        if not self.small:
            return op.constant(self.weights.matrix(name, columns))
        numbers, scales = whole_numbers(self.weights.blocks(name, columns))
        blocks = op.multiply(op.convert(op.constant(numbers), np.float32), op.constant(scales))
        return op.reshape(blocks, np.array([len(numbers), columns]), False)

    def norm(self, x, name: str):
        op = self.op
        normal = op.mvn(x, np.array([-1]), True, float(self.weights.eps), "inside_sqrt")
        return op.add(op.multiply(normal, self._constant(f"{name}.w")), self._constant(f"{name}.b"))

    def _constant(self, name: str):
        return self.op.constant(self.weights.float32(name).copy())
