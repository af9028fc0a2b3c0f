"""A list that the edge of its passage cuts is cited whole, from a real index."""

import pytest

from ingest.build import build
from qa.ask import Asker

ITEMS = [
    f"- {name}：{what}。{more}。"
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
LEAD = "旧书的真伪和早晚，行家要一样一样地看过去，缺了哪一样都容易走眼。鉴定旧书的年代要看以下几个方面："
AFTER = "看完以后，记得把书放回函套，避开阳光。"


@pytest.fixture(scope="module")
def asker(tmp_path_factory):
    """One article whose list is longer than a passage, and one on something else."""
    folder = tmp_path_factory.mktemp("list") / "文章"
    folder.mkdir()
    (folder / "旧书.md").write_text("# 旧书手记\n\n## 鉴定\n\n" + "\n".join([LEAD, *ITEMS]) + f"\n\n{AFTER}\n", "utf-8")
    (folder / "染布.md").write_text("# 染布\n\n蓝草要在清晨割，泡三天，加石灰打靛。染一次颜色浅，要反复下缸。\n", "utf-8")
    build(folder, folder.parent / "index")
    return Asker(folder.parent / "index")


def _stored(asker, citation):
    return asker.opened.store.article(citation.path).text


def test_the_list_is_cited_whole_though_passages_cut_it(asker):
    """One citation, quoted word for word, whose answer runs from what opens the list to its last item."""
    assert len(list(asker.opened.store.passages_of("旧书.md"))) > 1
    for count in (1, 5):
        first = asker.ask("鉴定旧书的年代要看哪几个方面", count).citations[0]
        text = _stored(asker, first)
        told = text[first.answer_spans[0].start : first.answer_spans[-1].end]
        assert told == text[text.index("鉴定旧书的年代") : text.index(AFTER)].rstrip()
        assert first.quote == text[first.span.start : first.span.end]


def test_no_place_is_cited_twice(asker):
    """What was drawn out over the passages beside it takes their place."""
    spans = [(one.path, one.span) for one in asker.ask("鉴定旧书的年代要看哪几个方面", 9).citations]
    for at, (path, span) in enumerate(spans):
        assert not any(path == other and span.start < more.end and more.start < span.end for other, more in spans[at + 1 :])


def test_a_question_for_one_item_draws_nothing_out(asker):
    """A passage stays as it is where no list answers."""
    first = asker.ask("染布的蓝草要在什么时候割", 1).citations[0]
    assert first.quote in _stored(asker, first) and [first.quote[span.start - first.span.start :][:2] for span in first.answer_spans] == ["蓝草"]
