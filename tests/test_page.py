"""The page in a real browser: asking, reading in place, articles, keyboard, phone, dark, hostile texts."""

import shutil
from pathlib import Path

import pytest

from tests.pages import chromium, serve

HOSTILE = {
    "<img src=x onerror=window.hacked=1>.txt": "<script>window.hacked=1</script>木星的卫星\n\n木卫二\n\n"
    "木卫二是指木星的第二颗卫星,<script>window.hacked=1</script>它的冰层下面可能有海洋。${window.hacked=1}{{value}}"
    "<iframe src='https://evil.example/'></iframe>![图](https://evil.example/x.png)<img src=https://evil.example/y.png onerror=window.hacked=1>"
    "[点这里](javascript:window.hacked=1)\u202etxt.exe\u202c \x1b[31m红色\x1b[0m。\n",
    "a\u202e'&\"txt.md": "---\ntitle: \"</title><script>window.hacked=1</script>火星\"\nurl: \"javascript:window.hacked=1\"\n---\n\n"
    "## 火星的颜色\n\n火星呈红色,是因为地表的岩石里有大量氧化铁。\"><svg onload=window.hacked=1>\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    """One browser for all tests of this file."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def served(small_index):
    """The page of the small corpus."""
    with serve(small_index) as opened:
        yield opened


@pytest.fixture
def open_page(browser):
    """Open an address in a fresh browser profile; no request may leave the machine, no script may fail."""
    contexts = []

    def open_(url: str, **options):
        context = browser.new_context(locale="zh-CN", **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        home = "/".join(url.split("/")[:3])
        page.strange = []
        page.on(
            "request",
            lambda request: request.url.startswith((home, "data:")) or page.strange.append(request.url),
        )
        page.on("pageerror", lambda error: page.strange.append(str(error)))
        page.on("console", lambda said: said.type == "error" and page.strange.append(said.text))
        page.goto(url)
        page.locator("html[data-wenju=ready]").wait_for(state="attached")
        return page

    yield open_
    for context in contexts:
        for page in context.pages:
            assert page.strange == []
        context.close()


def ask(page, question: str) -> None:
    """Type a question, press Enter, wait for what comes."""
    page.get_by_label("问题").fill(question)
    page.get_by_label("问题").press("Enter")
    page.locator("#wj-result:not([aria-busy]) > :not(.wj-busy)").first.wait_for()


def in_view(page, selector: str, panel: str) -> bool:
    """True when the first match lies inside the visible part of its panel."""
    return page.evaluate(
        "([s, p]) => { const a = document.querySelector(s).getBoundingClientRect(), b = document.querySelector(p)"
        ".getBoundingClientRect(); return a.top >= b.top && a.bottom <= Math.min(b.bottom, innerHeight) && a.height > 0 }",
        [selector, panel],
    )


def test_a_question_is_answered_with_cards(served, open_page):
    """Enter asks; the answer's chip names a card that quotes the article, the answering sentence marked."""
    page = open_page(served.url)
    ask(page, "什么是涌现")
    chip = page.locator(".wj-chip").first
    number = chip.get_attribute("data-card")
    chip.hover()
    assert "涌现是指" in page.locator("#wj-tip").inner_text()
    chip.click()
    assert page.evaluate("document.activeElement.id") == f"wj-card-{number}"
    assert "涌现是指" in page.locator(f"#wj-card-{number} mark").first.inner_text()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


@pytest.fixture(scope="module")
def long_article(tmp_path_factory):
    """The page of one article of several screens, its answer in the middle."""
    from ingest.build import build

    folder = tmp_path_factory.mktemp("long")
    (folder / "文章").mkdir()
    filler = "".join(
        f"第 {number} 段说的是潮间带的第 {number} 种贝壳,它的花纹与前一种不同。\n\n" for number in range(120)
    )
    text = f"首页 > 自然 > 正文\n海边笔记\n\n{filler}潮汐\n\n潮汐是指海水在月球引力下的周期涨落。\n\n{filler}"
    (folder / "文章" / "海边.txt").write_text(text, "utf-8")
    build(folder / "文章", folder / "index")
    with serve(folder / "index") as opened:
        yield opened


def test_the_article_opens_at_the_cited_span(long_article, open_page):
    """打开原文 shows the whole article beside the answer, scrolled to the marked sentence; dropped lines are folded."""
    page = open_page(long_article.url)
    ask(page, "什么是潮汐")
    page.locator(".wj-card .wj-open").first.click()
    mark = page.locator(".wj-text .wj-hit mark").first
    mark.wait_for()
    assert "潮汐是指" in mark.inner_text()
    assert in_view(page, ".wj-text .wj-hit mark", ".wj-text")
    assert page.locator(".wj-text").evaluate("panel => panel.scrollTop") > 0
    folded = page.locator("details.wj-dropped").first
    assert folded.get_attribute("open") is None and "去掉了" in folded.inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className").startswith("wj-act wj-open")


def test_a_link_carries_a_question(served, open_page):
    """`?q=` asks at once, and the address follows what is asked; going back restores the earlier answer."""
    page = open_page(served.url + "/?q=什么是过拟合")
    page.locator(".wj-card").first.wait_for()
    assert "过拟合是指" in page.locator(".wj-answer").inner_text()
    assert page.get_by_label("问题").input_value() == "什么是过拟合"
    ask(page, "什么是幻觉")
    assert "q=%E4%BB%80%E4%B9%88%E6%98%AF%E5%B9%BB%E8%A7%89" in page.url
    page.go_back()
    page.locator(".wj-answer", has_text="过拟合是指").wait_for()


def test_no_answer_says_so(served, open_page):
    """Without an answer the page says so, names the nearest titles, and shows passages only at a click."""
    page = open_page(served.url)
    ask(page, "番茄炒蛋放多少糖")
    assert "没有回答" in page.locator(".wj-none").inner_text()
    assert page.locator(".wj-nearest li").count() > 0
    assert not page.locator(".wj-card").first.is_visible()
    page.get_by_text("仍然显示最接近的段落").click()
    assert page.locator(".wj-card").first.is_visible()
    assert page.locator(".wj-card mark").count() == 0


def test_the_page_speaks_english(small_index, open_page):
    """With English as its language the page's own words are English, and it says so to screen readers."""
    with serve(small_index, lang="en") as opened:
        page = open_page(opened.url)
        page.get_by_label("Question").fill("什么是涌现")
        page.get_by_role("button", name="Ask", exact=True).click()
        page.get_by_role("heading", name="Sources").wait_for()
        assert page.evaluate("document.documentElement.lang") == "en"
        page.get_by_role("tab", name="Articles").click()
        page.get_by_text("3 articles").wait_for()


def test_examples_and_recent_questions(served, open_page):
    """Examples from headings are asked at a click; what was asked is offered again, until it is cleared."""
    page = open_page(served.url)
    example = page.locator("#wj-start .wj-example").first
    words = example.inner_text()
    example.click()
    page.locator(".wj-card").first.wait_for()
    page.goto(served.url)
    page.locator("#wj-recent .wj-example", has_text=words).wait_for()
    page.get_by_role("button", name="清除").click()
    assert page.locator("#wj-recent .wj-example").count() == 0


def test_a_question_that_is_too_long_is_refused_in_words(served, open_page):
    """A question beyond the limit gets a sentence, not a failure."""
    page = open_page(served.url + "/?q=" + "长" * 1200)
    page.locator(".wj-error", has_text="1000").wait_for()


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


def test_keyboard_alone(served, open_page):
    """Tab and Enter suffice: ask, reach the chip, the card, the article, and leave it again."""
    page = open_page(served.url)
    assert page.evaluate("document.activeElement.closest('#wj-question') !== null")
    page.keyboard.type("什么是涌现")
    page.keyboard.press("Enter")
    page.locator(".wj-card").first.wait_for()

    def tab_to(selector: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab never reached {selector}")

    tab_to(".wj-chip")
    assert page.locator("#wj-tip").is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.wj-card')")
    tab_to(".wj-open")
    page.keyboard.press("Enter")
    page.locator(".wj-panel").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".wj-panel").count() == 0
    assert page.evaluate("document.activeElement.matches('.wj-open')")


def test_phone_width(long_article, open_page):
    """On a telephone nothing is wider than the screen, and the article covers it until it is closed."""
    page = open_page(long_article.url, viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    ask(page, "什么是潮汐")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 375
    page.locator(".wj-card .wj-open").first.click()
    page.locator(".wj-panel mark").first.wait_for()
    assert page.locator("#wj-source").evaluate("panel => panel.scrollTop") > 0
    assert in_view(page, ".wj-text .wj-hit mark", "#wj-source")
    page.get_by_role("button", name="关闭").click()
    page.get_by_role("tab", name="文章").click()
    page.locator(".wj-table tr").first.wait_for(state="attached")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 375


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_flaw_for_assistive_technology(served, open_page, scheme):
    """axe-core finds no serious or critical violation: start, answer with article, articles; both themes."""
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    source = next(Path(axe.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
    page = open_page(served.url, color_scheme=scheme)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, dark.strip("rgba()").split(",")[:3])) < 200) == (scheme == "dark")

    def flaws() -> list:
        page.wait_for_timeout(300)  # colours fade in
        page.evaluate(source)
        found = page.evaluate("axe.run()")["violations"]
        return [
            (flaw["id"], [node["html"][:160] for node in flaw["nodes"]])
            for flaw in found
            if flaw["impact"] in ("serious", "critical")
        ]

    page.locator("#wj-start .wj-example").first.wait_for()
    assert flaws() == []
    ask(page, "什么是涌现")
    page.locator(".wj-open").first.click()
    page.locator(".wj-panel").wait_for()
    for folded in page.locator("details").all():
        folded.evaluate("details => { details.open = true; }")
    assert flaws() == []
    page.get_by_role("tab", name="文章").click()
    page.get_by_text("添加文章").click()
    page.locator(".wj-table tr").first.wait_for()
    assert flaws() == []


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
