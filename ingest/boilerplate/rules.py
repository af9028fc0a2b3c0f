"""What one line says of itself: a reason to drop it and how sure, without looking at its neighbours.

Sureness: `SURE` drops a line wherever it stands; `LIKELY` does too, unless it reads as the
heading of the prose below it; `HINT` counts only outside the body or among others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ingest.boilerplate.words import CHANNELS, COMMON_HEADINGS, ENGLISH, STRONG, WEAK

HINT, LIKELY, SURE = 1, 2, 3


class Verdict(NamedTuple):
    """A reason code of `DROP_REASONS` and how sure."""

    reason: str
    sure: int


SHORT_CHARS = 60  # a longer line is judged by its cues only: widgets and bylines are short
SENTENCE_CHARS = 20  # so long a line with a full stop is a sentence: only its cues count
WIDGET_CHARS = 18  # a longer token is no button
NOTICE_CHARS = 100  # two cues make a notice of a line up to this long
CUE_CHARS = 400  # a longer line is a paragraph of the article, or of a teaser that neighbours decide on


def _any(words: list[str]) -> str:
    """Alternation of words, longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


_WIDGET = re.compile(rf"(?:{_any(STRONG + WEAK)}|\d+)+")
_STRONG = re.compile(_any(STRONG))
_CHANNELS = frozenset(CHANNELS)
_SEPARATORS = re.compile(r"[\s|/>»›·•,;:()\[\]<+\-_&*#!?.~=\"'—–…★☆►▶→←↑↓×✕✖©®√✓｜丨﹥\\^@$¥%]+")

_PLACEHOLDER = re.compile(
    r"(?:在?这里(?:插入|写)?图片(?:描述)?|请?输入图片(?:描述|说明)|(?:点击)?(?:查看|放大)?(?:大图|原图)|图片(?:描述|说明|来自网络|来源网络|加载中|已失效|无法显示)?|此?图片|\[?(?:图片|表情|视频|音频|动图|image|img|picture|photo)\]?|插图|配图|截图)\d*"
    r"|(?:image|img|pic|picture|photo|figure|fig|screenshot|snipaste|untitled|unnamed|clip_image|图片?)[-_ ]?[\d_\-() ]*(?:\.(?:png|jpe?g|gif|webp|svg|bmp))?"
    r"|[\w\-. ()一-鿿]{1,60}\.(?:png|jpe?g|gif|webp|svg|bmp|mp4|ico)"
    r"|!\[[^\]]{0,80}\]\([^)]{0,300}\)"
    r"|(?:status|loading|recommend-type|avatar|logo|icon|banner|gif|video|advertisement|ad|ads|qrcode|qr code)"
    r"|(?:正在)?加载中|视频加载失败.{0,20}|您的浏览器不支持.{0,20}",
    re.IGNORECASE,
)
_LOST = re.compile(r"[?\"·□�]{1,2}|[□�]+|[×✕✖]")
_ALT = re.compile(r"(?=[^_]*[一-鿿])[^_.,;!?:`]{4,60}_[^_\s.,;!?:`()]{1,20}(?:_\d{1,3})?")  # title_tag_02: the alternative text of a picture
_TAGS = re.compile(r"#[^\s#]{1,20}#?(?:\s+#[^\s#]{1,20}#?)+|#[^\s#]{1,20}#")  # #手工 #书籍
_TAGGED = re.compile(r"(?:隐藏分类|文章分类|文章标签|所属分类|所属专栏|标签|分类|关键词|关键字|归档|栏目|话题|专题|tags?|category|categories|filed under|posted in)\s*[:].{1,60}", re.IGNORECASE)
_FILE_ID = re.compile(r"(?=\w*[a-z])(?=(?:[a-z_-]*\d){6})[0-9a-z_-]{10,}", re.IGNORECASE)

# Pieces of a line that tells who, when and how often; what is left of a byline without them is next to nothing.
_DATE = r"(?:19|20)\d{2}\s?[-/.年]\s?[01]?\d\s?[-/.月]\s?[0-3]?\d日?(?:\s?[T,]?\s*(?:上午|下午|凌晨|晚上|星期.|周.)?\s*[0-2]?\d:[0-5]\d(?::[0-5]\d)?(?:\.\d+)?Z?(?:\+0\d:?00)?)?"
_SHORT_DATE = r"(?:[01]?\d月[0-3]?\d日|[01]\d-[0-3]\d)\s*(?:[0-2]?\d:[0-5]\d(?::[0-5]\d)?)?"
_AGO = r"(?:刚刚|昨天|前天|今天|(?:\d+|半|一|几|两)\s?(?:秒钟?|分钟|小时|天|周|星期|个?月|年)(?:以?前|ago))(?:\s?[0-2]?\d:[0-5]\d)?"
_CLOCK = r"[0-2]?\d:[0-5]\d(?::[0-5]\d)?"
_COUNTER = (
    r"(?:总?(?:阅读|浏览|点击|点赞|评论|收藏|转发|分享|回复|查看|访问|播放|下载|推荐|关注|喜欢|赞同|赞|热度|人气|围观|跟贴|粉丝|文章|获赞|采纳|已学|在学|已售|销量|月销|报名|人气值|回答|字数|字数统计|阅读时长|阅读时间|楼层)(?:量|数|次数|人数|约)?\s*[:(]?\s*\(?\s*\d[\d,.]*\s*[万kKwW+]*\)?\s*(?:次|人|条|个|字|分钟|篇)?"
    r"|时长\s*[:]?\s*[\d:]+|\d[\d,.]*\s*[万kKwW+]*\s*(?:次|人|条|个|位|篇|字)?\s*(?:阅读|浏览|点击|点赞|评论|收藏|转发|分享|回复|查看|访问|播放|下载|推荐|关注|关注度|喜欢|赞同|赞|跟贴|粉丝|文章数|参与|人气|热度|网友评论|人参与|views?|reads?|comments?|likes?|replies))"
)
_LABELLED = (
    r"(?<![一-鿿])(?:(?:本文|文章|信息|稿件|新闻|图片|原文|转载|内容)?(?:来源|出处|来自|转自|转载自)(?:于)?|作\s*者|编\s*者|编\s*辑|责\s*编|责任编辑|执行编辑|本期编辑|见习编辑|值班编辑|网络编辑|实习编辑|文字编辑|图文编辑|编辑部?|主编|总编辑|讲师|主讲人?|主播|校\s*对|校对|审\s*核|审\s*校|初审|复审|终审|一审|二审|三审|终\s*审|监\s*制|监\s*审|统\s*筹|策\s*划|撰\s*文|撰稿|供稿|通讯员|文|美编|排版|制图|设计|译者?|翻译|记\s*者|见习记者|特约记者|本报记者|作者单位|发布者|发布人|上传者|发表者|发表人|录入|录入者|整理|署名|投稿|文章作者|原作者|博主|楼主|出品|签发|文案)"
    r"\s*[:/丨|]\s*[^\s:/|,.;!?]{0,16}(?:\s(?!\S*[:/|])[^\s:/|,.;!?\d]{1,6}){0,3}"
)
_PICTURE = r"(?<![一-鿿])(?:摄\s*影|摄|图|图片|配图|视频|制图)\s*[:/丨|]\s*[^\s:/|,.;!?]{0,16}"
_ENGLISH_META = r"(?:author|written by|posted by|source|editor|translator|photo)\s*:\s*[^,.;!?]{1,24}|(?<![a-z])(?:word count|words|reading time|read time|views?|reads?|comments?)\s*:\s*\d[\d.,]*\s*(?:k|minutes?|mins?|words?)?"
_WHEN_LABEL = r"(?:(?:文章|最后|最近|首次|首|本文|网页|信息)?(?:发布|发表|更新|编辑|修改|创建|上传|提交|录入|刊登|出版|推荐文章|推送|成文|添加|收录)(?:时间|日期|于|在)?|时\s*间|日\s*期|于|已于|posted|updated|published|on)\s*[:@]?"
_EXTRA = (
    r"IP\s?属地\s?:?\s?[一-鿿]{2,4}|来自专栏|来自(?:iPhone|Android|网页版|电脑网页版|手机网页版)客户端?|阅读原文|原创|转载|置顶|精华|已编辑|已被采纳|编辑于|收藏|举报|点赞数?|评论|分享|打印|回复|关注|推荐|浏览|阅读|作者|编辑|来源|版权|字号|大|中|小|楼主|最后由|加入收藏|查看|写信给|posted|by|views|#\d+楼?|第?\d+楼|Lv\.?\d+|LV\d+"
    r"|(?:分类(?:专栏)?|专栏|标签|文章标签|所属分类|类别|栏目|归档于?|标签\(空格分隔\)|关键词|关键字|Tags?|Categories|Category)\s*[:].*$"
)
_PIECES = re.compile("|".join((_LABELLED, _ENGLISH_META, _PICTURE, _DATE, _AGO, _COUNTER, _WHEN_LABEL, _SHORT_DATE, _CLOCK, _EXTRA)), re.IGNORECASE)
_HAS_WHEN = re.compile("|".join((_DATE, _AGO)))
_HAS_SHORT_DATE = re.compile(_SHORT_DATE)
_HAS_CREDIT = re.compile(f"{_LABELLED}|{_ENGLISH_META}", re.IGNORECASE)
_NAMES = re.compile(  # 某报记者 张三 李四
    r"[(<\['\x22\-—]*[一-鿿A-Za-z0-9·]{0,12}[>'\x22]?\s*(?:记者|作者|通讯员|编译|评论员|撰稿人?|特约撰稿|实习生)(?:\s*[:/|]\s*|\s+)[一-鿿·]{2,4}(?:[\s,/]+[一-鿿·]{2,4}){0,5}[\s)\]]*"
)
_LONG_VALUE = re.compile(r"[^:/|]{2,4}:\s*[一-鿿]{5,}")  # 作者:一种职业的消失 may be a heading
_LABELS = re.compile(r"(?:\S{2,6}[/:]\S{1,16}\s+){2,}\S{2,6}[/:]\S{1,16}")  # 出发/某日 天数/3天 人均/900元
_DATE_FIRST = re.compile(rf"{_DATE}\s*[·|•]\s*.{{0,40}}")  # 2023-06-14 · what the author says of himself
_SOURCE_LINE = re.compile(
    r"(?:(?:本文|原文|文章|博文|转载|全文|作品|帖子)(?:的)?(?:永久)?(?:链接|地址|网址|来源|出处)|原文|来源|出处|转载自|转自|via|from|source|url|link)\s*(?:于|为|是)?\s*[:]?\s*<?(?:https?://|www\.)\S+",
    re.IGNORECASE,
)
_HAS_COUNT = re.compile(_COUNTER)
_BARE_DATE = re.compile(rf"(?:{_DATE}|{_SHORT_DATE})")
_NUMBER = re.compile(r"\d")
_BYLINE_GATE = re.compile(r"[\d:/|丨]|记者|作者|通讯员|编译|评论员|撰稿|实习|网友|[前昨今]天|刚刚|[年月周天时钟期]以?前|http|www")
_LETTERS = re.compile(r"[^\W\d_]")
BYLINE_CHARS = 120  # a longer line is no byline
LEFT_SURE = 2  # letters left of a line that is a byline anywhere
LEFT_HINT = 16  # names may be left of one near the title

class _Cue(NamedTuple):
    """A pattern and its gates: every match holds one of them, and looking for all gates at once is fast."""

    gates: tuple[str, ...]
    pattern: re.Pattern[str]


def _cue(gates: str, pattern: str) -> _Cue:
    return _Cue(tuple(gates.split()), re.compile(pattern))


# Cues of notices. One alone may be what an article is about; two make a notice.
_NOTICE_CUES = (
    _cue("声明 版权 提示 条款 Notice Disclaimer Copyright", r"^(?:\W{0,3})(?:版权声明|免责声明|特别声明|郑重声明|重要声明|转载声明|声明|著作权声明|版权说明|版权信息|责任声明|特别提示|风险提示|免责条款|法律声明|Notice|Disclaimer|Copyright)\s*[:|]"),
    _cue("本站 本网 本平台 本公众号 本论坛 本社区 本博客 本栏目 本报 我站 该平台 易号 狐号 家号 条号 自媒体", r"(?<![基根版文样成副原])本(?:站|网(?!络)|平台|公众号|论坛|社区|博客|栏目|报(?!告))|(?:我站|该平台|网易号|搜狐号|百家号|头条号|自媒体平台)"),
    _cue("代表 文责 不构成 立场", r"(?:仅|只|不)?代表(?:作者|发表者|发言者|网友|其|个人)?(?:本人|个人)?(?:的)?(?:观点|立场|看法|意见)|不代表.{0,16}(?:观点|立场)|文责自负|不构成.{0,8}(?:建议|意见)|与.{0,8}立场无关|并不表明.{0,10}立场"),
    _cue("转载 注明 不得 禁止 严禁 请勿 谢绝", r"转载(?:请|时请|须|需|必须|务必|或引用)|请注明(?:出处|来源|转载)|注明(?:文章)?(?:出处|来源)|(?:未经|未获).{0,16}(?:授权|许可|同意|允许).{0,16}(?:不得|禁止|严禁|请勿|谢绝)|(?:谢绝|严禁|禁止|请勿|不得)(?:任何形式的?|擅自|非法)?(?:转载|复制|抄袭|镜像)|如(?:需|若)转载|如若转载|欢迎转载"),
    _cue("侵权 如有 如果有 如涉及 如您认为 如发现 删除 处理 更正", r"如(?:有|果有|涉及|您认为|发现).{0,20}(?:侵权|版权|违规|问题|不妥|异议|错误).{0,40}(?:联系|告知|删除|处理|指正|来信)|侵权(?:请|必|立)?(?:联系|删|告知)|(?:立即|及时|尽快|第一时间)(?:予以)?(?:删除|处理|更正)|联系(?:我们|本站|管理员|作者)(?:进行)?(?:删除|处理)"),
    _cue("原创 投稿 作者 博主 网友 网络 互联网 用户 版权 授权 发布 转载 公众号 博客 社区 协议", r"(?:本文|此文|该文|文章|以上(?:内容|文章|信息|资料)?|本站文章|图片|素材|部分内容|稿件|本作品)[^.]{0,12}(?:系|为|由|均为|均由|均来自|来自|来源于?|源自|转载自|转自|摘自|整理自|收集自|采集自|属于).{0,24}(?:原创|投稿|作者|博主|网友|网络|互联网|用户|版权|授权|发布|转载|公众号|博客|社区|协议)"),
    _cue("版权 著作权 reserved Reserved RESERVED opyright OPYRIGHT © (c) (C)", r"版权(?:归|属).{0,16}(?:所有|作者|本站)|版权所有|著作权归|all rights reserved|copyright\s*(?:©|\(c\)|\d{4})|©\s*(?:copyright\s*)?(?:19|20)\d{2}|\(c\)\s*(?:19|20)\d{2}"),
    _cue("CC 知识共享 署名 协议 链接 本声明", r"CC[ -](?:\d\.\d )?BY|知识共享|署名-?非商业|遵循.{0,20}(?:协议|许可)|采用.{0,30}许可协议|附上原文(?:出处)?链接|本声明"),
    _cue("供 不作 不做 不承担 不负责 概不 不对 风险 后果 商业 所有权 信息 鉴别 自行", r"(?:仅|只)供.{0,10}(?:参考|学习|交流|研究|阅读)|不(?:作|做)任何(?:商业用途|保证|承诺|担保)|不承担.{0,12}(?:责任|义务)|概不负责|不对.{0,40}(?:负责|保证|承诺)|风险自担|后果自负|不得用于商业|不拥有所有权|信息存储(?:空间)?服务|仅提供信息|鉴别|请自行"),
    _cue("作为 代替 替代", r"不(?:能|应|可)?(?:作为|代替|替代|取代).{0,16}(?:依据|建议|面诊|诊断|诊疗|治疗|意见)"),
    _cue("不适 咨询 就医", r"(?:如有|如|若).{0,8}(?:不适|疑问|需要).{0,10}(?:就医|咨询|联系|面诊)"),
    _cue("权归", r"(?:版权|著作权|所有权|知识产权)(?:均)?归.{0,16}(?:所有|作者|本人)"),
    _cue("http www.", r"(?:本文|原文|文章|转载|来源|出处|请关注|请访问|请登录)[^.]{0,12}(?::|为|于)?\s*(?:<|\()?\s*(?:https?://|www\.)"),
    _cue("本文 此文 该文 文章 原文 内容", r"^(?:本文|此文|该文|文章|原文|内容)(?:最早|最初)?(?:分享自|首发(?:于|自)|发表(?:于|在)|来源(?:于|:)|来自|转自|转载自|摘自|选自|节选自|刊于|载于|刊载于|原载|授权)"),
    _cue("作者", r"作者\s*:\s*\S"),
    _cue("电话 热线 邮箱 信箱 mail QQ 微信 传真 地址 邮编", r"(?:举报|投诉|监督|服务|客服|咨询|新闻|总机|联系|热线|编辑部|广告)(?:热线|电话|邮箱|信箱|Email|QQ|微信)\s*[:(]|(?:电话|邮箱|E-?mail|传真|地址|邮编)\s*:.{0,60}(?:\d{5,}|@)"),
    _cue("VIP 会员 付费", r"(?:VIP|会员).{0,12}(?:文档|下载|免费|权益|特权)|付费.{0,16}(?:下载|阅读|文档|查看)"),
    _cue("不支持 不予 上传 下载 版权 疑问", r"(?:不支持|不予)(?:退款|退换)|上传(?:文档|者)|下载(?:本|该)(?:文档|资源|资料)|版权申诉|如有疑问请联系"),
)  # fmt: skip
_NOTICE_SURE = re.compile(
    r"[一-鿿]\s?ICP\s?[备证]\s?(?:案)?(?:号|[\d(\[:])|ICP\s?(?:备案|许可证?|经营许可证?)\s?(?:编?号|[\d:])|^ICP备案.{0,4}$|ICP证|公网?安备|网安备|增值电信业务|许可证(?:编号|号)?\s*:|许可证\s?\d|网文\[|网络文化经营|互联网新闻信息服务|信息网络传播视听|营业执照\s*[:|]|^营业执照$|统一社会信用代码|违法(?:和|与|及)?不良信息|(?:Copyright|版权所有).{0,12}(?:©|\(c\)|(?:19|20)\d{2})|All Rights? Reserved|^版权所有|^Powered by\b|^Proudly powered|备案(?:号|编号)\s*[:为]?\s*[\w一-鿿]{0,6}\d|技术支持\s*:|主办(?:单位)?\s*:.{0,40}(?:承办|协办|备案|主管)|网站标识码|建议使用.{0,20}(?:浏览器|分辨率)|最佳浏览|本网站由.{0,20}(?:制作|维护|所有)|(?:复制或)?建立镜像|(?:垃圾|有害|不良)信息举报|网络110|自律公约",
    re.IGNORECASE,
)  # fmt: skip
_NOTICE_GATE = re.compile(r"ICP|icp|[网]?安备|许可|网文|网络|互联网|营业|信用|信息|[Cc](?:opyright|OPYRIGHT)|COPYRIGHT|版权|[Rr]eserved|[Pp]owered|备案|技术支持|主办|标识码|浏览|由|镜像|公约")
_PROMO_CUES = (
    _cue("关注 订阅 添加 加入 浏览 扫 收藏 转发 点赞 分享 访问", r"(?:欢迎|敬请|请|记得|点击|赶紧|快来|长按|扫码|搜索|更多.{0,16}请|大家)(?:大家|继续|持续|点击|各位|您|来)?(?:关注|订阅|添加|加入|浏览|扫码|扫描|收藏|转发|点赞|分享|访问)"),
    _cue("公众号 订阅号 视频号 官方 小程序 群 星球 客服", r"(?:微信)?公众号|订阅号|视频号|官方微信|官方微博|小程序|交流群|QQ群|微信群|粉丝群|粉群|知识星球|专属客服|官方客户端|官方APP"),
    _cue("第一时间 最新 更多", r"第一时间(?:了解|获取|掌握|推送|收到)|最新(?:资讯|消息|动态|干货|黑科技)|更多(?:精彩|内容|资讯|文章|干货|教程|资料|相关|新闻|详情).{0,24}(?:请|关注|点击|尽在|访问|浏览|查看|内容|登录|见)"),
    _cue("免费 回复 私信 后台 留言 限时 扫 二维码 长按", r"(?:免费|回复|私信|后台|留言).{0,10}(?:领取|获取|领|送|送你|关键[词字])|限时(?:优惠|免费|特价|抢购)|扫(?:码|描|一扫).{0,12}(?:二维码|关注|加|下载|领|进群|支付)|二维码.{0,8}(?:关注|添加|下载|入群|加)|识别(?:图中|下方)?二维码|长按.{0,8}(?:识别|二维码|关注)"),
    _cue("APP 客户端 手机版 小程序 抢鲜", r"(?:下载|打开|使用|安装|登录|进入).{0,12}(?:APP|客户端|手机版|小程序)|(?:APP|客户端).{0,6}(?:下载|抢鲜|体验|内打开|阅读)|抢鲜体验"),
    _cue("点个 点一个 动动 给个 求 来个 一键 点赞 三连 支持 鼓励 动力 余香 赞赏", r"(?:点个|点一个|动动|给个|求个?|来个|一键)(?:赞|关注|在看|三连|小手|star|好评|支持)|点赞.{0,4}(?:收藏|在看|转发|关注|评论)|三连(?:支持)?|素质三连|(?:支持|鼓励)(?:一下)?(?:作者|博主|我|小编)|(?:您|你|大家)的(?:支持|鼓励|关注|点赞|打赏|转发).{0,8}(?:是|动力)|创作的?(?:最大)?动力|手留余香|真诚赞赏"),
    _cue("微信 QQ 扣扣 VX wx v信 某鹅 威信", r"(?:加|添加|咨询|联系)(?:我|作者|客服|小编|博主|老师)?(?:的)?(?:微信|QQ|扣扣|VX|wx|v信|某鹅|威信)|(?:微信|QQ|VX|wx)号?\s*[:]\s*\w{5,}|^\d{6,11}\s.{0,16}$"),
    _cue("备注 来处 代做 代写 某鹅", r"备注.{0,8}(?:入群|进群|来意|加群)|说明来处|代做|代写|某鹅"),
    _cue("到此 就是 希望 都能在", r"到此(?:这篇|为止)?.{0,60}(?:介绍到这|就介绍|文章就|结束)|(?:以上|这)就是.{0,60}(?:全部内容|的?相关介绍|介绍了?|希望.{0,12}帮助).{0,60}(?:关注|浏览|希望|收藏|支持)|希望大家(?:以后)?(?:多多)?(?:支持|关注)|都能在.{0,12}领域"),
    _cue("报名 购买 抢购 试听 优惠 团购 秒杀 包邮 立减 到手价 券后 戳 点击", r"(?:报名|购买|抢购|试听|优惠|团购|秒杀|包邮|立减|到手价|券后).{0,20}(?:链接|戳|点|扫|电话|热线|微信|地址)|戳(?:这里|我|链接|原文)|点击(?:下方|上方|文末|阅读原文|链接|这里|图片|卡片|蓝字|标题|名片)"),
    _cue("收藏 更新 手机用户 掌上 礼物 来关注 章节", r"请大家收藏|(?:更新速度|更新)最快|最快更新|全文免费阅读|手机用户请|掌上阅读|小礼物|来关注(?:我|我们)|章节错误|无弹窗|笔趣阁"),
    _cue("rticles ontent therwise xcept", r"(?i:all (?:articles|content|posts|text)|unless otherwise|except (?:for|where))"),
    _cue("icensed eprint eproduced edistribut CC ermission", r"(?i:licensed under|reprint|reproduced|redistribut|CC BY|without permission)"),
    _cue("就在 尽在 APP 更精彩", r"(?:就在|尽在|都在|内看|更精彩).{0,16}$"),
    _cue("温馨提示 小贴士 按", r"^(?:温馨|友情|重要)提示\s*:|按\s?[←→]?\s?键|快捷键"),
    _cue("登录", r"(?:您|你)(?:还)?(?:未|没有?)\s?登录|登录\s?(?:并?注册)?后\s?(?:方可|才能|才可|可以|即可|可|您|再)|(?:需要?|请先|请|必须)\s?登录"),
    _cue("账号 帐号 立即 邀", r"没有(?:账|帐)号|注册\s?新?(?:账|帐)号|立即(?:登录|注册|下载|购买|体验|咨询|加入|开通)|(?:邀|邀请)(?:您|你)(?:共同|一起)?加入"),
)  # fmt: skip
_SURE_LINES = re.compile(
    r"正文已结束.{0,24}|来自专栏\W.{1,24}|收录于(?:合集|话题|专栏).{0,24}|[-—(\[\s]*(?:全文完|本文完|正文完|本章完|本节完|本篇完|全书完|文章结束|完|(?-i:END|The End)|未完待续|待续)[-—)\]\s.~!]*|(?:like|likes|views?|comments?|shares?|replies)\s*\(?[\d,.]+[kw+]?\)?|[\d,.]+\s(?:likes?|views?|comments?|shares?|replies)|(?:向[左右上下]滑动.*)|(?:你|您)对这个回答的评价是\W*"
    r"|(?:在\s?\w{2,10}\s?上)?(?:编辑|修改|查看)(?:此|本|该)(?:页面?|文档)(?:源码|历史)?|(?:本|此|该|这篇?)(?:页面?|文档|文章|内容|回答|答案)(?:是否)?对(?:您|你)(?:是否|有没有)?有?(?:所)?帮助.{0,8}|(?:本页面?|此页面?|页面|最后|最近|本文档)(?:最后|最近)?(?:修订|更新|编辑|修改)(?:于|时间|日期)?\W?\s*(?:\d{4}|\S{1,10}\s*\().{0,40}"
    r"|\d+\s*个?(?:医生|律师|网友|人|用户|位专家)?(?:回答|评价|点评|提问|笔记|作品)|本词条由.{2,60}|以上.{0,10}(?:由|来自).{2,20}(?:提供|上传|整理)|文章被收录于.{0,20}|该文章已被.{0,20}收录.{0,10}|(?:点此|点这里|点击这里|猛戳).{0,12}|.{0,12}[,\s](?:点此|点这里|点击这里)(?:举报|查看|下载|报错|反馈|进入).{0,10}"
    r"|(?:您|你)(?:之所以)?收到(?:这封|此|本)邮件.{0,40}|(?:如果)?(?:您|你)?无法(?:正常)?(?:浏览|查看|显示).{0,20}(?:点击|点这里).{0,10}|(?:点击|立即|马上|免费|欢迎)?(?:下载|打开|安装|使用|登录|进入)[^.,]{0,10}(?:APP|客户端|小程序)[^.]{0,16}|(?:total |unique )?(?:visitors?|visits|hits|pageviews)\W{0,3}\d[\d,]*"
    r"|(?:read|show|view|load|see) more\W*|阅读(?:全文|更多|剩余全文|原文)\W*|(?:点击)?(?:展开|查看|阅读)(?:全部|全文|更多|剩余(?:全文|\d+%)?|详情)\W*|(?:click|tap) (?:here )?to .{0,30}"
    r"|(?:您|你)(?:当前|现在|目前)?(?:的)?(?:所在)?位置\s*[:是>]?.{0,60}|当前(?:所在)?位置\s*[:>].{0,80}"
    r"|(?:还没有|暂无|目前没有|暂时没有|没有更多|尚无).{0,6}(?:评论|回复|跟贴|留言|内容|数据|礼物|人赞赏|点评|热门跟贴|发表|人送).{0,24}"
    r"|[\"']?相关推荐[\"']?对你有帮助么\W*|(?:上|下|前|后)一(?:篇|页|章|条|节|主题|个)\s*[:>»«<].{0,80}|(?:上|下)一[篇页条章节]\s+\S.{0,60}|(?:Previous|Next)(?: post| article| page)?\s*(?:[:»«→>]|(?=\s?\d{4}年)).{0,60}"
    r"|(?:分享|转发|收藏|推荐)(?:本文)?(?:到|至|给好友)\s*:?.{0,30}|(?:扫描|长按)(?:\S{0,4})(?:二维码|小程序码|识别|图片).{0,16}|(?:扫一扫|扫码|微信扫|手机扫|用微信).{0,24}|(?:微信|手机)扫.{0,20}|.{0,20}(?:二维码)(?:下载|关注|分享)?"
    r"|(?:您的)?(?:电子)?邮箱(?:地址)?不会被公开.{0,40}|必填项已用.{0,12}|(?:请填写|请输入|请选择).{0,20}|.{0,4}(?:正在阅读|您正在浏览|你正在看)\s*:.{0,60}|(?:共|已有|全部)?\s*[\d,]+\s*条?(?:评论|回复|跟贴|留言|讨论)\W*|/?\s*\d+\s*条(?:评论|回复)"
    r"|[\d,]+\s*(?:人|位).{0,4}(?:赞同|赞过|喜欢|收藏|关注|参与|围观|看过|感谢)了?.{0,12}|跟贴[\d,]*参与[\d,]*|[\d.]+[Xx]|[\d:]{4,8}\s*/\s*[\d:]{4,8}|错误代码\s*:.{0,20}"
    r"|\d+/\d{2,4}|(?:本帖|该帖|此帖|帖子|主题).{0,30}(?:编辑|修改|关闭|设为精华|隐藏|购买|下沉|移动)|最后(?:编辑|修改|回复)于?.{0,30}|本文(?:共|总)?计?\s*\d+\s*字.{0,20}|建议阅读.{0,10}分钟|(?:全文|字数).{0,4}\d+\s*字.{0,20}(?:分钟)?",
    re.IGNORECASE,
)  # fmt: skip
_CRUMB = re.compile(r"^[^.!?;,]{1,80}$")
_CRUMB_MARK = re.compile(r"\s*(?:>|»|›|→|»|﹥)\s*")
_LINK_ROW = re.compile(r"\s*[|丨·•/\-]\s+|\s*[|丨]\s*")
_URL_ALONE = re.compile(r"(?:https?://|www\.)\S+")
_COMMENT_HEAD = re.compile(
    rf"(?:\S{{1,20}}\s#\d{{1,5}}\s?[楼回复]{{0,4}}|#?\d{{1,5}}\s*[楼#F]\s?.{{0,30}}|.{{1,24}}(?:\[[^\]]{{0,12}}(?:网友|手机)[^\]]{{0,12}}\]|网友)\s*:?|.{{0,24}}(?:{_DATE}|{_SHORT_DATE}|{_AGO}).{{0,6}}(?:举报|回复|支持|顶|赞).{{0,12}})"
)
_CUES = _NOTICE_CUES + _PROMO_CUES
_GATES = re.compile(_any([gate for cue in _CUES for gate in cue.gates]))
_OPENED = {  # gate -> numbers of the cues that it, or a gate inside it, opens
    gate: frozenset(number for number, cue in enumerate(_CUES) if any(inner in gate for inner in cue.gates))
    for gate in {gate for cue in _CUES for gate in cue.gates}
}
_SENTENCE_ENDS = ".!?;"


@lru_cache(maxsize=65536)  # the same buttons and dates stand on every page of a site
def judge(key: str) -> Verdict | None:
    """What the line of this key (bullet stripped) says of itself; None when it could be anything."""
    if len(key) > CUE_CHARS:
        return None
    if len(key) <= SHORT_CHARS and not (len(key) >= SENTENCE_CHARS and key[-1] == "."):
        found = _judge_short(key)
        if found:
            return found
    return _judge_byline(key) or _judge_notice(key)


def _judge_short(key: str) -> Verdict | None:
    """Placeholders, buttons, counters, breadcrumbs, menus."""
    if _PLACEHOLDER.fullmatch(key) or _LOST.fullmatch(key):
        return Verdict("placeholder", SURE)
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
    byline = _judge_byline(key)
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
    cells = [cell for cell in _LINK_ROW.split(key) if cell.strip()]
    if len(cells) >= 4 and max(map(len, cells)) <= 12 and not key.startswith("|"):
        return Verdict("nav", HINT)
    return None


def _judge_byline(key: str) -> Verdict | None:
    """Date, author, source, counters: what is left of the line without them is next to nothing."""
    if len(key) > BYLINE_CHARS or not _BYLINE_GATE.search(key):
        return None
    if len(key) <= SHORT_CHARS and _DATE_FIRST.fullmatch(key):
        return Verdict("byline", LIKELY)
    if key[-1] in _SENTENCE_ENDS:
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
    if left <= LEFT_SURE:
        doubtful = is_bare_date(key) and ":" not in key or credit and not when and not count and _LONG_VALUE.fullmatch(key)
        return Verdict(reason, LIKELY if doubtful else SURE)
    if left <= LEFT_HINT and (when or count) or when and _LABELS.fullmatch(key):
        return Verdict(reason, HINT)
    return None


def is_bare_date(key: str) -> bool:
    """True for a line that is a date, perhaps with the time, and nothing else."""
    return _BARE_DATE.fullmatch(key) is not None


def _judge_notice(key: str) -> Verdict | None:
    """Legal and site notices, promotion: sure by several cues, a hint by one."""
    if _NOTICE_GATE.search(key) and _NOTICE_SURE.search(key):
        return Verdict("notice", SURE if len(key) <= 200 else HINT)
    notice, promo = _count(key)
    if notice + promo >= _cues_needed(key):
        sure = SURE if notice + promo > _cues_needed(key) else LIKELY
        return Verdict("notice" if notice >= promo else "promo", sure)
    if notice or promo:
        return Verdict("notice" if notice else "promo", HINT)
    return None


def _count(key: str) -> tuple[int, int]:
    """How many cues of notices and of promotion the line holds."""
    asked: set[int] = set()
    for gate in set(_GATES.findall(key)):
        asked |= _OPENED[gate]
    notice = promo = 0
    for number in asked:
        if _CUES[number].pattern.search(key):
            if number < len(_NOTICE_CUES):
                notice += 1
            else:
                promo += 1
    return notice, promo


def _cues_needed(key: str) -> int:
    """A long paragraph meets two cues by chance; a notice of its length is full of them."""
    return 2 if len(key) <= NOTICE_CHARS else 3 if len(key) <= 2 * NOTICE_CHARS else 4
