"""Lines of a terminal: filled, broken as Chinese is, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.linebreaks import breaks, columns


def _lines(text: str, width: int) -> list[str]:
    offsets = [0, *breaks(text, width), len(text)]
    return "\n".join(text[begin:end].rstrip(" ") for begin, end in zip(offsets, offsets[1:], strict=False)).split("\n")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("水车转了一夜，天亮才停。", ["水车转了一", "夜，天亮才", "停。"]),
        ("水车转了半，天亮才停。", ["水车转了", "半，天亮才", "停。"]),  # the comma stays with what it closes
        ("它在 1849 年由 Francis 改进", ["它在 1849", "年由", "Francis 改", "进"]),
        ("一「水车」二", ["一「水车」", "二"]),
        ("一二三四「水车」", ["一二三四", "「水车」"]),
        ("1. 水轮\n2. 立轴和齿轮", ["1. 水轮", "2. 立轴和", "齿轮"]),
        ("Fourneyronturbine", ["Fourneyron", "turbine"]),
    ],
)
def test_where_lines_end(text, lines):
    """At ten columns: not before a comma, not after an opening bracket, not inside a word that fits, and not early at a blank."""
    assert _lines(text, 10) == lines


@given(st.text(st.sampled_from("水车轮，。（）「」 \nab1.,"), max_size=80), st.integers(8, 20))
def test_nothing_is_lost_and_no_line_is_too_long(text, width):
    """The breaks only part the text, in order, and each line fits without its blanks at the end."""
    offsets = breaks(text, width)
    assert offsets == sorted(set(offsets)) and all(0 < at < len(text) for at in offsets)
    assert all(columns(line.rstrip(" ")) <= width for line in _lines(text, width))
