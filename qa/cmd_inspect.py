"""`qa show`, `qa dropped`, `qa status`, `qa doctor`: look into an index and its environment."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from bisect import bisect_right
from collections import Counter
from pathlib import Path

from ingest.collection import open_shelf
from ingest.errors import MismatchError, UsageError, WenjuError
from ingest.generation import open_current
from ingest.previous import corpus_of
from ingest.reasons import wording
from ingest.records import Entry
from ingest.reposts import groups
from ingest.store import Store
from qa.messages import say
from qa.opened import check_version
from qa.places import line_starts
from qa.render import safe
from qa.searched import search_facts
from qa.stores import place

_AROUND = 5  # lines shown before and after the one that was asked for


def run(options: argparse.Namespace) -> int:
    """Run one of the four commands."""
    if options.command == "doctor":
        from qa.doctor import run as doctor

        return doctor(options)
    where = place(options)
    index, opened = where.index, None
    if where.uri:
        from qa.remote import RemoteOpened

        opened = RemoteOpened(where.connect())
        index, generation = where.uri, opened.generation
    else:
        generation = open_current(index)
    for zh, en in generation.warnings:
        print("qa: " + (en if options.lang == "en" else zh), file=sys.stderr)
    store = opened.store if opened else open_shelf(generation.folder, generation.manifest)
    try:
        if options.command == "status":
            return _status(options, index, generation, store)
        corpus = corpus_of(generation.manifest, index)
        if options.command == "dropped":
            return _dropped(options, store, corpus)
        return _show(options, store, corpus)
    finally:
        store.close()
        generation.release()


def find_article(store: Store, name: str, corpus: Path | None = None) -> Entry:
    """The article whose id is `name`, or ends with it, or holds it, or lies there in `corpus`. UsageError otherwise."""
    ids = store.ids()
    exact = [id_ for id_ in ids if id_ == name] or _at_path(ids, name, corpus)
    loose = exact or [id_ for id_ in ids if id_.endswith("/" + name)] or [id_ for id_ in ids if name and name in id_]
    if not loose:
        raise UsageError(*(say("no_article", way, name=safe(name)) for way in ("zh", "en")))
    if len(loose) > 1:
        names = "、".join(safe(id_) for id_ in loose[:8])
        raise UsageError(*(say("which_article", way, name=safe(name), names=names) for way in ("zh", "en")))
    entry = store.entry(loose[0])
    assert entry is not None  # its id was listed a moment ago, and a store never changes
    return entry


def _at_path(ids: list[str], name: str, corpus: Path | None) -> list[str]:
    """The article whose file is at the path `name`, seen from the current folder; an id is a path below `corpus`."""
    if corpus is None:
        return []
    try:
        path = Path(name)  # a link within the corpus is an article of its own
        wanted = (path.parent.resolve() / path.name).relative_to(corpus.resolve()).as_posix()
    except (OSError, ValueError, RuntimeError):
        return []
    return [wanted] if wanted in ids else []


def line_table(entry: Entry) -> list[dict]:
    """Every line of an article: number, text, and the reason it was dropped for (None: kept).

    `partly` is true where only a part of the line was dropped.
    """
    text = entry.article.text
    starts = line_starts(text)
    table = []
    drops = entry.cleaned.dropped
    begins = [drop.span.start for drop in drops]
    for number, start in enumerate(starts, 1):
        end = starts[number] if number < len(starts) else len(text)
        line = text[start:end].rstrip("\r\n")
        reason, covered = None, 0
        at = max(0, bisect_right(begins, start) - 1)
        while at < len(drops) and drops[at].span.start < start + len(line):
            overlap = min(drops[at].span.end, start + len(line)) - max(drops[at].span.start, start)
            if overlap > 0:
                reason, covered = reason or drops[at].reason, covered + overlap
            at += 1
        partly = reason is not None and covered < len(line.strip())
        table.append({"number": number, "text": line, "reason": reason, "partly": partly})
    return table


def _show(options: argparse.Namespace, store: Store, corpus: Path) -> int:
    name, line = _name_and_line(options.article, store)
    entry = find_article(store, name, corpus)
    table = line_table(entry)
    if line is not None:
        if not 1 <= line <= len(table):
            values = {"name": safe(entry.article.id), "count": len(table)}
            raise UsageError(*(say("no_line", way, **values) for way in ("zh", "en")))
        table = table[max(0, line - 1 - _AROUND) : line + _AROUND]
    if options.json:
        print(json.dumps({**_facts(entry), "lines": table}, ensure_ascii=False, indent=1))
        return 0
    print(_headline(entry))
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for row in table:
        print(_row(row, options.lang, colour, row["number"] == line))
    return 0


def _name_and_line(wanted: str, store: Store) -> tuple[str, int | None]:
    """Split ARTICLE:LINE; a colon may be part of the name too."""
    head, colon, tail = wanted.rpartition(":")
    if colon and tail.isascii() and tail.isdigit() and wanted not in store.ids():
        return head, int(tail)
    return wanted, None


def _row(row: dict, lang: str, colour: bool, wanted: bool) -> str:
    """One line as `qa show` prints it: number, `-` if dropped (`~` if partly), text, reason."""
    sign = " " if row["reason"] is None else "~" if row["partly"] else "-"
    text = f"{row['number']:>5} {sign} {safe(row['text'])}"
    if row["reason"]:
        text += f"   ← {wording(row['reason'], lang)}"
    if colour and row["reason"]:
        return f"\x1b[2m{text}\x1b[0m"
    if colour and wanted:
        return f"\x1b[1m{text}\x1b[0m"
    return text


def _facts(entry: Entry) -> dict:
    article = entry.article
    return {
        "path": article.path,
        "title": article.title,
        "date": article.date.isoformat() if article.date else None,
        "author": article.author,
        "url": article.url,
        "flags": list(article.flags),
    }


def _headline(entry: Entry) -> str:
    facts = _facts(entry)
    shown = [facts["title"], facts["date"], facts["author"], facts["url"], facts["path"]]
    return "# " + " · ".join(safe(str(fact)) for fact in shown if fact)


def _dropped(options: argparse.Namespace, store: Store, corpus: Path) -> int:
    entries = [find_article(store, options.article, corpus)] if options.article else None
    rows = []
    for entry in entries or (store.entry(id_) for id_ in store.ids()):
        for row in line_table(entry):
            if row["reason"] and row["text"].strip():
                rows.append({"path": entry.article.path, **row})
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    if not rows:
        print(say("dropped_none", options.lang))
    path = None
    for row in rows:
        if row["path"] != path:
            path = row["path"]
            print(("\n" if path != rows[0]["path"] else "") + safe(path))
        print(f"  {row['number']:>5}  {wording(row['reason'], options.lang)}  {safe(row['text'].strip())}")
    counts = Counter(row["reason"] for row in rows)
    if rows:
        reasons = "、".join(f"{wording(code, options.lang)} {count}" for code, count in counts.most_common())
        print("\n" + say("dropped_by_reason", options.lang, total=len(rows), reasons=reasons))
    return 0


def status(index, generation, store: Store) -> dict:
    """What an index holds, as plain data: for `qa status`, the page and other doors."""
    facts = generation.manifest
    remote = facts.get("store")  # published to Milvus: it says itself when, and has no files
    updated = remote["written"] if remote else (generation.folder / "manifest.json").stat().st_mtime
    return {
        "index": str(index),
        "corpus": str(corpus_of(facts, index)),
        "articles": facts["articles"],
        "passages": facts["passages"],
        "model": facts["model"]["name"],
        "outdated": _outdated(facts),
        "dim": facts["model"]["dim"],
        "generation": generation.folder.name,
        "updated": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(updated)),
        "bytes": None if remote else sum(file["size"] for file in facts["files"].values()),
        "dropped": facts["dropped"],
        "skipped": [{"path": path, "reason": one["reason"], "message": one["zh"]} for path, one in facts["skipped"].items()],
        "reposts": [list(group) for group in groups(store.signatures())],
        "list": [
            {
                "path": article.path,
                "title": article.title,
                "date": article.date.isoformat() if article.date else None,
                "url": article.url,
                "passages": count,
                "flags": list(article.flags),
            }
            for article, count in store.overview()
        ],
    }  # fmt: skip


def _outdated(facts: dict) -> bool:
    """True when no question is answered before all is embedded anew."""
    try:
        check_version(facts)
    except MismatchError:
        return True
    except WenjuError:  # the model itself is not to be had: that is told when it is needed
        return False
    return False


def _status(options: argparse.Namespace, index, generation, store: Store) -> int:
    facts = {**status(index, generation, store), "search": search_facts(generation)}
    if options.json:
        print(json.dumps(facts, ensure_ascii=False, indent=1))
        return 0
    lang = options.lang
    for name in ("index", "corpus", "articles", "passages", "model", "generation", "updated"):
        more = say("status_outdated", lang) if name == "model" and facts["outdated"] else ""
        print(f"{say('status_' + name, lang)}:{safe(str(facts[name]))}{more}")
    if facts["bytes"] is not None:
        print(f"{say('status_size', lang)}:{facts['bytes'] / 1e6:.1f} MB")
    search = facts["search"]
    how = say(f"search_{search['index']}", lang, segments=search["segments"], recall=f"{search['recall']:.3f}")
    print(f"{say('status_index_type', lang)}:{how}")
    reasons = "、".join(f"{wording(code, lang)} {count}" for code, count in sorted(facts["dropped"].items()))
    print(f"{say('status_dropped', lang)}:{sum(facts['dropped'].values())}" + (f"({reasons})" if reasons else ""))
    print(f"{say('status_skipped', lang)}:{len(facts['skipped'])}")
    for one in facts["skipped"]:
        print(f"  {safe(one['path'])}:{safe(one['message'])}")
    for group in facts["reposts"]:
        print(say("status_repost", lang, names=" = ".join(safe(name) for name in group)))
    for one in facts["list"]:
        shown = [one["path"], one["title"], one["date"], f"{one['passages']}"]
        shown += [wording(flag, lang) for flag in one["flags"]]
        print("  " + " · ".join(safe(str(fact)) for fact in shown if fact))
    return 0
