"""`python -m eval COMMAND …`: how good it is, measured."""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "cleaning": ("eval.cleaning", "LABELS PAGES: precision and recall of lines, against labelled pages"),
    "questions": ("eval.questions_cmd", "FILE… --index DIR: passages, sentences and refusals, question by question"),
    "sets": ("eval.sets", "DIR…: retrieval on question sets; legs, baseline, shipped combination"),
    "report": ("eval.report", "FILE… --index DIR --out FILE: one self-contained page with charts and the worst questions"),
    "floors": ("eval.floors", "measured quality against what was agreed; --raise, --lower REASON"),
    "adapt": ("eval.adapt", "train what is added to the bundled model, on pairs.jsonl"),
    "read": ("eval.read", "train what tells whether a passage answers, on pairs.jsonl, reader_pairs.jsonl and chatter.jsonl"),
    "point": ("eval.point", "train what tells which of several sentences answers, on the same pairs"),
    "ofpage": ("eval.ofpage", "what tells questions about the pages from those to the articles"),
    "means": ("eval.means", "the mean vectors that tokens and sentences are moved by"),
    "fit": ("eval.fit", "DIR…: fit the weights of the combination, leaving each set out once"),
    "naive": ("eval.naive", "FILE… --index DIR: the same questions asked of a naive system, to know how hard they are"),
    "bench": ("eval.bench.growth", "N…: ingest, memory, disk and asking as a collection grows to N passages; --plot FILE"),
}


def main(argv: list[str]) -> int:
    """Run one command; without one, list them all."""
    if not argv or argv[0] not in COMMANDS:
        for name, (_, about) in COMMANDS.items():
            print(f"python -m eval {name:10} {about}")
        return 2 if argv else 0
    return importlib.import_module(COMMANDS[argv[0]][0]).main(argv[1:]) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
