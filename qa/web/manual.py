"""How a program asks: the endpoints of the page, with examples that can be pasted."""

from __future__ import annotations

import json

from qa.web.html import esc, tag
from qa.web.words import word

_CURL = """\
curl -s -X POST {url}/gradio_api/call/v2/ask{login} -H 'Content-Type: application/json' -d '{{"question": "什么是涌现", "k": 5}}'
# {{"event_id": "…"}}
curl -sN {url}/gradio_api/call/ask/EVENT_ID{login}
# event: complete
# data: [{{"question": …, "found": true, "answer": …, "citations": [{{"path": …, "quote": …, "line_start": …}}]}}]"""
_PYTHON = """\
from urllib.request import Request, urlopen
import json

body = json.dumps({{"data": ["什么是涌现", 5]}}).encode()
request = Request("{url}/gradio_api/run/ask", body, {{"Content-Type": "application/json"{header}}})
answer = json.load(urlopen(request))["data"][0]
for citation in answer["citations"]:
    print(citation["title"], citation["line_start"], citation["quote"])"""


def manual_html(url: str, lang: str, password: bool, mcp: bool) -> str:
    """The endpoints `ask`, `show` and `status`, for curl, Python and MCP; `url` is that of the page."""
    login = " -u x:PASSWORD" if password else ""
    header = ', "Authorization": "Basic " + BASE64_OF_x_COLON_PASSWORD' if password else ""
    parts = [
        ("manual_curl", _CURL.format(url=url, login=login)),
        ("manual_python", _PYTHON.format(url=url, header=header)),
    ]
    if mcp:
        parts.append(
            (
                "manual_mcp",
                json.dumps({"mcpServers": {"wenju": {"type": "http", "url": f"{url}/mcp"}}}, indent=2),
            )
        )
    shown = "".join(
        tag("h2", esc(word(name, lang)), class_="wj-h")
        + tag("pre", esc(code), class_="wj-code", tabindex="0")
        for name, code in parts
    )
    return (
        tag("p", esc(word("manual", lang)))
        + shown
        + ("" if mcp else tag("p", esc(word("manual_no_mcp", lang)), class_="wj-facts"))
    )
