"""Synthetic collections of any size: words of jieba's dictionary as often as they occur, and planted answers.

Embedding a million passages is another benchmark's business, so vectors are made from the
pairs of characters of a text: alike texts have alike vectors, and all have much in common,
as those of a real model do.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ingest.embed import Encoded
from ingest.tokenvectors import width_of

DIM = 384
TOKEN_CHARS = 2  # the bundled model has 1.6 characters of a Chinese text in a token
PASSAGES_PER_ARTICLE = 20  # a long web article
_PARAGRAPH_CHARS = 230  # just below what is split off as a passage
_WORDS_PER_SENTENCE = (8, 18)
_TOPIC_WORDS = 400  # that an article repeats: texts keep to their subject
_TOPIC_SHARE = 0.3  # of the words of a text
_FOLDER_FILES = 500
_STEM = "的 了 是 在 和 有 不 这 也 就 对 与 为 而 中 到 从 被 把 上".split()
_STEM_SHARE = 0.18  # of the words of running text are among the commonest
PLANTED_EVERY = 50  # articles: one sentence that answers one question
_BUCKETS = 1 << 15
_TEXTS_AT_ONCE = 32  # of which the directions of all pairs of characters lie in memory: 10 MB
# As measured on 125,000 passages and sentences embedded by the bundled model: the mean vector's
# length, and the variances along the principal axes, 1 / (k + 3)^.7 · exp(-k / 300) within .08 of their sum.
_MEAN_LENGTH = 0.918
_SPECTRUM = (3, 0.7, 300)


@functools.cache
def _words() -> tuple[list[str], np.ndarray]:
    """Words of jieba's dictionary of two characters and more, and the running sum of their frequencies."""
    import jieba

    rows = (line.split() for line in open(Path(jieba.__file__).parent / "dict.txt", encoding="utf-8"))
    kept = [(row[0], int(row[1])) for row in rows if len(row[0]) > 1 and int(row[1]) > 3 and not row[0].isascii()]
    return [word for word, _ in kept], np.cumsum(np.array([count for _, count in kept], np.float64))


def article(number: int) -> str:
    """The text of one article, about `PASSAGES_PER_ARTICLE` passages long; the same each time."""
    words, sums = _words()
    chance = np.random.default_rng(number)
    drawn = np.searchsorted(sums, chance.random(4000) * sums[-1]).tolist()
    topic = drawn[:_TOPIC_WORDS]
    picks, shares = iter(drawn[_TOPIC_WORDS:]), iter(chance.random(8000).tolist())
    lengths = itertools.cycle(chance.integers(*_WORDS_PER_SENTENCE, 64).tolist())
    paragraphs: list[str] = []
    for _ in range(PASSAGES_PER_ARTICLE):
        text = ""
        while len(text) < _PARAGRAPH_CHARS:
            for _ in range(next(lengths)):
                share = next(shares, 0.5)
                if share < _STEM_SHARE:
                    text += _STEM[int(share * 1000) % len(_STEM)]
                elif share < _STEM_SHARE + _TOPIC_SHARE:
                    text += words[topic[int(share * 1e6) % _TOPIC_WORDS]]
                else:
                    text += words[next(picks, topic[0])]
            text += "。"
        paragraphs.append(text)
    if number % PLANTED_EVERY == 0:
        paragraphs[number % PASSAGES_PER_ARTICLE] += fact(number)
    return f"{words[topic[0]]}与{words[topic[1]]}\n\n" + "\n\n".join(paragraphs) + "\n"


def fact(number: int) -> str:
    """The sentence planted in an article."""
    return f"{_device(number)}的额定电压是 {number % 700 + 12} 伏。"


def question(number: int) -> str:
    """The question that `fact` answers."""
    return f"{_device(number)}的额定电压是多少伏？"


def _device(number: int) -> str:
    return f"水泵 XQ{number:07d}"


def path_of(folder: Path, number: int) -> Path:
    """Where an article lies."""
    return folder / f"{number // _FOLDER_FILES:05d}" / f"{number:07d}.txt"


def write(folder: Path, articles: int) -> None:
    """Write the articles that are not there yet."""
    for number in range(articles):
        path = path_of(folder, number)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(article(number), "utf-8")
            os.utime(path, (1_600_000_000, 1_600_000_000))


class Synthetic:
    """An embedder that costs next to nothing (see `ingest.embed.Embedder`)."""

    name, dim, notes = "synthetic", DIM, ()

    def __init__(self) -> None:
        chance = np.random.default_rng(11)
        shift, power, reach = _SPECTRUM
        axis = np.arange(1, DIM + 1)
        spread = np.sqrt((axis + shift) ** -power * np.exp(-axis / reach))
        spread[0] = 0.0  # taken by what all vectors share
        self._directions = (chance.normal(size=(_BUCKETS, DIM)) * spread / np.linalg.norm(spread)).astype(np.float32)
        self._signs = np.packbits(self._directions > 0, axis=1)
        self._own_length = float(np.sqrt(1 - _MEAN_LENGTH**2))

    def embed_query(self, text: str) -> Encoded:
        """See `Embedder.embed_query`."""
        return self.embed_queries([text])[0]

    def embed_queries(self, texts: Sequence[str]) -> list[Encoded]:
        """See `Embedder.embed_queries`."""
        return [Encoded(vector, self._asked(text)) for vector, text in zip(self.embed_sentences(texts), texts, strict=True)]

    def embed_passages(self, texts: Sequence[str], progress=None) -> tuple[np.ndarray, list[np.ndarray]]:
        """See `Embedder.embed_passages`."""
        packed = [self._packed(text) for text in texts]
        if progress:
            progress(len(texts))
        return self.embed_sentences(texts), packed

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        """See `Embedder.embed_sentences`."""
        found = np.zeros((len(texts), DIM), np.float32)
        for begin in range(0, len(texts), _TEXTS_AT_ONCE):
            block = texts[begin : begin + _TEXTS_AT_ONCE]
            codes = np.frombuffer("\0".join([*block, ""]).encode("utf-16-le", "surrogatepass"), "<u2").astype(np.uint32)
            ends = np.flatnonzero(codes == 0)
            buckets = np.append((codes[:-1] * 31 + codes[1:]) % _BUCKETS, 0)
            buckets[ends] = 0  # not the pair of an end and the next text
            starts = np.concatenate([[0], ends[:-1] + 1])
            found[begin : begin + len(block)] = np.add.reduceat(self._directions[buckets], starts, axis=0)
        found *= self._own_length / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
        found[:, 0] = _MEAN_LENGTH
        return found

    def _buckets(self, text: str) -> np.ndarray:
        """A number for each character and the one after it."""
        codes = np.frombuffer((text + " ").encode("utf-16-le", "surrogatepass"), "<u2").astype(np.uint32)
        return (codes[:-1] * 31 + codes[1:]) % _BUCKETS

    def _packed(self, text: str) -> np.ndarray:
        buckets = self._buckets(text)[::TOKEN_CHARS]
        packed = np.full((len(buckets), width_of(DIM)), TOKEN_CHARS, np.uint8)
        packed[:, :-1] = self._signs[buckets]
        return packed

    def _asked(self, text: str) -> np.ndarray:
        """Of every character: (len(text), DIM) float32 of unit length."""
        signs = np.unpackbits(self._signs[self._buckets(text)], axis=1).astype(np.float32) * 2 - 1
        return signs * np.float32(DIM**-0.5)


def planted(articles: int, count: int) -> Iterator[int]:
    """Up to `count` numbers of articles with a planted answer, evenly spread."""
    every = range(0, articles, PLANTED_EVERY)
    return itertools.islice(every[:: max(1, len(every) // count)], count)
