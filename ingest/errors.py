"""The errors a user can meet, as one tree. Only `qa/cli.py` turns them into exit codes.

    WenjuError                 1   something failed that should not have
    ├── UsageError             2   wrong usage: the message says what to write instead
    │   └── CorpusError        2   the corpus folder is missing, empty or another one
    ├── StoreError             1   a server that holds the index cannot be reached, or answers in part
    ├── SkippedFile            3   one file could not be read; the rest goes on
    ├── NoIndexError          10   there is no index yet
    ├── IngestRunningError    11   another ingest holds the lock
    ├── DamagedIndexError     12   the index on disk is not what was written
    └── MismatchError         13   written by another format version or with another model

Each carries its message in Chinese and in English; `str(error)` is the Chinese one.
"""

from __future__ import annotations

from pathlib import Path

MOST_SAID = 200  # characters of another library's message that are passed on


class WenjuError(Exception):
    """Base of all errors that reach a user: what went wrong, and the remedy, in two languages."""

    exit_code = 1

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh = zh
        self.en = en

    def message(self, lang: str = "zh") -> str:
        """The message in `lang` ("zh" or "en")."""
        return self.en if lang == "en" else self.zh


class UsageError(WenjuError):
    """The command or call was wrong; nothing was changed."""

    exit_code = 2


class CorpusError(UsageError):
    """The corpus folder is missing, empty, or not the one this index was built from."""


class StoreError(WenjuError):
    """A server that holds the index cannot be reached, refuses, or answered incompletely."""


class SkippedFile(WenjuError):
    """A file that cannot be read. `reason` is a skip code of `ingest/reasons.py`."""

    exit_code = 3

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.reason = reason


class NoIndexError(WenjuError):
    """No index has been built in the index folder."""

    exit_code = 10


class IngestRunningError(WenjuError):
    """Another process is writing this index."""

    exit_code = 11


class DamagedIndexError(WenjuError):
    """A published generation is not what its manifest says."""

    exit_code = 12


class MismatchError(WenjuError):
    """The index was written by another format version, or with another model."""

    exit_code = 13


def one_line(said: object, most: int = MOST_SAID) -> str:
    """What another library says of its failure, an exception or a text, in one line."""
    return " ".join(str(said).split())[:most] or type(said).__name__


def damaged(path: Path) -> DamagedIndexError:
    """The error for a file of a generation that is not what was written."""
    return DamagedIndexError(
        f"索引文件损坏：{path.name}。请运行 qa ingest --rebuild 重建索引。",
        f"The index file {path.name} is damaged. Run `qa ingest --rebuild` to build it again.",
    )
