"""Which generation is published, and the long values that say what is true of it."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.stores import layout
from ingest.stores.milvus import BOUNDED, STRONG, Server
from ingest.stores.trouble import incomplete

_PIECES_AT_ONCE = 100  # full ones: 6 MB in one answer


def read_state(server: Server) -> dict | None:
    """The newest generation as the next one needs it; None before the first."""
    newest = newest_generation(server)
    if newest is None:
        return None
    number, epoch = newest
    manifest = read_owned(server, epoch, f"manifest@{number}")
    contents = read_owned(server, epoch, f"contents@{number}")
    store = manifest["store"]
    return {
        "generation": number, "epoch": epoch, "manifest": manifest, "contents": {id_: rest for id_, *rest in contents},
        **{name: store[name] for name in ("first", "next_term", "lengths", "base")},
    }  # fmt: skip


def newest_generation(server: Server) -> tuple[int, int] | None:
    """(number, epoch) of the newest generation; None before the first."""
    name = server.name("current")
    if not server.has(name):
        return None
    found = [(row["number"], row["epoch"]) for row in server.few(name, 'kind == "generation"', ["number", "epoch"])]
    return max(found, default=None)


def read_owned(server: Server, epoch: int, owner: str):
    """A manifest or a table of contents. StoreError when a piece of it does not come."""
    return layout.unpacked(read_contents(server, epoch, [owner])[owner])


def read_contents(server: Server, epoch: int, owners: list[str], at_once: int = 500) -> dict[str, bytes]:
    """The long value of each owner, `at_once` in one answer. StoreError where one does not come whole."""
    name, fields = server.name("pieces", epoch), ("owner", "number", "count", "data")
    found: dict[str, bytes | None] = dict.fromkeys(owners)
    for level in (BOUNDED, STRONG):
        missing = [owner for owner, content in found.items() if content is None]
        rows: dict[str, list[dict]] = {owner: [] for owner in missing}
        first = server.lookup(name, "pk", [layout.piece_key(owner, 0) for owner in missing], fields, at_once=at_once, level=level)
        more = [layout.piece_key(row["owner"], number) for row in first for number in range(1, row["count"])]
        for row in [*first, *server.lookup(name, "pk", more, fields, at_once=_PIECES_AT_ONCE, level=level)]:
            rows[row["owner"]].append(row)
        found.update({owner: layout.joined_pieces(pieces) for owner, pieces in rows.items()})
    for owner, content in found.items():
        if content is None:
            raise incomplete(server.uri, owner)
    return found


def visible(number: int, replaced: list[int]) -> str:
    """The condition that a row belongs to generation `number`."""
    gone = f" and edition not in [{', '.join(map(str, sorted(replaced)))}]" if replaced else ""
    return f"born <= {number}{gone}"


def latest(rows: Iterable[dict]) -> list[dict]:
    """Of rows of `terms`, the newest of each number."""
    found: dict[int, dict] = {}
    for row in rows:
        if row["number"] not in found or row["born"] > found[row["number"]]["born"]:
            found[row["number"]] = row
    return list(found.values())


def generation_name(number: int) -> str:
    """A generation's name, as the local index writes them."""
    return f"{number:06d}"
