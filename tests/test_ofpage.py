"""Questions about the pages themselves are told from those to the articles."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eval.logistic import logistic
from eval.ofpage import PAGE_QUESTIONS, WEB_QUESTIONS, fit, main, other_questions, questions_of
from eval.setindex import read_jsonl
from ingest.embed import Encoded, open_embedder
from ingest.terms import fold
from qa.ofpage import asks_of_page, like_page


def test_question_about_the_page_is_told_from_one_about_the_subject():
    """点赞 is furniture unless the passage itself is about it."""
    assert asks_of_page("这篇文章有多少人点赞", "本文讲声呐。")
    assert not asks_of_page("点赞数怎么影响推荐", "推荐系统会看点赞的多少。")
    assert asks_of_page("上一篇讲的是什么", "本文讲声呐。") and not asks_of_page("声呐是什么", "本文讲声呐。")


@pytest.mark.parametrize("question", ["这篇文章有多少人点赞？", "收藏这篇文章的有几个人", "本文的网址是什么", "文章来自哪个网站"])
def test_this_page_is_no_subject_of_the_articles(question):
    """Though a passage speaks of 点赞 or 链接 too."""
    assert asks_of_page(fold(question), "点赞、收藏和链接怎么影响推荐。")
    assert not asks_of_page("文章的点赞数怎么影响推荐", "点赞、收藏和链接怎么影响推荐。")


@pytest.mark.parametrize("question", ["作者是谁", "这篇文章的作者叫什么名字？", "博主的邮箱是多少", "小编是哪位"])
def test_who_wrote_the_page_is_no_question_to_the_articles(question):
    """Whoever is called 作者 in a passage is someone else; asked with the name of a work it may well be told."""
    assert asks_of_page(fold(question), "在这篇论文中，作者提出了一种新的声呐。")
    assert not asks_of_page("《海底两万里》的作者是谁", "《海底两万里》的作者是凡尔纳。")


@pytest.fixture(scope="module")
def embedder():
    """The bundled model."""
    return open_embedder(for_queries=True)


@pytest.mark.parametrize("question", ["怎么联系写这篇的人", "想给写这个的人发个消息，在哪儿点", "这篇东西能发到我的群里吗", "这页怎么打印"])
def test_question_about_the_page_is_known_by_what_it_means(question, embedder):
    """None of them has a word that the rules know."""
    assert not asks_of_page(fold(question), "本文讲声呐。")
    assert like_page(embedder.embed_query(question)) > 0.5


@pytest.mark.parametrize("question", ["声呐是怎么测距离的", "潮汐发电站的叶片为什么用不锈钢", "点赞数为什么不能说明文章写得好", "爬虫怎样抓取网页"])
def test_question_to_the_articles_is_none_about_the_page(question, embedder):
    """Not even one on a thing that pages have."""
    assert like_page(embedder.embed_query(question)) < 0.3


def test_vector_of_another_model_says_nothing_of_pages(embedder):
    """Its numbers mean something else: without tokens, or of another length."""
    own = embedder.embed_query("怎么打赏")
    assert like_page(Encoded(own.vector, own.tokens[:0])) == 0.0
    assert like_page(Encoded(own.vector[:100], own.tokens)) == 0.0


def test_page_questions_are_no_others():
    """Every one is unanswerable and there once; none of the test part is learned from, as one about pages or as another."""
    rows = read_jsonl(PAGE_QUESTIONS)
    assert len({one["id"] for one in rows}) == len({one["question"] for one in rows}) == len(rows)
    assert not any(one["answerable"] or one["evidence"] for one in rows)
    learned = {*questions_of("tune"), *other_questions([PAGE_QUESTIONS.parent / name for name in ("pairs.jsonl", "reader_pairs.jsonl")])}
    learned |= {one["question"] for one in read_jsonl(WEB_QUESTIONS)}
    assert len(questions_of("test")) >= 100 and not learned & {*questions_of("test")}


def test_logistic_regression_finds_the_odds():
    """Three of four rows with the feature are true, one of four without: log-odds of -log 3, and log 9 more."""
    table = np.repeat([[0.0], [1.0]], 4, axis=0)
    weights = logistic(table, np.array([1, 0, 0, 0, 1, 1, 1, 0.0]), np.ones(8), 1e-9)
    assert weights == pytest.approx([np.log(9), -np.log(3)], abs=1e-4)


def test_what_is_fitted_tells_both_kinds_apart():
    """Of vectors that lie around two places, each comes out on its side; the mean is no part of what is stored."""
    chance = np.random.default_rng(1)
    pages, others, web = (chance.normal(at, 0.1, (40, 5)) for at in (0.4, -0.3, -0.1))
    weights, bias = fit(pages, others, web)
    assert (pages @ weights + bias > 0).all() and (others @ weights + bias < 0).all() and (web @ weights + bias < 0).all()


def test_command_writes_what_is_read(tmp_path, capsys):
    """It prints how many of each kind it calls so, and writes as many numbers as a vector has."""
    rows = {
        "--others": [{"questions": ["声呐怎么测距离", "叶片用什么做", "水轮机怎么转"]}],
        "--web": [{"question": "爬虫怎样抓取网页"}],
        "--pages": [{"question": "怎么打赏", "part": "tune"}, {"question": "谁点了赞", "part": "test"}],
    }
    out, options = tmp_path / "ofpage.json", []
    for name, lines in rows.items():
        (tmp_path / name).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
        options += [name, str(tmp_path / name)]
    assert main(["--out", str(out), *options]) == 0
    assert len(json.loads(out.read_text("utf-8"))["weights"]) == 384
    assert "test" in capsys.readouterr().out
