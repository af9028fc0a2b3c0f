"""Files that could not be read: what is remembered of them, and which articles stay although their file is not seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple
from pathlib import PurePosixPath

from ingest.changes import Changes
from ingest.errors import SkippedFile
from ingest.read import Limits

# Trying again costs one look, and a permission or a disk can be mended without a trace on the file.
_ALWAYS_TRIED = "unreadable"
_NO_STAMP = (-1, 0)  # (size, mtime_ns) of what was never looked at: never trusted


def skipped_before(manifest: Mapping, stamps: Mapping[str, tuple[int, int]], limits: Limits) -> dict[str, SkippedFile]:
    """Files that were skipped last time, within the same limits, and have not changed since: not tried again."""
    known = {}
    for id_, facts in manifest["skipped"].items():
        same = stamps.get(id_) == (facts["size"], facts["mtime_ns"]) and facts.get("limits") == _plain(limits)
        if same and facts["mtime_ns"] and facts["reason"] != _ALWAYS_TRIED:
            known[id_] = SkippedFile(facts["reason"], facts["zh"], facts["en"])
    return known


def skipped_facts(
    skipped: Iterable[tuple[str, SkippedFile]], stamps: Mapping[str, tuple[int, int]], limits: Limits
) -> dict[str, dict]:
    """What the manifest says of skipped files. `stamps`: of before they were read, so that a later change is seen."""
    facts = {}
    for id_, problem in skipped:
        size, mtime_ns = stamps.get(id_, _NO_STAMP)
        facts[id_] = {
            "reason": problem.reason, "zh": problem.zh, "en": problem.en,
            "size": size, "mtime_ns": mtime_ns, "limits": _plain(limits),
        }  # fmt: skip
    return facts


def same_skips(manifest: Mapping, skipped: Iterable[tuple[str, SkippedFile]], limits: Limits) -> bool:
    """True when the manifest already names these files, with these reasons, under these limits."""
    before = {id_: (facts["reason"], facts.get("limits")) for id_, facts in manifest["skipped"].items()}
    return before == {id_: (problem.reason, _plain(limits)) for id_, problem in skipped}


def try_again(changes: Changes, manifest: Mapping) -> None:
    """Articles whose file, or a folder of it, was skipped by the last ingest are looked at again.

    The file may be as it was when it was indexed, and yet what is indexed was cleaned by rules
    that have changed in between.
    """
    again = _at_or_below(set(manifest["skipped"]), changes.unchanged)
    changes.unchanged = sorted(set(changes.unchanged) - set(again))
    changes.changed += again


def keep_unseen(changes: Changes, problems: Iterable[tuple[str, SkippedFile]]) -> None:
    """Articles whose file or folder cannot be opened have not vanished: they stay as they were indexed."""
    closed = {id_ for id_, problem in problems if problem.reason == _ALWAYS_TRIED}
    kept = _at_or_below(closed, changes.vanished)
    if not kept:
        return
    changes.vanished = sorted(set(changes.vanished) - set(kept))
    changes.unchanged = sorted({*changes.unchanged, *kept})
    changes.stamps.update(dict.fromkeys(kept, _NO_STAMP))


def _at_or_below(places: set[str], ids: Iterable[str]) -> list[str]:
    """Those of `ids` that are one of `places`, files or folders, or lie below it."""
    return [id_ for id_ in ids if places & {id_, *map(str, PurePosixPath(id_).parents)}] if places else []


def _plain(limits: Limits) -> list:
    """Limits as JSON has them."""
    return list(astuple(limits))
