"""`python -m eval means`: the mean vectors that tokens and sentences are moved by, into ingest/token-means.json.

Over the articles of corpus/ and our own questions on them: what the model says of any text
at all, and so nothing of the one at hand. Run again only with another model, or another way
of embedding, and raise `TABLE_VERSION`: every table is then made anew.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.floors import CORPUS, FILES
from eval.setindex import read_jsonl
from ingest import tokenvectors
from ingest.build import build
from ingest.embed import PASSAGE_PREFIX, QUERY_PREFIX, Bundled
from ingest.searchtext import search_text, sentence_texts
from qa.opened import Opened

DIGITS = 4  # behind the point: states have a length of 5


def means(passages: list[str], questions: list[str]) -> dict[str, list[float]]:
    """The mean of each kind of vector, see `ingest.tokenvectors`."""
    model = Bundled()
    graph = model._bulk
    sentences = list(dict.fromkeys(sentence for text in passages for _, sentence in sentence_texts(text)))
    _, tokens = graph.embed(PASSAGE_PREFIX, passages, lambda states, _: states.copy())
    spoken = model.embed_sentences(sentences)
    asked, asked_tokens = graph.embed(QUERY_PREFIX, questions, lambda states, _: states.copy())
    found = {
        "token": np.concatenate(tokens), "sentence": spoken,
        "question token": np.concatenate(asked_tokens), "question": asked,
    }  # fmt: skip
    return {kind: vectors.mean(axis=0).round(DIGITS).tolist() for kind, vectors in found.items()}


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    argparse.ArgumentParser(prog="python -m eval means", description=__doc__).parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        build(CORPUS, Path(folder) / "index")
        opened = Opened(Path(folder) / "index")
        passages = [search_text(*pair) for pair in opened.store.with_articles(range(opened.vectors.size))]
        opened.close()
    questions = [one["question"] for file in FILES for one in read_jsonl(file) if one["answerable"] and one.get("part", "tune") == "tune"]
    written = {"fitted_by": "python -m eval means", **means(passages, questions)}
    (Path(tokenvectors.__file__).parent / tokenvectors.MEANS_FILE).write_text(json.dumps(written) + "\n", "utf-8")
    return 0
