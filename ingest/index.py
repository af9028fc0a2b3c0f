"""The lexical legs: BM25 over the postings of a question's terms, and over nothing else.

A segment's postings are written once and read in place. `Terms` scores the passages of all
segments of a generation as one collection: frequencies and lengths are those of the whole,
so a passage scores the same wherever it lies. Higher is better.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.best import SLACK, bar_of, counts_in, few_above, likely_best, prune, rows_above
from ingest.places import Places
from ingest.postings import WORDS, Postings

if TYPE_CHECKING:
    import numpy as np

    from ingest.shared import Shared

# BM25 as in Robertson & Zaragoza 2009 with Lucene's idf; the usual constants.
K1 = 1.5  # saturation of a term's count
B = 0.75  # how much a passage's length counts
_MEAN_SCALE = 1000  # the mean length is rounded to thousandths
_COMMON = 20_000  # passages that hold a term from which on it is looked up for the candidates only
_REMEMBERED = 10_000  # terms whose frequency is kept in memory
_SUMS_KEPT = 4  # questions whose sums are kept until their candidates are scored: 4 MB each of a million passages

Weights = Mapping[str, float]  # how often each term counts, above 0


class Terms:
    """One lexical field of a whole generation."""

    def __init__(self, parts: Sequence[Postings], places: Places) -> None:
        self._parts, self._places = list(parts), places
        self._dead = [places.dead(number) for number in range(len(self._parts))]
        self.size = places.size
        total = sum(part.total for part in self._parts)
        total -= sum(int(p.lengths[dead].sum()) for p, dead in zip(self._parts, self._dead, strict=True) if dead is not None)
        self._mean_length = max(round(_MEAN_SCALE * total / max(self.size, 1)), 1) / _MEAN_SCALE
        self._dfs: dict[str, int] = {}
        self._norms: list[np.ndarray | None] = [None] * len(self._parts)  # of all rows of each part, once they are worth it
        self._normed = [0] * len(self._parts)  # rows of each part whose norm was computed for a question
        self._summed: dict[frozenset, tuple[list[np.ndarray], Weights]] = {}  # of the last questions: see `lexical`

    @classmethod
    def of_folder(cls, folder: Path, store: Shared, field: str = WORDS) -> Terms:
        """The field of a generation that is one segment."""
        postings = Postings(folder, store, field)
        return cls([postings], Places(None, [postings.size]))

    def df(self, term: str) -> int:
        """In how many passages `term` stands."""
        if term not in self._dfs:
            if len(self._dfs) >= _REMEMBERED:
                self._dfs.clear()
            self._dfs[term] = sum(self._df_of(number, term) for number in range(len(self._parts)))
        return self._dfs[term]

    def _df_of(self, number: int, term: str) -> int:
        dead = self._dead[number]
        if dead is None:
            return self._parts[number].df(term)
        found = self._parts[number].find(term)
        return int((~dead[found[0]]).sum()) if found else 0

    def idf(self, term: str) -> float:
        """Lucene's idf, ln(1 + (N - df + .5) / (df + .5)): 0 or more, highest for an unseen term."""
        df = self.df(term)
        return math.log1p((self.size - df + 0.5) / (df + 0.5))

    def knows(self, term: str) -> bool:
        """True when `term` stands in some passage."""
        return self.df(term) > 0

    def beginning_with(self, letter: str, shortest: int, longest: int) -> list[str]:
        """The terms that begin with `letter` and have so many characters, sorted."""
        found = {term for part in self._parts for term in part.beginning_with(letter, shortest, longest)}
        return sorted(term for term in found if self.knows(term))

    def matching(
        self, weights: Weights, count: int, allowed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The `count` (rows, BM25) of highest score above 0, best first, ties by row; only `allowed` rows if given.

        `weights`: how often each term counts, above 0. Exact. Terms are added up from the rarest
        on; when those left could no longer lift a passage that has none of the rarer ones among
        the best, they are looked up for the candidates alone (MaxScore, Turtle & Flood 1995).
        """
        import numpy as np

        known = self._by_rarity(weights)
        masks = self._masks(allowed)
        partial = [np.zeros(part.size, np.float32) for part in self._parts]
        rare = {term: weight for term, weight in known.items() if self.df(term) <= _COMMON}
        self._add(partial, rare, masks)
        waiting = [*known][len(rare) :]
        left = sum(self._factor(term, known[term]) for term in waiting)
        pool, found = likely_best(partial, count), None
        for at, term in enumerate(waiting):
            bar = bar_of(partial, pool, count)
            if bar > left and (found := few_above(partial, bar - left - SLACK * (bar + left))) is not None:
                del waiting[:at]
                break
            self._add(partial, {term: known[term]}, masks)
            left -= self._factor(term, known[term])
            if not bar:  # what had some term so far was too little for a bar
                pool = likely_best(partial, count)
        if found is None:
            found, waiting = rows_above(partial, bar_of(partial, pool, count) * (1 - SLACK)), []
        if allowed is None:
            if len(self._summed) >= _SUMS_KEPT:
                self._summed.clear()
            self._summed[frozenset(weights.items())] = partial, {term: known[term] for term in waiting}
        scores = [scores[rows] for scores, rows in zip(partial, found, strict=True)]
        self._look_up(found, scores, {term: known[term] for term in waiting}, count)
        rows = np.concatenate([self._places.rows(number, mine) for number, mine in enumerate(found)])
        total = np.concatenate(scores)
        there = (rows >= 0) & (total > 0)
        rows, total = rows[there], total[there]
        order = np.lexsort((rows, -total))[:count]
        return rows[order], total[order]

    def _by_rarity(self, weights: Weights) -> Weights:
        """Those terms that stand somewhere, the rarest first: scores are summed in this order, so that equals stay equal."""
        for part in self._parts:
            part.learn(weights)
        known = [term for term, weight in weights.items() if weight > 0 and self.df(term)]
        return {term: weights[term] for term in sorted(known, key=lambda term: (self.df(term), term))}

    def _look_up(self, found: list[np.ndarray], scores: list[np.ndarray], waiting: Weights, count: int) -> None:
        """Add what the `waiting` terms are worth to the `scores` of the rows `found` in each part.

        Both lose what can no longer be among the best `count`.
        """
        left = sum(self._factor(term, weight) for term, weight in waiting.items())
        for term, weight in waiting.items():
            prune(found, scores, left, count)
            for number, rows in enumerate(found):
                scores[number] = self._of_part(number, {term: weight}, rows, scores[number])
            left -= self._factor(term, weight)
        prune(found, scores, left, count)

    def _masks(self, allowed: np.ndarray | None) -> list[np.ndarray | None]:
        """For each part, which rows may be found, (rows,) bool; None for all."""
        import numpy as np

        if allowed is None:
            return [None if dead is None else ~dead for dead in self._dead]
        masks = [np.zeros(part.size, bool) for part in self._parts]
        segments, local = self._places.locate(allowed)
        for number, mask in enumerate(masks):
            mask[local[segments == number]] = True
        return masks

    def _add(self, partial: Sequence[np.ndarray], weights: Weights, masks: Sequence[np.ndarray | None]) -> None:
        """Add what terms are worth to the scores, (rows,) float32 a part, of the rows in which they stand."""
        import numpy as np

        factors = {term: self._factor(term, weight) for term, weight in weights.items()}
        for number, (part, scores, mask) in enumerate(zip(self._parts, partial, masks, strict=True)):
            found = {term: postings for term in weights if (postings := part.find(term))}
            if not found:
                continue
            rows = np.concatenate([rows for rows, _ in found.values()]).astype(np.intp)  # or numpy would, for each use
            counts = np.concatenate([counts for _, counts in found.values()]).astype(np.float32)
            each = np.repeat(np.array([factors[term] for term in found], np.float32), [len(of) for of, _ in found.values()])
            worth = self._worth(each, counts, self._norms_of(number, rows))
            if mask is not None:
                worth *= mask[rows]
            np.add.at(scores, rows, worth)  # a row may be there several times; where not, it is the fastest too

    def _worth(self, factors: np.ndarray, counts: np.ndarray, norms: np.ndarray) -> np.ndarray:
        """What terms of these `factors` add to rows of these `norms` in which they stand `counts` times: float32.

        Takes the memory of `factors` and `norms` for it.
        """
        factors *= counts
        norms += counts
        factors /= norms
        return factors

    def _factor(self, term: str, weight: float) -> float:
        """The most that a term can add to a passage."""
        return self.idf(term) * weight * (K1 + 1)

    def _norms_of(self, number: int, rows: np.ndarray) -> np.ndarray:
        """What a count is weighed against in `rows`, int64, of a part: (len(rows),) float32, of one's own.

        Kept for all rows of the part once they have been computed for as many: the first
        question reads no more than it needs, and many do not compute the same again.
        """
        kept = self._norms[number]
        if kept is None:
            self._normed[number] += len(rows)
            lengths = self._parts[number].lengths
            if self._normed[number] < len(lengths):
                return self._norm(lengths[rows])
            kept = self._norms[number] = self._norm(lengths)
        return kept.take(rows, mode="clip")  # no row is clipped; half the time of an index

    def _norm(self, lengths: np.ndarray) -> np.ndarray:
        import numpy as np

        return (K1 * (1 - B + B * lengths / np.float32(self._mean_length))).astype(np.float32)

    def lexical(self, weights: Weights, rows: np.ndarray) -> np.ndarray:
        """BM25 of `rows` for the terms of `weights`: (len(rows),) float32, 0 where no term stands.

        Asked for after `matching`, as each question does, it takes over what that summed up, once.
        """
        import numpy as np

        partial, left = self._summed.pop(frozenset(weights.items()), (None, None))
        if left is None:
            left = self._by_rarity(weights)
        scores = np.zeros(len(rows), np.float32)
        segments, local = self._places.locate(np.asarray(rows))
        for number in range(len(self._parts)):
            mine = segments == number
            begun = partial[number][local[mine]] if partial else np.zeros(int(mine.sum()), np.float32)
            scores[mine] = self._of_part(number, left, local[mine], begun)
        return scores

    def _of_part(self, number: int, weights: Weights, rows: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """`scores`, (len(rows),) float32, of `rows` of one part with BM25 of `weights` added."""
        import numpy as np

        part = self._parts[number]
        if not len(rows):
            return scores
        wanted = rows.astype(np.uint32)  # as the postings are: they would be converted whole
        holds: list[tuple[np.ndarray, np.ndarray, float]] = []  # of each term: which rows, its counts there, its factor
        for term, weight in weights.items():
            found = part.find(term)
            if found is None:
                continue
            held, counts = counts_in(*found, wanted, part.size)
            if len(held):
                holds.append((held, counts, self._factor(term, weight)))
        for held, worth in self._worths(holds, self._norms_of(number, rows)):
            scores[held] += worth
        return scores

    def _worths(self, holds: list[tuple[np.ndarray, np.ndarray, float]], norms: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Of each term, (rows, what it adds to them): computed for all at once, since there are many with few rows each."""
        import numpy as np

        if not holds:
            return
        sizes = [len(held) for held, _, _ in holds]
        counts = np.concatenate([counts for _, counts, _ in holds]).astype(np.float32)
        factors = np.repeat(np.array([factor for _, _, factor in holds], np.float32), sizes)
        worth = self._worth(factors, counts, norms[np.concatenate([held for held, _, _ in holds])])
        end = 0
        for (held, _, _), size in zip(holds, sizes, strict=True):
            yield held, worth[end : end + size]
            end += size
