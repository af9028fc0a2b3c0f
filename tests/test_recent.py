"""What is kept of what was read."""

from ingest.recent import Recent


def test_what_was_used_longest_ago_goes_first():
    """Asking for a value counts as using it; sizes add up."""
    recent: Recent[str] = Recent(10, len)
    for word in ("aaaa", "bbbb", "cc"):
        recent.keep(word[0], word)
    assert recent.get("a") == "aaaa"
    recent.keep("d", "dd")
    assert [recent.get(key) for key in "abcd"] == ["aaaa", None, "cc", "dd"]


def test_a_large_value_is_kept_alone():
    """Of a book larger than all that may be kept, the next question need not read it again."""
    recent: Recent[str] = Recent(10, len)
    recent.keep("small", "aa")
    recent.keep("book", "b" * 50)
    assert recent.get("small") is None and recent.get("book") == "b" * 50
    recent.keep("small", "aa")
    assert recent.get("book") is None and recent.get("small") == "aa"


def test_keeping_twice_counts_once():
    """Two threads may read the same article at once."""
    recent: Recent[str] = Recent(10, len)
    for _ in range(5):
        recent.keep("a", "aaaa")
    recent.keep("b", "bbbb")
    assert recent.get("a") and recent.get("b")
