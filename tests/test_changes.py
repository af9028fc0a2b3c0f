"""What an ingest compares files by."""

import hashlib

import pytest

from ingest import changes


@pytest.mark.parametrize("beyond", [-changes._AT_ONCE, -1, 0, 1, changes._AT_ONCE])
def test_a_digest_is_that_of_all_bytes(tmp_path, beyond):
    """However large the file: empty, hashed at once, or piece by piece."""
    content = bytes(range(251)) * (changes._AT_ONCE // 100)
    content = content[: changes._AT_ONCE + beyond]
    (tmp_path / "a.txt").write_bytes(content)
    assert len(content) == changes._AT_ONCE + beyond
    assert changes.digest_of(tmp_path / "a.txt") == hashlib.sha256(content).hexdigest()
