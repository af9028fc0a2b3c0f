"""The lexical legs: BM25 over the postings of a question's terms, and over nothing else.

A segment's postings are written once and read in place. `Terms` scores the passages of all
segments of a generation as one collection: frequencies and lengths are those of the whole,
so a passage scores the same wherever it lies. Higher is better.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.best import SLACK, Best, counts_in, few_above, kth_best, likely_best, pruned, rows_above
from ingest.places import Places
from ingest.postings import WORDS, Postings

if TYPE_CHECKING:
    import numpy as np

    from ingest.shared import Shared

# BM25 as in Robertson & Zaragoza 2009 with Lucene's idf; the usual constants.
K1 = 1.5  # saturation of a term's count
B = 0.75  # how much a passage's length counts
_MEAN_SCALE = 1000  # the mean length is rounded to thousandths
# A term in more passages than the higher of the two may be looked up for the candidates only. Of a million
# passages 20,000 take a quarter longer than 200,000; of 100,000, 10,000 a seventh longer than 20,000 and 80,000 half as long again.
_COMMON, _COMMON_SHARE = 20_000, 0.2
_FEW = 500  # rows that are looked up for all terms left at once: pruning them between the terms costs more than it saves
_REMEMBERED = 10_000  # terms whose frequency is kept in memory
_SUMS_KEPT = 4  # questions whose sums are kept until their candidates are scored: 4 MB each of a million passages

Weights = Mapping[str, float]  # how often each term counts, above 0
Factors = Mapping[str, float]  # the most that each term can add to a passage, the rarest first


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
        self._summed: dict[frozenset, dict[int, tuple[np.ndarray, Factors]]] = {}  # of the last questions, for each part: see `lexical`

    @classmethod
    def of_folder(cls, folder: Path, store: Shared, field: str = WORDS) -> Terms:
        """The field of a generation that is one segment."""
        postings = Postings(folder, store, field)
        return cls([postings], Places(None, [postings.size]))

    def df(self, term: str) -> int:
        """In how many passages `term` stands."""
        found = self._dfs.get(term)
        if found is None:
            found = sum(self._df_of(number, term) for number in range(len(self._parts)))
            if len(self._dfs) >= _REMEMBERED:
                self._dfs.clear()
            self._dfs[term] = found
        return found  # another thread may have forgotten it already

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

    def known(self, wanted: Iterable[str]) -> set[str]:
        """Those of `wanted` that stand in some passage."""
        wanted = set(wanted)
        for part in self._parts:
            part.learn(wanted)
        return {term for term in wanted if self.knows(term)}

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
        Segments are gone through one by one, the largest first: what a question needs of one
        fits the processor's cache, and the best of those before leave fewer candidates.
        """
        known, masks = self._by_rarity(weights), self._masks(allowed)
        best, summed = Best(count), {}
        for number in sorted(range(len(self._parts)), key=lambda number: -self._parts[number].size):
            partial, waiting, found = self._summed_up(number, known, masks[number], count, best.bar)
            summed[number] = partial, waiting
            found, scores = self._looked_up(number, waiting, found, partial[found], count, best.bar)
            rows = self._places.rows(number, found)
            there = (rows >= 0) & (scores > 0)
            best.offer(rows[there], scores[there])
        if allowed is None:
            if len(self._summed) >= _SUMS_KEPT:
                self._summed.clear()
            self._summed[frozenset(weights.items())] = summed
        return best.rows, best.scores

    def _by_rarity(self, weights: Weights) -> Factors:
        """The factors of those terms that stand somewhere, the rarest first: summed in this order, equal scores stay equal."""
        for part in self._parts:
            part.learn(weights)
        known = [term for term, weight in weights.items() if weight > 0 and self.df(term)]
        return {term: self._factor(term, weights[term]) for term in sorted(known, key=lambda term: (self.df(term), term))}

    def _summed_up(
        self, number: int, known: Factors, mask: np.ndarray | None, count: int, bar: float
    ) -> tuple[np.ndarray, Factors, np.ndarray]:
        """Of a part: the sums of the rarest terms, those left to be looked up, and the rows that can be among the best.

        `bar`: what the best of other parts reach, 0 where that is not known.
        """
        import numpy as np

        names = [*known]
        left = [*accumulate(reversed(known.values()), initial=0.0)][::-1]  # what all terms from each on could add
        common = max(_COMMON, _COMMON_SHARE * self.size)
        at = sum(self.df(term) <= common for term in names)
        while at < len(names) and 0 < bar <= left[at]:
            at += 1
        partial = np.zeros(self._parts[number].size, np.float32)
        self._add(number, partial, {term: known[term] for term in names[:at]}, mask)
        pool = None if bar else likely_best(partial, count)
        while at < len(names):
            reached = bar or kth_best(partial[pool], count)
            if reached > left[at] and (found := few_above(partial, reached - left[at] - SLACK * (reached + left[at]))) is not None:
                return partial, {term: known[term] for term in names[at:]}, found
            self._add(number, partial, {names[at]: known[names[at]]}, mask)
            at += 1
            if not reached:  # what had some term so far was too little for a bar
                pool = likely_best(partial, count)
        reached = bar or kth_best(partial[pool], count)
        return partial, {}, rows_above(partial, reached * (1 - SLACK))

    def _looked_up(
        self, number: int, waiting: Factors, rows: np.ndarray, scores: np.ndarray, count: int, bar: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """(rows, scores) of a part with what the `waiting` terms are worth, without those that can no longer be among the best."""
        terms, left = [*waiting.items()], sum(waiting.values())
        while terms:
            rows, scores = pruned(rows, scores, left, count, bar)
            now, terms = (terms[:1], terms[1:]) if len(rows) > _FEW else (terms, [])
            scores = self._of_part(number, dict(now), rows, scores)
            left -= now[0][1]
        return pruned(rows, scores, 0.0, count, bar)

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

    def _add(self, number: int, scores: np.ndarray, factors: Factors, mask: np.ndarray | None) -> None:
        """Add what terms are worth to the scores, (rows,) float32 of a part, of the rows in which they stand."""
        import numpy as np

        found = {term: postings for term in factors if (postings := self._parts[number].find(term))}
        if not found:
            return
        rows = np.concatenate([rows for rows, _ in found.values()]).astype(np.intp)  # or numpy would, for each use
        counts = np.concatenate([counts for _, counts in found.values()]).astype(np.float32)
        each = np.array([factors[term] for term in found], np.float32)
        worth = self._worth(np.repeat(each, [len(of) for of, _ in found.values()]), counts, self._norms_of(number, rows))
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

        summed = self._summed.pop(frozenset(weights.items()), None)
        known = {} if summed else self._by_rarity(weights)
        scores = np.zeros(len(rows), np.float32)
        segments, local = self._places.locate(np.asarray(rows))
        for number in range(len(self._parts)):
            mine = segments == number
            partial, left = summed[number] if summed else (None, known)
            begun = np.zeros(int(mine.sum()), np.float32) if partial is None else partial[local[mine]]
            scores[mine] = self._of_part(number, left, local[mine], begun)
        return scores

    def _of_part(self, number: int, factors: Factors, rows: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """`scores`, (len(rows),) float32, of `rows` of one part with what terms are worth added."""
        import numpy as np

        part = self._parts[number]
        if not len(rows):
            return scores
        wanted = rows.astype(np.uint32)  # as the postings are: they would be converted whole
        holds: list[tuple[np.ndarray, np.ndarray, float]] = []  # of each term: which rows, its counts there, its factor
        for term, factor in factors.items():
            found = part.find(term)
            if found is None:
                continue
            held, counts = counts_in(*found, wanted, part.size)
            if len(held):
                holds.append((held, counts, factor))
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
