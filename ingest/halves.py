"""What was learned and comes with wenju: files of numbers in half precision, little end first, one array after the other.

Nothing in the file says what they are: whoever reads it knows their shapes. Importing this module is free.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ingest.errors import WenjuError

if TYPE_CHECKING:
    import numpy as np

Name = TypeVar("Name")


def read_halves(path: Path, shapes: Mapping[Name, tuple[int, ...]]) -> dict[Name, np.ndarray]:
    """The arrays of a file, float16, by the names of their `shapes`, which are in its order.

    WenjuError naming the remedy when `path` does not hold them.
    """
    import numpy as np

    try:
        values = np.fromfile(path, "<f2")
    except OSError as error:
        raise unusable(path, error) from error
    if len(values) != sum(map(math.prod, shapes.values())):
        raise unusable(path, f"{2 * len(values)} bytes")
    found, at = {}, 0
    for name, shape in shapes.items():
        found[name] = values[at : at + math.prod(shape)].reshape(shape)
        at += math.prod(shape)
    return found


def write_halves(path: Path, arrays: Iterable[np.ndarray]) -> None:
    """Write arrays one after the other."""
    import numpy as np

    np.concatenate([one.astype("<f2").ravel() for one in arrays]).tofile(path)


def unusable(path: Path, reason: object) -> WenjuError:
    """The error that a part of wenju is not there, or not whole."""
    return WenjuError(
        f"wenju 自带的 {path.name} 无法使用（{reason}）。请重新安装 wenju。",
        f"{path.name}, a part of wenju, cannot be used ({reason}). Install wenju again.",
    )
