"""The sum of a file."""

import hashlib

import pytest

from ingest import digest


@pytest.mark.parametrize("beyond", [-digest._AT_ONCE, -1, 0, 1, digest._AT_ONCE])
def test_a_digest_is_that_of_all_bytes(tmp_path, beyond):
    """However large the file: empty, hashed at once, or piece by piece."""
    content = bytes(range(251)) * (digest._AT_ONCE // 100)
    content = content[: digest._AT_ONCE + beyond]
    (tmp_path / "a.txt").write_bytes(content)
    assert len(content) == digest._AT_ONCE + beyond
    assert digest.digest_of(tmp_path / "a.txt") == hashlib.sha256(content).hexdigest()
