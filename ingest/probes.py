"""The passages nearest to each probe, segment by segment, kept so that an ingest searches only what it wrote.

What all passages have in common is taken off a probe, so each ingest asks slightly other
questions than the one before. A vector of unit length cannot come nearer by more than a
question has moved: when the best of the passages kept is nearer than that allows any other
passage to be, it is the best of all. Otherwise the segment is searched again, whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    from ingest.vectors import Vectors

PROBES_FILE = "probes.bin"
KEPT_FROM = 50_000  # passages of a generation: searching fewer whole takes a quarter of a second
_KEPT = 16  # passages a probe and segment: their similarities span about .02, some hundred thousand ingests of one article
_NOTHING = (1 << 32) - 1  # in place of a row where a segment has fewer
_ROUNDING = 1e-6  # of float32 sums


class Nearest(NamedTuple):
    """What a search of one segment found for each of P questions."""

    questions: np.ndarray  # (P, dim) float32, as they were asked
    rows: np.ndarray  # (P, _KEPT) uint32, best first
    beyond: np.ndarray  # (P,) float32: no other row was nearer than this


def best_of(
    parts: Sequence[Vectors],
    dead: Sequence[np.ndarray | None],
    questions: np.ndarray,
    earlier: Sequence[Nearest | None],
) -> tuple[np.ndarray, list[tuple[int, int] | None], list[Nearest]]:
    """The highest similarity of each question, (P,) float64, where it is reached, and what to keep of each segment.

    A place is (number of the segment, row there), the first of equals; None without any passage.

    `dead`: rows that are no longer part of the generation, (rows,) bool; `earlier`: what an
    earlier generation kept of a segment. Exact: the same whatever was kept.
    """
    import numpy as np

    best, kept = np.full(len(questions), -np.inf), []
    places: list[tuple[int, int] | None] = [None] * len(questions)
    for segment, (part, gone, known) in enumerate(zip(parts, dead, earlier, strict=True)):
        found = _best_kept(part, gone, questions, known) if known else None
        if found is None:
            known = _search(part, gone, questions)
            found = _similarities(part, gone, questions, known.rows)
        similar, rows = found
        for number in np.flatnonzero(similar > best).tolist():
            places[number] = segment, int(rows[number])
        best = np.maximum(best, similar)
        kept.append(known)
    return best, places, kept


def _best_kept(
    part: Vectors, gone: np.ndarray | None, questions: np.ndarray, known: Nearest
) -> tuple[np.ndarray, np.ndarray] | None:
    """`_similarities` to the rows kept; None unless they are the best of the segment."""
    import numpy as np

    best, rows = _similarities(part, gone, questions, known.rows)
    moved = np.linalg.norm(questions.astype(np.float64) - known.questions, axis=1)
    return (best, rows) if (best >= known.beyond + moved + _ROUNDING).all() else None


def _search(part: Vectors, gone: np.ndarray | None, questions: np.ndarray) -> Nearest:
    """Search a segment whole."""
    import numpy as np

    rows = np.full((len(questions), _KEPT), _NOTHING, np.uint32)
    beyond = np.full(len(questions), -np.inf, np.float32)
    for number, question in enumerate(questions):
        found, scores = part.nearest(question, _KEPT, None, gone, exact=True)
        rows[number, : len(found)] = found
        if len(found) == _KEPT:
            beyond[number] = scores[-1]
    return Nearest(questions, rows, beyond)


def _similarities(
    part: Vectors, gone: np.ndarray | None, questions: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The highest similarity of each question to the living ones of its `rows`, (P,) float64, and its row, (P,) int64.

    -inf and 0 without any; the lowest row of equals.
    """
    import numpy as np

    best, where = np.full(len(questions), -np.inf), np.zeros(len(questions), np.int64)
    for number, (question, mine) in enumerate(zip(questions.astype(np.float64), rows, strict=True)):
        living = np.sort(mine[mine != _NOTHING].astype(np.int64))
        if gone is not None:
            living = living[~gone[living]]
        if len(living):
            # One sum a row, not a matrix product, so that a similarity does not depend on its neighbours.
            similar = (part.rows(living).astype(np.float64) * question).sum(axis=1)
            best[number], where[number] = similar.max(), living[similar.argmax()]
    return best, where


def write_nearest(folder: Path, kept: Sequence[Nearest]) -> None:
    """Write what was found in each segment of a generation, in their order."""
    import numpy as np

    record = np.zeros(len(kept), _record(*kept[0].questions.shape))
    for number, one in enumerate(kept):
        record[number] = tuple(one)
    with open(folder / PROBES_FILE, "wb") as file:
        file.write(record.tobytes())


def read_nearest(folder: Path, probes: int, dim: int, segments: int) -> list[Nearest | None]:
    """What `write_nearest` wrote; None for each segment where nothing of use was written."""
    import numpy as np

    kind = _record(probes, dim)
    try:
        content = (folder / PROBES_FILE).read_bytes()
    except OSError:
        return [None] * segments
    if len(content) != segments * kind.itemsize:
        return [None] * segments
    return [Nearest(*(one[name] for name in Nearest._fields)) for one in np.frombuffer(content, kind)]


def _record(probes: int, dim: int):
    import numpy as np

    return np.dtype([("questions", "<f4", (probes, dim)), ("rows", "<u4", (probes, _KEPT)), ("beyond", "<f4", (probes,))])
