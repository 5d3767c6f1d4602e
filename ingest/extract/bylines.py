"""Bylines: authors with roles, and editors, as Chinese pages name them.

Bylines occur in the line below the title (作者:, 记者), in the first lines (【文/观察者网 王文】), in the dateline
(新京报讯(记者 陆一夫)), in brackets at the end of the text ((李楠), (记者 王茜 通讯员 张三)) or on lines of their own.
Photographers named in captions are not authors, so a caption is passed to an `authors_in_*` function only if it names a
writer.
"""

from __future__ import annotations

import re

from ingest.extract.css_names import words
from ingest.extract.line_kinds import is_boilerplate
from ingest.extract.media_and_place_names import is_place, media, starts_with_place
from ingest.zh import han
from ingest.zh.dictionary_words import common_words
from ingest.zh.lexicon import Lexicon
from ingest.zh.person_names import plausible_name
from store.records import Credit

_LEXICON = Lexicon()
#: surnames of one or two characters
_SURNAMES = _LEXICON.credit_surnames
#: the most frequent surnames, which about nine in ten people have
_FREQUENT = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
    "顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文闫肖付樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
)
_NOT_NAMES = words(
    "报道 摄影 供图 图片 文字 记者 通讯员 编辑 作者 来源 未知 佚名 网络 网络整理 综合 整理 本报 本网 "
    "本刊 admin 管理员 匿名 原创 转载 摄 图 文 讯 电 日电 通讯 特约 实习 见习 完 组图 资料图 "
    "新华社 新华网 人民网 发布 时间 日期 字号 浏览 次数 小编 本站 无 网友 责编 责任 校对 审核 组织 "
    "完成 如图 高清 采访 撰写 综合报道 编译 专电 消息 快讯 平安 宣传科 办公室 政治处 视觉中国 全文 "
    "同时 后者 前者 其中 记者团 周刊 金融 时政 万事 文章 公安 公开 安全 关于 连接 广告 广播 家园 "
    "国际 国家 国内 文化 成都 成长 任务 向前 向后 高级 高清图 马上 明天 和平 白天 时候 强调 全国 "
    "全面 全部 全市 全省 常务 常见 应该 经济 经过 通过 解放 解决 管理 相关 查看 商业 海外 金额 法律 "
    "法治 法院 党委 党建 都市 农业 农村 简介 简报 单位 安防 东部 方面 方法 方案 时评 时代 时尚 明星 "
    "江南 江西 江苏 河南 河北 广东 广西 云南 海南 安徽 甘肃 山东 山西 宁夏 宁波 武汉 杭州 苏州 常州 "
    "温州 汉中 富阳 于是 关注 白皮书 文艺 石家庄 燕赵 华夏 华龙网 祖国 连线 计划 经典 荣誉 权威 车讯 "
    "来自 收藏 综合报导 报导 联合报导 编译中心 即时中心 公众号 房产 家居 水利 和谐 支部 平台 利益 时事 易车 文旅 周一 周二 周三 周四 周五 周六 周日 张图片 张照片 张组图 综合整理 现场直击 现场报道 图片报道 联合报道"
)
ROLES = (
    ("特约记者", "记者"), ("见习记者", "记者"), ("实习记者", "记者"), ("全媒体记者", "记者"), ("首席记者", "记者"), ("特派记者", "记者"),
    ("新闻记者", "记者"), ("记者", "记者"), ("特约通讯员", "通讯员"), ("通讯员", "通讯员"), ("报道员", "通讯员"), ("实习生", "实习生"),
    ("作者", "作者"), ("撰稿人", "作者"), ("撰稿", "作者"), ("撰文", "作者"), ("采写", "记者"), ("文字", "文"), ("编译", "编译"), ("评论员", "作者"),
    ("图文", "文"), ("文图", "文"), ("整理", "作者"),
)  # fmt: skip
#: roles of writers; the other roles in `Article.authors` (图, 摄影) are photographers
WRITING = frozenset(("记者", "通讯员", "作者", "文", "编译", "实习生"))

#: maximum number of names without a role that are taken for writers; a longer list names participants. The
#: labelled pages have at most three
MOST_NAMES = 4

_ORG = r"[\p{Han}A-Za-z《》·-]{0,20}?"
_ROLE = r"(?:特约|见习|实习|全媒体|首席|特派|融媒体?|高级|资深|新闻|本报|本网|本刊)*(?:记者|通讯员|报道员|作者|撰稿人?|撰文|采写|采访|整理|文字|编译|评论员|实习生)"
_LIST_STOP = re.compile(
    r"[。,;!?\[\]【】()|<>《》“”]|\d|\s*/\s*(?:文|图|摄)(?=\s|$)|文\s*[/、]\s*图|图\s*[/、]\s*文|图文|文图|文并图|\s*(?:(?:责任|执行|网络|值班|实习|本文|新媒体)?编辑|责编|校对|审[核校]|来源|稿源|摄影?报?道?|供图|报[道导]|摄制|发自|(?:图|视频)\s*[/:丨|]|图片|制图|发布|时间|日期|点击|浏览|阅读|字[号体]|"
    r"打印|分享|收藏|评论|电(?=\s|$|\))|讯(?=\s|$)|主编|监制|统筹|策划|编导|剪辑|出镜|配音|见习编辑|实习编辑|关键|标签|更新|文号|栏目)"
)
#: endings of the names of offices and media: 法治日报, 团结支队
_OFFICE = re.compile("(?:报|网|社|台|刊|局|所|队|院|部|厅|委|办|站|科|室|处|中心|[联同]盟|新闻|客户端|融媒体?|发布)$")
#: endings of offices, places and enterprises that precede the writer in a signature: (图书馆 张三), (石桥镇 李四)
_UNIT = re.compile(
    "(?:^供稿|^投稿|馆|校|园|厂|矿|镇|乡|村|街道|公司|集团|大学|学院|医院|银行|[协学]会|团|庭|社区|基地)$"
)
#: last characters of names of media; a word with such an ending is not a person's name: 金羊网, 经济通讯社
_NO_NAME_END = ("网", "报", "刊", "圈", "社")
#: words for places and for positions in pictures, which are not names: 金水区, 左图, 左二
_PLACE = han.regex("[\\p{Han}]{1,2}[区县市镇乡巷街组]|[左右前后中][图一二三四五六侧排]")
#: signatures of police press offices, which count as names: 粤公宣, 江警宣
_SIGNED = han.regex("[\\p{Han}]{1,2}[公警检法政司]宣")
#: Uyghur, Kazakh, Tibetan and Mongol names written without a dot: 古丽娜尔, 木合塔尔, 扎西多吉
_OTHER_NAME = han.regex(
    "(?:古丽|阿依|阿不|阿布|买买|麦麦|木合|努尔|热依|吐尔|艾尔|依力|塔依|阿力|艾合|扎西|次仁|卓玛|才让|央金|格桑|达瓦|旦增|洛桑|乌云|娜仁|斯琴|苏日)[\\p{Han}]{2,3}"
    "|[\\p{Han}]{2,3}(?:古丽|古力|娜尔|买提|别克|依木|木江|提江|拉提|卓玛|扎西|才让|多吉|旺姆|拉姆|其其格|图雅|巴特尔)"
)
#: characters that occur in descriptions (受访者提供) but not in names of four characters
_NO_NAME = re.compile("[者供图文摄报讯的了与为在省市县区镇乡村州]")
_GIVEN_SPLIT = re.compile(r"[、/,&\s]+")
#: the place of a report after a slash, which is not a name: 记者张三/台北报导
_REPORTED_FROM = han.regex(r"/\s*[\p{Han}]{2,6}(?=\s*报[道导])")


def is_name(text: str) -> bool:
    """Return whether a word of a credit line may be a person's name.

    The label of the line already says that a name follows. Therefore rare surnames, signatures of press offices and
    names of ethnic minorities without a dot are accepted. Only words that are usual in credit lines are excluded, not
    all words of the dictionary.
    """
    if text in _NOT_NAMES or _PLACE.fullmatch(text) or text.endswith(_NO_NAME_END):
        return False
    if len(text) == 4 and is_place(text):
        return False  # a city with its province is not a name: 江苏南通
    if _SIGNED.fullmatch(text) or (_OTHER_NAME.fullmatch(text) and not is_office(text)):
        return True
    parts = re.split("[·•]", text)
    if len(parts) > 1 and any(map(is_office, parts)):
        return False
    return plausible_name(text, _LEXICON, credit=True)


def _is_medium(text: str) -> bool:
    """Return whether a text is in the list of media or ends like the name of a medium."""
    return text in media() or re.search("(?:[日晚早时]报|报社?|网|社|台|新闻|客户端|周刊|杂志|财经)$", text) is not None


def is_office(text: str) -> bool:
    """Return whether a text ends like the name of an office or a medium."""
    return _OFFICE.search(text) is not None


def names_in(text: str) -> list[str]:
    """Return the names at the start of a list ("王 茜 王宇蓝", "张三、李四"), up to the first other word.

    Names written with blanks between their characters are joined.
    """
    text = _REPORTED_FROM.sub("/", text)
    stop = _LIST_STOP.search(text)
    words = _GIVEN_SPLIT.split(text[: stop.start()] if stop else text)
    # 和 and 及 join two names, but also occur in names (林和谦)
    tokens = [part for word in words for part in ([word] if is_name(word) else re.split("[和及]", word)) if part]
    reports = (
        stop is not None and re.match(r"\s*(?:摄影)?报[道导]|\s*[电讯]", stop.group() + text[stop.end() :]) is not None
    )
    while (
        len(tokens) > 1
        and (is_place(tokens[-1]) or (len(tokens[-1]) > 3 and reports and starts_with_place(tokens[-1])))
        and (reports or len(tokens[-1]) > 3 or "/" in text or len(tokens) > 2)
    ):
        tokens.pop()  # the place of the reporter is not a name: 记者 张三 山东冠县报道, 作者:张三/台北
    found: list[str] = []
    index = 0
    while index < len(tokens):
        run = index
        while run < len(tokens) and len(tokens[run]) == 1:
            run += 1
        if run - index >= 2:
            found += _spaced(tokens[index:run])
            index = run
            continue
        word = tokens[index].strip(":·-—_ ")
        word = re.sub(rf"^.*?{_ROLE}", "", word) or word
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if han.fullmatch(_ROLE, word):
            index += 1
        elif len(word) == 1 and word in _SURNAMES and han.fullmatch("[\\p{Han}]{2}", following):
            found.append(word + following)
            index += 2
        elif not is_name(word) and (name := _before_place(word)):
            found.append(name)
            break
        elif is_name(word) or (
            # four characters without a known surname (古丽米热) count as a name only after another name
            found
            and han.fullmatch("[\\p{Han}]{4}", word)
            and word not in _NOT_NAMES
            and not is_place(word)
            and not (_OFFICE.search(word) or _NO_NAME.search(word) or {word[:2], word[2:]} & common_words())
        ):
            found.append(word)
            index += 1
        elif together := _run_together(word):
            found += together
            index += 1
        else:
            break
    return found


def _before_place(word: str) -> str | None:
    """Return the name at the start of a word in which a place follows: (记者张三北京21日电), (作者:张三北京大学教授).

    Returns None for any other word.
    """
    for size in (3, 2, 4):
        name, rest = word[:size], word[size:]
        if len(rest) >= 2 and is_name(name) and (is_place(rest) or (len(rest) >= 4 and starts_with_place(rest))):
            return name
    return None


def _run_together(word: str) -> list[str]:
    """Return the names of a word that consists of two to four names without separators: 谭飞王艳明闫鹃.

    Each name must have two or three characters, a usual surname, and not be a word. If the word can be divided in
    several ways, the only division with frequent surnames is returned; [] if there is none or more than one.
    """
    if not 4 <= len(word) <= 12 or not han.fullmatch(r"[\p{Han}]+", word) or _OFFICE.search(word):
        return []
    ways: list[list[str]] = [[]]
    complete: list[list[str]] = []
    while ways:
        way = ways.pop()
        rest = word[sum(map(len, way)) :]
        if not rest:
            complete.append(way)
            continue
        for size in (2, 3):
            name = rest[:size]
            if len(name) == size and len(way) < 4 and _is_usual_name(name):
                ways.append([*way, name])
    if len(complete) > 1:
        complete = [way for way in complete if all(name[0] in _FREQUENT for name in way)]
    return complete[0] if len(complete) == 1 else []


def _is_usual_name(text: str) -> bool:
    """Return whether a word has a surname that is not rare, and is neither a word of the dictionary nor a place."""
    return text[:1] in _LEXICON.surnames and is_name(text) and text not in common_words() and not is_place(text)


def _spaced(letters: list[str]) -> list[str]:
    """Return the names formed by single characters: 李 亚 饶 果 is two names, 陈 东 升 is one.

    Return [] if the first character is not a surname.
    """
    if len(letters) < 2 or letters[0] not in _SURNAMES:
        return []
    if len(letters) in (2, 3):
        return ["".join(letters)]
    for size in (2, 3):
        rest = letters[size:]
        if rest[0] in _SURNAMES and (tail := _spaced(rest)):
            return ["".join(letters[:size]), *tail]
    return ["".join(letters[:2])]


_BRACKET = re.compile(r"[(【\[]\s*([^()【】\[\]]{2,60}?)\s*[)】\]]")
_LEAD = han.regex(rf"^.{{0,30}}?(?:讯|电|消息|报道)?\s*[(【\[]\s*({_ORG}{_ROLE}[^()【】\[\]]{{1,60}})[)】\]]")
_LEAD_NAMES = han.regex(
    r"^[【\[]?(?:[\p{Han}]{2,10}\d{1,2}月\d{1,2}日[电讯]|[\p{Han}]{1,10}讯)[】\]]?\s*[(【]\s*([^()]{2,30})[)】]"
)
#: writers with roles, not in brackets, at the start of the text: 法治日报讯 记者张三 通讯员李四 ……; 本报记者张三报道:……
_LEAD_BARE = han.regex(
    rf"^\W{{0,2}}(?:[\p{{Han}}]{{1,10}}(?:\d{{1,2}}月\d{{1,2}}日)?[电讯]\s*({_ROLE}\s*[\p{{Han}}].{{1,40}})"
    rf"|(?:[\p{{Han}}]{{1,10}}讯[】\])]\s*)?([\p{{Han}}]{{0,8}}?{_ROLE}\s*[\p{{Han}}、\s]{{2,16}}?)\s*(?:\d{{1,2}}月)?(?:\d{{1,2}}日)?\s*报道(?:\s*[:。,]|\s)"
    rf"|([\p{{Han}}]{{2,8}}\s?{_ROLE}\s[\p{{Han}}、\s]{{2,16}}?)\s(?=[\p{{Han}}\d“]{{4}}))"
)
#: writers without a role after the medium at the start of the text: 示例财经 张三 5月20日,……; 示例晚报讯 张三 ……
_LEAD_MEDIUM = han.regex(
    r"^\W{0,2}[\p{Han}]{2,8}(?:讯|财经|新闻|网|报|社)\s([\p{Han}]{2,3}(?:[、\s][\p{Han}]{2,3}){0,2})\s+(?=\d{1,2}月\d|[\p{Han}“]{4})"
)
_OWN_LINE = han.regex(
    rf"^\W{{0,3}}(?:整合\s+|统筹\s+|综合\s+)?(?:(?:本文)?{_ORG}{_ROLE})(?:\s*[/:丨|]|\s|(?=[\p{{Han}}]{{2,9}}(?:\s|$|、|/)))"
)
#: a line that consists of a label and one word, which is a name even without a known surname: 采访记者:央际
_LABELLED_NAME = han.regex(r"^\W{0,3}[\p{Han}]{0,4}(?:记者|作者|撰文|采写)\s*[:/丨|]\s*([\p{Han}]{2,3})\W*$")
#: a writer with a Latin name after a Chinese label: 作者: Alan Wei
_LATIN_NAME = re.compile(
    r"(?:作\s*者|记\s*者|编\s*译|撰\s*文)\s*[:/丨|]\s*([A-Z][a-z]+(?: [A-Z][a-z.]+){1,2})(?![A-Za-z])"
)
_TEXT_ROLE = re.compile(
    r"^\W{0,3}(?:本版)?(?:文|图文|文图|文/图|图/文|文字|撰文|作者|采写|供稿人?|投稿人?|执笔人?|文、图|文并图)\s*(?:[/:丨|]\s*(?:图\s*[/:丨|]?\s*)?|\s)(.{2,60})$"
)
#: writers before their role: 张三 李四/文 王五/图, 张三 文
_NAMES_FIRST = han.regex(
    r"^\W{0,2}([\p{Han}·、\s]{2,30}?)(?:\s*(?:撰文|供稿|文\s*[/、]\s*(?:图|摄|供图))|(?:\s*[/丨|]\s*|\s+)(?:文字?|图\s*[/、]\s*文))(?=$|\W)"
)
#: writers after the medium: 来源:《示例日报》、张三 李四; or directly after the label: 来源:张三
_AFTER_SOURCE = han.regex(
    r"^\W{0,2}(?:本文)?来源\s*[:|丨]\s*(?:《[^》]{2,20}》\s*[、,]?\s*|[\p{Han}]{2,10}(?:报|网|社|台|新闻|客户端|周刊)\s+)?([\p{Han}·]{2,4}(?:[、\s]+[\p{Han}·]{2,4}){0,4})\s*\)?$"
)
#: writers before an agency in brackets: 张三(新华社供本报特稿)
_AGENCY_SIGNED = han.regex(
    r"^\W{0,2}([\p{Han}]{2,4}(?:[、\s][\p{Han}]{2,4}){0,3})\s*\((?:据?新华社|中新社|本[报网刊])[^()。]{0,12}\)\W*$"
)
#: a writer before a note about the writer: 张三(作者系某某大学教授)
_PRESENTED = han.regex(
    r"(?:^|[。!?”\s])\W{0,2}([\p{Han}]{2,4}(?:[、\s][\p{Han}]{2,4})?)\s*\((?:本文)?作者(?:系|为|是|单位)[^()]{2,40}\)\W*$"
)
#: a writer after the writer's offices or works: (作者:某某大学法学院教授张三), (本文来源:甲报 作者:乙研究所主任、研究员李四)
_INTRODUCED = han.regex(
    r"作者\s*[:系]\s*[^:()]{4,60}(?:教授|研究员|主任|部长|院长|所长|会长|理事|书记|局长|处长|科长|队长|校长|总编辑?|博士|硕士|学者|专家|作家|诗人|律师|经理|董事长|总裁|委员|代表|秘书长|评论员|教师|医师|》)\s*([\p{Han}]{2,4})\W*$"
)
#: a writer directly after the office: 作者:示例大学历史学院张三
_AFTER_OFFICE = han.regex(
    r"^[\p{Han}]{2,20}(?:大学|学院|学校|研究[院所]|法院|检察院|公安局|分局|派出所|[支大中]队|医院|中心|委员会|协会|学会|报社|公司|宣传部|政府)\s*([\p{Han}]{2,3})$"
)
#: a writer directly after the medium: 甲报/张三
_AFTER_MEDIUM = han.regex(
    r"^\W{0,2}[\p{Han}]{2,10}(?:报|网|社|台|新闻|快讯|周刊|杂志|中心)\s*/\s*([\p{Han}]{2,4})(?=$|\s|\d)"
)
#: at most four writers: 张三、李四 (source of regular expressions)
_WRITERS = r"([\p{Han}]{2,4}(?:[、\s][\p{Han}]{2,4}){0,3})"
#: writers before the place of their report: (张三/台北报导); and its source, which _PLACED_LINE uses too
_PLACED_FORM = rf"{_WRITERS}\s*/\s*[\p{{Han}}]{{2,6}}报[道导]"
_PLACED = han.regex(_PLACED_FORM)
#: writers before 报道 or the place from which they report: (张三报道), (张三 发自上海)
_REPORTED = han.regex(r"([\p{Han}]{2,4}(?:[、\s][\p{Han}]{2,4}){0,3}?)\s*(?:(?:综合|摄影)?报[道导]|发自[\p{Han}]{2,6})")
#: a foreign name in Chinese characters: 约翰·史密斯
_DOTTED = han.regex(r"[\p{Han}]{2,6}[·•・][\p{Han}]{2,8}(?:[·•・][\p{Han}]{2,8})?")
#: a line that consists of writers and the place of their report: 张三/台北报导, 【张三/台北报导】
_PLACED_LINE = han.regex(rf"[(【\[]?\s*{_PLACED_FORM}\s*[)】\]]?")
#: writers before their medium: 张三/甲报
_BEFORE_MEDIUM = han.regex(rf"\W{{0,2}}{_WRITERS}(?:\s*/\s*|\s)([\p{{Han}}·+]{{2,12}})")
#: a translator or writer with a single Latin name at the start of the text: 电影网讯(编译/Rita)
_LATIN_LEAD = han.regex(r"^[\p{Han}]{1,8}[讯电]?\s*\((编译|文|翻译|作者)\s*[/:]\s*([A-Z][a-z]{1,14})\)")
#: words after a name which show that the person is the photographer, not a writer: 张三 摄
_TOOK = re.compile(r"\s*/?\s*(?:摄(?!影)|摄影\s*(?:$|[)】。,;])|供图)")

_TRANSLATED = han.regex(r"^\W{0,2}原创\s*[:]\s*([\p{Han}]{2,6}?)(?:编译|翻译|\s|$)")
_PHOTO_ROLE = re.compile(r"(?:图片?|摄影|摄|供图)\s*[/:丨|]\s*([^/|()]{2,30})")
_EDITOR = han.regex(
    r"(?<![^\W\d_])(?:本文|本期|网站|网络|执行|值班|实习|见习|新媒体|融媒体?|全媒体|客户端|公众号|微信|文字|本版|版面|图文|栏目)?\s*(?:责\s*任\s*编\s*辑|编\s*辑|责\s*编|责\s*任\s*编\s*审|网\s*编|选\s*稿|(?i:editors?)(?=\s*:))\s*(?:[:丨|/]|\s(?=[\p{Han}]{2,4}(?:\s|$|[\])】,/])))\s*(.{1,60})"
)
#: an editor after the name of a medium, in brackets: (示例网编辑 张三)
_MEDIUM_EDITOR = han.regex(
    r"(?:^|[(【\[])\s*[\p{Han}]{1,12}(?:网|报|社|台|客户端)\s*(?:责任|实习|见习)?编辑\s*[:\s]\s*([\p{Han}·]{2,4}(?:[、\s]+[\p{Han}·]{2,4}){0,3})\s*[)】\]]?\s*$"
)
#: an editor before the role, in brackets: (张三 编辑)
_EDITOR_AFTER = han.regex(r"[(【\[]\s*([\p{Han}·]{2,4}(?:[、\s][\p{Han}·]{2,4}){0,2})\s+(?:责任)?编辑\s*[)】\]]\s*$")
#: endings of departments and systems; a word after 编辑 with such an ending is not a name
_NO_EDITOR = re.compile("(?:部|组|中心|平台|系统|自动化|编辑部|工作室)$")
_EDITOR_STOP = re.compile(
    r"[\])】>。|丨│]|\s*(?:(?:实习|见习|值班|执行|新媒体|网络)?编辑|责任编辑|责编|责任校对|校对|审[核校读稿签]|核发|监审|编务|排版|[一二三初终复]审|监制|主编|来源|稿源|签发|作者|记者|摄影|文字|值班|编审|设计|制图|(?<=\s)发布|发布[:时日]|邮箱|电话|热线|QQ|字号|收藏|点赞|阅读|时间|统筹|视频|运营|美编|组版|检校|(?:副?总|副主)编(?=[\s:/])|关键[词字]|标签|点击|浏览|打印|纠错|我要|分享|返回|举报|投诉|扫|未经|版权|\d{4}[-年])"
)
#: a note after the name of an editor, which is removed: (责编:张三(实习生)、李四)
_TRAINEE = re.compile(r"\((?:实习|见习)(?:生|编辑)?\)")
#: the label of another person after the editors: 编辑/张三 特约专家/李四, 编辑:张三 审签:李四
_NEXT_LABEL = han.regex(r"\s+[\p{Han}]{2,8}\s*[:/丨|](?=\s*\S)")
#: a line that consists of the label and a name without a separator: 编辑张三
_EDITOR_GLUED = han.regex(r"^\W{0,2}(?:责任|本文|本期|值班|网络)?(?:编辑|责编)([\p{Han}]{2,3})\W*$")
#: a writer and the label of an editor without a blank between them: 甲报记者 张三编辑 李四
_AFTER_WRITER = han.regex(
    r"^(\W{0,2}[\p{Han}·]{0,12}(?:记者|作者|通讯员|撰文)\s[\p{Han}\s]{2,12}?)((?:责任)?编辑\s+[\p{Han}]{2,4}\b)"
)
#: the login of an editor after the name: 张三_zhangsan
_LOGIN = han.regex(r"(?<=[\p{Han}])[\s_(]+[a-z][a-z0-9]{2,}\)?$")
#: position between the editors of adjoining elements whose texts run together: 责任编辑:张三实习编辑:李四
_RUN_ON = han.regex(r"(?<=[\p{Han}])(?=(?:实习|见习|值班|执行|责任|网络|新媒体)编辑\s*[:丨|/])")
#: login names of content systems, which are not names of editors
_ACCOUNT = re.compile(r"(?:admin\w*|root|system|editor|webmaster|test|user|news|web)\d*", re.I)
_STAFF_CODE = re.compile(r"[_\s(]*(?:[A-Z]{1,5}_?\d{2,}|\d{3,}|[A-Z]{2,3}\d*(?=$))\)?$")


_WIDE = han.regex(r"(?<![\p{Han}])(记|作|编|责|摄|来|稿|时|日)\s+(者|辑|编|影|源|间|期)(?=\s*[:/丨])")
_ZONE = han.regex(
    r"(作\s*者|记\s*者|通讯员|撰\s*文|采\s*写|撰\s*稿|(?:供|投)\s*稿人?(?=\s*:)|(?<![\p{Han}])文(?:\s*[/、]\s*图)?(?=\s*[/:丨|])|(?i:(?<![a-z])(?:by|authors?|writers?|reporters?)\b))\s*[:/丨|]?\s*([^|]{2,40})"
)


def unspaced(text: str) -> str:
    """Return `text` without the blanks within labels: 记 者:张三 -> 记者:张三."""
    return _WIDE.sub(r"\1\2", text)


def authors_in_zone(text: str) -> list[Credit]:
    """Return the credits in the line below a headline: 来源:华龙网 作者:张三 记者 李四."""
    text = unspaced(text)
    if latin := _LATIN_NAME.search(text):
        return _credits("作者", [latin[1]])
    if (signed := _AFTER_MEDIUM.match(text)) and not is_office(signed[1]):
        return _credits("作者", [signed[1]])
    found = _ZONE.search(text)
    if not found or len(text) > 120 or re.search(r"(?:摄影?|供图)\W*(?:\d[\d年月日./-]*)?\W*$", text):
        return []
    return author_value(found[2] if found[1][0] in "作供投文" or found[1].isascii() else found.group())


def authors_in_line(text: str, *, lead: bool = True) -> list[Credit]:
    """Return the credits of a line that is a byline; with `lead`, also of a text that begins with a byline."""
    text = unspaced(text)
    found: list[Credit] = []
    if len(text) <= 80:
        own = _TEXT_ROLE.match(text)
        if own:
            value = re.split(r"\s+(?:图|摄影|摄)\s*[/:丨|]", own[1])[0]
            role = "作者" if text.lstrip("(【[ ").startswith("作者") else "文"
            found += _mixed_credits(value, role) or _credits(role, _writers(value))
        translated = _TRANSLATED.match(text)
        if translated and not found:
            found += _credits("编译", [translated[1]])
        if not found and _OWN_LINE.match(text) and "。" not in text[:-1]:
            found += _role_credits(text)
        if not found and "。" not in text and (first := _NAMES_FIRST.match(text)):
            found += all_names(first[1])
        if not found and (named := _LABELLED_NAME.match(text)) and not (is_office(named[1]) or is_place(named[1])):
            found += _credits("记者" if "记者" in text else "作者", [named[1]] if named[1] not in _NOT_NAMES else [])
        if not found and (after := _AFTER_SOURCE.match(text)):
            found += [credit for credit in all_names(after[1]) if not is_office(credit.name)]
    if not found and lead:
        found += _opening(text)
    found += _photographers(text) if len(text) <= 80 else []
    return found


def _opening(text: str) -> list[Credit]:
    """Return the credits at the start of a text: 本报讯(记者 张三 通讯员 李四)……, 法治日报讯 记者张三 通讯员李四……"""
    if latin := _LATIN_LEAD.match(text):
        return _credits("编译" if latin[1] in ("编译", "翻译") else "作者", [latin[2]])
    bare = _LEAD_BARE.match(text)
    if bare:
        return _role_credits(bare[1] or bare[2] or bare[3])
    if (beside := _LEAD_MEDIUM.match(text)) and all(map(_is_usual_name, re.split(r"[、\s]", beside[1]))):
        return _credits("记者", names_in(beside[1]))
    opening = _LEAD.match(text) or _LEAD_NAMES.match(text)
    if not opening or re.search(r"摄$|供图$", opening[1]):
        return []
    return author_value(opening[1], "记者")


def is_editor_line(text: str) -> bool:
    """Return whether a line begins with the label of an editor: 责任编辑:张三."""
    return re.match(r"\W{0,3}(?:责任|本文)?(?:编\s*辑|责\s*编)\s*[:丨|/]", text) is not None


def is_own_line(text: str) -> bool:
    """Return whether a short line without 。 begins with the role of a writer: 记者张三 李四 台北报道."""
    return len(text) <= 40 and "。" not in text and _OWN_LINE.match(text) is not None


def line_of_names(text: str) -> list[Credit]:
    """Return the credits of a line that consists of two to MOST_NAMES names: 张三 李四; 黄千容 赖世杰 台中.

    The place of the report may follow the names.
    """
    names, _, place = text.rpartition(" ")
    found = all_names(names if is_place(place) else text) if len(text) <= 24 else []
    return found if 1 < len(found) <= MOST_NAMES and all(is_name(credit.name) for credit in found) else []


def only_name(text: str) -> list[Credit]:
    """Return the credit of a line that consists of one name of three characters with a usual surname; else [].

    A mark may precede the name (■ 张小三), and blanks may be between its characters. A foreign name with a dot counts, too.
    """
    if _DOTTED.fullmatch(text):
        return _credits("作者", [text])
    name = re.sub(r"^[^\w(]{1,2}\s*|(?<=\w) (?=\w)", "", text)
    certain = len(name) == 3 and _is_usual_name(name) and not is_office(name)
    return _credits("作者", [name]) if certain else []


def placed_line(text: str) -> list[Credit]:
    """Return the credits of a line that consists of writers and the place of their report (张三/台北报导); else []."""
    found = _PLACED_LINE.fullmatch(text)
    return [credit for credit in _credits("记者", names_in(found[1])) if is_name(credit.name)] if found else []


def signed_with_medium(text: str) -> list[Credit]:
    """Return the credits of a line that consists of writers and their medium: 张三/示例新闻; else []."""
    found = _BEFORE_MEDIUM.fullmatch(text)
    return _credits("作者", names_in(found[1])) if found and _is_medium(found[2]) else []


def all_names(text: str) -> list[Credit]:
    """Return the credits of a text that consists of names, which may follow an office (团结派出所 张三); else []."""
    rest = text.strip()
    if not names_in(rest):
        words = re.split(r"\s+|:\s*", rest)
        while len(words) > 1 and (_OFFICE.search(words[0]) or _UNIT.search(words[0]) or words[0] in media()):
            words.pop(0)
        rest = " ".join(words)
    names = names_in(rest)
    return _credits("作者", names) if names and "".join(names) == re.sub(r"[\s、]", "", rest) else []


def signed_with_office(text: str) -> list[Credit]:
    """Return the credits of a line that consists of an office and one or two writers: 江城市公安局 张三; else []."""
    office, _, names = text.partition(" ")
    if (
        not names
        or len(text) > 30
        or not 4 <= len(office) <= 20
        or not (_OFFICE.search(office) or _UNIT.search(office))
    ):
        return []
    found = all_names(names)
    return found if len(found) <= 2 and all(_is_usual_name(credit.name) for credit in found) else []


def authors_in_tail(text: str, *, plain: bool = True) -> list[Credit]:
    """Return the credits at the end of a line: in brackets, before a note in brackets, or after the last sentence.

    Examples: (李楠), (文/图 刘玺东 易赛楠), (编译/林靖东), (记者 王茜 王宇蓝). `plain`: accept names without a role in brackets.
    """
    if signed := _AGENCY_SIGNED.match(text) or _PRESENTED.search(text[-80:]):
        return _credits("作者", names_in(signed[1]))
    found = re.search(r"[(【\[]\s*([^()【】\[\]]{2,60}?)\s*[)】\]]\s*(?:[。|]|《[^。]{2,16})?\s*$", text)
    if not found:
        bare = han.search(rf"[。!?”]\s*((?:编译/)?{_ORG}{_ROLE}\s*[:]?\s*[\p{{Han}}·、\s]{{2,30}})[|\s]*$", text)
        return _role_credits(bare[1]) if bare else []
    inner = re.sub(r"^作者单位\s*:\s*", "", found[1])
    if inner in media():
        return []
    if re.search(r"摄\s*$|供图\s*$|^图(?:为|片来源)|化名|音译", inner):
        return []
    if introduced := _INTRODUCED.search(inner):
        return _credits("作者", names_in(introduced[1]))
    if re.match(r"(?:文/图|图/文|图文|文图|文、图|文|编译|撰文|作者|采写|撰稿)\s*[/:丨|\s]", inner):
        role = "编译" if inner.startswith("编译") else "作者" if inner.startswith("作者") else "文"
        return _credits(
            role, _writers(han.sub(r"^(?:文/图|图/文|文、图|[\p{Han}]{1,2})\s*[/:丨|\s]\s*", "", inner))
        ) + _photographers(inner)
    if han.search(_ROLE, inner):
        return author_value(inner)
    if first := _NAMES_FIRST.match(inner):
        return all_names(first[1])
    if placed := _PLACED.fullmatch(inner) or _REPORTED.fullmatch(inner):
        return _credits("记者", names_in(placed[1]))
    if (signed := _BEFORE_MEDIUM.fullmatch(inner)) and _is_medium(signed[2]):
        return _credits("作者", names_in(signed[1]))
    # names without a role in brackets are a signature only at the end of the text
    return all_names(inner) if plain else []


def _writers(value: str) -> list[str]:
    """Return the names in the value of a label such as 文/ or 作者:. An office or a role may come before each name."""
    value = re.split(r"\s*(?:图|摄影|摄|视频|编辑|校对)\s*[/:丨|]", value)[0]
    roles = _role_credits(value)
    if roles:
        return [credit.name for credit in roles]
    names = names_in(value)
    if (
        not names
        and 2 <= len(value) <= 10
        and han.fullmatch(r"[\p{Han}A-Za-z·.\s]{2,20}", value)
        and value not in _NOT_NAMES
    ):
        last = value.split(" ")[-1]
        if is_name(last):
            return [last]
    return names


def _role_credits(text: str) -> list[Credit]:
    """Return the credits for each role word in a text: 记者 张三 李四 通讯员 王五."""
    found: list[Credit] = []
    marks = list(han.finditer(_ROLE, text))
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        part = text[mark.end() : end].strip(" :/丨|·")
        names = names_in(part)
        if (
            number + 1 < len(marks)
            and names
            and not re.search(r"[\s、,]", part[len(names[-1]) :])
            and "".join(names) != re.sub(r"[\s、,]", "", part)
        ):
            names = [name for name in names if name in part]
        if names == [part] and len(part) == 2 and text[:end].endswith(part) and text[end : end + 2] == "记者":
            names = []  # the short name of a medium directly before the role is not a name: 采写:江都记者 李四
        if _TOOK.match(part[sum(map(len, names)) + len(names) - 1 :] if names else part):
            continue
        role = next((role for word, role in ROLES if mark.group().endswith(word)), "记者")
        found += _credits(role, names)
    return found


def _photographers(text: str) -> list[Credit]:
    if re.match(r"\W{0,3}(?:文/图|图/文|图文)", text):
        return []
    return [Credit("图", name) for found in _PHOTO_ROLE.finditer(text) for name in names_in(found[1])]


_CAPTIONED = re.compile(
    r"(?:^|[\s。.,;!?:()|/])(?:(?:本报|本网|特约|实习|首席)?(?:记者|通讯员|实习生)\s*)?([^\s。.,;!?:()|/]{2,4}(?:\s[^\s。.,;!?:()|/]{1,3})?)\s*"
    r"/?\s*摄(?:影(?:报道)?)?\s*\)?\W*$"
)


def photographer_of(caption: str) -> list[Credit]:
    """Return the photographer named at the end of a caption: 图为…… 记者 李伟 摄, (王小明/摄)."""
    found = _CAPTIONED.search(caption)
    return _credits("摄影", [name for name in names_in(found[1]) if is_name(name)]) if found else []


def _credits(role: str, names: list[str]) -> list[Credit]:
    return [Credit(role, name) for name in names]


#: roles of a medium's own writers; the name of the medium may come directly before such a role
_STAFF = re.compile("(?:记者|评论员)$")


def author_value(value: str, role: str = "作者") -> list[Credit]:
    """Return the credits in the value of a labelled field (作者: ..., meta author). Only names of people are returned.

    Names before the first role word get the role `role`.
    """
    value = re.sub(r"\s*[,;]\s*", "、", value.strip(" :|/,;"))
    office = _AFTER_OFFICE.match(value.split(" ")[0]) or _AFTER_OFFICE.match(value)
    return (
        _mixed_credits(value, role)
        or _credits(role, names_in(value))
        or all_names(value)
        or _credits(role, [office[1]] if office and _is_usual_name(office[1]) else [])
    )


def _mixed_credits(value: str, role: str) -> list[Credit]:
    """Return the credits of a value with role words; names before the first role word get `role` (张三 实习生 李四).

    Text directly before 记者 or 评论员 is the name of a medium (江都记者 李四).
    """
    first = han.search(_ROLE, value)
    if first is None:
        return []
    before = value[: first.start()]
    named = names_in(before) if before.endswith((" ", "、")) or not _STAFF.search(first.group()) else []
    return _credits(role, named) + _role_credits(value)


def editors_in(text: str) -> list[str]:
    """Return the names after 责任编辑, 编辑, 责编 or 选稿, or before 编辑 in brackets, without staff codes.

    Proofreaders and supervisors are not editors.
    """
    text = _AFTER_WRITER.sub(r"\1 \2", _RUN_ON.sub(" ", _TRAINEE.sub("", text[-200:])))
    signed = _MEDIUM_EDITOR.search(text) or _EDITOR_AFTER.search(text)
    if (glued := _EDITOR_GLUED.match(text)) and _is_usual_name(glued[1]):
        return [glued[1]]
    found: list[str] = names_in(signed[1]) if signed else []
    position = 0
    while True:
        match = _EDITOR.search(text, position)
        if not match:
            return found
        value = match[1]
        for pattern in (_NEXT_LABEL, _EDITOR_STOP):
            if stop := pattern.search(value):
                value = value[: stop.start()]
        found += [name for name in _editor_names(value) if name not in found]
        position = match.start(1) + max(len(value), 1)


#: a role before the name of an editor, which is removed: 编辑:实习生 张三
_EDITOR_ROLE = han.regex(r"^(?:实习生|见习生|实习编辑|实习|见习|值班|记者|通讯员)\s*(?=[\p{Han}]{2})")


def _editor_names(value: str) -> list[str]:
    value = re.split(r"[(【\ufffd]", value.strip(" :_-/|,、[](){}【】"))[0].strip(" _-")
    if re.fullmatch(r"[A-Za-z]{0,6}[_-]?\d{2,}", value):
        return []  # the value is only a staff code: PN054
    value = (
        _STAFF_CODE.sub("", value) if len(_STAFF_CODE.sub("", value)) > 3 or han.search("[\\p{Han}]", value) else value
    ).strip(" _-")
    if not value or len(value) > 40:
        return []
    if re.fullmatch(r"[A-Za-z][\w.\-]*(?: [A-Za-z][\w.\-]*)?", value):
        # a login name is all in small letters: celiawu
        return [] if _ACCOUNT.fullmatch(value) or re.search(r"\d", value) or value.islower() else [value]
    names: list[str] = []
    for raw in re.split(r"[、,/;]+", value):
        part = _STAFF_CODE.sub("", re.sub(r"\((?:实习|见习|值班).*", "", raw).strip())
        part = _LOGIN.sub("", _EDITOR_ROLE.sub("", part))
        if re.fullmatch(r"[a-z][a-z0-9_.]*", part):
            continue  # a login beside others: zhangsan,lisi
        words = part.split(" ")
        spaced = names_in(part) if len(words) > 1 else []
        if spaced and len("".join(spaced)) == len(part.replace(" ", "")):
            names += spaced
        elif _is_medium(part) or part.endswith(("发布", "融媒", "编辑部")):
            continue
        elif len(words) > 1 and all(
            2 <= len(word) <= (6 if is_name(words[-1]) and han.fullmatch(r"[\p{Han}]+", word) else 4) for word in words
        ):
            names += [word for word in words if not (_is_medium(word) or is_office(word) or word.endswith("融媒"))]
        elif (
            1 < len(part) <= 14
            and not re.search(r"[。?!:]", part)
            and part not in _NOT_NAMES
            and not _NO_EDITOR.search(part)
            and not is_boilerplate(part)
        ):
            names.append(
                part.replace(" ", "")
                if han.fullmatch(r"[\p{Han}] [\p{Han}]{1,2}", part)
                else words[0]
                if len(words) > 1 and is_name(words[0])
                else part
            )
    return names
