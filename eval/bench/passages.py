"""Varied passages made up from a seed: Chinese, English, mixed, code and numbers, of our own words."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

MIN_CHARS, MAX_CHARS = 100, 400  # about what `ingest.split` makes

_THINGS = "语言模型 训练数据 注意力机制 梯度 学习率 标注员 推理服务 词表 参数 验证集 向量索引 编码器 提示词 知识库 损失函数 显存 评测基准 图书馆 河流 茶叶 地铁 望远镜 合同 病历 種子 農田".split()  # fmt: skip
_DOES = "决定了 取代了 依赖于 改进了 限制着 衡量 解释不了 加速了 遗漏了 重新定义了 影響著 记录".split()
_HOW = "在实践中 一般来说 与直觉相反 自二十世纪以来 到目前为止 在资源有限时 严格地说 对初学者而言".split()
_WORDS = "model data slowly every gradient remembers the a river careful reader measures of quietly under benchmark token without light seven engineers compare library winter answer because scale".split()  # fmt: skip
_TERMS = "Transformer BERT GPT-3 LoRA word2vec FAISS BM25 dropout Adam GPU batch SOTA fine-tuning RLHF".split()
_NAMES = "total rows index score path cache limit window batch value".split()


def _chinese(rng: random.Random) -> str:
    return f"{rng.choice(_HOW)},{rng.choice(_THINGS)}{rng.choice(_DOES)}{rng.choice(_THINGS)}{rng.choice('。;!?')}"


def _english(rng: random.Random) -> str:
    return " ".join(rng.choices(_WORDS, k=rng.randint(6, 14))).capitalize() + ". "


def _mixed(rng: random.Random) -> str:
    term, year = rng.choice(_TERMS), rng.randint(1990, 2025)
    return f"{year} 年的 {term} {rng.choice(_DOES)}{rng.choice(_THINGS)}({rng.choice(_TERMS)}),{_chinese(rng)}"


def _code(rng: random.Random) -> str:
    a, b = rng.sample(_NAMES, 2)
    return f"def {a}_{b}({b}, n={rng.randint(0, 99)}):\n    return [{a}[i] * {b} for i in range(n)]  # {rng.choice(_THINGS)}\n"


def _numbers(rng: random.Random) -> str:
    kind = rng.choice(_THINGS)
    return f"{kind}\t{rng.uniform(-9, 999):.3f}\t{rng.randint(0, 10**9):,}\t{rng.random():.1%}\t1e-{rng.randint(1, 9)}\n"


def _list(rng: random.Random) -> str:
    return f"{rng.randint(1, 9)}. 「{rng.choice(_THINGS)}」——{rng.choice(_TERMS)};😀 ①{rng.choice(_THINGS)}\n"


KINDS: dict[str, Callable[[random.Random], str]] = {
    "chinese": _chinese, "english": _english, "mixed": _mixed, "code": _code, "numbers": _numbers, "list": _list
}  # fmt: skip


def passages(count: int, seed: int = 0) -> Iterator[str]:
    """`count` passages of MIN_CHARS to MAX_CHARS code points; every second one is Chinese prose or mixed."""
    rng = random.Random(seed)
    kinds = [*KINDS.values(), _chinese, _mixed]
    for number in range(count):
        make, size = kinds[number % len(kinds)], rng.randint(MIN_CHARS, MAX_CHARS)
        text = ""
        while len(text) < size:
            text += make(rng)
        yield text[:size]
