"""Words of a text: folded, cut as jieba cuts for search, the same in a child process."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingest.terms
from ingest.terms import fold, pairs, preload_beside, terms

TEXTS = ["大模型的涌现能力", "什么是RLHF?", "機器學習與過擬合", "ＧＰＴ－３ 有 １７５Ｂ 参数", "", "😀 𝒳 混排 test-case"]


def test_keys_have_one_width_one_case_and_one_script():
    """What differs only in these is the same to search."""
    assert fold("ＢＥＲＴ 機器學習") == fold("bert 机器学习")


@given(st.lists(st.sampled_from("，：！（）…　。、《》“”—·水Aｂ①㎡ﬁが\u3099\u0301é한\n\t") | st.characters(), max_size=30))
def test_width_is_that_of_unicode(characters):
    """The quick way gives what NFKC gives, whatever stands beside each other."""
    text = "".join(characters)
    assert ingest.terms._one_width(text) == unicodedata.normalize("NFKC", text)


def test_every_character_of_the_quick_way_is_alone():
    """None of those that are left as they are, or replaced, is changed otherwise by NFKC, or composed with another."""
    quick = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000 and not ingest.terms._NOT_PLAIN.match(chr(code))]
    assert len(quick) > 20_000
    for one in quick:
        assert ingest.terms._one_width(one) == unicodedata.normalize("NFKC", one)
        assert unicodedata.combining(one) == 0


def test_terms_leave_out_punctuation():
    """Search mode gives long words and their parts, and nothing that is no word."""
    found = terms("自然语言处理,很有用!")
    assert {"自然语言", "自然", "语言", "处理"} <= set(found)
    assert not set(found) & {",", "!"}


def test_pairs_run_within_runs_of_letters():
    """No pair crosses white space or punctuation; a lone character stays."""
    assert pairs("注意力,与AI x") == ["注意", "意力", "与a", "ai", "x"]


def test_the_child_process_cuts_the_same_words(monkeypatch):
    """Where the dictionary is loaded makes no difference; a child that died is done without."""
    here = [terms(text) for text in TEXTS]
    monkeypatch.setattr(ingest.terms, "_child", None)
    preload_beside()
    child = ingest.terms._child
    assert child is not None
    assert [terms(text) for text in TEXTS] == here
    child._process.kill()
    child._process.wait()
    assert [terms(text) for text in TEXTS] == here


def test_the_child_serves_threads_one_after_another(monkeypatch):
    """Many threads that cut words by the child process get each its own."""
    from concurrent.futures import ThreadPoolExecutor

    from ingest import terms as module

    texts = [f"第{number}篇文章讲潮汐发电站的检修" for number in range(200)]
    wanted = [module.terms(text) for text in texts]
    monkeypatch.setattr(module, "_child", None)
    module.preload_beside()
    if module._child is None:
        pytest.skip("rjieba is not installed")
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(module.terms, texts)) == wanted
