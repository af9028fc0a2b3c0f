"""Where the index is that a command works on: a folder of this machine, or Milvus."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import UsageError
from qa.config import index_folder, setting

if TYPE_CHECKING:
    from ingest.stores.milvus import Server
    from qa.ask import Asker
    from qa.opened import Opened

STORES = ("local", "milvus")
DEFAULT_PREFIX = "wenju"  # of the collections in Milvus: several indexes can share one server
_URI = re.compile(r"(?:https?|tcp|unix)://\S+")


@dataclass(frozen=True, slots=True)
class Place:
    """An index folder, and the Milvus it is published to; `uri` None where the folder is all there is."""

    index: Path
    uri: str | None = None
    token: str = field(default="", repr=False)  # user:password, or an API key
    prefix: str = DEFAULT_PREFIX
    replicas: int = 1  # of collections that an ingest makes

    def connect(self, create: bool = False) -> Server:
        """The connected server. The errors of `ingest.stores.milvus.Server`."""
        from ingest.stores.milvus import Server

        return Server(self.uri, self.token, self.prefix, create, self.replicas)


def place(options: argparse.Namespace) -> Place:
    """Where the index is, by options and settings. `--uri` alone means Milvus. UsageError for half a Milvus."""
    index = index_folder(options.index)
    uri = setting("uri", options.uri)
    store = setting("store", options.store, "milvus" if options.uri else "local")
    if store not in STORES:
        raise UsageError(f"store 应为 {' 或 '.join(STORES)}，不是 {store}。", f"store must be {' or '.join(STORES)}, not {store}.")
    if store == "local":
        if options.uri:
            raise UsageError("--uri 需要 --store milvus。", "--uri needs --store milvus.")
        return Place(index)
    uri = str(uri or "")
    if not (_URI.fullmatch(uri) or (uri.endswith(".db") and "://" not in uri)):
        raise UsageError(
            f"--store milvus 需要 --uri：服务器地址（http://主机:19530）或 Milvus Lite 文件（./m.db），不是“{uri}”。",
            f"--store milvus needs --uri: a server (http://host:19530) or a Milvus Lite file (./m.db), not {uri!r}.",
        )
    replicas = str(setting("replicas", None, 1))
    if not replicas.isascii() or not replicas.isdigit() or int(replicas) < 1:
        raise UsageError(f"replicas 应为 1 以上的整数，不是 {replicas}。", f"replicas must be 1 or more, not {replicas}.")
    return Place(index, uri, str(setting("token", None, "")), str(setting("prefix", None, DEFAULT_PREFIX)), int(replicas))


def open_asker(where: Place) -> Asker:
    """The asker on the newest generation of the index. NoIndexError before the first ingest."""
    if where.uri is None:
        from qa.ask import Asker

        return Asker(where.index)
    from qa.remote import RemoteAsker

    return RemoteAsker(where.index, where.connect())


def publish(
    where: Place, server: Server, *, rebuild: bool = False, replace_corpus: bool = False, progress=lambda *_: None
):
    """Bring Milvus up to what the index folder holds: an `ingest.stores.publish.Published`."""
    from ingest.stores.publish import publish_local
    from qa.opened import Opened

    opened: Opened = Opened(where.index)
    try:
        return publish_local(opened, server, rebuild=rebuild, replace_corpus=replace_corpus, progress=progress)
    finally:
        opened.close()
