"""How near a question about nothing in particular comes to this corpus: what confidence is measured from.

Cosines mean different things in different collections: a question about tomatoes scores
.80 against articles on language models. So a fixed set of everyday questions from many
fields is asked of every new index, and the typical score of their best passage is stored.
A collection that is about one of the fields shifts the median hardly at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ingest.errors import damaged
from ingest.interaction import interact
from ingest.terms import is_traditional
from ingest.vectors import MEAN_SHARE

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Embedder, Encoded
    from ingest.tokenvectors import TokenVectors

CALIBRATION_FILE = "calibration.json"
_MAD_TO_SD = 1.4826  # the median absolute deviation of a normal distribution, in standard deviations
SAMPLED = 200  # passages whose script is looked at: the share is right within .04
_LEAST_SPREAD = 0.004  # of a tiny corpus; a spread of 0 would make every question certain

# Everyday questions from fields as far apart as we could think of; our own wording.
PROBES: Sequence[str] = (
    "番茄炒蛋要先放盐还是后放盐", "怎么腌萝卜才脆", "烤红薯多少度合适", "咖啡豆开封后能放多久", "包饺子的面要醒多长时间",
    "去西藏旅游什么季节最好", "高铁退票要收多少手续费", "办护照需要带哪些材料", "从上海到成都开车要几个小时", "青岛有什么好玩的海滩",
    "猫咪不吃猫粮怎么办", "多肉植物多久浇一次水", "金鱼缸的水为什么会变绿", "小狗第一次打疫苗是几个月大", "月季什么时候修剪",
    "羽毛球拍的线拉多少磅", "世界杯一共举办过几届", "游泳时怎么换气", "马拉松全程是多少公里", "篮球比赛一节打几分钟",
    "感冒发烧能不能洗澡", "打完疫苗手臂疼怎么缓解", "近视眼手术有年龄限制吗", "高血压病人能喝酒吗", "孕妇可以吃螃蟹吗",
    "房东不退押金怎么办", "劳动合同到期不续签有补偿吗", "遗嘱一定要公证吗", "酒驾会被拘留多少天", "离婚后孩子归谁抚养",
    "唐朝一共有多少位皇帝", "郑和下西洋去过哪些地方", "长城是什么时候修建的", "赤壁之战发生在哪一年", "兵马俑是谁发现的",
    "红楼梦的作者是谁", "静夜思这首诗怎么背", "古筝有多少根弦", "水彩颜料怎么调出紫色", "京剧脸谱的颜色代表什么",
    "月球离地球有多远", "彩虹为什么是七种颜色", "海水为什么是咸的", "恐龙是怎么灭绝的", "台风的名字是怎么取的",
    "房贷提前还款划算吗", "公积金怎么提取", "个人所得税从多少开始交", "黄金一克多少钱", "股票涨停是什么意思",
    "洗衣机漏水怎么修", "空调制热不热是什么原因", "轮胎多少公里换一次", "装修时先贴砖还是先刷墙", "电动车的电池能用几年",
    "小学一年级要准备什么文具", "高考志愿怎么填", "婚礼上伴郎要做什么", "春节拜年说什么吉祥话", "怎么给客人倒茶才礼貌",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calibration:
    """Median and spread (standard deviation) of the best centred similarity of the probes.

    `near`, `near_spread`: of the best nearness of their tokens, see `ingest.interaction`.
    `traditional`: share of the passages that are written in traditional script.
    """

    median: float
    spread: float
    traditional: float = 0.0
    near: float = 0.0
    near_spread: float = 1.0


class Probes(NamedTuple):
    """The probes as they are asked."""

    questions: list[Encoded]
    vectors: np.ndarray  # (probes, dim) float32: moved as those of questions are


def probe_questions(embedder: Embedder, mean: np.ndarray) -> Probes:
    """The probes, to be asked of passages with this mean vector."""
    import numpy as np

    questions = embedder.embed_queries(PROBES)
    vectors = np.stack([question.vector for question in questions])
    return Probes(questions, (vectors - MEAN_SHARE * mean).astype(np.float32))


def near_of(probes: Probes, places: Sequence[tuple[int, int] | None], tokens: Sequence[TokenVectors]) -> list[float]:
    """How near the tokens of each probe come to those of its best passage, which lies at (segment, row there)."""
    return [
        float(interact(question, [tokens[place[0]].of(place[1])]).nearness()[0]) if place else 0.0
        for question, place in zip(probes.questions, places, strict=True)
    ]


def calibration_of(best: Sequence[float], near: Sequence[float], texts: Sequence[str] = ()) -> Calibration:
    """From the similarity and the nearness of each probe and its best passage, and the script of `texts`, a sample.

    An empty index has no similarity to speak of.
    """
    import numpy as np

    if not np.isfinite(best).all():
        return Calibration(0.0, 1.0)
    traditional = sum(map(is_traditional, texts)) / max(len(texts), 1)
    return Calibration(*_typical(best), round(traditional, 3), *_typical(near))


def _typical(values: Sequence[float]) -> tuple[float, float]:
    """Median and spread, as a standard deviation, of probes."""
    import numpy as np

    median = float(np.median(values))
    spread = _MAD_TO_SD * float(np.median(np.abs(np.array(values) - median)))
    return round(median, 6), round(max(spread, _LEAST_SPREAD), 6)


def sample(rows: int) -> list[int]:
    """Up to `SAMPLED` rows of `rows`, evenly spread: whose texts `calibration_of` looks at."""
    return list(range(0, rows, -(-rows // SAMPLED))) if rows else []


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Write it to a generation."""
    (folder / CALIBRATION_FILE).write_text(json.dumps(asdict(calibration)) + "\n", "utf-8")


def read_calibration(folder: Path) -> Calibration:
    """Read it back. DamagedIndexError if it is not there."""
    try:
        facts = json.loads((folder / CALIBRATION_FILE).read_text("utf-8"))
        return Calibration(**{field.name: float(facts[field.name]) for field in fields(Calibration)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(folder / CALIBRATION_FILE) from error
