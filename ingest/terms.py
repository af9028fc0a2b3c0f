"""Text -> search terms: jieba's search mode on a folded key. The only importer of jieba.

rjieba (the same dictionary and model in Rust) is preferred because it loads in a tenth
of a second; jieba itself serves where rjieba has no wheel. Terms are for matching
only and are never shown as a quote.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path

TERMS_VERSION = "jieba-search-2"  # in the manifest: terms of another kind would not match
_RUN = re.compile(r"[^\W_]+")  # letters, digits and Han characters that stand together
_HAN = re.compile(r"[\u3400-\u9fff]")
_TRADITIONAL_SHARE = 0.1  # traditional prose has a third and more, simplified prose a rare name
_WORD = re.compile(r"\w")  # a term must hold a letter, a digit or a Han character


# Of nearly all Chinese text NFKC changes nothing but these, and replacing them one by one takes a tenth of the time.
_WIDE = tuple((wide, unicodedata.normalize("NFKC", wide)) for wide in "，：；！？（）％～＋－＝／．＂＇…\u3000")
_NOT_PLAIN = re.compile("[^\n\t\x20-\x7e\u4e00-\u9fff、。《》〈〉「」『』【】“”‘’—·" + "".join(wide for wide, _ in _WIDE) + "]")


# A question looks at the same headings, passages and sentences again and again: as many as it looks at in some ten of them.
# Nothing longer than a passage: at most 8 MB are kept.
_REMEMBERED, _MOST_REMEMBERED = 2048, 1000


def fold(text: str) -> str:
    """`text` for matching: one width (NFKC), lower case, simplified script. Lengths may change."""
    return remembered(text) if len(text) <= _MOST_REMEMBERED else _folded(text)


def _folded(text: str) -> str:
    return simplified(_one_width(text).lower())


remembered = functools.lru_cache(_REMEMBERED)(_folded)


def _one_width(text: str) -> str:
    """What NFKC makes of `text`."""
    if _NOT_PLAIN.search(text):
        return unicodedata.normalize("NFKC", text)
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    return text


def simplified(text: str) -> str:
    """`text` in simplified script. Text that GB2312 can write is simplified already, and left alone."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return _converter()(text)
    return text


def in_script(text: str, traditional: bool) -> str:
    """`text` in traditional or simplified script; as it is where OpenCC is not installed."""
    if not traditional:
        return simplified(text)
    try:
        import opencc
    except ImportError:
        return text
    return opencc.OpenCC("s2t").convert(text)


def is_traditional(text: str) -> bool:
    """True when more than `_TRADITIONAL_SHARE` of the Han characters are none that GB2312 can write."""
    han = _HAN.findall(text)
    return len(han) > 0 and sum(not _in_gb2312(one) for one in han) > _TRADITIONAL_SHARE * len(han)


@functools.lru_cache(1 << 14)
def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


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


def is_word(word: str) -> bool:
    """True when jieba's dictionary has it."""
    return bool(word_entry(word)[1])


@functools.lru_cache(1 << 12)
def word_entry(word: str) -> tuple[int, str]:
    """How often jieba's dictionary saw a word and what it says it is, n… a noun, v… a verb; (0, "") where it does not have it.

    It is read when this is asked first (5 MB, some milliseconds).
    """
    at = _dictionary().find(b"\n%s " % word.encode())
    if at < 0:
        return 0, ""
    *_, count, kind = _dictionary()[at + 1 : _dictionary().index(b"\n", at + 1)].split()
    return int(count), kind.decode()


@functools.cache
def _dictionary() -> bytes:
    spec = importlib.util.find_spec("jieba")
    return b"\n" + (Path(spec.origin).parent / "dict.txt").read_bytes() + b"\n" if spec and spec.origin else b""


def preload() -> None:
    """Load the dictionary now (about 0.1 s), so that a thread can do it beside other work."""
    _cutter()("预热")


class _Child:
    """A process that cuts words: one JSON string a line in, one JSON list a line out."""

    _PROGRAM = (
        "import json, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import rjieba\n"
        "for line in sys.stdin:\n"
        "    print(json.dumps(rjieba.cut_for_search(json.loads(line))), flush=True)\n"
    )

    def __init__(self, home: str) -> None:
        self._lock = threading.Lock()
        # -I -S: neither the user's settings nor site-packages' start-up files, 20 ms of them.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", self._PROGRAM, home],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="ascii",
        )  # fmt: skip

    def cut(self, key: str) -> list[str] | None:
        """The words of folded text; None when the child does not answer. One question at a time."""
        try:
            with self._lock:
                self._process.stdin.write(json.dumps(key) + "\n")
                self._process.stdin.flush()
                return json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            return None


_child: _Child | None = None


def preload_beside() -> None:
    """Load the dictionary in a child process, for a command that asks one question and ends.

    rjieba loads for a tenth of a second and holds Python's lock all the while, so a thread
    would not help. Where the child cannot be had, the dictionary is loaded here when needed.
    The child ends with this process, when its standard input does.
    """
    global _child
    spec = importlib.util.find_spec("rjieba")
    if spec and spec.origin and sys.executable:
        with contextlib.suppress(OSError):
            _child = _Child(str(Path(spec.origin).parent.parent if spec.submodule_search_locations else Path(spec.origin).parent))


def terms(text: str) -> list[str]:
    """The search terms of `text`, in order, with repetitions; punctuation left out."""
    key = fold(text)
    words = _child.cut(key) if _child else None
    return [word for word in (words if words is not None else _cutter()(key)) if _WORD.search(word)]


def pairs(text: str) -> list[str]:
    """Pairs of neighbouring characters of the folded `text`, in order; a lone one stays by itself.

    They find what word splitting cuts differently in question and passage, and most typos.
    """
    return pairs_of(fold(text))


def pairs_of(key: str) -> list[str]:
    """The same, of text that is folded."""
    found: list[str] = []
    for run in _RUN.findall(key):
        found += [run[at : at + 2] for at in range(len(run) - 1)] or [run]
    return found
