"""Lines of a text and their matching keys: what the cleaning rules look at, never what is quoted."""

from __future__ import annotations

import re
import unicodedata

from ingest.types import Line, Span

_LINE_BREAK = re.compile(r"\r\n|\n|\r")  # what editors count as one, so that line numbers agree with theirs
# Characters that take no room: soft hyphen, zero-width space to mark, word joiner to separators, BOM;
# and the private use area, where web fonts keep their icons.
_ZERO_WIDTH = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ue000-\uf8ff]+")
_TWINS = (  # what NFKC leaves as it is: the mark and its ASCII twin
    ("。", "."), ("、", ","), ("“", '"'), ("”", '"'), ("‘", "'"), ("’", "'"), ("「", '"'), ("」", '"'),
    ("『", '"'), ("』", '"'), ("《", '"'), ("》", '"'), ("〈", '"'), ("〉", '"'), ("【", "["), ("】", "]"),
    ("〔", "["), ("〕", "]"), ("‧", "·"), ("⋅", "·"), ("∙", "·"), ("・", "·"), ("⁄", "/"), ("∶", ":"),
)  # fmt: skip
KEY_CHARS = 600  # a longer line's key is its first and last half of this: bounds the cost of normalising hostile text

PLAIN, CODE, FORMULA, TABLE = "plain", "code", "formula", "table"  # what a line is by its syntax
NO_PROSE, WEAK_PROSE, PROSE = 0, 1, 2  # WEAK_PROSE may be a headline or a teaser; PROSE is sentences

_DIGITS = re.compile(r"\d+")


def key_of(line: str) -> str:
    """The matching key of a line: NFKC, zero-width characters and NBSP out, white space folded, ASCII punctuation.

    Of a line of more than `KEY_CHARS` code points only the two ends are taken.
    """
    if len(line) > KEY_CHARS:
        line = f"{line[: KEY_CHARS // 2]} {line[-KEY_CHARS // 2 :]}"
    if not line.isascii():
        line = _ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", line))
        for mark, twin in _TWINS:
            line = line.replace(mark, twin)
    return " ".join(line.split())


def masked(key: str) -> str:
    """`key` with every run of digits as one `0`: the same line of two pages differs in counters and dates."""
    return _DIGITS.sub("0", key).lower()


def lines_of(text: str) -> list[Line]:
    """All lines of `text`, blank ones included; line breaks are CR LF, LF and CR."""
    lines: list[Line] = []
    start = 0
    for number, match in enumerate(_LINE_BREAK.finditer(text), 1):
        end = match.start()
        lines.append(Line(Span(start, end), number, key_of(text[start:end])))
        start = match.end()
    if start < len(text):
        lines.append(Line(Span(start, len(text)), len(lines) + 1, key_of(text[start:])))
    return lines
