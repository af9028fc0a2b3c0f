"""What the user overrules: lines and patterns of `wenju.toml` that are always kept or always dropped.

    [clean]
    keep = ["版权归谁,是本文要回答的问题", "/^注意/"]
    drop = ["本站公告"]

A plain entry is a whole line, compared by its matching key; `/…/` is a regular expression
that is searched in the key. Keep wins over drop, and both win over every rule.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from ingest.errors import UsageError
from ingest.lines import key_of

FILE_NAME = "wenju.toml"


@dataclass(frozen=True, slots=True)
class Overrides:
    """Entries as the user wrote them: plain lines, or patterns written `/regex/`."""

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    def digest(self) -> str:
        """Hex digest of the entries: another digest means that cleaning may decide otherwise."""
        return sha256(json.dumps([self.keep, self.drop], ensure_ascii=False).encode()).hexdigest()

    def keeps(self, key: str) -> bool:
        """True when the user wants every line with this key kept."""
        return bool(self.keep) and _matcher(self.keep)(key)

    def drops(self, key: str) -> bool:
        """True when the user wants every line with this key dropped."""
        return bool(self.drop) and _matcher(self.drop)(key)


@lru_cache(maxsize=16)
def _matcher(entries: tuple[str, ...]) -> Callable[[str], bool]:
    """One test for all entries."""
    plain = frozenset(key_of(entry) for entry in entries if not _is_pattern(entry))
    patterns = [re.compile(entry[1:-1]) for entry in entries if _is_pattern(entry)]
    return lambda key: key in plain or any(pattern.search(key) for pattern in patterns)


def _is_pattern(entry: str) -> bool:
    return len(entry) > 2 and entry[0] == "/" == entry[-1]


def load_overrides(folder: Path) -> Overrides:
    """The `[clean]` table of `wenju.toml` in the corpus folder; empty when there is no such file.

    Raises UsageError that names the file and the line.
    """
    path = Path(folder) / FILE_NAME
    try:
        source = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Overrides()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} 读不了： {error}", f"{path} cannot be read: {error}") from error
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:  # its message names line and column
        raise UsageError(f"{path} 不是合法的 TOML: {error}", f"{path} is not valid TOML: {error}") from error
    clean = table.get("clean", {})
    if not isinstance(clean, dict):
        raise _wrong(path, source, "clean", "[clean] 应是一个表", "[clean] must be a table")
    for name in clean:
        if name not in ("keep", "drop"):
            raise _wrong(path, source, name, f"[clean] 里只能有 keep 和 drop，没有 {name}", f"[clean] knows keep and drop, not {name}")
    return Overrides(_entries(path, source, clean, "keep"), _entries(path, source, clean, "drop"))


def _entries(path: Path, source: str, clean: dict, name: str) -> tuple[str, ...]:
    """The checked entries of one list."""
    entries = clean.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise _wrong(path, source, name, f"{name} 应是字符串列表", f"{name} must be a list of strings")
    for entry in entries:
        if not key_of(entry):
            raise _wrong(path, source, name, f"{name} 里有空行", f"{name} holds an empty line")
        if _is_pattern(entry):
            try:
                re.compile(entry[1:-1])
            except re.error as error:
                raise _wrong(path, source, entry, f"{entry} 不是合法的正则表达式： {error}", f"{entry} is not a valid regular expression: {error}") from error
    return tuple(entries)


def _wrong(path: Path, source: str, needle: str, zh: str, en: str) -> UsageError:
    """A UsageError that names the file and the first line that holds `needle`."""
    escaped = json.dumps(needle, ensure_ascii=False)[1:-1]
    lines = source.splitlines()
    number = next((n for n, line in enumerate(lines, 1) if needle in line or escaped in line), 1)
    return UsageError(f"{path} 第 {number} 行： {zh}", f"{path}, line {number}: {en}")
