"""Furniture that hangs on the end of a real sentence: where the line has to be cut."""

from __future__ import annotations

import re

from ingest.boilerplate.rows import Row
from ingest.lines import PLAIN

TAIL_CHARS = 60  # so much of a line's end is looked at: what hangs on a sentence is short

_HANGING = re.compile(
    r"(?<=[。！？.!?”\"』」…])\s*(?:"
    r"(?P<widget>(?:\[|【|<)?(?:返回|回到|进入|点击(?:进入|查看|阅读)|查看|阅读|展开|继续阅读)[^。！？，,]{0,20}(?:首页|主页|全文|详情|更多|原文|>>|》)(?:\]|】|>)?[>》\s]*)"
    r"|(?P<promo>(?:\[|【|（|\()?(?:关注|下载|打开|扫码|长按)[^。！？，,]{0,24}(?:公众号|客户端|APP|二维码)[^。！？，,]{0,12}(?:\]|】|）|\))?)"
    r"|(?P<byline>[（(\[【]\s*(?:本文)?(?:来源|作者|编辑|责任编辑|责编|记者|文|图|摄影|供稿|校对)\s*[:：/][^）)\]】]{1,40}[）)\]】]|(?:责任编辑|责编|编辑|来源)\s*[:：][^\s。，,]{1,16})"
    r")\s*$"
)


def trim_line(text: str, row: Row) -> tuple[int, str] | None:
    """(offset at which the kept line must end, reason code); None when nothing hangs on it."""
    if row.kind != PLAIN or row.prose == 0 or row.chars < TAIL_CHARS // 2:
        return None
    start = max(row.line.span.start, row.line.span.end - TAIL_CHARS)
    found = _HANGING.search(text, start, row.line.span.end)
    if not found or found.start() <= row.line.span.start:
        return None
    reason = next(name for name, value in found.groupdict().items() if value)
    return found.start(), reason
