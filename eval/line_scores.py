"""Lines that a person labelled against the lines that were kept: counts, precision, recall.

Body lines are the positives; title, reference, reply and blank lines count neither way.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.lines import lines_of
from ingest.types import Article, Cleaned

BODY = "body"
FURNITURE = frozenset(("boiler", "meta", "placeholder"))
SHORT_CHARS = 10  # from html: a shorter line has to stand alone to count as kept, a longer one may be part of a line
SHINGLE = 8  # from html: code points of the pieces by which a longer line is looked for
FOUND_SHARE = 0.8  # from html: a line is kept when so many of its pieces are


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of a line (counted from 1)."""

    line: int
    label: str
    join: str = ""


@dataclass(slots=True)
class Score:
    """Line counts of one page or of several; `wrong` names the lines decided otherwise than labelled."""

    kept_body: int = 0
    lost_body: int = 0
    kept_furniture: int = 0
    dropped_furniture: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)

    def add(self, label: Label, kept: bool) -> None:
        """Count one line."""
        if label.label == BODY:
            self.kept_body += kept
            self.lost_body += not kept
        elif label.label in FURNITURE:
            self.kept_furniture += kept
            self.dropped_furniture += not kept
        else:
            return
        if kept != (label.label == BODY):
            self.wrong.append((label.line, label.label))

    @property
    def precision(self) -> float:
        """Share of body lines among the kept ones; 1 when nothing is kept."""
        kept = self.kept_body + self.kept_furniture
        return self.kept_body / kept if kept else 1.0

    @property
    def recall(self) -> float:
        """Share of body lines that are kept; 1 when there are none."""
        body = self.kept_body + self.lost_body
        return self.kept_body / body if body else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def total_of(scores: Iterable[Score]) -> Score:
    """The sum of several scores."""
    total = Score()
    for score in scores:
        total.kept_body += score.kept_body
        total.lost_body += score.lost_body
        total.kept_furniture += score.kept_furniture
        total.dropped_furniture += score.dropped_furniture
    return total


def load_labels(path: Path) -> list[Label]:
    """The labels of one file, in order of lines."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Label(int(row["line"]), row["label"], row.get("join") or "") for row in rows]


def kept_lines(article: Article, cleaned: Cleaned) -> set[int]:
    """Numbers of the lines of which more than half of what is not white space is kept."""
    flags = bytearray(len(article.text))
    for span in cleaned.kept:
        flags[span.start : span.end] = b"\1" * len(span)
    kept = set()
    for line in lines_of(article.text):
        inked = [at for at in range(line.span.start, line.span.end) if not article.text[at].isspace()]
        if inked and sum(flags[at] for at in inked) * 2 > len(inked):
            kept.add(line.number)
    return kept


def score_text(article: Article, cleaned: Cleaned, labels: Sequence[Label]) -> Score:
    """The score of one article whose lines are the labelled ones."""
    kept = kept_lines(article, cleaned)
    score = Score()
    for label in labels:
        score.add(label, label.line in kept)
    return score


def _squeezed(line: str) -> str:
    """Letters and digits only: extractors differ in white space, bullets and punctuation."""
    return re.sub(r"[\W_]+", "", line)


def score_html(text: Article, html: Article, cleaned: Cleaned, labels: Sequence[Label]) -> Score:
    """The score of what was kept of `html`, against labels of the lines of `text`, another extraction of it."""
    lines = {line.number: line.span.of(text.text) for line in lines_of(text.text)}
    kept_text = [piece for span in cleaned.kept for piece in span.of(html.text).splitlines()]
    alone = Counter(_squeezed(piece) for piece in kept_text)
    run = "".join(_squeezed(piece) for piece in kept_text)
    shingles = {run[at : at + SHINGLE] for at in range(len(run) - SHINGLE + 1)}
    score = Score()
    for label in labels:
        line = _squeezed(lines.get(label.line, ""))
        if line:
            score.add(label, _found(line, alone, run, shingles))
    return score


def _found(line: str, alone: Counter, run: str, shingles: set[str]) -> bool:
    """True when the squeezed line is among the kept ones."""
    if len(line) < SHORT_CHARS:
        return line in alone
    if line in run:
        return True
    pieces = [line[at : at + SHINGLE] for at in range(len(line) - SHINGLE + 1)]
    return sum(piece in shingles for piece in pieces) >= FOUND_SHARE * len(pieces)
