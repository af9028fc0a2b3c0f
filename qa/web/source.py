"""An article in full, as HTML: the cited passage marked, dropped lines folded with their reasons."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from itertools import groupby, pairwise
from urllib.parse import quote

from ingest.reasons import wording
from ingest.records import Entry
from ingest.types import Span
from qa.cmd_inspect import line_table
from qa.places import line_starts, page_of
from qa.web.html import esc, tag, web_address
from qa.web.words import word

_LINES = 3000  # shown at once, around the passage: a browser lays these out in half a second


def source_html(entry: Entry, cited: Span, marks: tuple[Span, ...], lang: str, editing: bool) -> str:
    """The article beside the answer. `cited` is the passage, `marks` its answering sentences; empty spans mark nothing."""
    article = entry.article
    starts = line_starts(article.text)
    table = line_table(entry)
    first = max(0, bisect_right(starts, cited.start) - 1 - _LINES // 2)
    window = table[first : first + _LINES]
    body = "".join(
        _folded(entry, list(rows), lang, editing)
        if dropped
        else _lines(entry, list(rows), starts, cited, marks, lang)
        for dropped, rows in groupby(window, lambda row: bool(row["reason"]) and not row["partly"])
    )
    if len(window) < len(table):
        said = word("window", lang, first=first + 1, last=first + len(window), count=len(table))
        body = tag("p", esc(said), class_="wj-facts", role="status") + body
    close = tag("button", esc(word("close", lang)), type="button", class_="wj-act wj-close")
    title = tag(
        "div",
        tag("h2", tag("bdi", esc(article.title)), class_="wj-h", id="wj-panel-name") + close,
        class_="wj-bar",
    )
    text = tag(
        "div", body, class_="wj-text", tabindex="0", role="group", aria_label=word("source_panel", lang)
    )
    inner = (
        title
        + _facts(entry)
        + _picture(entry, cited, marks, lang)
        + _outline(entry, starts, window, lang)
        + text
    )
    return tag("section", inner, class_="wj-panel", tabindex="-1", aria_labelledby="wj-panel-name")


def _facts(entry: Entry) -> str:
    article = entry.article
    facts = [article.date.isoformat() if article.date else "", article.author or "", article.path]
    said = " · ".join(tag("bdi", esc(fact)) for fact in facts if fact)
    link = web_address(article.url)
    if link:
        said += " · " + tag("a", tag("bdi", esc(link)), href=link, target="_blank", rel="noopener noreferrer")
    return tag("p", said, class_="wj-facts")


def _picture(entry: Entry, cited: Span, marks: tuple[Span, ...], lang: str) -> str:
    """The page of a PDF on which the answer stands, folded; it is drawn when it is unfolded."""
    span = marks[0] if marks else cited
    page = page_of(entry.article, span.start)
    if page is None:
        return ""
    address = f"/wenju/picture?path={quote(entry.article.path, safe='')}&start={span.start}&end={max(span.end, marks[-1].end if marks else 0)}"
    name = word("picture", lang, page=page)
    image = tag("img", "", alt=name, loading="lazy", data_src=address, class_="wj-picture").removesuffix(
        "</img>"
    )
    return tag("details", tag("summary", esc(name)) + image, class_="wj-outline wj-pdf")


def _outline(entry: Entry, starts: list[int], window: list[dict], lang: str) -> str:
    shown = {row["number"] for row in window}
    items = ""
    for heading in entry.cleaned.headings:
        line = bisect_right(starts, heading.span.start)
        # A heading outside the lines that are shown opens the article anew, around it.
        there = {"class_": "wj-jump", "data_line": line} if line in shown else {"class_": "wj-jump wj-open"}
        jump = tag(
            "button", tag("bdi", esc(heading.text)), type="button", data_path=entry.article.path,
            data_start=heading.span.start, data_end=heading.span.end, **there,
        )  # fmt: skip
        items += tag("li", jump, class_=f"wj-level-{min(heading.level, 4)}")
    if not items:
        return ""
    name = word("outline", lang)
    return tag(
        "details",
        tag("summary", esc(name)) + tag("nav", tag("ul", items), aria_label=name),
        class_="wj-outline",
    )


def _lines(
    entry: Entry, rows: list[dict], starts: list[int], cited: Span, marks: tuple[Span, ...], lang: str
) -> str:
    """Lines that are kept, or of which only a part was dropped."""
    html = ""
    for row in rows:
        start = starts[row["number"] - 1]
        line = Span(start, start + len(row["text"]))
        html += _page_break(entry, line, starts, row["number"], lang)
        number = tag("span", str(row["number"]), class_="wj-no", aria_hidden="true")
        look = "wj-line" if row["text"].strip() else "wj-line wj-blank"
        html += tag(
            "div",
            number + _pieces(entry, line, cited, marks, row["partly"], lang),
            class_=look,
            id=f"wj-L{row['number']}",
        )
    return html


def _page_break(entry: Entry, line: Span, starts: list[int], number: int, lang: str) -> str:
    after = starts[number] if number < len(starts) else len(entry.article.text) + 1
    pages = [page for page, begin in enumerate(entry.article.page_starts, 1) if line.start <= begin < after]
    return "".join(tag("div", esc(word("page", lang, page=page)), class_="wj-page") for page in pages)


def _pieces(entry: Entry, line: Span, cited: Span, marks: tuple[Span, ...], partly: bool, lang: str) -> str:
    """One line cut where the passage, its sentences or dropped parts begin and end."""
    drops = entry.cleaned.dropped if partly else ()
    dropped = [drop for drop in drops if drop.span.start < line.end and drop.span.end > line.start]
    spans = [cited, *marks, *(drop.span for drop in dropped)]
    inside = {at for span in spans for at in (span.start, span.end) if line.start < at < line.end}
    cuts = sorted(inside | {line.start, line.end})
    html = ""
    for start, end in pairwise(cuts):
        piece = Span(start, end)
        said = esc(piece.of(entry.article.text))
        reason = next((drop.reason for drop in dropped if drop.span.holds(piece)), None)
        if reason:
            said = tag("span", said, class_="wj-cut", title=wording(reason, lang))
        if any(mark.holds(piece) for mark in marks):
            said = tag("mark", said)
        html += tag("span", said, class_="wj-hit") if cited.holds(piece) else said
    return tag("span", html, class_="wj-words")


def _folded(entry: Entry, rows: list[dict], lang: str, editing: bool) -> str:
    """A run of dropped lines: one summary with the reasons, unfolded at a click."""
    full = [row for row in rows if row["text"].strip()]
    if not full:
        return ""
    counts = Counter(row["reason"] for row in full)
    reasons = "、".join(
        f"{wording(code, lang)}" + (f" {count}" if len(counts) > 1 else "") for code, count in counts.items()
    )
    summary = tag("summary", esc(word("dropped_lines", lang, count=len(full), reasons=reasons)))
    lines = "".join(_dropped_line(entry, row, lang, editing) for row in full)
    return tag("details", summary + lines, class_="wj-dropped")


def _dropped_line(entry: Entry, row: dict, lang: str, editing: bool) -> str:
    number = tag("span", str(row["number"]), class_="wj-no", aria_hidden="true")
    said = tag("span", esc(row["text"]), class_="wj-words")
    why = tag("span", esc(wording(row["reason"], lang)), class_="wj-why")
    back = ""
    if editing and row["reason"] != "title":  # a title is no body text, whatever the settings say
        back = tag(
            "button", esc(word("put_back", lang)), type="button", class_="wj-act wj-back",
            data_path=entry.article.path, data_line=row["number"],
        )  # fmt: skip
    return tag("div", number + said + why + back, class_="wj-line wj-gone", id=f"wj-L{row['number']}")
