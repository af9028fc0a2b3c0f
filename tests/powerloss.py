"""What a power cut can leave of a folder: every state that the recorded steps of a program allow is laid out again.

The model is harsher than any file system in use. What was written to a file is certain
after an fsync of that file, and until then may be there, in part, as zeros, or not at all.
What was created, renamed or removed in a folder is certain after an fsync of that folder,
and until then each such step may be there or not, whatever its order; only steps on one
and the same name keep theirs, and a rename is whole or did not happen.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Loss:
    """What a power cut does to what was not certain: `keeps` says which names, `content` what of a file."""

    name: str
    keeps: frozenset[int]  # numbers of pending steps
    kind: str  # lost, zeros, torn or all
    seed: int = 0


class Disk:
    """What is certain, and what is not, after some steps."""

    def __init__(self, home: Node) -> None:
        self.home = home
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
