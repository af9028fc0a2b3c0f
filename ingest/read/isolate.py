"""Reads files in a child process that can be killed, so that no file can take the ingest with it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple
from datetime import date
from pathlib import Path

from ingest.errors import SkippedFile
from ingest.read import DEFAULT_LIMITS, Limits, read_article
from ingest.types import Article, Mark, Span

# Plain text and Markdown up to this size are read in this process: decoding them cannot go wrong.
_HARMLESS_BYTES = 4 << 20
_HARMLESS = frozenset({".txt", ".text", ".md", ".markdown"})
_LENGTH = struct.Struct("<Q")
_GRACE_SECONDS = 2.0  # a killed child is gone at once; only a stuck disk keeps it
_ORPHAN_SECONDS = 5.0  # after the limit, so that it is the parent who reports


class Reader:
    """Reads many files; the child is started when it is first needed, and anew after it was killed."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self._child: subprocess.Popen | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read_many(self, jobs: Sequence[tuple[Path, str]]) -> Iterator[tuple[str, Article | SkippedFile]]:
        """(id, article or why it was skipped) of each (path, id), in order."""
        for path, id_ in jobs:
            try:
                yield id_, self._read(path, id_)
            except SkippedFile as problem:
                yield id_, problem

    def _read(self, path: Path, id_: str) -> Article:
        with contextlib.suppress(OSError):
            if path.suffix.lower() in _HARMLESS and path.stat().st_size <= _HARMLESS_BYTES:
                return read_article(path, id_, self.limits)
        child = self._child or self._start()
        timed_out = threading.Event()

        def kill() -> None:
            timed_out.set()
            child.kill()

        timer = threading.Timer(self.limits.seconds, kill)
        timer.start()
        try:
            _send(child.stdin, [str(path), id_, asdict(self.limits)])
            result = from_plain(_receive(child.stdout))
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            self._stop()
            if timed_out.is_set():
                seconds = self.limits.seconds
                raise SkippedFile("too-slow", f"读取超过 {seconds:g} 秒，已放弃。", f"took more than {seconds:g} s to read") from None
            raise SkippedFile("crashed", "读取时用完了内存或崩溃，已放弃。", "ran out of memory or crashed while being read") from None
        finally:
            timer.cancel()
        if isinstance(result, SkippedFile):
            raise result
        return result

    def _start(self) -> subprocess.Popen:
        # -P: a module in the user's folder must not shadow ours.
        command = [sys.executable, "-P", "-c", "from ingest.read.isolate import serve; serve()"]
        home = str(Path(__file__).parents[2])
        paths = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths},
            start_new_session=True,
        )  # fmt: skip
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child:
            child.kill()
            for stream in (child.stdin, child.stdout):
                with contextlib.suppress(OSError):
                    stream.close()
            child.wait(_GRACE_SECONDS)


def serve() -> None:
    """The child: answers (path, id, limits) on standard input with an Article or a SkippedFile."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints must not break the conversation
    logging.disable(logging.CRITICAL)  # what a library has to say of a broken file is our reason's business
    limited = False
    while True:
        try:
            path, id_, facts = _receive(requests)
        except EOFError:
            return
        limits = Limits(**facts)
        if not limited:
            _limit_memory(limits.memory_bytes)
            limited = True
        _alarm(limits.seconds + _ORPHAN_SECONDS)
        try:
            result: Article | SkippedFile = read_article(Path(path), id_, limits)
        except SkippedFile as problem:
            result = problem
        except MemoryError:
            raise SystemExit(1) from None
        except Exception as error:
            result = SkippedFile("broken", f"文件有问题，读不了({type(error).__name__})。", f"cannot be read ({type(error).__name__})")
        _alarm(0)
        _send(answers, to_plain(result))


def _alarm(seconds: float) -> None:
    """End this child after `seconds` (0: never), should the parent be gone that would kill it."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)  # its default action ends the process


def _limit_memory(size: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _send(stream, value: object) -> None:
    content = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def _receive(stream):
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    size = _LENGTH.unpack(head)[0]
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return json.loads(content.decode("utf-8", "surrogatepass"))


def to_plain(result: Article | SkippedFile) -> dict:
    """What was read, as JSON: text and facts only, so that a child that was taken over can run nothing here."""
    if isinstance(result, SkippedFile):
        return {"skipped": [result.reason, result.zh, result.en]}
    facts = {name: getattr(result, name) for name in Article.__slots__}
    return {**facts, "date": result.date and result.date.isoformat(), "marks": [astuple(mark) for mark in result.marks]}


def from_plain(plain: dict) -> Article | SkippedFile:
    """The inverse of `to_plain`."""
    if "skipped" in plain:
        return SkippedFile(*plain["skipped"])
    many = {name: tuple(plain[name]) for name in ("page_starts", "flags")}
    marks = tuple(Mark(Span(*span), kind) for span, kind in plain["marks"])
    return Article(**{**plain, **many, "marks": marks, "date": plain["date"] and date.fromisoformat(plain["date"])})
