"""The words of page furniture: buttons, menus, site names of services. Data only; matched as keys.

A short line is a widget when it is made of these morphemes and nothing else, so that
一键收藏, 点击重新获取 and 查看更多跟贴 need no entry of their own.
"""

from __future__ import annotations

import re


def _words(text: str) -> list[str]:
    """The words of a block, set apart by white space."""
    return text.split()


# Morphemes that hardly occur alone on a line unless it is a button: one of them makes a line of morphemes a widget.
STRONG = _words("""
最佳答案 满意回答 满意答案 推荐答案 精选回答
登录 登陆 注册 注销 点赞 打赏 赞赏 赞助 收藏 分享到 分享至 分享 转发 举报 返回顶部 返回首页 回到顶部 回到首页 顶部 置顶 加载
展开 收起 跟贴 跟帖 回帖 盖楼 沙发 板凳 楼主 只看 二维码 客户端 朋友圈 微信好友 扫一扫 扫码 扫描 长按 充值 红包 签到 私信 加关注 关注 取关 粉丝
订阅 已订阅 阅读全文 查看全文 全文阅读 展开全部 查看更多 加载更多 更多 上一篇 下一篇 上一页 下一页 上一章 下一章 首页 尾页 末页 公众号 评论 点评
热评 立即 一键 免费下载 下载 APP app App 手机版 电脑版 触屏版 移动版 桌面版 PC版 无障碍 辅助模式 长辈版 关怀版 适老化 繁体 简体 夜间模式 日间模式 护眼
字号 字体 验证码 密码 忘记 记住 购物车 下单 优惠券 我的 我要 客服 在线客服 意见反馈 反馈 投诉 纠错 报错 打印 踩 已踩 已赞 赞过 抢首赞 首赞 被浏览 我知道了 知道了 向TA 私信TA 提问TA 求助TA
人赞同 赞同 感谢 喜欢 不喜欢 没帮助 有帮助 加群 入群 激活 续费 会员 VIP 余额 支付 实付 倍速 循环播放 播放速度 清晰度 超清 标清 高清 蓝光 弹幕 跳过 画中画 全屏
静音 音量 暂无 抢沙发 申请入驻 友情链接 网站地图 联系我们 关于我们 加入我们 招聘 诚聘英才 人才招聘 广告服务 广告合作 商务合作 法律声明 隐私政策 隐私声明
用户协议 服务条款 服务协议 使用条款 使用协议 免责声明 版权声明 版权申诉 网站声明 帮助中心 意见建议 投稿 我要投稿 在线投稿 设为首页 加入收藏 收藏本站 收藏本文 站内搜索
打印本页 关闭窗口 关闭本页 书签 书架 书页 推荐本书 本章完 章节错误 免注册 电梯直达 使用道具 只看该作者 看该作者 倒序浏览 正序浏览 积分规则 高级模式 快速回复 发消息 发帖 回帖 加好友 串个门 站内信 威望 金钱 贡献值 编辑此页 历史版本
词条统计 新手上路 成长任务 编辑入门 编辑规则 官方贴吧 封禁查询 解封 不良信息 预约挂号 挂号 投递简历 简历 立即沟通 加入购物车 收货地址 我的订单 会员中心 退订 取消订阅 试听 试看 免费试读 报名入口 题库 个人中心 用户中心 创作中心 消息中心 商家入驻 商家中心 退出登录 切换城市 切换账号 微信登录 手机登录 扫码登录 账号登录 短信登录
换一换 换一批 小黑屋 小桌面 快捷导航 UP主 最新文章 登入 登出 按赞 检举 回应 看更多 上一则 下一则 隐私权政策 隐私权声明 隐私权 服务条款 跳转到 跳至 跳过导航 导航 站点地图 版权申明 版权所有 常见问题 新手指南 新手帮助 使用指南 使用帮助 售后服务 配送方式 支付方式 退换货 正品保障 无理由退货 品牌故事 加盟 代理 经销商 投资者关系 社会责任 企业文化 诚聘 媒体报道 合作伙伴 友链 申请友链 自助友链 交换链接 开放平台 开发者平台 API文档 意见箱 站长统计 网站统计 访问统计 在线人数
在线咨询 在线留言 在线投诉 我要咨询 我要投诉 依申请公开 政府信息公开 政务公开 办事服务 互动交流 政民互动 政务数据 政务服务 公众参与 办事大厅 网上办事 领导信箱 县长信箱 市长信箱 书记信箱 信访 学校主页 院系概况 师资队伍 招生就业 人才培养 校友会 信息门户 办公系统 图书馆首页 English EN 旧版 旧版回顾 RSS
默认排序 综合排序 按时间排序 按热度排序 弹幕列表 选集 下一集 上一集 自动播放 连播 追番 追剧 投币 三连 稍后再看 缓存 播放列表 播放全部 歌单 单曲循环 关注TA 看TA 进入主页 他的主页 她的主页 想看 看过 在看 想读 读过 在读 写短评 写影评 写书评 添加到书单 加入书架 加入书单 求书 催更 月票 推荐票 投月票 投推荐票 打卡 签到
自选股 加自选 行情 股吧 看涨 看跌 开户 免费开户 估值 基金吧 条评价 买家评价 累计评价 月销 好评率 收藏店铺 进店逛逛 联系卖家 联系客服 立即购买 马上抢 领券 优惠券 拼团 秒杀 附近门店 在线预订 查看地图 查看大图 查看原图 点击放大 旋转 裁剪
""")

# Morphemes that also are ordinary words: they complete a widget line but do not make one.
WEAK = _words("""
点击 点此 查看 显示 隐藏 返回 回到 打开 关闭 进入 退出 搜索 搜一搜 搜 上传 安装 保存 提交 取消 确定 确认 删除 编辑 修改 回复 发表 发布 发送 添加 新增 加入
赞 顶 识别 转载 复制 复制链接 链接已复制 已复制 申诉 邮件 联系 咨询 预览 阅读 播放 暂停 切换 刷新 重试 重置 重新 获取 领取 抢 邀请 设置 选择 翻页 跳转 跳至 同意 拒绝 参与 投票 报名 申请
开通 升级 购买 回答 回应 提问 关键词 标签 分类 专题 专栏 栏目 频道 图片 视频 图集 直播 广告 热门 热点 最新 最热 推荐 相关 精彩 精选 热搜 榜单 排行 排行榜 时间 排序 倒序 正序 默认 帖子
主题 文章 正文 全文 原文 本文 本页 内容 全部 剩余 目录 主页 底部 页面 网页 网站 本站 列表 链接 手机 手机端 电脑端 微信 微博 新浪微博 腾讯微博 微信好友 好友 QQ QQ好友 QQ空间 空间 豆瓣 头条 抖音 快手 知乎 小红书 B站 贴吧
人人网 开心网 钉钉 飞书 脸书 推特 Facebook Twitter 账号 帐号 用户 用户名 手机号 邮箱 昵称 头像 钱包 积分 金币 礼物 订单 消息 通知 字 大小 大 中 小 模式 语言 帮助 意见 建议 问题 答案 次 条 个 人 篇 元
到 至 给 的 了 并 后 即 可 请 您 你 我 您的 你的 马上 免费 快速 一下 先 再 还 没有 还没有 已 未 成功 失败 正在 请稍候 稍候 这里 此处 去 来 和 或 与 一 查看更多 发 贴 看 答 书 本书 章节 章 节 词条 编辑次数 浏览次数 疑问 质疑 查询 侵权信息 未通过 内容质疑 讨论 播报 医生 律师 老师 专家 城市 职位 公司 职位 统计 入门 任务 规则 道具 本帖 该帖 楼 层 帖 版块 版主 管理员 商品 评价 店铺 品牌 规格 包装 保障 售后 服务 购物 配送 物流 退货 窗口 本栏目 历史 版本 我有疑问 锁定 做过 参考 资料 附件 相关附件 此页 页 此 该 上 下 条 GitHub 源码 文档 快捷键 Ctrl K Esc 进度 打卡 朋友 支持 反对 排序 按 票数 活跃 优先 最后 网点 热线 服务热线 繁體 热网 更新 浏览器 在 中 订阅设置 歌词 下一 上一 高速 普通 本地 电信 联通 移动 教程 排行 装机 必备 资源 版面 朗读 放大 缩小 听 读 次数 数 量 数量 一般 非常 收 文 作者 博主 TA 他 她 提问者 回答者 网友 游客 发布于 编辑于 发表于 滑动 向左 向右 祝福语 个数 金额 最小 最低 最大 前往 需 需要 发出 发出的 领取后 规则 抵扣 作者 提现 账户 绑定
当前 位置 当前位置 当前评分 评分 星 级 等级 移动端 版 端 新 旧 低俗 侵权 其他 其它 原因 理由 必填 选填 必选 说明 上传者 参与评论 发言 理性发言 写下 写 说点什么 说 什么 点 内容
网易 新浪 搜狐 腾讯 百度 凤凰网 人民网 新华网 央视网 今日头条 知道 新闻 资讯 微信扫一扫 微信扫码 获取中 加载中 播放中 已结束 正文已结束 一键转发 一键收藏 手机扫码 用 使用 通过 以下 平台 方式 更换
""")

# One of these alone on a line, or several with separators, is a menu: site sections and channels.
CHANNELS = _words("""
新闻 资讯 财经 体育 娱乐 科技 教育 健康 汽车 房产 家居 时尚 旅游 军事 历史 文化 国际 国内 社会 时政 要闻 评论 理论 法治 视频 图片 图库 直播 专题 论坛 博客 社区 问答 游戏 动漫 音乐 电影 电视剧 综艺 读书 文学 股票 基金 期货 外汇 黄金 理财
数码 手机 电脑 家电 美食 母婴 育儿 女性 星座 情感 宠物 艺术 收藏 公益 环保 三农 乡村 港澳 台湾 两岸 全球 滚动 快讯 头条 热点 推荐 关注 首页 本地 城市 地方 党建 反腐 人事 访谈 调查 数据 图解 H5 小程序 商城 招聘 求职 下载 学堂 课程 培训 考试 留学 高考 考研
公司 产业 商业 创投 宏观 观点 深度 专栏 周刊 杂志 报纸 电子报 手机报 客户端 政务 服务 办事 互动 信息公开 政策 解读 党政网站 新媒体矩阵 地市 导航 更多 其他 全部 标题 简介 内容 作者 编程语言 前端 后端 数据库 人工智能 云计算 大数据 移动开发 运维 测试 架构 开源 区块链 安全 硬件 产品 设计 职场
""")

# Headings that open the furniture below an article.
MARKERS_SURE = _words("""
相关文章 相关推荐 相关阅读 相关新闻 相关内容 相关资讯 相关链接 相关搜索 相关话题 相关标签 相关专题 相关视频 相关帖子 相关下载 相关问题 相关主题 相关产品 相关词条 相关报道 相关日志 相关博文 相关回答 相关课程 相关商品 相关作品
推荐阅读 推荐文章 推荐内容 推荐新闻 推荐视频 推荐专题 推荐帖子 延伸阅读推荐 延伸阅读 你可能有兴趣 您可能有兴趣 你可能会有兴趣 推荐影片 热门新闻 人气新闻 为你推荐 为您推荐 精彩推荐 热门推荐 热点推荐 编辑推荐 本站推荐 站长推荐 最新推荐 猜你喜欢 猜你想看 你可能喜欢 您可能喜欢 你可能感兴趣 您可能感兴趣 可能感兴趣的话题
你可能也喜欢 您可能感兴趣的文章 你可能感兴趣的文章 大家都在看 大家还在看 大家都在搜 大家还关注 大家感兴趣的内容 看过本文的人还看了 看了又看 更多精彩 更多精彩内容 更多文章 更多相关文章 更多回答 更多新闻 更多阅读 更多推荐 更多资讯 其他文章 其他回答 作者其他文章 该作者的其他文章 同类文章 上下篇导航
热门文章 热门新闻 热门资讯 热门评论 热门话题 热门标签 热门搜索 热门专题 热门视频 热门排行 热门帖子 热门回答 热门跟贴 热门问答 热评 热议 热评文章 近期文章 近期热点 近期评论 近期热门 最新文章 最新资讯 最新评论 最新新闻 最新发布 最新回复 最新动态 最新更新 最热评论 最热文章 本周热门 本月热门 今日热点 今日热门 今日推荐 阅读排行 阅读排行榜 点击排行 点击排行榜 评论排行 推荐排行 热点排行
新闻排行 新闻排行榜 热门排行榜 排行榜 24小时热文 24小时热点 48小时热文 视觉焦点 图说天下 精彩图片 精彩视频 独家策划 往期回顾 往期推荐 往期精选 往期精彩 往期文章 阅读下一篇 上一篇 下一篇 上一页 下一页
网友评论 用户评论 全部评论 所有评论 精彩评论 文章评论 评论列表 评论区 评论专区 读者评论 发表评论 发表回复 发布评论 我来说两句 我有话说 我要评论 参与评论 添加评论 写评论 留下评论 网友跟贴 网易跟贴 发表留言 留言板 网友留言 文档评论 暂无评论 抢沙发 登录后评论 回复列表 全部回复 精彩回复
发表我的评论 取消回复 共享此文章 分享本文 分享这篇文章 分享此文 友情链接 合作媒体 合作伙伴网站 网站导航 关于本站 关于我们 广告服务 版权声明 版权信息 版权说明 免责声明 免责条款 特别声明 特别提示 责任声明 转载声明 举报 站点信息 站点统计 标签云 文章归档 文章分类 随笔分类 最新随笔 随笔档案 积分与排名
打赏作者 打赏支持 赞赏作者 赞赏支持 喜欢作者 喜欢此内容的人还喜欢 微信扫一扫 分享到 分享至 编辑推荐 本文已收录 收录于合集 收录于话题 发表于 广告 赞助商链接 赞助内容 推广链接
""")

REFERENCES = _words("""
参考文献 参考资料 参考链接 参考文章 参考来源 参考 参考于 参考书目 引用 引用文献 引用资料 资料来源 参考网址 参考博客 主要参考文献 References Reference Bibliography
""")

# Buttons that stand alone between paragraphs; other single words there are headings.
NEVER_HEADINGS = frozenset(_words("""
广告 推广 赞助 分享到 分享至 收藏 点赞 转发 打印 顶部 返回顶部 回到顶部 更多 查看更多 加载更多 加载 展开 收起 首页 已踩 踩 关闭 下一页 上一页 阅读全文 展开全文 播放 全屏 扫一扫 打赏 赞赏 关注 已关注 立即下载 免费下载 立即登录 登录注册 复制链接 复制代码 copy run
"""))

# Headings that many honest articles share: never furniture by corpus evidence.
COMMON_HEADINGS = frozenset(_words("""
引言 前言 序言 序 导言 导语 导读 绪论 摘要 内容摘要 概述 概要 简介 介绍 背景 研究背景 项目背景 问题背景 问题描述 问题 动机 目的 目标 定义 基本概念 概念 术语 原理 基本原理 工作原理 方法 研究方法 步骤 操作步骤 流程 过程 实现 实现步骤 代码 代码实现 示例 例子 举例 案例 案例分析 应用 应用场景 使用方法 用法 安装 配置 环境 环境准备 准备工作 特点 优点 缺点 优缺点 优势 不足 分析 讨论 评价 结果 实验 实验结果 效果 对比 比较 区别 原因 解决方案 解决方法 解决办法 注意事项 常见问题 说明 备注 附录 小结 总结 结论 结语 结束语 后记 尾声 展望 未来展望 意义 影响 历史 发展 发展历程 现状 趋势 分类 类型 组成 结构 参数 参数说明 输入 输出 解答 答案 思考 练习 习题 建议 材料 配料 做法 症状 治疗 预防 主文 正文 全文 要点 重点
"""))

# Traditional characters of the words above, and their simplified forms: the rules know the simplified ones only.
_TRADITIONAL = "錄註冊點讚贊賞轉發報導評論關閱讀瀏覽頁頂載聲權來編輯責時間連結鏈薦熱門廣網會員尋檢舉隱條應則頻專題欄標籤類內資訊聞財經體樂購車區問電話郵號碼驗證備許違聯繫絡係於們務與圖視訂戶帳儲設為複製開啟閉顯選擇語簡級後個無還沒請輸寫誰樣從數據長圍讓獲領優費軟單週歷國際灣兩環團隊業產創藝術學習課師醫藥養農鄉陸興歡過價綜戲動遊買賣錢銀幣寶簽眾嚴謹張聽訪談調辦給對錯誤範層華麼該"
_SIMPLIFIED = "录注册点赞赞赏转发报导评论关阅读浏览页顶载声权来编辑责时间连结链荐热门广网会员寻检举隐条应则频专题栏标签类内资讯闻财经体乐购车区问电话邮号码验证备许违联系络系于们务与图视订户账储设为复制开启闭显选择语简级后个无还没请输写谁样从数据长围让获领优费软单周历国际湾两环团队业产创艺术学习课师医药养农乡陆兴欢过价综戏动游买卖钱银币宝签众严谨张听访谈调办给对错误范层华么该"
TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
HAS_TRADITIONAL = re.compile(f"[{_TRADITIONAL}]")

# Lines of English interfaces, in lower case.
ENGLISH = frozenset("""
home|about|about us|contact|contact us|login|log in|log out|logout|sign in|sign up|sign out|register|subscribe|unsubscribe|follow|follow us|following|share|share this|share on facebook|share on twitter|tweet|like|likes|dislike|reply|replies|comment|comments|no comments|leave a comment|leave a reply|add a comment|post comment|cancel reply|search|search...|menu|main menu|navigation|skip to content|skip to main content|jump to navigation|jump to search|toggle navigation|toggle menu|close|cancel|submit|save|edit|delete|report|print|email|download|downloads|loading|loading...|please wait|back|back to top|return to top|top|next|previous|prev|next page|previous page|next post|previous post|older posts|newer posts|read more|show more|load more|view more|see more|view all|see all|show all|more|learn more|more info|details|tags|tag|categories|category|archives|archive|recent posts|recent comments|related posts|related articles|related|you may also like|recommended|popular|popular posts|trending|most read|latest|latest news|news|blog|forum|forums|faq|help|help center|support|feedback|privacy|privacy policy|terms|terms of service|terms of use|terms and conditions|cookie policy|cookie settings|cookies|accept|accept all|accept cookies|reject|decline|i agree|agree|got it|sitemap|site map|rss|feed|advertisement|advertisements|sponsored|promoted|ads by google|powered by|all rights reserved|table of contents|contents|on this page|edit this page|edit on github|edit source|view source|view history|history|talk|discussion|last updated|last modified|permalink|link|copy|copy link|copied|copied!|copy code|run|play|pause|mute|fullscreen|settings|options|preferences|language|languages|english|chinese|dark mode|light mode|theme|account|my account|profile|dashboard|cart|add to cart|buy now|checkout|wishlist|shop|store|products|services|pricing|careers|jobs|press|partners|team|our team|mission|donate|newsletter|get started|try for free|free trial|request a demo|username|password|remember me|forgot password|forgot your password?|email address|name|website|message|send|send message|first|last|yes|no|ok|status|online|offline|follow @|views|view|read|min read|minutes read|posted in|filed under|tagged|written by|author|authors|about the author|source|sources|original|translate|see translation|show original|hide|expand|collapse|expand all|collapse all|previous article|next article|prev post|up next|watch later|autoplay|qr code|scan|app store|google play|download app|open app|open in app|install|update|refresh|retry|try again|error|not found|page not found|404|403|502
""".strip().split("|"))

# English headings that open the furniture below an article, in lower case.
ENGLISH_MARKERS = frozenset(["related posts", "related articles", "comments", "leave a reply", "leave a comment", "share this", "you may also like", "read next", "recommended", "recent posts", "more from", "popular posts", "about the author", "further reading from us", "subscribe"])
