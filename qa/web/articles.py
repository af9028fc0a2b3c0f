"""The list of articles as HTML, with the forms that add to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from ingest.read import SUFFIXES
from ingest.reasons import wording
from ingest.records import Entry
from ingest.store import Store
from ingest.types import Article
from qa.web.guard import UPLOAD_BYTES
from qa.web.html import esc, tag
from qa.web.words import named, word

PAGE_ROWS = 100  # articles on one page of the list


def articles_html(store: Store, search: str, page: int, lang: str, editing: bool) -> str:
    """One page of the articles whose title, file or source holds `search`."""
    wanted = search.strip().casefold()
    found = [(article, count) for article, count in store.overview() if wanted in _searched(article)]
    last = max(0, (len(found) - 1) // PAGE_ROWS)
    page = max(0, min(page, last))
    rows = "".join(
        _row(store.entry(article.id), count, lang, editing)
        for article, count in found[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
    )
    total = tag("p", esc(word("articles_found", lang, count=len(found))), class_="wj-facts", role="status")
    if not found:
        return total
    names = ["col_title", "col_date", "col_source", "col_passages", "col_dropped", "col_flags"]
    heads = "".join(tag("th", esc(word(name, lang)), scope="col") for name in names)
    heads += tag("th", tag("span", esc(word("col_actions", lang)), class_="wj-hidden"), scope="col")
    table = tag("table", tag("thead", tag("tr", heads)) + tag("tbody", rows), class_="wj-table")
    return (
        total
        + tag(
            "div",
            table,
            class_="wj-scroll",
            tabindex="0",
            role="region",
            aria_label=word("tab_articles", lang),
        )
        + _pages(page, last, lang)
    )


def _searched(article: Article) -> str:
    day = article.date.isoformat() if article.date else ""
    return " ".join([article.title, article.path, article.url or "", article.author or "", day]).casefold()


def _row(entry: Entry, passages: int, lang: str, editing: bool) -> str:
    article = entry.article
    name = tag("bdi", esc(article.title)) + tag("div", tag("bdi", esc(article.path)), class_="wj-facts")
    dropped = sum(len(drop.span) for drop in entry.cleaned.dropped)
    share = f"{dropped / len(article.text):.0%}" if article.text else "–"
    flags = "、".join(wording(flag, lang) for flag in dict.fromkeys((*article.flags, *entry.cleaned.flags)))
    source = urlsplit(article.url).netloc if article.url and "://" in article.url else (article.author or "")
    facts = [
        ("col_date", article.date.isoformat() if article.date else "–"), ("col_source", source or "–"),
        ("col_passages", str(passages)), ("col_dropped", share), ("col_flags", flags or "–"),
    ]  # fmt: skip
    cells = tag("th", name, scope="row")
    cells += "".join(
        tag("td", tag("bdi", esc(value)), class_=key.replace("col_", "wj-col-"), data_name=word(key, lang))
        for key, value in facts
    )
    return tag("tr", cells + tag("td", _actions(article, lang, editing)))


def _actions(article: Article, lang: str, editing: bool) -> str:
    def button(name: str, kind: str) -> str:
        said = word(name, lang)
        return tag(
            "button", esc(said), type="button", class_=f"wj-act {kind}", data_path=article.path,
            data_start=0, data_end=0, aria_label=named(said, article.title, lang),
        )  # fmt: skip

    return tag(
        "div",
        button("look", "wj-open") + (button("remove", "wj-remove") if editing else ""),
        class_="wj-actions",
    )


def _pages(page: int, last: int, lang: str) -> str:
    if not last:
        return ""
    buttons = [
        tag(
            "button",
            esc(word(name, lang)),
            type="button",
            class_="wj-act wj-turn",
            data_page=to,
            disabled=not 0 <= to <= last,
        )
        for name, to in (("earlier", page - 1), ("later", page + 1))
    ]
    return tag(
        "div",
        "".join(buttons) + tag("span", f"{page + 1} / {last + 1}", class_="wj-facts"),
        class_="wj-actions",
    )


def forms_html(lang: str, editing: bool, corpus: str) -> str:
    """The search box, and the forms to add an article where that is allowed."""
    search = tag("label", esc(word("search_articles", lang)), for_="wj-search") + tag(
        "input", "", id="wj-search", type="search", class_="wj-field", autocomplete="off"
    ).removesuffix("</input>")
    add = tag("p", esc(word("no_editing", lang)), class_="wj-facts")
    if editing:
        add = tag(
            "details",
            tag("summary", esc(word("add", lang))) + _add_form(lang, corpus),
            class_="wj-add",
            id="wj-add",
        )
    return add + tag("div", search, class_="wj-form") + tag("div", "", id="wj-list")


def _add_form(lang: str, corpus: str) -> str:
    def field(name: str, id_: str, element: str) -> str:
        return tag("label", esc(word(name, lang)), for_=id_) + element

    file = f'<input id="wj-file" type="file" multiple class="wj-field" accept="{esc(",".join(sorted(SUFFIXES)))}">'
    title = '<input id="wj-title" type="text" class="wj-field" maxlength="60" autocomplete="off">'
    text = '<textarea id="wj-text" class="wj-field" rows="8"></textarea>'
    send = tag("button", esc(word("add_text", lang)), type="button", class_="wj-act wj-paste")
    note = word("add_note", lang, corpus=corpus, most=UPLOAD_BYTES >> 20)
    return tag(
        "div",
        tag("p", tag("bdi", esc(note)), class_="wj-facts")
        + field("add_file", "wj-file", file) + field("add_title", "wj-title", title)
        + field("add_words", "wj-text", text) + send,
        class_="wj-form",
    )  # fmt: skip
