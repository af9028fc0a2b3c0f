"""Questions of question sets, each beside a passage that answers it and beside one that only comes near, for `eval.read`.

What stands beside a question is what is found for it, so that the reader is shown what it will be
asked about: passages on the very topic. Truth is that of the set: where it tells documents and no
answers, a passage of a long document may not hold the answer, and another document may.

The reader that is shipped learned from cmrc2018_trial, drcd_dev and stard_gold. Confidence is fitted on
other questions: of those that it has seen, the reader is surer than it will be of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.questions import squeeze
from eval.setindex import QuestionSet, encodings, read_jsonl, spread
from ingest.embed import Encoded
from ingest.sentences import joined
from ingest.tokenvectors import SENTENCE, without
from qa.hollow import hollow
from qa.opened import Opened
from qa.question import check, understand
from qa.retrieve import retrieve
from qa.types import Hit

MOST_QUESTIONS = 750  # of one set: about as many as the smallest of the three has, so that none outweighs the others
_LOOKED_AT = 8  # passages; among so many there is one that does not answer, and nearly always one that does


class Beside(NamedTuple):
    """A question, and a packed passage, see `ingest.tokenvectors`, without what says nothing."""

    asked: Encoded
    packed: np.ndarray
    answered: bool


class Found(NamedTuple):
    """A question of a set, its relevant documents, its answers without white space (none where the set tells none), and hits."""

    asked: Encoded
    relevant: frozenset[str]
    answers: list[str]
    hits: list[Hit]


def learned_from(question_set: QuestionSet) -> list[tuple[str, str]]:
    """Up to `MOST_QUESTIONS` questions of a set, (id, text): those that are learned from."""
    asked = [(id_, text) for id_, text in question_set.queries if id_ in question_set.relevant]
    return [*spread(asked, MOST_QUESTIONS)]


def found(question_set: QuestionSet, folder: Path, count: int) -> Iterator[Found]:
    """The questions to be learned from of the set in `folder`, each with the first `count` passages that are found for it."""
    answers = {one["id"]: [squeeze(text) for text in one.get("answers") or []] for one in read_jsonl(folder / "queries.jsonl")}
    asked, opened = learned_from(question_set), question_set.opened
    for (id_, text), vector in zip(asked, encodings(opened, [text for _, text in asked]), strict=True):
        hits = retrieve(opened, understand(check(text)), vector, count)
        yield Found(vector, question_set.relevant[id_], answers[id_], hits)


def beside(question_set: QuestionSet, folder: Path) -> Iterator[Beside]:
    """Of the questions to be learned from of the set in `folder`: the best passage of a relevant document, and of another one.

    Where the set tells answers in so many words, the one holds one of them, and the other none. Among the
    first passages found there may be no such one.
    """
    for asked, relevant, answers, hits in found(question_set, folder, _LOOKED_AT):
        missing = {True, False}
        for hit in hits:
            document, body, packed = _read(question_set.opened, hit.row)
            told = any(answer in body for answer in answers)
            answered = document in relevant
            if answered in missing and packed is not None and (told == answered or not answers):
                missing.remove(answered)
                yield Beside(asked, packed, answered)
            if not missing:
                break


def _read(opened: Opened, row: int) -> tuple[str, str, np.ndarray | None]:
    """A passage: its document, its text without white space, and itself as the reader is shown it; None when all says nothing."""
    ((article, passage),) = opened.store.with_articles([row])
    body = joined(article.text, passage.span, passage.joins)
    packed = without(opened.tokens.of(row), hollow(body, (article.title, *passage.headings)))
    return passage.article_id, squeeze(body), packed if (packed[:, -1] == SENTENCE).any() else None
