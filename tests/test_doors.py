"""The doors beside the page: HTTP and MCP give what the command line gives."""

import json
import re
import subprocess
import sys

import pytest

from tests.pages import call, request

QUESTION = "什么是涌现"
pytest_plugins = ["tests.pages"]  # the server


def untimed(answer: dict) -> dict:
    """An answer without the one thing that differs from run to run, and with scores as far as both engines agree."""
    citations = [{**one, "score": round(one["score"], 2)} for one in answer["citations"]]
    rest = {name: value for name, value in answer.items() if name != "seconds"}
    return rest | {"citations": citations, "confidence": round(answer["confidence"], 2)}


@pytest.fixture(scope="module")
def from_command_line(small_index):
    """What `qa ask --json` prints."""
    command = [sys.executable, "-m", "qa.cli", "ask", "--json", "--index", str(small_index), QUESTION]
    return json.loads(
        subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    )


def test_http_gives_what_the_command_line_gives(served, from_command_line):
    """The documented endpoint returns the very object that `qa ask --json` prints."""
    event, data = call(served, "ask", QUESTION, 5)
    assert event == "complete"
    assert untimed(data[0]) == untimed(from_command_line)
    _, _, body = request(
        served, "POST", "/gradio_api/call/v2/ask", {"question": QUESTION}
    )  # by name: k has its default
    _, _, stream = request(served, "GET", f"/gradio_api/call/ask/{json.loads(body)['event_id']}")
    assert untimed(json.loads(stream.decode().strip().split("data: ")[-1])[0]) == untimed(from_command_line)
    status, _, body = request(served, "POST", "/gradio_api/run/ask", {"data": [QUESTION, 5]})
    assert status == 200 and untimed(json.loads(body)["data"][0]) == untimed(from_command_line)


def test_the_page_shows_the_same_passages(served, from_command_line):
    """The HTML of the page names the same places in the same order."""
    html = served.desk.answer_html(QUESTION)
    places = re.findall(r'data-path="([^"]+)" data-start="(\d+)" data-end="(\d+)"', html)
    assert places == [(c["path"], str(c["start"]), str(c["end"])) for c in from_command_line["citations"]]


def test_show_and_status(served, from_command_line):
    """`show` reads around a citation, `status` lists the articles that it can read."""
    cited = from_command_line["citations"][0]
    _, (shown,) = call(served, "show", cited["path"], cited["line_start"], cited["line_end"])
    assert [row["number"] for row in shown["lines"]] == list(
        range(cited["line_start"], cited["line_end"] + 1)
    )
    assert cited["quote"].split("\n")[0].strip() in shown["lines"][0]["text"]
    _, (facts,) = call(served, "status")
    assert cited["path"] in [one["path"] for one in facts["list"]]


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("ask", ["问" * 1001, 5], "1000"),
        ("ask", [" ", 5], "空"),
        ("ask", [QUESTION, 0], "1 到 50"),
        ("show", ["没有这篇", 1, 0], "没有这篇"),
    ],
    ids=["too long", "empty", "no passages", "unknown article"],
)
def test_mistakes_are_named(served, name, values, said):
    """A caller's mistake comes back as the sentence that the command line would print."""
    event, data = call(served, name, *values)
    assert event == "error"
    assert said in json.dumps(data, ensure_ascii=False)


def test_an_assistant_can_use_the_tools(served, from_command_line):
    """An MCP client finds ask, show and status with descriptions and schemas, and gets the same passages."""
    pytest.importorskip("mcp", reason="the mcp package is not installed")
    import anyio
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def use():
        async with (
            streamablehttp_client(served.url + "/mcp") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            answer = await session.call_tool("ask", {"question": QUESTION})
            status = await session.call_tool("status", {})
            wrong = await session.call_tool("ask", {"question": "问" * 1001})
            return tools, answer, status, wrong

    tools, answer, status, wrong = anyio.run(use)
    assert set(tools) == {"ask", "show", "status"}
    assert tools["ask"].inputSchema["required"] == ["question"]
    assert tools["ask"].inputSchema["properties"]["question"]["description"]
    assert "verbatim" in tools["ask"].description
    assert (
        untimed(json.loads(answer.content[0].text))
        == untimed(answer.structuredContent)
        == untimed(from_command_line)
    )
    assert json.loads(status.content[0].text)["articles"] == 3
    assert wrong.isError and "too long" in wrong.content[0].text
