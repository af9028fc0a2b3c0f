"""How sure an answer is: what confidence is made of, on an index of a few articles."""

from pathlib import Path

import pytest

from ingest.build import build
from qa.ask import Asker
from qa.confidence import OF_PAGE, stands_there
from tests.test_demands import NOTE


@pytest.fixture(scope="module")
def asker(tmp_path_factory) -> Asker:
    """Three short articles, one with the furniture of a page."""
    folder = tmp_path_factory.mktemp("demands")
    corpus = folder / "文章"
    corpus.mkdir()
    filler = "潮汐发电站利用海水涨落推动水轮机，机组要能在两个方向的水流里工作。海水含盐，叶片用不锈钢制成，每隔几年检修一次。"
    (corpus / "声呐.txt").write_text(f"声呐\n\n{NOTE}{filler}\n\n点赞 12\n收藏\n举报\n", "utf-8")
    (corpus / "模型.txt").write_text("注意力\n\nTransformer 是一种只用注意力的网络结构，训练时可以并行。过拟合是指模型把噪声也学了进去的现象。\n", "utf-8")
    (corpus / "潮汐.txt").write_text(f"潮汐\n\n{filler}\n", "utf-8")
    build(corpus, folder / "索引")
    return Asker(folder / "索引")


def test_number_that_is_not_there_lowers_confidence(asker):
    """A number of what was asked makes the answer surer than a number that does not stand there."""
    there, missing = asker.ask("探测器用了多少块电池？"), asker.ask("探测器载多少名乘员？", explain=True)
    assert there.found and missing.confidence < there.confidence
    assert missing.explain["confidence"]["number"] >= 1


def test_furniture_of_the_page_never_answers(asker):
    """A question about 点赞 is refused, and --explain says why."""
    answer = asker.ask("这篇文章有多少人点赞？", explain=True)
    assert not answer.found and answer.explain["confidence"]["furniture"] == OF_PAGE
    assert asker.opened.store.furniture(["收藏", "声呐"]) == {"收藏"}


@pytest.mark.parametrize(("question", "missing"), [
    ("2023年的渡船", 0), ("2023年3月5日的渡船", 0), ("2023年4月的渡船", 0.5), ("哪3种渡船", 1), ("渡船", 0),
])  # fmt: skip
def test_date_of_an_article_tells_what_its_text_need_not(tmp_path, question, missing):
    """The year always, month and day where the question gives a month and a day; 3 of 哪3种 is none."""
    (tmp_path / "文章").mkdir()
    (tmp_path / "文章/渡船.md").write_text("---\ntitle: 渡船\ndate: 2023-03-05\n---\n渡船从东岸开到西岸，船工唱着号子，乘客把钱放进竹筒里。\n", "utf-8")
    build(tmp_path / "文章", tmp_path / "索引")
    asker = Asker(tmp_path / "索引")
    assert asker.ask(question, explain=True).explain["confidence"]["names"] == missing


def test_question_that_shares_nothing_is_not_said_to_ask_about_the_page(asker):
    """How likely it is about a page speaks in the refusal only from one half on."""
    assert asker.ask("如何办理护照？", explain=True).explain["refused"] == "why_coverage"
    assert asker.ask("怎么联系写这篇的人", explain=True).explain["refused"] == "why_furniture"


def test_house_keeps_the_demands_out_of_the_index(asker):
    """Nothing of a question is written: asking leaves the index as it was."""
    files = {path: path.stat().st_mtime_ns for path in Path(asker.index).rglob("*") if path.is_file()}
    asker.ask("什么是Tranformer？")
    assert files == {path: path.stat().st_mtime_ns for path in Path(asker.index).rglob("*") if path.is_file()}


def test_what_shares_no_word_with_the_articles_and_is_far_is_not_answered(asker):
    """Chatter comes near to something always; it is told by what it has in common with the passages."""
    for chatter in ("你好呀", "哈哈哈哈", "讲个笑话"):
        assert asker.ask(chatter, explain=True).explain["confidence"]["coverage"] <= 0
        assert not asker.ask(chatter).found


@pytest.mark.parametrize(
    ("focus", "text", "stands"),
    [
        ("外贸“新三样", "出口的新三样是电动车、电池和光伏", True),  # the closing mark went with the question mark
        ("声呐里的换能器", "声呐靠换能器发声", True),
        ("声呐里的换能器", "声呐靠喇叭发声", False),
        ("声呐里的 pre-emphasis", "声呐先做 preemphasis 处理", True),
        ("换能器", "声呐靠喇叭发声", False),
        ("的", "无", False),
    ],
)
def test_what_is_asked_about_may_stand_in_parts(focus, text, stands):
    """What is quoted counts alone, and "X 里的 Y" when both stand there, a name in whatever spelling."""
    assert stands_there(focus, text) is stands
