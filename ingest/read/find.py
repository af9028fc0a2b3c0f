"""The files of a corpus folder: what is read, what cannot be, and what is none of ours."""

from __future__ import annotations

import os
import stat
from collections import Counter
from pathlib import Path

from ingest.errors import CorpusError, SkippedFile
from ingest.read import SUFFIXES

SUFFIX_CHARS = 12  # what comes after a dot and is longer is part of a name


def find_files(folder: Path) -> tuple[list[tuple[str, str]], list[tuple[str, SkippedFile]], Counter[str]]:
    """(path, id) of every article, sorted by id; what is skipped, with reasons; the suffixes of what is ignored.

    Hidden files are left out, links are followed only to files inside the folder, and
    folders are never entered twice.
    """
    home = folder.resolve()
    files: list[tuple[str, str]] = []  # a `Path` for each would take as long as all else here
    problems: list[tuple[str, SkippedFile]] = []
    ignored: Counter[str] = Counter()

    def note(id_: str, error: OSError) -> None:
        problems.append((id_, SkippedFile("unreadable", f"无法打开：{error.strerror}。", f"cannot be opened: {error.strerror}")))

    waiting = [(str(folder), "")]
    while waiting:
        place, above = waiting.pop()
        try:
            with os.scandir(place) as entries:
                found = list(entries)
        except OSError as error:
            if not above:
                raise _closed(folder, error) from error
            if not isinstance(error, (FileNotFoundError, NotADirectoryError)):  # gone or replaced since it was seen
                note(above.removesuffix("/"), error)
            continue
        for entry in found:
            name = entry.name
            if name.startswith("."):
                continue
            id_ = above + _text(name)
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, id_ + "/"))
                continue
            if name == "wenju.toml" or (entry.is_symlink() and os.path.isdir(entry.path)):
                continue
            suffix = os.path.splitext(name)[1].lower()
            if suffix not in SUFFIXES:
                ignored[suffix if suffix.isascii() and len(suffix) <= SUFFIX_CHARS else ""] += 1
                continue
            problem = _problem(entry, home)
            if problem:
                problems.append((id_, problem))
            else:
                files.append((entry.path, id_))
    files = _each_once(sorted(files, key=lambda item: (item[1], item[0])), problems)
    return files, sorted(problems, key=lambda item: item[0]), ignored


def _each_once(files: list[tuple[str, str]], problems: list[tuple[str, SkippedFile]]) -> list[tuple[str, str]]:
    """`files` (by id) without those whose id another has: a name that is no text may be shown as another's."""
    kept: list[tuple[str, str]] = []
    for path, id_ in files:
        if kept and kept[-1][1] == id_:
            problem = SkippedFile("unreadable", "文件名不是文字，显示出来与另一个文件同名。请改名。", "its name is no text, and is shown as another file's; rename it")
            problems.append((f"{id_} (2)", problem))
        else:
            kept.append((path, id_))
    return kept


def _closed(folder: Path, error: OSError) -> CorpusError:
    """The error for a corpus folder that cannot be looked into: not the same as one that holds nothing."""
    return CorpusError(
        f"无法打开文章文件夹 {folder}({error.strerror})。原有索引未受影响；请检查磁盘和权限后再试。",
        f"The corpus folder {folder} cannot be opened ({error.strerror}). The existing index is untouched;"
        " check disk and permissions, then try again.",
    )


def _text(name: str) -> str:
    """A name as part of an id; bytes that are no text are shown as such."""
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode("utf-8")


def _problem(entry: os.DirEntry, home: Path) -> SkippedFile | None:
    """Why a file is not read; what the folder itself says is believed, so that most files cost no look of their own."""
    try:
        if entry.is_file(follow_symlinks=False):
            return None
        path = Path(entry.path)
        if entry.is_symlink() and not path.resolve().is_relative_to(home):
            return SkippedFile("outside", "链接指向文件夹之外，不读取。", "a link that leads out of the folder")
        if not stat.S_ISREG(path.stat().st_mode):
            return SkippedFile("not-a-file", "不是普通文件。", "not a regular file")
    except (OSError, RuntimeError):
        return SkippedFile("unreadable", "无法打开（链接断开或成环）。", "cannot be opened (a broken or circular link)")
    return None
