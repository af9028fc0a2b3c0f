"""The second look: which of close passages comes first, and which of close sentences answers."""

import dataclasses

import numpy as np
import pytest

from ingest.build import build
from ingest.embed import Encoded
from ingest.interaction import interact
from ingest.sentences import sentences
from qa.ask import Asker, encoded, understood
from qa.judge import Scored
from qa.likeliest import PASSAGE_WITHIN, PASSAGES, SENTENCE_WITHIN, SENTENCES, Behind, read_again
from qa.retrieve import retrieve

ARTICLE = """# 青石桥修缮记

## 拆除

老桥的栏板在三月里全部卸下。每块都用红漆编了号，堆在东岸的空地上。施工队雇了十四名石匠，其中九名是邻县来的。拆到桥心时发现一枚压胜钱，已交给县博物馆保管。

## 重砌

砌筑用的是糯米灰浆，石灰和米汤按三比一调配。每天只砌两层，免得下层没干就受压。冬至那天合龙，比原计划晚了二十天。
"""
ASKED = "合龙比原计划晚了多久"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """An index of two passages."""
    folder = tmp_path_factory.mktemp("likeliest") / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text(ARTICLE, "utf-8")
    build(folder, folder.parent / "index")
    return Asker(folder.parent / "index").opened


def _asked(opened, text=ASKED):
    question = understood(opened, text)
    return question, encoded(opened, question)


def _order(opened, scores, asked=None, hollow=(frozenset(), frozenset())):
    asked = asked or _asked(opened)[1]
    near = interact(asked, [opened.tokens.of(row) for row in (0, 1)])
    scores, _ = read_again(opened, asked, np.arange(2), np.array(scores), near, hollow)
    return np.argsort(-scores).tolist()


def test_of_close_passages_the_one_with_the_likelier_sentence_comes_first(opened):
    """Whichever scored a little higher; where one is far ahead, it stays there."""
    assert _order(opened, [3.2, 3.0]) == _order(opened, [3.0, 3.2]) == [1, 0]
    assert _order(opened, [3.0 + PASSAGE_WITHIN, 3.0]) == [0, 1]


def test_what_says_nothing_is_not_read(opened):
    """Not while another sentence of the passage says something."""
    assert _order(opened, [4.0, 3.0], hollow=(frozenset(), frozenset({2}))) == [0, 1]
    assert _order(opened, [4.0, 3.0], hollow=(frozenset(), frozenset({0, 1, 2}))) == _order(opened, [4.0, 3.0]) == [1, 0]


def test_without_tokens_passages_stay_in_the_order_of_their_scores(opened):
    """So with a model that gives none."""
    asked = _asked(opened)[1]
    assert _order(opened, [3.2, 3.0], Encoded(asked.vector, asked.tokens[:0])) == [0, 1]


def test_no_more_passages_are_read_than_are_cited(opened):
    """Those further down stay where they are, however likely."""
    asked = _asked(opened)[1]
    rows = np.array([0] * PASSAGES + [1])
    near = interact(asked, [opened.tokens.of(row) for row in rows])
    before = np.linspace(3.2, 3.0, len(rows))
    scores, told = read_again(opened, asked, rows, before, near, [frozenset()] * len(rows))
    assert np.argsort(-scores).tolist() == [*range(len(rows))] and [*told] == [*range(PASSAGES)]
    assert (scores >= before).all() and scores[-1] == before[-1]


def test_scores_agree_with_the_order(opened):
    """Higher is better, also where passages were read again."""
    for text in (ASKED, "灰浆怎么调配", "拆下来的东西放在哪", "请了多少人"):
        hits = retrieve(opened, *_asked(opened, text), 5)
        assert len(hits) == 2 and hits[0].score >= hits[1].score


def _spans(opened, hit):
    ((article, passage),) = opened.store.with_articles([hit.row])
    assert passage.headings == ("重砌",)
    return sentences(article.text, passage.span, passage.joins)


def _behind(opened, place=None):
    question, asked = _asked(opened)
    hits = retrieve(opened, question, asked, 5)
    return Behind(opened, asked, place or hits[0], hits), hits


def test_of_close_sentences_the_likelier_one_stands_before_the_others(opened):
    """It is not lowered, they are; those that were not read as far as the least likely; the same, asked about again."""
    behind, hits = _behind(opened)
    spans = _spans(opened, hits[0])
    scored = [Scored(span, score, 0.0) for span, score in zip(spans, (2.0 - SENTENCE_WITHIN, 2.1, 2.0), strict=True)]
    less = behind(scored)
    assert less[2] == 0 < less[1] == less[0]
    assert behind(scored[1:]) == less[1:]
    assert SENTENCES > 2 and SENTENCE_WITHIN > 0.1


def test_a_sentence_that_is_far_ahead_is_not_looked_at_again(opened):
    """Nor are those of a place that no hit made."""
    behind, hits = _behind(opened)
    spans = _spans(opened, hits[0])
    assert behind([Scored(span, score, 0.0) for span, score in zip(spans, (4.0, 1.0, 1.0), strict=True)]) == [0.0] * 3
    other = dataclasses.replace(hits[0], sentences=hits[0].sentences[:2])
    behind, _ = _behind(opened, other)
    assert behind([Scored(span, 1.0, 0.0) for span in spans]) == [0.0] * 3
