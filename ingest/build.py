"""Corpus folder -> a published generation. `build` reads like the pipeline in the README.

Only what is new is worked on: unchanged files are neither read nor embedded again, and
the result equals a build from nothing.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from ingest.aliases import find_aliases
from ingest.boilerplate import Evidence, Overrides, affected, clean, line_keys, load_overrides
from ingest.changes import Changes, compare, stamp_of
from ingest.embed import DEFAULT_MODEL, model_key, text_key
from ingest.errors import CorpusError, SkippedFile, WenjuError
from ingest.generation import cannot_write, new_draft, publish, writer_lock
from ingest.index import PAIRS, WORDS, PostingsBuilder
from ingest.job import Job, Progress, Report
from ingest.meta import describe
from ingest.pool import VectorPool
from ingest.previous import check_model, open_previous, pipeline_digest, remember
from ingest.read import DEFAULT_LIMITS, Limits
from ingest.read.find import find_files
from ingest.read.isolate import Reader
from ingest.searchtext import furniture_terms, search_text
from ingest.split import split
from ingest.store import Entry, Store, StoreWriter
from ingest.terms import TERMS_VERSION, pairs, terms
from ingest.types import Cleaned
from ingest.vectorise import write_all_vectors


def build(
    corpus: Path,
    index: Path,
    *,
    model: str | None = None,
    device: str = "cpu",
    rebuild: bool = False,
    replace_corpus: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = lambda stage, done, total: None,
) -> Report:
    """Bring the index of `corpus` up to date and publish it, if anything changed.

    `rebuild` reads and embeds everything again; `replace_corpus` allows an index that was
    built from another folder to be taken over. Raises the errors of `ingest.errors`; the
    generation that was published before then still serves.
    """
    started = time.monotonic()
    files, problems, ignored = _find(corpus)
    overrides = load_overrides(corpus)
    with writer_lock(index):
        previous = open_previous(index, corpus, rebuild=rebuild, replace_corpus=replace_corpus)
        try:
            check_model(previous, model, rebuild)
            if model is None and previous:
                model = previous.generation.manifest["model"]["name"]
            report = Report(corpus, index, ignored=ignored, skipped=list(problems))
            job = Job(corpus, index, model, device, limits, overrides, previous, report, progress)
            _bring_up_to_date(job, files)
        except (OSError, sqlite3.OperationalError) as error:
            raise _write_error(index, error) from error
        finally:
            if previous:
                previous.close()
    report.seconds = time.monotonic() - started
    return report


def _find(corpus: Path):
    """The files of the corpus; CorpusError when it is missing, not a folder or holds none."""
    if not corpus.is_dir():
        what = ("不是文件夹", "is not a folder") if corpus.exists() else ("不存在", "does not exist")
        raise CorpusError(
            f"文章文件夹 {corpus} {what[0]}。请给出放文章的文件夹：qa ingest 文件夹",
            f"The corpus folder {corpus} {what[1]}. Name the folder of your articles: qa ingest FOLDER",
        )
    found = find_files(corpus)
    files, problems = found[0], found[1]
    ignored = found[2] if len(found) > 2 else 0
    if not files and not problems:
        raise CorpusError(
            f"文件夹 {corpus} 里没有可读的文章（支持 txt、md、html、pdf、docx、epub、mhtml）。",
            f"The folder {corpus} holds no article that can be read (txt, md, html, pdf, docx, epub, mhtml).",
        )
    return files, problems, ignored


def _bring_up_to_date(job: Job, files: list[tuple[Path, str]]) -> None:
    """Compare, read, clean, split, embed, publish; stop early when nothing is new."""
    previous = job.previous
    redo = previous is None or previous.outdated(job.overrides)
    changes = compare(files, previous.store.stamps() if previous else {}, redo)
    skipped_before = _skipped_before(job, changes, redo)
    scratch_folder, draft = _work_folders(job.index)
    try:
        _read(job, files, changes, scratch_folder, skipped_before)
        scratch = Store(scratch_folder)
        try:
            if previous and not redo and _nothing_new(job, changes):
                _report_unchanged(job, changes)
                return
            _write_store(job, changes, scratch, draft)
        finally:
            scratch.close()
        dim = write_all_vectors(job, draft)
        _publish(job, draft, dim)
    finally:
        shutil.rmtree(scratch_folder, ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)


def _work_folders(index: Path) -> tuple[Path, Path]:
    """(scratch for what was read, draft of the generation), both empty."""
    draft = new_draft(index)
    scratch = draft.with_name(draft.name + "-read")
    scratch.mkdir()
    return scratch, draft


def _skipped_before(job: Job, changes: Changes, redo: bool) -> dict[str, SkippedFile]:
    """Files that were skipped last time and have not changed since: not tried again."""
    if job.previous is None or redo:
        return {}
    known = {}
    for id_, facts in job.previous.generation.manifest["skipped"].items():
        if id_ in changes.stamps and facts["mtime_ns"] and changes.stamps[id_] == (facts["size"], facts["mtime_ns"]):
            known[id_] = SkippedFile(facts["reason"], facts["zh"], facts["en"])
    return known


def _read(job: Job, files, changes: Changes, scratch_folder: Path, skipped_before) -> None:
    """Read new and changed files, each in a child that can be killed, into the scratch store."""
    paths = {id_: path for path, id_ in files}
    todo = [(paths[id_], id_) for id_ in changes.to_read if id_ not in skipped_before]
    writer = StoreWriter(scratch_folder)
    failed = dict(skipped_before)
    with Reader(job.limits) as reader:
        for done, (id_, result) in enumerate(reader.read_many(todo), 1):
            job.progress("read", done, len(todo))
            if isinstance(result, SkippedFile):
                failed[id_] = result
                continue
            size, mtime_ns = changes.stamps[id_]
            writer.add(Entry(result, result, Cleaned((), ()), size, mtime_ns, line_keys(result)), ())
    writer.close()
    for id_, problem in sorted(failed.items()):
        job.report.skipped.append((id_, problem))
        if id_ in changes.changed:  # what was indexed of it before stays
            changes.changed.remove(id_)
            changes.unchanged.append(id_)
        else:
            changes.added.remove(id_)
    changes.unchanged.sort()
    job.report.skipped.sort(key=lambda item: item[0])


def _nothing_new(job: Job, changes: Changes) -> bool:
    """True when the published generation already says all that this ingest would."""
    if job.previous.generation.warnings:  # the newest one is damaged: replace it
        return False
    skipped = {id_ for id_, _ in job.report.skipped}
    before = set(job.previous.generation.manifest["skipped"])
    return not (changes.added or changes.changed or changes.vanished) and skipped == before


def _report_unchanged(job: Job, changes: Changes) -> None:
    facts = job.previous.generation.manifest
    job.report.articles, job.report.passages = facts["articles"], facts["passages"]
    job.report.dropped = Counter(facts["dropped"])
    job.report.unchanged = len(changes.unchanged)


def _write_store(job: Job, changes: Changes, scratch: Store, draft: Path) -> None:
    """Clean and split what is new, copy the rest, in the order of ids."""
    previous, report = job.previous, job.report
    old_verdicts, verdicts = _verdicts(job, changes, scratch)
    differing = old_verdicts ^ verdicts
    evidence = Evidence(verdicts)
    model = model_key(job.model)
    fresh = set(changes.to_read)
    writer, words, characters = StoreWriter(draft), PostingsBuilder(WORDS), PostingsBuilder(PAIRS)
    total = len(changes.unchanged) + len(fresh)
    for done, id_ in enumerate(sorted([*changes.unchanged, *fresh]), 1):
        entry = scratch.entry(id_) if id_ in fresh else previous.store.entry(id_)
        if id_ in fresh or affected(entry.line_keys, differing):
            entry = _clean(entry, evidence, job.overrides)
        if id_ not in fresh and changes.stamps[id_][1] and not _kept_despite_change(report, id_):
            entry = replace(entry, size=changes.stamps[id_][0], mtime_ns=changes.stamps[id_][1])
        passages = []
        for passage in split(entry.article, entry.cleaned):
            text = search_text(entry.article, passage)
            passages.append((passage, text_key(model, text)))
            words.add(terms(text))
            characters.add(pairs(text))
        writer.add(entry, passages, find_aliases(entry.article, entry.cleaned), furniture_terms(entry.article, entry.cleaned))
        _count(report, entry, len(passages))
        job.progress("split", done, total)
    for postings in (words, characters):
        postings.write(draft, writer.connection)
    writer.close()
    report.added, report.changed = len(changes.added), len(changes.changed)
    report.vanished, report.unchanged = len(changes.vanished), len(changes.unchanged)


def _kept_despite_change(report: Report, id_: str) -> bool:
    """True for an article whose file has changed but could not be read."""
    return any(id_ == skipped for skipped, _ in report.skipped)


def _clean(entry: Entry, evidence: Evidence, overrides: Overrides) -> Entry:
    """Clean one article as it was read, and find its title, date and source."""
    cleaned = clean(entry.raw, evidence, overrides)
    return replace(entry, article=describe(entry.raw, cleaned), cleaned=cleaned)


def _verdicts(job: Job, changes: Changes, scratch: Store) -> tuple[frozenset, frozenset]:
    """The lines that the corpus shows to be furniture: as the previous ingest saw it, and now."""
    fresh = list(scratch.line_keys())
    before: list[tuple[str, bytes]] = list(job.previous.store.line_keys()) if job.previous else []
    kept = set(changes.unchanged)
    now = [keys for id_, keys in before if id_ in kept] + [keys for _, keys in fresh]
    return (
        Evidence.from_line_keys(keys for _, keys in before).verdicts(),
        Evidence.from_line_keys(now).verdicts(),
    )


def _count(report: Report, entry: Entry, passages: int) -> None:
    report.articles += 1
    report.passages += passages
    for dropped in entry.cleaned.dropped:
        report.dropped[dropped.reason] += 1
    if entry.article.flags:
        report.flags[entry.article.id] = entry.article.flags


def _publish(job: Job, draft: Path, dim: int) -> None:
    """Seal and publish the draft, then let go of the checkpoint."""
    report = job.report
    key = model_key(job.model)
    name = job.model or DEFAULT_MODEL
    facts = {
        "corpus": remember(job.corpus, job.index),
        "model": {"name": name, "key": key, "dim": dim},
        "pipeline": pipeline_digest(),
        "overrides": job.overrides.digest(),
        "terms": TERMS_VERSION,
        "articles": report.articles,
        "passages": report.passages,
        "dropped": dict(sorted(report.dropped.items())),
        "skipped": _skipped_facts(job),
    }
    publish(job.index, draft, facts)
    VectorPool(job.index, key, dim).discard()
    report.published = True


def _skipped_facts(job: Job) -> dict[str, dict]:
    """The skipped files with their stamps, so that they are tried again only when they change."""
    facts = {}
    for id_, problem in job.report.skipped:
        try:
            size, mtime_ns = stamp_of(job.corpus / id_)
        except OSError:
            size, mtime_ns = -1, 0
        facts[id_] = {
            "reason": problem.reason, "zh": problem.zh, "en": problem.en, "size": size, "mtime_ns": mtime_ns
        }  # fmt: skip
    return facts


def _write_error(index: Path, error: Exception) -> WenjuError:
    """An error of the index folder as the user should read it."""
    if isinstance(error, sqlite3.OperationalError):
        error = OSError(None, str(error))
    return cannot_write(index, error)
