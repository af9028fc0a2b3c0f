"""Vectors are paid for once: by key, across ingests, and across a kill."""

import numpy as np
import pytest

from ingest.pool import VectorPool
from ingest.tokenvectors import TokenVectors, width_of, write_tokens
from ingest.vectors import Vectors, write_vectors

KEYS = [bytes([number]) * 16 for number in range(8)]


def _vectors(count):
    rows = np.random.default_rng(1).normal(size=(count, 8)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _tokens(count):
    """Packed tokens of texts of 0, 1, 2… tokens."""
    draw = np.random.default_rng(2)
    return [draw.integers(0, 256, (number, width_of(8)), np.uint8) for number in range(count)]


def _all(pool, keys):
    return np.concatenate(list(pool.blocks(keys)))


def test_checkpointed_vectors_survive_their_process(tmp_path):
    """A pool opened anew knows what an earlier one was given."""
    VectorPool(tmp_path, "model", 8).add(KEYS, _vectors(8), _tokens(8))
    pool = VectorPool(tmp_path, "model", 8)
    assert all(key in pool for key in KEYS)
    assert np.array_equal(_all(pool, KEYS[::-1]), _vectors(8)[::-1].astype(np.float16).astype(np.float32))
    for found, given in zip(pool.tokens(KEYS), _tokens(8), strict=True):
        assert np.array_equal(found, given)


@pytest.mark.parametrize("left", [1, 30, 100, 200])
def test_a_torn_checkpoint_keeps_its_whole_records(tmp_path, left):
    """A write that was cut short costs only the record it was in."""
    pool = VectorPool(tmp_path, "model", 8)
    pool.add(KEYS, _vectors(8), _tokens(8))
    (path,) = tmp_path.glob("embedded-*")
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    again = VectorPool(tmp_path, "model", 8)
    sizes = np.cumsum([16 + 4 + 2 * 8 + number * width_of(8) + 4 for number in range(8)])
    assert sizes[-1] == len(whole) and sum(key in again for key in KEYS) == (sizes <= left).sum()
    again.add(KEYS[-1:], _vectors(8)[-1:], _tokens(8)[-1:])
    assert KEYS[-1] in VectorPool(tmp_path, "model", 8)


def test_a_damaged_record_is_not_believed(tmp_path):
    """A flipped bit costs that record and what follows, never a wrong vector."""
    VectorPool(tmp_path, "model", 8).add(KEYS, _vectors(8), _tokens(8))
    (path,) = tmp_path.glob("embedded-*")
    content = bytearray(path.read_bytes())
    content[-100] ^= 4  # in the record of the sixth text
    path.write_bytes(content)
    pool = VectorPool(tmp_path, "model", 8)
    assert [key in pool for key in KEYS] == [True] * 6 + [False] * 2


def test_another_model_starts_afresh(tmp_path):
    """Vectors of one model are worthless to another."""
    VectorPool(tmp_path, "model", 8).add(KEYS, _vectors(8), _tokens(8))
    assert KEYS[0] not in VectorPool(tmp_path, "other", 8)


def test_a_previous_generation_is_reused(tmp_path):
    """Keys known to the published index are served from its rows."""
    stored = _vectors(8).astype(np.float16).astype(np.float32)
    write_vectors(tmp_path, 8, [stored])
    pool = VectorPool(tmp_path, "model", 8)
    write_tokens(tmp_path, _tokens(8))
    pool.reuse(Vectors(tmp_path), TokenVectors(tmp_path, 8, 8), KEYS[:5], range(5))
    pool.add(KEYS[5:], _vectors(8)[5:], _tokens(8)[5:])
    assert np.array_equal(_all(pool, [KEYS[6], KEYS[0], KEYS[4]]), stored[[6, 0, 4]])
    assert [len(one) for one in pool.tokens([KEYS[6], KEYS[0], KEYS[4]])] == [6, 0, 4]
    assert pool.holds([KEYS[2], b"?" * 16, KEYS[7]]).tolist() == [True, False, True]


def test_a_vector_that_was_never_added_is_an_error(tmp_path):
    """No other vector, and no other tokens, are handed out in its place."""
    pool = VectorPool(tmp_path, "model", 8)
    pool.add(KEYS[:2], _vectors(2), _tokens(2))
    with pytest.raises(KeyError):
        _all(pool, KEYS[:3])
    with pytest.raises(KeyError):
        list(pool.tokens(KEYS[:3]))
