"""来源: the medium that the page names as the source, or the publishing account of a self-media platform."""

from __future__ import annotations

import re
from itertools import pairwise

from ingest.extract.bylines import is_name
from ingest.extract.css_names import words as words_of
from ingest.extract.line_kinds import is_boilerplate
from ingest.extract.media_and_place_names import media
from ingest.zh import han
from ingest.zh.dictionary_words import common_words, words_never_in_names

_LABEL = re.compile(
    r"(?:文章|信息|稿件|新闻|内容|本文|转载|图文|文字|作品|原文)?(?:(?<!图片)(?<!照片)(?<!视频)(?<!音频)(?<!数据)(?<!资料)(?<!图)来\s*源(?:(?:单位|部门|机构|媒体|平台|网站|渠道)(?=\s*[:丨|/]))?|稿\s*源|出\s*处|转载?自|摘自|来自|供稿单位)\s*(?:于|为|是)?\s*[:丨|/]?\s*"
    r"(?:(?:官方)?(?:微信)?(?:公众号|公号|公众平台|视频号|订阅号)\s*:\s*)?"
    r"|(?i:(?<![a-z])(?:sources?|from))\s*:\s*"
)
#: Words after which a line names the medium from which the text was taken, without a colon: 摘自《甲报》, (据甲报),
#: 本文原载《甲报》2024年5月21日. The medium must be in 《》 or have the form of a medium, and end the line.
_CITED = han.regex(
    r"(?:(?:^|[\s(【\[▲*])(?:本文|文章|以上)?(?:(?:原载|选自|首发|转载?自|摘自|综合自)于?\s*:?|(?:综合|首发|(?:发布)?媒体)\s*:)|[(【\[]\s*(?:据|综合))\s*"
    r"(?P<name>《[^《》]{2,16}》|[\p{Han}A-Za-z0-9·+-]{2,16}?)(?:报道|消息|[讯电])?\s*(?:\(?(?:19|20)\d\d年[^。,]{2,24})?[)】\]。\s]*$"
)
#: labels that may follow the name on the same line; the name ends there
_LABELS = (
    r"(?:(?:文章|本文|新闻)?(?:录入|来源|作者|编辑)|作\s*者|记\s*者|编\s*辑|责\s*编|责任编辑|发布|发表|时\s*间|日\s*期|点击|浏览|阅读|访问|人气|字\s*[号体]|分享|打印|收藏|评论|举报|网友|我有话说|大字|中字|小字|"
    r"转载|审核|校对|摄影|通讯员|撰稿|关键[词字]|标签|查看|更新|版权|原文|扫一扫|手机看|发稿|录入|栏目|频道|文号|索引|缩小|放大|纠错|关注|订阅|保护|背景|视力|来源|(?i:by|authors?|editors?|date|published|posted|updated|views)\b)"
)
#: Text after the name of a medium, which is removed; it begins with a label, a date or a separator. A label must be
#: separated from the name or have a colon, because 上海发布 and 中国移动阅读 are names of media.
_NEXT = han.regex(
    rf"(?:(?:^|\s+|\s*[(\[【])\s*{_LABELS}|{_LABELS}[\p{{Han}}]{{0,3}}\s*[:\[(]|[|丨│]|\d{{4}}\s*[-年/.]|(?<!\d)\d{{1,2}}:\d\d|>>|\s{{2,}}).*$"
)
#: names of channels and categories, which are not media, although sites put them beside the date
_CHANNELS = words_of(
    "头条 要闻 时政 社会 国内 国际 财经 科技 体育 娱乐 教育 健康 法治 文化 军事 旅游 汽车 房产 公告 通知公告 新闻动态 工作动态 基层动态 部门动态 政务动态 警务动态 "
    "警营文化 警营风采 行业新闻 行业资讯 行业动态 公司新闻 新闻中心 新闻资讯 未分类 综合 热点 专题 图文 民生 县区 本地 区县 平安建设 队伍建设 基层风采 要闻动态 今日要闻 新闻速报 即时新闻 新闻快讯 最新消息 最新新闻 焦点新闻 国际新闻 社会新闻 "
    "媒体报道 媒体关注 信息公开 学习园地 党建工作 综合新闻 图片新闻 视频新闻 首页 正文 管理员 网站管理员 编辑部 其它内容 其他内容 其它分类"
)
#: the role of a writer at the end of a medium's name, which is removed: 来源:示例晚报记者 张三
_WRITER = re.compile("(?<=[报网社台])(?:全媒体|首席|特约|实习|见习)?(?:记者|通讯员)$")
_CHANNEL = re.compile(
    "(?:要闻|动态|公告|公示|专栏|栏目)$|^(?:港|澳|国|社|体|财|娱|本地|地区|两岸|即时|国际|海外)闻$|^(?:时政|社会|国内|国际|财经|军事|娱乐|体育|科技|本地|地方|热点)(?:新闻|资讯)$"
    "|^(?:基层|工作|部门|媒体|警营|警界|所队|队伍|政务|党建|社会|民生|法治|法制|平安|综治|政法|公安|本地|区县|街镇|乡镇|镇街)"
    "(?:风采|聚焦|关注|快讯|先锋|民生|建设|公开|天地|园地|文苑|信息|简报|速递|传真|风貌|文化|掠影)$"
)
_EMPTY = words_of(
    "网络 网路 互联网 本站原创 本网原创 本站整理 本站编辑 本网编辑 本站综合 本网综合 本报综合 综合整理 本网讯 本站讯 本报讯 本网站 其他媒体 其它媒体 网络媒体 转载文章 网络综合 网络转载 网友 资料 综合 本报 本网 互联网综合 整理 自媒体 网络来源 佚名 互联网 未知 不详 本站 无 网络整理 来源 原创 转载 null undefined 其他 其它 admin"
)
_MEDIUM = re.compile(
    r"^(?:腾讯|新浪|网易|搜狐|凤凰|央视|法治|法制|文明|长安|掌上|清风)[^\W\d_]{2,4}$|(?:交警|网警|特警|铁警|禁毒|反诈|普法|报|网|社|台|刊|杂志|文学|文艺|文摘|画报|新闻|资讯|客户端|在线|频道|传媒|融媒体?|发布|周刊|中心|日报|晚报|时报|电视|广播|新媒体|头条|公众号|警方|公安|公安局|分局|派出所|法院|检察院?|司法局|政法委?|长安网|委员会|政府|办公室|集团|大学|学院|协会|学会|消息|号|视频|(?:网络|电子|海外|数字|手机)版|财经|军事|法治|法制|平安.{2,6}|.{2,6}在线|.{1,8}(?:局|厅|部|办|委|院|站|所|队|店|馆))$"
)
#: Endings of media. A word of two to four characters after such a name and a slash is a writer: 甲报快讯/张三
_HOUSE = re.compile("(?:报|网|社|台|刊|新闻|快讯|中心|杂志)$")
#: text after a slash that names the writer or the place of a report and is not part of the medium's name: 甲报/台北报道
_REPORTS = re.compile("^(?:特派|综合|驻)?(?:记者|编译)|报[道导]$|新闻中心")
#: endings of names of media; such a name counts even if it begins with digits: 7706娱乐网
_NAMED = re.compile("(?:[日晚早时]报|网|社|电视台|新闻|在线|客户端|周刊)$")
#: places of readers or writers, which platforms show beside the date; they are not media
_PLACES = "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
#: buttons and counters beside a date; they are not media
_CHROME = re.compile(
    r"^(?:原创|首发|独家|转载|举报|.{0,6}[大中小]{2,3}|分享.*|收藏.*|评论.*|阅读.*|浏览.*|点击.*|打印.*|字[号体].*|[大中小]+|.*字体|我有话说.*|\d+|A[-+]?|T[-+]?|来源|时间|日期|发布.*|更新.*|编辑.*|责任编辑.*|作者.*|记者.*|首页|正文|关注|订阅|已关注|.*APP|.*客户端下载|.*参与\)?|.*评论|.*阅读|新闻|资讯|滚动|张?图片|视频|要闻|微博|微信|QQ空间|朋友圈|·|\||[\W_]+|配信|发表于|星期.|周.|上午|下午|[\d,]+人.*|\(?北京时间\)?|.{0,4}浏览.*|展开|IP属地.*|发布于.*|(?i:posted|published|updated|views?|comments?|leave a comment|read more|share)(?: on)?|(?i:on|by|in)|(?i:\d+ min.* read)|.{0,4}\d+分钟|小编.*|扫码.*|扫一扫.*|(?:最新|最后|首次|最近(?:一次)?)?(?:建立|建档|创建|更新|刊登|上架|修订|编辑|录入)(?:时间|日期)?|.*标准(?:时间?)?|格林尼治.*|进入.*|留言.*|(?i:facebook|twitter|google\+?|line|weibo|whatsapp|telegram|用?LINE.*)|手机(?:看|扫|读|阅读|打开).*|\d?[上下]一[篇版期条页]\d?|次|来自.*|.*官方[账帐]号|.*(?:创作者|作者|达人|答主)|(?:优质|知名).*|"
    + _PLACES
    + r")$"
)
#: an account with its name in quotation marks, of which only the name is kept: 微信公众号“平安石门”
_ACCOUNT = re.compile(
    r"^(?:官方)?(?:微信)?(?:公众号|公众平台|视频号|订阅号|抖音号|微博)\s*[:]?\s*[“\"《「]([^”\"》」]{2,20})[”\"》」]?$"
)
#: a writer directly after the medium, who is removed from the name: 示例观察记者 张三
_SIGNED = han.regex(
    r"(?<=[\p{Han}]{2})(?:全媒体|首席|特约|见习)?(?:记者|通讯员)(?:\s*[\p{Han}·]{2,4}(?:[\s、]+[\p{Han}·]{2,4}){0,5})?$"
)
#: the office that supplied the text: 供稿:县公安局, (县委政法委供稿)
_SUPPLIED = han.regex(
    r"(?:供稿(?:单位)?|(?:来稿|报送|投稿|发布|发文)(?:单位|机构|部门))\s*[:丨|/]\s*([\p{Han}]{3,20})(?=$|[\W_])|(?:^|[\W_])([\p{Han}]{4,20})\s*供稿\W*$"
)
_OFFICE = re.compile(
    r"(?:[局所厅委办站科处]|[支大中总]队|法院|检察院|宣传部|中心|政府|办公室|公司|学校|大学|学院|协会)$"
)
_REPORTERS = re.compile(
    r"^\W{0,3}(?:作者|撰文|采写|文)\s*[:丨|/]\s*《([^《》]{2,16})》\s*(?:特约|首席|高级|见习|实习)?(?:记者|撰稿)"
)
#: last characters of departments; if the page also names a medium, the medium is the source
_DEPARTMENT = re.compile("(?:处|科|室|部|办|组|中心)$")
_FOLLOW = re.compile(r"\+?\s*(?:加关注|关注|已关注|订阅|收听|取消关注)")
#: other texts beside dates that are not media: times, units, counters, weekdays, buttons, pagination, menus
_JUNK = re.compile(
    r"^本帖|最后由|^农历|^(?:(?:19|20)\d\d年)?\d{1,2}月\d{1,2}日?$|(?i:^(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|ember|ober|tember)?\.?$)"
    r"|\d\s*(?:[:时]\s*\d|[ap]m\b|分[钟鐘]|小时|天前|万?\s*(?:点[阅閱击]|點[閱擊]|阅读|閱讀|浏览|次|人|条|评论|公里|万元|亿元|元|米|字|页|版$))|\b(?:[AP]M|HKT|GMT|CST|UTC)\b"
    r"|^\W*(?:星期|周)?[一二三四五六日天]\W*$|<<|>>|[上下]一[页篇版条张]|第\s*\d*\s*[页版]|顶一下|踩一下|我要|字[级級]|^(?:手机版|电脑版|触屏版|博客|论坛)$|(?:版面|标题|本版|数字报)(?:导航|目录|概览)|字[号体]|放大|缩小|繁[体體]|简体|登录|注册"
    r"|返回|首页|收藏|打印|分享|关闭|复制|举报|评论\(|点赞|订阅号?$|^(?:关注|更多|查看|展开|详情|正文|目录|下载|打开|播放|搜索|投稿|爆料|导航)|抢先看|独家解读|(?i:app|客户端|小程序)内?(?:打开|查看|阅读|观看)|(?i:app)内|打开$|时间$|\d\s*篇|^(?:最后|最新|上次)?更新|^(?:Weixin ID|微信号)|BBS$|转寄|列印|友善|随时随地|^已有|资料图|图据|@|(?:^|\s)报[道导]\W*$|(?i:^(?:tweet|[ap]\.?m\.?)$)|^页|(?:加入|我的|设为)最爱|^(?:上|下|中)午|^(?:早|晚)上|(?:编译|编辑|即时|网[络路])中心$|^(?:新闻网|我来说两句)$|时间\)?$|/\s*共|共\s*\d*\s*页|(?:链[接結]|网址|網址|章节|目录|版块|管理|连载|推荐文章于?)$|发[布佈][時时][間间]|^最[后新]|^©|[āáǎàēéěèīíǐìōóǒòūúǔù]|IP\s*属地|(?i:^(?:mon|tues|wednes|thurs|fri|satur|sun)day$)"
)
#: text that a template leaves if a field is empty: SRC-423, {{source}}, ${from}, %source%
_PLACEHOLDER = re.compile(
    r"^\W*(?:SRC|SOURCE|FROM|MEDIA)[-_]?\d*\W*$|[{}$%]|^\[!--|^(?:null|undefined|none|nan|source|test)$", re.I
)
#: an invitation directly after the name of a medium, which is removed: 示例报下载客户端独家抢先看
_RUN_ON = han.regex(
    r"(?<=[\p{Han}]{2})(?:点击|扫码|立即)?(?:下载|打开|安装|进入|关注)[^,。]{0,12}(?:客户端|APP|独家|抢先).*$|(?<=[报网社台])(?:客户端)?独家(?:抢先|报道|解读).*$"
)
#: counters after the name of a medium, which are removed: 河湾音乐 我要评论(0), 示例网 5 分鐘
_BEHIND = re.compile(r"\s+(?:我要|顶一下|我有话|\d{1,3}\s*分[钟鐘]|[\d.]+\s*万?\s*点[阅閱]|第\s*\d+\s*页).*$")
#: the page of a newspaper after its name, which is removed: 江城日报A03版
_PAGE = re.compile(r"(?<=[报刊])\s*第?[A-Z]?\d{1,3}版$")
#: a report after the name of its medium, which is removed: 江城日报报道
_REPORT = re.compile(r"(?<=[报网社台])(?:报[道导]|消息|[讯电])$")
#: labels of categories; the text after such a label is not a medium: 分类:警营故事
_CATEGORY = re.compile(r"(?:分类|栏目|标签|频道|类别|专题|话题|专栏|关键[词字])\s*:\s*$")
#: Maximum characters of an account: a name beside a date that is neither in the list of media nor has the form of a
#: medium. On 908 saved pages, the only two longer names of this kind are headlines
LONGEST_ACCOUNT = 10
#: the domain of a site after its name, which is removed: 江城家园 jiangcheng.example.com
_DOMAIN = re.compile(r"(?<=\S)\s+\(?(?:[\w-]+\.)+[a-z]{2,4}\)?$", re.I)
_LATIN_PERSON = re.compile(r"[A-Z][a-z]+(?: [A-Z]\.)?(?: [A-Z][a-z]+){1,2}")
_LATIN_MEDIUM = re.compile(
    r"\b(?:Daily|News|Times|Post|Press|TV|Radio|Weekly|Review|Today|Journal|Herald|Online|Network)\b"
)
_SEPARATORS = re.compile(r"[|丨│·•/]|\s{2,}")


def labelled(pieces: list[str]) -> str | None:
    """Return the name after 来源 in the text nodes of a line; "" if the label has no value, None if there is no label."""
    for number, piece in enumerate(pieces):
        found = _LABEL.search(piece)
        if not found or not _is_label(piece, found):
            continue
        value = tidy(_whole_name(pieces, number, found.end()))
        if value:
            return value
        for following in pieces[number + 1 : number + 3]:
            if _CHROME.match(following) and not _MEDIUM.search(following):
                break
            value = tidy(following)
            if value:
                return value
        return ""
    return None


def _whole_name(pieces: list[str], number: int, start: int) -> str:
    """Return the rest of a text node, with the next nodes if links or emphasis divide the name of the medium.

    Examples: 《山野 <a>户外</a> 杂志》, <a>江城</a>日报.
    """
    rest = pieces[number][start:]
    if rest.count("《") > rest.count("》"):
        for piece in pieces[number + 1 : number + 5]:
            rest += piece
            if "》" in piece:
                return rest
        return pieces[number][start:]
    return rest


def rejoined(value: str, pieces: list[str], line: str) -> str:
    """Return the name of a medium of which a link contains only the start (<a>江城</a>日报), else `value`."""
    if len(value) < 2 or is_medium(value):
        return value
    for piece, following in pairwise(pieces):
        rest = han.match(r"[\p{Han}]{1,8}", following)
        if rest and piece.endswith(value) and value + rest[0] in line and not _CHROME.match(rest[0]):
            whole = tidy(value + rest[0])
            return whole if whole.startswith(value) and is_medium(whole) else value
    return value


def cited(text: str) -> str | None:
    """Return the medium from which a line says that the text was taken (摘自《甲报》); None if it does not say so."""
    found = _CITED.search(text) if len(text) <= 120 else None
    if not found:
        return None
    name = found["name"]
    value = tidy(name)
    return value if value and not is_empty(value) and (name.startswith("《") or is_medium(value)) else None


def _is_label(piece: str, found: re.Match[str]) -> bool:
    """Return whether 来源 is a label: it has a colon or starts its text node. Within a sentence it is an ordinary word."""
    if ":" in found.group() or "丨" in found.group() or "|" in found.group():
        return True
    before = piece[: found.start()].strip(" |丨·-—/[【(")
    if "/" in found.group():
        return not before or piece[found.start() - 1].isspace()
    return not before and found.group()[:2] in ("来源", "稿源") and len(piece) <= 30


def tidy(value: str) -> str:
    """Return the name of a medium without the text around it; "" if the value is not a name."""
    value = re.split(r"\s*,?\s*(?:摘自|转自|转载自)\s*:?", value.replace("╱", "/"))[0].strip(" @")
    value = re.sub(r"^(?:官方)?(?:微信)?(?:公众号|公号|公众平台|视频号|订阅号)\s*:\s*", "", value)
    value = re.sub(r"\s*\((?:ID|微信号|公众号|微信公众号)\s*[::].*?\)", "", value, flags=re.I)
    value = re.sub(r"\s*\((?:官方)?(?:微信)?(?:公众号|公号|微信|视频号|订阅号|客户端)\)", "", value)
    # a note in brackets is not part of the name: (庭州检察)昌吉检察
    value = re.sub(r"^\s*\([^()]{2,10}\)(?=\S{2})|\((?:综合|编译|整理)\)\s*$", "", value)
    value = _BEHIND.sub("", _RUN_ON.sub("", value))
    value = _NEXT.sub("", value.strip(" :|丨·-—,;/_"))
    value = _of_several(value)
    if quoted := re.match(r"[\[【(《<“\"]\s*([^\]】)》>”\"]{2,30})\s*[\]】)》>”\"]$", value.strip()):
        value = quoted[1].replace(" ", "") if han.fullmatch(r"[\p{Han} ]+", quoted[1]) else quoted[1]
    value = _ACCOUNT.sub(r"\1", value)
    if han.fullmatch(r"[\p{Han}](?: [\p{Han}])+", value):
        value = value.replace(" ", "")  # characters written apart: 石 门 公 安
    value = re.sub(r"\[.{1,4}\]$", "", value).strip(" :|丨·-—,;/_[]【】<>、。")
    if value.count("(") != value.count(")"):
        value = value.strip("()")
    words = value.split(" ")
    if (
        len(words) > 1
        and not all(
            re.fullmatch(r"[A-Za-z0-9.&'-]+", words[i])
            or re.match(r"[A-Za-z0-9]", words[i + 1] if i + 1 < len(words) else "")
            for i in range(len(words))
        )
        and han.search("[\\p{Han}]", words[0])
        and len(words[0]) >= 2
    ):
        value = words[0]
    value = _without_writer(_PAGE.sub("", _WRITER.sub("", _SIGNED.sub("", value))))
    medium, _, person = value.partition("/")
    if (
        is_name(person)
        or _REPORTS.search(person)
        or re.search(r"\d日电$", person)
        or (_HOUSE.search(medium) and han.fullmatch(r"[\p{Han}]{2,4}", person))
    ):
        value = medium
    if not 2 <= len(value) <= 40 or re.fullmatch(r"[\W\d_]+", value) or value.startswith(("http", "www.")):
        return ""
    return value


def _without_writer(value: str) -> str:
    """Return a medium without the writer, or the repeated name of the medium, in brackets behind it: 江城网(小贝)."""
    medium, _, rest = value.partition("(")
    inside = rest.removesuffix(")")
    person = (is_name(inside) or inside.startswith(("小", "老", "阿"))) and han.fullmatch(
        r"[\p{Han}]{2,4}(?<![版网报号台])", inside
    )
    return medium if rest.endswith(")") and (person or inside == medium) and is_medium(medium) else value


def _of_several(value: str) -> str:
    """Return the first of several media, which 综合 may precede: 新华社、江城日报; 综合自江城日报、江城晚报."""
    joined = re.sub("^综合(?:自|:)?(?=.)", "", value)
    first = re.split(r"[、;]", joined)[0].strip(" 《》")
    if (
        len(first) >= 2
        and (is_medium(first) or value.startswith("综合自"))
        and (joined != value or first != value.strip(" 《》"))
    ):
        return first if joined == value or value.startswith(("综合自", "综合:")) or first in media() else value
    return value


def is_plausible(value: str, *, labelled: bool) -> bool:
    """Return whether a value may be the name of a medium, an office or an account.

    Names in the list of media are always accepted. Other values are rejected if they are times, counters, buttons,
    pagination or placeholders of templates, have unbalanced brackets, or have fewer than two letters. A value without
    a label is also rejected if it is a common word or a person with a Latin name, or if it consists mostly of digits
    and marks and does not end like the name of a medium.
    """
    if value in media():
        return True
    if _JUNK.search(value) or _PLACEHOLDER.search(value):
        return False
    if value.count("(") != value.count(")") or (not labelled and _is_word_or_person(value)):
        return False
    letters = re.sub(r"[\W\d_]", "", value)
    return len(letters) >= 2 and (labelled or len(letters) * 2 >= len(value) or _NAMED.search(value) is not None)


def _is_word_or_person(value: str) -> bool:
    """Return whether an unlabelled value is a common word (赞赏, 没想到) or a person with a Latin name."""
    if len(value) <= 3:
        return not is_medium(value) and value in (common_words() if len(value) == 2 else words_never_in_names())
    return _LATIN_PERSON.fullmatch(value) is not None and _LATIN_MEDIUM.search(value) is None


def is_medium(value: str) -> bool:
    """Return whether a name is in the list of media, or has the form of a medium, an office or an account."""
    return value in media() or _MEDIUM.search(value) is not None


def is_page_control(text: str) -> bool:
    """Return whether a text beside a date is a counter, a button, a label or a place of readers."""
    return _CHROME.match(text) is not None


def is_empty(value: str) -> bool:
    """Return whether a value says that the medium is not known or not named (网络, 未知)."""
    return value in _EMPTY


def unlabelled(pieces: list[str], date_text: str) -> str | None:
    """Return the medium beside a date without a label (2019年09月07日 04:04 北京日报); None if there is none.

    `pieces`: text nodes of the line. `date_text`: the date, which is removed from `pieces`.
    """
    found: list[str] = []
    for number, piece in enumerate(pieces):
        if _CATEGORY.search(piece) or (number and _CATEGORY.search(pieces[number - 1])):
            continue
        line = piece.replace("╱", "/")
        rest = line.replace(date_text, " \u2003 ") if date_text and date_text in line else line
        for raw in re.split(r"\u2003|[|丨│]|\s·\s|^·|·$", _BEHIND.sub("", rest)):
            name = re.sub(r"^\s*(?:发布|发表)\s+", "", raw).strip()
            name = re.sub(r"^[《【\[]([^《》【】\[\]]{2,16})[》】\]]$", r"\1", name)
            part = _medium_of(_SIGNED.sub("", _bare(_NEXT.sub("", name.strip(" ·|:,-—/")))))
            if is_name(part) and not _MEDIUM.search(part):
                continue
            if part in _CHANNELS or is_boilerplate(part) or _CHANNEL.search(part):
                continue
            if (
                not 2 <= len(part) <= 24
                or _CHROME.match(part)
                or (han.search(r"[。,!?;:]|\d{2,}|^[\p{Han}]{2}\d$", part) and not _is_numbered(part))
            ):
                continue
            found.append(part)
    found = [part for part in found if is_plausible(part, labelled=False)]
    known = [part for part in found if part in media()]
    formed = [part for part in found if _MEDIUM.search(part)]
    short = [part for part in found if len(part) <= LONGEST_ACCOUNT]
    return next((parts[-1] for parts in (known, formed, short) if parts), None)


def _is_numbered(part: str) -> bool:
    """Return whether a name of a medium begins with its number: 39健康网, 21世纪经济报."""
    return han.fullmatch(r"\d{1,4}[\p{Han}]{2,10}", part) is not None and (
        part in media() or _NAMED.search(part) is not None
    )


def _medium_of(part: str) -> str:
    """Return the medium in a part of a dateline that has other words too.

    Examples: 示例网 (综合), 示例网/记者张三/台北报导, 示例时报 张三/台北报导.
    """
    part = re.sub(r"\s*[(【\[](?:综合|编译|整理|组图|图)?[)】\]]?$|^[(【\[](?=[^)】\]]*$)", "", part).strip()
    first, _, rest = part.partition("/")
    if rest and (
        first in media()
        or _NAMED.search(first)
        or re.search(r"\d日电$", rest)
        or is_name(rest)
        or _REPORTS.search(rest)
        or (_HOUSE.search(first) and han.fullmatch(r"[\p{Han}]{2,4}", rest))
    ):
        part = first.strip()
    # the writer beside the medium is not part of its name: 示例财经 张三, 示例日报·张三
    words = [word for word in re.split(r"[ ·]", part) if word]
    if 1 < len(words) <= 4 and any(map(is_name, words)):
        others = [word for word in words if not is_name(word)]
        if len(others) == 1 and is_medium(others[0]):
            return others[0]
    words = part.split(" ")
    return words[0] if len(words) > 1 and (words[0] in media() or _NAMED.search(words[0])) else part


def reporters_medium(text: str) -> str | None:
    """Return the medium in 《》 whose reporter wrote the text (作者:《江城日报》记者 张三); None if the line names none."""
    found = _REPORTERS.search(text) if len(text) <= 60 else None
    return tidy(found[1]) or None if found else None


def is_department(value: str) -> bool:
    """Return whether a name is that of a department, which is not in the list of media: 宣教中心, 办公室."""
    return _DEPARTMENT.search(value) is not None and value not in media()


def is_follow_button(text: str) -> bool:
    """Return whether a text is the button beside an account: 关注, +关注."""
    return _FOLLOW.fullmatch(text) is not None


def supplied(text: str) -> str | None:
    """Return the office that supplied the text (供稿:县公安局); None if the text does not name an office."""
    for found in _SUPPLIED.finditer(text) if re.search("稿|报送|单位|机构|部门", text) else ():
        value = found[1] or found[2]
        if _OFFICE.search(value):
            return value
    return None


def _bare(part: str) -> str:
    """Return a part of a dateline without labels and tags in brackets: 游民星空 for 游民星空[整理]."""
    part = re.sub(r"\s*\[(?:整理|综合|原创|编译|转载)\]$", "", part.strip(" ·|:,-—/"))
    part = re.sub(r"^(?:(?:原创|首发|独家)\s*|(?:由|(?i:by|in))\s+)", "", part)
    part = _DOMAIN.sub("", _REPORT.sub("", part))
    return re.sub(
        r"(?:\s*(?:配信|发表于|发布于|发表)|\s+发布|\s*(?:发布|发稿|发表|更新)?(?:日期|时间)|\s*来源)\s*:?$", "", part
    )


def account(text: str) -> str | None:
    """Return the name of the account in a line beside the date; None if the line is not an account."""
    value = tidy(_medium_of(text))
    if (
        not value
        or len(value) > 20
        or _CHROME.match(value)
        or is_boilerplate(value)
        or is_name(value)
        or value in _CHANNELS
        or _CHANNEL.search(value)
        or re.search(r"[。,!?;:《》|>]|\d{3,}", value)
    ):
        return None
    return value
