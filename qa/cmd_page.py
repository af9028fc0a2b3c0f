"""`qa page`: serve the page, to this machine alone unless a password is given."""

from __future__ import annotations

import argparse
import importlib.util
import socket
import sys

from ingest.errors import UsageError
from qa.config import setting
from qa.messages import say
from qa.stores import Place, place

DEFAULT_HOST = "127.0.0.1"  # this machine alone
DEFAULT_PORT = 7860  # Gradio's own
_GRACE = 2  # seconds that open streams of a browser may hold up Ctrl-C


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C; 0."""
    from qa.web.guard import Doors, is_loopback

    host = str(setting("host", options.host, DEFAULT_HOST))
    port = _port(setting("port", options.port, DEFAULT_PORT))
    password = setting("password", options.password)
    near = is_loopback(host)
    if not near and not password and not options.anyone:
        raise UsageError(
            f"--host {host} 会让别的机器也能打开这个页面，读到全部文章。请同时给出 --password；确实不要密码，就加 --anyone。",
            f"--host {host} opens this page, and every article, to other machines. Give a --password too, or --anyone to have none.",
        )
    where = place(options)
    doors = Doors(
        host,
        port,
        str(password) if password else None,
        near or options.uploads,
        options.lang,
        _mcp(options.mcp),
    )
    if not near:
        print("qa: " + _opened(doors), file=sys.stderr)
    listening = _listen(host, port)
    _serve(doors, where, listening)
    return 0


def _opened(doors) -> str:
    """What other machines can do, in one line."""
    who = ("任何人", "anyone") if not doors.password else ("知道密码的人", "whoever has the password")
    does = (
        ("提问、读全部文章、增删文章", "ask, read, add and remove articles")
        if doors.editing
        else ("提问、读全部文章", "ask and read articles")
    )
    if doors.lang == "en":
        return f"{doors.host} is reachable from other machines: {who[1]} can {does[1]}. The connection is not encrypted."
    return f"别的机器能连上 {doors.host}：{who[0]}可以{does[0]}。连接没有加密。"


def _port(value: object) -> int:
    if not str(value).isdigit() or not 0 <= int(str(value)) <= 65535:
        raise UsageError(
            f"端口应为 0 到 65535 的整数，不是 {value}。", f"The port must be 0 to 65535, not {value}."
        )
    return int(str(value))


def _mcp(wanted: bool) -> bool:
    """Whether to serve MCP too. UsageError where its package is missing."""
    if wanted and importlib.util.find_spec("mcp") is None:
        raise UsageError(
            '--mcp 需要 mcp 包。请运行:pip install "mcp>=1.21,<2"',
            '--mcp needs the package mcp. Run: pip install "mcp>=1.21,<2"',
        )
    return wanted


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket, taken before anything heavy is loaded. UsageError when it is not free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), port))
    except OSError as error:
        listening.close()
        raise UsageError(
            f"无法监听 {host}:{port}({error.strerror})。请用 --port 换一个端口。",
            f"Cannot listen on {host}:{port} ({error.strerror}). Choose another port with --port.",
        ) from error
    listening.listen()
    return listening


def _serve(doors, where: Place, listening: socket.socket) -> None:
    import uvicorn

    from qa.page import make_app
    from qa.web.desk import Desk

    app = make_app(Desk(where.index, doors.lang, doors.editing, where), doors)
    config = uvicorn.Config(
        app,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=_GRACE,
    )
    host = f"[{doors.host}]" if ":" in doors.host else doors.host
    print(
        say("page_opening", doors.lang, url=f"http://{host}:{listening.getsockname()[1]}/"),
        file=sys.stderr,
        flush=True,
    )
    if doors.mcp:
        print(f"MCP: http://{host}:{listening.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
    uvicorn.Server(config).run(sockets=[listening])
