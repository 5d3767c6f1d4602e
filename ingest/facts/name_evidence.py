"""Tests whether three characters that look like a name are a person's name, by nearby words and repetitions.

A name without a title is recognised by the words around it (沈南鹏、徐小平; 郭荣梅认为; 刘云刚教授). Three characters of a
product, a company or a phrase (龙湖春江紫宸项目, 亿欧智库, 越厚越大) look like a name but have no such words around them.
"""

from __future__ import annotations

import re

from ingest.facts.document import Doc
from ingest.zh import han
from ingest.zh.person_names import FOREIGN, PersonNames

#: minimum number of points of a name. On 237 labelled candidates of 88 news pages, a minimum of 1 point misses 2 of 182
#: true names and accepts 10 wrong ones; 0.5 points miss 1 and accept 16. On 2,318 sentences of the People's Daily with
#: 204 true names, 1 point misses 45 and 0.5 points miss 15
NEEDED = 0.5
#: words after a candidate that show a person: verbs of speech and action, titles, ages, kin
_ACTS = han.regex(
    r"(?:笑着|动情|坦言|高兴|激动|感慨|无奈)?地?(?:说(?![明服])|介绍(?!信)|告诉|表示|坦言|回忆|感慨|认为|透露|解释|指出|强调|称(?![号为赞])|坦承|承认|问道?|喊道?|答道?|想起|记得|记忆|记忆犹新|哭|笑|叹)|"
    r"(?:教授|副教授|研究员|博士|院士|主任|先生|女士|同志|老师|师傅|老人|夫妇|夫妻|一家|家人|等人|院长|校长|书记|所长|警官|医生|律师|烈士|大爷|大妈|大娘|阿姨|奶奶|爷爷|大哥|大姐|和他|和她|自己|本人|[他她])|"
    r"\((?:左|右|中|男|女|化名|前|后|图|19|20|\d{2}岁)|,(?:男|女|今年|现年|\d{2}岁|(?:19|20)\d\d年)|今年|\d{2}岁|(?:通讯员|记者)"
    r"|的(?:妻子|丈夫|父亲|母亲|儿子|女儿|家|爷爷|奶奶|妈妈|爸爸|老伴|爱人|徒弟|师傅|同事|朋友|手|眼|脸|电话|遗|话|声音|身影|故事|名字|办公|妹|弟|哥|姐)|"
    r"[穿戴端吃喝捧拎挎举握开骑走][着了上下进完过]|[又也还就便却都正已总常便先再仍曾刚才]|[被把向对和与跟给让帮带拉拿推敲走跑站坐蹲跪爬扶抱背掏递翻跳冲赶]|是(?![否])|有(?![限关])|在(?![线建])|从|接过|来到|回到|打开|发现|赶到|没|不|上前|连忙|立即|赶紧|马上|一把"
)
#: words after a candidate that count as evidence: a verb with a particle (齐宝军卷了, 章美娟管着), or 演, 会, 为
_DOES = han.regex("[\\p{Han}]{1,2}[了着过]|演|会|为")
#: words after a candidate that show a thing, not a person
_THING = re.compile(
    "项目|公司|集团|企业|科技|智库|医疗|品牌|机构|大会|部门|教育|邮报|产品|系统|平台|酒店|花园|大厦|广场|小区|超市|银行|基金|股份|控股|资本|传媒|影业|俱乐部|大学|学院|医院|等企业|宸|府|苑|湾|号楼|款|牌|版|型|级|类|性(?!子)|化(?![名装])|率(?![领部先众队])|度(?![过])|费(?![力尽了])"
)
#: end of the text before a name: punctuation, or a word that is not part of a name, such as 的, 名叫, 和 or 被
_APART = han.regex(
    r"(?:[的、,。“”\n:;!?)》—/]|名叫|叫做?|是|由|和|与|及|跟|向|对|被|让|给|为|请|找|据|告|而|当|等|从|将|把|如|但|致|助|看来?|因|即|使|像|于|在|所|自|以|到|队|籍|军|援) ?\Z"
)
#: end of the text before a name: occupations and kin (mostly only their last character), verbs of meeting and help
_PERSON_NOUN = han.regex(
    r"(?:大佬|家|员|师|手|工|人|生|民|商|者|兵|友|星|匠|医|客|长|士|哥|嫂|姐|弟|妹|娘|爹|妈|爸|伯|叔|婶|爷|奶|婆|公|儿|女|子|伴|徒|警|臣|户|干部|总监|经理|总裁|顾问|主播|导演|演员|教练|认识了?|遇[到见]了?|扶起|救起|找到) ?\Z"
)
#: the end of a word for a person that is not a name: 小哥 (顺丰小哥 is a courier, so 丰小哥 is not a name)
_KIN_END = re.compile("小[哥姐妹弟]\\Z")


def looks_foreign(s: str, start: int, end: int) -> bool:
    """Return whether s[start:end] is part of a longer foreign name in Chinese script: 纳比奇 of 布尔纳比奇, 邓布利 of 邓布利多."""
    inside = sum(char in FOREIGN for char in s[start:end])
    beside = (s[start - 1 : start] in FOREIGN and start > 0) + (s[end : end + 1] in FOREIGN and end < len(s))
    return inside >= end - start - 1 and beside > 0 and inside + beside >= end - start


def shown(doc: Doc, names: PersonNames, start: int, end: int) -> bool:
    """Return whether the words around s[start:end] and its repetitions show that it names a person.

    A candidate before a word for a thing, inside a foreign name, after 小, 老 or 阿, or with an end like 小哥 is rejected.
    """
    s = doc.s
    if (
        _THING.match(s, end)
        or looks_foreign(s, start, end)
        or s[start - 1 : start] in ("小", "老", "阿")
        or _KIN_END.search(s, start, end)
    ):
        return False
    points = 0.0
    if _ACTS.match(s, end):
        points += 1.0
    if _PERSON_NOUN.search(s, max(0, start - 4), start):
        points += 1.0
    elif _APART.search(s, max(0, start - 4), start) or start == 0:
        points += 0.5
    if _DOES.match(s, end):
        points += 0.5
    if names.count(s[start:end]) > 1:
        points += 0.5
    if s[end : end + 1] in ("", *"、,。;”\n)( /及和与") or s[end].isdigit():
        points += 0.5
    return points >= NEEDED
