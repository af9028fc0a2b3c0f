"""Names are read as the articles spell them: misspelt ones, English words in another form, another script."""

from __future__ import annotations

import pytest

from ingest.build import build
from ingest.terms import is_traditional
from qa.ask import Asker
from qa.spelling import one_apart, respelt, stem


@pytest.fixture(scope="module")
def asker(tmp_path_factory) -> Asker:
    """Three short articles, two of them on models."""
    folder = tmp_path_factory.mktemp("spelling")
    corpus = folder / "文章"
    corpus.mkdir()
    (corpus / "模型.txt").write_text("注意力\n\nTransformer 是一种只用注意力的网络结构，训练时可以并行。过拟合是指模型把噪声也学了进去的现象。\n", "utf-8")
    (corpus / "微调.txt").write_text("微调（Fine-tuning）在预训练（pretraining）之后进行，embedding 层常常冻结。\n", "utf-8")
    (corpus / "潮汐.txt").write_text("潮汐\n\n潮汐发电站利用海水涨落推动水轮机，机组要能在两个方向的水流里工作。\n", "utf-8")
    build(corpus, folder / "索引")
    return Asker(folder / "索引")


@pytest.mark.parametrize("wrong", ["tranformer", "transfromer", "transformerr", "transformor"])
def test_one_letter_apart(wrong):
    """A letter left out, swapped, doubled or changed."""
    assert one_apart(wrong, "transformer")


def test_two_letters_apart_are_different_names():
    """Two mistakes, or none, are not one mistake."""
    assert not one_apart("tronsformor", "transformer") and not one_apart("transformer", "transformer")


@pytest.mark.parametrize(
    ("word", "other"),
    [("fine-tune", "finetuning"), ("pre-train", "pretrained"), ("embedding", "embeddings"), ("process", "processing"), ("batch", "batches")],
)
def test_forms_of_an_english_word_have_one_stem(word, other):
    """However bent, and with a hyphen or without."""
    assert stem(word) == stem(other)


@pytest.mark.parametrize(("word", "other"), [("string", "strong"), ("class", "classifier"), ("tensor", "tension"), ("ring", "red")])
def test_different_english_words_have_different_stems(word, other):
    """A short word is no ending, and nothing is cut from what is left."""
    assert stem(word) != stem(other)


def test_an_english_word_is_read_in_the_form_that_the_articles_have(asker):
    """A verb as the noun made of it, one that they have too as it is, and what is like none as it is."""
    read = {"fine-tune": "fine-tuning", "Pre-train": "pretraining", "embeddings": "embedding", "Embedding": "Embedding", "finery": "finery"}
    for word, other in read.items():
        assert respelt(f"什么时候{word}", asker.opened.terms)[0] == f"什么时候{other}"


def test_script_of_a_text_is_recognised():
    """Traditional prose is told from simplified prose with a rare character in it."""
    assert is_traditional("過擬合是什麼，怎樣避免這種現象")
    assert not is_traditional("朱镕基谈过拟合是什么") and not is_traditional("abc")


def test_misspelt_name_finds_what_was_meant(asker):
    """A name with a letter missing is read as the one the articles use; the question is shown as it was put."""
    answer = asker.ask("什么是Tranformer？", explain=True)
    assert answer.found and answer.citations[0].path == "模型.txt"
    assert answer.question == "什么是Tranformer？"
    assert answer.read_as == {"tranformer": "transformer"}


def test_question_in_the_other_script_is_as_sure(asker):
    """A question in traditional script finds simplified articles as surely as its simplified form."""
    plain, other = asker.ask("过拟合是什么？"), asker.ask("過擬合是什麼？")
    assert other.citations[0].span == plain.citations[0].span
    assert other.confidence == pytest.approx(plain.confidence, abs=0.01)
