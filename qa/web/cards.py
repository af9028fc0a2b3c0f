"""Answer -> HTML: the answering sentences with their chips, and a card for each citation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from ingest.records import Entry
from ingest.types import Span
from qa.places import deep_link
from qa.render import citation_markdown, not_named, notes, parts, percent, place, reading, safe
from qa.types import Answer, Citation
from qa.web.html import esc, tag, web_address
from qa.web.words import named, word

_CONTEXT_CHARS = 60  # shown before and after a passage: about a line and a half of a card
_REACH = 4 * _CONTEXT_CHARS  # looked at for it: some of that may have been dropped
_CHIP = re.compile(r"^(?P<words>.*)\[(?P<number>\d{1,3})\]$", re.DOTALL)
_SURE = ((0.8, "sure_high"), (0.5, "sure_mid"), (0.0, "sure_low"))  # calibrated probability -> words

EntryOf = Callable[[str], Entry | None]


def answer_html(answer: Answer, lang: str, entry_of: EntryOf) -> str:
    """The whole answer. `entry_of` gives what is stored of a path, for the context of a passage."""
    read_as = tag("p", esc(reading(answer, lang)), class_="wj-facts", role="status") if answer.read_as else ""
    return read_as + _answer_html(answer, lang, entry_of)


def _answer_html(answer: Answer, lang: str, entry_of: EntryOf) -> str:
    # Where nothing answers, nothing is marked as the answer.
    shown = (
        answer.citations
        if answer.found
        else [replace(citation, answer_spans=()) for citation in answer.citations]
    )
    cards = "".join(card_html(citation, lang, entry_of) for citation in shown)
    if answer.found:
        head = tag("h2", esc(word("answer", lang)), class_="wj-h")
        lines = tag("div", _sentences(answer, lang), class_="wj-answer", id="wj-answer-text")
        sources = tag("h2", esc(word("sources", lang)), class_="wj-h")
        missing = tag("p", esc(not_named(answer, lang)), class_="wj-facts") if answer.unnamed else ""
        return head + lines + missing + _sureness(answer, lang) + sources + tag("ol", cards, class_="wj-cards")
    said = tag("p", esc(word("not_found", lang)), class_="wj-none", role="status")
    if not answer.citations:
        return said
    titles = "".join(tag("li", tag("bdi", esc(title))) for title in answer.nearest)
    near = tag("p", esc(word("nearest", lang))) + tag("ul", titles, class_="wj-nearest")
    shown = tag("ol", cards, class_="wj-cards")
    return said + near + tag("details", tag("summary", esc(word("anyway", lang))) + shown, class_="wj-anyway")


def _sureness(answer: Answer, lang: str) -> str:
    name = next(name for least, name in _SURE if answer.confidence >= least)
    said = f"{word(name, lang)} · {word('seconds', lang, seconds=f'{answer.seconds:.2f}')}"
    return tag(
        "p",
        esc(said),
        class_="wj-sure",
        title=f"{word('confidence', lang)} {percent(answer)}%",
    )


def _sentences(answer: Answer, lang: str) -> str:
    """The answer's text, each line with the chip of the citation that it is taken from."""
    numbered = {citation.number: citation for citation in answer.citations}
    rows = []
    for line in answer.text.split("\n"):
        match = _CHIP.match(line)
        citation = numbered.get(int(match["number"])) if match else None
        # A sentence may itself end in "[3]": a chip stands for words that its citation holds.
        if citation and _squeezed(match["words"]) in _squeezed(citation.readable()):
            rows.append(tag("p", esc(match["words"]) + chip_html(citation, lang)))
        else:
            rows.append(tag("p", esc(line)))
    return "".join(rows)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def chip_html(citation: Citation, lang: str) -> str:
    """[n]: hovered or focused it shows the passage, clicked it goes to the card."""
    name = named(word("chip", lang, number=citation.number), citation.title, lang)
    return tag(
        "button", f"[{citation.number}]", type="button", class_="wj-chip",
        data_card=citation.number, aria_label=safe(name), aria_describedby="wj-tip",
    )  # fmt: skip


def card_html(citation: Citation, lang: str, entry_of: EntryOf) -> str:
    """One citation: where it stands, the passage with its answering sentences, and what can be done."""
    title = tag(
        "h3", tag("span", f"[{citation.number}]", class_="wj-number") + " " + tag("bdi", esc(citation.title))
    )
    body = tag("blockquote", _passage(citation, entry_of(citation.path)), class_="wj-quote")
    # Reposts have a list of their own below; what is left says that the file is no longer the same.
    said = "".join(tag("p", esc(note), class_="wj-note") for note in notes(replace(citation, also=()), lang))
    return tag(
        "li", title + _facts(citation, lang) + body + said + _also(citation, lang) + _actions(citation, lang),
        class_="wj-card", id=f"wj-card-{citation.number}", tabindex="-1", data_number=citation.number,
    )  # fmt: skip


def _facts(citation: Citation, lang: str) -> str:
    path = " › ".join(heading for heading in citation.headings if heading != citation.title)
    facts = [path, place(citation, lang), citation.date.isoformat() if citation.date else "", citation.path]
    return tag("p", " · ".join(tag("bdi", esc(fact)) for fact in facts if fact), class_="wj-facts")


def _also(citation: Citation, lang: str) -> str:
    """Every other article that carries the same passage: title, file, date, address."""
    items = ""
    for source in citation.also:
        facts = [source.date.isoformat() if source.date else "", source.path]
        link = web_address(source.url)
        web = (
            " · " + tag("a", tag("bdi", esc(link)), href=link, target="_blank", rel="noopener noreferrer")
            if link
            else ""
        )
        said = (
            tag("bdi", esc(source.title))
            + " · "
            + " · ".join(tag("bdi", esc(fact)) for fact in facts if fact)
            + web
        )
        look = tag(
            "button", esc(word("open", lang)), type="button", class_="wj-act wj-open", data_path=source.path,
            data_start=0, data_end=0, aria_label=named(word("open", lang), source.title, lang),
        )  # fmt: skip
        items += tag("li", said + " " + look)
    return (
        tag("p", esc(word("also", lang)), class_="wj-facts") + tag("ul", items, class_="wj-nearest wj-facts")
        if items
        else ""
    )


def _passage(citation: Citation, entry: Entry | None) -> str:
    """The passage, its answering sentences marked, a little of the article before and after it."""
    before = after = ""
    # Only the very text that was quoted: an ingest may have swapped the index since.
    if entry and citation.span.of(entry.article.text) == citation.quote:
        before = _kept(entry, Span(max(0, citation.span.start - _REACH), citation.span.start))[
            -_CONTEXT_CHARS:
        ]
        after = _kept(entry, Span(citation.span.end, citation.span.end + _REACH))[:_CONTEXT_CHARS]
    cut = "".join(tag("mark", esc(piece)) if answers else esc(piece) for piece, answers in parts(citation))
    lead = tag("span", esc(f"…{before}"), class_="wj-context") if before else ""
    rest = tag("span", esc(f"{after}…"), class_="wj-context") if after else ""
    return lead + tag("span", cut, class_="wj-cited") + rest


def _kept(entry: Entry, span: Span) -> str:
    """The kept text inside `span`, its white space folded: what was dropped is no context."""
    pieces = (
        entry.article.text[max(kept.start, span.start) : min(kept.end, span.end)]
        for kept in entry.cleaned.kept
        if kept.start < span.end and kept.end > span.start
    )
    return " ".join(" ".join(pieces).split())


def _actions(citation: Citation, lang: str) -> str:
    first = (
        citation.answer_spans[0] if citation.answer_spans else Span(citation.span.start, citation.span.start)
    )
    buttons = [
        tag(
            "button", esc(word("open", lang)), type="button", class_="wj-act wj-open", data_path=citation.path,
            data_start=citation.span.start, data_end=citation.span.end,
            data_marks=" ".join(f"{span.start}-{span.end}" for span in citation.answer_spans),
        ),
        tag("button", esc(word("copy", lang)), type="button", class_="wj-act wj-copy", data_text=_plain(citation, lang)),
        tag(
            "button", esc(word("copy_md", lang)), type="button", class_="wj-act wj-copy",
            data_text=citation_markdown(citation, lang),
        ),
    ]  # fmt: skip
    link = web_address(deep_link(citation.url, citation.verbatim(first)))
    if link:
        buttons.append(
            tag(
                "a",
                esc(word("web", lang)),
                class_="wj-act",
                href=link,
                target="_blank",
                rel="noopener noreferrer",
            )
        )
    return tag("div", "".join(buttons), class_="wj-actions")


def _plain(citation: Citation, lang: str) -> str:
    """The passage and its source in plain text, to paste anywhere."""
    facts = [citation.title, place(citation, lang), citation.date.isoformat() if citation.date else ""]
    source = "，".join(fact for fact in [*facts, citation.url or citation.path] if fact)
    return f"“{safe(citation.readable()).strip()}”\n——{safe(source)}"
