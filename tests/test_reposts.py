"""One text in several articles is recognised, whatever was put around it."""

from ingest.reposts import groups, signature, similarity

TEXT = "".join(f"第{number}段说的是模型在第{number * 7}天学到的第{number * number}个规律，以及它为什么有用。" for number in range(40))
OTHER = "".join(f"这里谈的是另一件事：仓库里第{number * 3}排货架上放着{number * 11}箱零件，谁也没有动过。" for number in range(40))


def test_a_repost_is_recognised_across_script_width_head_and_tail():
    """The same body with another header, in full width, or in traditional script is one text."""
    wide = TEXT.replace("1", "\uff11").replace("，", ",")
    traditional = TEXT.replace("说", "說").replace("学", "學").replace("为", "為").replace("个", "個").replace("规", "規")
    texts = {"a": TEXT, "b": "转载者的话。" + wide, "c": traditional + "欢迎讨论。", "d": OTHER, "e": TEXT[:20]}
    assert groups({name: signature(text) for name, text in texts.items()}) == [("a", "b", "c")]


def test_articles_of_one_topic_are_not_reposts():
    """Alike is not the same."""
    assert similarity(signature(TEXT), signature(OTHER)) < 0.2
    assert groups({"a": signature(TEXT), "b": signature(OTHER)}) == []


def test_short_texts_are_never_called_copies():
    """A line or two says too little."""
    assert signature("什么是涌现") == b"" and groups({"a": b"", "b": b""}) == []
