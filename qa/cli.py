"""The `qa` command: options, and the one place where errors become a line and an exit code.

Heavy libraries are imported by the commands that need them, never by this module.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

import qa
from ingest.errors import UsageError, WenjuError
from qa.messages import language, say

EXIT_INTERRUPTED = 130  # what shells expect after Ctrl-C


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the return value is the exit code (see the README's table)."""
    argv = list(sys.argv[1:] if argv is None else argv)
    # Read when numpy is imported. On a busy machine its threads wait for each other: 2 s a question instead of 0.03.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _use_utf8()
    lang = language(_peek_lang(argv))
    try:
        return _told(argv, lang)
    except KeyboardInterrupt:
        ingesting = argv[:1] == ["ingest"]
        print("\n" + say("interrupted_ingest" if ingesting else "interrupted", lang), file=sys.stderr)
        return EXIT_INTERRUPTED


def _told(argv: list[str], lang: str) -> int:
    """`main`, without Ctrl-C: run the command, and tell what went wrong."""
    options = None
    try:
        options = _parser(lang).parse_args(argv)
        options.lang = language(options.lang)
        lang = options.lang
        return _run(options)
    except WenjuError as error:
        print(f"qa: {error.message(lang)}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # `qa ask … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("WENJU_DEBUG"):
            raise
        damage = _damage(options)
        if damage:
            print(f"qa: {damage.message(lang)}", file=sys.stderr)
            return damage.exit_code
        print("qa: " + say("unexpected", lang, error=f"{type(error).__name__}: {error}"), file=sys.stderr)
        return 1


def _damage(options: argparse.Namespace | None) -> WenjuError | None:
    """The damage of the index in a folder that made a command fail; None if that is whole, or not what was read."""
    from ingest.doubt import damage_behind
    from qa.stores import place

    try:
        where = place(options)
    except (WenjuError, AttributeError):
        return None
    return None if where.uri else damage_behind(where.index)


def _run(options: argparse.Namespace) -> int:
    """Import the module of the command, and run it."""
    if options.command == "ask":
        # The model loads outside Python's lock: begun now, it costs nothing beside our own imports.
        # The dictionary loads inside it, so for one question a child process does that.
        from ingest.embed import preload
        from ingest.terms import preload_beside

        if options.question != ["-"]:
            preload_beside()
        threading.Thread(target=preload, daemon=True).start()
        from qa.cmd_ask import run
    elif options.command == "ingest":
        from qa.cmd_ingest import run
    elif options.command == "watch":
        from qa.cmd_watch import run
    elif options.command == "page":
        from qa.cmd_page import run
    else:
        from qa.cmd_inspect import run
    return run(options)


def _use_utf8() -> None:
    """Chinese must come out whatever the locale; only a terminal keeps its own encoding."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace", **({} if stream.isatty() else {"encoding": "utf-8"}))


def _peek_lang(argv: Sequence[str]) -> str | None:
    """The value of --lang before parsing, so that help and usage errors speak it too."""
    for number, word in enumerate(argv):
        if word == "--lang" and number + 1 < len(argv):
            return argv[number + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return None


class _Parser(argparse.ArgumentParser):
    """Wrong usage is told like every other error: one line, and what to write instead."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            f"用法有误：{message}。运行 {self.prog} --help 可看用法。",
            f"wrong usage: {message}. Run {self.prog} --help.",
        )


def _parser(lang: str) -> argparse.ArgumentParser:
    """The command line; every text in `lang`."""

    def t(zh: str, en: str) -> str:
        return en if lang == "en" else zh

    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--index", metavar="DIR", help=t("索引文件夹（默认 .wenju）", "index folder (default .wenju)"))
    shared.add_argument("--store", choices=("local", "milvus"), help=t("索引放在哪里（默认 local：索引文件夹）", "where the index is (default local: the index folder)"))
    shared.add_argument("--uri", metavar="URI", help=t("Milvus 的地址，或 Milvus Lite 文件（如 ./m.db）", "address of Milvus, or a Milvus Lite file (such as ./m.db)"))
    shared.add_argument("--lang", choices=("zh", "en"), help=t("界面语言", "language of messages"))
    reading = argparse.ArgumentParser(add_help=False, parents=[shared])
    reading.add_argument("--json", action="store_true", help=t("输出 JSON", "print JSON"))

    parser = _Parser(
        prog="qa",
        description=t(
            "问据：向一个文件夹的中文文章提问，得到逐字引用、标明出处的段落。",
            "wenju: ask a folder of Chinese articles a question and get the passages that answer it, word for word.",
        ),
        epilog=t(
            "退出码：0 完成 · 1 意外错误 · 2 用法有误 · 3 有文件被跳过 · 4 文章没有回答 · 10 还没有索引 · "
            "11 另一个 ingest 正在运行 · 12 索引损坏 · 13 格式或模型不符",
            "Exit codes: 0 done · 1 unexpected failure · 2 wrong usage · 3 some files skipped · 4 not answered · "
            "10 no index yet · 11 another ingest is running · 12 index damaged · 13 format or model mismatch",
        ),
    )
    parser.add_argument("--version", action="version", version=f"wenju {qa.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar=t("命令", "COMMAND"))

    ingest = commands.add_parser(
        "ingest", parents=[reading], help=t("读取文章，建立或更新索引", "read articles; build or update the index")
    )
    ingest.add_argument("folder", nargs="?", metavar="FOLDER", help=t("文章文件夹（默认 corpus）", "folder of articles (default corpus)"))
    ingest.add_argument("--model", metavar="NAME", help=t("改用另一个模型：名字或文件夹", "another model: name or folder"))
    ingest.add_argument("--device", default=None, help=t("计算设备（默认 cpu）", "device to embed on (default cpu)"))
    ingest.add_argument("--dask", metavar="WHERE", help=t("由 Dask 的 worker 读取和计算：tcp://主机:端口，或 local:N", "read and embed on workers of Dask: tcp://host:port, or local:N"))
    ingest.add_argument("--read-seconds", type=float, metavar="N", help=t("读一个文件最多几秒（默认 60）", "seconds one file may take to read (default 60)"))
    ingest.add_argument("--read-memory-mb", type=int, metavar="N", help=t("读一个文件最多用多少 MB 内存（默认 2048）", "MB of memory one file may take (default 2048)"))
    ingest.add_argument("--read-chars", type=int, metavar="N", help=t("一个文件最多多少字（默认两千万）", "characters one file may hold (default 20 million)"))
    ingest.add_argument("--rebuild", action="store_true", help=t("全部重做", "do everything again"))
    ingest.add_argument("--replace", action="store_true", help=t("用新文件夹取代索引原来的文件夹", "take the index over for another folder"))

    watch = commands.add_parser(
        "watch", parents=[reading], help=t("监视文件夹，文章一有变动就更新索引", "watch a folder; update the index when articles change")
    )
    watch.add_argument("folder", nargs="?", metavar="FOLDER", help=t("文章文件夹（默认 corpus）", "folder of articles (default corpus)"))
    watch.add_argument("--model", metavar="NAME", help=t("改用另一个模型：名字或文件夹", "another model: name or folder"))
    watch.add_argument("--device", default=None, help=t("计算设备（默认 cpu）", "device to embed on (default cpu)"))

    ask = commands.add_parser("ask", parents=[reading], help=t("提问", "ask a question"))
    ask.add_argument("question", metavar="QUESTION", nargs="+", help=t('问题；"-" 表示从标准输入逐行读取', 'the question; "-" reads one a line from standard input'))
    ask.add_argument("-k", type=int, metavar="N", help=t("最多引用几段（默认 5）", "how many passages to cite (default 5)"))
    ask.add_argument("--anyway", action="store_true", help=t("没有回答时也显示最接近的段落", "show the nearest passages even if they do not answer"))
    ask.add_argument("--since", metavar="DATE", help=t("只问这一天及以后的文章", "only articles of this day or later"))
    ask.add_argument("--until", metavar="DATE", help=t("只问这一天及以前的文章", "only articles of this day or earlier"))
    ask.add_argument("--source", metavar="GLOB", help=t("只问路径或网址符合的文章", "only articles whose path or address fits"))
    ask.add_argument("--explain", action="store_true", help=t("说明为什么是这些段落", "say why these passages"))
    ask.add_argument("--add-to-eval", metavar="FILE", help=t("把这个问题加进评测文件", "append the question to an evaluation file"))
    ask.add_argument("--markdown", action="store_true", help=t("输出 Markdown", "print Markdown"))

    page = commands.add_parser("page", parents=[shared], help=t("打开提问页面", "open the page"))
    page.add_argument("--host", default=None, help=t("监听地址（默认 127.0.0.1）", "address to listen on (default 127.0.0.1)"))
    page.add_argument("--port", type=int, default=None, help=t("端口（默认 7860）", "port (default 7860)"))
    page.add_argument("--password", default=None, help=t("访问密码（也可用环境变量 WENJU_PASSWORD）", "password (or the environment variable WENJU_PASSWORD)"))
    page.add_argument("--anyone", action="store_true", help=t("向别的机器开放而不设密码", "open to other machines without a password"))
    page.add_argument("--uploads", action="store_true", help=t("向别的机器开放时也允许增删文章", "let other machines add and remove articles too"))
    page.add_argument("--mcp", action="store_true", help=t("同时提供 MCP 工具 ask、show、status", "serve the MCP tools ask, show and status too"))

    show = commands.add_parser("show", parents=[reading], help=t("显示文章，标明去掉的行", "show an article, with what was dropped"))
    show.add_argument("article", metavar="ARTICLE[:LINE]", help=t("文章，可加行号", "the article, and a line if you like"))
    dropped = commands.add_parser("dropped", parents=[reading], help=t("去掉了哪些行，为什么", "what was dropped, and why"))
    dropped.add_argument("article", nargs="?", metavar="ARTICLE")
    commands.add_parser("status", parents=[reading], help=t("索引的概况", "what the index holds"))
    doctor = commands.add_parser("doctor", parents=[reading], help=t("检查环境、模型和索引", "check environment, model and index"))
    doctor.add_argument("file", nargs="?", metavar="FILE", help=t("只检查这个文件能否读好", "check how well this file can be read"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
