"""A vector for every sentence of every passage: what a paraphrase is recognised by.

The vector of a passage blurs what one of its sentences says. Sentence vectors are looked
at for candidates only, so they are stored flat, in half precision, and mapped: nothing of
them is read before it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import damaged
from ingest.pool import KEY_BYTES

if TYPE_CHECKING:
    import numpy as np

VECTORS_FILE = "sentences.bin"
KEYS_FILE = "sentence-keys.bin"  # so that the next ingest finds what is already paid for
STARTS_FILE = "sentence-starts.bin"  # number of the first sentence of each row, and the number of all at the end


def write_sentences(
    folder: Path, starts: Sequence[int], keys: Iterable[bytes], blocks: Iterable[np.ndarray]
) -> None:
    """Write the vectors, (n, dim) float32 in blocks, in the order of `keys`."""
    import numpy as np

    with open(folder / VECTORS_FILE, "wb") as file:
        for block in blocks:
            file.write(block.astype("<f2").tobytes())
    with open(folder / KEYS_FILE, "wb") as file:
        for key in keys:
            file.write(key)
    with open(folder / STARTS_FILE, "wb") as file:
        file.write(np.asarray(starts, "<u8").tobytes())


class SentenceVectors:
    """Reads the sentence vectors of a generation in place."""

    def __init__(self, folder: Path, dim: int, rows: int) -> None:
        import numpy as np

        self._folder, self.dim = folder, dim
        self._starts = _mapped(folder / STARTS_FILE, np.dtype("<u8"))
        vectors = _mapped(folder / VECTORS_FILE, np.dtype("<f2"))
        if len(self._starts) != rows + 1 or len(vectors) != int(self._starts[-1]) * dim:
            raise damaged(folder / VECTORS_FILE)
        self._vectors = vectors.reshape(-1, dim)

    def of(self, row: int) -> np.ndarray:
        """The vectors of the sentences of passage `row`, in order: (sentences, dim) float32."""
        import numpy as np

        return np.asarray(self._vectors[int(self._starts[row]) : int(self._starts[row + 1])], np.float32)

    def rows(self, numbers: Sequence[int]) -> np.ndarray:
        """The vectors of sentences by their number in the whole index: (len(numbers), dim) float32."""
        import numpy as np

        return np.asarray(self._vectors[np.asarray(numbers, np.int64)], np.float32)

    def numbers(self, rows: Iterable[int] | None = None) -> dict[bytes, int]:
        """Key of a sentence's text -> its number; only those of passages `rows` if given."""
        import numpy as np

        keys = _mapped(self._folder / KEYS_FILE, np.dtype(f"V{KEY_BYTES}"))
        every = [(0, len(keys))] if rows is None else [(int(self._starts[row]), int(self._starts[row + 1])) for row in rows]
        return {keys[at].tobytes(): at for begin, end in every for at in range(begin, end)}


def _mapped(path: Path, dtype) -> np.ndarray:
    import numpy as np

    try:
        return np.memmap(path, dtype, "r") if path.stat().st_size else np.zeros(0, dtype)
    except (OSError, ValueError) as error:
        raise damaged(path) from error
