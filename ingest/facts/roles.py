"""Titles and occupations of persons, by class, and the words before a title that belong to it (社区民警, 镇党委书记)."""

from __future__ import annotations

import re

from ingest.zh import han
from ingest.zh.segment import listed

#: class -> titles without modifiers
_TITLES = {
    "police": (
        "所长 副所长 教导员 副教导员 指导员 副指导员 政委 副政委 民警 辅警 女警 新警 户籍警 社区警 村警 乡警 网格警 乘警 骑警 网警 巡警 片儿警 警务助理 警务员 管段警 移民管理警察 移管警察 警官 警长 艇长 巡长 交警 特警 刑警 片警 警员 协警 特警队员 刑警队员 巡特警队员 侦查员 侦察员 检查员 督察员 接警员 处警员 法医 队长 副队长 中队长 副中队长 大队长 副大队长 支队长 副支队长 总队长 探长 值班长 警务室主任 "
        "内勤 户籍员 法制员 局长 副局长 分局长 处长 副处长 政治处主任 教官 警嫂 人民警察 共产党员 党员 一级英模 二级英模 英模 劳动模范 劳模 卫士 标兵 能手 楷模 烈士 好民警"
    ),
    "official": (
        "嘎查长 嘎查达 苏木达 苏木长 旗长 副旗长 书记 副书记 主任 副主任 镇长 副镇长 乡长 副乡长 区长 副区长 县长 副县长 市长 副市长 村长 市委常委 县委常委 区委常委 村支书 支书 院长 法官 检察官 调解员 网格员 网格长 人大代表 政协委员 会长 理事长 秘书长 "
        "科长 副科长 股长 副股长 调研员 副调研员 主任科员 科员 司法所所长 站长 部长 副部长 省长 副省长 厅长 副厅长 州长 副州长 审判长 总统 总理 议员 大使 发言人 巡视员 副巡视员 老支书 支部书记 总支书记 主席 副主席 庭长 法官助理"
    ),
    "citizen": (
        "船民 裁缝 邮递员 护工 会计 养路工 巡道工 扳道工 乘务员 列车员 站务员 桥长 河长 林长 路长 楼门长 讲解员 饲养员 守碑人 守林人 吊车工 挡车工 绣娘 药农 船工 侨亲 侨眷 侨商 包租婆 包租公 驴友 车友 租客 房客 掌柜 盐民 虾农 蟹农 蚕农 蜂农 烟农 林农 胶农 藕农 菌农 采茶女 大老执 活路头 水暖工 后生 传承人 牧羊人 带头人 农机手 女工 女能人 街坊 渔嫂 军嫂 采茶工 采棉工 纺织工 牧户 护路员 巡护员 村民 居民 市民 渔民 牧民 农民 群众 老人 老汉 老乡 住户 租户 商户 经营户 店主 摊主 业主 户主 老板 老板娘 店长 司机 驾驶员 车主 乘客 旅客 游客 船主 船老大 渔排主人 主人 志愿者 队员 护边员 护林员 管护员 员工 工人 经理 "
        "总经理 董事长 负责人 创始人 护士长 果农 菜农 茶农 瓜农 粮农 棉农 花农 客商 玉商 茶商 药商 菜商 摊贩 小贩 农户 养殖户 种植户 残疾人 代办员 班长 组长 一户 社长 社工 族长 画家 歌手 教练 经营者 创办人 大学生村官 嫌疑人 犯罪嫌疑人 违法人员 律师 医生 护士 "
        "老师 教师 校长 副校长 园长 学生 中学生 小学生 新生 前辈 男孩 女孩 男孩子 女孩子 同桌 同学 班主任 孩子 儿子 女儿 妻子 丈夫 母亲 父亲 爷爷 奶奶 祖父 祖母 外公 外婆 阿妈 阿爸 额吉 当事人 受害人 被害人 事主 报警人 求助者 失主 房东 房主 退役军人 退休职工 个体户 初中生 高中生 女童 男童 青年 船员 渔工 快递员 外卖员 骑手 保安 保洁员 厂长 徒弟 师父 师傅 同事 "
        "邻居 独居老人 老党员 楼长 楼栋长 小伙 小伙子 姑娘 大学生 创业者 企业家 社区工作者 阿婆 阿公 阿姨 大爷 大妈 大娘 大叔 大姐 大哥 务工人员 来访者 向导 五保户 低保户 贫困户 孤儿 产妇 孕妇 老兵 村民小组长 寨老 族老 村医 船长 矿工 矿长 工程师 技术员 渔老大 店员 退休工人 支边人 好人 员 "
        "首席执行官 执行官 总裁 副总裁 总监 合伙人 分析师 投资人 主持人 导演 编剧 演员 学员 球员 主教练 队医 明星 球星 影星 牧师 神父 研究生 博士生 "
        "男子 女子 嫌犯 逃犯 总管 原告 被告 侨胞 侨领 轮机手 水手 猎手 鼓手 护路工 电工 焊工 环卫工 维修工 农民工 理发师 厨师 设计师 面点师 茶艺师 歌师 木匠 "
        "石匠 铁匠 鞋匠 的哥 的姐 果商 粮商 船东 货主 东家 毕摩 阿訇 羊倌 马倌 中医 校医 兽医 炊事员 护路队员 巡防队员 职工 教授 副教授 研究员 研究馆员 专家 学者 院士 作家 诗人 摄影师 "
        "表哥 表弟 表姐 表妹 哥哥 弟弟 姐姐 妹妹 孙子 孙女 外孙 侄子 侄女 女婿 儿媳 丈母娘 岳父 岳母 公公 婆婆 爱人 老伴 夫人 未婚妻 女友 男友 战友 搭档"
    ),
}
#: words before a title that belong to it
_MODIFIERS = re.compile(
    r"(?:社区|户籍|驻村|治安|刑侦|值班|出警|年轻|青年|老|女|新|党员|窗口|内勤|责任区|包片|夜班|退休|巡逻|办案|驻所|处警|专职|交通|主办|值守|水上|案件|综合|社区党委|党支部|党委|党总支|总支|党工委|政法委|纪委|镇党委|乡党委|"
    r"村|居|综治办|司法所|妇联|居委会|村委会|街道|镇|乡|区|县|市|办公室|副|市政府|公安局|公司)+$"
)


#: titles of persons who speak publicly under their own name; they are citizens but not masked (docs/privacy.md)
EXPERTS = frozenset(listed("教授 副教授 研究员 研究馆员 专家 学者 院士 作家 诗人"))
#: titles of relatives, who often have the surname of another person of the text
KINSHIP = frozenset(listed("儿子 女儿 父亲 母亲 祖父 祖母 爷爷 奶奶 哥哥 弟弟 姐姐 妹妹 孙子 孙女 侄子 侄女"))


def _pattern() -> re.Pattern[str]:
    """Return the pattern of all titles, grouped by first character, longer titles first."""
    words = sorted({word for titles in _TITLES.values() for word in titles.split()}, key=len, reverse=True)
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[0], []).append(word[1:])
    # not matched: a title that ends in 警 before 务 (社区警|务室, but also 民警|务必), and 女儿 before 童
    titles = "|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in groups.items())
    return re.compile(f"(?:{titles})(?<!警(?=务))(?<!女儿(?=童))")


ROLE = _pattern()
CLASS_OF = {word: cls for cls, titles in _TITLES.items() for word in titles.split()}


#: offices (_OTHER_OFFICE) and teams (_OTHER_TEAM) outside the police, before a title that mostly means an officer:
#: 教育局局长, 司法所副所长, 护村队队长
_OTHER_OFFICE = han.regex(
    r"(?:(?<!公安)(?<!公)(?<!分)(?<!县)(?<!市)(?<!区)(?<!总)(?<!警)局党?[组委]?书?记?、?|(?:司法|研究|事务|卫生|供电|财政|国土|招待|税务|工商)所)\Z"
)
_OTHER_TEAM = han.regex(
    r"(?:护村|护林|护渔|护边|护牧|护鸟|巡护|护校|巡逻|巡防|联防|义警|志愿|救援|施工|工程|舞蹈|秧歌|合唱|消防|车|船|马|篮球|足球|龙舟|舞狮|生产|服务|调解|马帮|民兵|工作|驻村|宣讲|腰鼓|锣鼓|搜救|运输|考古|勘探|医疗|采访|代表|国家|球|战)队?\Z"
)
_CHIEF = re.compile("副?(?:所长|局长)\\Z")
_CAPTAIN = re.compile("副?队长\\Z")
#: titles whose class depends on the office before them: 派出所综合室主任 is an officer, 公司党支部书记 is not
_OFFICE_TITLES = frozenset(
    listed(
        "主任 副主任 书记 副书记 支部书记 总支书记 科长 副科长 股长 副股长 站长 副站长 组长 班长 队员 部长 副部长 调研员 科员 主任科员"
    )
)
#: a part of the police before a title of _OFFICE_TITLES, without another office between
_POLICE_OFFICE = han.regex(
    r"(?:公安(?:分?局|处|厅)|分局|派出所|警务|[刑交特巡辅]警|[大中支总]队|看守所|户籍|户政|出入境|边检|反诈中心|指挥中心|案管|法制|刑侦|治安|视频侦查)"
    r"(?:(?!社区|居委|村|镇|乡|街道|县|市|学校|公司|协会|集团|司法|法院|政府|商会|合作社)[\p{Han}、]){0,10}\Z"
)
#: offices outside public service, before a title that otherwise means an official: 茶叶合作社理事长
_PRIVATE_OFFICE = han.regex(
    r"(?:合作社|协会|商会|公司|集团|(?<!总)工会|车队|船队|俱乐部|基金会|[同乡华侨友亲][\p{Han}]{0,2}总?会|联谊会|促进会|业委会|业主委员会|"
    r"家委会|家长委员会)[\p{Han}]{0,4}\Z"
)
_PRIVATE_TITLES = frozenset(listed("会长 理事长 秘书长 主席 副主席 主任 副主任 部长 科长"))
#: teams of other authorities: 劳动监察大队|副大队长
_OTHER_FORCE = re.compile("(?:监察|城管|执法|应急|消防|渔政|水政|救援|稽查)(?:[大中支总]队)?(?:副)?\\Z")
#: a civil team that is introduced before its captain: 反诈队由12名退休职工组成,|队长
_TEAM_BEFORE = han.regex(
    r"队”?[^。]{0,4}由[^。]{0,24}(?:职工|居民|村民|群众|志愿者|商户|保安|牧民|渔民|老人|党员|司机|骑手|店主|业主|青年|大妈|大爷)[^。]{0,6}(?:组成|组建)(?:的)?,\Z"
)
#: a civil team in the same paragraph before a captain without a team: 成立“银角消防巡防队”,每晚轮流敲锣。|队长
_CIVIL_TEAM = han.regex(
    r"(?<!警)(?:义警|义务|志愿[\p{Han}]{0,4}|巡防|联防|夜巡|巡护|护[林村渔校路河鸟牧边]|消防巡?[\p{Han}]{0,2}|互助|红袖标|和事佬|调解|劝导|宣传|宣讲|秧歌|龙舟|舞龙|舞狮)"
    r"(?:小分|分|小)?队”?(?!长)[^\n警]{0,90}[,。;]\Z"
)
#: titles that are nicknames if the text has them alone in quotation marks: 他们都叫她“院长”
_JESTING = frozenset(
    listed("院长 站长 村长 镇长 部长 主席 庭长 区长 市长 县长 总理 大使 法官 审判长 会长 秘书长 理事长 发言人")
)


def class_of(s: str, title: re.Match[str]) -> str:
    """Return the class of a person with this title.

    The class differs from CLASS_OF if an office or a team before the title changes it, or if the title is a nickname.
    """
    cls = CLASS_OF[title[0]]
    before = s[max(0, title.start() - 24) : title.start()].removesuffix("的")
    if cls != "police" or title[0] in _OFFICE_TITLES:
        if title[0] in _OFFICE_TITLES and _POLICE_OFFICE.search(before):
            return "police"
        private = bool(title[0] in _PRIVATE_TITLES and _PRIVATE_OFFICE.search(before))
        # a title that the text also quotes, without an office before it, is a nickname
        private = private or (title[0] in _JESTING and not han.is_han(before[-1:] or "。") and f"“{title[0]}”" in s)
        return "citizen" if private else cls
    if title[0].endswith("队长") and _OTHER_FORCE.search(before):
        return "official"
    before = before[-10:]
    if _CHIEF.match(title[0]) and _OTHER_OFFICE.search(before):
        return "official"
    if _CAPTAIN.match(title[0]) and (
        _OTHER_TEAM.search(before)
        or _TEAM_BEFORE.search(s, max(0, title.start() - 60), title.start())
        or (title[0] == "队长" and _CIVIL_TEAM.search(s, max(0, title.start() - 110), title.start()))
    ):
        return "citizen"
    return cls


#: words between two titles of one person: 兼反诈中心 in 队长|兼反诈中心|主任, 、村支部 in 民警|、村支部|书记
_JOINT_TITLE = han.regex(r"(?P<rest>(?:兼(?:任)?|、)[\p{Han}]{0,14})\Z")


def joint_role(s: str, start: int) -> str | None:
    """Return the police title that is joined by 兼 or 、 to the title at `start`, or None: 队长 of 队长兼主任."""
    joint = _JOINT_TITLE.search(s, max(0, start - 16), start)
    if joint is None:
        return None
    end = joint.start()
    for title in ROLE.finditer(s, max(0, end - 8), end):
        if title.end() == end and class_of(s, title) == "police":
            return title[0]
    return None


#: the two characters before 员: 理发 in 理发员
_TWO = han.regex("[\\p{Han}]{2}$")


def whole_role(s: str, match: re.Match[str]) -> tuple[str, int]:
    """Return the title with its modifiers (社区民警, 镇党委书记) and its start; "" if 员 is part of another word.

    员 alone includes the two characters before it (理发员). Other titles of citizens have no modifiers.
    """
    before = s[max(0, match.start() - 12) : match.start()]
    if match[0] == "员":
        word = _TWO.search(before)
        if not word or word[0] == "通讯" or s[match.end() : match.end() + 1] in ("会", "工", "们", "额", "的"):
            return "", match.start()
        return word[0] + "员", match.start() - 2
    modifiers = _MODIFIERS.search(before) if CLASS_OF[match[0]] != "citizen" else None
    length = len(modifiers[0]) if modifiers else 0
    return s[match.start() - length : match.end()], match.start() - length


#: modifiers of 民警 and 辅警 that describe a temporary state, not the role
_TEMPORARY = re.compile(r"^(?:值班|出警|年轻|青年|老|新|驻所|处警)(?=民警|辅警)")


def clean_role(role: str) -> str:
    """Return the title; 民警 and 辅警 lose modifiers for a temporary state: 值班民警 becomes 民警, 社区民警 does not change."""
    return _TEMPORARY.sub("", role)
