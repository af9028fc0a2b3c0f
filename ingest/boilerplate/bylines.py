"""Lines that tell who, when, from where and how often: what is left of one without that is next to nothing."""

from __future__ import annotations

import re

from ingest.boilerplate.verdict import HINT, LIKELY, SURE, Verdict

SHORT_CHARS = 60  # a longer line is judged by its cues only: widgets and bylines are short
# Pieces of a line that tells who, when and how often; what is left of a byline without them is next to nothing.
_DATE = (
    r"(?:19|20)\d{2}\s?[-/.年]\s?[01]?\d\s?[-/.月]\s?[0-3]?\d日?(?:\s?[T,]?\s*(?:上午|下午|凌晨|晚上|星期.|"
    r"周.)?\s*[0-2]?\d:[0-5]\d(?::[0-5]\d)?(?:\.\d+)?Z?(?:\+0\d:?00)?)?"
)
_SHORT_DATE = r"(?:[01]?\d月[0-3]?\d日|[01]\d-[0-3]\d)\s*(?:[0-2]?\d:[0-5]\d(?::[0-5]\d)?)?"
_AGO = r"(?:刚刚|昨天|前天|今天|(?:\d+|半|一|几|两)\s?(?:秒钟?|分钟|小时|天|周|星期|个?月|年)(?:以?前|ago))(?:\s?[0-2]?\d:[0-5]\d)?"
_CLOCK = r"[0-2]?\d:[0-5]\d(?::[0-5]\d)?"
_COUNTER = (
    r"(?:总?(?:阅读|浏览|点击|点赞|评论|收藏|转发|分享|回复|查看|访问|播放|下载|推荐|关注|喜欢|赞同|赞|热度|人气|围观|跟贴|粉丝|文章|获赞|采纳|已学|在学|已售|销量|月销|"
    r"报名|人气值|回答|字数|字数统计|阅读时长|阅读时间|楼层)(?:量|数|次数|人数|约)?\s*[:(]?\s*\(?\s*\d[\d,.]*\s*[万kKwW+]*\)?\s*(?:次|人|条|"
    r"个|字|分钟|篇)?"
    r"|时长\s*[:]?\s*[\d:]+|\d[\d,.]*\s*[万kKwW+]*\s*(?:次|人|条|个|位|篇|字)?\s*(?:阅读|浏览|点击|点赞|评论|收藏|转发|分享|回复|查看|"
    r"访问|播放|下载|推荐|关注|关注度|喜欢|赞同|赞|跟贴|粉丝|文章数|参与|人气|热度|网友评论|人参与|views?|reads?|comments?|likes?|replies))"
)
_LABELLED = (
    r"(?<![一-鿿])(?:(?:本文|文章|信息|稿件|新闻|图片|原文|转载|内容)?(?:来源|出处|来自|转自|转载自)(?:于)?|作\s*者|编\s*者|编\s*辑|责\s*编|责任编辑|"
    r"执行编辑|本期编辑|见习编辑|值班编辑|网络编辑|实习编辑|文字编辑|图文编辑|编辑部?|主编|总编辑|讲师|主讲人?|主播|校\s*对|校对|审\s*核|审\s*校|初审|复审|终审|一审|二审|"
    r"三审|终\s*审|监\s*制|监\s*审|统\s*筹|策\s*划|撰\s*文|撰稿|供稿|通讯员|文|美编|排版|制图|设计|译者?|翻译|记\s*者|见习记者|特约记者|本报记者|作者单位|发布者|"
    r"发布人|上传者|发表者|发表人|录入|录入者|整理|署名|投稿|文章作者|原作者|博主|楼主|出品|签发|文案)"
    r"\s*[:/丨|]\s*[^\s:/|,.;!?]{0,16}(?:\s(?!\S*[:/|])[^\s:/|,.;!?\d]{1,6}){0,3}"
)
_PICTURE = r"(?<![一-鿿])(?:摄\s*影|摄|图|图片|配图|视频|制图)\s*[:/丨|]\s*[^\s:/|,.;!?]{0,16}"
_ENGLISH_META = (
    r"(?:author|written by|posted by|source|editor|translator|photo)\s*:\s*[^,.;!?]{1,24}|"
    r"(?<![a-z])(?:word count|words|reading time|read time|views?|reads?|comments?)\s*:\s*\d[\d.,]*\s*(?:k|"
    r"minutes?|mins?|words?)?"
)
_WHEN_LABEL = (
    r"(?:(?:文章|最后|最近|首次|首|本文|网页|信息)?(?:发布|发表|更新|编辑|修改|创建|上传|提交|录入|刊登|出版|推荐文章|推送|成文|添加|收录)(?:时间|日期|于|在)?|时\s*间|"
    r"日\s*期|于|已于|posted|updated|published|on)\s*[:@]?"
)
_EXTRA = (
    r"IP\s?属地\s?:?\s?[一-鿿]{2,4}|来自专栏|来自(?:iPhone|Android|网页版|电脑网页版|手机网页版)客户端?|阅读原文|原创|转载|置顶|精华|已编辑|已被采纳|"
    r"编辑于|收藏|举报|点赞数?|评论|分享|打印|回复|关注|推荐|浏览|阅读|作者|编辑|来源|版权|字号|大|中|小|楼主|最后由|加入收藏|查看|写信给|posted|by|views|"
    r"#\d+楼?|第?\d+楼|Lv\.?\d+|LV\d+"
    r"|(?:分类(?:专栏)?|专栏|标签|文章标签|所属分类|类别|栏目|归档于?|标签\(空格分隔\)|关键词|关键字|Tags?|Categories|Category)\s*[:].*$"
)
_PIECES = re.compile(
    f"{_LABELLED}|{_ENGLISH_META}|{_PICTURE}|{_DATE}|{_AGO}|{_COUNTER}|{_WHEN_LABEL}|{_SHORT_DATE}|{_CLOCK}|"
    f"{_EXTRA}", re.IGNORECASE)
_HAS_WHEN = re.compile(f"{_DATE}|{_AGO}")
_HAS_SHORT_DATE = re.compile(_SHORT_DATE)
_HAS_CREDIT = re.compile(f"{_LABELLED}|{_ENGLISH_META}", re.IGNORECASE)
_NAMES = re.compile(  # 某报记者 张三 李四
    r"[(<\['\x22\-—]*[一-鿿A-Za-z0-9·]{0,12}[>'\x22]?\s*(?:记者|作者|通讯员|编译|评论员|撰稿人?|特约撰稿|实习生)(?:\s*[:/|]\s*|"
    r"\s+)[一-鿿·]{2,4}(?:[\s,/]+[一-鿿·]{2,4}){0,5}[\s)\]]*"
)
_LONG_VALUE = re.compile(r"[^:/|]{2,4}:\s*[一-鿿]{5,}")  # 作者:一种职业的消失 may be a heading
_LABELS = re.compile(r"(?:\S{2,6}[/:]\S{1,16}\s+){2,}\S{2,6}[/:]\S{1,16}")  # 出发/某日 天数/3天 人均/900元
_DATE_FIRST = re.compile(rf"{_DATE}\s*[·|•]\s*.{{0,40}}")  # 2023-06-14 · what the author says of himself
_SOURCE_LINE = re.compile(
    r"(?:(?:本文|原文|文章|博文|转载|全文|作品|帖子)(?:的)?(?:永久)?(?:链接|地址|网址|来源|出处)|原文|来源|出处|转载自|转自|via|from|source|url|"
    r"link)\s*(?:于|为|是)?\s*[:]?\s*<?(?:https?://|www\.)\S+",
    re.IGNORECASE,
)
_HAS_COUNT = re.compile(_COUNTER)
_DATED_LINE = re.compile(rf"(?:#{{1,6}}\s*)?(?:(?:版本|version|v)?\s*\d+(?:\.\d+){{1,3}}\S{{0,6}}\s*[-—(\[]*\s*)?(?:{_DATE}|{_SHORT_DATE})", re.IGNORECASE)
_BARE_DATE = re.compile(rf"(?:{_DATE}|{_SHORT_DATE})")
_NUMBER = re.compile(r"\d")
_BYLINE_GATE = re.compile(r"[\d:/|丨]|记者|作者|通讯员|编译|评论员|撰稿|实习|网友|[前昨今]天|刚刚|[年月周天时钟期]以?前|http|www")
_LETTERS = re.compile(r"[^\W\d_]")
BYLINE_CHARS = 120  # a longer line is no byline
LEFT_SURE = 2  # letters left of a line that is a byline anywhere
LEFT_HINT = 16  # names may be left of one near the title
_COMMENT_HEAD = re.compile(
    rf"(?:(?:(?:对|回复|@)\s?)?\S{{1,20}}\s?#\d{{1,5}}(?:\s?[楼回复].{{0,4}}|\s.{{0,16}})?|#?\d{{1,5}}\s*[楼#F]\s?.{{0,30}}|"
    rf".{{1,24}}(?:\[[^\]]{{0,12}}(?:网友|手机)[^\]]{{0,12}}\]|网友)\s*:?|.{{0,24}}(?:{_DATE}|{_SHORT_DATE}|"
    rf"{_AGO}).{{0,6}}(?:举报|回复|支持|顶|赞).{{0,12}})"
)
# What such a line dates is what the document is about, not when the page was made: a contract, a price list, a medicine.
_DATES_A_FACT = re.compile(
    rf"(?:签[订署约]|执行|实施|生效|施行|核准|批准|报名|截止|考试|开[工业馆学庭]|竣工|有效|起租|出生|版本)(?:日期|时间|期限|日|期|至)?\s*[:]?\s*{_DATE}|{_DATE}\s*(?:起(?:执行|施行|实施|生效|试行)|止(?!\w)|之前|以前|截止)"
)
_SENTENCE_ENDS = ".!?;"


def judge_byline(key: str) -> Verdict | None:
    """Date, author, source, counters: what is left of the line without them is next to nothing."""
    if len(key) > BYLINE_CHARS or not _BYLINE_GATE.search(key):
        return None
    if len(key) <= SHORT_CHARS and _DATE_FIRST.fullmatch(key):
        return Verdict("byline", LIKELY)
    if key[-1] in _SENTENCE_ENDS or _DATES_A_FACT.search(key):
        return None
    if _SOURCE_LINE.fullmatch(key):
        return Verdict("byline", SURE)
    if len(key) <= SHORT_CHARS and _NAMES.fullmatch(key):
        return Verdict("byline", SURE)
    if len(key) <= SHORT_CHARS and _COMMENT_HEAD.fullmatch(key):
        return Verdict("comment", LIKELY)
    when, credit, count = _HAS_WHEN.search(key), _HAS_CREDIT.search(key), _HAS_COUNT.search(key)
    if not (when or credit or count or _HAS_SHORT_DATE.search(key)):
        return None
    left = len(_LETTERS.findall(_PIECES.sub(" ", key)))
    reason = "byline" if when or credit else "counter"
    if key[0] == '"' and credit and len(key) > 1 and '"' in key[1:]:  # 《书名》 作者:某人 is a line of a list of books
        return Verdict(reason, HINT)
    if left <= LEFT_SURE:
        doubtful = is_bare_date(key) and ":" not in key or credit and not when and not count and _LONG_VALUE.fullmatch(key)
        return Verdict(reason, LIKELY if doubtful else SURE)
    if left <= LEFT_HINT and (when or count) or when and _LABELS.fullmatch(key):
        return Verdict(reason, HINT)
    return None


def begins_dated(key: str) -> bool:
    """True for a line that a date begins, perhaps behind the number of a version, and that names nobody: 2025-07-08 大风, 3.4.0 (2025-09-16)."""
    return _DATED_LINE.match(key) is not None and _HAS_CREDIT.search(key) is None and _HAS_COUNT.search(key) is None


def is_bare_date(key: str) -> bool:
    """True for a line that is a date, perhaps with the time, and nothing else."""
    return _BARE_DATE.fullmatch(key) is not None
