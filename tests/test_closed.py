"""Whom the page lets in, and what it leaves closed: other sites, other machines, whatever is not needed."""

import base64
import contextlib
import http.client
import ipaddress
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.pages import call, request, serve

ROOT = Path(__file__).parents[1]
QUESTION = "什么是涌现"
pytest_plugins = ["tests.pages"]  # the server


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "evil.example:7860"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({}, 200),
    ],
    ids=["foreign host", "foreign host with port", "foreign origin", "no origin", "cross-site", "own"],
)
def test_other_sites_are_refused(served, headers, status):
    """A page of another site can neither post here nor bind its name to this address."""
    assert request(served, "POST", "/gradio_api/run/ask", {"data": [QUESTION, 5]}, **headers)[0] == status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/file=/etc/hostname"),
        ("GET", "/gradio_api/file/etc/hostname"),
        ("GET", "/gradio_api/proxy=https://evil.example/"),
        ("POST", "/gradio_api/upload"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/deep_link"),
        ("POST", "/gradio_api/component_server"),
        ("GET", "/assets/../../../../etc/hostname"),
        ("GET", "/assets/..%2f..%2f..%2fetc/hostname"),
        ("PUT", "/"),
    ],
)
def test_what_is_not_needed_is_closed(served, method, path):
    """Files, proxies, uploads, monitoring and generated documentation of the framework are not there."""
    assert request(served, method, path)[0] in (404, 405, 403)


def test_sizes_are_limited(served):
    """A body beyond the limit is refused before it is read, with and without a stated length."""
    large = json.dumps({"data": ["长" * 100_000]}).encode()
    assert request(served, "POST", "/gradio_api/run/ask", large)[0] == 413
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=30)
    try:
        connection.request(
            "POST",
            "/gradio_api/run/ask",
            iter([large[:60_000]] * 3),
            {"content-type": "application/json"},
            encode_chunked=True,
        )
        assert connection.getresponse().status >= 400
    except (http.client.HTTPException, ConnectionError):
        pass  # hung up on, which is as good
    finally:
        connection.close()


def test_the_page_is_sealed(served):
    """The policy allows own scripts by nonce only, never evaluation; nothing names another site."""
    _, headers, body = request(served, "GET", "/")
    policy = headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts and "nonce-" in scripts
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff" and "server" not in headers
    assert b"raw.githubusercontent" not in body and b'lang="zh-CN"' in body


def test_a_password_closes_every_door(small_index):
    """With a password nothing is served without it: page, script, API and MCP alike."""
    with serve(small_index, password="口令:1") as opened:
        right = "Basic " + base64.b64encode("我:口令:1".encode()).decode()
        wrong = "Basic " + base64.b64encode("我:口令".encode()).decode()
        for path in ("/", "/wenju/page.js", "/gradio_api/info", "/config", "/mcp", "/nowhere"):
            assert request(opened, "GET", path)[0] == 401
            assert request(opened, "GET", path, authorization=wrong)[0] == 401
        assert request(opened, "GET", "/", authorization=right)[0] == 200
        assert call(opened, "ask", QUESTION, 5, authorization=right)[0] == "complete"


def test_without_editing_nothing_is_written(small_index, small_corpus):
    """Where articles may not be changed, the endpoints refuse in words, and large bodies outright."""
    with serve(small_index, editing=False) as opened:
        before = sorted(small_corpus.iterdir())
        content = base64.b64encode("新文章".encode()).decode()
        for name, values in (
            ("page_add", ["新.txt", content]),
            ("page_remove", ["训练.md"]),
            ("page_put_back", ["涌现.txt", 1]),
        ):
            _, _, body = request(opened, "POST", f"/gradio_api/run/{name}", {"data": values})
            assert "不能" in json.loads(body)["data"][0]["error"]
        assert (
            request(opened, "POST", "/gradio_api/run/page_add", {"data": ["x.txt", "A" * 200_000]})[0] == 413
        )
        assert sorted(small_corpus.iterdir()) == before


def test_beyond_this_machine_needs_a_password(qa, small_index):
    """`--host 0.0.0.0` alone is refused, and the message says what it would open and how to go on."""
    refused = qa("page", "--index", small_index, "--host", "0.0.0.0")
    assert refused.code == 2
    assert "--password" in refused.err and "--anyone" in refused.err


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="no /proc to watch sockets in")
def test_the_command_opens_the_page_and_nothing_else(small_index, tmp_path):
    """`qa page` says where it is, answers, and holds no socket that leads to another machine; Ctrl-C ends it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WENJU_LANG": "zh"}
    command = [sys.executable, "-m", "qa.cli", "page", "--index", str(small_index), "--port", "0"]
    page = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        said = page.stderr.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", said)[0]
        opened = type("Opened", (), {"url": url})
        seen = set()
        for question in (QUESTION, "什么是过拟合", "番茄炒蛋放多少糖"):
            assert call(opened, "ask", question, 5)[0] == "complete"
            seen |= remote_addresses(page.pid)
        assert request(opened, "GET", "/")[0] == 200
        seen |= remote_addresses(page.pid)
        assert seen <= {"0.0.0.0", "127.0.0.1", "::", "::1"}
    finally:
        page.send_signal(signal.SIGINT)
        assert page.wait(15) in (0, 130, -signal.SIGINT)
        page.stderr.close()


def remote_addresses(pid: int) -> set[str]:
    """The far ends of all internet sockets that a process holds, from /proc."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes |= set(re.findall(r"socket:\[(\d+)\]", os.readlink(link)))
    found = set()
    for kind in ("tcp", "udp", "tcp6", "udp6"):
        for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                raw = bytes.fromhex(fields[2].split(":")[0])
                words = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
                found.add(str(ipaddress.ip_address(words)))
    return found


def test_a_taken_port_is_named(qa, served, small_index):
    """A port in use is a sentence with the way out, not a traceback."""
    taken = qa("page", "--index", small_index, "--port", str(urlsplit(served.url).port))
    assert taken.code == 2 and "--port" in taken.err
