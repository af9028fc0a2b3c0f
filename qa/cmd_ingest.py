"""`qa ingest`: bring the index up to date, and say what was done."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from ingest.errors import UsageError
from ingest.read import DEFAULT_LIMITS, Limits
from ingest.reasons import wording
from qa.config import DEFAULT_CORPUS, setting
from qa.messages import say
from qa.render import safe
from qa.stores import place, publish

EXIT_SKIPPED = 3
_QUIET_SECONDS = 5  # a piped ingest says where it is this often
_MOST_KINDS = 8  # suffixes of ignored files told
_MOST_LISTED = 20  # skipped files named one by one; the JSON form and `qa status` list them all


def run(options: argparse.Namespace) -> int:
    """Ingest; 0, or 3 when files were skipped."""
    from ingest.build import build
    from ingest.previous import remembered_corpus

    warnings.showwarning = lambda message, *_: print(f"qa: {message}", file=sys.stderr)
    where = place(options)
    server = where.connect(create=True) if where.uri else None  # before the work, not after it
    index = where.index
    folder = setting("corpus", options.folder) or remembered_corpus(index) or DEFAULT_CORPUS
    with _tools(options) as tools, _progress(options.lang) as progress:
        report = build(
            Path(str(folder)),
            index,
            model=setting("model", options.model),
            device=str(setting("device", options.device, "cpu")),
            rebuild=options.rebuild,
            replace_corpus=options.replace,
            limits=_limits(options),
            progress=progress,
            tools=tools,
        )
        published = None
        if server:
            published = publish(where, server, rebuild=options.rebuild, replace_corpus=options.replace, progress=progress)
    for zh, en in report.notes:
        print("qa: " + (en if options.lang == "en" else zh), file=sys.stderr)
    if options.json:
        form = {**as_json(report), **({"milvus": asdict(published)} if published else {})}
        print(json.dumps(form, ensure_ascii=False, indent=1))
    else:
        print(summary(report, options.lang), file=sys.stderr)
        if published:
            print(say("in_milvus", options.lang, uri=safe(str(where.uri)), **asdict(published)), file=sys.stderr)
    return EXIT_SKIPPED if report.skipped else 0


def _tools(options: argparse.Namespace) -> contextlib.AbstractContextManager:
    """Workers of Dask, or None: this process. The errors of `ingest.daskwork.DaskTools`."""
    where = setting("dask", options.dask)
    if not where:
        return contextlib.nullcontext()
    from ingest.daskwork import DaskTools

    return DaskTools(str(where))


_LARGEST_LIMIT = 1e9  # seconds, MB or characters: what clocks and systems can still be told


def _limits(options: argparse.Namespace) -> Limits:
    """What one file may cost. UsageError unless the numbers are above 0."""
    wanted = {
        "seconds": (float, setting("read_seconds", options.read_seconds, DEFAULT_LIMITS.seconds)),
        "memory_bytes": (int, setting("read_memory_mb", options.read_memory_mb, DEFAULT_LIMITS.memory_bytes >> 20)),
        "chars": (int, setting("read_chars", options.read_chars, DEFAULT_LIMITS.chars)),
    }
    values = {}
    for name, (kind, value) in wanted.items():
        try:
            values[name] = kind(value)
        except (TypeError, ValueError, OverflowError):
            values[name] = 0
        if not 0 < values[name] <= _LARGEST_LIMIT:
            raise UsageError(
                f"读取的限制应为正数，且不超过十亿，不是 {value}。",
                f"A limit of reading must be above 0, and a thousand million at most, not {value}.",
            )
    return replace(DEFAULT_LIMITS, **{**values, "memory_bytes": values["memory_bytes"] << 20})


def as_json(report) -> dict:
    """The report of an ingest as JSON."""
    names = ("articles", "passages", "added", "changed", "vanished", "unchanged", "embedded", "published")
    return {
        **{name: getattr(report, name) for name in names},
        "ignored": report.ignored.total(),
        "ignored_suffixes": dict(report.ignored),
        "dropped": dict(report.dropped),
        "skipped": [
            {"path": id_, "reason": problem.reason, "message": problem.zh} for id_, problem in report.skipped
        ],
        "flags": {id_: list(flags) for id_, flags in report.flags.items()},
        "seconds": round(report.seconds, 3),
    }


def summary(report, lang: str) -> str:
    """The closing lines: articles, passages, dropped lines by reason, skipped files with reasons."""
    facts = as_json(report)
    facts["seconds"] = f"{report.seconds:.1f}"
    lines = [say("ingested" if report.published else "nothing_new", lang, **facts)]
    if report.published and report.dropped:
        reasons = [f"{wording(code, lang)} {count}" for code, count in report.dropped.most_common()]
        total = report.dropped.total()
        lines.append(say("dropped_by_reason", lang, total=total, reasons="、".join(reasons)))
    if report.published and report.flags:
        lines.append(say("flagged", lang))
        for id_, flags in list(report.flags.items())[:_MOST_LISTED]:
            lines.append(f"  {safe(id_)}:" + "、".join(wording(flag, lang) for flag in flags))
    if report.ignored:
        lines.append(say("ignored", lang, count=report.ignored.total(), kinds=_kinds(report.ignored, lang)))
    if report.skipped:
        lines.append(say("skipped", lang, count=len(report.skipped)))
        lines += [f"  {safe(id_)}:{safe(problem.message(lang))}" for id_, problem in report.skipped[:_MOST_LISTED]]
        if len(report.skipped) > _MOST_LISTED:
            lines.append("  …")
    return "\n".join(lines)


def _kinds(ignored: Counter[str], lang: str) -> str:
    """Suffixes with their counts, the most frequent first."""
    named = [f"{safe(suffix) or say('no_suffix', lang)} {count}" for suffix, count in ignored.most_common(_MOST_KINDS)]
    return "、".join(named) + ("…" if len(ignored) > _MOST_KINDS else "")


@contextlib.contextmanager
def _progress(lang: str) -> Iterator:
    """A progress bar on a terminal (count, rate, time left); now and then a line when piped."""
    if not sys.stderr.isatty():
        yield _quiet(lang)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, int] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(say(stage, lang), total=total, rate="")
            speed = bar.tasks[tasks[stage]].speed or 0
            rate = say("rate", lang, rate=f"{speed:.0f}") if stage == "embed" and speed else ""
            bar.update(tasks[stage], completed=done, total=total, rate=rate)

        yield show


def _quiet(lang: str):
    last = time.monotonic()

    def show(stage: str, done: int, total: int) -> None:
        nonlocal last
        if stage == "embed" and time.monotonic() - last >= _QUIET_SECONDS and done < total:
            last = time.monotonic()
            print(say("embed_line", lang, done=done, total=total), file=sys.stderr)

    return show
