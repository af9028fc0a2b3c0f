"""The sum of a file, by which it is known again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_AT_ONCE = 1 << 18  # bytes of a file that are hashed at once


def digest_of(path: str | Path) -> str:
    """sha256 (hex) of the file's bytes, as in `Article.digest`. OSError."""
    with open(path, "rb", buffering=0) as file:
        if os.fstat(file.fileno()).st_size <= _AT_ONCE:  # `file_digest` first makes room for 256 KB
            return hashlib.sha256(file.read()).hexdigest()
        return hashlib.file_digest(file, "sha256").hexdigest()
