"""The page in a real browser: asking, reading in place, keyboard, phone, dark."""

from pathlib import Path

import pytest

from tests.pages import ask, in_view, serve

pytest_plugins = ["tests.pages"]  # the browser


@pytest.fixture(scope="module")
def served(small_index):
    """The page of the small corpus."""
    with serve(small_index) as opened:
        yield opened


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


@pytest.mark.parametrize("way", ["new", "old"])
def test_a_passage_is_copied_with_its_source(served, open_page, way):
    """Copying gives the words and where they stand, plain and as Markdown, in secure and in plain contexts."""
    page = open_page(served.url, permissions=["clipboard-read", "clipboard-write"])
    if way == "old":
        page.evaluate(
            "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
        )
    ask(page, "什么是过拟合")
    assert "过拟合是指" in page.locator("#wj-say").text_content()
    card = page.locator(".wj-card", has_text="过拟合是指").first
    for name, start in (("复制并注明出处", "“过拟合是指"), ("复制为 Markdown", "> 过拟合是指")):
        card.get_by_role("button", name=name).click()
        page.get_by_text("已复制").first.wait_for()
        if way == "old":
            page.evaluate("delete navigator.clipboard")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert (
            copied.startswith(start)
            and "训练中的两个毛病" in copied
            and "https://example.org/train" in copied
        )
        if way == "old":
            page.evaluate(
                "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
            )
    link = card.get_by_role("link", name="网页原句").get_attribute("href")
    assert link.startswith("https://example.org/train#:~:text=")


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
    close = page.get_by_role("button", name="关闭")
    assert close.evaluate("button => button.getBoundingClientRect().top >= 0")  # stays while the text scrolls
    close.click()
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


def test_a_filter_holds_for_the_answer(served, open_page):
    """Asked of Markdown files alone, no other file is cited; a bad date is told."""
    page = open_page(served.url)
    page.get_by_text("只问一部分文章").click()
    page.get_by_label("路径或网址含有").fill("*.md")
    ask(page, "什么是过拟合")
    places = page.locator(".wj-card").all_inner_texts()
    assert places and all(".md" in place for place in places)
    page.get_by_label("不早于").fill("soon")
    ask(page, "什么是过拟合")
    page.locator(".wj-error").wait_for()
