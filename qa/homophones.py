"""Characters typed for others of the same sound, as input methods have it: 涌线, read as the 涌现 that the articles know.

Looked for in what a question is about, or in all of a short one: elsewhere function words
stand beside each other in ways that no article has, and few of them are typed wrong. A
character is suspect where it makes no pair with its neighbours that stands in any article,
and no word of the dictionary. It is read as another only where exactly one of the same sound
makes a word that the articles have: 对比学习 stays what it is however often they speak of 对抗学习.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.terms import fold, in_gb2312, is_word
from qa.question import ASKING, FILLING, understand

if TYPE_CHECKING:
    from ingest.index import Terms

_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_LONGEST = 4  # characters of a word that is looked for
_NAME = 6  # characters that may be one name, in which 和 and 都 join nothing: 过拟和
_SHORT = 12  # characters of a question that is about all it says


def sounded_out(text: str, words: Terms, pairs: Terms) -> tuple[str, dict[str, str]]:
    """(`text` with such characters corrected, what was read as what). Folded where anything is changed.

    `words`, `pairs`: what the articles hold.
    """
    key, changed = fold(text), {}
    for begin, end in _subjects(text, key):
        for run in _RUN.finditer(key, begin, end):
            for at in _suspects(run[0], pairs):
                found = _read_as(run[0], at, words, pairs)
                if found:
                    typed, meant, character = found
                    key = key[: run.start() + at] + character + key[run.start() + at + 1 :]
                    changed[typed] = meant
    return (key, changed) if changed else (text, {})


def _subjects(text: str, key: str) -> list[tuple[int, int]]:
    """Where in the folded `key` of a question stands what it is about; all of it, if it is short and does not tell."""
    question = understand(text)
    places = [(key.find(name), name) for name in (question.focus, *question.sides) if name]
    if not places and len(key) <= _SHORT:
        return [(0, len(key))]
    return [(at, at + len(name)) for at, name in places if at >= 0]


def _suspects(run: str, pairs: Terms) -> list[int]:
    """The characters of `run` that make no pair of the articles' and no word of the dictionary."""
    there = pairs.known({run[at : at + 2] for at in range(len(run) - 1)})
    alone = [at for at in range(len(run)) if not there & {run[at - 1 : at + 1] if at else "", run[at : at + 2]}]
    asking = len(run) > _NAME
    return [at for at in alone if not (asking and run[at] in ASKING) and not any(is_word(word) for _, word in _words_around(run, at))]


def _words_around(run: str, at: int) -> Iterator[tuple[int, str]]:
    """(beginning, text) of every piece of two to `_LONGEST` characters that holds the one at `at`."""
    for length in range(2, _LONGEST + 1):
        for begin in range(max(at - length + 1, 0), min(at, len(run) - length) + 1):
            yield begin, run[begin : begin + length]


def _read_as(run: str, at: int, words: Terms, pairs: Terms) -> tuple[str, str, str] | None:
    """(what was typed, the word it is read as, the character) if exactly one character of the same sound makes a word.

    A word of the dictionary, or of several passages: a splitter makes up what stands in one alone. Where there is none
    it may stand in one, if all that is around it does so in the articles too.
    """
    others = {one: run[:at] + one + run[at + 1 :] for one in _same_sound(run[at])}
    there = pairs.known({other[begin : begin + 2] for other in others.values() for begin in range(len(run) - 1)})
    whole = {one for one, other in others.items() if all(other[begin : begin + 2] in there for begin in range(len(run) - 1))}
    tried = whole | {one for one, other in others.items() if len(run) <= _NAME and there & {other[at - 1 : at + 1] if at else "", other[at : at + 2]}}
    pieces = [(one, begin, word) for one in sorted(tried) for begin, word in _words_around(others[one], at)]
    ours = words.known({word for *_, word in pieces if word not in ASKING and word not in FILLING})
    sure: dict[str, tuple[str, str, str]] = {}
    likely: dict[str, tuple[str, str, str]] = {}
    for one, begin, word in pieces:  # of each character the longest word comes last
        if word not in ours or _torn(run, at, begin, len(word), words):
            continue
        read = (run[begin : begin + len(word)], word, one)
        if is_word(word) or words.idf(word) < math.log1p((words.size - 1 + 0.5) / 1.5):  # less than that of one passage
            sure[one] = read
        elif one in whole:
            likely[one] = read
    found = sure or likely
    return next(iter(found.values())) if len(found) == 1 else None


def _torn(run: str, at: int, begin: int, length: int, words: Terms) -> bool:
    """True when a character beside the one at `at` belongs to a word that does not hold that: 适 of 适配器 in 和适."""
    beside = [place for place in range(begin, begin + length) if place != at]
    return any(
        len(word) > 1 and words.knows(word) and is_word(word)
        for place in beside
        for start, word in _words_around(run, place)
        if not start <= at < start + len(word)
    )


@functools.cache
def _sounds() -> dict[str, frozenset[str]]:
    """How each character of GB2312 is read, without tones; {} where pypinyin is not installed."""
    try:
        from pypinyin.constants import PINYIN_DICT
    except ImportError:
        return {}
    return {chr(code): frozenset(map(_toneless, said.split(","))) for code, said in PINYIN_DICT.items() if in_gb2312(chr(code))}


def _toneless(said: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", said) if not unicodedata.combining(letter) or letter == "\u0308")


@functools.cache
def _same_sound(character: str) -> tuple[str, ...]:
    """The other characters that share a reading with one, in order."""
    mine = _sounds().get(character, frozenset())
    return tuple(sorted(other for other, said in _sounds().items() if said & mine and other != character))
