"""The last evaluation report as HTML, whatever it holds: its JSON as tables."""

from __future__ import annotations

import json
import time
from pathlib import Path

from qa.render import safe
from qa.web.html import esc, tag
from qa.web.words import word

REPORT = Path("eval/report.json")  # where an evaluation run from the project's folder leaves it
_MOST_BYTES = 2 << 20  # a report larger than this is not one for people
_MOST_ROWS = 300  # of one table
_DEEPEST = 6  # tables inside tables


def report_html(path: Path, lang: str) -> str:
    """The report of `path`, or how to make one."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        facts = json.loads(path.read_text("utf-8"))
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
    except FileNotFoundError:
        return tag("p", esc(word("no_report", lang)), class_="wj-facts")
    except (OSError, ValueError, RecursionError) as error:
        return tag("p", esc(word("bad_report", lang, path=safe(str(path)), error=error)), class_="wj-error")
    return tag("p", esc(word("report_made", lang, made=made)), class_="wj-facts") + _value(facts, _DEEPEST)


def _value(value: object, depth: int) -> str:
    if depth == 0:
        return esc(json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        rows = [
            tag("th", esc(name), scope="row") + tag("td", _value(one, depth - 1))
            for name, one in value.items()
        ]
        return _table("", rows)
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        names = list(dict.fromkeys(name for one in value for name in one))
        head = tag("thead", tag("tr", "".join(tag("th", esc(name), scope="col") for name in names)))
        return _table(
            head,
            ["".join(tag("td", _value(one.get(name, ""), depth - 1)) for name in names) for one in value],
        )
    if isinstance(value, list):
        return tag(
            "ul",
            "".join(tag("li", _value(one, depth - 1)) for one in value[:_MOST_ROWS]),
            class_="wj-nearest",
        )
    if isinstance(value, float):
        return f"{value:.4g}"
    return esc("–" if value is None else value)


def _table(head: str, rows: list[str]) -> str:
    shown = "".join(tag("tr", row) for row in rows[:_MOST_ROWS])
    more = tag("p", "…", class_="wj-facts") if len(rows) > _MOST_ROWS else ""
    return tag("table", head + tag("tbody", shown), class_="wj-table wj-report") + more
