"""A list that the edge of its passage cuts is cited whole, from a real index."""

import pytest

from ingest.build import build
from qa.answer import choose
from qa.ask import Asker
from qa.merge import MAX_MERGED_CHARS
from qa.question import understand
from qa.types import Hit
from qa.wholelist import drawn_out

ITEMS = [
    f"- {name}：{what}。{more}。行家管这一步叫{name}，新手常常略过。"
    for name, what, more in (
        ("看纸", "先看纸张的帘纹和厚薄，手工纸对着光能见到一道一道的竹丝痕迹", "机器纸没有这种痕迹，摸上去也光滑得多"),
        ("看墨", "再看墨色沉在纸里还是浮在纸面，老墨年深日久，边缘会有一圈淡淡的晕", "新墨发亮，用湿棉签一碰就会化开"),
        ("看版", "同一块雕版印得越晚，笔画越粗，断裂的地方也越多", "拿几页相同的书影摆在一起比，先后就清楚了"),
        ("看印", "藏书的人喜欢钤印，印文、印色和位置都有讲究", "一方伪印往往盖得太正，颜色又太红"),
        ("看避讳", "前朝皇帝的名字要缺笔或者改字，从缺到哪一个字可以推出刻书的年代", "后来翻刻的本子有时照样缺笔，所以只能说不早于那一朝"),
        ("看序跋", "序跋落款的年月最容易骗人，书商常把晚的一篇撕掉，留下早的充作初刻", "要核对序里说到的人事是不是对得上"),
        ("看刻工", "版心下方有时刻着工匠的姓名，同一个人的名字在别的书里也会出现", "两本书的刻工相同，年代就相去不远"),
        ("看蛀洞", "真的蛀洞弯弯曲曲，穿过几页便拐了弯，边缘发毛", "火香烫出来的假洞又圆又直，一本书从头穿到尾"),
        ("看字体", "早的刻本照着名家的笔意写样，后来的匠体横细竖粗，方方正正", "从软体字变成硬体字，大致在嘉靖前后"),
        ("看装订", "蝴蝶装、包背装和线装各有流行的年代，重新装订过的书要看书脑上旧的针眼", "针眼有两套，就说明换过装"),
    )
]
ITEMS += [f"- 看第{number}处修补：补上去的纸颜色总要浅一些，对着光能看见接缝。补得越好，越要留心它盖住了什么。" for number in range(1, 9)]
LEAD = "旧书的真伪和早晚，行家要一样一样地看过去，缺了哪一样都容易走眼。鉴定旧书的年代要看以下几个方面："
AFTER = "看完以后，记得把书放回函套，避开阳光。"


_BOOK = "# 旧书手记\n\n## 鉴定\n\n" + "\n".join([LEAD, *ITEMS]) + f"\n\n{AFTER}\n"


@pytest.fixture(scope="module")
def asker(tmp_path_factory):
    """One article whose list is longer than a passage, and one on something else."""
    folder = tmp_path_factory.mktemp("list") / "文章"
    folder.mkdir()
    (folder / "旧书.md").write_text(_BOOK, "utf-8")
    (folder / "染布.md").write_text("# 染布\n\n蓝草要在清晨割，泡三天，加石灰打靛。染一次颜色浅，要反复下缸。\n", "utf-8")
    build(folder, folder.parent / "index")
    return Asker(folder.parent / "index")


def _stored(asker, citation):
    return asker.opened.store.article(citation.path).text


def _whole(text: str) -> str:
    return text[text.index("鉴定旧书的年代") : text.index(AFTER)].rstrip()


def _told(text: str, citation) -> str:
    return text[citation.answer_spans[0].start : citation.answer_spans[-1].end]


def test_the_list_is_cited_whole_though_passages_cut_it(asker):
    """One citation, quoted word for word, whose answer runs from what opens the list to its last item."""
    passages = [passage for _, passage, _ in asker.opened.store.passages_of("旧书.md")]
    assert len(passages) > 2 and passages[-1].span.end - passages[0].span.start > MAX_MERGED_CHARS
    for count in (1, 5):
        first = asker.ask("鉴定旧书的年代要看哪几个方面", count).citations[0]
        text = _stored(asker, first)
        assert _told(text, first) == _whole(text)
        assert first.quote == text[first.span.start : first.span.end]


def test_it_is_drawn_out_backwards_too(asker):
    """From the passage that holds the item which is nearest to the question."""
    (article,) = (one for one, _ in asker.opened.store.overview() if one.path == "旧书.md")
    text = asker.opened.store.article(article.path).text
    row, passage, _ = asker.opened.store.passages_of("旧书.md")[1]
    hit = Hit(row, passage, 1.0, frozenset())
    question = understand("鉴定旧书要看哪些序跋")
    choose_from = lambda one: choose(asker.opened.store.article("旧书.md"), one.passage, question, asker.opened.terms.idf)  # noqa: E731
    wide, chosen = drawn_out(asker.opened.store, asker.opened.store.article("旧书.md"), hit, choose_from, lists=True)
    assert wide.passage.span.start < passage.span.start and wide.passage.span.holds(passage.span)
    assert text[chosen[0].span.start :].startswith(("鉴定旧书的年代", "- 看纸"))


def test_a_list_that_two_articles_have_is_cited_once(tmp_path):
    """With both as its sources, and other places up to the number asked for."""
    (tmp_path / "文章").mkdir()
    for name in ("甲.md", "乙.md"):
        (tmp_path / "文章" / name).write_text(_BOOK, "utf-8")
    (tmp_path / "文章" / "丙.md").write_text("# 旧书店\n\n城南的旧书店逢三逢八开门，鉴定旧书要另外付钱。\n", "utf-8")
    build(tmp_path / "文章", tmp_path / "index")
    for count in (1, 3):
        answer = Asker(tmp_path / "index").ask("鉴定旧书的年代要看哪几个方面", count)
        assert [source.path for source in answer.citations[0].also] == [{"甲.md": "乙.md", "乙.md": "甲.md"}[answer.citations[0].path]]
        assert answer.text.count("鉴定旧书的年代") == 1 and len(answer.citations) == min(count, 2)


def test_no_place_is_cited_twice(asker):
    """What was drawn out over the passages beside it takes their place."""
    spans = [(one.path, one.span) for one in asker.ask("鉴定旧书的年代要看哪几个方面", 9).citations]
    for at, (path, span) in enumerate(spans):
        assert not any(path == other and span.start < more.end and more.start < span.end for other, more in spans[at + 1 :])


def test_a_question_for_one_item_draws_nothing_out(asker):
    """A passage stays as it is where no list answers, one of a list that goes on beside it too."""
    about = asker.ask("序跋落款的年月为什么最容易骗人", 1).citations[0]
    assert len(about.quote) < MAX_MERGED_CHARS and about.answer_spans
    first = asker.ask("染布的蓝草要在什么时候割", 1).citations[0]
    assert first.quote in _stored(asker, first) and [first.quote[span.start - first.span.start :][:2] for span in first.answer_spans] == ["蓝草"]
