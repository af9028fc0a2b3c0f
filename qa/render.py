"""Answer -> terminal, plain text, JSON or Markdown. The quote is shown as it stands in the article."""

from __future__ import annotations

import re
import sys

from ingest.types import Span
from qa.linebreaks import breaks
from qa.messages import FEATURES, LACKING, say
from qa.places import deep_link
from qa.types import Answer, Citation

# Control characters, and marks that reorder text: an article must not steer a terminal.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WIDTH_LIMITS = (40, 100)  # columns of a paragraph a person reads with ease
_PLAIN_INDENT = "    "


def safe(text: str) -> str:
    """`text` without what could steer a terminal; line breaks and tabs stay."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def as_json(answer: Answer) -> dict:
    """The JSON form of the design; offsets are code points of the article's text."""
    form: dict = {
        "question": answer.question,
        "found": answer.found,
        "confidence": answer.confidence,
        "answer": answer.text,
        "citations": [citation_json(citation) for citation in answer.citations],
        "nearest": list(answer.nearest),
        "seconds": answer.seconds,
        "read_as": answer.read_as,
        "unnamed": list(answer.unnamed),
    }
    if answer.explain is not None:
        form["explain"] = answer.explain
    return form


def citation_json(citation: Citation) -> dict:
    """One citation of the JSON form."""
    first = citation.verbatim(citation.answer_spans[0]) if citation.answer_spans else ""
    return {
        "number": citation.number,
        "title": citation.title,
        "path": citation.path,
        "url": citation.url,
        "link": deep_link(citation.url, first),
        "date": citation.date.isoformat() if citation.date else None,
        "headings": list(citation.headings),
        "line_start": citation.lines[0],
        "line_end": citation.lines[1],
        "page": citation.page,
        "start": citation.span.start,
        "end": citation.span.end,
        "quote": citation.quote,
        "answer_sentences": [
            {"start": span.start, "end": span.end, "text": citation.verbatim(span)}
            for span in citation.answer_spans
        ],
        "score": citation.score,
        "stale": citation.stale,
        "also": [
            {"title": s.title, "path": s.path, "url": s.url, "date": s.date.isoformat() if s.date else None}
            for s in citation.also
        ],
    }


def place(citation: Citation, lang: str) -> str:
    """Where a citation stands: lines, or page and lines."""
    first, last = citation.lines
    where = say("lines" if first == last else "line_range", lang, first=first, last=last)
    return f"{say('page', lang, page=citation.page)} · {where}" if citation.page else where


def parts(citation: Citation) -> list[tuple[str, bool]]:
    """The quote cut into (text, is an answering sentence), hard wraps joined."""
    cut: list[tuple[str, bool]] = []
    at = citation.span.start
    for span in citation.answer_spans:
        if span.start > at:
            cut.append((citation.readable(Span(at, span.start)), False))
        cut.append((citation.readable(span), True))
        at = span.end
    if at < citation.span.end:
        cut.append((citation.readable(Span(at, citation.span.end)), False))
    return cut


def about(citation: Citation, lang: str) -> list[str]:
    """Title and heading path, place, date, file: the line under a passage's number."""
    names = list(dict.fromkeys([citation.title, *citation.headings]))
    facts = [" › ".join(names), place(citation, lang)]
    if citation.date:
        facts.append(citation.date.isoformat())
    facts.append(citation.path)
    return [safe(fact) for fact in facts]


def notes(citation: Citation, lang: str) -> list[str]:
    """What else must be said of a citation: reposts, and a file that is no longer the same."""
    said = []
    if citation.also:
        said.append(say("also", lang, titles="、".join(f"{s.title}({s.path})" for s in citation.also)))
    if citation.stale:
        said.append(say(citation.stale, lang))
    return [safe(line) for line in said]


def percent(answer: Answer) -> int:
    """The confidence as it is shown: never that something is certain."""
    return min(99, round(100 * answer.confidence))


def reading(answer: Answer, lang: str) -> str:
    """What was taken for a slip of the keyboard, as a line; "" when nothing was."""
    if not answer.read_as:
        return ""
    return safe(say("read_as", lang, names=_comma(lang).join(f"{typed} → {meant}" for typed, meant in answer.read_as.items())))


def not_named(answer: Answer, lang: str) -> str:
    """What the question names and the answer does not, as a line; "" when there is nothing."""
    return safe(say("unnamed", lang, names=_comma(lang).join(answer.unnamed))) if answer.unnamed else ""


def _comma(lang: str) -> str:
    return ", " if lang == "en" else "\u3001"


def as_markdown(answer: Answer, lang: str = "zh") -> str:
    """The answer with its sources, to paste into notes. Article text is quoted, never interpreted."""
    lines = [f"**{_escape(answer.question)}**", ""]
    if answer.read_as:
        lines += [_escape(reading(answer, lang)), ""]
    if answer.found:
        lines += [_escape(answer.text).replace("\n", "  \n"), ""]
        if answer.unnamed:
            lines += [_escape(not_named(answer, lang)), ""]
    else:
        lines += [say("not_found", lang), ""]
    for citation in answer.citations if answer.found else ():
        lines += [citation_markdown(citation, lang), ""]
    return "\n".join(lines).rstrip() + "\n"


def citation_markdown(citation: Citation, lang: str = "zh") -> str:
    """One citation as a Markdown quotation with its source."""
    quoted = "\n".join(f"> {_escape(line)}" for line in safe(citation.readable()).splitlines())
    source = " · ".join(_escape(fact) for fact in about(citation, lang))
    link = f" · <{citation.url}>" if citation.url and re.match(r"https?://[^\s<>]+$", citation.url) else ""
    return f"{quoted}\n>\n> [{citation.number}] {source}{link}"


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", safe(text))


def as_plain(answer: Answer, lang: str, anyway: bool = False) -> str:
    """Plain text for pipes and files: no colour, no wrapping."""
    lines = [reading(answer, lang)] if answer.read_as else []
    if not answer.found:
        lines.append(say("not_found", lang))
        if answer.nearest:
            lines.append(say("nearest", lang, titles="、".join(safe(title) for title in answer.nearest)))
        if not anyway:
            return "\n".join(lines)
    else:
        lines += [safe(answer.text), *([not_named(answer, lang)] if answer.unnamed else [])]
    for citation in answer.citations:
        lines += ["", f"[{citation.number}] " + " · ".join(about(citation, lang))]
        if citation.url:
            lines.append(_PLAIN_INDENT + safe(citation.url))
        lines += [_PLAIN_INDENT + line for line in safe(citation.readable()).splitlines() if line.strip()]
        lines += [_PLAIN_INDENT + note for note in notes(citation, lang)]
    return "\n".join(lines)


def print_rich(answer: Answer, lang: str, anyway: bool = False) -> None:
    """The answer on a terminal: the answering sentences stand out in numbered passages."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.rule import Rule
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, emoji=False)
    width = max(_WIDTH_LIMITS[0], min(_WIDTH_LIMITS[1], console.width))
    if answer.read_as:
        console.print(Padding(Text(reading(answer, lang), style="yellow"), (1, 2, 0, 2)), width=width)
    if answer.found:
        text = Text(safe(answer.text))
        text.highlight_regex(r"\[\d+\]", "bold cyan")
        console.print(Padding(_broken(text, width - 4), (1, 2, 0, 2)), width=width)
        if answer.unnamed:
            console.print(Padding(Text(not_named(answer, lang), style="yellow"), (0, 2)), width=width)
        sure = say("confidence", lang, percent=percent(answer))
        console.print(Padding(Text(sure, style="dim"), (0, 2)), width=width)
    else:
        console.print(Padding(Text(say("not_found", lang), style="bold yellow"), (1, 2, 0, 2)))
        if answer.nearest:
            titles = "、".join(safe(title) for title in answer.nearest)
            console.print(Padding(Text(say("nearest", lang, titles=titles)), (0, 2)), width=width)
        if not anyway:
            console.print(Padding(Text(say("show_anyway", lang), style="dim"), (0, 2, 1, 2)), width=width)
            return
    console.print(Padding(Rule(say("passages", lang), style="dim", align="left"), (1, 2, 0, 2)), width=width)
    for citation in answer.citations:
        head = Text(f"[{citation.number}] ", style="bold cyan")
        facts = about(citation, lang)
        head.append(facts[0], style="bold")
        head.append("  " + " · ".join(facts[1:]), style="dim")
        console.print(Padding(_broken(head, width - 4), (1, 2, 0, 2)), width=width)
        if citation.url:
            console.print(Padding(Text(safe(citation.url), style="dim underline"), (0, 2, 0, 6)), width=width)
        body = Text()
        for piece, answers in parts(citation):
            body.append(_without_blank_lines(safe(piece)), style="bold green" if answers else "")
        console.print(Padding(_broken(body, width - 8), (0, 2, 0, 6)), width=width)
        for note in notes(citation, lang):
            console.print(Padding(Text(note, style="yellow"), (0, 2, 0, 6)), width=width)
    console.print()


def _broken(text, width: int):
    """A rich text in lines of at most `width` columns, broken as Chinese is."""
    return type(text)("\n").join(line for line in text.divide(breaks(text.plain, width)))


def _without_blank_lines(text: str) -> str:
    return re.sub(r"\n\s*\n", "\n", text)


def explanation(answer: Answer, lang: str) -> str:
    """The reasons behind an answer, as lines of text; "" when they were not asked for."""
    why = answer.explain
    if not why:
        return ""
    comma = _comma(lang)

    def numbers(values: dict, called: dict = FEATURES) -> str:
        return comma.join(f"{name if lang == 'en' else called.get(name, name)} {value:g}" for name, value in values.items())

    lines = [say("explain_terms", lang, terms=numbers(why["terms"], {}))]
    if why["also_called"]:
        names = comma.join(f"{one['name']} = {one['other']} ({one['path']})" for one in why["also_called"])
        lines.append(say("explain_aliases", lang, aliases=names))
    for one in why["passages"]:
        facts = {name: comma.join(one[name]) or "-" for name in ("matched", "missing")}
        legs = comma.join(name if lang == "en" else FEATURES[name] for name in one["found_by"])
        lines.append(
            say("explain_passage", lang, number=one["number"], legs=legs, features=numbers(one["features"]), **facts)
        )
    sure = {name: value for name, value in why["confidence"].items() if name != "line"}
    lines.append(say("explain_confidence", lang, features=numbers(sure, {**FEATURES, **LACKING}), line=why["confidence"]["line"]))
    if why["refused"]:
        missing = comma.join(why["passages"][0]["missing"]) if why["passages"] else ""
        names = comma.join(why["names"])
        reason = say(why["refused"], lang, focus=why["focus"], missing=missing, names=names)
        lines.append(say("why_refused", lang, reason=reason))
    return safe("\n".join(lines))
