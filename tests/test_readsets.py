"""What the reader is shown of question sets: a tiny one, indexed by the project's own code."""

import json
import random

import numpy as np
import pytest

from eval.point import cases_of_set
from eval.read import Shown, nearest, shown, tell, with_sets
from eval.readsets import beside
from eval.setindex import open_set
from ingest.tokenvectors import SENTENCE
from tests.test_reader import ROWS

DOCUMENTS = {
    "light": ("守塔笔记", "灯塔的灯每十秒闪一次。灯油半个月添一回。"),
    "horn": ("守塔笔记", "雾号每两分钟响一次。压缩机由柴油机带动。"),
    "boat": ("守塔笔记", "补给船每周三来，风大就改期。船上带着淡水和菜。"),
    "hollow": ("灯塔的灯多久闪一次", "灯塔的灯多久闪一次？下面就让我们一起来了解一下灯塔的灯多久闪一次吧。"),
}
ASKED = [
    ("light", "灯塔的灯多久闪一次", ["每十秒"]),
    ("horn", "雾号多久响一回", []),
    ("boat", "补给船什么时候来", ["每周五"]),  # which the document does not say
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A question set in the layout that `python -m eval sets` reads."""
    monkeypatch.setenv("WENJU_CACHE", str(tmp_path / "cache"))
    one = tmp_path / "harbour"
    one.mkdir()
    documents = [{"id": id_, "title": title, "text": text} for id_, (title, text) in DOCUMENTS.items()]
    queries = [{"id": f"q-{id_}", "text": text, "answers": answers} for id_, text, answers in ASKED]
    for name, rows in (("corpus", documents), ("queries", queries)):
        (one / f"{name}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    (one / "qrels.tsv").write_text("query\tdocument\tscore\n" + "".join(f"q-{id_}\t{id_}\t1\n" for id_, *_ in ASKED), "utf-8")
    return one


def test_a_question_stands_beside_what_answers_and_beside_what_comes_near(folder):
    """Where the set tells the answer, the one says it; what says nothing is not shown, nor what answers without the set's saying so."""
    opened = open_set(folder).opened
    places = {opened.store.article_of(row): opened.tokens.of(row) for row in range(4)}
    found: dict[str, set[bool]] = {}
    some = [*beside(open_set(folder), folder)]
    for one in some:
        assert (one.packed[:, -1] == SENTENCE).any()
        (document,) = [name for name, packed in places.items() if np.array_equal(packed, one.packed)]
        found.setdefault(document, set()).add(one.answered)
    assert [one.answered for one in some].count(True) == 2  # the boat's answer stands nowhere
    assert found["light"] >= {True} and found["horn"] >= {True} and found.get("boat", {False}) == {False}
    assert [one.answered for one in some].count(False) == 3 and "hollow" not in found


def test_questions_of_sets_are_shown_once_a_pass_and_mix_with_no_other(folder):
    """Their passages lie behind our own, and stand beside none of our questions."""
    own = tell(ROWS, ["早", "放首歌"])
    told = with_sets(own, [folder])
    assert len(told.found) == 5 and len(told.passages) == len(told.answered) + 5
    assert told.questions[: len(own.questions)] == own.questions and told.chatter == own.chatter
    for seed in range(5):
        every = [one for step in shown(told, nearest(told), random.Random(seed)) for one in step]
        theirs = [one for one in every if one.question >= len(own.questions) or one.passage >= len(told.answered)]
        assert sorted(theirs) == sorted(told.found)
    assert isinstance(told.found[0], Shown) and with_sets(own, []) is own


def test_the_sentence_that_holds_an_answer_is_told_from_passages_that_hold_none(folder):
    """Of the one question whose answer the set tells and its document says."""
    opened = open_set(folder).opened
    (row,) = [row for row in range(4) if opened.store.article_of(row) == "light"]
    (case,) = cases_of_set(folder)
    assert np.array_equal(case.passage, opened.tokens.of(row)) and case.right == (0,) and case.beside == []
    assert len(case.near) == 3 and not any(np.array_equal(case.passage, one) for one in case.near)
