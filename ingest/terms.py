"""Text -> search terms: jieba's search mode on a folded key. The only importer of jieba.

rjieba (the same dictionary and model in Rust) is preferred because it loads in a tenth
of a second; jieba itself serves where rjieba has no wheel. Terms are for matching
only and are never shown as a quote.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable

TERMS_VERSION = "jieba-search-2"  # in the manifest: terms of another kind would not match
_RUN = re.compile(r"[^\W_]+")  # letters, digits and Han characters that stand together
_WORD = re.compile(r"\w")  # a term must hold a letter, a digit or a Han character


def fold(text: str) -> str:
    """`text` for matching: one width (NFKC), lower case, simplified script. Lengths may change."""
    return simplified(unicodedata.normalize("NFKC", text).lower())


def simplified(text: str) -> str:
    """`text` in simplified script. Text that GB2312 can write is simplified already, and left alone."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return _converter()(text)
    return text


@functools.cache
def _converter() -> Callable[[str], str]:
    """OpenCC's traditional-to-simplified conversion; text as it is where OpenCC is not installed."""
    try:
        import opencc
    except ImportError:
        return str
    return opencc.OpenCC("t2s").convert


@functools.cache
def _cutter() -> Callable[[str], list[str]]:
    """jieba's `cut_for_search`, from whichever implementation is installed."""
    try:
        import rjieba

        return rjieba.cut_for_search
    except ImportError:
        import logging

        import jieba

        jieba.setLogLevel(logging.WARNING)  # its start-up lines are not for our users
        return lambda text: list(jieba.cut_for_search(text))


def preload() -> None:
    """Load the dictionary now (about 0.1 s), so that a thread can do it beside other work."""
    _cutter()("预热")


def terms(text: str) -> list[str]:
    """The search terms of `text`, in order, with repetitions; punctuation left out."""
    return [word for word in _cutter()(fold(text)) if _WORD.search(word)]


def pairs(text: str) -> list[str]:
    """Pairs of neighbouring characters of the folded `text`, in order; a lone one stays by itself.

    They find what word splitting cuts differently in question and passage, and most typos.
    """
    found: list[str] = []
    for run in _RUN.findall(fold(text)):
        found += [run[at : at + 2] for at in range(len(run) - 1)] or [run]
    return found
