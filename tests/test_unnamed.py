"""What a question names and the passages of an answer do not."""

import pytest

from ingest.build import build
from ingest.terms import fold, word_entry
from qa.ask import Asker
from qa.question import understand
from qa.render import as_json, as_markdown, as_plain
from qa.unnamed import MOST, unnamed
from qa.web.cards import answer_html

PUMP = "手压井 > 怎么用\n先往井口倒一瓢水引一引，再上下压动压杆，水就上来了。皮碗两年换一次。"


def _unnamed(question: str, *texts: str) -> tuple[str, ...]:
    return unnamed(understand(question), fold(question), [fold(text) for text in texts])


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("水车的皮碗多久换一次", ("水车",)),
        ("手压井的皮碗多久换一次", ()),
        ("为什么要往井口倒水", ()),
        ("井口倒水的原因和好处", ()),
        ("XJ-200 的皮碗多久换一次", ("xj-200",)),
        ("2019年的皮碗多久换一次", ("2019",)),
        ("麻雀和乌鸦谁先到井口喝水", ("麻雀", "乌鸦")),
        ("在北京和公司里井口倒水", ("北京",)),
        ("how often is the washer changed", ()),
    ],
)
def test_nouns_names_and_numbers_that_no_text_has(question, missing):
    """Verbs, words that ask, nouns that any text may have, and questions in another language are left out."""
    assert _unnamed(question, PUMP) == missing


def test_one_text_that_names_it_is_enough_and_no_more_than_some_are_told():
    """A paraphrase has other words for everything."""
    assert _unnamed("水车的皮碗多久换一次", PUMP, "水车用不着皮碗。") == ()
    assert len(_unnamed("麻雀乌鸦喜鹊燕子鸽子谁先到", PUMP)) == MOST


def test_a_part_of_a_long_name_names_it():
    """Who writes of 洗衣 says no more than that of a 洗衣机; a pair of characters is named whole or not at all."""
    assert _unnamed("洗衣机怎么用", "先放水，再放洗衣粉。") == ()
    assert _unnamed("井水怎么来", "井里的水压上来。") == ("井水",)
    assert _unnamed("布洛芬一天吃几次", "氯那洛芬每天最多三次。") == ("布洛芬",), "its end is no word"


def test_classes_of_words_are_those_of_the_dictionary():
    """The first entry and the last, too; none of what is not there."""
    assert word_entry("水车")[1].startswith("n") and word_entry("倒")[1].startswith("v") and word_entry("引一引") == (0, "")
    assert word_entry("的")[0] > word_entry("孩子")[0] > word_entry("水车")[0] > 0


@pytest.fixture(scope="module")
def asker(tmp_path_factory) -> Asker:
    """An index of one article that says how to grow one thing, and when it was written."""
    folder = tmp_path_factory.mktemp("garden")
    (folder / "文章").mkdir()
    (folder / "文章" / "a.md").write_text(
        "---\ndate: 2023-05-06\n---\n# 阳台上种丝瓜（luffa）\n\n丝瓜要用深三十厘米以上的盆，底下留孔。每天早上浇一次水，开花以后早晚各一次。\n\n"
        "播种前把种子用温水泡六个小时，种下五天就出苗。\n",
        "utf-8",
    )
    build(folder / "文章", folder / "index")
    return Asker(folder / "index")


def test_every_form_of_an_answer_says_what_is_not_named(asker):
    """Another thing asked of an article, on a terminal, on the page, for programs; below the answer, which stands."""
    answer = asker.ask("黄瓜种在阳台要用多深的盆")
    assert answer.found and answer.unnamed == ("黄瓜",) and as_json(answer)["unnamed"] == ["黄瓜"]
    for shown in (as_plain(answer, "zh"), as_markdown(answer, "zh"), answer_html(answer, "zh", lambda _: None)):
        assert "引文没有提到：黄瓜" in shown
    assert "do not mention: 黄瓜" in as_plain(answer, "en")


def test_nothing_is_said_where_all_is_named(asker):
    """By its name, by another name that the articles give, in the other script, by the title, by the date."""
    for question in ("丝瓜种在阳台要用多深的盆", "luffa要用多深的盆", "絲瓜要用多深的盆", "2023年阳台丝瓜用多深的盆"):
        answer = asker.ask(question)
        assert answer.found and answer.unnamed == (), question
        assert "没有提到" not in as_plain(answer, "zh") + as_markdown(answer) + answer_html(answer, "zh", lambda _: None)


def test_a_refusal_names_nothing(asker):
    """That the articles do not answer is said already."""
    answer = asker.ask("黄瓜的价格是谁定的")
    assert not answer.found and answer.unnamed == ()
