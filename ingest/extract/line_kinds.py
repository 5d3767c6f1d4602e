"""Classification of single lines: boilerplate, end of the article, credit, caption. Expects folded text.

A line is classified as a whole: 分享 or 关注 within a sentence is prose, but alone it is a button. The largest pattern
of boilerplate is not applied to lines that end like a sentence or clause (_CLOSES). Invitations, paywalls and copyright
notices may end like sentences, so they have patterns of their own.
"""

from __future__ import annotations

import re

from ingest.extract.css_names import words
from ingest.extract.pub_date import is_english
from ingest.zh import han

#: texts of buttons, counters and menus on article pages; a line that consists only of these is boilerplate
_BUTTONS = words(
    "首页 正文 更多 展开 收起 打印 打印本页 打印本文 打印文章 关闭 关闭窗口 关闭本页 收藏 收藏本文 收藏本页 添加收藏 已收藏 设为首页 分享 分享到 分享至 转发 "
    "分享给好友 分享让更多人看到 一键分享 微信 微信好友 朋友圈 微信朋友圈 新浪微博 腾讯微博 微博 QQ QQ空间 QQ好友 Qzone 人人网 豆瓣 豆瓣网 易信 领英分享 "
    "复制链接 复制网址 点赞 赞 顶 踩 推荐 订阅 关注 已关注 取消 确认 举报 反馈 意见反馈 纠错 我要纠错 我要评论 我要分享 我要反馈 我要打印 我要收藏 评论 跟贴 跟帖 "
    "参与 回复 登录 注册 搜索 搜狗 下载 客户端 手机版 手机看新闻 听新闻 语音播报 播报文章 暂停播报 播放 暂停 静音 全屏 自动播放 自动播放开关 正在加载 加载中 加载更多 "
    "加载全文 展开全文 展开阅读全文 阅读全文 余下全文 查看全文 全文阅读 点击展开全文 点击收起全文 查看更多 查看详情 查看原文 查看大图 查看原图 点击看大图 阅读原文 原文 "
    "全部 倒序 正序 大 中 小 默认 超大 特大 大字 中字 小字 大字号 小字号 大字体 小字体 缩小字体 放大字体 放大 缩小 字号 字体 字体大小 字 号 A- A A+ T + - × x X 广告 推广 "
    "上一篇 下一篇 上一页 下一页 上一条 下一条 上一张 下一张 没有了 返回 返回顶部 返回首页 返回列表 返回上一页 回到顶部 顶部 标签 关键词 关键字 热词 热门标签 相关标签 "
    "原创 置顶 精选 热点 头条 联系我们 关于我们 网站地图 版权声明 法律声明 网站声明 人才招聘 广告服务 友情链接 目录 文章目录 本文目录 收藏成功 分享成功 复制成功 无障碍 无障碍阅读 长者模式 简体 繁体 English "
    "扫一扫 二维码 微信扫一扫 手机扫一扫 在看 点亮在看 往期回顾 往期推荐 往期精彩 END THE 完 全文完 来源 作者 时间 暂无评论 还没有人评论 查看评论 发表评论 网友评论 "
    "最新评论 热门评论 全部评论 精彩评论 更多评论 刷新 发布 表情 条评论 人参与 次 阅读 阅读量 阅读数 浏览 浏览量 浏览次数 点击 点击量 点击数 点击率 点击次数 访问量 人气 热度 "
    "图集 +1 分享工具 相关日志 相关热门推荐 小号 中号 大号 特大号 标准 朗读 AI朗读 语音朗读 听全文 图文无关 打开 打开APP 投诉 详情 路过 雷人 握手 鲜花 鸡蛋 公众号 视频号 声明 专题 频道 栏目 导航"
)
_SEPARATORS = re.compile(r"[\s|丨│·•,、/\\\[\]【】()<>《》:;!?*#_~…↓↑▼▲←→※★☆●■◆○。'\"“”=—-]+")
#: longer boilerplate with variable parts; not applied to lines that end like a sentence
_BOILERPLATE = re.compile(
    r"""^\W*(?:
       返回.{2,8}首页.{0,20}|返回搜狐.{0,10}|分享(?:到|至|给|让).{0,12}|更多分享.{0,6}|复制.{0,8}链接.{0,6}|我要(?:评论|分享|反馈|纠错|打印|收藏)\W.{0,12}
      |(?:查看|发表|网友|最新|热门|全部|更多)?评论\s*\(?[\d,]*\)?(?:\s*收藏)?|[\d,]+\s*(?:条|个|次)?\s*(?:评论|跟[贴帖]|回复|参与|阅读|浏览|点赞|转发)\W?.{0,16}|[\d,.]+万?\s*人?已?(?:参与|评论|阅读|浏览|点赞|跟[贴帖]).{0,16}
      |跟[贴帖]\s*\d*|参与\s*\d*|举报(?:文章|此人|反馈|\W).{0,6}|语音播报.{0,10}|字[体号]\s*:.{0,24}|【?\s*字[体号大小]{1,3}\s*:.*
      |(?:阅读|浏览|点击|访问|人气|热度|点赞|收藏)(?:次数|量|数|率)?\s*[:(\[]?\s*[\d,.]+\s*万?\s*次?\s*[)\]]?|[上下]一[篇页条张]\s*:?.{0,60}|(?:您?(?:现在|当前)?所?在?的?)?位置(?:是|为)?\s*:.{0,60}
      |用?微信扫.{0,30}|手机(?:扫码|扫描|查看|阅读|浏览).{0,20}|用手机(?:打开|看|浏览).{0,16}|二维码.{0,10}|标签\s*:.{0,60}|(?:文章)?关键[词字]\s*(?::|>>).{0,80}|热词\s*:.{0,40}|专题\s*:.{0,40}
      |投稿(?:邮箱|热线|电话|QQ).{0,40}|责编邮箱.{0,30}|微信号\s*:.{0,30}|点击(?:查看|进入|播放|看|下载|上方|图片|阅读|收听|关键词|右上角|下方.{0,2}(?:链接|图片|卡片|标题)|“).{0,16}|扫码(?:阅读|查看|看|下载|分享).{0,12}|\(点击看.{0,8}图\)|点击看.{0,8}图
      |(?:视频|图片|页面|内容)?(?:正在)?加载中?.{0,10}|(?:文中|本文|以上|部分)?(?:配图|图片|插图)(?:均|全部|都)?(?:来自|来源|源自)(?:于)?(?:网络|互联网).{0,10}|本文图片均?.{0,16}|注\s*:\s*本文图片.{0,20}
      |(?:原文|本文)(?:链接|网址|地址)\s*:.{0,120}|打开.{2,8}(?:查看|看).{0,12}|(?:主管|主办|承办|协办|技术支持|运行维护|网站标识码|(?:本[报社刊网站])?地址|邮编|电话|传真)\s*:.{0,60}
      |(?:.{0,8}(?:下载|打开|安装|进入).{0,16}(?:APP|客户端|小程序).{0,30})|尽在.{2,16}(?:APP|客户端)|.{0,24}尽在.{2,16}(?:APP|客户端)
      |(?:点个?|喜欢|觉得|记得|欢迎|动动|别忘).{0,12}(?:在看|点个?\W?赞|分享|转发|关注).{0,20}|欢迎关注.{0,24}|关注我们.{0,12}|您?可?以?按alt\+4进行评论.*|新闻?\s*(?:正文)?已?结束.*
      |\d{1,2}\s*/\s*\d{1,3}|\d{1,2}:\d\d\s*/\s*\d{1,2}:\d\d|.{0,12}一键三连|(?:\#[^\#]{2,20}\#\s*)+|(?:本文|全文|正文)(?:共|约)?\s*[\d,]+\s*余?字.{0,20}
      |您是第.{0,12}位.{0,6}(?:访问者|访客|读者)|附件\s*\d*\s*:.{0,80}\.(?:docx?|xlsx?|pdf|zip|rar|wps|jpe?g)|本(?:栏目|节目|专栏).{0,20}(?:协办|承办|主办|冠名)|[^,。:]{2,24}(?:联合|荣誉)?出品
      |.{0,12}(?:点赞|在看|转发).{0,12}(?:支持|鼓励|动力)|[\w.-]{1,80}\.(?:jpe?g|png|gif|webp|bmp)(?:\?\S{0,80})?
    )\W*$""",
    re.X | re.I,
)
#: Requests to scan a code or follow an account, which are boilerplate. A line that also names people (_PEOPLE) may be
#: news about such a request.
_INVITATION = re.compile(
    r"(?:扫描|扫码|长按|识别|扫一扫|点击|打开微信).{0,14}(?:二维码|蓝字|名片|关注).{0,30}|(?:关注|搜索|添加|订阅).{0,20}(?:公众号|公众帐号|公众账号|官方微信|微信号|官方微博|视频号|小程序).{0,40}$"
    r"|(?:点击)?.{0,6}(?:蓝字|名片|上方“).{0,16}关注.{0,16}$|您?的?浏览器.{0,12}(?:不支持|暂时无法|版本过低|过低)|正文已?结束",
    re.I,
)
_PROMOTION = re.compile(
    r"^\W{0,2}关注“[^”]{2,16}”[^。]{0,24}$|\[(?:按此|点此|投稿|我要投稿)[^\]]{0,10}\]$|(?:报料|爆料)[^。]{0,16}(?:有奖|酬谢|热线|微信|QQ)|(?:下载|安装|打开)[^。]{0,10}(?:客户端|APP|小程序)[^。]{0,40}(?:获得|享|福利|更多|第一时间|【|>>|资讯)|【?点击(?:投票|报名|领取|下载|参与)】?|火热(?:进行|报名|招募)中|扫码(?:参与|报名|进群|领取)"
    r"|(?:下载|订阅|追踪|加入|关注|浏览|按此|详情|更多)[^。]{0,40}[::]\s*(?:https?://|www\.)\S+$",
    re.I,
)
#: Words of which each promotion or invitation contains at least one. Most lines contain none of them, and are not
#: searched for _PROMOTION and _INVITATION.
_INVITATION_WORD = re.compile(
    "\\]$|下载|安装|打开|点击|https?:|www\\.|关注|报料|爆料|火热|扫|二维码|公众|微信|微博|视频号|小程序|蓝字|名片|上方“|浏览器|正文已?结束"
)
#: lines of a paywall: 请订阅或登录后继续阅读, 本文为付费内容, 登录后可查看全文, 剩余70%
_PAYWALL = re.compile(
    r"^\W{0,3}(?:请|需|立即|点击|您?可以?|如需|想要)?.{0,8}(?:订阅|登[录陆]|注册|购买|开通|成为)(?:或|后|即|/|、|并|会员|账号).{0,14}(?:订阅|登[录陆]|注册|阅读|查看|解锁|会员|继续).{0,20}$"
    r"|^\W{0,3}(?:本文|此文|以下|剩余|全文)(?:内容|文章|部分)?(?:为|是|仅|需|限).{0,6}(?:付费|会员|订阅|VIP|登[录陆]).{0,24}$|^\W{0,3}(?:剩余|还有)\s*\d{1,3}\s*%.{0,20}$"
    r"|^\W{0,3}[^,。]{0,12}(?:查询|阅读|浏览)(?:时效|期限|次数).{0,60}$|(?:加入|成为|升级为?)[^,。]{0,10}(?:付费|正式|VIP|壹)\s*会员"
)
#: lines of pages without an article: player settings, notices of the site, rules of chat groups, stock tickers
_SITE_NOTICE = re.compile(
    r"倍速|清晰度|弹幕|画质|自动播放|播放器|字幕设置|声音设置|快捷键|(?:建议|推荐)(?:您)?(?:使用|升级|更换).{0,20}浏览器|浏览器版本|(?:网站|本站|系统|站内)公告|公告\s*:|群规|入群|进群|本群|群主|群成员|改群名片"
    r"|(?:上证|深证|恒生|沪深|道琼斯|纳斯达克|创业板).{0,10}[+-]?\d+(?:\.\d+)?%?|(?:维护|升级)期间|暂停(?:服务|访问)|敬请谅解|给您带来(?:的)?不便|用户协议|隐私(?:政策|条款)|必要的?(?:缓存|Cookie)",
    re.I,
)
_PEOPLE = re.compile("[他她]|了(?!解)|群众|民警|居民|市民|辅警|警方|老人|村民|记者|当事人|嫌疑|诈骗")
_CLOSES = re.compile(r"[。,?;…”]\W*$")

_KINDS = r"阅读|新闻|链接|报道|文章|推荐|专题|内容|资讯|稿件|回顾|图集|视频|关注|热点|评论|会?(?:喜欢|想看|感兴趣)的?|热词|排行榜?|热榜|图片|信息|主题|附件|话题|产品|博文|微博|精彩|在看|想看|点阅"
#: Lines with which text of the site begins. The lines below are dropped up to the next sentence of the article
_END = han.regex(
    rf"""^\W{{0,3}}(?:
      (?:延伸|相关|推荐|扩展|拓展|关联|深度|热门|更多|精彩|猜你|为您?|[您你]?可能[也还]?|[您你]也|大家|大家都|网友|编辑|今日|本周|往期|此前|精选|最新|最近|热点|图片|新闻|作者最新|作者最近|随机|24小时)
        \s*[·•]?\s*(?:{_KINDS})(?:{_KINDS})?(?:\s*更多)?[\s\d条(),]{{0,10}}\W{{0,6}}$
      |(?:延伸|相关|推荐|此前|早前|更多)(?:阅读|新闻|报道|链接|文章)\s*[:>丨|].{{0,80}}$|点击进入(?:专题|《[^》]{{2,24}}》?专题).{{0,40}}$|本篇新闻热门关键词.{{0,40}}$|(?:更多|详细).{{0,20}}(?:请关注|请点击|敬请关注|尽在|请看|专题).{{0,40}}$|相关(?:资讯|内容|攻略)请.{{0,30}}$
      |(?:特别|免责|版权(?:保护)?|法律|郑重|网站|平台)\s*(?:声明|提示|说明|申明)(?:\W.*)?$|[\p{{Han}}]{{0,4}}声明\s*:.*$|本文由.{{2,20}}(?:综合|整理|编写).{{0,40}}$|Notice\s*:.*$|本(?:文|网|网站|平台|站)(?:仅|系|为|来源|转载|所有|刊载|内容).{{0,60}}(?:观点|立场|版权|原创|转载|授权|责任).*$
      |(?:以上|本)(?:内容|文章|文|稿件|图文).{{0,30}}(?:仅代表|不代表|仅供参考|来自网络|来源于网络|侵权|自媒体|网友|版权|转载|观点|上传并?发布|信息存储).*$
      |(?:\d[.、)]\s*)?(?:凡(?:本网|注明|标注|来源|未注明|本站|是)|本网(?:转载|未|站)|如因(?:作品|内容)).{{0,60}}.*$
      |.{{0,60}}(?:如有侵权|如涉(?:及)?(?:版权|侵权)|侵权.{{0,12}}(?:删除|联系|告知)|侵删|请.{{0,10}}联系.{{0,8}}删除).{{0,20}}$|【?免责声明】?.*$
      |(?:返回|回到|进入).{{0,14}}(?:首页|频道|专题|列表|主页|顶部)(?:.{{0,14}}(?:首页|频道|列表))?\s*>*\s*$|请支持独立网站.*$|.{{0,4}}(?:ICP备|京公网安备|违法和不良信息举报)[^,。]*$
      |关于我们.{{0,40}}$|文章导航$|阅读(?:全文|下一篇).{{0,8}}$|关键[字词]\s*(?::|>>).*$|标签\s*:.*$|(?:扫一扫|长按|微信扫)[^,。]{{0,40}}$|微信公众号\s*:.{{0,40}}$
      |(?:网站|本[网站报]|报社|媒体)简介\W*$|関連記事.*$|【関連記事】$|あわせて読みたい.*$|.{{0,30}}(?:(?:报料|爆料|新闻)(?:线索|热线|电话|微信|邮箱|QQ)|投稿邮箱|广告合作|商务合作).{{0,60}}$
    )""",
    re.X | re.I,
)
#: lines that end the article; nothing below them belongs to it
_DEAD_END = re.compile(
    r"^\W{0,3}(?:发表于\s*(?:19|20)\d\d-\d{1,2}-\d{1,2}|(?:网友|最热|最新|热门|全部|精彩)?(?:评论|跟帖|跟贴|留言)(?:区|列表)?$|正文已?结束|[\d,]+\s*条评论|发表评论|Copyright\b|版权所有|(?:延伸|相关|推荐)\s*[·•]?\s*(?:阅读|新闻|推荐)\s*:?$)",
    re.I,
)
_LEGAL = re.compile(
    r"ICP[备证]|公网安备|版权所有|Copyright|All Rights Reserved|许可证|违法和不良信息|举报电话|不良信息举报|增值电信",
    re.I,
)
#: Words of legal notices that also occur in articles (未取得烟草专卖许可证, 公布举报电话); alone they do not make a sentence a
#: legal notice.
_LEGAL_WEAK = re.compile("许可证|举报电话")

#: A site's description of itself: 示例新闻网成立于2003年,是经国务院新闻办公室批准、由市委宣传部主管主办的重点新闻网站……
_SELF_DESCRIPTION = re.compile(
    r"^\W{0,2}[^,。:]{0,16}(?:网|网站|[日晚早时]报|平台|客户端|频道|传媒|在线|热线|之窗|新闻)[”》]?(?:\([^)]{1,40}\))?[,\s]*(?:正式)?"
    r"(?:成立|创办|创刊|创建|开通|上线|始建|组建|建立|是(?:经|由|中共|[^,。]{0,30}(?:主管|主办|批准))|由[^。]{2,40}(?:主管|主办|批准))"
)
_NEWS_SITE = re.compile("新闻网站|门户网站|网络媒体|新闻媒体|新闻单位|新闻业务|新闻信息服务|主流媒体|机关报|综合性")

_ROLE_WORDS = (
    r"(?:责\s*任\s*编\s*辑|编\s*辑|责\s*编|记\s*者|作\s*者|校\s*对|审\s*核|审校|监制|主编|终审|初审|复审|一审|二审|三审|统筹|策划|出品|编审|一校|二校|三校|值班编委|签发|值班|记者|通讯员|作者|撰稿|撰文|采写|"
    r"摄影|图片?|文字?|文/图|图/文|图文|视频|制图|供图|(?:视频|音频|海报|图表|长图|动画|后期|封面|版式)(?:制作|剪辑|拍摄|设计)|剪辑|编导|配音|出镜|播音|漫画|监审|来源|稿源|原标题|原题|翻译|编译|实习生|报道员|供稿|本文来源|信息来源|原创|"
    r"(?i:Sources?|Editors?|Authors?|Writers?|Reporters?|Photo(?:s|grapher)?|By)(?=\s*:))"
)
_CREDIT_LINE = han.regex(
    rf"^[\W_]{{0,2}}(?:(?:[\p{{Han}}A-Za-z0-9《》·]{{0,14}}?){_ROLE_WORDS}\s*[:/丨|]|[\p{{Han}}《》A-Za-z]{{0,12}}?(?:记者|通讯员|编辑|校对|作者)\s(?=[\p{{Han}}]{{1,4}}(?:\s|、|$|\)|】)))"
)
_DATELINE = re.compile(
    r"^\W{0,3}(?:(?:发布|发表|更新|最后更新|创建|录入|加入|发稿|添加|上传|刊发|日期|新闻)?(?:时间|日期|于)?\s*[:]?\s*)?(?:19|20)\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}"
)
_FULL_DATE = re.compile(r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_SHORT_DATE = re.compile(
    r"^[^,。!?;:]{0,14}?(?:\d{1,2}月\d{1,2}日|\d{1,2}-\d{1,2}\s+\d{1,2}:\d\d|(?:昨|今|前)天\s*\d{1,2}:\d\d|\d{1,2}(?:小时|分钟|天)前)[^,。!?;:]{0,12}$"
)
_LABEL = re.compile(r"(?:来源|稿源|作者|编辑|时间|日期|浏览|点击|阅读|(?i:source|author|editor|date))\s*:")
#: issue line of a newspaper, with date and page: 《人民日报》(2024年05月21日 第13版)
_ISSUE = han.regex(r"^\W{0,3}《?\s*[\p{Han}]{2,12}(?:报|刊|电讯)\s*》?\s*\(?\s*(?:19|20)\d\d\s*年.{3,20}版\W*$")
_RIGHTS = re.compile(
    r"未经(?:书面|本[网站报社]|许可|授权|允许|[^,。]{2,24}(?:书面)?(?:授权|许可|同意),?[^,。]{0,4}(?:严禁|禁止|不得|请勿))|不得(?:擅自)?转载|请勿转载|谢绝转载|禁止转载|转载请(?:注明|联系|标明)|权益归.{2,20}所有|版权(?:归|为).{2,20}所有|违者必究|侵权必究"
)
_PHOTO = re.compile(
    r"(?:(?:摄|供图|摄影)\s*[)\]】]?\s*[。.]?|(?:图|图片来源.{0,20}|版权作品.{0,12}|图源.{0,20})\s*[)\]】]?)\s*$|^(?:图(?:为|[一二三四五六七八九十\d①-⑳]{1,2}\s*[:：])|[▲△▼↑↓◆]|资料图|图片?(?:来源|说明)|\(图(?!书))|(?:视觉中国|东方IC|新华社发|中新社发)"
)
#: signs that the same person wrote the text and took the pictures; such a line is a byline, not a caption
_TEXT_TOO = re.compile(r"文\s*[/、]\s*图|图\s*[/、]\s*文|图文|文图|文并图")
_TERMINAL = re.compile(r"(?:[。!?…;:”」』)]|\.{3,})\s*$")
_MARKS = re.compile("[,;:!?。、“”…《》「」]")


def is_boilerplate(text: str) -> bool:
    """Return whether a line is boilerplate: a button, counter, breadcrumb, invitation, promotion or paywall."""
    if len(text) > 160:
        return False
    if len(text) <= 60:
        tokens = [token for token in _SEPARATORS.split(text) if token and not token.isdigit()]
        # a line of digits alone may be a section number or a time: 01, 21:00
        if all(token in _BUTTONS for token in tokens) and (tokens or not re.search(r"\d", text)):
            return True
    if len(text) <= 60 and _PAYWALL.match(text) is not None and _PEOPLE.search(text) is None:
        return True
    if _INVITATION_WORD.search(text) is not None:
        if _PROMOTION.search(text) is not None:
            return _PEOPLE.search(text) is None
        if len(text) <= 120 and _INVITATION.search(text) is not None:
            return _PEOPLE.search(text) is None or not text.endswith(("。", ","))
    return len(text) <= 120 and _CLOSES.search(text) is None and _BOILERPLATE.match(text) is not None


def is_end(text: str) -> bool:
    """Return whether text of the site begins at this line: related reading, a disclaimer or a copyright notice."""
    return len(text) <= 400 and (
        _END.match(text) is not None or (len(text) <= 120 and _RIGHTS.search(text) is not None)
    )


def is_statement(text: str) -> bool:
    """Return whether a short line begins a disclaimer. Text below a disclaimer usually belongs to the site."""
    return len(text) <= 60 and re.match(r"\W{0,3}(?:免责|版权|特别|郑重|法律|网站)?\s*(?:声明|申明)", text) is not None


def is_dead_end(text: str) -> bool:
    """Return whether nothing below this line belongs to the article, for example because comments begin."""
    return len(text) <= 60 and _DEAD_END.match(text) is not None


def is_self_description(text: str) -> bool:
    """Return whether a news site describes itself in this line, as sites do below their articles."""
    return len(text) <= 400 and _SELF_DESCRIPTION.match(text) is not None and _NEWS_SITE.search(text) is not None


def is_legal(text: str) -> bool:
    """Return whether a line is a legal notice of the page footer: licence numbers, hotlines, copyright."""
    if text.endswith((",", "。")) and "备" not in text and (len(text) > 80 or text.endswith(",")):
        return False
    if len(text) > 300 or _LEGAL.search(text) is None:
        return False
    sentence = text.endswith("。") and "," in text
    return not sentence or _LEGAL.search(_LEGAL_WEAK.sub("", text)) is not None


def is_credit(text: str) -> bool:
    """Return whether a line without 。 begins with a role, before which an office may be named: 责任编辑:张三, 文/李四."""
    return len(text) <= 90 and not text.endswith("。") and "。" not in text and _CREDIT_LINE.match(text) is not None


def is_dateline(text: str) -> bool:
    """Return whether a short line begins with a full date, perhaps after a label, or is a newspaper's issue line."""
    return (
        len(text) <= 80 and "。" not in text and (_DATELINE.match(text) is not None or _ISSUE.match(text) is not None)
    )


def is_byline(text: str) -> bool:
    """Return whether a line has the form of the metadata below a headline: 范雅琴 2023-05-30, 来源:... 更新时间:...

    The line must contain a date and must not be a sentence.
    """
    if len(text) <= 24 and _SHORT_DATE.match(text) is not None:
        return True
    if len(text) > 120 or "。" in text:
        return False
    if _FULL_DATE.search(text) is None:
        return len(text) <= 80 and is_english(text)
    return (len(text) <= 50 and re.search("[,;!?]", text) is None) or _LABEL.search(text) is not None


def is_labelled(text: str) -> bool:
    """Return whether a line has a label of metadata: 来源:, 作者:, 时间:."""
    return _LABEL.search(text) is not None


def is_about(text: str) -> bool:
    """Return whether a line is about the article or the site, rather than a sentence of the article."""
    return (
        is_boilerplate(text)
        or is_end(text)
        or is_legal(text)
        or is_credit(text)
        or is_dateline(text)
        or is_byline(text)
    )


def is_photo_line(text: str) -> bool:
    """Return whether a line has the wording of a caption or a picture credit."""
    return len(text) <= 120 and _PHOTO.search(text) is not None and _TEXT_TOO.search(text) is None


def is_site_notice(text: str) -> bool:
    """Return whether a line without people has words of player settings, site notices, chat rules or stock tickers."""
    return _SITE_NOTICE.search(text) is not None and _PEOPLE.search(text) is None


def ends_sentence(text: str) -> bool:
    """Return whether the line ends like a sentence."""
    return _TERMINAL.search(text) is not None


def marks(text: str) -> int:
    """Return the number of sentence and clause marks in a folded line."""
    return len(_MARKS.findall(text))
