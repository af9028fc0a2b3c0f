"""The `qa` command: the one place where errors become a line and an exit code.

Heavy libraries are imported by the commands that need them, never by this module.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence

from ingest.errors import WenjuError
from qa.arguments import parser
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
        options = parser(lang).parse_args(argv)
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


if __name__ == "__main__":
    sys.exit(main())
