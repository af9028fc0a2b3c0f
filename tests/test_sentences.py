"""Sentences are spans: they cover the text exactly once, and end where a reader says they end."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import cut_long, joined, sentences
from ingest.types import Span

TEXTS = st.text(alphabet="涌现模型是指的。！?？!,,;:”“)(\n\r 　aB3.…-1、", max_size=300)


def _sentences(text, joins=()):
    return [span.of(text) for span in sentences(text, Span(0, len(text)), joins)]


@given(TEXTS)
def test_sentences_cover_all_but_white_space_exactly_once(text):
    """Joined in order, the sentences hold every character that is not white space."""
    spans = sentences(text, Span(0, len(text)))
    assert "".join("".join(span.of(text).split()) for span in spans) == "".join(text.split())
    assert all(before.end <= after.start for before, after in zip(spans, spans[1:], strict=False))
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)


@given(TEXTS.filter(str.strip), st.integers(5, 40))
def test_a_long_sentence_is_cut_without_loss(text, limit):
    """Pieces of a sentence that is too long stay in the limit and lose no character."""
    start = len(text) - len(text.lstrip())
    pieces = cut_long(text, Span(start, len(text.rstrip())), limit)
    assert all(len(piece) <= limit for piece in pieces)
    assert "".join("".join(piece.of(text).split()) for piece in pieces) == "".join(text.split())


def test_sentences_end_at_their_marks_and_closers():
    """Chinese and English marks end a sentence, together with the closing quotes and brackets."""
    text = "它会涌现。“真的吗?”是的!(见下文。)Version 3.5 is out. Try it"
    assert _sentences(text) == ["它会涌现。", "“真的吗?”", "是的!", "(见下文。)", "Version 3.5 is out.", "Try it"]


def test_a_decimal_point_or_abbreviation_does_not_end_a_sentence():
    """A dot inside a number or a name is not a full stop."""
    assert _sentences("准确率是 93.5%,模型叫 GPT-3.5 turbo") == ["准确率是 93.5%,模型叫 GPT-3.5 turbo"]


def test_a_hard_wrapped_line_break_does_not_end_a_sentence():
    """A line break that is a join lies inside one sentence, and is left out when shown."""
    text = "涌现是指规模增大后\n出现的新能力。"
    join = Span(text.index("\n"), text.index("\n") + 1)
    assert _sentences(text, [join]) == [text]
    assert joined(text, Span(0, len(text)), [join]) == "涌现是指规模增大后出现的新能力。"


def test_a_join_between_english_words_becomes_a_space():
    """Wrapped English words stay apart."""
    text = "large language\nmodel"
    assert joined(text, Span(0, len(text)), [Span(14, 15)]) == "large language model"
