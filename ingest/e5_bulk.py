"""multilingual-e5-small over many texts at once: cut into windows, laid out in batches, put together again.

What computes the layers is an engine: OpenVINO on processors (`e5_graph`), torch on another
device (`e5_torch`). The weights are decoded from the bundled 4 bit file, so questions (embedded
by the small engine) and passages come from the same model. Every batch has one of a few fixed
shapes, padded with rows of nothing, so that a vector never depends on what else happened to be in it
(but for rounding, where a device is too small for a batch).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from ingest.e5 import TINY, Tokenizer, Weights, decode_q4, skip_prefix

LENGTH_STEP = 32  # lengths are padded to a multiple of this: with the next, 12 % of idle work in 1024 passages
BLOCK_TEXTS = 2048  # texts tokenized at once: bounds memory (a few MB), and fills nearly all batches

Make = Callable[[np.ndarray, Sequence[int]], np.ndarray]  # states (n, dim) of tokens, and the characters each stands for
Keep = Callable[[np.ndarray, np.ndarray, list[int]], None]  # means (rows, dim) and states (rows, length, dim) of a batch, and its rows


class Engine(Protocol):
    """The layers of the model. Not safe for several threads at once."""

    batch_tokens: int  # in one batch

    def begin(self, batch: Batch, rows: list[int], keep: Keep) -> None:
        """Compute a batch, now or later; `keep` may be called in any thread, and must not keep the arrays it is given."""

    def wait(self) -> None:
        """Return when every batch that was begun is kept."""


class Batch(NamedTuple):
    """What goes into the first layer, (rows, length, dim); which tokens there are, and their share in the mean, (rows, length)."""

    states: np.ndarray
    mask: np.ndarray
    pooling: np.ndarray


class _Window(NamedTuple):
    """Token ids of one piece of a text, begin and end marks included; the first `skipped` belong to a mark or a prefix."""

    text: int
    ids: list[int]
    skipped: int
    lengths: list[int]  # of the tokens that follow: characters each stands for


class Bulk:
    """Texts -> unit vectors and the states of their tokens. Not safe for several threads at once."""

    def __init__(self, weights: Weights, engine: Engine) -> None:
        self._weights, self._engine = weights, engine
        self.width: int = weights.width
        self.tokenizer: Tokenizer = weights.tokenizer()
        self._words = weights.blocks("emb.word", weights.width)
        self._places = weights.float32("emb.pos").reshape(-1, weights.width) + weights.float32("emb.type")[: weights.width]

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

        def keep(found: np.ndarray, states_of: np.ndarray, rows: list[int]) -> None:  # in whatever thread the engine calls it
            means[rows] = found[: len(rows)]
            for row, states in zip(rows, states_of, strict=False):
                window = windows[row]
                tokens[row] = make(states[window.skipped : len(window.ids) - 1], window.lengths)
            finished.append(rows)

        def report() -> None:
            while finished:
                rows = [windows[row].text for row in finished.popleft()]
                np.subtract.at(left, rows, 1)
                if progress:
                    progress(sum(not left[number] for number in set(rows)))

        for rows, batch_rows, length in _batches(windows, self._engine.batch_tokens):
            self._engine.begin(self._batch([windows[row].ids for row in rows], batch_rows, length), rows, keep)
            report()
        self._engine.wait()
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

    def _batch(self, windows: list[list[int]], rows: int, length: int) -> Batch:
        """What goes in for `windows`, padded to `rows` rows of `length` tokens."""
        lengths = np.ones(rows, np.int64)
        lengths[: len(windows)] = [len(ids) for ids in windows]
        states = np.zeros((rows, length, self.width), np.float32)
        for row, ids in enumerate(windows):
            states[row, : len(ids)] = decode_q4(self._words[ids]) + self._places[: len(ids)]
        inside = (np.arange(length)[None] < lengths[:, None]).astype(np.float32)
        return Batch(states, inside, inside / lengths[:, None].astype(np.float32))


def _batches(windows: list[_Window], batch_tokens: int) -> Iterator[tuple[list[int], int, int]]:
    """(indices of windows, rows of the batch, its length): windows of like length, longest first.

    The shape follows from the length alone. Longest first, so that memory peaks at once.
    """
    order = sorted(range(len(windows)), key=lambda row: -len(windows[row].ids))
    begin = 0
    while begin < len(order):
        length = _padded(len(windows[order[begin]].ids))
        most = max(1, batch_tokens // length)
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
