"""The user has the last word: lines and patterns of wenju.toml."""

import re

import pytest

from ingest.boilerplate import Overrides, clean, load_overrides
from ingest.errors import UsageError
from tests.texts import MORE, PROSE, article, reasons


def test_user_overrules_every_rule(tmp_path):
    """Lines and patterns of wenju.toml are kept or dropped whatever the rules say."""
    (tmp_path / "wenju.toml").write_text('[clean]\nkeep = ["点赞 收藏 举报"]\ndrop = ["/^对岸/"]\n', encoding="utf-8")
    overrides = load_overrides(tmp_path)
    text = f"渡口纪事\n{PROSE}\n{MORE}\n{PROSE}\n点赞　收藏 举报\n"
    assert clean(article(text)).dropped[-1].span.of(text).startswith("点赞")
    assert reasons(text, overrides=overrides) == {"渡口纪事": "title", MORE: "user"}


def test_overrides_are_empty_without_a_file(tmp_path):
    """No wenju.toml, or one without [clean], overrules nothing; another list has another digest."""
    assert load_overrides(tmp_path) == Overrides()
    (tmp_path / "wenju.toml").write_text("[ask]\nk = 3\n", encoding="utf-8")
    assert load_overrides(tmp_path) == Overrides()
    assert Overrides(keep=("a",)).digest() != Overrides(drop=("a",)).digest() != Overrides().digest()


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param('[clean]\nkeep = "一行"\n', 2, id="no list"),
        pytest.param('[clean]\nkeep = []\ndrop = [1]\n', 3, id="no string"),
        pytest.param('[clean]\ndrop = [\n  "好",\n  "/(/",\n]\n', 4, id="bad pattern"),
        pytest.param('[clean]\nkep = ["x"]\n', 2, id="unknown name"),
        pytest.param('[clean\nkeep = []\n', 1, id="no TOML"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path, source, line):
    """A mistake in wenju.toml is told with the file and the line, in both languages."""
    (tmp_path / "wenju.toml").write_text(source, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_overrides(tmp_path)
    for lang in ("zh", "en"):
        assert "wenju.toml" in caught.value.message(lang)
    assert re.search(rf"第 {line} 行|line {line}\b", caught.value.zh)
