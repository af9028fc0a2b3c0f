"""multilingual-e5-small in torch: what embeds many passages on a GPU."""

from __future__ import annotations

import numpy as np

from ingest.adapter import PARTS
from ingest.device import in_parts, open_device
from ingest.e5 import Weights
from ingest.e5_bulk import Batch, Keep

# Tokens in one batch: 8 texts of the longest kind, whose attention is 100 MB where torch knows no better way, or 128
# sentences. A GPU is busy with them for some milliseconds; with more, a block of passages is padded by half.
BATCH_TOKENS = 4096


class OnDevice:
    """The engine of `ingest.e5_bulk` on a device of torch's, in single precision. UsageError if the device cannot be used."""

    batch_tokens = BATCH_TOKENS

    def __init__(self, weights: Weights, device: str) -> None:
        self._name, self._device = device, open_device(device)  # which says so where there is no torch
        import torch

        self._torch = torch
        self._heads, self._eps, self._layers = weights.heads, float(weights.eps), weights.layers
        width, inner = weights.width, weights.inner
        self._tensors: dict[str, torch.Tensor] = {}
        self._norms(weights, "emb.ln")
        for number in range(weights.layers):
            for part in PARTS:
                name = f"l{number}.{part}"
                self._put(f"{name}.w", weights.matrix(f"{name}.w", inner if part == "fo" else width))
                self._put(f"{name}.b", weights.float32(f"{name}.b"))
            self._norms(weights, f"l{number}.aln", f"l{number}.oln")

    def begin(self, batch: Batch, rows: list[int], keep: Keep) -> None:
        """Compute a batch at once, see `ingest.e5_bulk.Engine`. WenjuError if the device fails."""
        keep(*self._computed(batch), rows)

    def wait(self) -> None:
        """All are kept already."""

    def _computed(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """Means (rows, dim) and states (rows, length, dim)."""

        def rows(begin: int, end: int) -> list[np.ndarray]:
            with self._torch.inference_mode():
                found = self._forward(*(self._torch.from_numpy(part[begin:end]).to(self._device) for part in batch))
                return [one.cpu().numpy() for one in found]

        parts = in_parts(self._name, rows, 0, len(batch.states))
        means, states = (np.concatenate(part) for part in zip(*parts, strict=True))
        return means, states

    def _forward(self, states, mask, pooling):
        """The layers of a post-norm BERT encoder, as `ingest.e5_graph` has them."""
        functional = self._torch.nn.functional
        count, length, width = states.shape
        seen = (mask > 0)[:, None, None, :]

        def heads(x):
            return x.view(count, length, self._heads, width // self._heads).transpose(1, 2)

        x = self._norm(states, "emb.ln")
        for number in range(self._layers):
            name = f"l{number}"
            query, key, value = (heads(self._linear(x, f"{name}.{part}")) for part in ("q", "k", "v"))
            mixed = self._attention(query, key, value, seen)
            x = self._norm(x + self._linear(mixed.transpose(1, 2).reshape(x.shape), f"{name}.ao"), f"{name}.aln")
            inner = functional.gelu(self._linear(x, f"{name}.fi"))
            x = self._norm(x + self._linear(inner, f"{name}.fo"), f"{name}.oln")
        return (pooling[:, None] @ x)[:, 0], x

    def _attention(self, query, key, value, seen):
        return self._torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)

    def _linear(self, x, name: str):
        return self._torch.nn.functional.linear(x, self._tensors[f"{name}.w"], self._tensors[f"{name}.b"])

    def _norm(self, x, name: str):
        weight, bias = self._tensors[f"{name}.w"], self._tensors[f"{name}.b"]
        return self._torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, self._eps)

    def _norms(self, weights: Weights, *names: str) -> None:
        for name in names:
            for part in ("w", "b"):
                self._put(f"{name}.{part}", weights.float32(f"{name}.{part}"))

    def _put(self, name: str, values: np.ndarray) -> None:
        self._tensors[name] = self._torch.tensor(values, device=self._device)  # a copy: the file is mapped
