"""Plain text: decoded, and otherwise as it is."""

from __future__ import annotations

from ingest.read.encodings import decode
from ingest.types import Article


def read(content: bytes, id: str) -> Article:
    """The article of a text file."""
    return Article(id=id, path=id, title="", text=decode(content), digest="")
