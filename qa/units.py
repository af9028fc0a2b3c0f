"""Units of measurement: how they are written, and which of them measure the same.

A question in one unit is answered by a text in another: 噪音多少分贝 by 34dB(A), 有多少公里 by
1240km, 几个月 by 90 天. Spellings are those of GB 3100 (the Chinese standard of SI units) and of
everyday use, as folding leaves them: one width, lower case.
"""

from __future__ import annotations

import functools
import re

# Each line: units that a quantity is told in, whichever of them was asked for. Of times only neighbours are:
# whoever asks for years is not told of seconds.
_SAME_QUANTITY = (
    "年 周年 个月 yr",
    "个月 个星期 星期 周 礼拜 天 日 昼夜",
    "天 日 昼夜 个小时 小时 钟头 h hr hrs",
    "个小时 小时 钟头 h hr hrs 刻钟 分钟 min mins 秒 秒钟 s sec 毫秒 ms 微秒 μs",
    "公里 千米 km 里 里地 里路 华里 海里 光年 米 m 公尺 丈 尺 寸 英里 英尺 英寸 厘米 公分 cm 毫米 mm 微米 μm um 纳米 nm",
    "吨 t 公斤 千克 kg 斤 市斤 两 克 g 毫克 mg 微克 μg 磅 盎司",
    "平方公里 平方千米 km2 平方米 平米 平方 平 m2 亩 公顷 hm2 平方厘米 cm2",
    "立方米 立方 m3 升 公升 l 毫升 ml cc 加仑 立方厘米 cm3",
    "摄氏度 度 °c °f 华氏度",
    "分贝 db dba",
    "千瓦时 度 kwh wh 瓦时",
    "千瓦 kw 瓦 w 瓦特 匹 马力 mw 兆瓦",
    "伏 v 伏特 kv 千伏 mv 毫伏",
    "毫安时 毫安 mah ma 安时 ah 安培 a",
    "赫兹 赫 hz 千赫 khz 兆赫 mhz 吉赫 ghz",
    "兆帕 mpa 千帕 kpa 帕 pa 大气压 bar 毫米汞柱 mmhg",
    "字节 b 比特 bit kb mb gb tb 兆 g m",
    "百分 个百分点 % ‰ 成 折",
    "千卡 大卡 卡路里 kcal 千焦 kj 焦耳",
)
_QUANTITIES = tuple(tuple(line.split()) for line in _SAME_QUANTITY)
SOME = "好十哪这那近前头后面"  # characters behind which 几 asks for no number: 好几, 这几
_BY_LENGTH = sorted({unit for line in _QUANTITIES for unit in line}, key=len, reverse=True)
# Words that begin as a unit does. Characters that begin too many, 分 方 卡 安 焦, are no units here.
_OTHER_WORDS = re.compile("里[面头]|成[本为员]|平[时均台]|日[子常]|天[数然]|克服|两[者边]|年[级代纪龄]|月份|周[边围]|升级|米[饭线粉]|匹马|丈夫|瓦片|度假|尺[寸码]|折[旧算叠]")
# 这几年 and 几天前 ask for nothing.
_ASKED = re.compile(rf"(?:多少|(?<![{SOME}])几)(?P<unit>[\u4e00-\u9fff]{{1,5}})")
_AGO = ("前", "来", "以来", "之前")
_DATED = r"(?<=\d{4})年|(?<=月\d)[日号]|(?<=月\d\d)[日号]"  # 2021年 and 6月18日 are dates, no durations
HAN_DIGITS = "零〇一二两三四五六七八九十百千万亿半"


def told_in(asked: str) -> str | None:
    """A pattern of the units in which a quantity is told of which `asked`, folded text behind 多少 or 几, asks; None where it asks in no unit."""
    unit = _unit(asked)
    return _same_quantity(unit) if unit else None


@functools.cache
def _same_quantity(unit: str) -> str:
    others = {other for line in _QUANTITIES if unit in line for other in line}
    return "(?:" + "|".join(_spelt(other) for other in sorted(others, key=lambda one: (-len(one), one))) + ")"


def _unit(asked: str) -> str:
    """The unit that `asked` begins with; "" without one."""
    return "" if _OTHER_WORDS.match(asked) else next((one for one in _BY_LENGTH if asked.startswith(one)), "")


def _spelt(unit: str) -> str:
    """The unit in a pattern: in letters no part of a longer word."""
    return re.escape(unit) + ("(?![a-z0-9])" if unit[-1].isascii() and unit[-1].isalnum() else "")


def asked_in(key: str) -> str:
    """How a folded question asks for a quantity in some unit, 多少毫安 or 几公里; "" where it does not."""
    match = _ASKED.search(key)
    unit = _unit(match["unit"]) if match else ""
    if not unit or key.startswith(_AGO, match.start("unit") + len(unit)):
        return ""
    return key[match.start() : match.start("unit") + len(unit)]


@functools.cache
def measured(asked: str) -> re.Pattern[str]:
    """What finds a number of a quantity in folded text; `asked`: what `asked_in` gives."""
    return re.compile(rf"[\d{HAN_DIGITS}](?!{_DATED})\s*[多余来几]?\s*[万亿千百]?\s*{told_in(_ASKED.match(asked)['unit'])}")
