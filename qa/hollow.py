"""Sentences that promise, close or ask, and so answer nothing, however much of a question they repeat.

Articles written to be found put the question itself into their text: "那么X怎么治呢？下面就来了解一下
X的治疗方法吧。" and "以上就是X怎么治的全部内容，希望能帮到您。", or what people search for, one beside the
other: "X怎么读,X的读音,X组词". Nothing comes nearer to the question, and nobody is helped by reading it.
"""

from __future__ import annotations

import functools
import re
from collections import Counter

from ingest.sentences import sentences
from ingest.terms import fold, pairs
from ingest.types import Span
from qa.lists import opens_list

_REMEMBERED = 4096  # passages, 4 MB: those of a collection of a few hundred articles are looked through once, not for each question
_MOST_CHARS = 90  # a longer sentence says something beside what it promises
_REPEATED = 0.6  # share of a question's pairs of characters
_AT_LAST = re.compile(r"^\W*(?:那么|那|可是|可|到底|究竟|所以)*")
_MOST_BEFORE = 16  # characters before what promises or closes: more of them say something
_CLAUSES = re.compile(r"[,;]")
_LISTED = re.compile(r"[^、]+、[^、]+、|[::]\s*\S|\d")  # names what is to come, or a number: that may be what is asked for
_ASKS = re.compile(  # 呢 ends statements too: 还早着呢。
    r"[?\uff1f][”\"'」』）)]*\s*$|[吗嗎][.。!\uff01…~]*\s*$|(?:什[么麼]|怎|哪|[谁誰]|[几幾]|多少|何|是否|(.)不\1)[^。]{0,30}呢[.。!\uff01…~]*\s*$"
)

# Looked for at the beginning of a clause, in folded text.
_SHOWN = (
    r"(?:看看|看一[下看]|看下|了解|学习|认识一下|聊|说说|说一[下说]|讲讲|讲解|讲一[下讲]|谈谈|谈一谈|介绍|分享|盘点|揭秘|科普|解答|解析|分析|探讨|说明|梳理|整理|掌握|搞[懂定]|弄[懂清]|道来"
    r"|揭晓|一探究竟|见分晓|支招)"
)
_NEXT = (
    r"(?:(?:下面|下文|接下来|接着|今天|今日|本期|本文|本篇|这篇文章|这一篇)"
    r"(?=[,就来将为给带跟让请由对从]|会[为给带向和跟对详]|我|咱|小编|大家|详细|具体|一一|主要|简单|介绍|分享|说明|讲)"
    r"|现在就?[来让跟带]|就[来跟让带给]|(?:咱们|我们|我|大家)就?来|让我们|一起[来去]|一起(?=[^。]{0,16}吧\W*$)"
    r"|(?:请|快|就)?(?:跟[着随]?|随)(?:小编|我(?!们)|笔者|本文))"
)
_LEADS = r"^\W*(?:那么?|所以|因此|好了?|于是|而)?"
_PROMISES = re.compile(
    rf"{_LEADS}{_NEXT}[^。]{{0,24}}{_SHOWN}(?!了|过)"
    rf"|{_LEADS}[^。]{{0,12}}带(?:着)?(?:你|您|大家|各位)(?:一起|一同)?{_SHOWN}(?!了|过)"
    r"|^\W*(?:本文|这篇文章|本期)[^。,]{0,6}(?:(?:讲清|说清|讲透|说透|讲明白|说明白)楚?(?=\W*$|怎|如何|什么|哪|这|全部|所有)|告诉[你您大])"
    r"|^\W*一文(?:[讲说看读](?:清楚?|懂|透|明白)|带你)"
    rf"|{_LEADS}[^。]{{0,12}}小编(?:就|今天|这就|来|也|将|会|特意|特地|专门|一起|精心)*(?:来|为|给|跟|和|与|带|整理|收集|总结|介绍|告诉|分享|详细|看)"
)
_CLOSES = re.compile(
    r"^\W*(?:好了?|最后)?(?:以上|上面|上述|上边)(?:就是|便是|即是|是|即为|为)[^。]{0,60}(?:内容|攻略|介绍|分享|解答|讲解|知识|整理|说明|全文|建议)(?:了|啦|吧)?[^\w]*$"
    r"|^\W*(?:最后|也|在此|真心|衷心)?希望(?:这|本|以上|上[面述]|能|可以|对|大家|我|给|通过|小编|文章|此|它|看完|读)[^。]{0,30}(?:帮助|帮到|帮上|有用|用得上|启发|收获)"
    r"|^\W*(?:如果|如|若)?[你您]?(?:还)?想要?(?:了解|知道|获取|学习|看)(?:更多|其他)"
    r"|^\W*更多[^。]{0,20}(?:关注|点击|敬请|尽在)"
    r"|^[^。]{0,12}(?:就(?:先)?(?:说|讲|聊|介绍|分享|写)?到(?:这里|这儿|此)|到此(?:为止|结束)|(?:建议|赶紧|赶快|记得)先?(?:收藏|码住))"
)

_SHRUGS = re.compile(  # looked for in whole sentences
    r"众说纷纭|五花八门|各说各|说法(?:不一|各异)|各执一词|莫衷一是|一搜一大把|眼花缭乱|被问(?:到|了|得|过)"
    r"|(?:很多|不少|许多|好多|大多|多数|几乎|相信|大家|人人|没几个|很少)[^。,]{0,20}"
    r"(?:遇到过|碰到过|有过[^。,]{0,8}(?:经历|疑问|困惑)|想知道|不[太大]?(?:清楚|了解|知道|明白)|分不清|搞不[懂清]|说[得不]全|想过)(?:的|了|吧)?[^\w]*$"
)
_MOST_SHRUGGED = 45  # characters of a sentence that merely tells how many ask

_WONDERED = re.compile(r"什[么麼]|怎[么麼样樣]|多少|如何|哪")  # at least one search is a question
_SEARCHED = re.compile(  # what a thing is searched for with, in either script
    rf"(?=[什怎多如哪意查翻下价價图圖招官排视視攻号號电電地解读讀教])(?:{_WONDERED.pattern}|意思|查[询詢]|翻[译譯]|下[载載]|[价價]格|[图圖]片|招聘|官[网網]|排名"
    r"|[视視][频頻]|攻略|[号號][码碼]|[电電][话話]|地址|解[释釋]|[读讀]音|教程)"
)
_BETWEEN, _ENDS = re.compile(r"[,、;|丨/_\s]+"), " 。.!"  # searches, and the whole
# A list of searches has so many items at least, of so many characters on average at most (nobody types more), two of them and
# one in seven with such words (of postal codes of a city's districts hardly more), and three quarters about the same thing.
# Of 218,000 sentences of articles, saved pages and question sets none that says something is like this.
_SEARCHES, _SEARCH_CHARS, _WORDED, _WORDED_SHARE, _SAME = 6, 12, 2, 1 / 7, 0.75
_FILLS = frozenset("的了是有在和么什怎哪多少个我你他她它不人这那要会")  # that items have these in common makes them no list about one thing
_STATES = re.compile(r"\d|在")  # of half of the items or more: values, or where each is found

# What is seen at a glance, in either script: no other text has a sentence that promises, closes or shrugs.
_MAY_BE = re.compile(
    r"(?=[小下接今本一這这现現一就让讓跟带帶随隨们們我家以上众眾五各说說莫缭繚被很不许許好大多几幾相人没沒到收希想更])(?:小[编編]|下[面文]|接[下着著]|今[天日]|[本這这][期文篇一次]|[现現]在|一[起文]|就[來来跟讓让帶带由為为給给和]|[让讓跟]我|[带帶][你您大各着著]|跟[着著随隨]|[随隨]我|[就们們我家][來来]|[以上][上面述邊边](?:就|便|即|是|[为為])"
    r"|众|眾|五花八|各[说說执執]|[说說]法|莫衷|一搜|[缭繚]|被[问問]|很多|不少|[许許]多|好多|大多|多[数數]|[几幾]乎|相信|大家|人人|[没沒很]|到[这這此]|收藏|希望|想要?[了知獲获學学看]|更多)"
)
_MAY_ASK = re.compile(r"[?\uff1f呢吗嗎]")


def asks(sentence: str) -> bool:
    """True for a question, also one that ends with a full stop."""
    return _ASKS.search(sentence) is not None


def says_nothing(sentence: str) -> bool:
    """True for a sentence that merely promises what follows, unless a list does, or closes, or tells how many ask, or what."""
    if lists_searches(sentence):
        return True
    if _MAY_BE.search(sentence) is None:
        return False
    key = fold(sentence)
    if len(sentence) <= _MOST_SHRUGGED and _SHRUGS.search(key):
        return True
    return any(_CLOSES.search(clause) for clause in _first_clauses(sentence, key)) or _promises(sentence, key)


def lists_searches(sentence: str) -> bool:
    """True for what people search for, one beside the other, nearly all about the same: X怎么读,X的读音,X组词."""
    if len(_SEARCHED.findall(sentence)) < _WORDED or _WONDERED.search(sentence) is None:
        return False
    items = [item for item in _BETWEEN.split(fold(sentence).strip(_ENDS)) if item]
    alone = {item for item in items if len(item) == 1} - _FILLS  # a word of one character
    if len(items) < _SEARCHES or sum(map(len, items)) > _SEARCH_CHARS * len(items):
        return False
    worded = sum(_SEARCHED.search(item) is not None for item in items)
    if worded < max(_WORDED, _WORDED_SHARE * len(items)) or 2 * sum(_STATES.search(item) is not None for item in items) >= len(items):
        return False
    shared = Counter(part for item in items for part in _subjects(_SEARCHED.sub(" ", item)) | (alone & set(item)))
    return max(shared.values(), default=0) >= _SAME * len(items)


def _subjects(item: str) -> set[str]:
    """The pairs of characters that may name what a search is about."""
    return {pair for pair in pairs(item) if len(pair) > 1 and _FILLS.isdisjoint(pair)}


def promises(sentence: str) -> bool:
    """True for a sentence that merely says that something will be told: in the sentences behind it."""
    return _MAY_BE.search(sentence) is not None and _promises(sentence, fold(sentence))


def _promises(sentence: str, key: str) -> bool:
    return any(_PROMISES.search(clause) for clause in _first_clauses(sentence, key)) and _LISTED.search(key) is None


def _first_clauses(sentence: str, key: str) -> list[str]:
    """The clauses, folded, of a short sentence that opens no list, before each of which not much is said."""
    if len(sentence) > _MOST_CHARS or opens_list(sentence):
        return []
    clauses, before = [], 0
    for clause in _CLAUSES.split(key.strip()):
        if before > _MOST_BEFORE:
            break
        clauses.append(clause)
        before += len(clause) + 1
    return clauses


@functools.lru_cache(_REMEMBERED)
def hollow(body: str, headings: tuple[str, ...] = ()) -> frozenset[int]:
    """Which sentences of a passage's text say nothing: they promise or close, ask, or list searches.

    A question counts where it is followed by what may answer it, unless the title or a heading,
    all in `headings`, asks it already: then it is the same question in more words.
    """
    if _MAY_BE.search(body) is None and _MAY_ASK.search(body) is None and len(_SEARCHED.findall(body)) < _WORDED:
        return frozenset()
    every = [span.of(body) for span in sentences(body, Span(0, len(body)))]
    found = {at for at, one in enumerate(every) if says_nothing(one)}
    behind = False
    for at in range(len(every) - 1, -1, -1):
        if at not in found:
            if asks(every[at]) and (not behind or any(_repeats(every[at], heading) for heading in headings)):
                found.add(at)
            else:
                behind = True
    return frozenset(found)


def _repeats(sentence: str, heading: str) -> bool:
    """True when most of a question stands in a heading."""
    asked = set(pairs(_AT_LAST.sub("", fold(sentence))))
    return len(asked & set(pairs(heading))) >= _REPEATED * max(len(asked), 1)
