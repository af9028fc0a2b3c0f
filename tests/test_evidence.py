"""A line of several articles is furniture, whatever it says; but a repost is none, and a common heading is none."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.boilerplate import Evidence, affected, clean, line_keys
from ingest.boilerplate.corpus import EDGE_ARTICLES, HEAD, MIDDLE, MIDDLE_ARTICLES, TAIL, line_hash, positions
from ingest.types import Article
from tests.texts import MORE, PROSE, article


def corpus(count: int) -> list[Article]:
    """Articles of one site: their own prose, the site's lines around it."""
    return [
        article(f"河湾渡{number}号\n河湾文史小组供稿{number}\n" + f"第{number}条渡船的故事。{PROSE}\n{MORE}渡船{number}。\n" * 4 + "河湾人写河湾事\n", f"{number}.txt")
        for number in range(count)
    ]


def test_line_of_several_articles_is_furniture():
    """A site's own line, unknown to any rule, goes once enough articles hold it; digits do not matter."""
    articles = corpus(EDGE_ARTICLES)
    evidence = Evidence.from_line_keys(line_keys(item) for item in articles)
    found = clean(articles[0], evidence)
    assert {item.span.of(articles[0].text).strip() for item in found.dropped if item.reason == "corpus"} == {"河湾文史小组供稿0", "河湾人写河湾事"}
    few = Evidence.from_line_keys(line_keys(item) for item in articles[:-1])
    assert not [item for item in clean(articles[0], few).dropped if item.reason == "corpus"]


def test_reposts_keep_their_prose():
    """The same article in several places loses no sentence to its copies."""
    text = "渡口纪事\n" + "".join(f"{PROSE}第{'一二三四五'[n]}年也是如此。\n" for n in range(5))
    copies = [article(text, f"{n}.txt") for n in range(6)]
    evidence = Evidence.from_line_keys(line_keys(item) for item in copies)
    assert not [item for item in clean(copies[0], evidence).dropped if item.reason == "corpus"]


def test_common_headings_are_no_evidence():
    """小结 at the end of every article is a heading of each, and 一、来历 too."""
    articles = [article(f"渡口{n}\n" + f"{n}号船。{PROSE}\n" * 6 + f"小结\n{MORE}\n", f"{n}.txt") for n in range(8)]
    evidence = Evidence.from_line_keys(line_keys(item) for item in articles)
    assert "小结" not in {item.span.of(articles[0].text).strip() for item in clean(articles[0], evidence).dropped}


def test_evidence_from_counts_equals_evidence_from_keys():
    """Summing up the hashes of every article by hand gives the same verdicts."""
    every = [line_keys(item) for item in corpus(7)]
    counts: dict[int, int] = {}
    for keys in every:
        for at in range(0, len(keys), 8):
            value = int.from_bytes(keys[at : at + 8], "little")
            counts[value] = counts.get(value, 0) + 1
    assert Evidence.from_counts(counts).verdicts() == Evidence.from_line_keys(every).verdicts()
    assert Evidence.from_line_keys([]).verdicts() == frozenset()


def test_middle_asks_for_more_articles():
    """The middle of an article, where headings recur, needs more witnesses than its ends."""
    value = line_hash("渡口", MIDDLE)
    assert not Evidence.from_counts({value: MIDDLE_ARTICLES - 1}).decides(value)
    assert Evidence.from_counts({value: MIDDLE_ARTICLES}).decides(value)
    assert line_hash("渡口", HEAD) != line_hash("渡口", TAIL) != value


@given(st.integers(min_value=0, max_value=500))
def test_positions_are_head_middle_tail(count):
    """Each line has one position, in this order."""
    found = positions(count)
    assert len(found) == count
    assert found == sorted(found)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=7), min_size=1, max_size=8, unique=True), st.integers(min_value=0, max_value=8))
def test_recleaning_the_affected_equals_a_rebuild(order, old):
    """Only articles with a line whose verdict changed need another look; the others come out the same."""
    articles = [corpus(8)[number] for number in order]
    before = Evidence.from_line_keys(line_keys(item) for item in articles[:old])
    after = Evidence.from_line_keys(line_keys(item) for item in articles)
    differing = before.verdicts() ^ after.verdicts()
    for item in articles:
        if not affected(line_keys(item), differing):
            assert clean(item, before) == clean(item, after)
