"""What can go wrong with Milvus, as a user should read it."""

from __future__ import annotations

from ingest.errors import NoIndexError, StoreError


def no_index(uri: str) -> NoIndexError:
    """The error for a store that nothing was published to."""
    return NoIndexError(
        f"Milvus（{uri}）里还没有索引。请先运行：qa ingest --store milvus --uri {uri} 文件夹",
        f"There is no index in Milvus ({uri}) yet. Run first: qa ingest --store milvus --uri {uri} FOLDER",
    )


def not_opened(uri: str) -> StoreError:
    """The error for a Milvus Lite file that does not open: mostly, one process has it open already."""
    return StoreError(
        f"Milvus Lite 文件 {uri} 打不开：它同时只能由一个进程打开（页面、另一个 qa？），或者没有安装 milvus-lite。"
        f"要让几个进程同时用，请运行 milvus-lite server --data-dir {uri} --port 19530，再用 --uri http://127.0.0.1:19530。",
        f"The Milvus Lite file {uri} does not open: one process at a time can have it open (a page, another qa?),"
        f" or milvus-lite is not installed. For several, run `milvus-lite server --data-dir {uri} --port 19530` and"
        " use --uri http://127.0.0.1:19530.",
    )


def incomplete(uri: str, what: str) -> StoreError:
    """The error for an answer that lacks something which was written."""
    return StoreError(
        f"Milvus（{uri}）的回答不完整：缺少 {what}。可能有节点停机；请运行 qa doctor --uri {uri}，恢复后重试。",
        f"Milvus ({uri}) answered incompletely: {what} is missing. A node may be down; run"
        f" `qa doctor --uri {uri}` and try again when it is back.",
    )
