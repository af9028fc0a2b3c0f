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

from ingest.boilerplate import Evidence, Overrides, affected, clean, line_keys, load_overrides
from ingest.changes import Changes, compare
from ingest.device import CPU, on_cpu
from ingest.doubt import damage_behind, doubted, raise_doubt, settle_doubt
from ingest.durable import cannot_write
from ingest.errors import CorpusError, DamagedIndexError, SkippedFile, WenjuError
from ingest.generation import new_draft, publish, writer_lock
from ingest.job import Job, Progress, Report, Tools
from ingest.meta import describe
from ingest.modelkey import DEFAULT_MODEL, model_key
from ingest.pool import discard_checkpoint
from ingest.previous import Previous, check_model, open_previous, pipeline_digest, remember
from ingest.read import DEFAULT_LIMITS, Limits
from ingest.read.find import find_files
from ingest.records import Entry
from ingest.segment import write_segments
from ingest.skips import keep_unseen, same_skips, skipped_before, skipped_facts, try_again
from ingest.split import GOAL_CHARS
from ingest.store import Store
from ingest.storewriter import StoreWriter
from ingest.terms import TERMS_VERSION
from ingest.types import Cleaned
from ingest.uncollected import uncollected
from ingest.vectorise import write_all_vectors
from ingest.work import Work, kept_segments, made_whole


def build(
    corpus: Path,
    index: Path,
    *,
    model: str | None = None,
    device: str = CPU,
    rebuild: bool = False,
    replace_corpus: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = lambda stage, done, total: None,
    tools: Tools | None = None,
) -> Report:
    """Bring the index of `corpus` up to date and publish it, if anything changed.

    `rebuild` reads and embeds everything again; `replace_corpus` allows an index that was
    built from another folder to be taken over; `tools` read and embed. Raises the errors of `ingest.errors`; the
    generation that was published before then still serves.
    """
    values = (corpus, index, model, device, rebuild, replace_corpus, limits, progress, tools or Tools())
    trusting = not doubted(index)
    try:
        return _build(*values)
    except DamagedIndexError:
        if rebuild or not trusting:
            raise
        raise_doubt(index)  # not everything was verified: now it is, and the generation before may serve
        return _build(*values)


def _build(corpus, index, model, device, rebuild, replace_corpus, limits, progress, tools) -> Report:
    """`build`, once."""
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
            job = Job(corpus, index, model, device, limits, overrides, previous, report, progress, tools)
            _bring_up_to_date(job, files)
        except WenjuError:
            raise
        except Exception as error:
            raise _explained(index, previous, error) from error
        finally:
            if previous:
                previous.close()
        if previous is None or previous.verified:  # else a mark left meanwhile is for the next one
            settle_doubt(index)
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
    with uncollected():
        files, problems, ignored = find_files(corpus)
    if not files and not problems:
        raise CorpusError(
            f"文件夹 {corpus} 里没有可读的文章（支持 txt、md、html、pdf、docx、epub、mhtml）。",
            f"The folder {corpus} holds no article that can be read (txt, md, html, pdf, docx, epub, mhtml).",
        )
    return files, problems, ignored


def _bring_up_to_date(job: Job, files: list[tuple[str, str]]) -> None:
    """Compare, read, clean, split, embed, publish; stop early when nothing is new."""
    previous = job.previous
    redo = previous is None or previous.outdated(job.overrides)
    with uncollected():
        changes = compare(files, previous.store.stamps() if previous else {}, redo)
    if previous:
        try_again(changes, previous.generation.manifest)
    keep_unseen(changes, job.report.skipped)
    known = skipped_before(previous.generation.manifest, changes.stamps, job.limits) if previous and not redo else {}
    if not on_cpu(job.device) and any(id_ not in known for id_ in changes.to_read):
        job.tools.try_device(job.device)  # now, not after everything was read
    scratch_folder, draft = _work_folders(job.index)
    try:
        _read(job, files, changes, scratch_folder, known)
        scratch = Store(scratch_folder)
        try:
            if previous and not redo and _nothing_new(job, changes):
                _report_unchanged(job, changes)
                return
            work = _write_segments(job, changes, scratch, draft)
        finally:
            scratch.close()
        dim = write_all_vectors(job, draft, work)
        _publish(job, draft, dim, work, changes.stamps)
    finally:
        shutil.rmtree(scratch_folder, ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)


def _work_folders(index: Path) -> tuple[Path, Path]:
    """(scratch for what was read, draft of the generation), both empty."""
    draft = new_draft(index)
    scratch = draft.with_name(draft.name + "-read")
    scratch.mkdir()
    return scratch, draft


def _read(job: Job, files, changes: Changes, scratch_folder: Path, known: dict[str, SkippedFile]) -> None:
    """Read new and changed files, each in a child that can be killed, into the scratch store."""
    paths = {id_: path for path, id_ in files}
    todo = [(Path(paths[id_]), id_) for id_ in changes.to_read if id_ not in known]
    writer = StoreWriter(scratch_folder)
    failed = dict(known)
    with job.tools.reader(job.limits) as reader:
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
    same = same_skips(job.previous.generation.manifest, job.report.skipped, job.limits)
    return same and not (changes.added or changes.changed or changes.vanished)


def _report_unchanged(job: Job, changes: Changes) -> None:
    facts = job.previous.generation.manifest
    job.report.articles, job.report.passages = facts["articles"], facts["passages"]
    job.report.dropped = Counter(facts["dropped"])
    job.report.unchanged = len(changes.unchanged)


def _write_segments(job: Job, changes: Changes, scratch: Store, draft: Path) -> Work:
    """Clean and split what is new; what is not stays in the segments that it lies in."""
    old_verdicts, verdicts = _verdicts(job, changes, scratch)
    evidence = Evidence(verdicts)
    recleaned = _affected(job, changes, old_verdicts ^ verdicts)
    skipped = {id_ for id_, _ in job.report.skipped}
    with uncollected():
        work = kept_segments(job.previous, draft, changes, recleaned, skipped, _about_passages(scratch))
    read = set(changes.to_read)
    ids = sorted({*read, *recleaned, *work.moved})

    def entry_of(id_: str) -> Entry:
        entry = scratch.entry(id_) if id_ in read else job.previous.store.entry(id_)
        if id_ in read or id_ in recleaned:
            entry = _clean(entry, evidence, job.overrides)
        if id_ in work.restamped:
            size, mtime_ns = work.restamped[id_]
            entry = replace(entry, size=size, mtime_ns=mtime_ns)
        return entry

    def advance(entry: Entry) -> None:
        if entry.article.flags:
            job.report.flags[entry.article.id] = entry.article.flags
        nonlocal done
        done += 1
        job.progress("split", done, len(ids))

    done = 0
    fresh = write_segments(draft, len(work.kept) + 1, ids, entry_of, model_key(job.model), advance)
    work.fresh = made_whole(draft, work, fresh)
    _report(job, changes, work)
    return work


def _about_passages(scratch: Store) -> int:
    """About how many passages the articles that were read will be."""
    return sum(len(scratch.article(id_).text) for id_ in scratch.ids()) // GOAL_CHARS


def _affected(job: Job, changes: Changes, differing: frozenset) -> set[str]:
    """Unchanged articles that have a line on which the corpus has changed its mind."""
    if job.previous is None or not differing:
        return set()
    unchanged = set(changes.unchanged)
    return {id_ for id_, keys in job.previous.store.line_keys() if id_ in unchanged and affected(keys, differing)}


def _report(job: Job, changes: Changes, work: Work) -> None:
    report = job.report
    report.added, report.changed = len(changes.added), len(changes.changed)
    report.vanished, report.unchanged = len(changes.vanished), len(changes.unchanged)
    report.articles, report.passages, report.dropped = work.articles, work.passages, work.dropped


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


def _publish(job: Job, draft: Path, dim: int, work: Work, stamps: dict[str, tuple[int, int]]) -> None:
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
        "segments": work.facts(),
        "dropped": dict(sorted(report.dropped.items())),
        "skipped": skipped_facts(report.skipped, stamps, job.limits),
    }
    # What this ingest was built on is known to be good; a newer one may lie there damaged.
    spare = job.previous.generation.folder.name if job.previous else ""
    publish(job.index, draft, facts, work.known, spare)
    discard_checkpoint(job.index, key, dim)
    report.published = True


def _explained(index: Path, previous: Previous | None, error: Exception) -> Exception:
    """A failure as the user should read it: of a damaged index that was built upon, or of a folder that cannot be written."""
    if previous and not previous.verified and not isinstance(error, OSError):
        found = damage_behind(index)
        if found:
            return found
    if isinstance(error, sqlite3.OperationalError):
        error = OSError(None, str(error))
    return cannot_write(index, error) if isinstance(error, OSError) else error
