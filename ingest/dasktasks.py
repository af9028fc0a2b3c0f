"""What `qa ingest --dask` asks of workers: pure tasks, with plain arguments and results."""

from __future__ import annotations

import functools
import os
import socket
import threading
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from ingest.device import open_device
from ingest.embed import Embedder, open_embedder
from ingest.errors import UsageError, WenjuError
from ingest.modelkey import model_key
from ingest.previous import pipeline_digest
from ingest.read import Limits
from ingest.read.isolate import Reader, to_plain

_HERE = threading.local()
_EMBEDDING = threading.Lock()  # one model in a process, with all its threads
_digest = functools.cache(pipeline_digest)  # of this worker's program; read from disk once


class Refusal(NamedTuple):
    """Why a worker will not do what it is asked; whether what it was asked was wrong."""

    zh: str
    en: str
    usage: bool = False


def nothing() -> None:
    """Is the scheduler there?"""


def checked(digest: str, task, arguments: tuple):
    """`task(*arguments)`, unless this worker runs another version of the program."""
    if _digest() != digest:
        return Refusal(
            f"worker {socket.gethostname()} 上的 wenju 版本不同。请在所有机器上安装同一版本，并重启 worker。",
            f"The worker {socket.gethostname()} has another version of wenju. Install the same on all machines and restart the workers.",
        )
    try:
        return task(*arguments)
    except WenjuError as error:
        return Refusal(error.zh, error.en, isinstance(error, UsageError))


def read_files(files: list[tuple[str, str]], limits: dict) -> list[dict]:
    """The article of each (path, id), or why it is skipped, in plain form; {"absent": host} if it is not there."""
    reader = getattr(_HERE, "reader", None)  # its child process is kept for the next batch
    if reader is None or asdict(reader.limits) != limits:
        reader = _HERE.reader = Reader(Limits(**limits))
    found = []
    for path, id_ in files:
        if not os.path.lexists(path):
            found.append({"absent": socket.gethostname()})
            continue
        found += [to_plain(result) for _, result in reader.read_many([(Path(path), id_)])]
    return found


def try_device(device: str) -> None:
    """UsageError if nothing can be computed on `device` here."""
    open_device(device)


def describe_model(model: str | None, device: str, key: str) -> dict:
    """The embedder's name, dimension and notes."""
    with _EMBEDDING:
        embedder = _embedder(model, device, key)
    return {"name": embedder.name, "dim": embedder.dim, "notes": embedder.notes}


def embed_texts(model: str | None, device: str, key: str, method: str, texts: list[str]):
    """What the method of the embedder that is named makes of `texts`."""
    with _EMBEDDING:
        return getattr(_embedder(model, device, key), method)(texts)


@functools.lru_cache(1)
def _embedder(model: str | None, device: str, key: str) -> Embedder:
    """The model, loaded once in a worker. WenjuError if it is not the one that is meant."""
    if model_key(model) != key:
        raise WenjuError(
            f"worker {socket.gethostname()} 上的模型 {model or ''} 与这里的不同。",
            f"The model {model or ''} of the worker {socket.gethostname()} is not the one used here.",
        )
    from ingest.daskcluster import threads_of_worker

    return open_embedder(model, device=device, threads=threads_of_worker())
