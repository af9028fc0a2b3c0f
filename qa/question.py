"""What a question asks for: its kind, and the words that carry its meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.aliases import names_in, substrings
from ingest.errors import UsageError
from ingest.terms import fold, terms
from qa.units import asked_in

if TYPE_CHECKING:
    from ingest.store import Store

MAX_EXPANSIONS = 6  # other names taken into account; more would drown the question
MIN_NAME_CHARS = 2  # a single letter names too many things
MAX_QUESTION_CHARS = 1000  # beyond this it is not a question; embedding it would take seconds

# Words that ask rather than tell; they never count as evidence that a passage answers.
ASKING = frozenset(
    "什么 什么样 是什么 啥 为什么 为何 为啥 怎么 怎样 如何 怎么样 哪 哪个 哪些 哪几 哪种 哪里 哪年 哪一年 几 几个 几种 多少 多大"
    " 多长 多久 何时 何种 何为 吗 呢 吧 请 请问 一下 介绍 解释 说明 说说 谈谈 讲讲 意思 含义 定义 概念 叫 叫做 是 的 了 在 有 和 与 及"
    " 或 而 也 都 就 把 被 对 从 到 中 里 上 下 之 其 它 它们 他 这 那 这个 那个 这些 那些 我 你 我们 你们 一个 一种 一 个 种 会 能 能够"
    " 可以 应该 需要 要 用 以 为 于 由 让 使 得 地 着 过 之间 主要 分别 一般 通常 哪一 什 么 些 to the a an of is are what how why"
    " which in and or does do".split()
)

# Words that any sentence could hold. Small collections lack many of them, which would make them rare and so weighty.
FILLING = frozenset(
    "不 没 没有 不是 不会 不能 不要 不用 不行 不了 不到 不让 还 还是 还有 又 才 却 再 就是 只 只是 更 最 很 太 挺 可 可是 倒 倒是 连 当 等 该 得 给 跟 来 去"
    " 那么 这么 这种 那种 这样 那样 怎么办 怎么回事 回事 一样 起来 出来 下来 过来 上来 回来 进来 进去 出去 下去 自己 别人 人家 大家 他们 她们 咱们 她 他"
    " 有人 没人 东西 家伙 玩意 玩意儿 时候 的时候 的话 话 其实 居然 竟然 突然 明明 反倒 反而 偏偏 干脆 好几 一点 一点儿 一直 一起 一下子 之后 以后 之前 后来 最后"
    " 才能 为了 凭 靠 按 像 跟着 到底 究竟 是不是 有没有 能不能 会不会 可不可以 要不要 好不好 算不算 咋 咋样 咋办 啥样 多少 这儿 那儿 哪儿 里头 这里 那里 呀 啊 嘛 么 啦"
    " 谁 哪位 哪家 哪天 哪一天 哪年 哪一年 几年 几天 几月 几号 几点 几次 几条 几步 几层 几位 第几 想 知道 觉得 请教 告诉 总 总是 老是 老 真 真的 好 好像 似乎"
    " 同样 另外 另 每 各 某 某个 有些 有的 任何 所有 整个 全 全部 随便 随时 以及 并 并且 而且 但 但是 不过 如果 要是 假如 虽然 因为 所以 于是 然后 先 后 时 前 往 向"
    " 刚 刚才 已经 曾经 正在 马上 立刻 往往 常常 经常 有时 有时候 也许 可能 大概 大约 左右 分 几乎 差不多 甚至 尤其 特别 非常 十分 比较 相当 越 越来越".split()
)
# "哪一年" is cut into 哪 and 一年, which would count as a word of the question's.
ASKED = re.compile(r"哪一(?:年|天|日|月|位|家|个|种|类|些)|几(?:几年|年几月|月几号)")

_DEFINITION = [
    re.compile(r"^(?:请问|请|简述|解释一?下?|介绍一?下?|说明)*(?:到底|究竟)?(?:什么(?:是|叫做?|才?算)|何为|何谓|啥是|啥叫)(?P<x>.+?)[??。!]*$"),
    re.compile(r"^(?P<x>.+?)(?:到底|究竟|分别|各自?|都|一词|这个词|这一概念|的概念|的定义|的含义|的意思)*(?:是(?:一?[个种])?(?:什么|啥)(?:意思|东西|玩意儿?|概念)?|指的?是(?:什么|啥)|指什么|的?定义是?什么?|什么意思|啥意思)[??。!]*$"),
    re.compile(r"^(?:请|请问)?(?:解释|介绍|说明|简述|讲讲|说说)(?:一下)?(?P<x>.+?)[??。!]*$"),
    re.compile(r"^what (?:is|are) (?:an? |the )?(?P<x>.+?)[?.!]*$"),
]  # fmt: skip
_LIST = re.compile(r"有哪些|哪几|哪些|哪两|哪三|有什么(?!用|意义|关系|区别|不同|不一样|道理|意思)|包括什么|包含什么|包括哪|包含哪|分为|分成|分哪|分几|几[步种类]|几个(?:步骤|阶段|环节)|步骤(?!数)|列举|列出|种类|which")
_COMPARE = re.compile(
    r"(?P<a>[^,,。?]{1,24}?)\s*(?:和|与|跟|同|、|vs\.?|versus|相比|较之?|相较)\s*(?P<b>[^,,。?]{1,24}?)"
    r"(?:之间|两者|二者)?(?:相比|比较)?(?:,|,)?的?(?:有|是|在哪|到底)*(?:什么|啥|何|哪些|怎么|如何|哪里)?(?:的|本质|主要)*"
    r"(?:区别|不一样|差在哪|不同|差别|差异|异同|对比|分别|区分|比较|关系|优缺点)"
)
_WHY = re.compile(r"为什么|为何|为啥|何以|凭什么|因为什么|[怎咋]么?(?:没(?!有办法)|会(?!计|议|员)|变[得成]?|老是?|总是|突然|回事)|why")
_CONTACT = re.compile("[找问]谁(?!的)|(?:联系|咨询)谁|怎么联系|联系方式|联系电话|电话(?:号码)?是?多少|[打拨](?:哪个|什么)(?:电话|号码)|热线是?多少")
_REASON = re.compile(r"原因")  # "原因有哪些" wants all of them
_NUMBER = re.compile(
    r"多少|多大|多长|多久|多高|多快|几(?!乎)|何时|什么时候(?!会|才|最|该|需|应|可以|能|要|用|容易|适合)|哪一?年|哪一?天|哪个月|日期|比例|百分之|时间|规模|how (?:many|much)|when"
)
_HOW = re.compile(r"怎么|怎样|如何|怎么样|步骤|流程|方法|how to")


@dataclass(frozen=True, slots=True)
class Expansion:
    """Another name of something in the question, and the place that says so. Both names folded."""

    name: str
    other: str
    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question as understood. `focus` is what a definition is asked of; `sides` are compared.

    `also` is what a definition is asked of beside something else: "bm25" of "BM25是什么，有什么缺点".

    `terms` are all its search terms, `content` those that carry meaning, without repetition.
    """

    text: str
    kind: str  # definition, list, compare, why, number, how or other
    terms: tuple[str, ...]
    content: tuple[str, ...]
    focus: str = ""
    sides: tuple[str, ...] = ()
    also: str = ""
    aliases: tuple[Expansion, ...] = ()
    respelt: tuple[tuple[str, str], ...] = ()  # names as the user spelt them, and as they were read
    contact: bool = False  # it asks whom to turn to
    measure: str = ""  # how a quantity is asked for in a unit, 多少公里; see `qa.units`


def expand(question: Question, store: Store) -> Question:
    """The question with the other names that the articles give for what it names."""
    key = fold(question.text)
    found = store.aliases_of(substrings(key))
    expansions: dict[tuple[str, str], Expansion] = {}
    for name in names_in(key, [one[0] for one in found]):
        for _, alias, id_ in (one for one in found if one[0] == name):
            if alias.other not in key and len(alias.other) >= MIN_NAME_CHARS:
                expansion = Expansion(name, alias.other, id_, alias.span.start, alias.span.end)
                expansions.setdefault((name, alias.other), expansion)
    return replace(question, aliases=tuple(expansions.values())[:MAX_EXPANSIONS])


def stands(term: str, key: str) -> bool:
    """True when a search term stands in folded text; a number as a whole: 6 is not in 5.6 nor in 2016."""
    if term not in key:
        return False
    return not (term.isascii() and term.isdigit()) or re.search(rf"(?<!\d)(?<!\d\.){term}(?!\.?\d)", key) is not None


def in_its_words(question: Question, key: str) -> str:
    """Folded text with other names replaced by the question's own, so that both count alike."""
    for expansion in question.aliases:
        if expansion.name not in key:
            key = key.replace(expansion.other, expansion.name)
    return key


def check(text: str) -> str:
    """The question, trimmed. UsageError if it is empty or too long."""
    text = text.strip()
    if not text:
        raise UsageError(
            '问题是空的。用法：qa ask "什么是涌现"',
            'The question is empty. Write for example: qa ask "什么是涌现"',
        )
    if len(text) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"问题有 {len(text)} 个字，最多 {MAX_QUESTION_CHARS} 个字。请把它缩短成一句话。",
            f"The question has {len(text)} characters, the limit is {MAX_QUESTION_CHARS}. Please shorten it.",
        )
    return text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates of a broken terminal


def understand(text: str) -> Question:
    """What `text` (already checked) asks for."""
    key = fold(text).strip()
    found = tuple(terms(text))
    kind, focus, sides = _kind(key)
    measure = asked_in(key) if kind == "number" else ""
    # 分贝 of 多少分贝 is asked, not told: a text may have dB.
    rest = ASKED.sub(" ", key.replace(measure, " ") if measure else key)
    telling = terms(rest) if rest != key else found
    about = " ".join((focus, *sides))
    content = tuple(dict.fromkeys(term for term in telling if term not in ASKING and (term not in FILLING or term in about)))
    also = "" if focus or sides else _defined_first(key)
    contact = _CONTACT.search(key) is not None
    return Question(text, kind, found, content or tuple(dict.fromkeys(found)), focus, sides, also, contact=contact, measure=measure)


def _kind(key: str) -> tuple[str, str, tuple[str, ...]]:
    compare = _COMPARE.search(key)
    if compare:
        sides = tuple(re.sub(r"^(请问|什么是|简述|比较)|的$", "", compare[side].strip()) for side in "ab")
        return "compare", "", sides if all(sides) else ()
    if _WHY.search(key):
        return "why", "", ()
    if _LIST.search(key):
        return "list", "", ()
    if _REASON.search(key):
        return "why", "", ()
    focus = _defined(key)
    if focus:
        return "definition", focus, ()
    if _NUMBER.search(key):
        return "number", "", ()
    focus = _defined_first(key)
    if focus:
        return "definition", focus, ()
    if _HOW.search(key):
        return "how", "", ()
    return "other", "", ()


def _defined_first(key: str) -> str:
    """What the first clause of a folded question, greetings aside, asks to be defined; "" where it asks otherwise."""
    focus = _defined(_FIRST_CLAUSE.match(_GREETING.sub("", key))[0])
    return focus if len(focus) > 1 and not _NO_NAME.match(focus) else ""


def _defined(key: str) -> str:
    """What a folded question, or a clause of one, asks to be defined; "" where it asks otherwise."""
    for pattern in _DEFINITION:
        match = pattern.match(key)
        if match and not _NUMBER.search(match["x"]) and len(match["x"]) <= _MAX_FOCUS and not _MARK.search(match["x"]):
            return _BRACKETS.sub("", match["x"]).strip(" \"'“”「」《》的")
    return ""


_BRACKETS = re.compile(r"(?<=..)\([^()]{2,}\)$")  # another name of what stands before them; not f(x)
_MARK = re.compile("[,?!。;]")
_GREETING = re.compile(
    r"^(?:(?:你好|您好|大家好|请问|请教|麻烦问?|我?(?:想|要)(?:知道|问|请教|了解)|(?:请|帮我?|能不能|可以)*(?:解释|介绍|说明|讲讲|说说)(?=一下|[,!。\s]))(?:一下|各位)?[,!。\s]*)+"
)
# It names nothing by itself: 这个 of "这个是什么", or tells of who asks: "如果有人问我…是什么".
_NO_NAME = re.compile(r"^(?:[这那它其该此我你他她]|如果|要是|假如|当|有人|一下)")
_FIRST_CLAUSE = re.compile(r"[^,?!。;]*")  # "学习率是什么,起什么作用" asks for a definition too
_MAX_FOCUS = 24  # a longer "X" in "X是什么" is a description, not a name
