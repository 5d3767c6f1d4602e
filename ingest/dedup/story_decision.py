"""Decision about the stored story to which an article belongs, if any."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.dedup.comparison import (
    MIN_BEFORE,
    MIN_STORY_BEFORE,
    Comparison,
    Pair,
    compare,
    names_differ,
    part_start,
    similar_titles,
)
from ingest.dedup.figures import FIGURE, figures, value
from ingest.dedup.names import province_names
from ingest.dedup.normalize import NormalizedText, grams, prepare_cached
from store.records import Match, Neighbour, Relation

#: minimum containment of two copies: the larger of the shares of either text in the other. Two stories with a common
#: introduction or end reach 0.5
MIN_CONTAINMENT = 0.72
#: a copy shorter than this share of the other text is a digest (an abridged copy). Not measured
ABRIDGED = 0.35
#: maximum difference of two containments that count as equal. Not measured
TIE = 0.02
#: number of agreeing figures for which one exchanged figure is tolerated (a typing error, a corrected count). An
#: article has 13 to 40 figures. An update of it, or the edition of another year, exchanges a fifth of the figures or
#: more
FIGURES_FOR_ONE_ERROR = 6
#: number of agreeing figures for each further exchanged figure that is tolerated
FIGURES_PER_FURTHER_ERROR = 20


#: Stricter limits for two texts with different titles. A row is (size, titles, larger, smaller). It applies when the
#: shorter text has at most the share `size` of the longer one's length, and the titles have less than the share
#: `titles` of the shorter title's character pairs in common. Then the larger containment must reach `larger`, or the
#: smaller one `smaller`. Chosen on 400 merged pairs of real texts (docs/near-duplicates.md), among them reports of two
#: newspapers on one press conference, commentaries on a piece of news, and collections
DIFFERENT_TITLES = (
    (1.0, 0.5, 0.9, 0.7),
    (1.0, 0.2, 0.93, 1.0),
    (0.35, 0.6, 0.92, 1.0),
    (0.25, 0.9, 0.97, 1.0),
)
#: (titles, length). DIFFERENT_TITLES does not apply when each text contains at least the share `titles` of the other
#: title's character pairs and the shorter has at least the share `length` of the longer one's length. This constant,
#: PART_OF_PAGE, ABOUT_LEAD and ABOUT_LATER were chosen on 400 judged pairs of 1,659 real texts about seven events
#: (docs/near-duplicates.md)
ABOUT_BOTH = (0.4, 0.5)
#: (length, titles). A text may be a quotation in a longer page when it has at most the share `length` of the page's
#: length, and the titles have less than the share `titles` of the shorter title's character pairs in common
PART_OF_PAGE = (0.6, 0.5)
#: a text at the beginning of a page is not a quotation when it contains at least this share of the character pairs of
#: the page's title
ABOUT_LEAD = 0.2
#: the same share for a text that follows MIN_BEFORE or more compared characters of the page
ABOUT_LATER = 0.4
#: minimum of the smaller containment when only one title names a genre (`_GENRE`), or when they name different ones
SAME_GENRE = 0.8
#: the same when the titles have different figures
SAME_FIGURES = 0.9
#: maximum length in characters of a common end of two titles that counts as the name of the site. Not measured
MAX_SITE = 12

#: a text before normalisation: title and text
_Text = tuple[str, str]

#: (titles, text). An equal text under two titles is a notice of its site when the titles have less than the share `titles`
#: of their character pairs in common, and the text contains less than the share `text` of the character pairs of each
#: title. Chosen on the same pairs as ABOUT_BOTH
NOTICE_TITLES = (0.5, 0.1)


#: three characters of a title are a name of its subject when they occur at least this often in the text under the
#: title. Not measured
OWN_SUBJECT = 2

#: (containment, titles, length, about). Two texts are one standing text under the titles of two articles when the smaller
#: containment reaches `containment`, the titles have less than the share `titles` of their character pairs in common,
#: and each title has `length` or more pairs that the other lacks, of which its text contains less than the share `about`.
#: Chosen on 120 merged pairs of 2,746 real texts of 488 accounts (docs/near-duplicates.md): this last share was 0.22 or
#: more in retitled copies, and 0.04 to 0.30 in articles of one account with one standing text
TEMPLATE_TITLES = (0.8, 0.5, 10, 0.2)

#: an exchanged part of a date: "3月 ↔ 4月". Two such exchanges are another date, because a typing error changes only one
#: part
_DATE_FIGURES = re.compile(r"\d+[年月日] ↔ \d+[年月日]")


def not_same_story_reason(comparison: Comparison) -> str:
    """Return the reason why two similar texts are two stories, else ""."""
    if comparison.station:
        return f"another station: {comparison.station}"
    if comparison.second_story:
        return f"behind another story: {comparison.second_story}"
    if comparison.subject:
        return f"another subject: {comparison.subject}"
    if comparison.systematic:
        return f"another edition: {', '.join(comparison.systematic[:3])} in several places"
    if len(dates := [figure for figure in comparison.figures if _DATE_FIGURES.fullmatch(figure)]) >= 2:
        return f"another date: {', '.join(dates)}"
    names = [*comparison.places, *comparison.people, *comparison.renamed]
    if names_differ(names):
        return f"other names: {', '.join(names[:3])}"
    tolerated = (comparison.agreeing >= FIGURES_FOR_ONE_ERROR) + comparison.agreeing // FIGURES_PER_FURTHER_ERROR
    if len(comparison.figures) > tolerated:
        return f"{len(comparison.figures)} figures exchanged: {', '.join(comparison.figures[:3])}"
    return ""


def contradicts(comparison: Comparison) -> bool:
    """Return True when the evidence against one article excludes its whole story.

    One exchanged figure does not, because it may be an error in that copy. A page with several stories does not either,
    because other articles of the page's story may contain only the story of the new article.
    """
    return bool(
        comparison.station
        or comparison.systematic
        or comparison.places
        or comparison.people
        or comparison.renamed
        or len(comparison.figures) >= 2
    )


#: words in the title of a draft. The draft of a rule and the rule itself are two stories
_DRAFT = re.compile("征求意见稿|公开征求意见|草案|送审稿|讨论稿")


def _draft_and_final(first: NormalizedText, second: NormalizedText) -> bool:
    """Return True when only one title calls its text a draft, and the other article has a title and no such word."""
    drafts = [bool(_DRAFT.search(text.title)) for text in (first, second)]
    other = second if drafts[0] else first
    return drafts[0] != drafts[1] and bool(other.title) and not _DRAFT.search(other.body)


#: the number of an edition in a title: 第二批, 第3期
_ORDINAL = re.compile(r"第([〇零一二三四五六七八九十百千两0-9]+)([批期稿届次场集季版讲号轮部回辑])")
#: a year in a title; 2010年代 is not a year
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年(?!代)")
#: month and day in a title: 3月5日
_DAY = re.compile(r"(?<!\d)(\d{1,2}月\d{1,2})日")
#: a month without a day in a title: 11月的清单
_MONTH = re.compile(r"(?<!\d)(\d{1,2})月(?!\d)")
#: a version in a title: 2.0版
_VERSION = re.compile(r"(?<!\d)(\d+\.\d+)版")
#: the part of a trading day that a title names
_SESSIONS = {
    "早": re.compile("开盘|早盘|早评|盘前"),
    "午": re.compile("午盘|午评|午间|午后"),
    "收": re.compile("收盘|收评|盘后"),
}


def _editions(title: str) -> dict[str, set[float | str]]:
    """Return the numbers by which a title names an edition of a series, by kind (期, 年, 日)."""
    found: dict[str, set[float | str]] = defaultdict(set)
    for number, kind in _ORDINAL.findall(title):
        found[kind].add(value(number))
    for kind, pattern in (("年", _YEAR), ("日", _DAY), ("月", _MONTH), ("版本", _VERSION)):
        found[kind].update(pattern.findall(title))
    found["盘"].update(part for part, pattern in _SESSIONS.items() if pattern.search(title))
    return found


def _another_edition(first: NormalizedText, second: NormalizedText) -> bool:
    """Return True when the titles of two texts name different editions of a series, or two numbered announcements.

    Articles with equal compared texts are two editions only when their titles differ in nothing but figures. Such
    articles differ in lines that are not compared, such as dates.
    """
    if first.body == second.body and FIGURE.sub("", first.title) != FIGURE.sub("", second.title):
        return False
    if first.announcements and second.announcements and not first.announcements & second.announcements:
        return True
    ours, theirs = _editions(first.title), _editions(second.title)
    return any(ours[kind] and theirs[kind] and not ours[kind] & theirs[kind] for kind in ours.keys() & theirs.keys())


#: a word for a genre in a title. A commentary on a piece of news, a collection with it, a report on reactions to it, or a
#: corrected notice is not a copy
_GENRE = re.compile(
    "热烈反响|摘要|全文|时评|快评|锐评|短评|社评|社论|述评|评论员|综述|综合消息|侧记|解读|观察|学习进行时|汇总|合集|盘点|辟谣|答记者问"
    "|周报|合辑|集锦|一周(?:要闻|热点|回顾|新闻|大事)|[论看]市|热点追踪|早餐|修正|更正"
)


def _only_related(pair: Pair) -> bool:
    """Return True when two texts share much but are not copies, judging by their titles and the rest of the texts.

    A report on a notice, a commentary on a piece of news, a collection and the reports of two newspapers on one press
    conference share most of a text with another. A copy has a similar title, or contains nearly all of the other text.
    """
    short, long = sorted((pair.first, pair.second), key=lambda text: len(text.body))
    if not short.title or not long.title:
        return False
    most, least, share = max(pair.shares), min(pair.shares), _title_share(short.title, long.title)
    size = len(short.body) / max(len(long.body), 1)
    if _other_titles(short, long, size, share, most, least) or _quoted(short, long, size, share):
        return True
    if _other_place(short, long) or _one_word_differs(short, long) or _own_subjects(pair):
        return True
    genres = set(_GENRE.findall(short.title)), set(_GENRE.findall(long.title))
    if least < SAME_GENRE and any(genres) and not genres[0] & genres[1]:
        return True
    ours, theirs = _figures_by_unit(short.title), _figures_by_unit(long.title)
    return least < SAME_FIGURES and any(not ours[unit] & theirs[unit] for unit in ours.keys() & theirs.keys())


def _listed_later(text: NormalizedText, page: NormalizedText) -> bool:
    """Return True when the title of a text is not the first one that the title of a page lists, but a later one.

    The page may word the title of a later story differently. A text that follows MIN_STORY_BEFORE or more compared
    characters of such a page is a later story, too.
    """
    if not page.digest or not text.title or similar_titles(text.title, page.title):
        return False
    if any(similar_titles(text.title, title) for title in page.later_titles):
        return True
    return len(text.body) < len(page.body) and part_start(text, page)[1] >= MIN_STORY_BEFORE


def _other_titles(
    short: NormalizedText, long: NormalizedText, size: float, share: float, most: float, least: float
) -> bool:
    """Return True when a row of DIFFERENT_TITLES applies, its limits are not reached, and ABOUT_BOTH does not apply.

    `most` and `least` are the larger and the smaller containment.
    """
    about, similar_size = ABOUT_BOTH
    fits = size >= similar_size and min(_about(short.title, long), _about(long.title, short)) >= about
    return not fits and any(
        size <= largest and share < titles and most < complete and least < mutual
        for largest, titles, complete, mutual in DIFFERENT_TITLES
    )


def _quoted(part: NormalizedText, page: NormalizedText, size: float, share: float) -> bool:
    """Return True when a page quotes a shorter text with another title, as background or as one of several texts.

    An excerpt is not a quotation when it contains enough of the page's title: ABOUT_LEAD at the beginning of the page,
    ABOUT_LATER elsewhere. A later excerpt is not a quotation either when it names people or places that the page names
    before it.
    """
    largest, titles = PART_OF_PAGE
    about = _about(page.title, part)
    if size > largest or share >= titles or about >= ABOUT_LATER:
        return False
    start, characters = part_start(part, page)
    if characters < MIN_BEFORE:
        return about < ABOUT_LEAD
    before = NormalizedText("", page.sentences[:start], page.squashed[:start])
    return not (before.people_set & part.people_set or before.place_set & part.place_set)


def _about(title: str, text: NormalizedText) -> float:
    """Return the share of the character pairs of a title that occur in the body of a text."""
    pairs = grams(title, 2)
    return sum(pair in text.body for pair in pairs) / max(len(pairs), 1)


def _title_share(first: str, second: str) -> float:
    """Return the share of the character pairs of one title that the other contains, for the title with fewer pairs.

    The share is 1.0 if one title contains the other. A common end of 2 to MAX_SITE characters, the name of the site, is
    ignored.
    """
    shorter = min(len(first), len(second))
    end = next((n for n in range(shorter) if first[-1 - n] != second[-1 - n]), shorter)
    if 2 <= end <= MAX_SITE and end < shorter:
        first, second = first[:-end], second[:-end]
    if first in second or second in first:
        return 1.0
    ours, theirs = grams(first, 2), grams(second, 2)
    return len(ours & theirs) / max(min(len(ours), len(theirs)), 1)


def _other_place(first: NormalizedText, second: NormalizedText) -> bool:
    """Return True when the titles name different provinces and neither text names a province of the other title.

    Storm warnings of two provinces are written to one template.
    """
    ours, theirs = _provinces(first.title), _provinces(second.title)
    return bool(
        ours
        and theirs
        and not any(name in second.whole for name in ours)
        and not any(name in first.whole for name in theirs)
    )


def _provinces(title: str) -> set[str]:
    return {name for name in province_names() if name in title}


def _one_word_differs(first: NormalizedText, second: NormalizedText) -> bool:
    """Return True when the titles are equal except for one word, and each text contains only its own title's word."""
    left, right = first.title, second.title
    shorter = min(len(left), len(right))
    start = next((n for n in range(shorter) if left[n] != right[n]), shorter)
    end = next((n for n in range(shorter - start) if left[-1 - n] != right[-1 - n]), shorter - start)
    old, new = left[start : len(left) - end], right[start : len(right) - end]
    if start + end < 4 or not (2 <= len(old) <= 6 and 2 <= len(new) <= 6):
        return False
    return old in first.body and new in second.body and old not in second.body and new not in first.body


def _own_subjects(pair: Pair) -> bool:
    """Return True when each title has a name of its own subject.

    One author's articles about many subjects may consist mostly of standing phrases.
    """
    alike = min(pair.shares) >= TEMPLATE_TITLES[0]
    return _own_subject(pair.first, pair.second, alike) and _own_subject(pair.second, pair.first, alike)


def _own_subject(own: NormalizedText, other: NormalizedText, alike: bool) -> bool:
    """Return True when a title has a name that the other article does not contain, although its own text does.

    A name is a word in Latin letters, or three characters that the text has OWN_SUBJECT times. Of two texts that are
    nearly equal (`alike`) neither needs to contain the Latin name, which may stand in a picture.
    """
    text, rest = own.body.lower(), other.whole.lower()
    if any(name not in rest and (alike or name in text) for name in own.title_names):
        return True
    return any(
        run[:2] not in rest and run[1:] not in rest and text.count(run) >= OWN_SUBJECT for run in grams(own.title, 3)
    )


def _figures_by_unit(title: str) -> dict[str, set[float | str]]:
    """Return {unit: values} of the figures of a title; the unit is the character after the number.

    Dates, times of day and figures without a unit are left out.
    """
    found: dict[str, set[float | str]] = defaultdict(set)
    for figure in figures(title):
        if not figure[-1].isdigit() and figure[-1] not in "年月日时点":
            found[figure[-1]].add(value(figure))
    return found


def _is_site_notice(first: NormalizedText, second: NormalizedText) -> bool:
    """Return True for a notice of the site: two equal texts under different titles, neither of which fits the text.

    A text that names a station is not a notice, because its title may be a figure of speech that is not in the text.
    """
    if first.body != second.body or not first.title or not second.title or first.stations:
        return False
    most, about = NOTICE_TITLES
    return _title_share(first.title, second.title) < most and all(
        _about(text.title, text) < about for text in (first, second)
    )


def _template(pair: Pair) -> bool:
    """Return True for nearly equal texts whose titles differ in long parts that hardly occur in the texts.

    They are standing texts of one author, of which only a picture or a line that is not compared changes.
    """
    first, second = pair.first, pair.second
    containment, titles, length, about = TEMPLATE_TITLES
    if min(pair.shares) < containment or first.stations or _title_share(first.title, second.title) >= titles:
        return False
    ours, theirs = grams(first.title, 2), grams(second.title, 2)
    own = ((ours - theirs, first), (theirs - ours, second))
    return all(
        len(pairs) >= length and sum(pair in text.body for pair in pairs) < about * len(pairs) for pairs, text in own
    )


class _Result(NamedTuple):
    """The result of comparing a new text with a stored one."""

    #: False when one of the texts is too short
    comparable: bool
    #: None when a text is too short, or when the cheap evidence already proves two stories
    comparison: Comparison | None
    #: number of compared characters of the stored text
    size: int
    relation: Relation


class Comparisons:
    """Results of pairwise comparisons, each computed once.

    Pass the same object to `find_near_duplicate` before and inside a transaction, so that pairs compared before it are
    not compared again inside it.
    """

    def __init__(self) -> None:
        self._results: dict[tuple[_Text, _Text], _Result] = {}
        self._of_equal: dict[tuple[str, str, str, str], _Result] = {}
        self._between: dict[tuple[_Text, _Text], Comparison] = {}

    def result(self, new: _Text, old: _Text) -> _Result:
        """Compare a new text with a stored one."""
        key = (new, old)
        if key not in self._results:
            ours, theirs = prepare_cached(*new), prepare_cached(*old)
            equal = (ours.title, ours.body, theirs.title, theirs.body)
            if equal not in self._of_equal:  # pairs with equal prepared texts are compared once
                self._of_equal[equal] = _compare(ours, theirs)
            self._results[key] = self._of_equal[equal]
        return self._results[key]

    def between(self, first: _Text, second: _Text) -> Comparison:
        """Compare two stored texts."""
        key = (first, second)
        if key not in self._between:
            self._between[key] = compare(prepare_cached(*first), prepare_cached(*second))
        return self._between[key]


def find_near_duplicate(
    title: str, text: str, known: Iterable[Neighbour], comparisons: Comparisons | None = None
) -> Match | None:
    """Return the match of an article with a stored article whose story it joins, or None.

    `known`: the stored articles that share an LSH key with the article (`Fingerprint.bands`), in any order. A story
    with an article that contradicts the new article is never returned. `comparisons` caches the results.
    """
    memo = comparisons or Comparisons()
    new = (title, text)
    refused: set[int] = set()
    found: list[_Hit] = []
    for other in known:
        old = (other.title, other.text)
        result = memo.result(new, old)
        comparison = result.comparison
        if not result.comparable:
            continue
        if comparison is None:
            refused.add(other.story)
        elif comparison.containment < MIN_CONTAINMENT:
            continue
        elif not not_same_story_reason(comparison):
            missing, agreeing = 1 - comparison.containment, -comparison.agreeing
            found.append(_Hit(missing, agreeing, result.size, other.story, other.article, result, old))
        elif contradicts(comparison):
            refused.add(other.story)
    hit = _best(sorted(found, key=lambda hit: hit[:5]), memo)
    if (
        hit is None or hit.story in refused
    ):  # no other hit is used: an excerpt may also be contained in an article that only resembles its source
        return None
    comparison = hit.comparison
    return Match(hit.story, hit.article, hit.result.relation, round(comparison.containment, 4), _why(comparison))


class _Hit(NamedTuple):
    """A stored article whose story may be joined. The best hit sorts first; of equal hits that with the shorter text.

    `missing` is 1 - containment, `agreeing` the negative number of agreeing figures.
    """

    missing: float
    agreeing: int
    size: int
    story: int
    article: int
    result: _Result
    old: _Text

    @property
    def comparison(self) -> Comparison:
        """The comparison with the new text."""
        assert self.result.comparison is not None
        return self.result.comparison


def _compare(new: NormalizedText, old: NormalizedText) -> _Result:
    """Compare two texts. The cheap evidence is computed first and often decides."""
    size, relation = len(old.body), _relation(new, old)
    if not new.comparable or not old.comparable:
        return _Result(False, None, size, relation)
    pair = Pair(new, old)
    if _is_site_notice(new, old):
        return _Result(True, Comparison(0.0, 0.0, 0, 0), size, relation)
    if similar_titles(new.title, old.title) and _another_edition(new, old):
        return _Result(True, None, size, relation)
    if not pair.contained(MIN_CONTAINMENT):
        return _Result(True, Comparison(*pair.shares, min(pair.shared), 0), size, relation)
    if (
        pair.station
        or _draft_and_final(new, old)
        or _another_edition(new, old)
        or pair.contradicts_early(FIGURES_FOR_ONE_ERROR, FIGURES_PER_FURTHER_ERROR)
    ):
        return _Result(True, None, size, relation)
    if _template(pair) or _listed_later(new, old) or _listed_later(old, new) or _only_related(pair):
        return _Result(True, Comparison(0.0, 0.0, 0, 0), size, relation)
    return _Result(True, pair.comparison(), size, relation)


def _best(hits: Sequence[_Hit], memo: Comparisons) -> _Hit | None:
    """Return the hit to join; None without hits, or when two stories that contradict each other fit equally well."""
    best = hits[0] if hits else None
    for other in hits[1:]:
        if best and other.story != best.story and _ties(best, other):
            between = memo.between(best.old, other.old)
            if between.second_story:  # the longer text is a page with several stories
                best = min(best, other, key=lambda hit: hit.size)
            elif contradicts(between):
                return None
    return best


def _ties(best: _Hit, other: _Hit) -> bool:
    return other.missing <= best.missing + TIE and other.agreeing <= best.agreeing


def _relation(new: NormalizedText, old: NormalizedText) -> Relation:
    if new.body == old.body:
        return "copy"
    return "digest" if len(new.body) < ABRIDGED * len(old.body) else "repost"


def _why(comparison: Comparison) -> str:
    """Return the explanation that is stored with the match."""
    parts = [f"{comparison.containment:.0%} of it is in the other text", f"{comparison.agreeing} figures agree"]
    if comparison.figures:
        parts.append(f"{len(comparison.figures)} differ")
    return ", ".join(parts)
