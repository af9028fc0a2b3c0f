"""Articles that carry the same text: recognised by MinHash, whatever stands above and below.

A signature is taken of the kept text alone, folded (one width, one script, no
punctuation), so another header, tail or script does not hide a repost.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Mapping

from ingest.terms import fold

SHINGLE = 5  # characters: shorter ones are common phrases, longer ones break at every edit
HASHES = 64  # numbers of a signature: the estimate of a similarity of .7 is off by .06 (standard error)
BANDS = 16  # of 4 numbers each: texts that are .6 alike share one with probability .9
SAME = 0.6  # estimated Jaccard similarity from which two articles are one text
LEAST_SHINGLES = 40  # a shorter text says too little to be called a copy
_PRIME = (1 << 31) - 1  # Mersenne; hashes stay below 2^31, products below 2^62
_NOT_WORD = re.compile(r"[\W_]+")


def signature(kept: str) -> bytes:
    """MinHash (Broder 1997) of the folded text: `HASHES` numbers of 4 bytes; empty for a short text."""
    import numpy as np

    text = _NOT_WORD.sub("", fold(kept))
    shingles = {text[at : at + SHINGLE] for at in range(len(text) - SHINGLE + 1)}
    if len(shingles) < LEAST_SHINGLES:
        return b""
    hashed = np.array([zlib.crc32(one.encode()) % _PRIME for one in sorted(shingles)], np.int64)
    numbers = np.random.default_rng(5)  # the same functions on every machine
    factors, shifts = numbers.integers(1, _PRIME, HASHES), numbers.integers(0, _PRIME, HASHES)
    lowest = [int(((factor * hashed + shift) % _PRIME).min()) for factor, shift in zip(factors, shifts, strict=True)]
    return np.array(lowest, "<u4").tobytes()


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
