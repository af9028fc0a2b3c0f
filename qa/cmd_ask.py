"""`qa ask`: one question, or one a line from standard input."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ingest.errors import UsageError, WenjuError
from qa.config import setting
from qa.filter import Filter, day
from qa.question import check, understand
from qa.render import as_json, as_markdown, as_plain, explanation, print_rich
from qa.stores import open_asker, place
from qa.types import Answer

EXIT_NOT_ANSWERED = 4


def run(options: argparse.Namespace) -> int:
    """Ask and print; 0 when answered, 4 when not."""
    from qa.ask import DEFAULT_K, MAX_K, warm_up

    count = _count(setting("k", options.k, DEFAULT_K), MAX_K)
    many = options.question == ["-"]
    if many and (options.markdown or options.add_to_eval):
        raise UsageError(
            "qa ask - 每行输出一个 JSON 对象，不能与 --markdown 或 --add-to-eval 同用。",
            "`qa ask -` prints a JSON object a line: it takes neither --markdown nor --add-to-eval.",
        )
    question = None if many else check(" ".join(options.question))
    if many:
        warm_up()  # loads model and dictionary while the index is opened
    asker = open_asker(place(options))
    said = _warn(asker, (), options.lang)
    where = Filter(day(options.since), day(options.until, last=True), options.source)
    if many:
        return _ask_lines(asker, count, where, options, said)
    answer = asker.ask(question, count, where=where, explain=options.explain)
    _warn(asker, said, options.lang)
    if not answer.found and (where.since or where.until):
        _tell_undated(asker, options.lang)
    if options.json:
        print(json.dumps(as_json(answer), ensure_ascii=False, indent=1))
    elif options.markdown:
        print(as_markdown(answer, options.lang), end="")
    elif sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        print_rich(answer, options.lang, options.anyway)
    else:
        print(as_plain(answer, options.lang, options.anyway))
    if options.explain and not options.json:
        print("\n" + explanation(answer, options.lang))
    if options.add_to_eval:
        add_question(Path(options.add_to_eval), answer)
    return 0 if answer.found else EXIT_NOT_ANSWERED


def add_question(path: Path, answer: Answer) -> None:
    """Append the question to an evaluation file, with the sentences of the first citation as its evidence.

    A question that was not answered is added as one that has no answer; correct the line by hand.
    One that is there already is not added again. UsageError when the file cannot be written.
    """
    evidence = []
    if answer.found:
        first = answer.citations[0]
        evidence = [{"path": first.path, "text": first.verbatim(span)} for span in first.answer_spans]
    facts = {
        "id": "u" + hashlib.sha256(answer.question.encode()).hexdigest()[:8],
        "question": answer.question,
        "kind": understand(answer.question).kind.replace("other", "paraphrase") if evidence else "near",
        "answerable": bool(evidence),
        "evidence": evidence,
    }
    try:
        if path.is_file() and f'"{facts["id"]}"' in path.read_text("utf-8"):
            return
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(facts, ensure_ascii=False) + "\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"无法写入评测文件 {path}（{reason}）。请检查 --add-to-eval 的路径。",
            f"The question file {path} cannot be written ({reason}). Check the path of --add-to-eval.",
        ) from error


def _count(value: object, most: int) -> int:
    """The number of citations wanted; UsageError unless it is 1 to `most`."""
    try:
        count = int(str(value))
    except ValueError:
        count = 0
    if not 1 <= count <= most:
        raise UsageError(f"-k 应为 1 到 {most} 的整数，不是 {value}。", f"-k must be 1 to {most}, not {value}.")
    return count


def _warn(asker, said: tuple, lang: str) -> tuple:
    """Say what had to be said on opening the generation that is asked, if it was not said already."""
    warnings = asker.opened.generation.warnings
    for zh, en in warnings if warnings != said else ():
        _say(zh, en, lang)
    return warnings


def _say(zh: str, en: str, lang: str) -> None:
    print("qa: " + (en if lang == "en" else zh), file=sys.stderr)


def _tell_undated(asker, lang: str) -> None:
    """Say how many articles were not asked because nothing dates them."""
    count = sum(article.date is None for article, _ in asker.opened.store.overview())
    if count:
        _say(f"另有 {count} 篇文章没有日期，按日期筛选时没有问到它们。", f"Articles without a date, which the dates given leave out: {count}.", lang)


def _lines(stream: TextIO) -> Iterator[str]:
    """The lines of standard input, in UTF-8 or else in GB18030, without a byte order mark."""
    for line in getattr(stream, "buffer", stream):
        if isinstance(line, str):
            yield line
            continue
        try:
            yield line.decode("utf-8-sig")
        except UnicodeDecodeError:
            yield line.decode("gb18030", "replace")


def _ask_lines(asker, count: int, where: Filter, options: argparse.Namespace, said: tuple) -> int:
    """One JSON object a line for each line of standard input; a bad line is reported in its object."""
    code = 0
    for line in _lines(sys.stdin):
        if not line.strip():
            continue
        try:
            form = as_json(asker.ask(line, count, where=where, explain=options.explain))
            said = _warn(asker, said, options.lang)
        except WenjuError as error:
            form, code = {"question": line.strip()[:80], "error": error.zh}, error.exit_code
        print(json.dumps(form, ensure_ascii=False), flush=True)
    return code
