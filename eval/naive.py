"""`python -m eval naive FILE… --index DIR`: the same questions asked of a naive system, to know how hard they are.

Windows of 300 characters of the text as it was read, nothing stripped, nothing split at a
sentence; cosine and BM25, each min-max normalised over all windows, half and half.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.questions import Question, load, squeeze
from ingest.embed import open_embedder
from ingest.index import Terms
from ingest.postings import WORDS, PostingsBuilder
from ingest.terms import terms
from qa.ask import Asker
from qa.retrieve import min_max

WINDOW_CHARS = 300
DENSE_SHARE = 0.5


def windows(texts: dict[str, str]) -> list[tuple[str, str]]:
    """(path, text) of every window."""
    return [(path, text[at : at + WINDOW_CHARS]) for path, text in texts.items() for at in range(0, len(text), WINDOW_CHARS)]


def ranks(questions: Sequence[Question], texts: dict[str, str]) -> list[int | None]:
    """The rank of the first window that covers a question's evidence, counted from 1; None where none does."""
    cut = windows(texts)
    embedder = open_embedder()
    vectors, _ = embedder.embed_passages([text for _, text in cut])
    asked = [one.vector for one in embedder.embed_queries([one.text for one in questions])]
    with tempfile.TemporaryDirectory() as folder:
        store = sqlite3.connect(":memory:")
        builder = PostingsBuilder(WORDS)
        for _, text in cut:
            builder.add(terms(text))
        builder.write(Path(folder), store)
        words = Terms.of_folder(Path(folder), store)
        rows = np.arange(len(cut))
        found = []
        for one, vector in zip(questions, asked, strict=True):
            lexical = words.lexical(Counter(terms(one.text)), rows)
            scores = DENSE_SHARE * min_max(vectors @ vector) + (1 - DENSE_SHARE) * min_max(lexical)
            found.append(_rank(one, [cut[row] for row in np.argsort(-scores, kind="stable")]))
    return found


def _rank(question: Question, ranked: list[tuple[str, str]]) -> int | None:
    for rank, (path, text) in enumerate(ranked, 1):
        body = squeeze(text)
        if any(one.path == path and one.text in body for one in question.evidence):
            return rank
    return None


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval naive", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--part", choices=("tune", "test", "all"), default="test")
    options = parser.parse_args(argv)
    store = Asker(options.index).opened.store
    texts = {id_: store.article(id_).text for id_ in store.ids()}
    questions = [one for one in load(options.files, texts.get, options.part) if one.answerable]
    found = ranks(questions, texts)
    print(f"{'kind':12} {'n':>4}  " + "  ".join(f"hit@{k}" for k in (1, 3, 5)))
    for kind in (*sorted({one.kind for one in questions}), "all"):
        mine = [rank for one, rank in zip(questions, found, strict=True) if kind in (one.kind, "all")]
        shares = (sum(rank is not None and rank <= k for rank in mine) / len(mine) for k in (1, 3, 5))
        print(f"{kind:12} {len(mine):4}  " + "  ".join(f"{share:.3f}" for share in shares))
    return 0
