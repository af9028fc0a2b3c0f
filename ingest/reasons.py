"""Reason codes a person can understand, each with its wording in Chinese and English.

Three kinds: why a line was dropped, why a file was skipped, and health flags of an
article that was indexed all the same.
"""

from __future__ import annotations

# Why a line was dropped.
DROP_REASONS: dict[str, tuple[str, str]] = {}

# Why a file was skipped.
SKIP_REASONS: dict[str, tuple[str, str]] = {}

# What a reader should know about an article that was indexed.
FLAGS: dict[str, tuple[str, str]] = {}


def wording(code: str, lang: str = "zh") -> str:
    """The words for `code` in `lang` ("zh" or "en"); the code itself if it has none."""
    for table in (DROP_REASONS, SKIP_REASONS, FLAGS):
        if code in table:
            return table[code][1 if lang == "en" else 0]
    return code
