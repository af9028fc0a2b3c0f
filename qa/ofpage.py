"""Questions about the pages themselves, not about what the articles say: how many liked this, where to log in, who edited it.

What stands around an article is dropped at ingest, so nothing answers them; but some passage always comes near.
Some are known by their words, the others by what they mean: a logistic model of the question's vector, whose numbers
stand in `ofpage.json` (`python -m eval ofpage`).
"""

from __future__ import annotations

import functools
import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from ingest.embed import Encoded

OFPAGE_FILE = Path(__file__).parent / "ofpage.json"

# The rules are matched against folded text: one width, lower case, simplified script.
_WRITER = re.compile(
    r"(?:请问)?(?:(?:这|本|该|此|原)(?:篇|个|条)?)?(?:文章?|博客|帖子|网页|页面|笔记)?的?(?:作者|博主|楼主|小编|编辑|译者|撰稿人|发布者)的?"
    r"(?:是谁|是什么人|叫什么(?:名字)?|是哪位|(?:名字|名|笔名|邮箱|微信|电话|联系方式|个人主页)(?:是什么|是多少|叫什么)?)[呢呀啊]?[?。!]*"
)
_THIS_PAGE = re.compile(
    r"(?:这|本|该|此|原)(?:篇|个|条)?(?:文章?|博客|帖子?|网页|页面|笔记|推文)[^,。;!?]{0,12}(?:[点按]个?赞|点踩|打赏|赞赏|收藏|阅读[量数]|浏览|转发|分享|评论|留言|转载|订阅|网址|链接)"
    r"|(?:点赞|打赏|赞赏|收藏|浏览|转发|转载|评论)(?:了|过)?(?:这|本|该|此|原)(?:篇|个|条)?(?:文章?|博客|帖子?|网页|页面|笔记|推文)|文章?(?:来自|出自|在)哪个(?:网址|网站|网页|链接)"
)
# What stands around articles on web pages. An article about one of these names it itself.
_PAGE = re.compile(
    "本站|本网站|本页|打赏|点赞|点踩|阅读[量数]|浏览[量数]|转发[量数]|评论[区数]|[写发]评论|留言|弹幕|收藏[量数]|粉丝|会员|vip|积分|签到|红包|优惠券"
    "|扫码|二维码|客服|投稿|备案|版权声明|免责声明|登录|订阅|赞赏|上一篇|下一篇|相关(?:文章|阅读|推荐)|推荐阅读|热门文章|猜你喜欢"
    "|读者群|交流群|资料包|公众号|关注我们|转载|举报|用户协议|隐私政策"
)


def asks_of_page(key: str, text: str) -> bool:
    """True when a folded question names a part of web pages (点赞, 会员) that the folded `text` does not speak of, or asks of this page itself."""
    return _WRITER.fullmatch(key.strip()) is not None or _THIS_PAGE.search(key) is not None or any(word not in text for word in _PAGE.findall(key))


@functools.cache
def _model() -> tuple[np.ndarray, float]:
    """Weights (dim,) of the question's vector, and the bias."""
    import numpy as np

    stored = json.loads(OFPAGE_FILE.read_text("utf-8"))
    return np.array(stored["weights"], np.float32), float(stored["bias"])


def like_page(asked: Encoded) -> float:
    """How likely a question is to ask about a page, 0 to 1, by its vector alone; 0 of a model that gives no tokens: it is not the bundled one."""
    weights, bias = _model()
    if not len(asked.tokens) or len(asked.vector) != len(weights):
        return 0.0
    return 1 / (1 + math.exp(-float(asked.vector @ weights) - bias))
