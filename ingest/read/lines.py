"""What one line of a page is: furniture, the end of the article, a credit, a caption, prose. Knows folded text only.

Every pattern here counts characters and is anchored or length-limited: a word like 分享 or 关注 inside a sentence
is prose, the same word alone on a line is a button.
"""

from __future__ import annotations

import re

#: lines that no article consists of, wherever they stand
_FURNITURE = re.compile(
    r"""^(?:
    \W*(?:首页|正文|返回(?:首页|列表|顶部|上一页|.{2,8}首页)?|更多|展开全文|收起(?:全文)?|点击(?:展开|收起)全文|打印(?:本页|本文|文章)?|关闭(?:窗口|本页)?|收藏(?:本文|本页)?
       |分享(?:到|至|给|让更多人看到)?.{0,12}|微信(?:好友|朋友圈)?|朋友圈|新浪微博|微博|腾讯微博|QQ(?:空间|好友)?|Qzone|人人网|豆瓣网?|易信|领英分享|更多分享.{0,6}
       |复制(?:链接|网址)?.{0,6}|我要(?:评论|分享|反馈|纠错|打印|收藏).{0,12}|(?:查看|发表|网友|最新|热门|全部|更多|参与)?评论.{0,12}|跟[贴帖]\d*|参与\d*|转发|举报.{0,6}|登录.{0,6}|注册.{0,6}|下载|搜索|搜狗
       |(?:缩小|放大|默认|[大中小])(?:字[体号]?)?|字[体号]:?.{0,24}|【?\s*字[体号]\s*:.*|T\s*\+\s*-|A[-+](?:\s*A)*[-+]?|[赞顶踩]\s*\d*|推荐\s*\d*|订阅|关注|取消|确认|已?收藏!?
       |加载(?:更多|中).{0,6}|正在加载.{0,6}|自动播放(?:开关)?.{0,6}|播放|暂停|静音|全屏|广告|×|x|上一[篇页条张].{0,60}|下一[篇页条张].{0,60}|没有了|当前位置.{0,60}|您?(?:现在|当前)?的?位置[是为]?:.{0,60}
       |扫一扫.{0,40}|用?微信扫.{0,30}|手机(?:看|扫码|扫描|查看|阅读).{0,20}|二维码.{0,10}|扫描二维码.{0,30}|阅读(?:原文|全文|量|数)?:?\s*\d*|浏览(?:次数|量)?:?\s*\d*次?|点击(?:数|量|率|次数)?:?\s*\d*次?|访问(?:量|次数)?:?\s*\d*|人气:?\s*\d*|[\d,]+\s*人?(?:参与|评论|条评论|次?阅读|阅读|浏览|点赞|跟贴|跟帖).{0,16}
       |标签:?.{0,60}|关键[词字]\s*:.{0,80}|文章关键[词字]\s*:.{0,80}|相关(?:标签|搜索)?:?|语音播报.{0,10}|听新闻|小\s*中\s*大|大\s*中\s*小|责编邮箱.{0,30}|纠错.{0,12}|投稿.{0,30}|热线.{0,30}|展开|详情>*
       |查看(?:原文|更多|全文|详情|大图|原图).{0,10}|点击(?:查看|进入|看)?.{0,12}(?:大图|原图|原文)|\(点击看清晰大图\)|原创|置顶|精选|热点|头条号?|播报文章|暂停播报|全部|倒序|正序
    )\W*
    |.{0,8}(?:下载|打开|安装|进入).{0,16}(?:APP|App|app|客户端).{0,40}
    |.{0,30}(?:关注|扫描|扫码|识别|长按).{0,20}(?:二维码|公众号|公众帐号|微信号|官方微信|官方微博|小程序).{0,40}
    |(?:点击)?.{0,6}(?:蓝字|上方蓝字|名片).{0,6}关注.{0,16}
    |.{0,4}(?:您的)?浏览器.{0,12}(?:不支持|暂时无法|版本过低|过低).{0,30}
    |您?可?以?按alt\+4进行评论.*|正文已?结束.*|\(?(?:新闻)?(?:正文)?完\)?
    |[-—=_*·.•|/\\<>«»\s]+
    |\d{1,2}\s*/\s*\d{1,3}
    )$""",
    re.X | re.I,
)
#: lines at or after which a site, not the article, speaks; the rest of the box is dropped unless prose comes back
_END = re.compile(
    r"""^\W{0,3}(?:
      (?:延伸|相关|推荐|扩展|拓展|关联|深度|热门|更多|精彩|猜你|为您?|您可能|你可能|大家|网友|编辑|今日|本周|往期|精选|最新|最近|热点|图片|精彩)
        \s*[·•]?\s*(?:阅读|新闻|链接|报道|文章|推荐|专题|内容|资讯|稿件|回顾|图集|视频|关注|热点|评论|喜欢|喜欢的?|感兴趣的?|热词|排行|图片|信息|主题|附件|话题|产品|博文|微博|新闻排行).{0,14}$
      |(?:此前|早前|相关)报道\s*:.{0,60}$|点击进入专题.{0,40}$|(?:更多|详细).{0,20}(?:请关注|请点击|敬请关注|尽在|请看|专题).{0,40}$|相关(?:资讯|内容|攻略)请?.{0,30}$
      |(?:特别|免责|版权|法律|郑重|网站)\s*(?:声明|提示|说明|申明).*$|声明\s*:.*$|Notice\s*:.*$|本[文网站](?:仅)?(?:代表|系|为|来源).{0,40}(?:观点|立场|版权|原创|转载|授权).*$
      |(?:以上|本)(?:内容|文章|文|稿件|图文).{0,30}(?:仅代表|不代表|仅供参考|来自网络|来源于网络|侵权|自媒体|网友|版权|转载|观点).*$
      |.{0,20}(?:未经(?:书面|本[网站报社]|许可|授权|允许)|不得转载|禁止转载|谢绝转载|请勿转载|转载请(?:注明|联系|标明)|转载须|侵权必究|版权(?:归|属|所有|为)|著作权).*$
      |(?:\d[.、)]\s*)?凡(?:本网|注明|标注|来源|未注明|本站).*$|【?免责声明】?.*$|.{0,60}(?:如有侵权|如涉(?:及)?(?:版权|侵权)|侵权.{0,12}(?:删除|联系|告知)|请.{0,10}联系.{0,8}删除).*$
      |(?:返回|回到|进入).{0,14}(?:首页|频道|专题|列表|主页|顶部)(?:.{0,14}(?:首页|频道|列表))?\s*>*\s*$|请支持独立网站.*$|.{0,4}(?:ICP备|京公网安备|违法和不良信息举报).*$
      |关于我们.*$|(?:[上下]一[篇条])\s*[::].*$|(?:\w{0,8})?(?:评论|跟帖|跟贴|留言)\s*\(\d+\).*$|我要(?:评论|反馈|纠错)$|分享(?:到|至|让更多人看到)?\s*:?\s*.{0,20}$|文章导航$|阅读(?:全文|下一篇).*$|随机阅读$|相关链接.{0,4}$
      |关键[字词]\s*:.*$|标签\s*:.*$|\[?\s*(?:纠错|打印|关闭)\s*\]?$|(?:扫一扫|长按|微信扫).{0,40}$|用手机(?:打开|看).{0,16}$|微信公众号\s*[::].{0,40}$
      |関連記事.*$|【関連記事】$|あわせて読みたい.*$|.{0,30}(?:(?:报料|爆料|新闻)(?:线索|热线|电话|微信|邮箱|QQ)|投稿邮箱|监督电话|举报电话|举报邮箱|广告合作|商务合作).{0,60}$
    )""",
    re.X | re.I,
)
#: lines that end the article for good: nothing past them is ever part of it
_DEAD_END = re.compile(
    r"^\W{0,3}(?:(?:网友|最热|最新|热门|全部|精彩)?(?:评论|跟帖|跟贴|留言)(?:区|列表)?$|正文已?结束|[\d,]+\s*条评论|发表评论|Copyright\b|版权所有|(?:延伸|相关|推荐)\s*[·•]?\s*(?:阅读|新闻|推荐)\s*:?$)",
    re.I,
)
_LEGAL = re.compile(
    r"ICP[备证]|公网安备|版权所有|Copyright|All Rights Reserved|许可证|违法和不良信息|举报电话|不良信息举报|增值电信",
    re.I,
)

_PROMOTION = re.compile(
    r"(?:下载|安装|打开)[^。]{0,10}(?:客户端|APP|小程序)[^。]{0,40}(?:获得|享|福利|更多|第一时间|【|>>|资讯)|【?点击(?:投票|报名|领取|下载|参与)】?|火热(?:进行|报名|招募)中|扫码(?:参与|报名|进群|领取)",
    re.I,
)
_ROLE_WORDS = (
    r"(?:责任编辑|编辑|责编|校对|审核|审校|监制|主编|终审|初审|复审|一审|二审|三审|统筹|策划|出品|编审|值班编委|签发|值班|记者|通讯员|作者|撰稿|撰文|采写|"
    r"摄影|图片?|文字?|文/图|图/文|图文|视频|制图|供图|来源|稿源|原标题|原题|翻译|编译|实习生|报道员|供稿|本文来源|信息来源|原创)"
)
_CREDIT_LINE = re.compile(
    rf"^[\W_]{{0,2}}(?:(?:[一-龥A-Za-z0-9《》·]{{0,14}}?){_ROLE_WORDS}\s*[:/丨|]|[一-龥《》A-Za-z]{{0,12}}?(?:记者|通讯员|编辑|校对|作者)\s(?=[一-龥]{{1,4}}(?:\s|、|$|\)|】)))"
)
_DATELINE = re.compile(
    r"^\W{0,3}(?:(?:发布|发表|更新|最后更新|创建|录入)?(?:时间|日期|于)?\s*[:]?\s*)?(?:19|20)\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}"
)
_FULL_DATE = re.compile(r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
#: the issue of a newspaper: 《人民日报》(2024年05月21日 第13版)
_ISSUE = re.compile(r"^\W{0,3}《?\s*[一-龥]{2,12}(?:报|刊|电讯)\s*》?\s*\(?\s*(?:19|20)\d\d\s*年.{3,20}版\W*$")
_RIGHTS = re.compile(
    r"未经(?:书面|本[网站报社]|许可|授权|允许)|不得(?:擅自)?转载|请勿转载|谢绝转载|禁止转载|转载请(?:注明|联系|标明)|权益归.{2,20}所有|版权(?:归|为).{2,20}所有|违者必究|侵权必究"
)
_PHOTO = re.compile(
    r"(?:(?:摄|供图|摄影)\s*[)\]】]?\s*[。.]?|(?:图|图片来源.{0,20}|版权作品.{0,12}|图源.{0,20})\s*[)\]】]?)\s*$|^(?:图(?:为|[一二三四五六七八九十\d]{1,2}\s*[:：])|[▲△▼↑↓◆]|资料图|图片?(?:来源|说明)|\(图)|(?:视觉中国|东方IC|新华社发|中新社发)"
)
#: written and photographed by the same person: a byline, no caption
_TEXT_TOO = re.compile(r"文\s*[/、]\s*图|图\s*[/、]\s*文|图文|文图|文并图")
_TERMINAL = re.compile(r"[。!?…;:”」』)]\s*$")
_MARKS = re.compile("[,;:!?。、“”…《》「」]")


def is_furniture(text: str) -> bool:
    """True when the line is a button, counter, path or invitation of the site."""
    return (len(text) <= 120 and _FURNITURE.match(text) is not None) or (
        len(text) <= 160 and _PROMOTION.search(text) is not None
    )


def is_end(text: str) -> bool:
    """True when the site takes over at this line (related reading, disclaimers, copyright)."""
    return len(text) <= 400 and (
        _END.match(text) is not None or (len(text) <= 120 and _RIGHTS.search(text) is not None)
    )


def is_statement(text: str) -> bool:
    """True for the head of a disclaimer: what follows it to the end of the box is the site's."""
    return len(text) <= 60 and re.match(r"\W{0,3}(?:免责|版权|特别|郑重|法律|网站)?\s*(?:声明|申明)", text) is not None


def is_dead_end(text: str) -> bool:
    """True when nothing past this line belongs to the article (comments)."""
    return len(text) <= 60 and _DEAD_END.match(text) is not None


def is_legal(text: str) -> bool:
    """True for licence numbers and copyright lines of the page's foot."""
    if len(text) > 80 and text.endswith("。") and "备" not in text:
        return False
    return len(text) <= 300 and _LEGAL.search(text) is not None


def is_credit(text: str) -> bool:
    """True for a line of names with roles: 责任编辑:张三, 文/李四 图/王五."""
    return len(text) <= 90 and not text.endswith("。") and "。" not in text and _CREDIT_LINE.match(text) is not None


def is_dateline(text: str) -> bool:
    """True for a short line that begins with the time of publication."""
    return (
        len(text) <= 80 and "。" not in text and (_DATELINE.match(text) is not None or _ISSUE.match(text) is not None)
    )


def is_byline(text: str) -> bool:
    """True for a short line with a date in it, as stands between headline and text: 范雅琴 2023-05-30."""
    return len(text) <= 50 and _FULL_DATE.search(text) is not None and not re.search("[。,;!?]", text)


def is_photo_line(text: str) -> bool:
    """True when the line's own words say that it describes a picture."""
    return len(text) <= 120 and _PHOTO.search(text) is not None and _TEXT_TOO.search(text) is None


def ends_sentence(text: str) -> bool:
    """True when the line closes like a sentence."""
    return _TERMINAL.search(text) is not None


def marks(text: str) -> int:
    """Sentence and clause marks in a folded line."""
    return len(_MARKS.findall(text))
