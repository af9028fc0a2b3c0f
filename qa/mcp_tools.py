"""The MCP server: the tools `ask`, `show` and `status` for an assistant; the only importer of mcp.

Served over streamable HTTP beside the page. Each result is JSON, once as text and once
as structured content, the very objects that `qa ask|show|status --json` print.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import qa
from ingest.errors import WenjuError
from qa.ask import DEFAULT_K, MAX_K
from qa.question import MAX_QUESTION_CHARS

INSTRUCTIONS = (
    "Answers questions from a folder of (mostly Chinese) articles with verbatim passages. Call `ask` with one "
    "question; quote `citations[].quote` word for word and name its title and lines. When `found` is false the "
    "articles do not answer: say so. Call `show` to read around a citation, `status` to see which articles there are."
)
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
TOOLS: dict[str, tuple[str, dict, list[str]]] = {
    "ask": (
        ("Answer a question from the indexed articles and nothing else. Returns `found` (false: the articles do not "
        "answer; `nearest` then names the nearest titles), `confidence` (0 to 1), `answer` (verbatim sentences, each "
        "followed by the [number] of its citation) and `citations`, best first: number, title, path, url, date, "
        "headings, line_start, line_end, page (PDF), start and end (code points), quote (verbatim), answer_sentences, "
        "score, stale (the file has changed since); and `unnamed`, what the question names and the passages of `answer` "
        "do not: they may tell of something else. Give `path` to `show` to read on."),
        {
            "question": {**_TEXT, "minLength": 1, "maxLength": MAX_QUESTION_CHARS, "description": "One question, in Chinese or English."},
            "k": {"type": "integer", "minimum": 1, "maximum": MAX_K, "default": DEFAULT_K, "description": "How many passages to cite."},
            "since": {**_TEXT, "description": "Only articles of this day or later: 2024-03-05, 2024-03 or 2024."},
            "until": {**_TEXT, "description": "Only articles of this day or earlier."},
            "source": {**_TEXT, "description": "Only articles whose path or web address holds this, or fits it as a pattern with * and ?."},
        },
        ["question"],
    ),
    "show": (
        ("Read an indexed article line by line. Returns path, title, date, author, url, flags and `lines`: number, "
        "text, reason (null: the line is searched; otherwise why it was left out), partly."),
        {
            "article": {**_TEXT, "minLength": 1, "description": "The `path` of an article; a part of it if no other article has it."},
            "first": {**_COUNT, "default": 1, "description": "The first line wanted, counted from 1."},
            "last": {**_COUNT, "default": 0, "description": "The last line wanted; 0 for all. Long articles take many tokens: ask for a range."},
        },
        ["article"],
    ),
    "status": (
        ("What the index holds: numbers of articles and passages, model, when it was updated, skipped files, and "
        "`list`: path, title, date, url, number of passages and flags of every article."),
        {},
        [],
    ),
}  # fmt: skip


def make_mcp(doors: dict[str, Callable[..., dict]], lang: str):
    """(ASGI application, async context in which it runs) of an MCP server; `doors` maps tool name to function."""
    from mcp.server.lowlevel import Server
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.types import TextContent, Tool, ToolAnnotations

    server = Server("wenju", version=qa.__version__, instructions=INSTRUCTIONS)

    @server.list_tools()
    async def list_tools() -> list[Tool]:
        return [
            Tool(
                name=name, description=said, annotations=ToolAnnotations(readOnlyHint=True, openWorldHint=False),
                inputSchema={"type": "object", "properties": fields, "required": needed, "additionalProperties": False},
            )
            for name, (said, fields, needed) in TOOLS.items()
        ]  # fmt: skip

    @server.call_tool()
    async def call_tool(name: str, arguments: dict):
        import anyio

        try:
            result = await anyio.to_thread.run_sync(lambda: doors[name](**arguments))
        except WenjuError as error:
            raise ValueError(error.message(lang)) from error  # mcp sends its text, marked as an error
        return [TextContent(type="text", text=json.dumps(result, ensure_ascii=False))], result

    manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
    return _Endpoint(manager), manager.run


class _Endpoint:
    """An ASGI application; a class, since Starlette takes a function for something that returns a response."""

    def __init__(self, manager) -> None:
        self.manager = manager

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        await self.manager.handle_request(scope, receive, send)
