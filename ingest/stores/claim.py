"""One writer at a time, however many machines: a claim is a row of `current` that its writer renews."""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid

from ingest.errors import IngestRunningError, StoreError
from ingest.stores.milvus import Server

CLAIM_SECONDS = 900  # a writer that said nothing for so long is taken for dead
_NOTE_CHARS = 60  # of the machine's name in a claim


class Claim:
    """The right to write. Two that claim at once both see the other, and both step back."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._key = ""
        self._renewed = 0.0

    def take(self) -> None:
        """Claim, then look whether somebody else has. IngestRunningError if so."""
        self._key = f"claim/{uuid.uuid4().hex}"
        self._write()
        name, now = self.server.name("current"), int(time.time())
        for row in self.server.few(name, 'kind == "claim"', ["pk", "stamp", "note"]):
            if row["pk"] == self._key:
                continue
            if now - row["stamp"] > CLAIM_SECONDS or _is_dead(row["note"]):
                self.server.delete_keys(name, "pk", [row["pk"]])
                continue
            self.release()
            raise self._running(row["note"])

    def renew(self, force: bool = False) -> None:
        """Say that we are still at work; now and then unless `force`.

        IngestRunningError when others took us for dead, as after a night of a closed laptop.
        """
        if force or time.time() - self._renewed > CLAIM_SECONDS / 10:  # wall clock: it goes on while the machine sleeps
            if not self.server.lookup(self.server.name("current"), "pk", [self._key], ["note"]):
                self._key = ""
                raise self._running("?")
            self._write()

    def _write(self) -> None:
        self._renewed = time.time()
        row = {**current_row("claim", 0, 0), "pk": self._key, "note": _who()}
        self.server.write(self.server.name("current"), [row])

    def _running(self, who: str) -> IngestRunningError:
        return IngestRunningError(
            f"另一个 qa ingest（{who}）正在写入 Milvus（{self.server.uri}），请等它结束后再试。",
            f"Another `qa ingest` ({who}) is writing to Milvus ({self.server.uri}); try again when it has ended.",
        )

    def release(self) -> None:
        """Let others write; nothing where nothing is claimed."""
        if self._key:
            with contextlib.suppress(StoreError):
                self.server.delete_keys(self.server.name("current"), "pk", [self._key])
            self._key = ""


def current_row(kind: str, number: int, epoch: int) -> dict:
    """A row of `current`."""
    stamp = int(time.time())
    return {"pk": f"{kind}/{number}", "kind": kind, "number": number, "epoch": epoch, "stamp": stamp, "note": ""}


def _who() -> str:
    return f"{socket.gethostname()[:_NOTE_CHARS]}:{os.getpid()}"


def _is_dead(note: str) -> bool:
    """True for a writer of this machine whose process has ended."""
    host, _, pid = note.rpartition(":")
    if host != socket.gethostname()[:_NOTE_CHARS] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
