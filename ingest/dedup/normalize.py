"""Text -> what is compared of it: folded, simplified, without the furniture that sites add around a copy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from ingest.zh.simplify import simplified, without_glosses
from ingest.zh.text import clean_lines, sentences

#: a run of so many equal characters counts as taken over; 5 finds 0.07 of an unrelated article of the same field in
#: another (6: 0.03), 8 loses one light edit in 42
RUN = 6
#: a text with fewer compared characters is never merged with anything (docs/FAULTS.md X4)
MIN_CHARACTERS = 80

#: characters of an article that are looked at; the longest of 42 labelled articles has 9,000. Nothing that grows
#: with a hostile page of megabytes is built
LOOKED_AT = 60_000

#: a line that begins so is no sentence of the article but a field of its page
_FIELD = re.compile(
    r"[\[(【(]?(?:文章|信息|稿件|新闻|图片|本文|素材|内容)?"
    r"(?:来源|稿源|出处|转自|转载自?|原标题|标题|作者|原作者|责任编辑|责编|编辑|编审|主编|副主编|责任校对|校对|校审|审核|审签"
    r"|初审|复审|终审|一审|二审|三审|监制|策划|出品|统筹|制作|排版|美编|值班编辑|值班主任|记者|实习记者|全媒体记者|通讯员"
    r"|撰稿|撰文|摄影|摄像|供稿|供图|图|文|图/文|文/图|发布时间|发布日期|发表时间|更新时间|时间|日期|发布者|发布人|发布单位"
    r"|浏览次数|浏览量|阅读量|阅读|点击数?|点击率|字号|字体|分享到?|扫一扫|上一[篇页条]|下一[篇页条]|关键[词字]|标签"
    r"|相关(?:阅读|新闻|链接|报道)|延伸阅读|推荐阅读|声明|免责声明|版权声明|特别声明|郑重声明|版权所有|投稿邮箱|爆料"
    r"|新闻热线|您?(?:现在|当前)?的?位置)[^::。]{0,8}[::]"
)
#: what an editor puts before an article, as other articles of its series have it; on a line of its own it stands for
#: the line behind it. A longer line is taken for the article that was merged with it
_NOTE = re.compile(
    r"[\[【(<]?(?:编者按|编者的话|编者语|编者注|编辑按|编前语?|开栏的话|开栏语|开栏寄语|开篇语|栏目寄语|记者按|按语)[\]】)>]?(?:[:: ]|$|(?<=[\]】)>]))"
)
_NOTE_LENGTH = 400
#: a whole line that says nothing of the story
_IDLE = re.compile(
    r"(?:点击|扫描|扫码|长按|识别|关注|阅读|查看|展开|返回|更多|加载|下载|打开|分享|收藏|点赞|转发|举报|评论|登录|一键)"
    r"[^。]{0,24}|[^。]{0,12}(?:阅读原文|查看全文|更多精彩|更多资讯|未完待续|END|全文完|完)[^。]{0,4}"
    r"|\(?原标题[^。]{0,60}|[^。,]{2,10}讯|\(完\)|[▲△▼▽◎●■□◆★].{0,60}|\d[\d\s:.\-/年月日]{5,24}[^。]{0,12}"
)
#: sentences of a site about itself
_DISCLAIMER = re.compile(
    r"(?:本|该)(?:平台|网站?|站|号|文|公众号)[^。]{0,20}(?:仅提供|不代表|不承担|无关|保留|转载|版权)|仅代表作者"
    r"|信息存储空间|如有侵权|侵权(?:请|必)|版权归|未经授权|请勿转载|转载请注明|与本网无关|联系(?:我们)?删除|投稿邮箱"
)
#: 本报讯(记者 …), 中新网西藏4月7日电 …: who sent it when
_DATELINE = re.compile(
    r"^(?:[\u4e00-\u9fff·A-Za-z0-9 ]{0,24}?(?:讯|电|消息))(?:\s*\([^)]{2,60}\)\s*|[::,\s]+|(?=[“\"]))"
)
_CREDIT = re.compile(r"[((][^()()]{0,6}(?:记者|通讯员|作者|供稿|来源|编辑|摄影|实习生)[^()()]{0,60}[))]\s*$")
#: what is not compared: all but letters, Chinese characters, digits, and points inside a figure
_UNMEANT = re.compile("[^\u3400-\u9fff\U00020000-\U0003ffffA-Za-z0-9%‰.]+|(?<![0-9])[.]|[.](?![0-9])")
#: the naught of a year in Chinese figures, as it is written: 二〇一九, 二○一九, 二0一九
_NAUGHT = re.compile("[〇○◯0](?<=[一二三四五六七八九].)[〇○◯0]*")
#: a line that begins the site's list of other stories: nothing behind it is compared
_OTHERS = re.compile(
    r"[【\[]?(?:新闻推荐|相关(?:新闻|阅读|链接|推荐|报道|文章)|延伸阅读|推荐阅读|猜你喜欢|热门(?:推荐|新闻|文章)|更多新闻|为您?推荐|大家都在看|网友评论|精彩评论)"
    r"[】\]]?[::]?"
)


@dataclass(frozen=True)
class Prepared:
    """What is compared of one article. The derived forms are computed once and kept with it."""

    title: str
    #: sentences as written (folded, simplified), without furniture
    sentences: tuple[str, ...]
    #: the same, squashed to what is compared; none is empty
    squashed: tuple[str, ...]

    @cached_property
    def body(self) -> str:
        """All squashed sentences in one."""
        return "".join(self.squashed)

    @cached_property
    def whole(self) -> str:
        """Title and body."""
        return self.title + self.body

    @cached_property
    def runs(self) -> frozenset[str]:
        """Every run of RUN characters of the body."""
        return frozenset(self.body[i : i + RUN] for i in range(len(self.body) - RUN + 1))

    @property
    def comparable(self) -> bool:
        """Long enough to be told apart at all."""
        return sum(map(len, self.squashed)) >= MIN_CHARACTERS


def squash(text: str) -> str:
    """Characters of a folded, simplified text that are compared, in order."""
    return _UNMEANT.sub("", _NAUGHT.sub(lambda found: "零" * len(found[0]), text))


def is_furniture(line: str, title: str = "") -> bool:
    """Whether a folded, simplified line belongs to the page and not to the story."""
    if len(line) <= 160 and _FIELD.match(line) and not re.search("。.*。", line):
        return True
    if len(line) <= 90 and _IDLE.fullmatch(line):
        return True
    if len(line) <= 200 and _DISCLAIMER.search(line):
        return True
    return bool(title) and squash(line) == title


def _without_note(lines: list[str]) -> list[str]:
    """Lines without what an editor put before the article."""
    kept: list[str] = []
    headed = False
    for line in lines:
        note = _NOTE.match(line)
        if len(line) > _NOTE_LENGTH or not (note or headed):
            kept.append(line)
        headed = note is not None and note.end() == len(line)
    return kept


def unadorned(title: str, text: str) -> list[str]:
    """The lines of an article, folded and in simplified characters, without those that its page added."""
    lines = without_glosses(simplified(clean_lines(text[:LOOKED_AT]))).split("\n")
    end = next((n for n, line in enumerate(lines) if n and _OTHERS.fullmatch(line)), len(lines))
    heading = _heading(title)
    return [line for line in lines[:end] if not is_furniture(line, heading)]


def _heading(title: str) -> str:
    return squash(without_glosses(simplified(clean_lines(title[:400]))))


def prepare(title: str, text: str) -> Prepared:
    """What is compared of an article. Never raises; an empty text gives no sentences."""
    kept = _without_note(unadorned(title, text))
    if kept:
        kept[0] = _DATELINE.sub("", kept[0], count=1)
        kept[-1] = _CREDIT.sub("", kept[-1])
    pieces: list[str] = []
    for line in kept:
        pieces += [line[start:end] for start, end in sentences(line)]
    pairs = [(piece, squashed) for piece in pieces if (squashed := squash(piece))]
    return Prepared(_heading(title), tuple(p for p, _ in pairs), tuple(s for _, s in pairs))
