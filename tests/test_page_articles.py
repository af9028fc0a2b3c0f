"""The page in a real browser: articles come and go, servers fail, hostile texts do nothing."""

import shutil

import pytest

from tests.pages import ask, serve

pytest_plugins = ["tests.pages"]  # the browser

HOSTILE = {
    "<img src=x onerror=window.hacked=1>.txt": "<script>window.hacked=1</script>木星的卫星\n\n木卫二\n\n"
    "木卫二是指木星的第二颗卫星,<script>window.hacked=1</script>它的冰层下面可能有海洋。${window.hacked=1}{{value}}"
    "<iframe src='https://evil.example/'></iframe>![图](https://evil.example/x.png)<img src=https://evil.example/y.png onerror=window.hacked=1>"
    "[点这里](javascript:window.hacked=1)\u202etxt.exe\u202c \x1b[31m红色\x1b[0m。\n",
    "a\u202e'&\"txt.md": "---\ntitle: \"</title><script>window.hacked=1</script>火星\"\nurl: \"javascript:window.hacked=1\"\n---\n\n"
    "## 火星的颜色\n\n火星呈红色,是因为地表的岩石里有大量氧化铁。\"><svg onload=window.hacked=1>\n",
}  # fmt: skip


@pytest.fixture
def own(tmp_path, small_corpus):
    """A corpus that a test may change, with its index."""
    from ingest.build import build

    corpus = tmp_path / "文章"
    shutil.copytree(small_corpus, corpus)
    build(corpus, tmp_path / "index")
    return corpus


def test_an_article_is_added_asked_and_removed(own, open_page):
    """Pasted text becomes a file, is indexed while the page runs, answers; removing it takes it out again."""
    with serve(own.parent / "index") as opened:
        page = open_page(opened.url)
        page.get_by_role("tab", name="文章").click()
        page.get_by_text("添加文章").click()
        page.get_by_label("或者粘贴文字：标题").fill("月亮与海")
        page.get_by_label("正文", exact=True).fill(
            "潮汐\n\n潮汐是指海水在月球引力作用下的周期性涨落。一天通常有两次。"
        )
        page.get_by_role("button", name="添加这段文字").click()
        page.locator("#wj-job .wj-done", has_text="4 篇").wait_for()
        assert (own / "月亮与海.txt").read_text("utf-8").startswith("月亮与海\n")
        page.locator("tr", has_text="月亮与海").wait_for()
        page.get_by_role("tab", name="提问").click()
        ask(page, "什么是潮汐")
        assert "潮汐是指海水" in page.locator(".wj-answer").inner_text()
        page.get_by_role("tab", name="文章").click()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="移除：月亮与海").click()
        page.locator("#wj-job .wj-done", has_text="3 篇").wait_for()
        assert (own / ".removed" / "月亮与海.txt").exists() and not (own / "月亮与海.txt").exists()


def test_the_first_article_can_be_added_to_nothing(tmp_path, monkeypatch, open_page):
    """Without an index the page opens, says so, and the first file that is uploaded becomes the corpus."""
    monkeypatch.setenv("WENJU_CORPUS", str(tmp_path / "新文件夹"))
    with serve(tmp_path / "index") as opened:
        page = open_page(opened.url)
        page.locator("#wj-start .wj-none", has_text="还没有文章").wait_for()
        ask(page, "什么是潮汐")
        assert "还没有文章" in page.locator("#wj-result").inner_text()
        page.get_by_role("tab", name="文章").click()
        page.get_by_text("添加文章").click()
        words = "月亮与海\n\n潮汐\n\n潮汐是指海水在月球引力作用下的周期性涨落。\n"
        page.locator("#wj-file").set_input_files(
            [{"name": "海.exe", "mimeType": "text/plain", "buffer": b"MZ"}]
        )
        page.locator("#wj-job .wj-error", has_text="不是支持的格式").wait_for()
        page.locator("#wj-file").set_input_files(
            [{"name": "海.txt", "mimeType": "text/plain", "buffer": words.encode()}]
        )
        page.locator("#wj-job .wj-done", has_text="1 篇").wait_for()
        page.get_by_role("tab", name="提问").click()
        ask(page, "什么是潮汐")
        assert "潮汐是指海水" in page.locator(".wj-answer").inner_text()


def test_a_dead_server_is_named(tmp_path, small_index, open_page):
    """When the server is gone the page says what to look at, instead of turning for ever."""
    with serve(small_index) as opened:
        page = open_page(opened.url)
    ask(page, "什么是涌现")
    assert "qa page" in page.locator("#wj-result .wj-error").inner_text()
    page.strange.clear()  # the refused connections themselves


def test_a_stumbling_server_is_named(small_index, monkeypatch, open_page):
    """An unexpected error is told as one, and the next question is answered as if nothing had been."""
    with serve(small_index) as opened:
        page = open_page(opened.url)
        with monkeypatch.context() as broken:
            broken.setattr(opened.desk, "asker", lambda: 1 / 0)
            ask(page, "什么是涌现")
            assert "500" in page.locator("#wj-result .wj-error").inner_text()
        page.strange.clear()  # the browser reports the failed request itself
        ask(page, "什么是涌现")
        assert page.locator(".wj-card").count() > 0


def test_a_dropped_line_is_put_back(own, open_page):
    """A line that was dropped goes back from the page: wenju.toml says so, and the line is searched."""
    with serve(own.parent / "index") as opened:
        page = open_page(opened.url)
        page.get_by_role("tab", name="文章").click()
        page.locator("tr", has_text="涌现.txt").locator(".wj-open").click()
        page.locator("details.wj-dropped", has_text="版权").first.locator("summary").click()
        line = page.locator(".wj-gone", has_text="版权声明")
        line.get_by_role("button").click()
        page.locator("#wj-job .wj-done").wait_for()
        assert "版权声明:本文为博主原创文章" in (own / "wenju.toml").read_text("utf-8")
        kept = {row["text"]: row["reason"] for row in opened.desk.show("涌现.txt")["lines"]}
        assert kept["版权声明:本文为博主原创文章,转载请附上出处链接。"] is None


def test_hostile_articles_do_nothing(tmp_path, open_page):
    """Scripts, templates, frames, pictures, addresses and control characters in articles stay text."""
    from ingest.build import build

    corpus = tmp_path / "文章"
    corpus.mkdir()
    for name, text in HOSTILE.items():
        (corpus / name).write_text(text, "utf-8")
    build(corpus, tmp_path / "index")
    with serve(tmp_path / "index") as opened:
        page = open_page(opened.url)
        for question in (
            "木卫二是什么",
            "火星为什么呈红色",
            "<img src=x onerror=window.hacked=1>${window.hacked=1}火星",
        ):
            ask(page, question)
            for folded in page.locator("details.wj-anyway").all():
                folded.evaluate("details => { details.open = true; }")
            for opener in page.locator(".wj-card .wj-open").all():
                opener.click()
                page.locator(".wj-panel .wj-line:visible").first.wait_for()
                shown = page.locator("#wj-sides").inner_text()
                assert "\u202e" not in shown and "\x1b" not in shown
        page.get_by_role("tab", name="文章").click()
        page.locator(".wj-table tr").first.wait_for()
        places = "#wj-result, #wj-source, #wj-articles, #wj-start"
        assert (
            page.locator(places)
            .locator("script, iframe, img, svg, [onerror], [onload], a[href^='javascript']")
            .count()
            == 0
        )
        assert page.evaluate("window.hacked") is None
