"""Articles that carry the same text: recognised by MinHash, whatever stands above and below.

A signature is taken of the kept text alone, folded (one width, one script, no
punctuation), so another header, tail or script does not hide a repost.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ingest.terms import fold

if TYPE_CHECKING:
    import numpy as np

SHINGLE = 5  # characters: shorter ones are common phrases, longer ones break at every edit
HASHES = 64  # numbers of a signature: the estimate of a similarity of .7 is off by .06 (standard error)
BANDS = 16  # of 4 numbers each: texts that are .6 alike share one with probability .9
SAME = 0.6  # estimated Jaccard similarity from which two articles are one text
LEAST_SHINGLES = 40  # a shorter text says too little to be called a copy
_PRIME_BITS = 31
_PRIME = (1 << _PRIME_BITS) - 1  # Mersenne; hashes stay below 2^31, products below 2^62
_BASE = 1_000_003  # of the polynomial that is the number of a shingle: a prime, so that digits carry
_NOT_WORD = re.compile(r"[\W_]+")


def bare(text: str) -> str:
    """`text` folded, letters and digits alone: how texts that may be one are compared."""
    return _NOT_WORD.sub("", fold(text))


def signature(kept: str) -> bytes:
    """MinHash (Broder 1997) of the folded text: `HASHES` numbers of 4 bytes; empty for a short text."""
    import numpy as np

    hashed = _shingles(bare(kept))
    if len(hashed) < LEAST_SHINGLES:
        return b""
    numbers = np.random.default_rng(5)  # the same functions on every machine
    factors, shifts = numbers.integers(1, _PRIME, HASHES), numbers.integers(0, _PRIME, HASHES)
    lowest = [int(_remainder(factor * hashed + shift).min()) for factor, shift in zip(factors, shifts, strict=True)]
    return np.array(lowest, "<u4").tobytes()


def _shingles(text: str) -> np.ndarray:
    """A number below `_PRIME` for each different run of `SHINGLE` characters."""
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)
    hashed = np.zeros(max(0, len(codes) - SHINGLE + 1), np.int64)
    for at in range(SHINGLE):
        hashed = _remainder(hashed * _BASE + codes[at : at + len(hashed)])
    return np.unique(hashed)


def _remainder(numbers: np.ndarray) -> np.ndarray:
    """`numbers` (below 2^63) modulo `_PRIME`, in a quarter of the time: 2^31 leaves 1, so the upper bits are added to the lower."""
    for _ in range(2):
        numbers = (numbers & _PRIME) + (numbers >> _PRIME_BITS)
    numbers[numbers >= _PRIME] -= _PRIME
    return numbers


def groups(signatures: Mapping[str, bytes]) -> list[tuple[str, ...]]:
    """Ids of articles that are one text, each group sorted, groups by their first id; singles left out."""
    buckets: dict[bytes, list[str]] = defaultdict(list)
    size = 4 * HASHES // BANDS
    for id_, whole in sorted(signatures.items()):
        for band in range(BANDS if whole else 0):
            buckets[bytes([band]) + whole[band * size : (band + 1) * size]].append(id_)
    leader = {id_: id_ for id_ in signatures}

    def root(id_: str) -> str:
        while leader[id_] != id_:
            id_ = leader[id_]
        return id_

    for members in buckets.values():
        for other in members[1:]:
            one, two = sorted((root(members[0]), root(other)))
            if one != two and similarity(signatures[members[0]], signatures[other]) >= SAME:
                leader[two] = one
    found: dict[str, list[str]] = defaultdict(list)
    for id_ in sorted(signatures):
        found[root(id_)].append(id_)
    return [tuple(members) for members in found.values() if len(members) > 1]


def similarity(one: bytes, other: bytes) -> float:
    """Estimated Jaccard similarity: the share of equal numbers."""
    import numpy as np

    return float((np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")).mean())
