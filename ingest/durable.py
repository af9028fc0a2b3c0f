"""The few steps on disk that all durability rests on: fsync, clearing a place, and locks that die with their process."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

from ingest.errors import WenjuError

try:
    import fcntl
except ImportError:  # Windows: the lock is a byte range of the same file
    fcntl = None


def try_lock(descriptor: int, shared: bool = False) -> bool:
    """Take a lock without waiting; False when somebody else holds it."""
    try:
        if fcntl is None:
            import msvcrt

            if not shared:  # Windows refuses to remove open files, so readers need no lock there
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


def make_folder(folder: Path) -> None:
    """Create `folder`, and those above it that are missing, so that a power cut cannot take away what is put there."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        make_durable(folder.parent)


def write_synced(path: Path, text: str) -> None:
    """Write a small text file so that it is on disk when this returns."""
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def make_durable(path: Path) -> None:
    """fsync a file, or a folder where the system allows that."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_away(path: Path) -> None:
    """Remove what lies where a file of ours belongs and is none: a folder, a pipe, a link."""
    if path.is_symlink() or not path.is_file():
        remove(path)


def remove(path: Path) -> None:
    """Remove a folder, or whatever lies in its place; what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:  # rmtree would open a pipe, and wait for ever
        with contextlib.suppress(OSError):
            path.unlink()


def cannot_write(index: Path, error: OSError) -> WenjuError:
    """The error for an index folder that cannot be written: full, read-only or not permitted."""
    reason = error.strerror or str(error)
    return WenjuError(
        f"无法写入索引文件夹 {index}({reason})。原有索引未受影响；请检查磁盘空间和权限，或用 --index 换一个位置。",
        f"Cannot write the index folder {index} ({reason}). The existing index is untouched;"
        " check disk space and permissions, or choose another place with --index.",
    )
