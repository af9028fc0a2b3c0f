"""The two engines of the bundled model agree, and a vector depends on its text alone."""

import numpy as np
import pytest

from ingest.e5 import Weights
from ingest.embed import DEFAULT_MODEL, CEngine, _weights_file, model_key, open_embedder, text_key
from ingest.errors import WenjuError

LINE = "涌现是指模型规模超过某个阈值之后,突然出现小模型所没有的能力。GPT-3 有 175B 参数(2020)。"
TEXTS = [
    "", "a", "短", "  two   spaces\n\nand lines  ", "def f(x):\n    return x ** 2  # 平方", "3.14159 1e-5 ¥99.9",
    "全角ABC123,半角abc", "繁體字與簡體字", "😀 emoji 𝒳 数学", "nul\0inside", "x" * 1200,
    *[LINE * 30][:1], *[(LINE * 6)[start : start + 10 + start * 9] for start in range(0, 40, 4)],
]  # fmt: skip


@pytest.fixture(scope="module")
def bulk():
    """The engine for passages."""
    return open_embedder()


@pytest.fixture(scope="module")
def small():
    """The engine for questions."""
    return open_embedder(for_queries=True)


def test_both_engines_agree(bulk, small):
    """The same passage gets nearly the same vector from either."""
    cosines = (bulk.embed_passages(TEXTS) * small.embed_passages(TEXTS)).sum(axis=1)
    assert np.median(cosines) > 0.99 and cosines.min() > 0.97


def test_the_tokenizer_counts_as_the_c_engine_does(small):
    """Both cut every text into the same number of pieces."""
    tokenizer = Weights(_weights_file()).tokenizer()
    for text in TEXTS:
        text = text.replace("\0", " ")
        assert len(tokenizer.encode("passage: " + text)) + 2 == small._engine.token_count(text) or len(text) > 500


def test_vectors_have_unit_length(bulk, small):
    """Inner product is cosine."""
    for vectors in (bulk.embed_passages(TEXTS), small.embed_passages(TEXTS), small.embed_query("问")[None]):
        assert vectors.dtype == np.float32 and vectors.shape[1] == bulk.dim == 384
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(vectors)), abs=1e-5)


def test_a_vector_depends_on_its_text_alone(bulk):
    """Alone, in a batch, or in another order: bit for bit the same."""
    together = bulk.embed_passages(TEXTS)
    backwards = bulk.embed_passages(TEXTS[::-1])[::-1]
    alone = np.concatenate([bulk.embed_passages([text]) for text in TEXTS])
    assert np.array_equal(together, backwards)
    assert np.array_equal(together, alone)


def test_progress_counts_every_text_once(bulk, small):
    """What a progress bar is told adds up."""
    for engine in (bulk, small):
        counts = []
        engine.embed_passages(TEXTS, counts.append)
        assert sum(counts) == len(TEXTS)
        assert engine.embed_passages([]).shape == (0, 384)


def test_keys_tell_texts_and_models_apart():
    """The key of a vector depends on model and text, and on nothing else."""
    assert text_key("m", "文") == text_key("m", "文") != text_key("m", "字")
    assert text_key("m", "文") != text_key("n", "文")
    assert len(text_key("m", "文")) == 16
    assert model_key() == model_key(DEFAULT_MODEL) != model_key("another/model")


def test_without_openvino_the_small_engine_serves(monkeypatch):
    """Ingest goes on, and says how to make it faster."""
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    embedder = open_embedder()
    assert isinstance(embedder, CEngine) and "pip install openvino" in embedder.notes[0][0]


def test_an_unknown_model_folder_is_a_clear_error(tmp_path, monkeypatch):
    """The message names the model and the remedy."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WenjuError, match="--model"):
        open_embedder(str(tmp_path / "没有"))
