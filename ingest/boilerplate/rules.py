"""What one line says of itself, without looking at its neighbours: placeholders, buttons, menus, bylines, notices."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.boilerplate.bylines import judge_byline
from ingest.boilerplate.cues import judge_notice
from ingest.boilerplate.verdict import HINT, LIKELY, SURE, Verdict, any_of
from ingest.boilerplate.words import (
    CHANNELS,
    COMMON_HEADINGS,
    ENGLISH,
    HAS_TRADITIONAL,
    STRONG,
    TO_SIMPLIFIED,
    WEAK,
)

SHORT_CHARS = 60  # a longer line is judged by its cues only: widgets and bylines are short
CUE_CHARS = 400  # a longer line is a paragraph of the article, or of a teaser that neighbours decide on
SENTENCE_CHARS = 20  # so long a line with a full stop is a sentence: only its cues count
ROW_CELLS = 3  # so many short cells apart by bars, a button among them, are a row of links
CELL_CHARS = 12  # a longer cell is no link of a menu
WIDGET_CHARS = 18  # a longer token is no button

_WIDGET = re.compile(rf"(?:{any_of(STRONG + WEAK)}|\d)+")
_STRONG = re.compile(any_of(STRONG))
_CHANNELS = frozenset(CHANNELS)
_SEPARATORS = re.compile(r"[\s|/>»›·•,;:()\[\]<+\-_&*#!?.~=\"'—–…★☆►▶→←↑↓×✕✖©®√✓｜丨﹥\\^@$¥%]+")

_PLACEHOLDER = re.compile(
    r"(?:在?这里(?:插入|写)?图片(?:描述)?|请?输入图片(?:描述|说明)|(?:点击)?(?:查看|放大)?(?:大图|原图)|图片(?:描述|说明|来自网络|来源网络|加载中|已失效|"
    r"无法显示)?|此?图片|\[?(?:图片|表情|视频|音频|动图|image|img|picture|photo)\]?|插图|配图|截图)\d*"
    r"|(?:image|img|pic|picture|photo|figure|fig|screenshot|snipaste|untitled|unnamed|clip_image|"
    r"图片?)[-_ ]?[\d_\-() ]*(?:\.(?:png|jpe?g|gif|webp|svg|bmp))?"
    r"|[\w\-. ()一-鿿]{1,60}\.(?:png|jpe?g|gif|webp|svg|bmp|mp4|ico)"
    r"|!\[[^\]]{0,80}\]\([^)]{0,300}\)"
    r"|(?:status|loading|recommend-type|avatar|logo|icon|banner|gif|video|advertisement|ad|ads|qrcode|qr code)"
    r"|(?:正在)?加载中|视频加载失败.{0,20}|您的浏览器不支持.{0,20}",
    re.IGNORECASE,
)
_LOST = re.compile(r"[?\"·□�]{1,2}|[□�]+|[×✕✖]")
_ALT = re.compile(r"(?=[^_]*[一-鿿])[^_.,;!?:`]{4,60}_[^_\s.,;!?:`()]{1,20}(?:_\d{1,3})?")  # title_tag_02: the alternative text of a picture
_TAGS = re.compile(r"#[^\s#]{1,20}#?(?:\s+#[^\s#]{1,20}#?)+|#[^\s#]{1,20}#")  # #手工 #书籍
_TAGGED = re.compile(
    r"(?:隐藏分类|文章分类|文章标签|所属分类|所属专栏|标签|分类|关键词|关键字|归档|栏目|话题|专题|tags?|category|categories|filed under|"
    r"posted in)\s*[:].{1,60}", re.IGNORECASE)
_FILE_ID = re.compile(r"(?=\w*[a-z])(?=(?:[a-z_-]*\d){6})[0-9a-z_-]{10,}", re.IGNORECASE)
_SURE_LINES = re.compile(
    r"正文已结束.{0,24}|来自专栏\W.{1,24}|收录于(?:合集|话题|专栏).{0,24}|[-—(\[\s]*(?:全文完|本文完|正文完|本章完|本节完|本篇完|全书完|文章结束|完|"
    r"(?-i:END|The End)|未完待续|待续)[-—)\]\s.~!]*|(?:like|likes|views?|comments?|shares?|"
    r"replies)\s*\(?[\d,.]+[kw+]?\)?|[\d,.]+\s(?:likes?|views?|comments?|shares?|replies)|(?:向[左右上下]滑动.*)|"
    r"(?:你|您)对这个回答的评价是\W*"
    r"|(?:在\s?\w{2,10}\s?上)?(?:编辑|修改|查看)(?:此|本|该)(?:页面?|文档)(?:源码|历史)?|(?:本|此|该|这篇?)(?:页面?|文档|文章|内容|回答|"
    r"答案)(?:是否)?对(?:您|你)(?:是否|有没有)?有?(?:所)?帮助.{0,8}|(?:本|此|该|这篇?|以上)(?:页面?|文档|文章)?(?:的)?(?:内容|信息|回答|答案)?是否(?:已经?)?(?:解决|回答|满足)了?(?:您|你)的?(?:问题|疑问|需[求要])\W*(?:是|否|没有|\W)*|(?:本|此|该|这篇?|以上).{0,6}(?:解决|回答)了?(?:您|你)的(?:问题|疑问)[吗嗎么].{0,12}|(?:本页面?|此页面?|页面|最后|最近|本文档)(?:最后|最近)?(?:修订|更新|编辑|"
    r"修改)(?:于|时间|日期)?\W?\s*(?:\d{4}|\S{1,10}\s*\().{0,40}"
    r"|\d+\s*个?(?:医生|律师|网友|人|用户|位专家)?(?:回答|评价|点评|提问|笔记|作品)|本词条由.{2,60}|以上.{0,10}(?:由|来自).{2,20}(?:提供|上传|"
    r"整理)|文章被收录于.{0,20}|该文章已被.{0,20}收录.{0,10}|(?:点此|点这里|点击这里|猛戳).{0,12}|.{0,12}[,\s](?:点此|点这里|点击这里)(?:举报|"
    r"查看|下载|报错|反馈|进入).{0,10}"
    r"|(?:您|你)(?:之所以)?收到(?:这封|此|本)邮件.{0,40}|(?:如果)?(?:您|你)?无法(?:正常)?(?:浏览|查看|显示).{0,20}(?:点击|点这里).{0,10}|"
    r"(?:点击|立即|马上|免费|欢迎)?(?:下载|打开|安装|使用|登录|进入)[^.,]{0,10}(?:APP|客户端|小程序)[^.]{0,16}|(?:total |"
    r"unique )?(?:visitors?|visits|hits|pageviews)\W{0,3}\d[\d,]*"
    r"|(?:read|show|view|load|see) more\W*|阅读(?:全文|更多|剩余全文|原文)\W*|(?:点击)?(?:展开|查看|阅读)(?:全部|全文|更多|剩余(?:全文|"
    r"\d+%)?|详情)\W*|(?:click|tap) (?:here )?to .{0,30}"
    r"|(?:您|你)(?:当前|现在|目前)?(?:的)?(?:所在)?位置\s*[:是>]?.{0,60}|当前(?:所在)?位置\s*[:>].{0,80}"
    r"|(?:还没有|暂无|目前没有|暂时没有|没有更多|尚无).{0,6}(?:评论|回复|跟贴|留言|内容|数据|礼物|人赞赏|点评|热门跟贴|发表|人送).{0,24}"
    r"|[\"']?相关推荐[\"']?对你有帮助么\W*|(?:上|下|前|后)一(?:篇|页|章|条|节|主题|个)\s*[:>»«<].{0,80}|(?:上|"
    r"下)一[篇页条章节]\s+\S.{0,60}|(?:Previous|Next)(?: post| article| page)?\s*(?:[:»«→>]|(?=\s?\d{4}年)).{0,60}"
    r"|(?:分享|转发|收藏|推荐)(?:本文)?(?:到|至|给好友)\s*:?.{0,30}|(?:扫描|长按)(?:\S{0,4})(?:二维码|小程序码|识别|图片).{0,16}|(?:扫一扫|"
    r"扫码|微信扫|手机扫|用微信).{0,24}|(?:微信|手机)扫.{0,20}|.{0,20}(?:二维码)(?:下载|关注|分享)?"
    r"|(?:您的)?(?:电子)?邮箱(?:地址)?不会被公开.{0,40}|必填项已用.{0,12}|(?:请填写|请输入|请选择).{0,20}|.{0,4}(?:正在阅读|您正在浏览|"
    r"你正在看)\s*:.{0,60}|(?:共|已有|全部)?\s*[\d,]+\s*条?(?:评论|回复|跟贴|留言|讨论)\W*|/?\s*\d+\s*条(?:评论|回复)"
    r"|[\d,]+\s*(?:人|位).{0,4}(?:赞同|赞过|喜欢|收藏|关注|参与|围观|看过|做过|想做|学过|感谢)了?.{0,12}|关注者\s*[\d,.]+\s*万?|[\d.]+\s*分?\s*综合评分|综合评分\W*[\d.]+\s*分?|跟贴[\d,]*参与[\d,]*|[\d.]+[Xx]|"
    r"[\d:]{4,8}\s*/\s*[\d:]{4,8}|错误代码\s*:.{0,20}"
    r"|\d+/\d{2,4}|(?:本帖|该帖|此帖|帖子|主题).{0,30}(?:编辑|修改|关闭|设为精华|隐藏|购买|下沉|移动)|最后(?:编辑|修改|回复)于?.{0,30}|本文(?:共|"
    r"总)?计?\s*\d+\s*字.{0,20}|建议阅读.{0,10}分钟|(?:全文|字数).{0,4}\d+\s*字.{0,20}(?:分钟)?",
    re.IGNORECASE,
)  # fmt: skip
_CRUMB = re.compile(r"^[^.!?;,]{1,80}$")
_CRUMB_MARK = re.compile(r"\s*(?:>|»|›|→|»|﹥)\s*")
_LINK_ROW = re.compile(r"\s*[|丨·•/\-]\s+|\s*[|丨]\s*")
_URL_ALONE = re.compile(r"(?:https?://|www\.)\S+")
_LETTERS = re.compile(r"[^\W\d_]")
_NUMBER = re.compile(r"\d")


# What pictures, advertisements and lists of links leave behind, whatever they say inside their brackets.
_PICTURE = re.compile(
    r"!?\[(?:图片?|配图|插图|视频|表情|image|img|picture|photo|video)\s*[:\d]?[^\]]{0,60}\](?:\([^)]{0,300}\))?[^.;:。]{0,24}", re.IGNORECASE
)
_ADVERT = re.compile(
    r"[-—=*~\s\[(]*(?:广告|推广|赞助内容|advertisement|sponsored)[-—=*~\s\])]*|.{0,8}广告位.{0,24}|广告\s*[·•]\s*\S.{0,50}|[\[(【]\s*(?:广告|推广|赞助)\s*[\])】].{0,50}", re.IGNORECASE
)
_LINK = r"\[[^\]\[]{1,24}\]\([^()\s]{0,300}\)"  # as Markdown has it
_STEP = r"\s*[/|>»›]\s*"
# Nothing but links, which commas would make references; or the way to this page (首页 / 指南 / ...), which may end with its name.
_LINKS = re.compile(
    rf"(?:{_LINK}[\s|·/•>»›-]*){{2,}}|\[(?:首[页頁]|主[页頁]|home)\]\([^()\s]{{0,300}}\)(?:{_STEP}{_LINK}){{0,6}}(?:{_STEP}[^\[\]()/|>»›,.;:!?]{{1,40}})?",
    re.IGNORECASE,
)


def judge(key: str) -> Verdict | None:
    """What the line of this key (bullet stripped) says of itself; None when it could be anything."""
    if len(key) > CUE_CHARS:
        return None
    if HAS_TRADITIONAL.search(key):
        key = key.translate(TO_SIMPLIFIED)
    if is_links(key) and not _PICTURE.fullmatch(key):
        return Verdict("nav", SURE)
    if len(key) <= SHORT_CHARS and not (len(key) >= SENTENCE_CHARS and key[-1] == "."):
        return _judge_short_line(key)
    return judge_byline(key) or judge_notice(key)


def is_links(key: str) -> bool:
    """True for a line of Markdown that is a row of links, or the way to this page."""
    return key[:1] == "[" and _LINKS.fullmatch(key) is not None


@lru_cache(maxsize=65536)  # the same buttons and dates stand on every page of a site
def _judge_short_line(key: str) -> Verdict | None:
    """The verdict on a short line."""
    return _judge_short(key) or judge_notice(key)


def _judge_short(key: str) -> Verdict | None:
    """Placeholders, buttons, counters, breadcrumbs, menus."""
    if _PLACEHOLDER.fullmatch(key) or _LOST.fullmatch(key) or _PICTURE.fullmatch(key):
        return Verdict("placeholder", SURE)
    if _ADVERT.fullmatch(key):
        return Verdict("promo", SURE)
    if key.isascii() and key.lower().strip(" .:>»|-[]()") in ENGLISH:
        return Verdict("widget", LIKELY)
    if _TAGS.fullmatch(key):
        return Verdict("nav", LIKELY)
    if _TAGGED.fullmatch(key):
        return Verdict("nav", HINT)
    if _FILE_ID.fullmatch(key) or (not key.isascii() and _ALT.fullmatch(key)):
        return Verdict("placeholder", LIKELY)
    if _SURE_LINES.fullmatch(key):
        return Verdict("widget", SURE)
    byline = judge_byline(key)
    if byline and byline.sure > HINT:
        return byline
    if not byline and not _LETTERS.search(key):
        return Verdict("counter", HINT) if _NUMBER.search(key) else None
    other = _judge_tokens(key) or _judge_row(key)
    return other if other and (byline is None or other.sure > byline.sure) else byline


def _judge_tokens(key: str) -> Verdict | None:
    """A line whose tokens are all, or nearly all, words of the interface."""
    tokens = [token for token in _SEPARATORS.split(key) if token]
    words = [token for token in tokens if not token.isdigit()]
    if not words:
        return None
    known = [token for token in words if _is_widget(token)]
    strong = [token for token in known if _STRONG.search(token)]
    menu = [token for token in words if token in _CHANNELS]
    if len(known) == len(words) and key[-1] in ".;":  # 点击保存。 is a step of an instruction
        return Verdict("widget", HINT)
    if len(known) == len(words):
        if strong and key.strip(" :#").lower() not in COMMON_HEADINGS:
            return Verdict("widget", LIKELY if len(words) == 1 else SURE)
        return Verdict("widget", HINT if len(words) == 1 else LIKELY)
    either = len({*known, *menu})
    if len(set(words)) >= 3 and either * 3 >= len(set(words)) * 2 and (strong or len(menu) >= 3):
        return Verdict("nav", LIKELY)
    if len(words) == 1 and menu:
        return Verdict("nav", HINT)
    return None


def _is_widget(token: str) -> bool:
    return len(token) <= WIDGET_CHARS and _WIDGET.fullmatch(token) is not None


def _judge_row(key: str) -> Verdict | None:
    """Breadcrumbs and rows of links."""
    if not _CRUMB.match(key):
        return None
    steps = [step for step in _CRUMB_MARK.split(key) if step]
    if len(steps) >= 2 and _CRUMB_MARK.search(key) and max(map(len, steps)) <= 40:
        first = steps[0].split(":")[-1].strip()
        if "首页" in first or first.lower() in ("home", "主页") or steps[-1] in ("正文", "详情", "内容", "列表"):
            return Verdict("breadcrumb", SURE)
        if len(steps) >= 3 or key.endswith(">"):
            return Verdict("breadcrumb", HINT)
    cells = [cell.strip() for cell in _LINK_ROW.split(key) if cell.strip()]
    if len(cells) >= ROW_CELLS and max(map(len, cells)) <= CELL_CHARS and any(_is_widget(cell) for cell in cells) and "|" in key:
        return Verdict("nav", LIKELY)
    if len(cells) >= 4 and max(map(len, cells)) <= 12 and not key.startswith("|"):
        return Verdict("nav", HINT)
    return None
