"""`qa ask`: one question, or one a line from standard input."""

from __future__ import annotations

import argparse
import json
import os
import sys

from ingest.errors import UsageError, WenjuError
from qa.config import index_folder, setting
from qa.question import check
from qa.render import as_json, as_markdown, as_plain, print_rich

EXIT_NOT_ANSWERED = 4


def run(options: argparse.Namespace) -> int:
    """Ask and print; 0 when answered, 4 when not."""
    from qa.ask import DEFAULT_K, MAX_K, Asker, warm_up

    count = _count(setting("k", options.k, DEFAULT_K), MAX_K)
    many = options.question == ["-"]
    question = None if many else check(" ".join(options.question))
    warm_up()  # loads model and dictionary while the index is opened
    asker = Asker(index_folder(options.index))
    for zh, en in asker.opened.generation.warnings:
        print("qa: " + (en if options.lang == "en" else zh), file=sys.stderr)
    if many:
        return _ask_lines(asker, count)
    answer = asker.ask(question, count)
    if options.json:
        print(json.dumps(as_json(answer), ensure_ascii=False, indent=1))
    elif options.markdown:
        print(as_markdown(answer, options.lang), end="")
    elif sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        print_rich(answer, options.lang, options.anyway)
    else:
        print(as_plain(answer, options.lang, options.anyway))
    return 0 if answer.found else EXIT_NOT_ANSWERED


def _count(value: object, most: int) -> int:
    """The number of citations wanted; UsageError unless it is 1 to `most`."""
    try:
        count = int(str(value))
    except ValueError:
        count = 0
    if not 1 <= count <= most:
        raise UsageError(f"-k 应为 1 到 {most} 的整数，不是 {value}。", f"-k must be 1 to {most}, not {value}.")
    return count


def _ask_lines(asker, count: int) -> int:
    """One JSON object a line for each line of standard input; a bad line is reported in its object."""
    code = 0
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            form = as_json(asker.ask(line, count))
        except WenjuError as error:
            form, code = {"question": line.strip()[:80], "error": error.zh}, error.exit_code
        print(json.dumps(form, ensure_ascii=False), flush=True)
    return code
