"""Headings of plain text: which lines they are, how deep they stand, what they say."""

from pathlib import Path

import pytest

from eval.cleaning import measure_labels
from ingest.boilerplate import clean
from ingest.split import split
from ingest.types import Article, Mark, Span

SHARED = Path(__file__).parents[1] / "../shared"
PROSE = "水车把河水提到高处,再顺着竹管流进每一块田里,全村人轮流看守。"


def article(text: str, title: str = "", marks: tuple[Mark, ...] = ()) -> Article:
    """An article of this text."""
    return Article("a.txt", "a.txt", title, text, "", marks=marks)


def headings(text: str, **more) -> list[tuple[int, str]]:
    """(level, text) of each heading found."""
    return [(heading.level, heading.text) for heading in clean(article(text, **more)).headings]


def test_levels_follow_nesting():
    """一、 holds 1、, which holds (1); coming back closes what was open."""
    text = f"水利史话\n\n一、水车\n1、构造\n(1)轮轴\n{PROSE}\n(2)竹管\n{PROSE}\n2、用途\n{PROSE}\n二、水渠\n{PROSE}\n"
    assert headings(text) == [(1, "水车"), (2, "构造"), (3, "轮轴"), (3, "竹管"), (2, "用途"), (1, "水渠")]


def test_first_numbering_of_a_text_is_its_first_level():
    """A text that knows 1. only has level 1 only."""
    text = f"水利史话\n\n1. 水车\n\n{PROSE}\n\n2. 水渠\n\n{PROSE}\n"
    assert headings(text) == [(1, "水车"), (1, "水渠")]


def test_bare_line_above_prose_is_a_heading():
    """A definition that stands under a bare heading is found through it."""
    text = f"水利史话\n\n{PROSE}\n\n筒车\n\n{PROSE}\n\n翻车\n\n{PROSE}\n"
    assert headings(text) == [(1, "筒车"), (1, "翻车")]
    passages = split(article(text), clean(article(text)))
    assert passages[1].headings == ("筒车",)


def test_title_is_no_section_heading():
    """The first line of a page is its title, and stands in no heading path."""
    assert headings(f"水利史话\n\n{PROSE}\n{PROSE}\n") == []
    assert headings(f"# 水利史话\n\n{PROSE}\n\n## 水车\n\n{PROSE}\n") == [(1, "水车")]


@pytest.mark.parametrize(
    "items",
    [
        pytest.param("1. 木料\n2. 竹管\n3. 麻绳\n", id="short items"),
        pytest.param("1. 先选一处水流平稳的河湾。\n2. 再打下四根木桩。\n", id="sentences"),
        pytest.param("1. 木料:选五年以上的杉木,阴干半年再用。\n2. 竹管:选三年的毛竹,打通竹节。\n", id="run-in items"),
        pytest.param("- 木料\n- 竹管\n", id="bullets"),
        pytest.param("图1 水车的构造\n", id="caption"),
    ],
)
def test_items_of_a_list_are_no_headings(items):
    """A numbered line with nothing of its own below it is an item."""
    assert headings(f"水利史话\n\n{PROSE}\n\n{items}\n{PROSE}\n") == []


@pytest.mark.parametrize(("between", "found"), [("\n", []), ("\n\n", ["筒车"])], ids=["of a list", "apart"])
def test_the_last_of_several_short_lines_is_an_item(between, found):
    """What stands right below other short lines ends their list, though prose follows; below a blank line it is a heading."""
    text = f"水利史话\n\n{PROSE}\n需要的木料:\n杉木 两根\n竹篾 一捆{between}筒车\n\n{PROSE}\n"
    assert [words for _, words in headings(text)] == found
    text = f"水利史话\n\n{PROSE}\n需要的木料:\n杉木 两根\n竹篾 一捆\n{PROSE}\n"  # the colon says it without a blank line
    assert headings(text) == []


def test_a_step_with_steps_of_its_own_is_no_heading():
    """What stands behind a numbered sentence is the next item, though it is short and a list follows."""
    text = f"一、流程\n1. 在系统里填写请假单，选择假别和起止时间。\n2. 上传证明材料：\n   - 病假上传诊断证明；\n   - 婚假上传结婚证。\n3. 指定代理人，由他在系统里确认。\n二、其他\n{PROSE}\n"
    assert [heading.text for heading in clean(article(text)).headings] == ["流程", "其他"]


def test_run_in_heading_ends_at_its_colon():
    """Where the numbers around are headings, a line of name, colon and text is one too; the text stays searchable."""
    line = f"2. 水渠:{PROSE}"
    text = f"水利史话\n\n1. 水车\n\n{PROSE}\n\n{line}\n\n3. 水闸\n\n{PROSE}\n"
    found = clean(article(text))
    assert [heading.text for heading in found.headings] == ["水车", "水渠", "水闸"]
    assert found.headings[1].span.of(text) == "2. 水渠:"
    assert any(passage.headings == ("水渠",) and PROSE in passage.span.of(text) for passage in split(article(text), found))


def test_marks_of_the_reader_decide():
    """A heading that markup names is one at its level, whatever it looks like."""
    text = f"水利史话\n早期\n{PROSE}\n水车,以及它的后代。\n{PROSE}\n"
    at, sub = text.index("早期"), text.index("水车,")
    marks = (Mark(Span(at, at + 2), "h2"), Mark(Span(sub, sub + 10), "h3"))
    assert headings(text, title="水利史话", marks=marks) == [(1, "早期"), (2, "水车,以及它的后代。")]


@pytest.mark.parametrize("line", ["def run(x):", "}", "import os", "$ ls -l"])
def test_code_is_no_heading(line):
    """A short line of a program above prose is a line of the program."""
    assert headings(f"水利史话\n\n{PROSE}\n\n{line}\n\n{PROSE}\n") == []


@pytest.mark.parametrize("line", ["水务热线：0571-8800-1234（每天）", "报修 13900001234", "水站电话 400-880-1234"])
def test_a_telephone_number_is_no_heading(line):
    """Above prose it is told there; a short line without one heads it, with a year in it too."""
    assert headings(f"水利史话\n\n{PROSE}\n\n{line}\n{PROSE}\n") == []
    assert headings(f"水利史话\n\n{PROSE}\n\n1965 年的水站\n{PROSE}\n") == [(1, "1965 年的水站")]


@pytest.mark.skipif(not (SHARED / "seeds/labels").exists(), reason="needs ../shared/seeds")
def test_labelled_headings_are_found_at_their_level():
    """On the labelled articles every heading is found, nearly all at the labelled level."""
    heads = measure_labels(SHARED / "seeds/labels")["headings"]
    assert heads["found"] == heads["wanted"] == 96
    assert heads["level_right"] >= 94
    assert heads["others"] <= 2
