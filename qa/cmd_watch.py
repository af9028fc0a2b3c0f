"""`qa watch`: ingest whenever the articles change.

Changes are taken together until the folder has been quiet for a moment, so that an editor
that writes in several steps causes one ingest. One ingest runs at a time; what changes
meanwhile comes next. Nothing that goes wrong with a file, the disk or another ingest ends
the watch: it says so once, and tries again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import CorpusError, UsageError, WenjuError
from qa.cmd_ingest import as_json
from qa.config import DEFAULT_CORPUS, setting
from qa.messages import say
from qa.render import safe
from qa.stores import place, publish

QUIET_MS = 400  # without a change, before an ingest begins: editors are done within a few tens
TICK_MS = 1000  # how often it is looked whether the folder is still there, and whether to try again
RETRY_SECONDS = (2.0, 5.0, 15.0, 60.0)  # after an ingest that failed; the last one from then on
_OVERRULES = "wenju.toml"


def run(options: argparse.Namespace) -> int:
    """Watch until Ctrl-C; 0."""
    from ingest.job import KeptTools
    from ingest.previous import remembered_corpus

    where = place(options)
    remembered = remembered_corpus(where.index)
    folder = Path(str(setting("corpus", options.folder) or remembered or DEFAULT_CORPUS))
    known = remembered is not None and folder.resolve() == remembered.resolve()
    watch = _Watch(options, folder, known, where, KeptTools())
    try:
        watch.forever()
    except KeyboardInterrupt:
        print(say("watch_ended", options.lang), file=sys.stderr)
    return 0


@dataclass(slots=True)
class _Watch:
    """One folder that is watched. `failures` counts ingests in a row that failed.

    `known`: the index was built from this folder, so that it may be back any moment when it is not there.
    """

    options: argparse.Namespace
    folder: Path
    known: bool
    where: object
    tools: object
    failures: int = 0
    retry_at: float = 0.0
    said: str = ""
    ready: bool = False
    reported: bool = False

    def forever(self) -> None:
        """Ingest now, then whenever something changes; wait while the folder is gone."""
        if not self.folder.is_dir() and not self.known:
            raise CorpusError(
                f"文章文件夹 {self.folder} 不存在。请给出放文章的文件夹：qa watch 文件夹",
                f"The corpus folder {self.folder} does not exist. Name the folder of your articles: qa watch FOLDER",
            )
        while True:
            while not self.folder.is_dir():
                self._say(say("watch_gone", self.options.lang, folder=safe(str(self.folder))))
                time.sleep(TICK_MS / 1000)
            self._ingest()
            for at, changed in enumerate(self._changes()):
                # From the first moment on the system tells of changes; what changed before it is looked for.
                if at == 0 or changed or (self.failures and time.monotonic() >= self.retry_at):
                    self._ingest()
                if at == 0:
                    self._begun()

    def _begun(self) -> None:
        if not self.ready:
            self.ready = True
            print(say("watching", self.options.lang, folder=safe(str(self.folder))), file=sys.stderr, flush=True)

    def _changes(self) -> Iterator[bool]:
        """True when something changed, False now and then; ends when the folder is no longer the one watched."""
        from watchfiles import watch

        try:
            status = os.stat(self.folder)
            events = watch(
                self.folder, watch_filter=self._concerns, debounce=4 * QUIET_MS, step=QUIET_MS,
                rust_timeout=QUIET_MS if not self.ready else TICK_MS, yield_on_timeout=True, raise_interrupt=True,
            )  # fmt: skip
            for found in events:
                if not self._same(status):
                    return
                yield bool(found)
        except FileNotFoundError:
            return
        except OSError as error:  # such as too many watches
            raise UsageError(
                f"无法监视文件夹 {self.folder}：{error}。可以改为定时运行 qa ingest。",
                f"The folder {self.folder} cannot be watched: {error}. Run `qa ingest` from time to time instead.",
            ) from error

    def _same(self, status: os.stat_result) -> bool:
        try:
            return os.path.samestat(os.stat(self.folder), status)
        except OSError:
            return False

    def _concerns(self, _, path: str) -> bool:
        """True for files that an ingest would read, for folders, and for the file that overrules the cleaning."""
        from ingest.read import SUFFIXES

        changed = Path(path)
        index = self.where.index.resolve()
        if changed == index or index in changed.parents or any(part.startswith(".") for part in changed.parts[len(self.folder.resolve().parts) :]):
            return False
        if changed.suffix.lower() in SUFFIXES or changed.name == _OVERRULES:
            return True
        return not changed.is_file()  # a folder, which may have been moved in with all it holds; or what may have been one

    def _ingest(self) -> None:
        """One ingest; an error is said once, and counted."""
        from ingest.build import build

        try:
            model, device = setting("model", self.options.model), str(setting("device", self.options.device, "cpu"))
            report = build(self.folder, self.where.index, model=model, device=device, tools=self.tools)
            if self.where.uri and (report.published or self.failures):
                publish(self.where, self.where.connect(create=True))
        except UsageError as error:
            if not self.ready and not isinstance(error, CorpusError):
                raise
            self._failed(error)
        except WenjuError as error:
            self._failed(error)
        except Exception as error:
            self._failed(WenjuError(*(say("unexpected", way, error=f"{type(error).__name__}: {error}") for way in ("zh", "en"))))
        else:
            self.failures, self.said = 0, ""
            if report.published or not self.reported:
                self.reported = True
                self._report(report)

    def _failed(self, error: WenjuError) -> None:
        wait = RETRY_SECONDS[min(self.failures, len(RETRY_SECONDS) - 1)]
        self.failures, self.retry_at = self.failures + 1, time.monotonic() + wait
        self._say("qa: " + error.message(self.options.lang))

    def _say(self, text: str) -> None:
        if text != self.said:
            self.said = text
            print(text, file=sys.stderr, flush=True)

    def _report(self, report) -> None:
        """One line an ingest, or one JSON object."""
        now = time.strftime("%H:%M:%S")
        if self.options.json:
            print(json.dumps({"time": now, **as_json(report)}, ensure_ascii=False), flush=True)
            return
        facts = as_json(report) | {"time": now, "seconds": f"{report.seconds:.1f}", "skipped": len(report.skipped)}
        print(say("watch_ingested", self.options.lang, **facts), file=sys.stderr, flush=True)
        for id_, problem in report.skipped[:5]:
            print(f"  {safe(id_)}:{safe(problem.message(self.options.lang))}", file=sys.stderr, flush=True)
