"""Records the steps by which a program changes a folder, for `tests.powerloss` to say what a power cut leaves of them.

Steps are found by looking at the whole folder before and after each call that may change
it, so it does not matter who wrote: Python, SQLite or FAISS.
"""

from __future__ import annotations

import contextlib
import os
import stat
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.powerloss import Disk, Entry, Mark, Node, Rename, Step, Sync, Write

_CHANGING = "rename replace unlink remove mkdir rmdir link symlink truncate".split()
_SYNCING = "fsync fdatasync".split()


class Recorder:
    """Records what happens in `root` while its `recording` is entered."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = Node(folder=True)
        self.steps: list[Step] = []
        self._nodes: dict[int, Node] = {}  # by inode; forgotten when no name is left, since inodes are used again
        self._names: dict[Entry, Node] = {}
        self._contents: dict[Node, bytes] = {}
        self._look()
        self.start = Disk(self.home)
        for step in self.steps:  # what was there before is there for good
            self.start.take(step)
        self.start.settle()
        self.steps = []

    @contextlib.contextmanager
    def recording(self) -> Iterator[Recorder]:
        """Watch the calls of this process."""
        real = {name: getattr(os, name) for name in (*_CHANGING, *_SYNCING)}
        for name in _CHANGING:
            setattr(os, name, self._changing(real[name]))
        for name in _SYNCING:
            setattr(os, name, self._syncing(real[name]))
        try:
            yield self
        finally:
            for name, function in real.items():
                setattr(os, name, function)
            self._look()

    def mark(self, what: object) -> None:
        """Note something between two steps."""
        self._look()
        self.steps.append(Mark(what))

    def _changing(self, real):
        def call(*values, **named):
            self._look()
            try:
                return real(*values, **named)
            finally:
                self._look()

        return call

    def _syncing(self, real):
        def call(descriptor):
            self._look()
            real(descriptor)
            facts = os.fstat(descriptor)
            node = self._nodes.get(facts.st_ino)
            if node is not None:
                self.steps.append(Sync(node, self._path_of(node), _site()))

        return call

    def _path_of(self, node: Node) -> str:
        if node is self.home:
            return "."
        folder, name = next(entry for entry, found in self._names.items() if found is node)
        return f"{self._path_of(folder)}/{name}"

    def _look(self) -> None:
        """Compare the folder with what it was at the last look."""
        names: dict[Entry, Node] = {}
        contents: dict[Node, bytes] = {}
        nodes = {os.stat(self.root).st_ino: self.home}
        self._walk(self.root, self.home, names, contents, nodes)
        before, self._names, self._nodes = self._names, names, nodes
        gone = {node: entry for entry, node in before.items() if entry not in names}
        for entry, node in names.items():
            if before.get(entry) is node:
                continue
            moved = ((gone.pop(node), None),) if node in gone else ()
            self.steps.append(Rename((*moved, (entry, node))))
        self.steps += [Rename(((entry, None),)) for entry in before if entry not in names and before[entry] in gone and gone[before[entry]] == entry]
        self.steps += [Write(node, content) for node, content in contents.items() if self._contents.get(node) != content]
        self._contents = contents

    def _walk(self, folder: Path, home: Node, names, contents, nodes) -> None:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda one: one.name)
        for one in entries:
            facts = one.stat(follow_symlinks=False)
            node = nodes.get(facts.st_ino) or self._nodes.get(facts.st_ino) or Node(stat.S_ISDIR(facts.st_mode))
            names[home, one.name] = nodes[facts.st_ino] = node
            if node.folder:
                self._walk(Path(one.path), node, names, contents, nodes)
            elif node not in contents:
                with open(one.path, "rb") as file:
                    contents[node] = file.read()


def _site() -> str:
    """The function and the line in `ingest` that called, through the small helpers that only pass it on."""
    helpers = {"make_durable", "write_synced"}
    for frame in reversed(traceback.extract_stack()):
        if Path(frame.filename).parent.name == "ingest" and frame.name not in helpers:
            return f"{Path(frame.filename).name}, {frame.name}: {frame.line}"
    return "?"


@dataclass(slots=True)
class Run:
    """A recorded run, to be replayed as often as wanted."""

    recorder: Recorder
    steps: list[Step] = field(default_factory=list)

    def syncs(self) -> list[int]:
        """The numbers of the steps that are an fsync."""
        return [number for number, step in enumerate(self.steps) if isinstance(step, Sync)]

    def disks(self, without: int | None = None) -> Iterator[tuple[Step | None, Disk]]:
        """(step, disk after it) from the start on; `without` the fsync of that number."""
        disk = self.recorder.start.copy()
        yield None, disk.copy()
        for number, step in enumerate(self.steps):
            if number != without:
                disk.take(step)
            yield step, disk.copy()
