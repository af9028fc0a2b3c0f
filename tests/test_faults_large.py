"""Damage in files too large to be hashed at every opening: whoever meets it says so, and an ordinary ingest mends it."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

import ingest.job
import qa.ask
import qa.opened
from eval.bench.synthetic import Synthetic
from ingest import generation, plan, previous
from ingest.build import build
from ingest.doubt import doubted, raise_doubt
from ingest.errors import DamagedIndexError
from qa.ask import Asker
from qa.cli import main
from qa.opened import Opened
from qa.web.desk import Desk
from tests.faults import LONG, QUESTIONS, article, make_corpus, told, write

CASES = 300 if LONG else 5
WORST = {  # what cannot go unnoticed: nothing of the file makes sense any more
    "store.db": lambda content: content[:4096] + bytes(255 - byte for byte in content[4096:]),
    "words-postings.bin": lambda content: b"\xff" * len(content),
    "pairs-postings.bin": lambda content: b"\xff" * len(content),
    "vectors.faiss": lambda content: content[len(content) // 2 :] + content[: len(content) // 2],
}


@pytest.fixture(autouse=True)
def large(monkeypatch):
    """Every file counts as too large to be hashed; vectors cost nothing."""
    monkeypatch.setattr(generation, "CHECKED_BYTES", 0)
    monkeypatch.setattr(previous, "VERIFIED_WHOLE", 0)
    for module in (ingest.job, qa.opened):
        monkeypatch.setattr(module, "open_embedder", lambda *_, **__: Synthetic())


def _two(home: Path):
    corpus, index = make_corpus(home / "文章"), home / "索引"
    build(corpus, index)
    before = told(index)
    write(corpus / "水坝.txt", article("水坝", 7))
    build(corpus, index)
    return corpus, index, before, told(index)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """(corpus, index of two generations, what the older one told, what the newer one tells)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest.job, "open_embedder", lambda *_, **__: Synthetic())
        return _two(tmp_path_factory.mktemp("large"))


def _copy(published, tmp_path) -> Path:
    shutil.rmtree(tmp_path / "copy", ignore_errors=True)
    return Path(shutil.copytree(published[1], tmp_path / "copy"))


def _damage(index: Path, name: str, change) -> None:
    path = max((index / "generations").iterdir()) / name
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(change(content))


@pytest.mark.parametrize("name", WORST)
def test_a_question_that_meets_damage_is_answered_from_the_generation_before(published, tmp_path, capsys, name):
    """The answer is the older one's, with a warning; the questions after it too, and nothing is opened again for each."""
    index = _copy(published, tmp_path)
    older = Asker(index)
    _damage(index, name, WORST[name])
    asker = Asker(index)
    answers = [asker.ask(question) for question in QUESTIONS]
    opened = asker.opened
    assert opened.generation.warnings and opened.generation.folder.name == "000001"
    assert not asker.refresh() and asker.opened is opened
    assert [a.found for a in answers] == [found for found, *_ in published[2][0]]
    assert [[c.quote for c in a.citations] for a in answers] == [[c[3] for c in one[3]] for one in published[2][0]]
    older.opened.close()
    assert main(["ask", QUESTIONS[0], "--index", str(index), "-k", "2"]) in (0, 4)
    assert capsys.readouterr().err.count(f"000002 的文件 {name}") == 1


@pytest.mark.parametrize("command", [["show", "盐井"], ["status"], ["dropped"]], ids=lambda words: words[0])
def test_other_commands_exit_12(published, tmp_path, capsys, command):
    """Text that cannot be unpacked is damage, not an unexpected failure; the remedy named is the one that works."""
    corpus, _, _, now = published
    index = _copy(published, tmp_path)
    _damage(index, "store.db", WORST["store.db"])
    assert main([*command, "--index", str(index)]) == 12
    assert "qa ingest" in capsys.readouterr().err
    assert main(["ingest", str(corpus), "--index", str(index), "--replace"]) == 0
    assert told(index) == now


@pytest.mark.parametrize("name", WORST)
def test_doctor_finds_it_and_its_remedy_works(published, tmp_path, capsys, name):
    """`qa doctor` names the file; `qa ingest`, with nothing new to index, then writes a good generation; then all is well."""
    corpus, _, _, now = published
    index = _copy(published, tmp_path)
    _damage(index, name, lambda content: content[:-1] + bytes([content[-1] ^ 1]))
    assert main(["ingest", str(corpus), "--index", str(index), "--replace"]) == 0  # trusts what it does not look at
    assert main(["doctor", "--index", str(index)]) == 12
    out = capsys.readouterr().out
    assert name in out and "qa ingest" in out and doubted(index)
    assert main(["ingest", str(corpus), "--index", str(index), "--replace"]) == 0
    assert main(["doctor", "--index", str(index)]) == 0
    assert told(index) == now and not doubted(index)


def test_ingest_that_meets_damage_builds_on_the_generation_before(published, tmp_path):
    """What is new is indexed, and the result is that of a rebuild."""
    index, corpus = _copy(published, tmp_path), tmp_path / "文章"
    shutil.copytree(published[0], corpus)
    write(corpus / "水渠.txt", article("水渠", 3))
    _damage(index, "store.db", WORST["store.db"])
    assert build(corpus, index, replace_corpus=True).published
    build(corpus, tmp_path / "neu")
    assert told(index) == told(tmp_path / "neu")


def test_both_damaged_is_error_12(published, tmp_path):
    """With no whole generation left the question fails with the remedy, and `--rebuild` helps."""
    corpus, _, _, now = published
    index = _copy(published, tmp_path)
    for one in (index / "generations").iterdir():
        (one / "store.db").write_bytes(WORST["store.db"]((one / "store.db").read_bytes()))
    with pytest.raises(DamagedIndexError, match="--rebuild"):
        Asker(index).ask(QUESTIONS[0])
    build(corpus, index, rebuild=True, replace_corpus=True)
    assert told(index) == now


def test_page_says_that_an_older_generation_serves(published, tmp_path, capsys):
    """On the page, above the answer and before the first question, and on the terminal."""
    index = _copy(published, tmp_path)
    desk = Desk(index)
    assert "wj-error" not in desk.start_html()
    _damage(index, "words-postings.bin", WORST["words-postings.bin"])
    again = Desk(index)
    assert not capsys.readouterr().err
    assert "000002" in again.answer_html(QUESTIONS[0]) and 'role="alert"' in again.start_html()
    assert "盐井" in again.answer_html("盐井最怕什么？")
    assert capsys.readouterr().err.count("000002") == 1


def test_a_failure_that_is_no_damage_casts_no_doubt(published, tmp_path, monkeypatch):
    """The index is looked at once and found whole, also beside a newer generation; the failure is told as it is."""
    index, corpus = _copy(published, tmp_path), tmp_path / "文章"
    shutil.copytree(published[0], corpus)
    asker, looked = Asker(index), []
    real = qa.ask.Opened
    monkeypatch.setattr(qa.ask, "Opened", lambda *words, **more: looked.append(more) or real(*words, **more))
    with monkeypatch.context() as patch:
        patch.setattr(qa.ask, "retrieve", lambda *_: 1 / 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                asker.ask(QUESTIONS[0])
        assert len(looked) == 1
        write(corpus / "水渠.txt", article("水渠", 3))
        build(corpus, index, replace_corpus=True)
        asker._whole = None
        with pytest.raises(ZeroDivisionError):
            asker.ask(QUESTIONS[0])
    assert asker.opened.generation.folder.name == "000003" and not doubted(index)


def test_doubt_raised_during_an_ingest_that_looks_at_little_stays(published, tmp_path):
    """The mark is for the next ingest: this one verified nothing."""
    index, corpus = _copy(published, tmp_path), tmp_path / "文章"
    shutil.copytree(published[0], corpus)
    write(corpus / "水渠.txt", article("水渠", 3))
    assert build(corpus, index, replace_corpus=True, progress=lambda *_: raise_doubt(index)).published
    assert doubted(index)
    build(corpus, index)
    assert not doubted(index)


@pytest.mark.parametrize("name", ["calibration.json", "token-starts.bin", "vectors.faiss"])
def test_an_ingest_lets_go_of_a_generation_it_cannot_build_on(published, tmp_path, name):
    """It is removed in its turn, as any other: this process does not hold it."""
    index, corpus = _copy(published, tmp_path), tmp_path / "文章"
    shutil.copytree(published[0], corpus)
    _damage(index, name, lambda content: b"\xff" * len(content))
    for number in range(2):
        write(corpus / "水渠.txt", article("水渠", number))
        assert build(corpus, index, replace_corpus=True).published
    assert sorted(path.name for path in (index / "generations").iterdir()) == ["000003", "000004"]


@pytest.mark.parametrize("segments", [1, 2], ids=["one segment", "two segments"])
def test_any_damage_ends_in_an_answer_or_an_error_with_a_remedy(tmp_path, monkeypatch, segments):
    """Bytes changed at random in any file: no question fails with anything but error 12, and doctor always sees it."""
    if segments == 2:
        monkeypatch.setattr(plan, "SMALL_SEGMENT", 1)
        monkeypatch.setattr(plan, "TAKEN_IN", 1)
    _, index, _, _ = _two(tmp_path)
    chance = random.Random(segments)
    newest = max((index / "generations").iterdir())
    files = [path for path in sorted(newest.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    for _ in range(CASES):
        path = chance.choice(files)
        content = path.read_bytes()
        changed = bytearray(content)
        for _ in range(chance.choice((1, 1, 4, 40))):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        if changed == content:
            continue
        _write_in_place(path, bytes(changed))
        try:
            asker = Asker(index)
            for question in QUESTIONS:
                asker.ask(question)
        except DamagedIndexError as error:
            assert "qa ingest" in error.zh
        try:
            found = generation.open_current(index, full=True)
            assert found.warnings
            found.release()
        except DamagedIndexError:
            pass
        (index / "doubt").unlink(missing_ok=True)
        _write_in_place(path, content)


def _write_in_place(path: Path, content: bytes) -> None:
    """As a disk does it: every name of the file sees it."""
    with open(path, "r+b") as stream:
        stream.write(content)
        os.fsync(stream.fileno())


@pytest.fixture
def in_segments(tmp_path, monkeypatch):
    """(corpus, index of two segments, of which the tokens of the first are damaged)."""
    monkeypatch.setattr(plan, "SMALL_SEGMENT", 1)
    monkeypatch.setattr(plan, "TAKEN_IN", 1)
    monkeypatch.setattr(plan, "_GROWTH", 1)
    corpus, index = make_corpus(tmp_path / "文章"), tmp_path / "索引"
    build(corpus, index)
    write(corpus / "水坝.txt", article("水坝", 7))
    build(corpus, index)
    path = max((index / "generations").iterdir()) / "s1" / "tokens.bin"
    content = bytearray(path.read_bytes())
    for at in range(3, len(content), 40):
        content[at] ^= 0xFF
    path.unlink()
    path.write_bytes(content)
    return corpus, index


def test_a_copied_segment_is_verified(in_segments, tmp_path, monkeypatch):
    """Where the file system has no links: damage that was copied would be given a sum that is right."""
    corpus, index = in_segments
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("no links here")))
    write(corpus / "水渠.txt", article("水渠", 3))
    build(corpus, index)  # upon the generation before: its one segment is whole
    build(corpus, tmp_path / "neu")
    one, two = Opened(index, full=True), Opened(tmp_path / "neu")
    assert [one.tokens.of(row).tobytes() for row in range(16)] == [two.tokens.of(row).tobytes() for row in range(16)]


def test_what_is_written_anew_takes_nothing_from_files_that_were_not_verified(in_segments, tmp_path):
    """An article that gained a section: its other passages are embedded again, although the old index holds them."""
    corpus, index = in_segments
    write(corpus / "盐井.txt", article("盐井", 1) + "\n## 补\n\n后来又挖了一口，比原来的深一倍，写在这里备查。\n")
    assert build(corpus, index).published
    build(corpus, tmp_path / "neu")
    one, two = Opened(index), Opened(tmp_path / "neu")
    rows = [[row for row, _, _ in opened.store.passages_of("盐井.txt")] for opened in (one, two)]
    assert len(one.manifest["segments"]) == 3 and len(rows[0]) == 3
    assert [one.tokens.of(row).tobytes() for row in rows[0]] == [two.tokens.of(row).tobytes() for row in rows[1]]
