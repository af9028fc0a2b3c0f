"""A generation of several segments answers as one that was built in one piece."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import plan, segment, vectorise
from ingest.build import build
from ingest.generation import open_current
from ingest.places import Place, Places
from ingest.plan import Present, folded
from ingest.probes import PROBES_FILE
from ingest.vectors import Vectors
from qa.ask import Asker
from qa.cli import main

QUESTIONS = ("什么是潮汐发电？", "盐井为什么要定期检修？", "风车有多少片叶子？", "谁在修船？")
SUBJECTS = ("潮汐发电", "盐井", "风车", "船坞", "灯塔", "运河", "水车", "砖窑", "磨坊")


def _text(subject: str, number: int) -> str:
    """An article of two sections, a few hundred characters long."""
    return (
        f"{subject}笔记\n\n{subject}是第 {number} 篇笔记讲的东西，它由当地人一代一代传下来，每年春天都要检修一次，"
        f"检修时先停下来，再把旧零件换掉，最后试着转动 {number} 圈。懂行的老人说，{subject}最怕潮湿，其次怕没人照看。\n\n"
        f"## 来历\n\n关于{subject}的来历有两种说法。一种说它来自海边，另一种说它来自山里，两种说法都没有文字可查。"
        f"有人量过，最大的{subject}高 {number + 3} 米，要 {number + 1} 个人一起才能让它动起来。\n"
    )


@pytest.fixture
def corpus(tmp_path) -> Path:
    """Nine short articles."""
    folder = tmp_path / "文章"
    folder.mkdir()
    for number, subject in enumerate(SUBJECTS):
        _write(folder / f"{number:02d}-{subject}.txt", _text(subject, number))
    return folder


def _write(path: Path, text: str) -> None:
    """Write a file that looks as if it had been there for a while."""
    path.write_text(text, "utf-8")
    os.utime(path, (1_600_000_000, 1_600_000_000 + len(text)))


@pytest.fixture
def split_up(monkeypatch):
    """Segments as large collections have them, in small."""

    def build_split(corpus: Path, index: Path) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(plan, "SMALL_SEGMENT", 1)
            patch.setattr(plan, "TAKEN_IN", 1)
            patch.setattr(plan, "LARGEST_SEGMENT", 12)
            patch.setattr(segment, "LARGEST_SEGMENT", 12)
            patch.setattr(vectorise, "CODED_FROM", 8)
            patch.setattr(vectorise, "KEPT_FROM", 1)
            build(corpus, index)

    return build_split


def _told(index: Path) -> list:
    """All that a user can see of an index, scores included."""
    asker = Asker(index)
    answers = [asker.ask(question, explain=True) for question in QUESTIONS]
    seen = [
        [
            (a.found, a.confidence, a.text, a.nearest, [(c.path, c.span, c.quote, c.answer_spans, c.score) for c in a.citations])
            for a in answers
        ],
        asker.opened.store.ids(),
        [(article.id, article.title, count) for article, count in asker.opened.store.overview()],
        {id_: digest for id_, (_, _, digest) in asker.opened.store.stamps().items()},
        asker.opened.store.keys(),
        asker.opened.mean.tolist(),
        asker.opened.calibration,
        asker.opened.manifest["dropped"],
        asker.opened.manifest["articles"],
        asker.opened.manifest["passages"],
    ]
    asker.opened.close()
    return seen


def _segments(index: Path) -> list[str]:
    generation = open_current(index, full=True)
    generation.release()
    return [one["folder"] for one in generation.manifest["segments"]]


def test_many_segments_answer_as_one(corpus, split_up, tmp_path):
    """Added, edited, renamed and removed articles: the same answers, scores and facts as from one piece."""
    split, whole = tmp_path / "分段", tmp_path / "整块"

    def both() -> None:
        split_up(corpus, split)
        build(corpus, whole)
        assert _told(split) == _told(whole)

    both()
    assert len(_segments(split)) > 1 and _segments(whole) == ["."]
    _write(corpus / "20-水坝.txt", _text("水坝", 20))
    both()
    _write(corpus / "02-风车.txt", _text("风车", 2).replace("两种说法", "三种说法"))
    (corpus / "05-运河.txt").rename(corpus / "50-运河.txt")
    (corpus / "08-磨坊.txt").unlink()
    both()
    os.utime(corpus / "03-船坞.txt", (1_600_000_100, 1_600_000_100))
    _write(corpus / "99-新.txt", _text("新渠", 9))
    both()
    for path in sorted(corpus.iterdir())[3:]:
        path.unlink()
    both()


def test_articles_of_several_segments_come_with_their_passages(corpus, split_up, tmp_path):
    """Rows of all segments, interleaved: each passage with its own article."""
    split_up(corpus, tmp_path / "index")
    store = Asker(tmp_path / "index").opened.store
    rows = [row for pair in zip(range(18), reversed(range(18)), strict=True) for row in pair if row < len(store.keys())]
    found = list(store.with_articles(rows))
    assert len({article.id for article, _ in found}) == len(SUBJECTS)
    for row, (article, passage) in zip(rows, found, strict=True):
        assert passage == store.passage(row) and article == store.article(passage.article_id)


def test_what_did_not_change_is_not_written_again(corpus, split_up, tmp_path):
    """One more article leaves the files of the other segments where they lie: linked, not copied."""
    index = tmp_path / "索引"
    split_up(corpus, index)
    before = {path.stat().st_ino for path in (index / "generations").rglob("store.db")}
    _write(corpus / "zz.txt", _text("水坝", 20))
    split_up(corpus, index)
    newest = max((index / "generations").iterdir())
    after = [path.stat().st_ino for path in newest.rglob("store.db")]
    assert len(before & set(after)) >= len(before) - 1 and len(after) > 1


def test_touched_file_is_hashed_once(corpus, split_up, tmp_path, monkeypatch):
    """The new time of a touched file is kept although its segment stays as it is."""
    index = tmp_path / "索引"
    split_up(corpus, index)
    os.utime(corpus / "00-潮汐发电.txt", (1_600_000_200, 1_600_000_200))
    _write(corpus / "zz.txt", _text("水坝", 20))
    split_up(corpus, index)
    asker = Asker(index)
    assert asker.opened.store.stamps()["00-潮汐发电.txt"][1] == 1_600_000_200 * 10**9
    asker.opened.close()


def test_damage_in_one_segment_is_noticed(corpus, split_up, tmp_path):
    """A flipped byte in a file of any segment makes the older generation serve, with a warning."""
    index = tmp_path / "索引"
    split_up(corpus, index)
    shutil.copytree(index, tmp_path / "副本")
    path = next((tmp_path / "副本" / "generations").rglob("s1/words-postings.bin"))
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    with pytest.raises(Exception, match="--rebuild"):
        open_current(tmp_path / "副本")


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=6), min_size=1, max_size=4))
def test_rows_go_there_and_back(segments):
    """Every living row is found in its segment and named again from there; dead ones have no row."""
    places, sizes = [], []
    for number, articles in enumerate(segments):
        first = 0
        for at, (count, alive) in enumerate(articles):
            if alive:
                places.append(Place(number, at, first, count))
            first += count
        sizes.append(first)
    places = sorted(places, key=lambda place: (place.number, place.segment))
    table = Places(np.array(places, "<u4").reshape(-1, 4), sizes)
    rows = np.arange(table.size)
    segment_of, local = table.locate(rows)
    seen = 0
    for number, size in enumerate(sizes):
        back = table.rows(number, np.arange(size))
        dead = table.dead(number)
        assert np.array_equal(back < 0, dead if dead is not None else np.zeros(size, bool))
        assert np.array_equal(back[local[segment_of == number]], rows[segment_of == number])
        seen += int((back >= 0).sum())
    assert seen == table.size


def test_small_segments_are_taken_in_and_large_ones_stay():
    """A segment stays when it is large beside what is written; one with many dead passages does not."""
    large = Present(0, 100_000, 100_000)
    assert folded([large, Present(1, 300, 300)], 20) == [1]
    assert folded([large, Present(1, 30_000, 30_000)], 20) == []
    assert folded([large, Present(1, 30_000, 30_000)], 10_000) == [1]
    assert folded([Present(0, 100_000, 60_000), Present(1, 90_000, 90_000)], 1) == [0]
    assert folded([Present(0, 4_000, 4_000)], 1) == [0]
    assert folded([large, Present(1, 4_000, 4_000)], 20) == [], "one more article of a large collection costs little"


def test_every_passage_is_rewritten_a_few_times_only():
    """Adding one passage at a time to a growing collection writes each some dozen times beyond the first thousands."""
    segments: list[int] = []
    written = 0
    for _ in range(3000):
        present = [Present(number, size, size) for number, size in enumerate(segments)]
        taken = folded(present, 50)
        size = 50 + sum(segments[number] for number in taken)
        segments = [one for number, one in enumerate(segments) if number not in taken] + [size]
        written += size
    assert sum(segments) == 150_000 and len(segments) < 10
    assert written < 25 * 150_000


def test_status_tells_how_an_index_is_searched(corpus, split_up, tmp_path, capsys):
    """Codes are named, with their recall as measured against exact search."""
    index = tmp_path / "索引"
    split_up(corpus, index)
    assert main(["status", "--json", "--index", str(index)]) == 0
    search = json.loads(capsys.readouterr().out)["search"]
    assert search["index"] == "codes" and search["segments"] == len(_segments(index)) and 0.5 < search["recall"] <= 1
    assert main(["status", "--index", str(index), "--lang", "en"]) == 0
    assert f"recall@10 {search['recall']:.3f}" in capsys.readouterr().out


def test_only_what_is_new_is_searched_for_the_probes(corpus, split_up, tmp_path, monkeypatch):
    """What confidence is measured from costs one more article a search of its own segment, not of all."""
    index = tmp_path / "索引"
    split_up(corpus, index)
    _write(corpus / "zz.txt", _text("水坝", 20))
    searched = []
    real = Vectors.nearest
    monkeypatch.setattr(Vectors, "nearest", lambda self, *rest, **named: searched.append(self.size) or real(self, *rest, **named))
    split_up(corpus, index)
    newest = max((index / "generations").iterdir())
    assert (newest / PROBES_FILE).is_file() and len(set(searched)) <= 2
