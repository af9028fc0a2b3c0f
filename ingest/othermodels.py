"""Any other model than the bundled one: whatever sentence-transformers can load."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.device import CPU, failed_on, in_parts, on_cpu, open_device, out_of_memory
from ingest.embed import Encoded, Progress, clean
from ingest.errors import WenjuError, one_line
from ingest.tokenvectors import width_of

if TYPE_CHECKING:
    import numpy as np

_GPU_BATCH = 32  # texts at once where single ones would leave a device idle
_TINY = 1e-12  # keeps a zero vector from being divided by zero


class SentenceTransformers:
    """Any other model, by hub name or folder, with the prompts that its configuration states.

    A folder is loaded without a look at the network. On a CPU texts are embedded one by
    one: nothing is lost to padding, and a vector cannot depend on its neighbours.
    """

    notes: tuple[tuple[str, str], ...] = ()

    def __init__(self, model: str, device: str = CPU) -> None:
        self.name, self._device = model, device
        if not on_cpu(device):
            open_device(device)
        folder = Path(model).expanduser()
        if _is_path(model) and not folder.is_dir():
            raise WenjuError(
                f"没有模型文件夹 {model}。请检查路径，或不加 --model 使用自带的模型。",
                f"There is no model folder {model}. Check the path, or leave out --model.",
            )
        try:
            self._model = _load_sentence_transformer(str(folder) if folder.is_dir() else model, device, folder.is_dir())
        except Exception as error:  # the library raises many kinds, from OSError to its own
            if not on_cpu(device) and out_of_memory(error):
                raise failed_on(device, error) from error
            reason = one_line(error)
            raise WenjuError(
                f"无法载入模型 {model}:{reason}。请检查名字或文件夹，或不加 --model 使用自带的模型。",
                f"The model {model} cannot be loaded: {reason}. Check the name or folder, or leave out --model.",
            ) from error
        self._batch = 1 if on_cpu(device) else _GPU_BATCH
        self.dim: int = self.embed_query("").vector.shape[0]

    def embed_query(self, text: str) -> Encoded:
        import numpy as np

        vector = self._unit(self._model.encode_query, [text])[0]
        return Encoded(vector, np.zeros((0, len(vector)), np.float32))

    def embed_queries(self, texts: Sequence[str]) -> list[Encoded]:
        return [self.embed_query(text) for text in texts]

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[np.ndarray, list[np.ndarray]]:
        import numpy as np

        vectors = np.zeros((len(texts), self.dim), np.float32)
        for begin in range(0, len(texts), self._batch):
            batch = texts[begin : begin + self._batch]
            vectors[begin : begin + len(batch)] = self._unit(self._model.encode_document, batch)
            if progress:
                progress(len(batch))
        return vectors, [np.zeros((0, width_of(self.dim)), np.uint8)] * len(texts)

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        return self.embed_passages(texts)[0]

    def _unit(self, encode: Callable, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dim) float32 of unit length, whatever type the model computes in."""
        import numpy as np

        vectors = self._computed(encode, [clean(text) for text in texts])
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(_TINY))

    def _computed(self, encode: Callable, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dim) float32. WenjuError if another device than the processor fails."""
        import numpy as np

        def some(begin: int, end: int) -> np.ndarray:
            part = texts[begin:end]
            return np.asarray(encode(part, batch_size=len(part), show_progress_bar=False, convert_to_numpy=True), np.float32)

        if on_cpu(self._device):
            return some(0, len(texts))
        return np.concatenate(in_parts(self._device, some, 0, len(texts)))


def _load_sentence_transformer(model: str, device: str, folder: bool):
    """The network is asked only for a model that is not on this machine yet."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read when the hub's library is imported
    from huggingface_hub import try_to_load_from_cache
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # "Loading weights", even where nobody sees it

    def load(local: bool):
        return SentenceTransformer(model, device=device, trust_remote_code=False, local_files_only=local)

    # Without its modules.json in the cache a model would load all the same, but with a guessed pooling.
    if not folder and isinstance(try_to_load_from_cache(model, "modules.json"), str):
        with contextlib.suppress(OSError, ValueError):  # fetched in part: fetch the rest
            return load(True)
    return load(folder)


def _is_path(model: str) -> bool:
    """True for what can only be a folder: a hub name has one slash at most, and no leading one."""
    return model.startswith((".", "/", "~")) or "\\" in model or model.count("/") > 1
