"""How well furniture is told from text: `python -m eval cleaning LABELDIR PAGEDIR [--json] [--alone]`.

Both folders hold texts and their line labels. LABELDIR: NAME.tsv beside or below the folder
of NAME (columns line, label, join, heading, note; meta.json and headings.tsv when there).
PAGEDIR: NN.txt, NN.tsv (line, label, note) and, for the second measurement, NN.html.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from eval.line_scores import BODY, Score, load_labels, score_html, score_text, total_of
from ingest.boilerplate import Evidence, clean, line_keys
from ingest.errors import SkippedFile
from ingest.lines import lines_of
from ingest.meta import describe
from ingest.read import read_article
from ingest.types import Article, Cleaned, Span

FLOORS = {"recall": 0.985, "f1": 0.94, "macro_f1": 0.82, "html_f1": 0.955}


def _join_found(article: Article, joins: Sequence[Span], wanted: str) -> bool:
    """True when a join covers the gap between the two lines of `wanted` ("9-11")."""
    first, last = (int(number) for number in wanted.split("-"))
    spans = {line.number: line.span for line in lines_of(article.text)}
    return any(spans[first].start < join.start and join.start <= spans[first].end and join.end >= spans[last].start and join.end < spans[last].end for join in joins)


def measure_labels(folder: Path) -> dict:
    """Everything measured on the articles of LABELDIR."""
    scores, joins, facts, heads = {}, Counter(), Counter(), Counter()
    wrong = []
    meta = _load_json(folder / "meta.json")
    headings = _load_headings(folder / "headings.tsv")
    for path in sorted(folder.glob("*.txt.tsv")):
        name = path.name.removesuffix(".tsv")
        source = next(place for place in (folder / name, folder.parent / name) if place.exists())
        article = read_article(source, name)
        cleaned = clean(article)
        labels = load_labels(path)
        scores[name] = score_text(article, cleaned, labels)
        wanted = {label.join for label in labels if label.join}
        joins["wanted"] += len(wanted)
        joins["found"] += sum(_join_found(article, cleaned.joins, join) for join in wanted)
        joins["made"] += len(cleaned.joins)
        if name in meta:
            wrong += _check_facts(describe(article, cleaned), meta[name], facts, name)
        if name.split("_")[0] in headings:
            _check_headings(article, cleaned, headings[name.split("_")[0]], heads)
    total = total_of(scores.values())
    return {
        "body_kept": [total.kept_body, total.kept_body + total.lost_body],
        "furniture_dropped": [total.dropped_furniture, total.dropped_furniture + total.kept_furniture],
        "joins": dict(joins),
        "facts": dict(facts),
        "headings": dict(heads),
        "wrong": {name: score.wrong for name, score in scores.items() if score.wrong},
        "wrong_facts": wrong,
    }


def _load_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _load_headings(path: Path) -> dict[str, dict[int, int]]:
    """seed -> line -> level, without the lead-in sentences of level 0."""
    found: dict[str, dict[int, int]] = {}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if int(row["level"]):
                    found.setdefault(row["seed"], {})[int(row["line"])] = int(row["level"])
    return found


def _check_facts(article: Article, wanted: dict, facts: Counter, name: str) -> list[str]:
    """Compare title, date and address with meta.json; the wrong ones as lines of text."""
    day = (wanted.get("publish_date") or "")[:10]
    pairs = {
        "title": (article.title, wanted["title"]),
        "date": (article.date.isoformat() if article.date else "", day),
        "url": (article.url or "", wanted.get("source_url") or ""),
    }
    wrong = []
    for fact, (got, expected) in pairs.items():
        facts[fact] += got == expected
        facts[fact + "_of"] += 1
        if got != expected:
            wrong.append(f"{name} {fact}: {got!r}, expected {expected!r}")
    return wrong


def _check_headings(article: Article, cleaned: Cleaned, wanted: dict[int, int], heads: Counter) -> None:
    """Count headings found on the labelled lines, at the labelled level, and those found elsewhere."""
    number_at = {line.span.start: line.number for line in lines_of(article.text)}
    got = {number_at[heading.span.start]: heading.level for heading in cleaned.headings}
    heads["wanted"] += len(wanted)
    heads["found"] += len(wanted.keys() & got.keys())
    heads["level_right"] += sum(got.get(line) == level for line, level in wanted.items())
    heads["others"] += len(got.keys() - wanted.keys())


def measure_pages(folder: Path, alone: bool, html: bool = True) -> dict:
    """Line scores of every page of PAGEDIR, from its text and, if wanted, from its html."""
    texts = {path.stem: read_article(path, path.name) for path in sorted(folder.glob("*.txt")) if path.with_suffix(".tsv").exists()}
    htmls = {}
    for name in texts if html else ():
        source = folder / f"{name}.html"
        if source.exists():
            try:
                htmls[name] = read_article(source, source.name)
            except SkippedFile as error:
                htmls[name] = Article(source.name, source.name, "", "", "", flags=(error.reason,))
    labels = {name: load_labels(folder / f"{name}.tsv") for name in texts}
    clean_text = _cleaner(texts.values(), alone)
    clean_html = _cleaner(htmls.values(), alone)
    by_text = {name: score_text(article, clean_text(article), labels[name]) for name, article in texts.items()}
    by_html = {name: score_html(texts[name], article, clean_html(article), labels[name]) for name, article in htmls.items()}
    return {"text": summary(by_text), "html": summary(by_html)}


def _cleaner(articles: Iterable[Article], alone: bool):
    """`clean` with the evidence of the folder, or without any."""
    evidence = None if alone else Evidence.from_line_keys(line_keys(article) for article in articles)
    return lambda article: clean(article, evidence)


def summary(scores: dict[str, Score]) -> dict:
    """Micro and macro figures, and each page's."""
    total = total_of(scores.values())
    return {
        "precision": total.precision,
        "recall": total.recall,
        "f1": total.f1,
        "macro_f1": sum(score.f1 for score in scores.values()) / len(scores) if scores else 0.0,
        "pages": {
            name: {"precision": score.precision, "recall": score.recall, "f1": score.f1, "wrong": score.wrong}
            for name, score in scores.items()
        },
    }


def report(labels: dict | None, pages: dict | None) -> str:
    """The figures as a person reads them."""
    out = []
    if labels:
        joins, facts, heads = labels["joins"], labels["facts"], labels["headings"]
        out.append("articles with labels")
        out.append("  body lines kept        {} of {}".format(*labels["body_kept"]))
        out.append("  furniture dropped      {} of {}".format(*labels["furniture_dropped"]))
        out.append(f"  joins found            {joins['found']} of {joins['wanted']} ({joins['made']} made)")
        for fact in ("title", "date", "url"):
            out.append(f"  {fact + ' right':<22} {facts[fact]} of {facts[fact + '_of']}")
        out.append(f"  headings found         {heads['found']} of {heads['wanted']}, level right {heads['level_right']}, others {heads['others']}")
        out += [f"  wrong: {name} {lines}" for name, lines in labels["wrong"].items()]
        out += [f"  wrong: {line}" for line in labels["wrong_facts"]]
    for source in ("text", "html") if pages else ():
        part = pages[source]
        if not part["pages"]:
            continue
        out.append(f"pages from {source}: P {part['precision']:.3f}  R {part['recall']:.3f}  F1 {part['f1']:.3f}  macro F1 {part['macro_f1']:.3f}")
        for name, page in part["pages"].items():
            missed = [line for line, label in page["wrong"] if label == BODY]
            extra = [line for line, label in page["wrong"] if label != BODY]
            out.append(f"  {name}  P {page['precision']:.3f}  R {page['recall']:.3f}  F1 {page['f1']:.3f}  lost {missed}  left {extra}")
    return "\n".join(out)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 0 when it could be measured."""
    parser = argparse.ArgumentParser(prog="python -m eval cleaning", description="Line precision, recall and F1 of cleaning.")
    parser.add_argument("labels", type=Path, help="folder of NAME.txt.tsv, meta.json and headings.tsv; the texts in it or above it")
    parser.add_argument("pages", type=Path, nargs="?", help="folder of NN.txt, NN.html and NN.tsv")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--alone", action="store_true", help="no corpus evidence: each page by itself")
    options = parser.parse_args(argv)
    labels = measure_labels(options.labels)
    pages = measure_pages(options.pages, options.alone) if options.pages else None
    if options.json:
        print(json.dumps({"labels": labels, "pages": pages, "floors": FLOORS}, ensure_ascii=False))
    else:
        print(report(labels, pages))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
