"""The words that `qa` understands: commands, options, their help and what is said of a wrong one, in two languages."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import qa
from ingest.errors import UsageError

Say = Callable[[str, str], str]  # (zh, en) -> the one that is wanted

# What argparse says of wrong usage, and the same in Chinese. A sentence it may learn later stays English.
_WRONG = (
    (r"the following arguments are required: (.+)", r"缺少 \1"),
    (r"unrecognized arguments: (.+)", r"不认识 \1"),
    (r"argument (.+): expected (?:at least )?one argument", r"\1 后面缺少值"),
    (r"argument (.+): invalid choice: (.+) \(choose from (.+)\)", r"\1 没有 \2 这一项，可选的有 \3"),
    (r"argument (.+): invalid int value: (.+)", r"\1 应为整数，不是 \2"),
    (r"argument (.+): invalid float value: (.+)", r"\1 应为数字，不是 \2"),
    (r"argument (.+): ignored explicit argument (.+)", r"\1 不带值，不能写成 \2"),
    (r"ambiguous option: (.+) could match (.+)", r"\1 不明确，可能是 \2"),
)


class _Help(argparse.HelpFormatter):
    """Help that begins in Chinese."""

    def add_usage(self, usage, actions, groups, prefix=None):
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """Wrong usage is told like every other error: one line, and what to write instead."""

    def __init__(self, *, lang: str, **options) -> None:
        self._lang = lang
        zh = lang != "en"
        super().__init__(add_help=False, **({"formatter_class": _Help} if zh else {}), **options)
        self.add_argument("-h", "--help", action="help", help="显示这份说明" if zh else "show this help and exit")
        if zh:
            self._positionals.title, self._optionals.title = "参数", "选项"

    def error(self, message: str) -> NoReturn:
        zh = message
        for pattern, form in _WRONG:
            found = re.fullmatch(pattern, message)
            if found:
                zh = found.expand(form).replace(", ", "、")
        raise UsageError(
            f"用法有误：{zh}。运行 {self.prog} --help 可看用法。",
            f"wrong usage: {message}. Run {self.prog} --help.",
        )


def parser(lang: str) -> argparse.ArgumentParser:
    """The command line; every text in `lang`."""

    def t(zh: str, en: str) -> str:
        return en if lang == "en" else zh

    whole = _Parser(
        lang=lang,
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
    whole.add_argument("--version", action="version", version=f"wenju {qa.__version__}", help=t("显示版本", "show the version"))
    _language(whole, t)
    commands = whole.add_subparsers(
        dest="command", required=True, metavar=t("命令", "COMMAND"), parser_class=partial(_Parser, lang=lang)
    )
    shared = _shared(t)
    reading = argparse.ArgumentParser(add_help=False, parents=[shared])
    reading.add_argument("--json", action="store_true", help=t("输出 JSON", "print JSON"))
    _ingest(commands, reading, t)
    _watch(commands, reading, t)
    _ask(commands, reading, t)
    _page(commands, shared, t)
    _inspect(commands, reading, t)
    return whole


def _shared(t: Say) -> argparse.ArgumentParser:
    """What every command takes."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--index", metavar=t("文件夹", "DIR"), help=t("索引文件夹（默认 .wenju）", "index folder (default .wenju)"))
    shared.add_argument("--store", choices=("local", "milvus"), help=t("索引放在哪里（默认 local：索引文件夹）", "where the index is (default local: the index folder)"))
    shared.add_argument("--uri", metavar="URI", help=t("Milvus 的地址，或 Milvus Lite 文件（如 ./m.db）", "address of Milvus, or a Milvus Lite file (such as ./m.db)"))
    _language(shared, t, default=argparse.SUPPRESS)  # so that one before the command is not forgotten
    return shared


def _language(where: argparse.ArgumentParser, t: Say, default: str | None = None) -> None:
    where.add_argument("--lang", choices=("zh", "en"), default=default, help=t("界面语言", "language of messages"))


def _folder(command: argparse.ArgumentParser, t: Say) -> None:
    """What is indexed, and with which model."""
    command.add_argument("folder", nargs="?", metavar=t("文件夹", "FOLDER"), help=t("文章文件夹（默认 corpus）", "folder of articles (default corpus)"))
    command.add_argument("--model", metavar="NAME", help=t("改用另一个模型：名字或文件夹", "another model: name or folder"))
    command.add_argument("--device", default=None, help=t("计算向量的设备：cpu（默认）、cuda、cuda:1、mps …", "device to embed on: cpu (default), cuda, cuda:1, mps …"))


def _ingest(commands, reading: argparse.ArgumentParser, t: Say) -> None:
    ingest = commands.add_parser("ingest", parents=[reading], help=t("读取文章，建立或更新索引", "read articles; build or update the index"))
    _folder(ingest, t)
    ingest.add_argument("--dask", metavar="WHERE", help=t("由 Dask 的 worker 读取和计算：tcp://主机:端口，或 local:N", "read and embed on workers of Dask: tcp://host:port, or local:N"))
    ingest.add_argument("--read-seconds", type=float, metavar="N", help=t("读一个文件最多几秒（默认 60）", "seconds one file may take to read (default 60)"))
    ingest.add_argument("--read-memory-mb", type=int, metavar="N", help=t("读一个文件最多用多少 MB 内存（默认 2048）", "MB of memory one file may take (default 2048)"))
    ingest.add_argument("--read-chars", type=int, metavar="N", help=t("一个文件最多多少字（默认两千万）", "characters one file may hold (default 20 million)"))
    ingest.add_argument("--rebuild", action="store_true", help=t("全部重做", "do everything again"))
    ingest.add_argument("--replace", action="store_true", help=t("用新文件夹取代索引原来的文件夹", "take the index over for another folder"))


def _watch(commands, reading: argparse.ArgumentParser, t: Say) -> None:
    zh, en = "监视文件夹，文章一有变动就更新索引", "watch a folder; update the index when articles change"
    _folder(commands.add_parser("watch", parents=[reading], help=t(zh, en)), t)


def _ask(commands, reading: argparse.ArgumentParser, t: Say) -> None:
    ask = commands.add_parser("ask", parents=[reading], help=t("提问", "ask a question"))
    ask.add_argument("question", metavar=t("问题", "QUESTION"), nargs="+", help=t('问题；"-" 表示从标准输入逐行读取', 'the question; "-" reads one a line from standard input'))
    ask.add_argument("-k", type=int, metavar="N", help=t("最多引用几段（默认 5）", "how many passages to cite (default 5)"))
    ask.add_argument("--anyway", action="store_true", help=t("没有回答时也显示最接近的段落", "show the nearest passages even if they do not answer"))
    ask.add_argument("--since", metavar=t("日期", "DATE"), help=t("只问这一天及以后的文章", "only articles of this day or later"))
    ask.add_argument("--until", metavar=t("日期", "DATE"), help=t("只问这一天及以前的文章", "only articles of this day or earlier"))
    ask.add_argument("--source", metavar="GLOB", help=t("只问路径或网址符合的文章", "only articles whose path or address fits"))
    ask.add_argument("--explain", action="store_true", help=t("说明为什么是这些段落", "say why these passages"))
    ask.add_argument("--add-to-eval", metavar=t("文件", "FILE"), help=t("把这个问题加进评测文件", "append the question to an evaluation file"))
    ask.add_argument("--markdown", action="store_true", help=t("输出 Markdown", "print Markdown"))


def _page(commands, shared: argparse.ArgumentParser, t: Say) -> None:
    page = commands.add_parser("page", parents=[shared], help=t("打开提问页面", "open the page"))
    page.add_argument("--host", default=None, help=t("监听地址（默认 127.0.0.1）", "address to listen on (default 127.0.0.1)"))
    page.add_argument("--port", type=int, default=None, help=t("端口（默认 7860）", "port (default 7860)"))
    page.add_argument("--password", default=None, help=t("访问密码（也可用环境变量 WENJU_PASSWORD）", "password (or the environment variable WENJU_PASSWORD)"))
    page.add_argument("--anyone", action="store_true", help=t("向别的机器开放而不设密码", "open to other machines without a password"))
    page.add_argument("--uploads", action="store_true", help=t("向别的机器开放时也允许增删文章", "let other machines add and remove articles too"))
    page.add_argument("--mcp", action="store_true", help=t("同时提供 MCP 工具 ask、show、status", "serve the MCP tools ask, show and status too"))


def _inspect(commands, reading: argparse.ArgumentParser, t: Say) -> None:
    """The commands that look into an index, or at a file."""
    show = commands.add_parser("show", parents=[reading], help=t("显示文章，标明去掉的行", "show an article, with what was dropped"))
    show.add_argument("article", metavar=t("文章[:行号]", "ARTICLE[:LINE]"), help=t("文章，可加行号", "the article, and a line if you like"))
    dropped = commands.add_parser("dropped", parents=[reading], help=t("去掉了哪些行，为什么", "what was dropped, and why"))
    dropped.add_argument("article", nargs="?", metavar=t("文章", "ARTICLE"), help=t("只看这一篇", "of this article only"))
    commands.add_parser("status", parents=[reading], help=t("索引的概况", "what the index holds"))
    doctor = commands.add_parser("doctor", parents=[reading], help=t("检查环境、模型和索引", "check environment, model and index"))
    doctor.add_argument("file", nargs="?", metavar=t("文件", "FILE"), help=t("只检查这个文件能否读好", "check how well this file can be read"))
