"""What a question demands of its answer beyond being on the subject, and what of it is missing.

A question near the subject finds passages near the subject: "GPT-4 有多少参数" finds the
parameters of GPT-3. What tells them apart is not how alike the texts are but whether the
thing named stands there, and whether there is a number of what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ingest.searchtext import BELOW
from ingest.terms import terms
from qa.features import SENTENCE_ENDS
from qa.question import ASKED, ASKING, FILLING, Question
from qa.units import HAN_DIGITS, SOME, told_in

# Everything here is matched against folded text: one width, lower case, simplified script.
_NAME = re.compile(r"(?<![a-z0-9])[a-z0-9]*[a-z][a-z0-9]*(?:[-_.+/][a-z0-9]+)*(?![a-z0-9])")
_UP_TO_TEN = ("零〇", "一", "二两", "三", "四", "五", "六", "七", "八", "九", "十")
# A digit of a name (gpt-3, word2vec) is no number.
_NUMBER = rf"(?:(?<![a-z0-9\-_.])\d[\d,.]*|[{HAN_DIGITS}几]+)"
_AMOUNT = re.compile(_NUMBER)
_VERSION = re.compile(r"(?:^|(?<=[a-z\u4e00-\u9fff\s]))[1-9]\d{0,2}(?:\.\d{1,2}){1,3}(?![\d.]*\d)(?!\s*(?:[a-z%‰°]|[元角分米升克斤吨度倍万亿岁天年月日小个只次层成折寸尺]|公|毫|厘|千|平))")
_A_DAY = r"([01]?\d)\s?月\s?([0-3]?\d)\s?[日号]"
_DAY = re.compile(rf"(?<!\d){_A_DAY}")
_OF_VERSION = 3.0  # names that a version which stands nowhere counts for: with 1 App 3.0 is answered by App 2.0 with .9, with 2 by .5
_ORDINAL = re.compile("第[二三四五六七八九十](?:季度|[季年批届期代卷轮阶学])")  # the first is often told without its number
_DAY_OR_VERSION = re.compile(rf"(?<![\d.])(?:{_A_DAY}|\d{{1,3}}(?:\.\d{{1,3}}){{2,3}})(?![\d.]*\d)")
_DIGITS = re.compile(r"(?<![a-z0-9.\-_+/])\d+(?:\.\d+)?(?![a-z0-9.\-_+/]*[a-z0-9])")
_DATE = re.compile(r"(?<!\d)\d{2,4}\s*年|\d{1,2}\s*月|\d{1,2}\s*[日号]|\d{4}[-/.]\d{1,2}|[一二三四五六七八九〇零]{2,4}年|世纪|年代|朝代?|时期")
# "1750 亿参数" is no price: 万 and 亿 are one where nothing follows that they count.
_MONEY = re.compile(
    rf"{_NUMBER}\s*(?:多|余)?\s*(?:[万亿]{{0,2}}\s*(?:元|块|美元|美金|美刀|人民币|欧元|港元|港币|日元|卢布|镑|圆)|[万亿](?![\u4e00-\u9fffa-z0-9\s]))"
    r"|\d\s*(?:角|毛钱|分钱)|[¥$€]\s*\d|免费"
)
# "什么时候会写磁盘" asks for a condition.
_ASKS_DATE = re.compile(r"(?:何时|什么时候)(?!会|才|最|该|需|应|可以|能|要|用|容易|适合)|哪一?年|哪一?天|哪个月|几月|几号|几几年|哪一?日|日期|when")
_ASKS_MONEY = re.compile(r"多少(?:钱|元|块钱|美元|美金)|价格|售价|费用是?多少|几元|几块钱")
_ASKS_COUNT = re.compile(rf"(?:多少|(?<![{SOME}])几|(?<=哪)几(?=[年天月日号点次岁届]|个月))(?P<unit>[\u4e00-\u9fff]{{0,3}})")
_ASKS_AMOUNT = re.compile(r"多[大长久高快宽深远重厚]|比例|百分之|是多少|取值|how (?:many|much|long|big)")
_NO_UNIT = re.compile(r"^(?:的|是|呢|吗|才|了|在|能|会|可|要|比|和|与|为|左右|以|合适|比较)")
# "由谁来判断" asks for no maker, nor does 谁 that stands for anybody.
_MADE = "提出|发明|创[立办建造作始]|成立|开[发创]|研[发制]|设计|发[现布表]|推出|撰写"
_ASKS_MAKER = re.compile(
    rf"谁(?:最[早先初]|首先|第一个|率先|在?哪一?年)?(?:{_MADE})|(?:作者|创始人|创立者|创办人|发明[者人]|提出者|开发者|设计者|之父)(?:是|叫)?谁"
)
# Somebody made it: who is named. "随着模型的提出" and "研究发现" name nobody.
_BY_WHOM = re.compile(rf"[是由被]*(?:{_ASKS_MAKER.pattern})的?")
_MAKING = re.compile(rf"(?:{_MADE})者?|最[早先初]|首先|率先|作者|创始人?|创办人|提出者|之父")
_AGENT = (
    "研究者|研究人员|研究员|学者|科学家|[数化物理生]{1,2}学家|工程师|教授|博士|发明家|公司|大学|学院|研究[所院]|实验室|团队|小组|谷歌|微软|百度|阿里|腾讯|华为|清华|北大|中科院"
)
_NOBODY = "研究|人们|有人|我们|作者|本文|论文|文中|后来|随后|此后|因此|于是|之后|最早|最初|首次|近年|当时|通过|已经"
_MAKER = re.compile(
    rf"由[^,。;!?]{{2,40}}?(?:{_MADE})|(?:等人|et al)[^,。;!?]{{0,24}}?(?:{_MADE}|论文|文章)|之父|之母|(?:{_MADE}|始)[者人](?:是|为|:|叫)|出自[^,。;!?]{{2,}}"
    rf"|\([a-z][a-z .&]+(?:et al\.?)?[, ]+\d{{4}}\)|(?:{_AGENT})[^,。;!?]{{0,24}}?(?:论文|(?<!的)(?:{_MADE}))"
    rf"|(?:^|[,。;:!?\s])(?!{_NOBODY})[\u4e00-\u9fff·]{{2,8}}(?:[在于]\s?\d{{3,4}}\s?年|首先|率先|第一个)?(?<!研究)(?:{_MADE})了"
    rf"|[\u4e00-\u9fff·]{{2,8}}[在于]\s?\d{{3,4}}\s?年[^,。;!?]{{0,12}}?(?<!的)(?:{_MADE})"
    rf"|(?:最[早先初]|首[先次]|率先)(?:{_MADE})[^。;!?]{{0,30}}?的,?\s?[人者]?(?:是|为)"
    r"|作者(?:是|为|:|叫)?(?![是在的对也都还就们将把从只想用以])(?!简介|介绍|认为|本人|自己|通过|指出|提到|说|写|名)[\u4e00-\u9fff·]{2,6}"
    r"|根据[^,。;!?]{1,12}?的?同名|[\u4e00-\u9fff·]{2,6}(?:所著|编著|所写)"
)
_MAKER_IN_LATIN = re.compile(rf"(?P<who>[a-z][a-z.·]+(?:\s[a-z.]+)*)[^,。;!?a-z]{{0,16}}?(?<!的)(?:{_MADE})")
_CLAUSE = re.compile(r"[。!?;\n]")
_ALIKE = ("次回遍趟", "位名")  # words that count the same
_TIMES = "(?:[次回遍趟]|(?<!一)下)"  # "介绍一下" counts nothing
_WHICH = "[每同上第某这那任另进逐后前]|(?<!零)下"  # 每一层 and 第三层 tell which, not how many; 零下 is no such word
_DOWN = re.compile("下(?![载午面列级属一次周月])")  # 几下: so often; 下载 and 下午 are other words
_BENT = 7  # letters of a word that may be bent as verbs are; names of things are shorter
_BENT_END = re.compile("(?:ed|ing|e)$")
_NEAR = 20  # characters between a number and what it counts


def numbers_in(key: str) -> list[str]:
    """The numbers in digits of a folded question that are no part of a name: 9.9 and 2021, not the 3 of gpt-3."""
    return list(dict.fromkeys(_DIGITS.findall(key)))


def days_and_versions(key: str) -> list[str]:
    """What a folded question names of what headings are dated and counted by: 7月8日, 3.3.2, as articles write it."""
    return list(dict.fromkeys(match.group().replace("号", "日").replace(" ", "") for match in _DAY_OR_VERSION.finditer(key)))


def names_in(key: str) -> list[str]:
    """The names in Latin letters of a folded question, longest spelling: gpt-4, word2vec, fleiss."""
    found = (match.group().strip("-_.+/") for match in _NAME.finditer(key))
    return [name for name in dict.fromkeys(found) if len(name) > 1 and name not in _ENGLISH and name not in _KINDS]


def present_names(names: Sequence[str], text: str) -> float:
    """Share of `names` that stand whole in the folded `text`; 0 without names."""
    return sum(_stands(name, text) for name in names) / len(names) if names else 0.0


def missing_names(key: str, texts: Sequence[str]) -> float:
    """Share of the names and numbers of a folded question that stand whole in none of the folded `texts`; 0 without any.

    Three times as much where a version or a day is missing: what is told of 2.0 is told of no 3.0.
    """
    missing = lacking(key, texts)
    share = len(missing) / max(len(names_in(key)) + len(numbers_in(key)) + len(_ordinals(key)), len(missing), 1)
    another = not set(missing).isdisjoint(_versions(key)) or any(not _day_stands(*day, texts) for day in _DAY.findall(key))
    return _OF_VERSION * share if another else share


def lacking(key: str, texts: Sequence[str]) -> list[str]:
    """The names, numbers, versions and ordinals (第三季度) of a folded question that stand whole in none of the folded `texts`."""
    names = [name for name in names_in(key) if not any(_stands(name, text) for text in texts)]
    numbers = dict.fromkeys((*numbers_in(key), *_versions(key)))
    names += [number for number in numbers if not any(_stands_as_number(number, text) for text in texts)]
    return names + [ordinal for ordinal in _ordinals(key) if not any(ordinal in text for text in texts)]


def _day_stands(month: str, day: str, texts: Sequence[str]) -> bool:
    """True when a day stands in one of the folded `texts`, however it is written."""
    written = re.compile(rf"(?<!\d)0?{int(month)}\s?[月/.-]\s?0?{int(day)}(?!\d)")
    return any(written.search(text) for text in texts)


def _versions(key: str) -> list[str]:
    return [match.group() for match in _VERSION.finditer(key)]


def _ordinals(key: str) -> list[str]:
    return list(dict.fromkeys(_ORDINAL.findall(key)))


def _stands(name: str, text: str) -> bool:
    """True when `name` stands in `text` as a word of its own, however it is spaced: batchsize in "batch size", fine-tune in "fine-tuning", model-based in "model base"."""
    letters = [letter for letter in name if letter not in "-_"]
    whole = "".join(letters)
    bent = len(letters) >= _BENT and whole.isalpha()
    stem = _BENT_END.sub("", whole) if bent else whole
    end = "e?(?:d|ed|ing)?" if bent else ""
    spelling = "[-_ ]?".join(map(re.escape, stem))
    return re.search(rf"(?<![a-z0-9]){spelling}{end}(?![a-z0-9])", text) is not None


def _stands_as_number(number: str, text: str) -> bool:
    """True when `number` stands in `text`, not as a part of another one: 58 is not in 158 nor in 5.58; one up to ten may be a word."""
    whole = number.isdigit()
    bare = (number.lstrip("0") or "0") if whole else number  # 4月 is 04月
    word = f"|[{_UP_TO_TEN[int(bare)]}]" if whole and int(bare) < len(_UP_TO_TEN) else ""
    return re.search(rf"(?<!\d)(?<!\d[.,]){'0*' if whole else ''}{re.escape(bare)}(?![.,]?\d){word}", text) is not None


def missing_number(question: Question, key: str, texts: Sequence[str]) -> float:
    """1 when a number, date or price is asked for and none of its kind stands in the folded `texts`; else 0.

    Where the question names something in Latin letters, texts that do not name it say nothing of its numbers.
    """
    tells = tells_wanted(question, key)
    return float(tells is not None and not any(map(tells, _naming(key, texts))))


def tells_wanted(question: Question, key: str) -> Callable[[str], bool] | None:
    """What tells whether folded text has a number of the kind that a folded question asks for; None where it asks for none."""
    if _ASKS_DATE.search(key):
        return lambda text: _DATE.search(text) is not None
    if _ASKS_MONEY.search(key):
        return lambda text: _MONEY.search(text) is not None
    count = _ASKS_COUNT.search(key)
    unit = count["unit"] if count else ""
    if unit and not _NO_UNIT.match(unit):
        return lambda text: _counts(unit, text)
    if count or _ASKS_AMOUNT.search(key):
        return lambda text: _amount_of(question, text)
    return None


def asks_maker(key: str) -> bool:
    """True when a folded question asks who made or found something."""
    return _ASKS_MAKER.search(key) is not None


def tells_maker(key: str, piece: str) -> bool:
    """True when a folded sentence says who made or found something, whoever it is; not a name that the folded question has."""
    if _MAKER.search(piece):
        return True
    return any(not names_in(match["who"]) or set(names_in(match["who"])) - set(names_in(key)) for match in _MAKER_IN_LATIN.finditer(piece))


def made(question: Question, key: str) -> Question:
    """The folded question without the words that ask who made what it is about: they are cut together with what stands before them."""
    rest = terms(ASKED.sub(" ", _BY_WHOM.sub(" ", key)))
    thing = tuple(dict.fromkeys(term for term in rest if term not in ASKING and term not in FILLING and not _MAKING.fullmatch(term)))
    return replace(question, content=thing or question.content)


def told_maker(key: str, texts: Sequence[str], share: Callable[[str], float]) -> float | None:
    """The highest `share` of a sentence in folded `texts` that names somebody who made or found something; None where a
    folded question does not ask who. `share`: of what was `made`. Each text has its headings in its first line.
    """
    return _most_told(_naming(key, texts), lambda piece: tells_maker(key, piece), share) if asks_maker(key) else None


def _most_told(texts: Sequence[str], tells: Callable[[str], bool], share: Callable[[str], float]) -> float:
    """The highest `share` of the question that a sentence which `tells` says under its innermost heading; each text has them in its first line.

    Not under its title too, where there is a heading: "从 lstm 到 resnet" names what most of its sentences are not about.
    """
    found = [0.0]
    for text in texts:
        line, _, body = text.partition("\n")
        heading = line.rpartition(BELOW)[2]
        found += [share(f"{heading}\n{piece}") for piece in SENTENCE_ENDS.split(body) if tells(piece)]
    return max(found)


def _naming(key: str, texts: Sequence[str]) -> Sequence[str]:
    """Those of the folded `texts` that hold all names of a folded question; all where none does."""
    names = names_in(key)
    return [text for text in texts if all(_stands(name, text) for name in names)] or texts


def _counts(unit: str, text: str) -> bool:
    """True when a number of `unit` stands in `text`, or of another that measures the same: "多少维" wants "300 维", "多少公里" "12km", "多少参数" a number by 参数."""
    first = _TIMES if _DOWN.match(unit) else next((f"[{alike}]" for alike in _ALIKE if unit[0] in alike), re.escape(unit[0]))
    units = told_in(unit)
    if re.search(rf"(?<!{_WHICH}){_NUMBER}\s*(?:多|余|来|几)?\s*[万亿千百]?\s*(?:{first}{f'|{units}' if units else ''})", text):
        return True
    return any(
        re.search(rf"{_NUMBER}[^。\n]{{0,{_NEAR}}}{re.escape(word)}|{re.escape(word)}[^。\n]{{0,{_NEAR}}}{_NUMBER}", text)
        for word in (unit[:2], unit[-2:])
        if len(word) == 2
    )


def _amount_of(question: Question, text: str) -> bool:
    """True when some clause of `text` has a number beside one of the question's own words."""
    names = set(names_in(question.text.lower()))
    words = [word for word in question.content if len(word) > 1 and word not in names]
    return any(
        _AMOUNT.search(clause) and (not words or any(word in clause for word in words))
        for clause in _CLAUSE.split(text)
    )


_ENGLISH = frozenset("the an of is are what how why which in and or does do to for with vs it by on at from can".split())
# They name a field or a kind of thing, and an article says them in many other ways: 人工智能, 模型, 程序, 电脑.
_KINDS = frozenset("ai app apps pc ok".split())
