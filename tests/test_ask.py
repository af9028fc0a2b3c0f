"""Asking: other names, filters, explanations, merged places, and quotes that are always exact."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.aliases import find_aliases, names_in, substrings
from ingest.build import build
from ingest.errors import UsageError
from ingest.sentences import sentences
from ingest.types import Article, Cleaned, Passage, Span
from qa.ask import Asker, encoded, understood
from qa.filter import Filter, day
from qa.judge import Judge
from qa.merge import merge
from qa.question import understand
from qa.retrieve import retrieve

LONG = "门控循环单元用更新门和重置门控制信息的去留,比长短期记忆网络少一个门,训练起来更快,在短序列上效果相当。"


@pytest.fixture(scope="module")
def asker(tmp_path_factory):
    """An index of five short articles, two of them the same text under different titles."""
    folder = tmp_path_factory.mktemp("ask") / "corpus"
    folder.mkdir()
    (folder / "gru.md").write_text(
        f"---\ntitle: 门控网络\ndate: 2023-05-01\nurl: https://example.org/gru\n---\n\n## GRU\n\n门控循环单元(GRU)是指有两个门的循环神经网络。{LONG}\n", "utf-8"
    )
    repost = "注意力机制让模型在处理每个位置时按相关程度给其他位置分配权重,再把信息加权求和,这样远处的词也能直接起作用。" * 2
    (folder / "a.md").write_text(f"---\ntitle: 原文\ndate: 2024-01-01\n---\n\n# 原文\n\n{repost}\n", "utf-8")
    (folder / "b.md").write_text(f"---\ntitle: 转载\ndate: 2024-02-01\n---\n\n# 转载\n\n{repost}完。\n", "utf-8")
    (folder / "c.md").write_text("# 检索\n\n倒排索引是从词到文档的对照表,查询时只看含有这些词的文档。\n", "utf-8")
    sentences = [f"第{number}点说的是梯度下降沿着负梯度的方向一小步一小步地更新参数{number}。" for number in range(1, 22)]
    (folder / "d.md").write_text("# 梯度下降\n\n" + "".join(sentences) + "\n", "utf-8")
    index = folder.parent / "index"
    build(folder, index)
    return Asker(index)


def _article(text):
    return Article("a", "a", "", text, "")


def _names(text):
    found = find_aliases(_article(text), Cleaned((Span(0, len(text)),), ()))
    return [(alias.name, alias.other) for alias in found]


ALIASES = {
    "english": ("涌现(emergence)是指", [("涌现", "emergence")]),
    "full width": ("所谓涌现（emergence）", [("涌现", "emergence")]),
    "two at once": ("思维链(Chain-of-Thought,CoT)让模型", [("思维链", "chain-of-thought"), ("思维链", "cot")]),
    "inside a sentence": ("它的第一个任务叫掩码语言模型(MLM)。", [("掩码语言模型", "mlm")]),
    "chinese in brackets": ("用 GPU(图形处理器)训练", [("gpu", "图形处理器")]),
    "bold": ("**基于人类反馈的强化学习**(RLHF)是", [("基于人类反馈的强化学习", "rlhf")]),
    "a year is no name": ("这篇论文(2017)提出", []),
    "a remark is no name": ("效果很好(见下图)", []),
}


@pytest.mark.parametrize(("text", "pairs"), ALIASES.values(), ids=ALIASES)
def test_names_side_by_side_are_found(text, pairs):
    """Chinese name and foreign name, whichever stands in the brackets; nothing else."""
    assert _names(text) == pairs


def test_a_name_is_justified_by_its_span():
    """The span of an alias holds both names."""
    text = "前文。长短期记忆网络(LSTM)是一种循环网络。"
    (alias,) = find_aliases(_article(text), Cleaned((Span(0, len(text)),), ()))
    assert alias.span.of(text) == "长短期记忆网络(LSTM)"


def test_a_latin_name_stands_by_itself():
    """A short abbreviation inside a longer word is not that name."""
    assert names_in("what is a chain of ai", ["ai"]) == ["ai"]
    assert names_in("what is a chain", ["ai"]) == []


@pytest.mark.parametrize("largest", [1000, 1], ids=["one segment", "several"])
def test_aliases_are_found_by_whole_names(tmp_path, monkeypatch, largest):
    """Names that stand whole in the question, on either side, and none that only begins like one; however many are asked for."""
    for module in ("plan", "segment"):
        monkeypatch.setattr(f"ingest.{module}.LARGEST_SEGMENT", largest)
    pairs = [("注意力", "attention"), ("注意力机制", "attn"), ("注意力头", "ah"), ("自注意力", "attention"), ("卷积", "conv"), ("卷积网络", "cnn")]
    (tmp_path / "c").mkdir()
    for number, (name, other) in enumerate(pairs):
        (tmp_path / "c" / f"{number}.txt").write_text(f"所谓“{name}”（{other}），这里只说一句话，别的都不说了。\n", "utf-8")
    build(tmp_path / "c", tmp_path / "i")
    store = Asker(tmp_path / "i").opened.store
    for question in ("注意力机制", "卷积网络", "conv", "attention", "attentions", "注", "", "卷积" + "一二三四五六七八九十" * 9 + "cnn"):
        asked = substrings(question)
        expected = sorted((name, other) for pair in pairs for name, other in (pair, pair[::-1]) if name in asked)
        assert sorted((name, alias.other) for name, alias, _ in store.aliases_of(asked)) == expected, question


def test_another_name_finds_the_passage(asker):
    """Asked by an abbreviation or in English, the passage that uses the Chinese name comes first."""
    for question in ("GRU是什么", "什么是门控循环单元", "what is GRU"):
        answer = asker.ask(question, explain=True)
        assert answer.found and answer.citations[0].path == "gru.md", question
    assert answer.explain["also_called"][0]["other"] == "门控循环单元"


def test_a_repost_is_one_citation_with_both_sources(asker):
    """The same passage in two articles is shown once, and names the other."""
    answer = asker.ask("注意力机制有什么作用", 5)
    first = answer.citations[0]
    assert {first.path, *(source.path for source in first.also)} == {"a.md", "b.md"}
    assert sum(citation.path in ("a.md", "b.md") for citation in answer.citations) == 1


def test_neighbouring_passages_become_one_quote(asker):
    """Two passages of one section that touch are quoted as one, exactly as they stand."""
    answer = asker.ask("梯度下降怎样更新参数", 5)
    quotes = [citation for citation in answer.citations if citation.path == "d.md"]
    text = asker.opened.store.article("d.md").text
    assert len(quotes) < 3
    assert all(text[c.span.start : c.span.end] == c.quote for c in quotes)


def test_filters_hold(asker):
    """Only articles of the dates and the source asked for are cited."""
    every = asker.ask("注意力机制有什么作用", where=Filter(since=day("2024-02")))
    assert {citation.path for citation in every.citations} == {"b.md"}
    assert {c.path for c in asker.ask("循环网络", where=Filter(until=day("2023", last=True))).citations} == {"gru.md"}
    assert {c.path for c in asker.ask("索引", where=Filter(source="c.*")).citations} == {"c.md"}
    assert {c.path for c in asker.ask("索引", where=Filter(source="example.org")).citations} == {"gru.md"}
    for nothing in ({"since": day("2030")}, {"source": "*.epub"}):
        with pytest.raises(UsageError, match="没有一篇文章"):
            asker.ask("索引", where=Filter(**nothing))
    with pytest.raises(UsageError, match="晚于"):
        Filter(since=day("2025"), until=day("2024", last=True))


@pytest.mark.parametrize("written", ["soon", "2024-13", "2024-02-30", "1-2-3-4"])
def test_a_date_that_makes_no_sense_is_refused(written):
    """With the forms that are understood."""
    with pytest.raises(UsageError, match="2024-03-05"):
        day(written)


def test_dates_may_be_a_month_or_a_year():
    """The first day of it, or the last."""
    assert str(day("2024")) == "2024-01-01" and str(day("2024", last=True)) == "2024-12-31"
    assert str(day("2024-02")) == "2024-02-01" and str(day("2024-02", last=True)) == "2024-02-29"


def test_an_explanation_says_why_and_why_not(asker, qa):
    """Words, features, confidence, and the reason of a refusal; readable as JSON."""
    answer = asker.ask("番茄炒蛋放多少糖", explain=True)
    assert not answer.found and answer.explain["refused"]
    assert json.loads(json.dumps(answer.explain, ensure_ascii=False)) == answer.explain
    outcome = qa("ask", "番茄炒蛋放多少糖", "--explain", "--index", asker.index)
    assert outcome.code == 4 and "为什么没有回答" in outcome.out


KINDS = {
    "什么是涌现": "definition", "涌现到底是个什么东西": "definition", "涌现是什么意思?": "definition", "解释一下过拟合": "definition", "what is LoRA": "definition",
    "LSTM和GRU有什么区别": "compare", "为什么要用预热": "why", "微调有哪些方法": "list", "GPT-3有多少参数": "number",
    "BERT是哪一年发布的": "number", "怎么防止过拟合": "how", "过拟合的原因是什么": "why", "过拟合的原因有哪些": "list",
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), KINDS.items(), ids=KINDS)
def test_the_kind_of_a_question_is_understood(text, kind):
    """Definitions, comparisons, reasons, lists, numbers and ways."""
    assert understand(text).kind == kind


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(text=st.text(min_size=1, max_size=60).filter(str.strip))
def test_any_question_gets_exact_quotes(asker, text):
    """Whatever is asked, every quote and every answering sentence is cut from its article."""
    answer = asker.ask(text, 3)
    assert 0 <= answer.confidence <= 1
    for citation in answer.citations:
        whole = asker.opened.store.article(citation.path).text
        assert whole[citation.span.start : citation.span.end] == citation.quote
        for span in citation.answer_spans:
            assert citation.span.holds(span) and citation.verbatim(span) == whole[span.start : span.end]


def test_a_question_can_become_an_evaluation_question(qa, asker, tmp_path):
    """--add-to-eval appends a line that the evaluation loads."""
    from eval.questions import load

    assert qa("ask", "GRU是什么", "--index", asker.index, "--add-to-eval", tmp_path / "q.jsonl").code == 0
    qa("ask", "番茄炒蛋放多少糖", "--index", asker.index, "--add-to-eval", tmp_path / "q.jsonl")
    loaded = load([tmp_path / "q.jsonl"], lambda path: asker.opened.store.article(path).text)
    assert [question.answerable for question in loaded] == [True, False]


@pytest.mark.parametrize("best", [0, 1, 2])
def test_sentences_of_three_joined_passages_are_all_compared(tmp_path, best):
    """Neighbours that became one citation: each of its sentences is compared with the question, whichever came first."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    paragraphs = ["".join(f"第{part}段第{one}句说的是水渠的闸门每天开几次、由谁来开。" for one in range(9)) for part in "一二三"]
    (folder / "a.md").write_text("# 水渠\n\n" + "\n\n".join(paragraphs) + "\n", "utf-8")
    build(folder, tmp_path / "index")
    opened = Asker(tmp_path / "index").opened
    assert opened.vectors.size == 3
    question = understood(opened, "闸门由谁来开")
    hits = {hit.row: hit for hit in retrieve(opened, question, encoded(opened, question), 3)}
    rows = [best, *(row for row in (1, 0, 2) if row != best)]
    places, articles = merge([hits[row] for row in rows], opened.store, 5)
    (one,) = places
    article = articles[one.hit.passage.article_id]
    spans = sentences(article.text, one.hit.passage.span, one.hit.passage.joins)
    assert len(one.hit.sentences) == len(spans) == 27 and all(meant.tokens and meant.alone for meant in one.hit.sentences)
    assert one.hit.sentences == sum((hits[row].sentences for row in (0, 1, 2)), ())


def test_a_part_number_finds_its_own_passage(tmp_path):
    """Of many articles that differ in a number alone, the one that was asked for is cited first."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(30):
        text = f"# 水泵\n\n水泵 XJ-{200 + number} 装在地下室，额定电压是 {220 + number} 伏，外壳用铸铁，每年检修一次。\n"
        (folder / f"{number}.md").write_text(text, "utf-8")
    build(folder, tmp_path / "index")
    asker = Asker(tmp_path / "index")
    for number in (0, 13, 29):
        answer = asker.ask(f"XJ-{200 + number} 的额定电压是多少伏？")
        assert f"XJ-{200 + number} " in answer.citations[0].quote and f"{220 + number} 伏" in answer.text


def test_the_passage_that_was_ranked_best_answers_for_those_joined_to_it():
    """Of sentences that say the same, the one in the better passage is chosen, wherever it stands."""
    text = "茶园在山的北坡。\n茶园在山的南坡。"
    both = Passage("a", Span(0, len(text)), ())
    for core in (Span(0, 8), Span(9, 17)):
        scored = Judge(_article(text), both, understand("茶园在哪里"), lambda term: 1.0).score((), core)
        assert max(scored, key=lambda one: one.score).span == core and scored[0].score != scored[1].score


def test_two_versions_that_differ_in_a_number_are_both_shown(tmp_path):
    """Never as one text: a reader must see that they contradict each other."""
    corpus, said = tmp_path / "文章", "网关的配置说明里写明，客户端在规定时间内没有收到回应时要重新连接，默认的等待时间是{}秒，最多重试三次，之后报错并记入日志。"
    corpus.mkdir()
    for name, value in (("一", "三十"), ("二", "九十"), ("三", "九十")):
        (corpus / f"配置{name}.txt").write_text(f"网关配置\n\n{said.format(value)}\n", "utf-8")
    build(corpus, tmp_path / "index")
    answer = Asker(tmp_path / "index").ask("网关默认的等待时间是多少秒？", 3)
    told = [{citation.path, *(source.path for source in citation.also)} for citation in answer.citations]
    assert sorted(map(len, told)) == [1, 2] and {"配置一.txt"} in told


def test_a_source_without_the_sentence_that_answers_is_not_named(tmp_path):
    """Almost the same passage is not the same text where it counts."""
    corpus = tmp_path / "文章"
    corpus.mkdir()
    common = "长城东起山海关，西到嘉峪关，沿着山脊修建，几个朝代先后加固，是古代规模最大的防御工程之一，今天许多段落已经坍塌，只有少数段落经过修缮向游人开放。"
    (corpus / "甲.txt").write_text(f"长城\n\n{common}修缮用的砖是蓟县烧的。\n", "utf-8")
    (corpus / "乙.txt").write_text(f"长城\n\n{common}\n", "utf-8")
    build(corpus, tmp_path / "index")
    first = Asker(tmp_path / "index").ask("修缮长城用的砖是哪里烧的？").citations[0]
    assert first.path == "甲.txt" and not first.also


def test_lines_of_standard_input_in_any_usual_encoding(qa, small_index):
    """A byte order mark and GB18030 change nothing; options that would be lost are refused."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "qa.cli", "ask", "-", "--index", str(small_index)]
    for content in ("什么是涌现\n".encode("utf-8-sig"), "什么是涌现\n".encode("gb18030")):
        told = subprocess.run(command, check=False, input=content, capture_output=True, env=environment).stdout
        found = json.loads(told)
        assert found["question"] == "什么是涌现" and found["found"]
    assert qa("ask", "-", "--add-to-eval", "a.jsonl", "--index", small_index, stdin="什么是涌现\n").code == 2


def test_a_question_file_that_cannot_be_written_is_wrong_usage(qa, small_index, tmp_path):
    """With the path in the message; a question is added once."""
    assert not qa("ask", "什么是涌现", "--index", small_index, "--add-to-eval", tmp_path / "a.jsonl").code
    qa("ask", "什么是涌现", "--index", small_index, "--add-to-eval", tmp_path / "a.jsonl")
    assert len((tmp_path / "a.jsonl").read_text("utf-8").splitlines()) == 1
    outcome = qa("ask", "什么是涌现", "--index", small_index, "--add-to-eval", tmp_path / "none" / "a.jsonl")
    assert outcome.code == 2 and "a.jsonl" in outcome.err
