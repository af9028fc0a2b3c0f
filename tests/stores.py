"""Articles with made-up vectors, and the stores that the contract suite runs against."""

import random
import socket
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path

from ingest.aliases import find_aliases
from ingest.calibrate import Calibration
from ingest.modelkey import model_key, text_key
from ingest.records import Entry
from ingest.searchtext import furniture_terms, search_text
from ingest.split import split
from ingest.stores.base import Facts, Part, Piece
from ingest.tokenvectors import width_of
from ingest.types import Article, Cleaned, Dropped, Span

DIM = 16
QUESTIONS = ("什么是涌现", "涌现和幻觉有什么区别", "怎样减轻过拟合", "张量处理器哪一年公开", "what is overfitting", "番茄炒蛋放多少糖", "训练用什么机器", "什么是涌线")
_WORDS = "模型 训练 数据 注意力 涌现 幻觉 过拟合 正则化 梯度 下降 学习率 词元 上下文 预训练 微调 推理 检索 向量 索引 段落 标题 评测".split()
_LINKS = "可以 会 需要 不 让 使 用 把 对 在 和 与 比 更".split()


def sentence(seed: int) -> str:
    """A sentence of our own making; equal seeds give equal sentences."""
    draw = random.Random(seed)
    return "".join(draw.choice(_WORDS) + draw.choice(_LINKS) for _ in range(draw.randint(4, 14))) + draw.choice(_WORDS) + "。"


def text_of(seed: int, sentences: int = 30) -> str:
    """Some paragraphs of such sentences."""
    lines = [sentence(seed * 1000 + number) + ("\n" if number % 7 == 6 else "") for number in range(sentences)]
    return "".join(lines)


def unit(seed: str, rows: int | None = None, dim: int = DIM):
    """Unit vectors that follow from `seed`, as half precision can hold them: (dim,) or (rows, dim) float32."""
    import numpy as np

    draw = np.random.default_rng(list(seed.encode("utf-8", "surrogatepass")))
    found = draw.normal(size=(rows or 1, dim)).astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    found = found.astype(np.float16).astype(np.float32)
    return found if rows is not None else found[0]


def tokens_of(text: str, dim: int = DIM):
    """Packed tokens that follow from a text: as many as it has characters, half of those up to 3."""
    import numpy as np

    draw = np.random.default_rng(list(text.encode("utf-8", "surrogatepass")))
    return draw.integers(0, 256, (len(text) // 2, width_of(dim)), np.uint8)


def part(id_: str, text: str, title: str = "标题", dim: int = DIM) -> Part:
    """An article whose vectors follow from its texts: equal passages have equal vectors."""
    dropped = text.find("【版权】")
    end = len(text) if dropped < 0 else dropped
    gone = (Dropped(Span(end, len(text)), "copyright"),) if end < len(text) else ()
    article = Article(id_, id_, title, text, str(hash(text)))
    cleaned = Cleaned((Span(0, end),) if end else (), gone)
    pieces = []
    for passage in split(article, cleaned):
        found = search_text(article, passage)
        pieces.append(Piece(passage, text_key(model_key(), found), unit(found, dim=dim), tokens_of(found, dim)))
    aliases = tuple(find_aliases(article, cleaned))
    furniture = tuple(sorted(furniture_terms(article, cleaned)))
    return Part(Entry(article, article, cleaned, 0, 0, b""), tuple(pieces), aliases, b"", furniture, f"{id_}{text}")


def facts(parts, dim: int = DIM) -> Facts:
    """What is true of a generation of `parts`."""
    import numpy as np

    from ingest.terms import TERMS_VERSION

    every = [piece.vector for one in parts for piece in one.pieces]
    mean = np.mean(every, axis=0, dtype=np.float64).astype(np.float32) if every else np.zeros(dim, np.float32)
    manifest = {
        "model": {"name": "multilingual-e5-small", "key": model_key(), "dim": dim}, "terms": TERMS_VERSION, "corpus": "corpus",
        "pipeline": "", "overrides": "", "articles": len(parts), "passages": len(every), "dropped": {}, "skipped": {},
    }  # fmt: skip
    return Facts(manifest, mean, Calibration(0.5, 0.1))


class LiteServer:
    """Milvus Lite as a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("Milvus Lite did not start")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)


def prefix() -> str:
    """A name for collections that nobody else uses."""
    return f"t{uuid.uuid4().hex[:10]}"


def written(server, parts, fresh=False, gone=()):
    """Publish `parts` on top of what is there, in Milvus."""
    from ingest.stores.writer import MilvusWriter

    writer = MilvusWriter(server)
    writer.begin(DIM, fresh)
    writer.add(parts)
    writer.delete(gone)
    try:
        return writer.publish(facts(parts))
    finally:
        writer.close()


def bare(answer):
    """An answer without what differs from run to run."""
    return replace(answer, seconds=0.0)
