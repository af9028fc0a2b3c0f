"""Hard-wrapped sentences are read as one; everything else keeps its line breaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.boilerplate import clean
from ingest.sentences import joined, sentences
from ingest.types import Article, Span

PARAGRAPHS = (
    "磨坊建在河湾里,水流在这里转了一个急弯,冲力比别处大得多,石磨一天可以磨出三百斤面粉,附近五个村子的人都到这里来排队等候。",
    "冬天河水结冰,磨坊就停工,磨坊主用这段时间修补水轮,更换磨损的木齿,再给轴承涂上一层厚厚的牛油,等到开春再重新开磨。",
    "后来通了电,电磨只要一个人照看就够了,老磨坊渐渐没有人来,水轮也在一次大水里被冲到了下游的芦苇荡里,从此再也没有转动过。",
)


def article(text: str) -> Article:
    """An article of this text."""
    return Article("a.txt", "a.txt", "", text, "")


def wrapped(paragraph: str, width: int, gap: str = "\n") -> str:
    """`paragraph` broken every `width` characters."""
    return gap.join(paragraph[at : at + width] for at in range(0, len(paragraph), width))


def read(text: str) -> str:
    """The text as a person reads it, joins left out."""
    found = clean(article(text))
    return joined(text, Span(0, len(text)), found.joins)


@pytest.mark.parametrize("gap", ["\n", "\r\n", "\n\n"], ids=["lf", "crlf", "blank lines between"])
def test_shared_width_is_joined(gap):
    """Lines broken at one width are sentences again, blank lines between them or not."""
    text = "老磨坊" + gap * 2 + (gap * 3).join(wrapped(paragraph, 26, gap) for paragraph in PARAGRAPHS) + gap
    result = read(text)
    for paragraph in PARAGRAPHS:
        assert paragraph in result


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=20, max_value=40), st.permutations(PARAGRAPHS))
def test_unwrapping_restores_paragraphs(width, paragraphs):
    """Whatever the width, all paragraphs come back whole, except where a break fell behind a full stop."""
    text = "老磨坊\n\n" + "\n\n".join(wrapped(paragraph, width) for paragraph in paragraphs) + "\n"
    result = read(text)
    for paragraph in paragraphs:
        assert paragraph in result
    assert result.count("。") == text.count("。")


MIXED = (
    "这台水轮机由 Francis 在 1849 年改进,叶片从 Fourneyron 的 24 片减到 16 片,效率却从百分之 75 升到 88,图纸收在 Lowell 的档案馆里。",
    "Lowell 的工厂里装了 9 台,每台带动 120 架织机,转速靠 governor 自动调节,误差不到 2 转,工人只要早晚各上一次 tallow 就行了。",
    "后来 Pelton 在加州做出了另一种,水从 nozzle 里喷出来打在成对的 bucket 上,落差越大越合用,所以山里的 mine 都改用它。",
)


@pytest.mark.parametrize("width", [30, 34, 38])
def test_lines_broken_after_so_many_characters_are_joined(width):
    """Who counts characters, Latin ones like Chinese ones, makes lines of unequal width in columns."""
    result = read("水轮机\n\n" + "\n\n".join(wrapped(paragraph, width) for paragraph in MIXED) + "\n")
    for paragraph in MIXED:
        assert paragraph.replace(" ", "") in result.replace(" ", "")


def test_displaced_punctuation_belongs_to_the_line_above():
    """A full stop that slipped into the next item ends the sentence it was taken from."""
    text = "老磨坊\n\n  • 水轮由杉木做成,直径约四米,可以用二十年左右\n  • 。轴承则用青石凿成,每年要涂两次油。\n"
    found = clean(article(text))
    assert [text[join.start : join.end] for join in found.joins] == ["\n  • "]
    first = sentences(text, found.kept[0], found.joins)[0]
    assert joined(text, first, found.joins).endswith("二十年左右。")


def test_english_words_are_joined_with_a_space():
    """A break between two English words is read as a space."""
    line = "The mill stands in a bend of the river where the stream is strong and"
    text = "A mill\n\n" + "\n".join([line, line.replace("mill", "race"), line.replace("mill", "barn"), "deep enough for a wheel."]) + "\n"
    assert "strong and The race stands" in read(text)
    assert "strong and deep enough" in read(text)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["河水清清", "磨盘转转", "面粉白白", "日子慢慢"], id="verse"),
        pytest.param(["- 水轮直径约四米,用杉木做成,可以用二十年", "- 磨盘直径约一米,用青石凿成,可以用五十年", "- 轴承长度约半米,用枣木做成,可以用十来年"], id="list"),
        pytest.param(["def grind(stone, water, wheel, speed, grain):", "    total = stone + water + wheel + speed + x", "    other = stone - water - wheel - speed - y"], id="code"),
        pytest.param([*PARAGRAPHS], id="paragraphs"),
        pytest.param(["| 名称 | 材料 | 用途 | 年限 | 备注 | 价格 |", "| 水轮 | 杉木 | 取水 | 二十 | 无 | 不详 |", "| 磨盘 | 青石 | 磨面 | 五十 | 无 | 不详 |"], id="table"),
    ],
)
def test_what_is_not_wrapped_is_left_alone(lines):
    """Verse, lists, code, tables and paragraphs of one line each keep their breaks."""
    text = "老磨坊\n\n" + PARAGRAPHS[0] + "\n\n" + "\n".join(lines) + "\n\n" + PARAGRAPHS[1] + "\n"
    assert clean(article(text)).joins == ()


def test_joins_lie_inside_kept_text_and_hold_no_words():
    """A join never reaches into a dropped line, and holds white space only."""
    text = "老磨坊\n\n" + "\n".join(wrapped(paragraph, 30) for paragraph in PARAGRAPHS) + "\n点赞 收藏 举报\n"
    found = clean(article(text))
    assert found.joins
    for join in found.joins:
        assert text[join.start : join.end].isspace()
        assert any(kept.holds(join) for kept in found.kept)
