"""What a power cut can leave of a folder: the steps of a program are recorded, and every state they allow is laid out again.

The model is harsher than any file system in use. What was written to a file is certain
after an fsync of that file, and until then may be there, in part, as zeros, or not at all.
What was created, renamed or removed in a folder is certain after an fsync of that folder,
and until then each such step may be there or not, whatever its order; only steps on one
and the same name keep theirs, and a rename is whole or did not happen.

Steps are found by looking at the whole folder before and after each call that may change
it, so it does not matter who wrote: Python, SQLite or FAISS.
"""

from __future__ import annotations

import contextlib
import os
import random
import stat
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_CHANGING = "rename replace unlink remove mkdir rmdir link symlink truncate".split()
_SYNCING = "fsync fdatasync".split()

Tree = dict[str, bytes | None]  # relative path -> content of a file, None for a folder
Entry = tuple["Node", str]  # a folder and a name in it


class Node:
    """A file or a folder, whatever its names."""

    def __init__(self, folder: bool) -> None:
        self.folder = folder


@dataclass(frozen=True, eq=False, slots=True)
class Write:
    """A file has a new content."""

    node: Node
    content: bytes


@dataclass(frozen=True, eq=False, slots=True)
class Rename:
    """Names change together: (folder, name) -> what stands there now, None for nothing."""

    changes: tuple[tuple[Entry, Node | None], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Sync:
    """An fsync of `path`. `site`: the line of the program that wants it."""

    node: Node
    path: str
    site: str


@dataclass(frozen=True, eq=False, slots=True)
class Mark:
    """Something the program said: from here on, more is owed."""

    what: object


Step = Write | Rename | Sync | Mark


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
        self.start = Disk(self)
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


@dataclass(frozen=True, slots=True)
class Loss:
    """What a power cut does to what was not certain: `keeps` says which names, `content` what of a file."""

    name: str
    keeps: frozenset[int]  # numbers of pending steps
    kind: str  # lost, zeros, torn or all
    seed: int = 0


class Disk:
    """What is certain, and what is not, after some steps."""

    def __init__(self, recorder: Recorder) -> None:
        self.home = recorder.home
        self.names: dict[Entry, Node] = {}
        self.pending: list[Rename] = []
        self.certain: dict[Node, bytes] = {}
        self.current: dict[Node, bytes] = {}

    def copy(self) -> Disk:
        """Another disk in the same state."""
        twin = object.__new__(Disk)
        twin.home, twin.names, twin.pending = self.home, dict(self.names), list(self.pending)
        twin.certain, twin.current = dict(self.certain), dict(self.current)
        return twin

    def take(self, step: Step) -> None:
        """One more step."""
        if isinstance(step, Write):
            self.current[step.node] = step.content
        elif isinstance(step, Rename):
            self.pending.append(step)
        elif isinstance(step, Sync) and not step.node.folder:
            self.certain[step.node] = self.current.get(step.node, b"")
        elif isinstance(step, Sync):
            wanted = [number for number, one in enumerate(self.pending) if any(at is step.node for (at, _), _ in one.changes)]
            done = self._with_earlier(wanted)
            for number in sorted(done):
                _apply(self.names, self.pending[number])
            self.pending = [one for number, one in enumerate(self.pending) if number not in done]

    def settle(self) -> None:
        """Everything is certain."""
        for one in self.pending:
            _apply(self.names, one)
        self.pending = []
        self.certain = dict(self.current)

    def _with_earlier(self, wanted) -> frozenset[int]:
        """`wanted` and the earlier pending steps on the same names."""
        found, names = set(), set()
        wanted = set(wanted)
        for number in range(len(self.pending) - 1, -1, -1):
            mine = {entry for entry, _ in self.pending[number].changes}
            if number in wanted or mine & names:
                found.add(number)
                names |= mine
        return frozenset(found)

    def losses(self, chance: random.Random, more: int) -> Iterator[Loss]:
        """The power cuts worth trying here, and `more` at random."""
        every = frozenset(range(len(self.pending)))
        yield Loss("nothing uncertain is there", frozenset(), "lost")
        yield Loss("all names, no contents", every, "lost")
        yield Loss("all names, zeros", every, "zeros")
        yield Loss("everything is there", every, "all")
        for seed in range(2):
            yield Loss("all names, torn contents", every, "torn", chance.getrandbits(32))
        for number in every:
            yield Loss(f"only step {number}", self._with_earlier([number]), "lost")
            yield Loss(f"all but step {number}", self._without(number), "all")
        for _ in range(more):
            some = self._with_earlier(number for number in every if chance.random() < 0.5)
            yield Loss("some steps", some, chance.choice(["lost", "zeros", "torn", "all"]), chance.getrandbits(32))

    def _without(self, number: int) -> frozenset[int]:
        """All pending steps but one, and but the later ones on the same names."""
        names = {entry for entry, _ in self.pending[number].changes}
        left = set()
        for later in range(number + 1, len(self.pending)):
            mine = {entry for entry, _ in self.pending[later].changes}
            if mine & names:
                names |= mine
                left.add(later)
        return frozenset(range(len(self.pending))) - left - {number}

    def after(self, loss: Loss) -> Tree:
        """What is found when the power is back."""
        names = dict(self.names)
        for number in sorted(loss.keeps):
            _apply(names, self.pending[number])
        inside: dict[Node, list[tuple[str, Node]]] = {}
        for (folder, name), node in names.items():
            inside.setdefault(folder, []).append((name, node))
        chance = random.Random(loss.seed)
        left: dict[Node, bytes] = {}
        tree: Tree = {}

        def lay_out(folder: Node, path: str) -> None:
            for name, node in sorted(inside.get(folder, ()), key=lambda one: one[0]):
                if node.folder:
                    tree[path + name] = None
                    lay_out(node, f"{path}{name}/")
                else:
                    if node not in left:
                        left[node] = self._content(node, loss.kind, chance)
                    tree[path + name] = left[node]

        lay_out(self.home, "")
        return tree

    def _content(self, node: Node, kind: str, chance: random.Random) -> bytes:
        certain, current = self.certain.get(node, b""), self.current.get(node, b"")
        if certain == current or kind == "all":
            return current
        if kind == "lost":
            return certain
        same = len(certain) if current.startswith(certain) else len(os.path.commonprefix([certain, current]))
        cut = same if kind == "zeros" else chance.randint(same, max(same, len(current) - 1))
        return current[:cut] + (bytes(len(current) - cut) if kind == "zeros" or chance.random() < 0.3 else b"")


def _apply(names: dict[Entry, Node], step: Rename) -> None:
    for entry, node in step.changes:
        if node is None:
            names.pop(entry, None)
        else:
            names[entry] = node


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


def turn_into(folder: Path, there: Tree, wanted: Tree) -> None:
    """Make `folder`, which holds `there`, hold `wanted`."""
    for path in sorted(there.keys() - wanted.keys(), reverse=True):
        if there[path] is None:
            (folder / path).rmdir()
        else:
            (folder / path).unlink()
    for path, content in wanted.items():
        if path in there and (content is None) == (there[path] is None) and content == there[path]:
            continue
        if content is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(content)
