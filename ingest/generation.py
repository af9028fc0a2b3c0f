"""The index folder: generations that are written once, published by one rename, and verified.

    .wenju/
      CURRENT                 the name of the published generation
      lock                    held (flock) by the one writer; dies with its process
      generations/000007/     manifest.json and the files it lists; never changed again
      generations/draft-…/    a generation being written; worthless until renamed

Files are fsynced before the rename and folders after it, so that after a crash or a
power cut CURRENT names a complete generation: the old one or the new one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ingest.digest import digest_of
from ingest.durable import cannot_write, clear_away, make_durable, make_folder, remove, try_lock, write_synced
from ingest.errors import DamagedIndexError, IngestRunningError, MismatchError, NoIndexError, WenjuError

FORMAT_VERSION = 6  # raised whenever an older program would misread what is written
READABLE = (5, FORMAT_VERSION)  # 5 has its texts compressed
KEPT_GENERATIONS = 2  # the published one, and the one before it in case of damage
CHECKED_BYTES = 16 << 20  # the smallest files up to so much together are hashed at every opening: 10 to 20 ms

_CURRENT = "CURRENT"
_MANIFEST = "manifest.json"
_TRIES = 5  # how often opening starts again when generations change under it
_SEAL = "manifest_sha256"
_GENERATIONS = "generations"
_DRAFT = "draft-"
_LONGEST_NAME = 40  # digits: no counter comes so far
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for ever


@dataclass(frozen=True, slots=True)
class Generation:
    """A published generation: its folder, its manifest, and what had to be said on opening it."""

    folder: Path
    manifest: dict
    warnings: tuple[tuple[str, str], ...] = field(default=())  # (zh, en)
    held: int = -1  # a descriptor with a shared lock: while it is open, nobody removes the folder

    def release(self) -> None:
        """Let writers remove this generation when it is no longer among the newest."""
        if self.held >= 0:
            with contextlib.suppress(OSError):
                os.close(self.held)


@contextlib.contextmanager
def writer_lock(index: Path) -> Iterator[None]:
    """Hold the one writer's lock on `index`, creating the folder; IngestRunningError if it is held."""
    try:
        make_folder(index / _GENERATIONS)
        descriptor = os.open(index / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise cannot_write(index, error) from error
    try:
        if not try_lock(descriptor):
            raise IngestRunningError(
                f"另一个 qa ingest 正在写入索引 {index}，请等它结束后再试。",
                f"Another `qa ingest` is writing the index {index}; try again when it has ended.",
            )
        yield
    finally:
        os.close(descriptor)  # closing releases the lock


def new_draft(index: Path) -> Path:
    """An empty folder for the next generation. Drafts of writers that died are removed."""
    for left in (index / _GENERATIONS).glob(_DRAFT + "*"):
        remove(left)
    draft = index / _GENERATIONS / f"{_DRAFT}{os.getpid()}"
    draft.mkdir()
    return draft


def publish(
    index: Path, draft: Path, facts: dict, known: Mapping[str, dict] = MappingProxyType({}), spare: str = ""
) -> Path:
    """Seal `draft` with a manifest of `facts` and its files' sums, and make it the current one.

    `known`: the size and sum of files that an earlier generation made durable already.
    `spare`: the generation to keep in case of damage; "": the newest of the others.
    """
    files = {}
    for path in sorted(draft.rglob("*")):
        name = path.relative_to(draft).as_posix()
        if path.is_dir():
            make_durable(path)
        elif name in known:
            files[name] = known[name]
        else:
            files[name] = {"size": path.stat().st_size, "sha256": digest_of(path)}
            make_durable(path)
    manifest = {"format": FORMAT_VERSION, **facts, "files": files}
    write_synced(draft / _MANIFEST, _sealed(manifest))
    make_durable(draft)
    generations = index / _GENERATIONS
    target = generations / f"{_newest_number(generations) + 1:06d}"
    os.rename(draft, target)
    make_durable(generations)
    clear_away(index / (_CURRENT + ".new"))
    clear_away(index / _CURRENT)
    write_synced(index / (_CURRENT + ".new"), target.name + "\n")
    os.replace(index / (_CURRENT + ".new"), index / _CURRENT)
    make_durable(index)
    _remove_old(generations, target.name, spare)
    return target


def _sealed(manifest: dict) -> str:
    """The manifest as written: JSON whose last entry is the sum of all the others."""
    bare = json.dumps({**manifest, _SEAL: ""}, ensure_ascii=False, indent=1)
    total = hashlib.sha256(bare.encode("utf-8")).hexdigest()
    return json.dumps({**manifest, _SEAL: total}, ensure_ascii=False, indent=1) + "\n"


def _is_sealed(manifest: dict, written: str) -> bool:
    """True when a manifest is, byte for byte, what was written."""
    return _sealed({key: value for key, value in manifest.items() if key != _SEAL}) == written


def take_over(generation: Generation, name: str, draft: Path, target: str, leave: frozenset[str]) -> dict[str, dict]:
    """Put the files of a generation's folder `name`, which never change, into `target` of a draft.

    They are linked, so that nothing is written; where the file system has no links they
    are copied, and DamagedIndexError is raised where a copy has another sum. Files named in
    `leave` stay out. Returns the size and sum of each linked file by its new name, for `publish`.
    """
    (draft / target).mkdir()
    known = {}
    for old, facts in generation.manifest["files"].items():
        path = Path(old)
        if path.parent != Path(name) or path.name in leave:
            continue
        new = f"{target}/{path.name}"
        try:
            os.link(generation.folder / old, draft / new)
            known[new] = facts
        except OSError:
            shutil.copyfile(generation.folder / old, draft / new)
            if digest_of(draft / new) != facts["sha256"]:  # `publish` would give it a sum that is right
                raise _damaged(generation.folder, old) from None
    return known


def verify_folder(generation: Generation, name: str, only: str = "") -> None:
    """Verify the sums of all files in one folder of a generation, or of the one named `only`. DamagedIndexError."""
    for path, facts in generation.manifest["files"].items():
        if Path(path).parent == Path(name) and only in ("", Path(path).name):
            _verify(generation.folder, path, facts, full=True)


def _names(generations: Path) -> list[str]:
    """The names of all generations, oldest first: by number, since names grow longer one day."""
    return sorted((path.name for path in generations.iterdir() if _is_name(path.name)), key=int)


def _is_name(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= _LONGEST_NAME


def _newest_number(generations: Path) -> int:
    return max(map(int, _names(generations)), default=0)


def _remove_old(generations: Path, current: str, spare: str) -> None:
    """Remove all generations but the current one, the spare and the newest, sparing those a reader still holds."""
    names = [name for name in _names(generations) if name != current]
    names.sort(key=lambda name: name == spare)  # which keeps the order of the others
    for name in names[: max(0, len(names) - (KEPT_GENERATIONS - 1))]:
        with contextlib.suppress(OSError):
            descriptor = os.open(generations / name / _MANIFEST, os.O_RDONLY | _AT_ONCE)
            try:
                if not try_lock(descriptor):
                    continue
            finally:
                os.close(descriptor)
        remove(generations / name)


def open_current(index: Path, full: bool = False) -> Generation:
    """The published generation, verified; the one before it, with a warning, if it is damaged.

    Sizes are always compared, the sums of the smallest files up to `CHECKED_BYTES` in all
    too, and with `full` all sums. NoIndexError when nothing was ever published, DamagedIndexError when
    nothing good is left, MismatchError when it is of another format.
    """
    generations = index / _GENERATIONS
    names = _names(generations) if generations.is_dir() else []
    current = current_name(index)
    if not names and not current:
        raise NoIndexError(
            f"还没有索引（{index}）。请先运行：qa ingest 文件夹",
            f"There is no index yet ({index}). Run first: qa ingest FOLDER",
        )
    for _ in range(_TRIES):
        try:
            return _open_best(index, generations, names, current, full)
        except DamagedIndexError:
            # A writer may have published, and removed what we were about to open, in between.
            newer = current_name(index)
            if newer == current:
                raise
            current = newer
            names = _names(generations)
    return _open_best(index, generations, names, current, full)


def _open_best(index: Path, generations: Path, names: list[str], current: str, full: bool) -> Generation:
    """The best of the generations as they were listed: the current one, else the newest good one."""
    warnings: list[tuple[str, str]] = []
    older = [name for name in reversed(names) if current not in names or int(name) < int(current)]
    candidates = [current, *older]
    for name in candidates:
        try:
            generation = _open(generations / name, full) if name else None
        except DamagedIndexError as error:
            warnings.append((error.zh, error.en))
            continue
        if generation:
            if warnings:
                warnings.append((
                    f"现在由较早的索引版本 {name} 回答，其中可能没有最近加入的文章。",
                    f"The earlier index generation {name} answers now; what was added last may not be in it.",
                ))  # fmt: skip
            return Generation(generation.folder, generation.manifest, tuple(warnings), generation.held)
    raise DamagedIndexError(
        f"索引已损坏（{index}），没有完好的版本。请运行 qa ingest --rebuild 重建索引（文章不在 corpus 里时：qa ingest 文章文件夹 --rebuild）。",
        f"The index is damaged ({index}) and no good generation is left. Run `qa ingest --rebuild`"
        " (if your articles are not in corpus: `qa ingest FOLDER --rebuild`).",
    )


def current_name(index: Path) -> str:
    """The name of the published generation; "" when there is none to be read."""
    path = index / _CURRENT
    try:
        name = path.read_text("utf-8").strip() if path.is_file() else ""  # a pipe would never end
    except (OSError, UnicodeDecodeError):
        return ""
    return name if _is_name(name) else ""  # nothing else is ever written there


def _open(folder: Path, full: bool) -> Generation:
    """Open and verify one generation; DamagedIndexError or MismatchError if it will not do."""
    manifest_path = folder / _MANIFEST
    try:
        if not manifest_path.is_file() or manifest_path.is_symlink():  # a pipe would never end
            raise _damaged(folder, _MANIFEST)
        descriptor = os.open(manifest_path, os.O_RDONLY)
    except OSError as error:
        raise _damaged(folder, _MANIFEST) from error
    try:
        try_lock(descriptor, shared=True)
        with open(descriptor, encoding="utf-8", newline="", closefd=False) as file:
            written = file.read()
        manifest = json.loads(written)
        if _SEAL in manifest and not _is_sealed(manifest, written):
            raise _damaged(folder, _MANIFEST)
        version = manifest["format"]
        if version not in READABLE:
            raise MismatchError(
                f"索引的格式版本是 {version}，本程序使用 {FORMAT_VERSION}。请运行 qa ingest --rebuild。",
                f"The index has format {version}, this program uses {FORMAT_VERSION}. Run `qa ingest --rebuild`.",
            )
        if not _is_sealed(manifest, written):
            raise _damaged(folder, _MANIFEST)
        unread = CHECKED_BYTES
        for name, facts in sorted(manifest["files"].items(), key=lambda item: item[1]["size"]):
            unread -= facts["size"]
            _verify(folder, name, facts, full or unread >= 0)
    except (WenjuError, KeyboardInterrupt):
        os.close(descriptor)
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        os.close(descriptor)
        raise _damaged(folder, _MANIFEST) from error
    return Generation(folder, manifest, held=descriptor)


def _verify(folder: Path, name: str, facts: dict, full: bool) -> None:
    path = folder / name
    if not path.is_file() or path.is_symlink() or path.stat().st_size != facts["size"]:
        raise _damaged(folder, name)
    if full and digest_of(path) != facts["sha256"]:
        raise _damaged(folder, name)


def _damaged(folder: Path, name: str) -> DamagedIndexError:
    return DamagedIndexError(
        f"索引版本 {folder.name} 的文件 {name} 已损坏或缺失。请运行 qa ingest --rebuild。",
        f"The file {name} of index generation {folder.name} is damaged or missing. Run `qa ingest --rebuild`.",
    )
