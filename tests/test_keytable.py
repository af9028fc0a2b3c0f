"""Numbers by key: as a dict, in a fifth of its memory."""

from __future__ import annotations

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.keytable import ABSENT, KeyTable


def _key(name: int, crowded: bool = False) -> bytes:
    """A key; `crowded` ones all want the same slot."""
    made = hashlib.blake2b(str(name).encode(), digest_size=16).digest()
    return bytes(8) + made[8:] if crowded else made


@given(st.lists(st.lists(st.integers(0, 40), max_size=12), max_size=6), st.booleans())
def test_it_finds_what_a_dict_finds(batches, crowded):
    """Batch by batch, with keys put in again, and with keys that all want the same place."""
    table, plain = KeyTable(), {}
    for batch in batches:
        table.add([_key(name, crowded) for name in batch], np.array(batch))
        plain |= {_key(name, crowded): name for name in batch}
    wanted = [_key(name, crowded) for name in range(50)]
    assert table.find(wanted).tolist() == [plain.get(key, ABSENT) for key in wanted]
    assert all((key in table) == (key in plain) for key in wanted[:5])


def test_it_grows():
    """A hundred thousand keys, put in by uneven batches, are all found; others are not."""
    chance = np.random.default_rng(1)
    keys = chance.integers(0, 1 << 63, (100_000, 2)).astype("<u8").view("V16").ravel()
    table = KeyTable()
    for begin in range(0, len(keys), 7_777):
        table.add(keys[begin : begin + 7_777], np.arange(begin, min(begin + 7_777, len(keys))))
    assert np.array_equal(table.find(keys), np.arange(len(keys)))
    assert (table.find(chance.integers(0, 1 << 63, (1000, 2)).astype("<u8").view("V16").ravel()) == ABSENT).all()
