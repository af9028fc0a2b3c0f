"""A second ingest does only what is new, and leaves what a build from nothing would."""

import gc
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.build import build
from ingest.errors import CorpusError
from ingest.generation import open_current
from ingest.read import DEFAULT_LIMITS
from qa.ask import Asker


@pytest.fixture
def corpus(small_corpus, tmp_path) -> Path:
    """A copy of the small corpus that a test may change; its files are an hour old."""
    folder = tmp_path / "corpus"
    shutil.copytree(small_corpus, folder)
    for path in folder.iterdir():
        _age(path)
    return folder


def _age(path: Path) -> None:
    """Move a file's time an hour back, so that it is trusted like any file not written just now."""
    earlier = path.stat().st_mtime_ns - 3600 * 10**9
    os.utime(path, ns=(earlier, earlier))


def _sums(index: Path) -> dict:
    """The sums of the published files; equal sums mean equal answers to every question."""
    opened = open_current(index, full=True)
    opened.release()
    return {name: file["sha256"] for name, file in opened.manifest["files"].items()}


CHANGES = {
    "added": lambda folder: (folder / "新.txt").write_text("蒸馏\n蒸馏是指用大模型的输出教小模型的方法。\n"),
    "changed": lambda folder: (folder / "硬件.txt").write_text("量化是指用更少的位数表示权重的方法。\n"),
    "vanished": lambda folder: (folder / "硬件.txt").unlink(),
    "renamed": lambda folder: (folder / "硬件.txt").rename(folder / "机器.txt"),
    "touched": lambda folder: os.utime(folder / "硬件.txt", (1, 1)),
    "all at once": lambda folder: (
        (folder / "a.txt").write_text("批大小是指一步训练所用的样本数。\n"),
        (folder / "训练.md").unlink(),
        (folder / "涌现.txt").write_text("涌现这个词来自复杂系统的研究,1972 年一篇文章说多即不同。\n"),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_incremental_ingest_equals_a_build_from_nothing(corpus, tmp_path, change):
    """Whatever changed in the folder, both ways lead to the same bytes."""
    build(corpus, tmp_path / "one")
    change(corpus)
    for path in corpus.iterdir():
        if path.stat().st_mtime > 10**9:
            _age(path)
    build(corpus, tmp_path / "one")
    build(corpus, tmp_path / "two")
    one, two = _sums(tmp_path / "one"), _sums(tmp_path / "two")
    assert {**one, "store.db": None} == {**two, "store.db": None}  # its file stamps may differ
    questions = ["什么是涌现", "训练用什么芯片", "蒸馏是什么", "批大小是指什么"]
    asked = [[Asker(tmp_path / name).ask(question) for question in questions] for name in ("one", "two")]
    for first, second in zip(*asked, strict=True):
        assert first.citations == second.citations and first.confidence == second.confidence


def test_nothing_new_writes_nothing_and_loads_no_model(corpus, tmp_path, monkeypatch):
    """A second ingest leaves the published generation as it is."""
    index = tmp_path / "index"
    assert build(corpus, index).published
    monkeypatch.setattr("ingest.job.open_embedder", lambda *_, **__: pytest.fail("a model was loaded"))
    before = open_current(index).folder
    report = build(corpus, index)
    assert not report.published and report.unchanged == 3 and report.embedded == 0
    assert open_current(index).folder == before


def test_only_the_new_article_is_embedded(corpus, tmp_path):
    """One more article costs its own passages."""
    build(corpus, tmp_path / "index")
    (corpus / "新.txt").write_text("蒸馏是指用大模型的输出教小模型的方法。\n")
    report = build(corpus, tmp_path / "index")
    assert (report.added, report.embedded, report.unchanged) == (1, 1, 3)


def test_an_article_that_becomes_unreadable_keeps_what_was_indexed(corpus, tmp_path):
    """Nothing that was indexed is lost because a file cannot be read any more."""
    (corpus / "表.pdf").write_bytes(b"%PDF-1.4 broken")
    build(corpus, tmp_path / "index")
    (corpus / "硬件.txt").write_bytes(b"")
    report = build(corpus, tmp_path / "index")
    assert "硬件.txt" in dict(report.skipped)
    answer = Asker(tmp_path / "index").ask("张量处理器哪一年公开")
    assert answer.citations[0].path == "硬件.txt" and answer.citations[0].stale == "changed"


def test_a_vanished_file_is_told_in_the_citation(corpus, tmp_path):
    """Between two ingests a citation says when its file is gone."""
    build(corpus, tmp_path / "index")
    (corpus / "涌现.txt").unlink()
    assert Asker(tmp_path / "index").ask("什么是涌现").citations[0].stale == "vanished"


def test_an_empty_folder_never_replaces_an_index(corpus, tmp_path):
    """Emptying the folder by mistake is an error, and the index goes on serving."""
    build(corpus, tmp_path / "index")
    for path in corpus.iterdir():
        path.unlink()
    with pytest.raises(CorpusError):
        build(corpus, tmp_path / "index")
    assert Asker(tmp_path / "index").ask("什么是涌现").found


def test_index_and_corpus_can_move_together(corpus, tmp_path):
    """The remembered folder is relative where both lie side by side."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.move(corpus, home / "corpus")
    build(home / "corpus", home / "index")
    home.rename(tmp_path / "elsewhere")
    asker = Asker(tmp_path / "elsewhere" / "index")
    assert asker.ask("什么是涌现").citations[0].stale is None
    assert json.loads(json.dumps(asker.opened.manifest))["corpus"] == "corpus"


def test_a_file_skipped_under_new_rules_is_looked_at_again(corpus, tmp_path):
    """What was indexed of it stays while it cannot be read; then it is cleaned by the new rules, as in a rebuild."""
    index, tight = tmp_path / "index", replace(DEFAULT_LIMITS, file_bytes=60)
    build(corpus, index)
    (corpus / "wenju.toml").write_text('[clean]\ndrop = ["随便一行"]\n', "utf-8")
    for _ in range(3):
        report = build(corpus, index, limits=tight)
        assert {problem.reason for _, problem in report.skipped} == {"too-large"} and report.articles == 3
    assert not report.published and Asker(index).ask("什么是涌现").found
    assert build(corpus, index).changed == 3
    build(corpus, tmp_path / "neu")
    one, two = _sums(index), _sums(tmp_path / "neu")
    assert {**one, "store.db": None} == {**two, "store.db": None}


def test_a_page_lets_go_of_generations_that_it_no_longer_asks(corpus, tmp_path):
    """They are removed like any others, although the page that opened them runs on."""
    index = tmp_path / "index"
    build(corpus, index)
    asker = Asker(index)
    for number in range(4):
        (corpus / "新.txt").write_text(f"蒸馏是指用大模型的输出教小模型的第 {number} 种方法。\n", "utf-8")
        build(corpus, index)
        assert asker.refresh() and asker.ask("什么是蒸馏").found
        gc.collect()
    assert sorted(path.name for path in (index / "generations").iterdir()) == ["000004", "000005"]
