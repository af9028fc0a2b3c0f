"""Names that the articles themselves put side by side: 涌现（emergence）, GPU（图形处理器）, LLM 又称大语言模型.

No dictionary is needed: whoever writes about a thing in Chinese gives its English name or
abbreviation in brackets once. Each pair is kept with the span that justifies it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.terms import fold
from ingest.types import Article, Cleaned, Span

HAN_CHARS = (2, 14)  # of a Chinese name; a longer run before a bracket is half a sentence
LATIN_CHARS = (2, 48)  # of a foreign name; longer ones are remarks
_BEGINNING = 2  # characters that aliases are looked for by, and the fewest of a name
_FILLED_UP = 16
LAST = "\U0010ffff"  # behind every other character
_OPEN, _CLOSE = "(\uff08", ")\uff09"
_BRACKET = re.compile(rf"[{_OPEN}]([^{_OPEN}{_CLOSE}\n]{{2,90}})[{_CLOSE}]")
_HAN_NAME = re.compile(r"[\u4e00-\u9fff·-]+$")
# Quotes or bold type say themselves where a name begins.
_MARKED_NAME = re.compile(r"(?:\*\*|[\u201c\u300c\"])([\u4e00-\u9fff·-]{2,14})(?:\*\*|[\u201d\u300d\"])$")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.+#\- ]*[A-Za-z0-9+#]")
_LATIN_BEFORE = re.compile(r"([A-Za-z][A-Za-z0-9.+#-]*(?: [A-Z][A-Za-z0-9.+#-]*){0,3})\s?$")
_HAN_ONLY = re.compile(r"[\u4e00-\u9fff·-]+")
_SPLIT = re.compile(r"[,\uff0c\u3001;\uff1b/|]|\bor\b|简称|缩写为?|又称|英文名?[:\uff1a]?|即")
_EXAMPLES = re.compile(r"\s*(?:[例比譬]?如|包[括含]|像|即将|参见|见)")  # "模型(如 VGG)" names some of them
# A name does not run across these: what stands before them belongs to the sentence.
_NOT_IN_NAME = re.compile(r"[的是叫为了和与或在用把被即如称作对从等这那种个做指像使让给由以及]|包括|例如|所谓|一个|一种|进行|采用|提出|使用|属于|就是|可以|通过|基于(?!人类|人工)")


@dataclass(frozen=True, slots=True)
class Alias:
    """Two names of one thing, folded, and where the article says so."""

    name: str
    other: str
    span: Span


def find_aliases(article: Article, cleaned: Cleaned) -> Iterator[Alias]:
    """Every pair of names in the kept text of an article; each pair once."""
    seen: set[tuple[str, str]] = set()
    for kept in cleaned.kept:
        text = kept.of(article.text)
        for match in _BRACKET.finditer(text):
            if _EXAMPLES.match(match[1]):
                continue
            before = text[max(0, match.start() - 60) : match.start()]
            for name, other in _pairs(before, match[1]):
                pair = (fold(name), fold(other))
                if pair not in seen and pair[0] != pair[1]:
                    seen.add(pair)
                    start = kept.start + match.start() - len(before) + before.rfind(name)
                    yield Alias(*pair, Span(start, kept.start + match.end()))


def _pairs(before: str, inside: str) -> Iterator[tuple[str, str]]:
    """(name before the bracket, name inside it), in the scripts that make one explain the other."""
    marked = _MARKED_NAME.search(before.rstrip())
    han = marked or _HAN_NAME.search(before.rstrip())
    if han:
        name = marked[1] if marked else _NOT_IN_NAME.split(han[0])[-1].strip("·-")
        if HAN_CHARS[0] <= len(name) <= HAN_CHARS[1]:
            for piece in _SPLIT.split(inside):
                latin = piece.strip(" \u201c\u201d\"'*")
                if LATIN_CHARS[0] <= len(latin) <= LATIN_CHARS[1] and _LATIN.fullmatch(latin):
                    yield name, latin
        return
    latin = _LATIN_BEFORE.search(before)
    if latin:
        for piece in _SPLIT.split(inside):
            name = piece.strip(" \u201c\u201d\"'*")
            if HAN_CHARS[0] <= len(name) <= HAN_CHARS[1] and _HAN_ONLY.fullmatch(name):
                if not _NOT_IN_NAME.search(name):
                    yield latin[1], name


def names_in(question: str, known: Iterable[str]) -> list[str]:
    """Those of the folded names `known` that stand in the folded `question`, longest first, none inside another.

    A Latin name must stand by itself: "ai" is not in "chain".
    """
    found: list[tuple[int, int, str]] = []
    for name in sorted(set(known), key=lambda one: (-len(one), one)):
        pattern = re.escape(name)
        if name[0].isascii():
            pattern = rf"(?<![a-z0-9]){pattern}(?![a-z0-9])"
        for match in re.finditer(pattern, question):
            if not any(match.start() < end and start < match.end() for start, end, _ in found):
                found.append((match.start(), match.end(), name))
    return [name for _, _, name in sorted(found)]


def substrings(question: str, limit: int = HAN_CHARS[1]) -> list[str]:
    """What of a folded question could be a name: pieces of up to `limit` characters, and runs of Latin words."""
    pieces = {question[at : at + size] for size in range(2, limit + 1) for at in range(len(question) - size + 1)}
    words = re.findall(r"[a-z0-9][a-z0-9.+#-]*", question)
    runs = {" ".join(words[at : at + size]) for size in range(1, 6) for at in range(len(words) - size + 1)}
    return sorted(pieces | runs)


def beginnings(names: Sequence[str]) -> list[str]:
    """The first two characters of each of `names`, without those that are shorter: no alias is.

    A question has ten times as many pieces that could be names, and to look for each took ten times as long.
    Filled up with what nothing begins with: each number of them is a statement to be prepared, in every store.
    """
    found = sorted({name[:_BEGINNING] for name in names if len(name) >= _BEGINNING})
    return found + [LAST] * (_FILLED_UP - len(found) % _FILLED_UP)
