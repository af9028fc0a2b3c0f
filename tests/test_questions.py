"""Question files: what the loader takes, what it refuses, and what counts as a hit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.metrics import hit_at
from eval.questions import BadQuestions, Evidence, Question, load, squeeze
from eval.questions_cmd import Outcome, answers, covers, finding, refusing, variants
from ingest.types import Span
from qa.types import Answer, Citation

ARTICLE = "蒸馏是让小模型\n模仿大模型的做法。它减少计算。剪枝删去权重。"
GOOD = {
    "id": "q1",
    "question": "什么是蒸馏?",
    "kind": "definition",
    "answerable": True,
    "evidence": [{"path": "a.txt", "text": "让小模型模仿 大模型"}],
}


def loaded(folder: Path, *rows: dict, part: str = "all") -> list[Question]:
    """The questions of a file with these rows, about one small article."""
    file = folder / "questions.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return load([file], {"a.txt": ARTICLE}.get, part)


def test_evidence_may_be_wrapped_differently(tmp_path: Path) -> None:
    """White space aside, evidence is found across the line break of its article."""
    (question,) = loaded(tmp_path, GOOD)
    assert question.evidence == (Evidence("a.txt", "让小模型模仿大模型"),)
    assert (question.part, question.of) == ("tune", None)


def test_evidence_may_be_a_place(tmp_path: Path) -> None:
    """A start and an end in code points name the same evidence as its text does."""
    start = ARTICLE.index("剪枝")
    (question,) = loaded(tmp_path, GOOD | {"evidence": [{"path": "a.txt", "start": start, "end": start + 6}]})
    assert question.evidence == (Evidence("a.txt", "剪枝删去权重"),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"evidence": [{"path": "a.txt", "text": "量化降低精度"}]}, "does not stand in a.txt"),
        ({"evidence": [{"path": "a.txt", "text": "\n "}]}, "does not stand in a.txt"),
        ({"evidence": [{"path": "b.txt", "text": "蒸馏"}]}, "no article b.txt"),
        ({"evidence": [{"path": "a.txt", "start": 3, "end": 3}]}, "no text from 3 to 3"),
        ({"evidence": [{"path": "a.txt", "start": 3, "end": 3000}]}, "no text from 3 to 3000"),
        ({"evidence": [{"path": "a.txt", "start": -4, "end": -1}]}, "no text from -4 to -1"),
        ({"evidence": []}, "need evidence"),
        ({"answerable": False}, "must have none"),
        ({"kind": "riddle"}, "unknown kind 'riddle'"),
        ({"part": "dev"}, "unknown part 'dev'"),
    ],
    ids=["not in it", "blank", "no article", "empty", "beyond", "negative", "none", "not asked for", "kind", "part"],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path: Path, change: dict, message: str) -> None:
    """Each kind of trouble is named, with the file and the line."""
    with pytest.raises(BadQuestions, match=message) as refused:
        loaded(tmp_path, GOOD | {"id": "q0"}, GOOD | change)
    assert "questions.jsonl:2:" in str(refused.value)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    """The second question with the same id is refused."""
    with pytest.raises(BadQuestions, match="q1 is used twice"):
        loaded(tmp_path, GOOD, GOOD)


def test_the_sealed_part_stays_out_of_tuning(tmp_path: Path) -> None:
    """A part holds its own questions only."""
    rows = (GOOD | {"part": "test"}, GOOD | {"id": "q2"})
    assert [one.id for one in loaded(tmp_path, *rows, part="tune")] == ["q2"]
    assert [one.id for one in loaded(tmp_path, *rows, part="test")] == ["q1"]


def cited(start: int, end: int, answer: tuple[int, int], path: str = "a.txt") -> Citation:
    """A citation of a stretch of the small article."""
    return Citation(
        1, "t", path, None, None, (), (1, 2), None, Span(start, end), ARTICLE[start:end], (Span(*answer),), 1.0
    )


def answered(citation: Citation, text: str, confidence: float = 0.9) -> Answer:
    """An answer with one citation."""
    return Answer("q", confidence >= 0.5, confidence, text, (citation,), ())


def test_a_hit_covers_the_whole_evidence() -> None:
    """A quote that holds half of it, or stands in another article, is none."""
    evidence = Evidence("a.txt", squeeze(ARTICLE[:17]))
    assert covers(cited(0, 24, (0, 17)), evidence)
    assert not covers(cited(0, 12, (0, 12)), evidence)
    assert not covers(cited(0, 24, (0, 17), path="b.txt"), evidence)


def test_the_answer_sentence_must_be_shown() -> None:
    """A marked sentence counts when the answer text shows it and it meets the evidence."""
    first, second = squeeze(ARTICLE[:17]), ARTICLE[17:23]
    evidence = [Evidence("a.txt", first)]
    assert answers(answered(cited(0, 24, (0, 17)), f"{first}[1]"), evidence)
    assert not answers(answered(cited(0, 24, (0, 17)), ""), evidence)
    assert not answers(answered(cited(0, 24, (17, 23)), f"{second}[1]"), evidence)


def outcome(id_: str, rank: int, confidence: float, kind: str = "definition", of: str | None = None) -> Outcome:
    """A question as it was answered, without asking it."""
    hopeless = kind in ("near", "offtopic", "furniture")
    question = Question(id_, "?", kind, not hopeless, (), "tune", of)
    return Outcome(question, rank, rank == 1, answered(cited(0, 5, (0, 5)), "", confidence), 0.01)


def test_finding_is_a_mean_over_questions() -> None:
    """Ranks 1, 2 and nowhere: one third at 1, two thirds at 3, reciprocal rank one half."""
    figures = finding([outcome("a", 1, 0.9), outcome("b", 2, 0.9), outcome("c", 0, 0.9)])
    assert figures["hit@1"] == pytest.approx(1 / 3) and figures["hit@3"] == pytest.approx(2 / 3)
    assert figures["mrr"] == pytest.approx(0.5) and figures["sentence"] == pytest.approx(1 / 3)


def test_refusing_is_told_kind_by_kind() -> None:
    """Off-topic questions all below the answerable, one of two near ones above half of them."""
    asked = [outcome("a", 1, 0.6), outcome("b", 1, 0.9)]
    hopeless = [outcome("n", 0, 0.7, "near"), outcome("m", 0, 0.1, "near"), outcome("o", 0, 0.2, "offtopic")]
    figures = refusing(asked, hopeless)
    assert figures["by_kind"]["offtopic"]["auroc"] == 1.0 and figures["by_kind"]["near"]["auroc"] == 0.75
    assert figures["by_kind"]["near"]["answered"] == 0.5 and figures["auroc"] == pytest.approx(5 / 6)


def test_warned_is_a_share_of_what_is_answered() -> None:
    """A refusal warns of nothing; where all are refused there is no share."""
    told, silent, refused = outcome("a", 1, 0.9), outcome("b", 1, 0.9), outcome("c", 1, 0.1)
    told = replace(told, answer=replace(told.answer, unnamed=("水车",)))
    assert finding([told, silent, refused])["warned"] == 0.5 and finding([refused])["warned"] is None
    near = refusing([silent], [replace(told, question=outcome("n", 0, 0.9, "near").question)])
    assert near["by_kind"]["near"]["warned"] == 1.0


def test_variants_are_measured_against_their_plain_form() -> None:
    """Only pairs count: a variant whose plain form was not asked is left out."""
    asked = [outcome("a", 1, 0.9), outcome("v", 4, 0.9, "variant", "a"), outcome("w", 1, 0.9, "variant", "gone")]
    assert variants(asked) == {"pairs": 1, "variant_hit@3": hit_at(4, 3), "plain_hit@3": 1.0}


SEEDS = Path(__file__).parents[1] / "../shared/seeds"
SEED_QUESTIONS = [(Path(__file__).parents[1] / "eval" / name, least) for name, least in (("seed_questions.jsonl", 150), ("seed_questions_2.jsonl", 150), ("sibling_questions.jsonl", 40))]


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the five web articles are not beside the repository")
@pytest.mark.parametrize(("file", "least"), SEED_QUESTIONS, ids=[file.stem for file, _ in SEED_QUESTIONS])
def test_the_seed_questions_name_places_only(file, least) -> None:
    """Every place exists, no article text is stored, and a variant shares part and evidence with its plain form."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert all(set(one) == {"path", "start", "end"} for row in rows for one in row["evidence"])

    def text_of(path: str) -> str | None:
        article = SEEDS / path
        return article.read_bytes().decode("utf-8") if article.is_file() else None

    questions = {one.id: one for one in load([file], text_of)}
    assert sum(one.answerable for one in questions.values()) >= least
    for one in questions.values():
        plain = questions[one.of] if one.of else one
        assert (one.part, one.evidence) == (plain.part, plain.evidence)
