"""Legal and site notices, promotion: recognised by cues. One alone may be what an article is about, two make a notice."""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.boilerplate.verdict import HINT, LIKELY, SURE, Verdict, any_of

NOTICE_CHARS = 100  # two cues make a notice of a line up to this long


class _Cue(NamedTuple):
    """A pattern and its gates: every match holds one of them, and looking for all gates at once is fast."""

    gates: tuple[str, ...]
    pattern: re.Pattern[str]


def _cue(gates: str, pattern: str) -> _Cue:
    return _Cue(tuple(gates.split()), re.compile(pattern))


# Cues of notices. One alone may be what an article is about; two make a notice.
_NOTICE_CUES = (
    _cue("声明 版权 提示 条款 Notice Disclaimer Copyright", r"^(?:\W{0,3})(?:版权声明|免责声明|特别声明|郑重声明|重要声明|转载声明|声明|著作权声明|版权说明|版权信息|责任声明|特别提示|风险提示|免责条款|法律声明|Notice|"
        r"Disclaimer|Copyright)\s*[:|]"),
    _cue("本站 本网 本平台 本公众号 本论坛 本社区 本博客 本栏目 本报 我站 该平台 易号 狐号 家号 条号 自媒体", r"(?<![基根版文样成副原])本(?:站|网(?!络)|平台|公众号|论坛|社区|博客|栏目|报(?!告))|(?:我站|该平台|网易号|搜狐号|百家号|头条号|自媒体平台)"),
    _cue("代表 文责 不构成 立场", r"(?:仅|只|不)?代表(?:作者|发表者|发言者|网友|其|个人)?(?:本人|个人)?(?:的)?(?:观点|立场|看法|意见)|不代表.{0,16}(?:观点|立场)|文责自负|"
        r"不构成.{0,8}(?:建议|意见)|与.{0,8}立场无关|并不表明.{0,10}立场"),
    _cue("转载 注明 不得 禁止 严禁 请勿 谢绝", r"转载(?:请|时请|须|需|必须|务必|或引用)|请注明(?:出处|来源|转载)|注明(?:文章)?(?:出处|来源)|(?:未经|未获).{0,16}(?:授权|许可|同意|"
        r"允许).{0,16}(?:不得|禁止|严禁|请勿|谢绝)|(?:谢绝|严禁|禁止|请勿|不得)(?:任何形式的?|擅自|非法)?(?:转载|复制|抄袭|镜像)|如(?:需|若)转载|如若转载|欢迎转载"),
    _cue("侵权 如有 如果有 如涉及 如您认为 如发现 删除 处理 更正", r"如(?:有|果有|涉及|您认为|发现).{0,20}(?:侵权|版权|违规|问题|不妥|异议|错误).{0,40}(?:联系|告知|删除|处理|指正|来信)|侵权(?:请|必|立)?(?:联系|删|"
        r"告知)|(?:立即|及时|尽快|第一时间)(?:予以)?(?:删除|处理|更正)|联系(?:我们|本站|管理员|作者)(?:进行)?(?:删除|处理)"),
    _cue("本文 此文 该文 文章 以上 图片 素材 部分内容 稿件 本作品", r"(?:本文|此文|该文|文章|以上(?:内容|文章|信息|资料)?|本站文章|图片|素材|部分内容|稿件|本作品)[^.]{0,12}(?:系|为|由|均为|均由|均来自|来自|来源于?|源自|"
        r"转载自|转自|摘自|整理自|收集自|采集自|属于).{0,24}(?:原创|投稿|作者|博主|网友|网络|互联网|用户|版权|授权|发布|转载|公众号|博客|社区|协议)"),
    _cue("版权 著作权 reserved Reserved RESERVED opyright OPYRIGHT © (c) (C)", r"版权(?:归|属).{0,16}(?:所有|作者|本站)|版权所有|著作权归|all rights reserved|copyright\s*(?:©|\(c\)|\d{4})|"
        r"©\s*(?:copyright\s*)?(?:19|20)\d{2}|\(c\)\s*(?:19|20)\d{2}"),
    _cue("CC 知识共享 署名 协议 链接 本声明", r"CC[ -](?:\d\.\d )?BY|知识共享|署名-?非商业|遵循.{0,20}(?:协议|许可)|采用.{0,30}许可协议|附上原文(?:出处)?链接|本声明"),
    _cue("仅供 只供 不作 不做 不承担 概不负责 不对 风险自担 后果自负 不得用于商业 所有权 信息存储 仅提供信息 鉴别 请自行", r"(?:仅|只)供.{0,10}(?:参考|学习|交流|研究|阅读)|不(?:作|做)任何(?:商业用途|保证|承诺|担保)|不承担.{0,12}(?:责任|义务)|概不负责|"
        r"不对.{0,40}(?:负责|保证|承诺)|风险自担|后果自负|不得用于商业|不拥有所有权|信息存储(?:空间)?服务|仅提供信息|鉴别|请自行"),
    _cue("作为 代替 替代", r"不(?:能|应|可)?(?:作为|代替|替代|取代).{0,16}(?:依据|建议|面诊|诊断|诊疗|治疗|意见)"),
    _cue("不适 咨询 就医", r"(?:如有|如|若).{0,8}(?:不适|疑问|需要).{0,10}(?:就医|咨询|联系|面诊)"),
    _cue("权归", r"(?:版权|著作权|所有权|知识产权)(?:均)?归.{0,16}(?:所有|作者|本人)"),
    _cue("http www.", r"(?:本文|原文|文章|转载|来源|出处|请关注|请访问|请登录)[^.]{0,12}(?::|为|于)?\s*(?:<|\()?\s*(?:https?://|www\.)"),
    _cue("本文 此文 该文 文章 原文 内容", r"^(?:本文|此文|该文|文章|原文|内容)(?:最早|最初)?(?:分享自|首发(?:于|自)|发表(?:于|在)|来源(?:于|:)|来自|转自|转载自|摘自|选自|节选自|刊于|载于|刊载于|"
        r"原载|授权)"),
    _cue("作者", r"作者\s*:\s*\S"),
    _cue("电话 热线 邮箱 信箱 mail QQ 微信 传真 地址 邮编", r"(?:举报|投诉|监督|服务|客服|咨询|新闻|总机|联系|热线|编辑部|广告)(?:热线|电话|邮箱|信箱|Email|QQ|微信)\s*[:(]|(?:电话|邮箱|E-?mail|传真|地址|"
        r"邮编)\s*:.{0,60}(?:\d{5,}|@)"),
    _cue("VIP 会员 付费", r"(?:VIP|会员).{0,12}(?:文档|下载|免费|权益|特权)|付费.{0,16}(?:下载|阅读|文档|查看)"),
    _cue("ookie COOKIE", r"(?:我们|本站|本网站|本网页|网站).{0,16}使用.{0,12}(?:ookie|COOKIE)"),
    _cue("继续 接受 仅必要 同意", r"继续(?:使用|浏览|访问).{0,20}(?:同意|接受)|接受(?:全部|所有)|全部接受|仅必要|同意并(?:继续|接受)"),
    _cue("ookie COOKIE 隐私", r"(?:ookies?|COOKIES?)\s?(?:政策|设置|声明|通知)|隐私(?:政策|声明|权政策)"),
    _cue("不支持 不予 上传 下载 版权 疑问", r"(?:不支持|不予)(?:退款|退换)|上传(?:文档|者)|下载(?:本|该)(?:文档|资源|资料)|版权申诉|如有疑问请联系"),
)  # fmt: skip
_NOTICE_SURE = re.compile(
    r"[一-鿿]\s?ICP\s?[备证]\s?(?:案)?(?:号|[\d(\[:])|ICP\s?(?:备案|许可证?|经营许可证?)\s?(?:编?号|[\d:])|^ICP备案.{0,4}$|"
    r"ICP证|公网?安备|网安备|增值电信业务|许可证(?:编号|号)?\s*:|许可证\s?\d|网文\[|网络文化经营|互联网新闻信息服务|信息网络传播视听|营业执照\s*[:|]|^营业执照$|"
    r"统一社会信用代码|违法(?:和|与|及)?不良信息|(?:Copyright|版权所有).{0,12}(?:©|\(c\)|(?:19|20)\d{2})|All Rights? Reserved|"
    r"^版权所有|^GMT[+-]\d|Processed in [\d.]+ second|^Powered by\b|^Proudly powered|备案(?:号|编号)\s*[:为]?\s*[\w一-鿿]{0,6}\d|技术支持\s*:|"
    r"主办(?:单位)?\s*:.{0,40}(?:承办|协办|备案|主管)|网站标识码|建议使用.{0,20}(?:浏览器|分辨率)|最佳浏览|本网站由.{0,20}(?:制作|维护|所有)|"
    r"(?:复制或)?建立镜像|(?:垃圾|有害|不良)信息举报|网络110|自律公约",
    re.IGNORECASE,
)  # fmt: skip
_NOTICE_GATE = re.compile(
    r"GMT|Processed|ICP|icp|[网]?安备|许可|网文|网络|互联网|营业|信用|信息|[Cc](?:opyright|OPYRIGHT)|COPYRIGHT|版权|[Rr]eserved|[Pp]owered|备案|"
    r"技术支持|主办|标识码|浏览|由|镜像|公约"
)
_PROMO_CUES = (
    _cue("关注 订阅 添加 加入 浏览 扫 收藏 转发 点赞 分享 访问", r"(?:欢迎|敬请|请|记得|点击|赶紧|快来|长按|扫码|搜索|更多.{0,16}请|大家)(?:大家|继续|持续|点击|各位|您|来)?(?:关注|订阅|添加|加入|浏览|扫码|扫描|收藏|转发|"
        r"点赞|分享|访问)"),
    _cue("公众号 订阅号 视频号 官方 小程序 群 星球 客服", r"(?:微信)?公众号|订阅号|视频号|官方微信|官方微博|小程序|交流群|QQ群|微信群|粉丝群|粉群|知识星球|专属客服|官方客户端|官方APP"),
    _cue("第一时间 最新 更多", r"第一时间(?:了解|获取|掌握|推送|收到)|最新(?:资讯|消息|动态|干货|黑科技)|更多(?:精彩|内容|资讯|文章|干货|教程|资料|相关|新闻|详情).{0,24}(?:请|关注|点击|"
        r"尽在|访问|浏览|查看|内容|登录|见)"),
    _cue("免费 回复 私信 后台 留言 限时 扫 二维码 长按", r"(?:免费|回复|私信|后台|留言).{0,10}(?:领取|获取|领|送|送你|关键[词字])|限时(?:优惠|免费|特价|抢购)|扫(?:码|描|一扫).{0,12}(?:二维码|关注|加|下载|"
        r"领|进群|支付)|二维码.{0,8}(?:关注|添加|下载|入群|加)|识别(?:图中|下方)?二维码|长按.{0,8}(?:识别|二维码|关注)"),
    _cue("APP 客户端 手机版 小程序 抢鲜", r"(?:下载|打开|使用|安装|登录|进入).{0,12}(?:APP|客户端|手机版|小程序)|(?:APP|客户端).{0,6}(?:下载|抢鲜|体验|内打开|阅读)|抢鲜体验"),
    _cue("点个 点一个 动动 给个 求 来个 一键 点赞 三连 支持 鼓励 动力 余香 赞赏", r"(?:点个|点一个|动动|给个|求个?|来个|一键)(?:赞|关注|在看|三连|小手|star|好评|支持)|点赞.{0,4}(?:收藏|在看|转发|关注|评论)|三连(?:支持)?|素质三连|"
        r"(?:支持|鼓励)(?:一下)?(?:作者|博主|我|小编)|(?:您|你|大家)的(?:支持|鼓励|关注|点赞|打赏|转发).{0,8}(?:是|动力)|创作的?(?:最大)?动力|手留余香|"
        r"真诚赞赏"),
    _cue("微信 QQ 扣扣 VX wx v信 某鹅 威信", r"(?:加|添加|咨询|联系)(?:我|作者|客服|小编|博主|老师)?(?:的)?(?:微信|QQ|扣扣|VX|wx|v信|某鹅|威信)|(?:微信|QQ|VX|"
        r"wx)号?\s*[:]\s*\w{5,}|^\d{6,11}\s.{0,16}$"),
    _cue("备注 来处 代做 代写 某鹅", r"备注.{0,8}(?:入群|进群|来意|加群)|说明来处|代做|代写|某鹅"),
    _cue("到此 就是 希望 都能在", r"到此(?:这篇|为止)?.{0,60}(?:介绍到这|就介绍|文章就|结束)|(?:以上|这)就是.{0,60}(?:全部内容|的?相关介绍|介绍了?|"
        r"希望.{0,12}帮助).{0,60}(?:关注|浏览|希望|收藏|支持)|希望大家(?:以后)?(?:多多)?(?:支持|关注)|都能在.{0,12}领域"),
    _cue("报名 购买 抢购 试听 优惠 团购 秒杀 包邮 立减 到手价 券后 戳 点击", r"(?:报名|购买|抢购|试听|优惠|团购|秒杀|包邮|立减|到手价|券后).{0,20}(?:链接|戳|点|扫|电话|热线|微信|地址)|戳(?:这里|我|链接|原文)|点击(?:下方|上方|文末|"
        r"阅读原文|链接|这里|图片|卡片|蓝字|标题|名片)"),
    _cue("收藏 更新 手机用户 掌上 礼物 来关注 章节", r"请大家收藏|(?:更新速度|更新)最快|最快更新|全文免费阅读|手机用户请|掌上阅读|小礼物|来关注(?:我|我们)|章节错误|无弹窗|笔趣阁"),
    _cue("rticles ontent therwise xcept", r"(?i:all (?:articles|content|posts|text)|unless otherwise|except (?:for|where))"),
    _cue("icensed eprint eproduced edistribut CC ermission", r"(?i:licensed under|reprint|reproduced|redistribut|CC BY|without permission)"),
    _cue("就在 尽在 APP 更精彩", r"(?:就在|尽在|都在|内看|更精彩).{0,16}$"),
    _cue("温馨提示 小贴士 按", r"^(?:温馨|友情|重要)提示\s*:|按\s?[←→]?\s?键|快捷键"),
    _cue("登录", r"(?:您|你)(?:还)?(?:未|没有?)\s?登录|登录\s?(?:并?注册)?后\s?(?:方可|才能|才可|可以|即可|可|您|再)|(?:需要?|请先|请|必须)\s?登录"),
    _cue("账号 帐号 立即 邀", r"没有(?:账|帐)号|注册\s?新?(?:账|帐)号|立即(?:登录|注册|下载|购买|体验|咨询|加入|开通)|(?:邀|邀请)(?:您|你)(?:共同|一起)?加入"),
)  # fmt: skip
_CUES = _NOTICE_CUES + _PROMO_CUES
_GATES = re.compile(any_of([gate for cue in _CUES for gate in cue.gates]))
_OPENED = {  # gate -> numbers of the cues that it, or a gate inside it, opens
    gate: frozenset(number for number, cue in enumerate(_CUES) if any(inner in gate for inner in cue.gates))
    for gate in {gate for cue in _CUES for gate in cue.gates}
}


def judge_notice(key: str) -> Verdict | None:
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
