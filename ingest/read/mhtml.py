"""MHTML: a page as a browser saves it in one file; its first part of HTML is read."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace

from ingest.errors import SkippedFile
from ingest.types import Article


def read(content: bytes, id: str) -> Article:
    """The article of an MHTML file; its address is the one it was saved from."""
    from ingest.read.html import read as read_html

    message = email.message_from_bytes(content, policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            body = part.get_payload(decode=True)
            if body:
                article = read_html(body, id)
                saved = str(message.get("Snapshot-Content-Location") or part.get("Content-Location") or "")
                return replace(article, url=article.url or (saved if saved.startswith(("http://", "https://")) else None))
    raise SkippedFile("broken", "没有找到网页内容。", "no page of HTML is in the file")
