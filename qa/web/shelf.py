"""Adding, removing and correcting articles from the page: the corpus folder changes, then an ingest follows.

Questions go on meanwhile; the index swaps under them when the ingest has published.
"""

from __future__ import annotations

import binascii
import os
import re
import threading
import tomllib
import unicodedata
from base64 import b64decode
from collections.abc import Callable
from dataclasses import asdict, dataclass
from json import dumps
from pathlib import Path

from ingest.boilerplate.overrides import FILE_NAME
from ingest.errors import CorpusError, UsageError, WenjuError
from ingest.read import SUFFIXES
from qa.render import safe
from qa.web.guard import UPLOAD_BYTES
from qa.web.words import word

REMOVED_FOLDER = ".removed"  # hidden, so never read; what the page removes can be taken back from here
_NAME_BYTES = 180  # file systems allow 255; room for a number and a temporary name
_KEPT_RAW = re.compile(r"(?ms)^\[clean\][^\n]*\n(?P<table>.*?)(?=^\[|\Z)")
_KEEP = re.compile(r"(?m)^keep\s*=\s*\[")


@dataclass(slots=True)
class Job:
    """How far the ingest is. `stage` is "read", "split" or "embed"; `number` counts finished ingests."""

    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    failed: bool = False
    number: int = 0


class Shelf:
    """The corpus folder as the page changes it. Safe to use from several threads."""

    def __init__(
        self,
        index: Path,
        corpus: Callable[[], Path],
        published: Callable[[], None],
        lang: str,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        """`after` is called when an ingest has ended well, `published` when its result can be asked."""
        self.index, self.corpus, self.published, self.lang = index, corpus, published, lang
        self.after = after
        self._job = Job()
        self._again = False
        self._added: set[str] = set()
        self._lock = threading.Lock()

    def job(self) -> dict:
        """The state of the ingest as plain data."""
        with self._lock:
            return asdict(self._job)

    def add(self, name: str, content: str) -> str:
        """Put a file (base64) into the corpus folder and ingest; the name it got. UsageError if it is not taken."""
        try:
            raw = b64decode(content, validate=True)
        except binascii.Error as error:
            raise UsageError(
                "文件没有完整传到,请再试一次。", "The file did not arrive whole; try again."
            ) from error
        if not raw.strip():
            raise UsageError("文件是空的。", "The file is empty.")
        if len(raw) > UPLOAD_BYTES:
            most = UPLOAD_BYTES >> 20
            raise UsageError(
                f"文件超过 {most} MB,请直接放进文章文件夹。",
                f"The file is over {most} MB; put it into the corpus folder by hand.",
            )
        folder = self.corpus()
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            path = _free(folder, clean_name(name))
            _write(path, raw)
            self._added.add(path.name)
        self.ingest()
        return path.name

    def remove(self, path: str) -> None:
        """Move an article out of the corpus folder's sight, and ingest. UsageError if it is not there."""
        folder = self.corpus()
        source = inside(folder, path)
        aside = folder / REMOVED_FOLDER
        aside.mkdir(exist_ok=True)
        with self._lock:
            os.replace(source, _free(aside, source.name))
        self.ingest()

    def keep_line(self, line: str) -> None:
        """Write a line into `[clean] keep` of the corpus folder's wenju.toml, and ingest."""
        words = line.strip()
        if not words:
            raise UsageError("这一行是空的。", "The line is empty.")
        with self._lock:
            path = self.corpus() / FILE_NAME
            before = path.read_text("utf-8") if path.exists() else ""
            _write(path, with_kept(before, words).encode("utf-8"))
        self.ingest()

    def ingest(self) -> None:
        """Begin an ingest in the background, or have the one that runs followed by another."""
        with self._lock:
            if self._job.running:
                self._again = True
                return
            self._job = Job(running=True, number=self._job.number)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            message, failed = self._once()
            with self._lock:
                self._job.message, self._job.failed = message, failed
                self._job.number += 1
                if not self._again:
                    self._job.running = False
                    return
                self._again = False

    def _once(self) -> tuple[str, bool]:
        """One ingest: (what to tell, whether it failed)."""
        from ingest.build import build

        with self._lock:
            added, self._added = self._added, set()
        try:
            report = build(self.corpus(), self.index, progress=self._progress)
            self.after()
            self.published()
        except CorpusError as error:
            return error.message(self.lang), True
        except WenjuError as error:
            return error.message(self.lang), True
        except Exception as error:  # the thread has nobody above it; the page tells
            return word("failed", self.lang, message=f"{type(error).__name__}: {error}"), True
        refused = [(id_, problem) for id_, problem in report.skipped if id_ in added]
        for id_, _ in refused:
            (self.corpus() / id_).unlink(missing_ok=True)  # the page put it there a moment ago
        if refused:
            return "; ".join(f"{safe(id_)}:{problem.message(self.lang)}" for id_, problem in refused), True
        return word("ingested", self.lang, articles=report.articles, passages=report.passages), False

    def _progress(self, stage: str, done: int, total: int) -> None:
        with self._lock:
            self._job.stage, self._job.done, self._job.total = stage, done, total


def clean_name(name: str) -> str:
    """A file name that no system objects to, of a kind that is read. UsageError for any other kind."""
    base = re.split(r"[/\\]", name)[-1]
    kept = "".join(
        " " if char.isspace() else char
        for char in base
        if not unicodedata.category(char).startswith("C") or char.isspace()
    )
    kept = re.sub(r'[<>:"|?*]', "_", kept).strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    if not dot or not stem.strip() or f".{suffix.lower()}" not in SUFFIXES:
        kinds = " ".join(sorted(SUFFIXES))
        raise UsageError(
            f"“{safe(base)}”不是支持的格式({kinds})。", f"“{safe(base)}” is of no known format ({kinds})."
        )
    short = stem.encode("utf-8")[:_NAME_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"{short}.{suffix.lower()}"


def inside(folder: Path, path: str) -> Path:
    """The file of an article id. UsageError unless it is a plain file inside the corpus folder."""
    found = folder / path
    if not found.is_file() or folder.resolve() not in found.resolve().parents:
        raise UsageError(
            f"文章文件夹里没有 {safe(path)}。", f"There is no {safe(path)} in the corpus folder."
        )
    return found


def with_kept(toml: str, line: str) -> str:
    """The settings with `line` added to `[clean] keep`; all else stays as it was written."""
    before = _parsed(toml)
    kept = before.get("clean", {}).get("keep", [])
    if line in kept:
        return toml
    entry = dumps(line, ensure_ascii=False).replace("\x7f", "\\u007f")
    table = _KEPT_RAW.search(toml)
    keep = _KEEP.search(toml, table.start("table"), table.end("table")) if table else None
    if keep:
        changed = toml[: keep.end()] + f"\n  {entry}," + toml[keep.end() :]
    elif table:
        changed = toml[: table.start("table")] + f"keep = [\n  {entry},\n]\n" + toml[table.start("table") :]
    else:
        changed = (
            toml + ("\n" if toml and not toml.endswith("\n") else "") + f"[clean]\nkeep = [\n  {entry},\n]\n"
        )
    wanted = {**before, "clean": {**before.get("clean", {}), "keep": [line, *kept]}}
    try:
        if tomllib.loads(changed) == wanted:
            return changed
    except tomllib.TOMLDecodeError:
        pass
    raise UsageError(
        f"{FILE_NAME} 的写法特殊,请自己把这一行加进 [clean] 的 keep:{entry}",
        f"{FILE_NAME} is written in an unusual way; add this line to keep in [clean] yourself: {entry}",
    )


def _parsed(toml: str) -> dict:
    try:
        return tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{FILE_NAME} 无法读取:{error}", f"{FILE_NAME} cannot be read: {error}") from error


def _free(folder: Path, name: str) -> Path:
    """`name` in `folder`, numbered if it is taken."""
    stem, _, suffix = name.rpartition(".")
    number = 1
    path = folder / name
    while path.exists():
        number += 1
        path = folder / f"{stem} ({number}).{suffix}"
    return path


def _write(path: Path, raw: bytes) -> None:
    """Write a file whole or not at all; an ingest that runs meanwhile does not see half of it."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(raw)
    os.replace(draft, path)
