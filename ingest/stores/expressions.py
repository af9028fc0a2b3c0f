"""Conditions in Milvus' filter language. Milvus Lite knows no placeholders, so values are written out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

KEYS_AT_ONCE = 1_000  # in one condition: about 40 KB


def among(field: str, values: Sequence) -> str:
    """The condition that `field` is one of `values`."""
    return f"{field} in {_listing(values)}"


def not_among(field: str, values: Sequence) -> str:
    """The condition that `field` is none of `values`; no condition for none."""
    return f"{field} not in {_listing(values)}" if values else ""


def both(*conditions: str) -> str:
    """All of `conditions`, empty ones left out."""
    return " and ".join(f"({one})" for one in conditions if one)


def chunks(values: Sequence, size: int = KEYS_AT_ONCE) -> Iterator[Sequence]:
    """`values` in pieces of `size`."""
    for begin in range(0, len(values), size):
        yield values[begin : begin + size]


def _listing(values: Sequence) -> str:
    # JSON's escapes are those of Milvus' expressions, but for characters beyond ASCII, which stand as they are.
    return "[" + ", ".join(json.dumps(one, ensure_ascii=False) if isinstance(one, str) else str(int(one)) for one in values) + "]"
