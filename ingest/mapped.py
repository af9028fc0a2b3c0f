"""Files of numbers that are read in place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import damaged

if TYPE_CHECKING:
    import numpy as np


def mapped(path: Path, dtype) -> np.ndarray:
    """The file as a read-only array without reading it; an empty one for an empty file."""
    import numpy as np

    try:
        if path.stat().st_size == 0:
            return np.zeros(0, dtype)
        return np.memmap(path, dtype=dtype, mode="r").view(np.ndarray)  # whose slices cost a tenth
    except (OSError, ValueError) as error:
        raise damaged(path) from error
