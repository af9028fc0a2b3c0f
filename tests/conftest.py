"""A small real corpus and its index, built once; and `qa` as a person runs it."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

SMALL_CORPUS = {
    "涌现.txt": "首页 > 科技 > 正文\n大模型的能力从哪里来\n2024-03-05 10:20  阅读 1024\n\n"
    "涌现\n涌现是指模型的规模超过某个阈值之后,突然出现小模型所没有的能力。这种能力无法从小模型的表现外推得到。\n\n"
    "幻觉\n幻觉是指模型生成的内容看上去通顺,却与事实不符。常见的原因有训练数据过时、问题超出知识范围。\n\n"
    "点赞 36  收藏 12  分享到微博\n版权声明:本文为博主原创文章,转载请附上出处链接。\n相关文章推荐:什么是涌现\n",
    "训练.md": "---\ntitle: 训练中的两个毛病\ndate: 2023-11-02\nurl: https://example.org/train\n---\n\n"
    "## 过拟合\n\n过拟合是指模型在训练集上表现很好,在没有见过的数据上表现很差。正则化和早停可以减轻它。\n\n"
    "## 欠拟合\n\n欠拟合是指模型连训练集都没有学好,通常因为模型太小或训练太短。\n",
    "硬件.txt": "训练用什么机器\n\n图形处理器擅长并行的矩阵运算,所以大多数团队用它训练神经网络。"
    "张量处理器是专门为神经网络设计的芯片,2016 年公开。\n\n一次训练可能要用几千块芯片,持续几个星期。\n",
}


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory) -> Path:
    """A folder with three short articles of two formats."""
    folder = tmp_path_factory.mktemp("small") / "文章"
    folder.mkdir()
    for name, text in SMALL_CORPUS.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def small_index(small_corpus) -> Path:
    """The index of `small_corpus`, built with the bundled model."""
    from ingest.build import build

    index = small_corpus.parent / "index"
    build(small_corpus, index)
    return index


@pytest.fixture
def home(small_index, tmp_path) -> Path:
    """A copy of the small corpus (文章) and its index beside it, which a test may change."""
    shutil.copytree(small_index.parent, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    """A running Milvus Lite server."""
    from tests.stores import LiteServer

    running = LiteServer(tmp_path_factory.mktemp("milvus") / "data")
    yield running.uri
    running.stop()


@pytest.fixture
def server(uri):
    """A connection to it, with a name space of its own."""
    from ingest.stores.milvus import Server
    from tests.stores import prefix

    return Server(uri, prefix=prefix())


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def qa(tmp_path):
    """Run `qa` in a new process, in an empty folder, as a person would."""

    def run(*words: str, cwd: Path = tmp_path, stdin: str | None = None, **environment: str) -> Outcome:
        import os

        base = {name: value for name, value in os.environ.items() if not name.startswith("WENJU_") or name == "WENJU_CACHE"}
        base |= {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **environment}
        base.pop("LC_ALL", None)
        result = subprocess.run(
            [sys.executable, "-m", "qa.cli", *map(str, words)],
            cwd=cwd, env=base, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=120,
        )  # fmt: skip
        assert "Traceback" not in result.stderr
        return Outcome(result.returncode, result.stdout, result.stderr)

    return run
