"""The page as tests open it: a real server on a free port, in a thread of this process."""

import contextlib
import http.client
import importlib.util
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

CHROMIUM = Path("/usr/bin/chromium")  # Debian's; the tests bring no browser of their own


@dataclass(frozen=True)
class Served:
    """A running page: its address, and the desk behind it."""

    url: str
    desk: object


@contextlib.contextmanager
def serve(index: Path, **doors) -> Iterator[Served]:
    """Serve the page of `index` until the block ends; `doors` as in `qa.web.guard.Doors`."""
    import uvicorn

    from qa.page import make_app
    from qa.web.desk import Desk
    from qa.web.guard import Doors

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    port = listening.getsockname()[1]
    opened = Doors(port=port, **doors)
    desk = Desk(index, opened.lang, opened.editing)
    config = uvicorn.Config(
        make_app(desk, opened), log_level="error", server_header=False, ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    try:
        yield Served(f"http://127.0.0.1:{port}", desk)
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def served(small_index):
    """The page of the small corpus, MCP included where its package is there."""
    with serve(small_index, mcp=importlib.util.find_spec("mcp") is not None) as opened:
        yield opened


def request(served, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict, bytes]:
    """One request as any program may send it: (status, headers, body)."""
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=30)
    raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    sent = {
        "content-type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    try:
        connection.request(method, path, raw, sent)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def call(served, name: str, *values, **headers: str) -> tuple[str, object]:
    """A call as the documentation shows it: (event, data)."""
    status, _, body = request(served, "POST", f"/gradio_api/call/{name}", {"data": list(values)}, **headers)
    assert status == 200, body
    _, _, stream = request(
        served, "GET", f"/gradio_api/call/{name}/{json.loads(body)['event_id']}", **headers
    )
    event, data = stream.decode().strip().split("\n")[-2:]
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@contextlib.contextmanager
def chromium() -> Iterator:
    """A browser; the test is skipped, and says so, where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def browser():
    """One browser for all tests of a file."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def open_page(browser):
    """Open an address in a fresh browser profile; no request may leave the machine, no script may fail."""
    contexts = []

    def open_(url: str, **options):
        context = browser.new_context(locale="zh-CN", **options)
        context.set_default_timeout(45_000)  # a shared machine stood still for 15 s
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
