"""Who may ask the page for what: hosts, origins, password, paths and sizes, and a strict content policy.

One plain ASGI middleware around the whole application, so that no route can be
forgotten: a path that is not listed here does not exist.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import ipaddress
import re
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

ASK_BYTES = 64 << 10  # a question of 1000 characters in JSON takes at most 12 KB
UPLOAD_BYTES = 20 << 20  # an article added through the page; larger ones go into the folder by hand
_UNAUTHORIZED = 401
_WRONG_SECONDS = 0.5  # a wrong password costs this much, so that guessing is slow
_BASE64 = 4 / 3  # what base64 makes of a file

# What the page, its API and the MCP server need of Gradio. Uploads, files, proxies, monitoring,
# streams and editing are not among them.
_PATHS = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/assets/[\w.\-/]+|/static/[\w.\-/]+|/wenju/[\w.\-]+"
    r"|/gradio_api/(?:info/?|openapi\.json|theme\.css|startup-events|app_id/?|heartbeat/\w+|queue/(?:join|data)"
    r"|(?:call|run)/\w+(?:/\w+)?)|/mcp"
)
_HTML_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_META_OUTSIDE = re.compile(rb"<meta\s[^>]*(?:og:|twitter:)[^>]*/?>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Doors:
    """What is open: the address listened on, the password if any, whether articles may be added, and the MCP server."""

    host: str = "127.0.0.1"
    port: int = 7860
    password: str | None = None
    editing: bool = True
    lang: str = "zh"
    mcp: bool = False


def is_loopback(host: str) -> bool:
    """True when only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware: refuses what `Doors` does not open, and seals what is sent."""

    def __init__(self, app: Callable, doors: Doors) -> None:
        self.app = app
        self.doors = doors
        self.hosts = _hosts(doors)

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        """Refuse, or pass on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no door of ours speaks over a web socket
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        refusal = self._refusal(scope, headers)
        if refusal:
            if refusal[0] == _UNAUTHORIZED and "authorization" in headers:
                await asyncio.sleep(_WRONG_SECONDS)
            await _refuse(send, *refusal)
            return
        limit = self._limit(scope["path"])
        await self.app(scope, _limited(receive, limit), self._sealed(scope, send))

    def _refusal(self, scope: dict, headers: dict[str, str]) -> tuple[int, str, dict[str, str]] | None:
        """(status, text, headers) of a refusal, or None."""
        host = headers.get("host", "")
        if not self._known(host):
            return 421, "unknown host", {}
        if _cross_origin(scope, headers, host):
            return 403, "requests from other sites are refused", {}
        if not self._may_enter(headers):
            return (
                _UNAUTHORIZED,
                "password required",
                {"www-authenticate": 'Basic realm="wenju", charset="UTF-8"'},
            )
        mcp = scope["path"] == "/mcp"
        if not _PATHS.fullmatch(scope["path"]) or (mcp and not self.doors.mcp):
            return 404, "not found", {}
        if scope["method"] not in ("GET", "HEAD", "POST", "DELETE"):
            return 405, "method not allowed", {}
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._limit(scope["path"]):
            return 413, "too large", {}
        return None

    def _known(self, host: str) -> bool:
        """True for a Host header that names this server, so that no foreign name can be bound to it."""
        name = re.sub(r":\d+$", "", host).strip("[]").lower()
        if name in self.hosts:
            return True
        if is_loopback(self.doors.host):
            return False
        try:
            ipaddress.ip_address(name)  # an address cannot be rebound
        except ValueError:
            return False
        return True

    def _may_enter(self, headers: dict[str, str]) -> bool:
        if not self.doors.password:
            return True
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            password = base64.b64decode(given).partition(b":")[2]
        except ValueError:
            return False
        return hmac.compare_digest(password, self.doors.password.encode("utf-8"))

    def _limit(self, path: str) -> int:
        """The most bytes that a body may have."""
        adding = (
            self.doors.editing and path.startswith("/gradio_api/") and path.rstrip("/").endswith("/page_add")
        )
        return int(UPLOAD_BYTES * _BASE64) + ASK_BYTES if adding else ASK_BYTES

    def _sealed(self, scope: dict, send: Callable) -> Callable:
        """`send`, with the headers of every answer set; the page itself is rewritten for its policy."""
        nonce = secrets.token_urlsafe(16)
        page = scope["path"] == "/" and scope["method"] == "GET"
        held: dict = {}

        async def sealed(message: dict) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _headers(message["headers"], nonce)}
                kind = dict(message["headers"]).get(b"content-type", b"")
                if page and kind.startswith(b"text/html"):
                    held.update(start=message, body=b"")
                    return
            elif held:
                held["body"] += message.get("body", b"")
                if message.get("more_body"):
                    return
                body = rewritten(held["body"], nonce, self.doors.lang)
                start = held["start"]
                kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
                await send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
                message = {"type": "http.response.body", "body": body}
            await send(message)

        return sealed


def rewritten(body: bytes, nonce: str, lang: str) -> bytes:
    """Gradio's page with our language, style and script, and the nonce that lets its own scripts run."""
    body = _META_OUTSIDE.sub(b"", body)
    body = body.replace(b'lang="en"', b'lang="en"' if lang == "en" else b'lang="zh-CN"', 1)
    ours = b'<link rel="stylesheet" href="/wenju/page.css"><script type="module" src="/wenju/page.js"></script></head>'
    body = body.replace(b"</head>", ours, 1)
    return body.replace(b"<script", b'<script nonce="' + nonce.encode() + b'"')


def _headers(headers: list, nonce: str) -> list:
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    )
    dropped = {b"server", b"access-control-allow-origin", b"access-control-allow-credentials"}
    kept = [(name, value) for name, value in headers if name.lower() not in dropped]
    sealed = {**_HTML_HEADERS, "content-security-policy": policy}
    return [*kept, *((name.encode(), value.encode()) for name, value in sealed.items())]


def _hosts(doors: Doors) -> frozenset[str]:
    names = {"localhost", "127.0.0.1", "::1", doors.host.strip("[]").lower()}
    if not is_loopback(doors.host):
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return frozenset(names)


def _cross_origin(scope: dict, headers: dict[str, str], host: str) -> bool:
    """True for a request that a page of another site caused; typing or following a link to the page is none."""
    site = headers.get("sec-fetch-site", "none")
    navigating = (
        scope["method"] == "GET" and scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"
    )
    if site not in ("none", "same-origin") and not navigating:
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != host.lower()


def _limited(receive: Callable[[], Awaitable[dict]], limit: int) -> Callable[[], Awaitable[dict]]:
    """`receive` that ends a body which grows beyond `limit` bytes, whatever its header said."""
    seen = 0

    async def limited() -> dict:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if seen > limit else message

    return limited


async def _refuse(send: Callable, status: int, text: str, headers: dict[str, str]) -> None:
    body = text.encode()
    sent = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body)), **headers}
    await send({
        "type": "http.response.start", "status": status,
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    })  # fmt: skip
    await send({"type": "http.response.body", "body": body})
