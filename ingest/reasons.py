"""Reason codes a person can understand, each with its wording in Chinese and English.

Three kinds: why a line was dropped, why a file was skipped, and health flags of an
article that was indexed all the same.
"""

from __future__ import annotations

# Why a line was dropped.
DROP_REASONS: dict[str, tuple[str, str]] = {
    "title": ("文章标题（已记为标题，不作正文）", "the title (recorded as such)"),
    "byline": ("日期、作者、来源等署名行", "date, author, source"),
    "counter": ("阅读、点赞等计数", "counters"),
    "placeholder": ("图片等留下的占位文字", "what a picture left behind"),
    "widget": ("按钮与操作提示", "buttons and their hints"),
    "nav": ("导航与栏目链接", "menus and links"),
    "breadcrumb": ("页面位置导航", "breadcrumbs"),
    "notice": ("版权、免责、备案等声明", "legal and site notices"),
    "promo": ("推广与引流", "promotion"),
    "related": ("相关文章与推荐", "related articles"),
    "comment": ("评论区", "comments"),
    "head": ("标题之前的页面内容", "page content above the title"),
    "tail": ("正文之后的页面内容", "page content below the article"),
    "reference": ("文末的参考资料列表", "list of references at the end"),
    "corpus": ("同一行出现在多篇文章里", "the same line stands in several articles"),
    "markup": ("网页标记为非正文", "outside the main content by its markup"),
    "running": ("页眉或页脚", "running header or footer"),
    "user": ("按 wenju.toml 的设置去除", "dropped by wenju.toml"),
}

# Why a file was skipped.
SKIP_REASONS: dict[str, tuple[str, str]] = {
    "encrypted": ("文件有密码", "the file asks for a password"),
    "broken": ("文件已损坏，无法打开", "the file is broken and cannot be opened"),
    "scanned": ("没有文字，可能是扫描件", "no text: a scan, perhaps"),
    "garbled": ("取出的文字是乱码", "the text that comes out is garbled"),
    "empty": ("没有文字", "no text"),
    "unreadable": ("无法打开", "cannot be opened"),
    "too-large": ("文件太大", "too large"),
    "too-long": ("文字太多", "too much text"),
    "too-slow": ("读取超时", "took too long to read"),
    "crashed": ("读取时崩溃或内存不足", "crashed or ran out of memory"),
    "outside": ("链接指向文件夹之外", "a link that leads out of the folder"),
    "not-a-file": ("不是普通文件", "not a regular file"),
}

# What a reader should know about an article that was indexed.
FLAGS: dict[str, tuple[str, str]] = {
    "thin": ("几乎没有正文，内容大多保留", "hardly any prose: kept almost whole"),
}


def wording(code: str, lang: str = "zh") -> str:
    """The words for `code` in `lang` ("zh" or "en"); the code itself if it has none."""
    for table in (DROP_REASONS, SKIP_REASONS, FLAGS):
        if code in table:
            return table[code][1 if lang == "en" else 0]
    return code
