"""Normalised texts for comparison: half-width, in simplified script, without boilerplate that sites add to a copy."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from threading import Lock

from ingest.dedup.figures import figures, tokens
from ingest.dedup.names import people, places
from ingest.zh import han
from ingest.zh.seed_format import clean_lines
from ingest.zh.simplify import simplified, without_glosses
from ingest.zh.text_spans import sentences

#: minimum length in characters of an equal run that counts as copied. With 5, a share of 0.07 of an article counts as
#: copied from an unrelated article of the same field (with 6: 0.03). With 8, one of 42 lightly edited copies is missed
RUN = 6
#: a text with fewer compared characters is never merged (docs/FAULTS.md X4)
MIN_CHARACTERS = 80

#: maximum number of characters of an article that are compared; the longest of 42 labelled articles has 9,000. This
#: bounds memory and time for hostile pages of megabytes: with 60,000, one comparison of two such pages took 296 ms
MAX_CHARACTERS = 20_000

#: maximum number of characters of a sentence that are aligned, because the time of an alignment is quadratic
#: (docs/FAULTS.md T5)
MAX_SENTENCE = 240
#: maximum number of sentences of a text that are aligned. Not measured
MAX_SENTENCES = 400
#: maximum number of characters of the texts in the cache of runs, which takes some 150 bytes a character (45 MB)
MAX_RUNS = 300_000
#: maximum number of characters of the texts in the cache of prepared texts, which takes some 60 bytes a character
#: without the runs (72 MB). A batch of 50 articles of 2,000 characters with 50 neighbours has 200,000 characters
MAX_PREPARED = 1_200_000

#: start of a line that is a field of the page (source, editor, date) and not a sentence; the line is not compared
_PAGE_FIELD = re.compile(
    r"[\[(【(]?(?:文章|信息|稿件|新闻|图片|本文|素材|内容)?"
    r"(?:来源|稿源|出处|转自|转载自?|原标题|标题|作者|原作者|责任编辑|责编|编辑|编审|主编|副主编|责任校对|校对|校审|审核|审签"
    r"|初审|复审|终审|一审|二审|三审|监制|策划|出品|统筹|制作|排版|美编|值班编辑|值班主任|记者|实习记者|全媒体记者|通讯员"
    r"|撰稿|撰文|摄影|摄像|供稿|供图|图|文|图/文|文/图|发布时间|发布日期|发表时间|更新时间|时间|日期|发布者|发布人|发布单位"
    r"|浏览次数|浏览量|阅读量|阅读|点击数?|点击率|字号|字体|分享到?|扫一扫|上一[篇页条]|下一[篇页条]|关键[词字]|标签"
    r"|相关(?:阅读|新闻|链接|报道)|延伸阅读|推荐阅读|声明|免责声明|版权声明|特别声明|郑重声明|版权所有|投稿邮箱|爆料"
    r"|新闻热线|您?(?:现在|当前)?的?位置)[^::。]{0,8}[::]"
)
#: the heading of an editor's note, which is often the same for a whole series and is not compared. If the heading is
#: alone on its line, the next line is the note
_NOTE = re.compile(
    r"[\[【(<]?(?:编者按|编者的话|编者语|编者注|编辑按|编前语?|开栏的话|开栏语|开栏寄语|开篇语|栏目寄语|记者按|按语)[\]】)>]?(?:[:: ]|$|(?<=[\]】)>]))"
)
#: maximum length in characters of a line that is an editor's note. A longer line also contains the article and is
#: compared
_MAX_NOTE = 400
#: a whole line that is not part of the story and is not compared, such as a call to click or a date
_NO_CONTENT = re.compile(
    r"(?:点击|扫描|扫码|长按|识别|关注|阅读|查看|展开|返回|更多|加载|下载|打开|分享|收藏|点赞|转发|举报|评论|登录|一键)"
    r"[^。]{0,24}|[^。]{0,12}(?:阅读原文|查看全文|更多精彩|更多资讯|未完待续|END|全文完|完)[^。]{0,4}"
    r"|\(?原标题[^。]{0,60}|[^。,]{2,10}讯|\(完\)|[▲△▼▽◎●■□◆★].{0,60}|\d[\d\s:.\-/年月日]{5,24}[^。]{0,12}"
)
#: a line that begins like _PAGE_FIELD but is compared, because it states the time of an event and not of publication
_EVENT_TIME = re.compile(r"[^::]{0,2}(?:时间|日期)[^::]{0,2}[::].*(?:[上下中]午|晚|[—~至到]\s*\d|\d:\d\d\s*-\s*\d)")
_DATE = r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}/\d{1,2}/\d{4})"
#: a line of page data, which is not compared: two dates without a word between them (published, changed), or a date and
#: an action (提交) or a count (12评论)
_STAMP = re.compile(
    rf"[^。!?]{{0,160}}{_DATE}(?:\s{{0,2}}{_DATE}[^。!?]{{0,16}}"
    r"|[ T-]*(?:\d{1,2}:\d\d(?::\d\d)?)?\s*(?:(?:提交|发布|发表|更新|上传|编辑|\d+ ?(?:[Mm]inutes?|分钟|次|评论|阅读))[^。!?]{0,12}))"
)
#: web addresses, markup and the list of an article's pages (第1页:… 第2页:…), left in the text by a poor extraction. They
#: are deleted: addresses and markup differ between copies, also in their figures; the list is equal on every page
_NOT_PROSE = re.compile(
    r"(?:第\d{1,2}页:[^。]{0,60}?(?=第\d{1,2}页:))+第\d{1,2}页:[^ 。]{0,30}|(?:https?|ftp|ed2k)://[!#-&*-+\--:=@-~]*|www\.[\w.-]+[!#-&*-+\--:=@-~]*|</?[A-Za-z][^<>]{0,300}>"
)
#: phrases of a site's notices about itself (disclaimers, copyright notices); a line with such a phrase is not compared
_DISCLAIMER = re.compile(
    r"(?:本|该)(?:平台|网站?|站|号|文|公众号)[^。]{0,20}(?:仅提供|不代表|不承担|无关|保留|转载|版权)|仅代表作者"
    r"|信息存储空间|如有侵权|侵权(?:请|必)|版权归|未经授权|请勿转载|转载请注明|与本网无关|联系(?:我们)?删除|投稿邮箱"
)
#: dateline at the start of the text (本报讯(记者 …), 中新网西藏4月7日电 …) and, in _CREDIT, a credit in brackets at the end
#: of the text. Both are deleted
_DATELINE = han.regex(r"^(?:[\p{Han}·A-Za-z0-9 ]{0,24}?(?:讯|电|消息))(?:\s*\([^)]{2,60}\)\s*|[::,\s]+|(?=[“\"]))")
_CREDIT = re.compile(r"[((][^()()]{0,6}(?:记者|通讯员|作者|供稿|来源|编辑|摄影|实习生)[^()()]{0,60}[))]\s*$")
#: characters that are not compared: all but Chinese characters, Latin letters, digits, % and ‰, and points inside a
#: figure
_NOT_COMPARED = han.regex("[^\\p{Han}A-Za-z0-9%‰.]+|(?<![0-9])[.]|[.](?![0-9])")
#: replacement for punctuation between two digits, so that 8-9% does not become 89% and 13、14岁 does not become 1314岁
SEPARATOR = "·"
_BETWEEN_DIGITS = han.regex(r"(?<=[0-9])[^\p{Han}A-Za-z0-9%‰.]+(?=[0-9])")
_THOUSANDS = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
#: an entry of a list of references, at the start of a line; the line is not compared
_REFERENCE = re.compile(r"[\[(]?\d{1,3}[\])].{2,300}?\[(?:[JMNDCRSPGZ]|EB|DB|CP)(?:/OL)?\]")
#: the access date of a source, in brackets; it is deleted, because it is not a figure of the story
_ACCESS_DATE = re.compile(r"[(\[](?:最后)?(?:访问|检索|引用|查阅|浏览)(?:日期|时间)?(?:于|[::])?[^()\[\]]{4,24}[)\]]")
#: forms of zero in a year in Chinese numerals, which become 零: 二〇一九, 二○一九, 二0一九
_ZERO = re.compile("[〇○◯0](?<=[一二三四五六七八九].)[〇○◯0]*")
#: the number of a heading or of an item of a list at the start of a sentence: 3.1 , 2、, (4), 0x01, 十一、. A copy that
#: omits a section has other numbers, so these numbers are not figures of the story. A number before a space counts as
#: such a number only if it has several levels and no unit, because some sites put a space after every figure (5 名,
#: 3.5 万)
_OUTLINE = han.regex(
    r"\(?[0-9]{1,2}(?:\.[0-9]{1,2}){0,3}[.、)](?![0-9])|\(?[一二三四五六七八九十]{1,3}[、)]|0x[0-9A-Fa-f]{1,2}(?![0-9A-Fa-f])"
    r"|[0-9]{1,2}(?:\.[0-9]{1,2}){1,3} +(?=[\p{Han}])(?![万亿千百元米倍级个分度吨公英平])"
)
#: separators of the stories that the title of a digest page lists
_TITLE_SEPARATOR = re.compile("[|;丨-]")
#: minimum number of compared characters of a story's heading in the title of a digest page; a shorter part of the title
#: is taken for the name of a newspaper column. Not measured
MIN_LISTED = 5
#: a name in Latin letters in a title: getUser.ashx, CVE-2025-1743. Shorter words are not names (RCE, SQL)
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._/-]{3,}")
#: the number of an announcement in its text
_ANNOUNCEMENT = re.compile(r"(?:公告|通告|通报)编号 ?[::]? ?([0-9A-Za-z][^\s,。;]{3,19})")
#: the heading of a list of other stories. The text after it is not compared
_RELATED_HEADING = re.compile(
    r"[【\[]?(?:新闻推荐|相关(?:新闻|阅读|链接|推荐|报道|文章)|延伸阅读|推荐阅读|猜你喜欢|热门(?:推荐|新闻|文章)|更多新闻|为您?推荐|大家都在看|网友评论|精彩评论|相关背景|新闻链接|往期回顾|往期推荐|近期热点)"
    r"[】\]]?[::]?"
)


@dataclass(frozen=True)
class NormalizedText:
    """The compared text of one article. Derived forms are computed on first use and cached."""

    #: squashed title; of a title that lists the stories of a digest page, the first of them
    title: str
    #: folded and simplified sentences with punctuation, without boilerplate
    sentences: tuple[str, ...]
    #: the same sentences reduced to the compared characters. A sentence without compared characters is in neither tuple
    squashed: tuple[str, ...]
    #: the squashed titles of the other stories that the title lists
    later_titles: tuple[str, ...] = ()
    #: the squashed names in Latin letters in the title, in lower case
    title_names: tuple[str, ...] = ()
    #: whether the title lists the stories of a digest page (`_listed_titles`)
    digest: bool = False

    @cached_property
    def body(self) -> str:
        """All squashed sentences joined."""
        return "".join(self.squashed)

    @cached_property
    def whole(self) -> str:
        """Title and body joined."""
        return self.title + self.body

    @property
    def run_list(self) -> tuple[str, ...]:
        """The runs of RUN characters of the body, in order."""
        return _heavy_cache.of(self).run_list

    @property
    def runs(self) -> frozenset[str]:
        """The distinct runs of RUN characters of the body."""
        return _heavy_cache.of(self).runs

    @property
    def comparable(self) -> bool:
        """Whether the text is long enough to be compared."""
        return len(self.body) >= MIN_CHARACTERS

    @cached_property
    def sentence_set(self) -> frozenset[str]:
        """The distinct sentences among the first MAX_SENTENCES squashed ones."""
        return frozenset(self.squashed[:MAX_SENTENCES])

    @cached_property
    def sentence_of(self) -> dict[str, str]:
        """The sentence with punctuation for each squashed sentence."""
        return dict(zip(self.squashed, self.sentences, strict=True))

    @property
    def trigrams(self) -> dict[str, list[int]]:
        """For each 3-gram, the positions of the squashed sentences (among the first MAX_SENTENCES) that contain it."""
        return _heavy_cache.of(self).trigrams

    @cached_property
    def figures(self) -> dict[str, list[str]]:
        """The figures of each squashed sentence, each with the character after it, if any."""
        return {sentence: figures(self._without_number(sentence)) for sentence in self.squashed}

    @cached_property
    def figure_set(self) -> frozenset[str]:
        """The distinct figures of the body and of its single sentences, each with the character after it, if any."""
        return frozenset(chain(figures(self.body), *self.figures.values()))

    @cached_property
    def places(self) -> dict[str, list[str]]:
        """The named places and units of each sentence with punctuation."""
        return {sentence: places(sentence) for sentence in self.sentences}

    @cached_property
    def people(self) -> dict[str, list[str]]:
        """For each sentence with punctuation, the first two characters of each person's name."""
        return {sentence: people(sentence) for sentence in self.sentences}

    @cached_property
    def place_set(self) -> frozenset[str]:
        """The distinct named places and units."""
        return frozenset(chain.from_iterable(self.places.values()))

    @cached_property
    def people_set(self) -> frozenset[str]:
        """The distinct first two characters of persons' names."""
        return frozenset(chain.from_iterable(self.people.values()))

    @cached_property
    def stations(self) -> Counter[str]:
        """The number of mentions of each named station."""
        named = (name for sentence in self.sentences for name in self.places[sentence])
        return Counter(name for name in named if name.endswith("派出所"))

    @cached_property
    def announcements(self) -> frozenset[str]:
        """The numbers of announcements (公告编号) in the first three sentences."""
        return frozenset(chain.from_iterable(map(_ANNOUNCEMENT.findall, self.sentences[:3])))

    @cached_property
    def main_station(self) -> str:
        """The station that is named most often, and at least twice; else ""."""
        if not self.stations:
            return ""
        name, count = min(self.stations.items(), key=lambda item: (-item[1], item[0]))
        return name if count >= 2 else ""

    def tokens(self, sentence: str) -> list[str]:
        """Return the tokens of the first MAX_SENTENCE characters of a squashed sentence of this text."""
        found = self._tokens.get(sentence)
        if found is None:
            found = self._tokens[sentence] = tokens(self._without_number(sentence)[:MAX_SENTENCE])
        return found

    def _without_number(self, sentence: str) -> str:
        """Return a squashed sentence without the number of a heading or of an item of a list (`_OUTLINE`)."""
        number = _OUTLINE.match(self.sentence_of.get(sentence, ""))
        return sentence[len(squash(number.group())) :] if number else sentence

    @cached_property
    def _tokens(self) -> dict[str, list[str]]:
        return {}


def trigram_index(sentences: Mapping[int, str]) -> dict[str, list[int]]:
    """Return the numbers of the sentences that contain each 3-gram. `sentences` maps a number to a sentence."""
    index: dict[str, list[int]] = {}
    for number, sentence in sentences.items():
        for gram in grams(sentence, 3):
            index.setdefault(gram, []).append(number)
    return index


def grams(text: str, size: int) -> set[str]:
    """Return all distinct runs of `size` characters."""
    return {text[i : i + size] for i in range(len(text) - size + 1)}


def squash(text: str) -> str:
    """Reduce a folded, simplified text to its compared characters.

    SEPARATOR replaces punctuation between two digits, except commas of thousands. The zero of a Chinese year becomes 零.
    """
    text = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    parts = _BETWEEN_DIGITS.split(_ZERO.sub(lambda found: "零" * len(found[0]), text))
    return SEPARATOR.join(_NOT_COMPARED.sub("", part) for part in parts)


def is_boilerplate(line: str, title: str = "") -> bool:
    """Return True when a folded, simplified line belongs to the page and not to the story, or repeats the title.

    `title` is squashed.
    """
    if len(line) <= 160 and _PAGE_FIELD.match(line) and not re.search("。.*。", line) and not _EVENT_TIME.match(line):
        return True
    if len(line) <= 200 and _STAMP.fullmatch(line):
        return True
    if len(line) <= 90 and _NO_CONTENT.fullmatch(line):
        return True
    if len(line) <= 200 and _DISCLAIMER.search(line):
        return True
    if _REFERENCE.match(line):
        return True
    # A title as long as an article is the text itself, such as the caption of a photograph, and must stay.
    return 0 < len(title) < MIN_CHARACTERS and squash(line) == title


def _without_editors_note(lines: list[str]) -> list[str]:
    """Return the lines without the editor's notes (`_NOTE`)."""
    kept: list[str] = []
    after_heading = False
    for line in lines:
        note = _NOTE.match(line)
        if len(line) > _MAX_NOTE or not (note or after_heading):
            kept.append(line)
        after_heading = note is not None and note.end() == len(line)
    return kept


def body_lines(title: str, text: str) -> list[str]:
    """Return the folded, simplified lines of an article's first MAX_CHARACTERS characters.

    Boilerplate, pinyin in brackets, and everything from the heading of related stories on are left out.
    """
    lines = without_glosses(simplified(clean_lines(text[:MAX_CHARACTERS]))).split("\n")
    end = next((n for n, line in enumerate(lines) if n and _begins_related(line)), len(lines))
    heading = _heading(title)
    return [line for line in lines[:end] if not is_boilerplate(line, heading)]


def _begins_related(line: str) -> bool:
    """Return True when a line is the heading of related stories, or begins with it in brackets."""
    found = _RELATED_HEADING.match(line)
    return found is not None and (found.end() == len(line) or (line[0] in "【[" and line[found.end() - 1] in "】]::"))


def _heading(title: str) -> str:
    return squash(without_glosses(simplified(clean_lines(title[:400]))))


def prepare(title: str, text: str) -> NormalizedText:
    """Normalise an article for comparison. Never raises. An empty text has no sentences."""
    kept = _without_editors_note(body_lines(title, text))
    if kept:
        kept = [_NOT_PROSE.sub("", _ACCESS_DATE.sub("", line)) for line in kept]
        kept[0] = _DATELINE.sub("", kept[0], count=1)
        kept[-1] = _CREDIT.sub("", kept[-1])
    pieces: list[str] = []
    for line in kept:
        pieces += [line[start:end] for start, end in sentences(line)]
    pairs = [(piece, squashed) for piece in pieces if (squashed := squash(piece))]
    bodies = tuple(s for _, s in pairs)
    listed = _listed_titles(title, bodies)
    first, *later = listed or [_heading(title)]
    names = tuple(squash(name).lower() for name in _LATIN_NAME.findall(clean_lines(title[:400])))
    return NormalizedText(first, tuple(p for p, _ in pairs), bodies, tuple(later), names, bool(listed))


def _listed_titles(title: str, squashed: Sequence[str]) -> list[str]:
    """Return the squashed titles that the title of a digest page lists; [] if it lists fewer than two.

    "Story A | Story B" lists two stories when the text has each of them at the beginning of a sentence. A column
    (通报 | Story A) and the name of a site do not begin a sentence. "Story A; Story B" lists two stories, too, when the
    text has only the first of them: the heading of a later story may be worded differently there.
    """
    line = clean_lines(title[:400])
    headings = [heading for part in _TITLE_SEPARATOR.split(line) if len(heading := _heading(part)) >= MIN_LISTED]
    if len(headings) < 2:
        return []
    body = "".join(squashed)
    starts = set(accumulate(map(len, squashed), initial=0))
    listed = [heading for heading in headings if body.find(heading) in starts]
    first_is_enough = ";" in line and listed[:1] == headings[:1]
    return listed if len(listed) >= 2 or first_is_enough else []


class _Heavy:
    """The runs and trigrams of a text, which need most memory of the derived forms."""

    def __init__(self, text: NormalizedText) -> None:
        body = text.body
        self.text = text
        self.run_list = tuple([body[i : i + RUN] for i in range(len(body) - RUN + 1)])
        self.runs = frozenset(self.run_list)

    @cached_property
    def trigrams(self) -> dict[str, list[int]]:
        return trigram_index(dict(enumerate(self.text.squashed[:MAX_SENTENCES])))


class _HeavyCache:
    """Cache of `_Heavy` for the texts used last: at most MAX_RUNS characters, but at least two texts. Thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, _Heavy] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def of(self, text: NormalizedText) -> _Heavy:
        """Return the `_Heavy` of a text, which is computed if it is not cached."""
        with self._lock:
            if found := self._kept.get(id(text)):
                self._kept.move_to_end(id(text))
                return found
        heavy = _Heavy(text)
        with self._lock:
            if id(text) not in self._kept:
                self._kept[id(text)] = heavy
                self._size += len(text.body)
            while self._size > MAX_RUNS and len(self._kept) > 2:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped.text.body)
        return heavy


_heavy_cache = _HeavyCache()


class _Cache:
    """Cache of the prepared texts used last: at most MAX_PREPARED characters, but at least two texts. Thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], NormalizedText] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, title: str, text: str) -> NormalizedText:
        """Return the prepared form of a text, which is computed if it is not cached."""
        key = (title, text[:MAX_CHARACTERS])
        with self._lock:
            if found := self._kept.get(key):
                self._kept.move_to_end(key)
                return found
        found = prepare(*key)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = found
                self._size += len(key[1])
            while self._size > MAX_PREPARED and len(self._kept) > 2:
                (_, dropped), _ = self._kept.popitem(last=False)
                self._size -= len(dropped)
        return found


_cache = _Cache()


def prepare_cached(title: str, text: str) -> NormalizedText:
    """Return `prepare(title, text)`, from the cache when the text was prepared recently."""
    return _cache.get(title, text)
