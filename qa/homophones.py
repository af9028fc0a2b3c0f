"""Characters typed for others of the same sound, as input methods have it: 涌线, read as the 涌现 that the articles know.

Looked for in what a question is about: elsewhere function words stand beside each other in
ways that no article has, and few of them are typed wrong. A character is suspect where it
makes no pair with its neighbours that stands in any article, and no word of the dictionary.
It is read as another only where exactly one of the same sound makes a name that an article has
word for word (of two characters: as a heading or beside its other name, since most pairs of
characters are something). 对比学习 stays what it is however often they speak of 对抗学习, 竞态 though 静态 is there.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.terms import fold, is_word
from qa.question import understand

if TYPE_CHECKING:
    from qa.opened import Opened

_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_LONGEST = 4  # characters of a word that is looked for
_LOOKED_AT = 10  # passages that may hold the name
_PAIR = 2  # characters


def sounded_out(text: str, opened: Opened) -> tuple[str, dict[str, str]]:
    """(`text` with such characters corrected, what was read as what). Folded where anything is changed."""
    key, changed = fold(text), {}
    question = understand(text)
    for name in (name for name in (question.focus, *question.sides) if name):
        for run in _RUN.findall(name):
            meant = _meant(run, opened)
            if meant:
                key, changed[run] = key.replace(run, meant), meant
    return (key, changed) if changed else (text, {})


def _meant(run: str, opened: Opened) -> str | None:
    """What `run` is read as, if that is one thing, and another."""
    pairs = opened.pairs
    there = pairs.known(_pairs(run))
    alone = [at for at in range(len(run)) if not there & {run[max(at - 1, 0) : at + 1], run[at : at + 2]}]
    others = {run[:at] + one + run[at + 1 :] for at in alone for one in same_sound(run[at])}
    if not others:
        return None
    there = pairs.known({pair for other in others for pair in _pairs(other)})
    found = [other for other in sorted(others) if all(pair in there for pair in _pairs(other)) and _is_name(other, opened)]
    if len(found) != 1:
        return None
    (at,) = (at for at in range(len(run)) if run[at] != found[0][at])
    return None if any(is_word(word) for word in _words_around(run, at)) else found[0]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _is_name(name: str, opened: Opened) -> bool:
    """True when an article has `name` word for word; one of two characters, as a heading or beside its other name."""
    rows, _ = opened.pairs.matching(dict.fromkeys(_pairs(name), 1.0), _LOOKED_AT)
    for article, passage in opened.store.with_articles(rows.tolist()):
        if len(name) > _PAIR and _stands_whole(name, fold(passage.span.of(article.text))):
            return True
        if any(name in fold(heading) for heading in passage.headings):
            return True
    return bool(opened.store.aliases_of([name]))


def _stands_whole(name: str, key: str) -> bool:
    """True when `name` stands in folded text, and neither end of it makes a word with what is beside: 智能提 in 智能提供."""
    for match in re.finditer(re.escape(name), key):
        beside = (key[max(match.start() - 1, 0) : match.start() + 1], key[match.end() - 1 : match.end() + 1])
        if not any(len(pair) == _PAIR and is_word(pair) for pair in beside):
            return True
    return False


def _words_around(run: str, at: int) -> Iterator[str]:
    """Every piece of two to `_LONGEST` characters that holds the one at `at`."""
    for length in range(2, _LONGEST + 1):
        for begin in range(max(at - length + 1, 0), min(at, len(run) - length) + 1):
            yield run[begin : begin + length]


@functools.cache
def _sounds() -> dict[str, frozenset[str]]:
    """How each character of GB2312 is read, without tones; {} where pypinyin is not installed."""
    # The table alone: the package around it loads its phrases too, for a quarter of a second.
    spec = importlib.util.find_spec("pypinyin")
    table = spec and importlib.util.spec_from_file_location("pinyin_dict", f"{spec.submodule_search_locations[0]}/pinyin_dict.py")
    if not table or not table.loader:
        return {}
    module = importlib.util.module_from_spec(table)
    table.loader.exec_module(module)
    return {one: frozenset(map(_toneless, module.pinyin_dict[ord(one)].split(","))) for one in _GB2312 if ord(one) in module.pinyin_dict}


def gb2312(begin: int, end: int) -> str:
    """The characters of simplified script that GB2312 has in these rows, in its order; FIRST_LEVEL: nearly all that is written."""
    return bytes(byte for row in range(begin, end) for cell in range(0xA1, 0xFF) for byte in (row, cell)).decode("gb2312", "ignore")


FIRST_LEVEL = 0xB0, 0xD8
_GB2312 = gb2312(0xB0, 0xF8)
COMMON = frozenset(gb2312(*FIRST_LEVEL))


def _toneless(said: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", said) if not unicodedata.combining(letter) or letter == "\u0308")


@functools.cache
def _said_so() -> dict[str, set[str]]:
    """The characters of each reading."""
    found: dict[str, set[str]] = {}
    for character, said in _sounds().items():
        for one in said:
            found.setdefault(one, set()).add(character)
    return found


@functools.cache
def same_sound(character: str) -> tuple[str, ...]:
    """The other characters that share a reading with one, in order."""
    alike = set().union(*(_said_so()[one] for one in _sounds().get(character, ())))
    return tuple(sorted(alike - {character}))
