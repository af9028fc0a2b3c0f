"""How fast cleaning and splitting are: `python -m eval.bench.cleaning [MEGABYTES]`.

Articles are made from pages of our own (tests/data/cleaning), their prose varied so that
no cache of lines helps more than it does on a real folder. Processor time of one process, which other work on the machine does not lengthen much.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from ingest.boilerplate import clean, line_keys
from ingest.split import split
from ingest.types import Article

PAGES = Path(__file__).parents[2] / "tests/data/cleaning"
SEED = 7  # the same articles on every run
MEGABYTES = 8  # enough for a steady figure: a few seconds
LONG_PAGE = 40  # paragraphs of a made article: about 8 kB, as an article mostly has


def make_articles(megabytes: float) -> list[Article]:
    """Articles of about `megabytes` of UTF-8 in all: furniture as it stands, prose shuffled and numbered."""
    pages = [[line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()] for path in sorted(PAGES.glob("*-*.txt"))]
    prose = [text for page in pages for mark, text in page if mark == "+" and len(text) > 20]
    chance = random.Random(SEED)
    articles: list[Article] = []
    total = 0
    while total < megabytes * 1e6:
        page = chance.choice(pages)
        lines = [text for _, text in page]
        middle = len(lines) // 2
        body = ["".join(chance.sample(prose, chance.randint(1, 4))) + f"这是第{chance.randint(1, 10**6)}段。" for _ in range(LONG_PAGE)]
        text = "\n".join([*lines[:middle], *body, *lines[middle:]]) + "\n"
        name = f"{len(articles)}.txt"
        articles.append(Article(name, name, "", text, ""))
        total += len(text.encode())
    return articles


def measure(articles: list[Article]) -> dict[str, float]:
    """Megabytes of UTF-8 a second: cleaning, cleaning with splitting, and the keys for the evidence."""
    size = sum(len(article.text.encode()) for article in articles) / 1e6
    started = time.process_time()
    cleaned = [clean(article) for article in articles]
    cleaning = time.process_time() - started
    started = time.process_time()
    for article, found in zip(articles, cleaned, strict=True):
        split(article, found)
    splitting = time.process_time() - started
    started = time.process_time()
    for article in articles:
        line_keys(article)
    keys = time.process_time() - started
    return {"megabytes": size, "clean": size / cleaning, "clean and split": size / (cleaning + splitting), "line keys": size / keys}


def main(argv: list[str]) -> int:
    """Print the figures."""
    figures = measure(make_articles(float(argv[0]) if argv else MEGABYTES))
    print("  ".join(f"{name} {value:.1f}" for name, value in figures.items()) + "  (MB, then MB/s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
