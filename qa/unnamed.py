"""What a question names and the passages told do not name: they may tell of something else, and the reader is told so.

A small model cannot tell another thing from another name of the same: 黄瓜 asked of an article on 番茄 comes as
near as 西红柿. So the answer stands, and says what it does not name, as web search engines do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.terms import is_word, word_entry
from qa.demands import lacking
from qa.question import Question

MOST = 3  # more names than these are a paraphrase in other words, of which the first say enough
# Times that jieba's dictionary saw it: so common a noun says little. Of 542 answers to questions in the articles' words
# 39 are said not to name something without this bound and 20 with it, of 101 about another thing 73 and 66.
COMMON = 2000
_PLACES = ("ns", "nt")  # and organisations: they name one thing however often they were seen
_HAN = re.compile("[\u4e00-\u9fff]{2,}")
# Characters: so long a name counts as named where the first two of it stand, 洗衣机 where 洗衣 does, or others that are a word; 布洛芬 not where 洛芬 does.
_WHOLE = 3
# Nouns that ask for something of a thing, and those that any text could leave unsaid.
_ASKS = frozenset(
    "问题 办法 方法 方式 东西 情况 原因 理由 作用 用途 区别 差别 不同 意思 含义 概念 定义 特点 关系 地方 时间 结果 后果 下场 内容 部分 过程 流程 步骤"
    " 数量 比例 程度 范围 价格 种类 类型 条件 要求 标准 影响 目的 效果 坏处 好处 优点 缺点 毛病 样子 事情 道理 名字 例子 人家 家里 时候 小时候 干嘛 干吗 几星".split()
)


def unnamed(question: Question, key: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Nouns, names and numbers of a question, `key` when folded, that stand in none of the folded `texts`, in its order; `MOST` at most.

    Words of a question without a Chinese character are not looked at: the texts have others for them.
    """
    if not _HAN.search(key):
        return ()
    whole = [word for word in question.content if not any(word != other and word in other for other in question.content)]
    gone = [word for word in whole if _HAN.fullmatch(word) and not _stands(word, texts) and _names(word)]
    return tuple(sorted(dict.fromkeys([*gone, *lacking(key, texts)]), key=key.find)[:MOST])


def _stands(word: str, texts: Sequence[str]) -> bool:
    parts = [word] if len(word) < _WHOLE else [word[at : at + 2] for at in range(len(word) - 1)]
    return any(part in text and (part == word[:2] or is_word(part)) for part in parts for text in texts)


def _names(word: str) -> bool:
    count, kind = word_entry(word)
    return word not in _ASKS and kind.startswith("n") and (count < COMMON or kind in _PLACES)
