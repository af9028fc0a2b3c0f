"""One file -> one Article. A module a format; `read_article` chooses by the file's suffix."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.errors import SkippedFile
from ingest.types import Article

TEXT_SUFFIXES = frozenset({".txt", ".text"})
MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})
HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
MHTML_SUFFIXES = frozenset({".mhtml", ".mht"})
SUFFIXES = TEXT_SUFFIXES | MARKDOWN_SUFFIXES | HTML_SUFFIXES | MHTML_SUFFIXES | {".pdf", ".docx", ".epub"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. Each is an option of whoever ingests."""

    file_bytes: int = 200 << 20  # a scanned book; no article of text is as large
    chars: int = 20_000_000  # about forty books in one file
    seconds: float = 60.0  # the slowest real PDF seen took 8 s
    memory_bytes: int = 2 << 30  # of the child that reads


DEFAULT_LIMITS = Limits()


def read_article(path: Path, id: str, limits: Limits = DEFAULT_LIMITS) -> Article:
    """The article in `path`; its title is "" where markup does not give it. SkippedFile if it cannot be read."""
    content = _bytes_of(path, limits)
    suffix = path.suffix.lower()
    if suffix in HTML_SUFFIXES:
        from ingest.read.html import read
    elif suffix in MARKDOWN_SUFFIXES:
        from ingest.read.markdown import read
    elif suffix == ".pdf":
        from ingest.read.pdf import read
    elif suffix in MHTML_SUFFIXES:
        from ingest.read.mhtml import read
    elif suffix == ".docx":
        from ingest.read.zipped import read_docx as read
    elif suffix == ".epub":
        from ingest.read.zipped import read_epub as read
    else:
        from ingest.read.text import read
    article = read(content, id)
    if len(article.text) > limits.chars:
        raise SkippedFile(
            "too-long",
            f"文字太多({len(article.text)} 字，上限 {limits.chars})。请把它拆开。",
            f"too much text ({len(article.text)} characters, the limit is {limits.chars}); split it",
        )
    if not article.text.strip():
        raise SkippedFile("empty", "文件里没有文字。", "the file holds no text")
    return replace(article, digest=hashlib.sha256(content).hexdigest())


def _bytes_of(path: Path, limits: Limits) -> bytes:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # opening a pipe would wait for ever
            raise SkippedFile("not-a-file", "不是普通文件。", "not a regular file")
        size = facts.st_size
        if size > limits.file_bytes:
            raise SkippedFile(
                "too-large",
                f"文件太大（{size >> 20} MB，上限 {limits.file_bytes >> 20} MB）。",
                f"the file is too large ({size >> 20} MB, the limit is {limits.file_bytes >> 20} MB)",
            )
        return path.read_bytes()
    except OSError as error:
        raise SkippedFile(
            "unreadable", f"无法打开：{error.strerror}。请检查权限。", f"cannot be opened: {error.strerror}"
        ) from error
