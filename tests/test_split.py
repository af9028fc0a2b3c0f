"""Passages: whole sentences under their headings, and no kept prose lost."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.split import MAX_CHARS, split
from ingest.types import Article, Cleaned, Dropped, Heading, Span


def _article(text):
    return Article("a.txt", "a.txt", "题", text, "")


@st.composite
def _cleaned_texts(draw):
    """A text of random lines, some dropped and some headings, and what cleaning said of it."""
    lines = draw(st.lists(st.text(alphabet="大模型涌现是。!?,、 ab1.", max_size=600), min_size=1, max_size=12))
    kept, dropped, headings, at = [], [], [], 0
    for number, line in enumerate(lines):
        end = at + len(line) + (number < len(lines) - 1)
        fate = draw(st.sampled_from(["kept", "kept", "dropped", "heading"]))
        if end > at and fate == "dropped":
            dropped.append(Dropped(Span(at, end), "x"))
        elif end > at:
            kept.append(Span(at, end))
            if fate == "heading" and line.strip():
                headings.append(Heading(Span(at, at + len(line)), draw(st.integers(1, 3)), line.strip()[:9]))
        at = end
    return "\n".join(lines), Cleaned(tuple(kept), tuple(dropped), tuple(headings))


@given(_cleaned_texts())
def test_passages_hold_all_kept_prose_exactly_once(case):
    """Every kept character that is not white space stands in one passage, or in a heading with text below it."""
    text, cleaned = case
    passages = split(_article(text), cleaned)
    held = [at for passage in passages for at in range(passage.span.start, passage.span.end)]
    assert len(held) == len(set(held))
    in_headings = {at for heading in cleaned.headings for at in range(heading.span.start, heading.span.end)}
    kept = {at for span in cleaned.kept for at in range(span.start, span.end) if not text[at].isspace()}
    assert kept - in_headings <= set(held)
    assert {at for at in held if not text[at].isspace()} <= kept


@given(_cleaned_texts())
def test_passages_stay_within_the_limit(case):
    """No passage is longer than MAX_CHARS, and none is blank."""
    text, cleaned = case
    for passage in split(_article(text), cleaned):
        assert 0 < len(passage.span) <= MAX_CHARS
        assert passage.span.of(text).strip()


def test_a_definition_stands_under_its_bare_heading():
    """The heading line is not part of the passage, but names it."""
    text = "涌现\n研究发现,规模超过某个点后能力突然出现。\n"
    cleaned = Cleaned((Span(0, len(text)),), (), (Heading(Span(0, 2), 1, "涌现"),))
    (passage,) = split(_article(text), cleaned)
    assert passage.headings == ("涌现",)
    assert passage.span.of(text) == "研究发现,规模超过某个点后能力突然出现。"


def test_headings_nest_by_level():
    """A passage carries the path of headings above it, outermost first."""
    text = "训练\n预训练\n先学语言。\n评测\n再看分数。\n"
    spots = [(0, 2, 1), (3, 6, 2), (13, 15, 1)]
    headings = tuple(Heading(Span(a, b), level, text[a:b]) for a, b, level in spots)
    passages = split(_article(text), Cleaned((Span(0, len(text)),), (), headings))
    assert [passage.headings for passage in passages] == [("训练", "预训练"), ("评测",)]


def test_a_sentence_is_never_cut_unless_it_alone_is_too_long():
    """Passages end at sentence ends."""
    text = "".join(f"第{number}句说明模型如何学习语言的规律并加以运用。" for number in range(60))
    passages = split(_article(text), Cleaned((Span(0, len(text)),), ()))
    assert len(passages) > 2
    assert all(passage.span.of(text).endswith("。") for passage in passages)
