"""When reading an index fails as a whole one cannot: look at every byte, say what is damaged, and have it mended.

Files too large to be hashed at every opening may be damaged without a word until something
that is read of them makes no sense. Whoever meets that leaves a mark, and the next ingest
verifies the whole index, however large, before it builds on it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from ingest.durable import clear_away
from ingest.errors import DamagedIndexError, WenjuError
from ingest.generation import open_current

_MARK = "doubt"  # in the index folder; what it holds does not matter


def damage_behind(index: Path) -> DamagedIndexError | None:
    """The damage that a full look at the published generation finds; None if it is whole.

    Where the generation before is whole, the next ingest is left a mark to mend it.
    """
    try:
        generation = open_current(index, full=True)
    except DamagedIndexError as error:
        return error
    except (WenjuError, OSError):
        return None
    generation.release()
    if not generation.warnings:
        return None
    raise_doubt(index)
    return DamagedIndexError(
        f"索引已损坏（{index}），但上一个版本完好。请运行 qa ingest 修复；qa doctor 会说明坏了哪个文件。",
        f"The index is damaged ({index}), but the generation before is whole. Run `qa ingest` to repair it;"
        " `qa doctor` tells which file it is.",
    )


def raise_doubt(index: Path) -> None:
    """Have the next ingest verify every byte; where nothing may be written it is left undone."""
    with contextlib.suppress(OSError):
        (index / _MARK).touch()


def doubted(index: Path) -> bool:
    """True when damage was met since the last ingest."""
    return (index / _MARK).exists()


def settle_doubt(index: Path) -> None:
    """The index was verified, or written anew."""
    with contextlib.suppress(OSError):
        clear_away(index / _MARK)
        (index / _MARK).unlink(missing_ok=True)
