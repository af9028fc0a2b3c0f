"""Lines and keys: what the cleaning rules look at."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.lines import KEY_CHARS, key_of, lines_of, masked


@pytest.mark.parametrize(
    ("line", "key"),
    [
        pytest.param("你好，世界。", "你好,世界.", id="punctuation"),
        pytest.param("《书名》【注】「引」", '"书名"[注]"引"', id="brackets"),
        pytest.param("ＡＢＣ１２３", "ABC123", id="fullwidth"),
        pytest.param("  a\u00a0\u3000b\t c ", "a b c", id="white-space"),
        pytest.param("零\u200b宽\ufeff", "零宽", id="zero-width"),
        pytest.param("\ue602 收藏", "收藏", id="icon-font"),
        pytest.param("\u200b\u3000", "", id="nothing-left"),
    ],
)
def test_key_folds_what_writing_leaves_open(line, key):
    """Two ways of writing one line have one key."""
    assert key_of(line) == key


def test_long_line_has_a_key_of_its_two_ends():
    """The key of a huge line is bounded, so hostile text cannot make normalising slow."""
    key = key_of("头" + "中" * 1_000_000 + "尾")
    assert len(key) <= KEY_CHARS + 1
    assert key[0] == "头" and key[-1] == "尾"


def test_masked_key_is_blind_to_numbers():
    """A counter or a date is the same line on every page."""
    assert masked("阅读 1,204") == masked("阅读 7,9")
    assert masked("2024-01-02 收藏") == masked("2019-11-30 收藏")
    assert masked("第一章") != masked("第二章")


def test_line_breaks_are_those_of_editors():
    """CR LF is one break; a form feed or U+2028 is none, so line numbers agree with an editor."""
    lines = lines_of("a\r\nb\rc\nd\x0ce\u2028f")
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert lines[3].key == "d e f"


def test_trailing_break_opens_no_line():
    """A text that ends in a line break has no empty line behind it."""
    assert [line.number for line in lines_of("a\n\n")] == [1, 2]
    assert lines_of("") == []


@given(st.text(alphabet=st.sampled_from("ab中。\r\n \u3000\x0c\u2028"), max_size=60))
def test_lines_and_breaks_rebuild_the_text(text):
    """Spans of lines, with the breaks between them, are the whole text; numbers count up from 1."""
    lines = lines_of(text)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    at = 0
    for line in lines:
        assert re.fullmatch(r"\r\n|\r|\n|", text[at : line.span.start])
        at = line.span.end
    assert re.fullmatch(r"\r\n|\r|\n|", text[at:])
