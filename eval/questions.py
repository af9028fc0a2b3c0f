"""Question files: one JSON object a line, each piece of evidence checked against its article.

    {"id", "question", "kind", "answerable", "evidence": [{"path", "text"}], "part"?, "of"?}

Evidence may also name a place, {"path", "start", "end"}, in code points of the article.
`part` is "tune" or "test"; tuning never reads the test part. `of` names the plain form
that a variant was made from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.store import Store

KINDS = frozenset(
    "definition paraphrase number list compare why how multi variant dated near offtopic furniture".split()
)
PARTS = ("tune", "test")
EVERYDAY = Path(__file__).parent / "everyday.jsonl"  # our own: {"id", "text"} a line


class BadQuestions(ValueError):
    """A question file that cannot be trusted: the message names file, line and trouble."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text that answers, where it stands; white space taken out."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a file."""

    id: str
    text: str
    kind: str
    answerable: bool
    evidence: tuple[Evidence, ...]
    part: str
    of: str | None


def everyday(part: str) -> list[str]:
    """What people type without looking at what is asked, 你好 or 明天会下雨吗: every second one may be fitted to, the others measure."""
    return [json.loads(line)["text"] for line in EVERYDAY.read_text("utf-8").splitlines()][PARTS.index(part) :: len(PARTS)]


def squeeze(text: str) -> str:
    """`text` without white space: how evidence and quotes are compared."""
    return "".join(text.split())


def texts_of(store: Store) -> Callable[[str], str | None]:
    """What gives the text of an article of `store` by its path; None where there is no such article."""

    def text_of(path: str) -> str | None:
        article = store.article(path)
        return article.text if article else None

    return text_of


def load(files: Sequence[Path], text_of: Callable[[str], str | None], part: str = "all") -> list[Question]:
    """The questions of `files`; `text_of(path)` gives an article's text, None where there is no such article.

    BadQuestions for evidence that is not in its article, ids used twice, and unknown kinds.
    """
    found: dict[str, Question] = {}
    texts: dict[str, str] = {}
    for file in files:
        try:
            lines = file.read_text("utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise BadQuestions(f"{file}: {error}") from error
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                question = _question(json.loads(line), texts, text_of)
                if question.id in found:
                    raise BadQuestions(f"the id {question.id} is used twice")
            except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
                raise BadQuestions(f"{file}:{number}: {error}") from error
            found[question.id] = question
    return [question for question in found.values() if part in ("all", question.part)]


def _question(facts: dict, texts: dict[str, str], text_of: Callable[[str], str | None]) -> Question:
    if not isinstance(facts["id"], str) or not isinstance(facts["question"], str):
        raise BadQuestions("the id and the question must be texts")
    if facts["kind"] not in KINDS:
        raise BadQuestions(f"unknown kind {facts['kind']!r}")
    part = facts.get("part", "tune")
    if part not in PARTS:
        raise BadQuestions(f"unknown part {part!r}")
    evidence = tuple(_evidence(one, texts, text_of) for one in facts.get("evidence", ()))
    if facts["answerable"] != bool(evidence):
        raise BadQuestions("answerable questions need evidence, others must have none")
    return Question(
        facts["id"], facts["question"], facts["kind"], facts["answerable"], evidence, part, facts.get("of")
    )


def _evidence(facts: dict, texts: dict[str, str], text_of: Callable[[str], str | None]) -> Evidence:
    path = facts["path"]
    if path not in texts:
        whole = text_of(path)
        if whole is None:
            raise BadQuestions(f"there is no article {path}")
        texts[path] = whole
    if "text" in facts:
        wanted = squeeze(facts["text"])
        if not wanted or wanted not in squeeze(texts[path]):
            raise BadQuestions(f"this evidence does not stand in {path}: {facts['text'][:40]}")
    else:
        start, end = facts["start"], facts["end"]
        wanted = squeeze(texts[path][start:end]) if 0 <= start < end <= len(texts[path]) else ""
        if not wanted:
            raise BadQuestions(f"{path} has no text from {start} to {end}")
    return Evidence(path, wanted)
