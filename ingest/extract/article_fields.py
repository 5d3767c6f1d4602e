"""Metadata: publication date, source, authors and editors of a page with a known body, and the origin of each.

Displayed values are preferred to machine-readable ones: editors write the visible line for this article, while meta
elements often come from the template. A machine-readable date that agrees with the displayed one and is more precise
is used instead of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain, islice
from typing import Any

from ingest.extract import bylines, pub_date, publisher, title
from ingest.extract.body_text import Body, ends_article, is_sentence, squash
from ingest.extract.dom import Document, for_matching
from ingest.extract.embedded_json import SCRIPT_AUTHOR, fields_beside, founder_fields, script_dates, script_sources
from ingest.extract.line_kinds import is_byline, is_credit, is_dateline, is_labelled, is_legal, is_photo_line
from ingest.extract.media_and_place_names import media
from ingest.extract.pub_date import EARLIEST
from ingest.zh import han
from ingest.zh.character_normalization import fold
from ingest.zh.dictionary_words import common_words
from store.records import Credit

#: number of blocks below the text in which date, source and editor are searched; the copyright box of a WordPress theme
#: needs 14
BELOW = 14
#: number of blocks below the text in which a line with an editor is searched. Not measured
FAR_BELOW = 40
#: maximum characters of a line in which a date is searched; above the text, the maximum is 160. Not measured
DATED = 300
#: number of blocks above the headline that may contain metadata: date lines, page heads of e-papers
ABOVE = 6
_DATE_METAS = (
    ("pubdate", "gov-meta"),
    ("publishdate", "gov-meta"),
    ("firstcreatedtime", "gov-meta"),
    ("article:published_time", "og"),
    ("og:release_date", "og"),
    ("datepublished", "meta"),
    ("weibo: article:create_at", "meta"),
    ("publish_time", "meta"),
    ("publish-date", "meta"),
    ("dateupdate", "meta"),
    ("filetime", "meta"),
    ("date", "meta"),
    ("og:time", "og"),
)
_WROTE_AND_TOOK = re.compile(r"(?:记者|通讯员|作者)[^。]{2,12}/\s*文")
_ARTICLE_TYPE = re.compile(
    "Article$|^(?:BlogPosting|SocialMediaPosting|DiscussionForumPosting|LiveBlogPosting|Report)$"
)
_SOURCE_METAS = ("contentsource", "source", "mediaid", "article:source", "laiyuan")
#: Words before a date that is not the publication date but that of an update, a signature or an expiry. Such a date is
#: used only if neither the lines around the text nor the meta elements state a publication date.
_UPDATED = re.compile(r"更新|修改|截止|截至|编辑于|归档|成文|发文|印发|生成|有效|失效|施行|废止|登记")
#: words in lines of the page footer; dates in such a line are those of the site
_POLICY = re.compile(r"隐私|政策|协议|条款|版权|声明|备案|Copyright|©|更新(?:日期|时间)?\s*:", re.I)
_LABELLED = re.compile(r"发布|发表|时间|日期|来源|稿源")
#: a year in the path of a URL (/2009/), used for dates without a year
_YEAR_IN_PATH = re.compile(r"/((?:19|20)\d\d)(?=[/_-])")
#: a full date; unless the URL states a year, the newest year of the page's full dates is used for dates without a year
_FULL_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d\d)\s*[-/.年]\s*(?:1[0-2]|0?[1-9])\s*[-/.月]\s*(?:3[01]|[12]\d|0?[1-9])(?!\d)"
)
#: a label whose value is on the next line (<dt>作者</dt><dd>张三</dd>)
_LABEL_ALONE = re.compile(r"((?:责任|执行|值班|网络|本文)?(?:编辑|责编|选稿|作者|记者|通讯员|供稿人?|撰稿人?))\s*:?")
#: id or class of the element with the account of a 微信 page, by which such pages are recognised
_ACCOUNT_NAME = re.compile("js_name")
#: the source of an article in brackets at the end of the text: (本文来源:甲报)
_SIGNED_SOURCE = re.compile(r"(?<=[(\[【])\s*(?:本文|文章|稿件|信息)?来源\s*:[^()\[\]【】]{2,80}(?=[)\]】])")
_EPAPER_DATE = re.compile(
    r"((?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日)\s*(?:星期|周|第\s*[A-Z]?\d+\s*版|[A-Z]?\d+\s*版|[|(])"
)
_EPAPER_SOURCE = han.regex(
    r"《\s*(?P<in>[\p{Han}]{2,14}(?:报|刊|周刊|电讯|时报))\s*》?\s*\(?\s*(?:19|20)?\d{0,4}年?.{0,24}版"
    r"|^\W*(?P<path>[\p{Han}]{2,14}(?:报|刊|电讯))\s*[>»›]+\s*第?\s*[A-Z]?[\d一二三四五六七八九十]{1,3}\s*版"
    r"|^\W*(?P<head>[\p{Han}]{2,10}(?:报|周刊|电讯))\s+(?:19|20)\d\d\s*[-年.].{5,30}?(?:版面(?:导航|概览|目录)|标题导航|上一版|下一版|第?[A-Z]?\d+版)"
)


#: a bar after a role, which is replaced by a colon: 来源丨甲报 记者丨张三
_BAR_AFTER_ROLE = re.compile(r"(来源|记者|作者|通讯员|撰文|撰稿|采写|文字?|图片?|摄影|编辑|责编|审核|校对)\s*[丨|]\s*")
#: menus of e-papers
_EPAPER_MENU = re.compile("版面(?:导航|概览|目录)|本版导航|标题导航|上一版|下一版")
_REPORTER_OF = han.regex(r"(?<![\p{Han}])([\p{Han}]{2,8}报)(?:全媒体|首席|见习|实习)?记者")


class Fields:
    """The metadata fields of one page. Computing a field also sets its entry in `origins`."""

    def __init__(self, doc: Document, body: Body, head: title.Title | None, forced: dict[str, str]) -> None:
        self.doc, self.body, self.forced = doc, body, forced
        self.page = doc.page
        self.headline = squash(fold(head.text)) if head else ""
        self.beside = list(fields_beside(doc, head.text)) if head else []
        self.zone = pub_date.zone_of(doc.page.zone)
        self.year = _year(doc, pub_date.from_url(self.page.final_url, self.page.fetched_at), self.page.fetched_at)
        self.top = head.block if head and head.block >= 0 else max(0, body.first - 12)
        self.above = [
            i
            for i in range(max(0, self.top - ABOVE), _text_start(doc, body))
            if (i != self.top or self._is_dated(i))
            and self._may_hold_metadata(i)
            and (i < body.first or _is_metadata(doc.blocks[i].key))
        ]
        seen = (i for i in range(body.last + 1, len(doc.blocks)) if doc.blocks[i].boilerplate != "hidden")
        self.below = [i for i in islice(seen, BELOW) if doc.blocks[i].boilerplate not in ("comments", "related")]
        self.origins: dict[str, str] = {}

    @cached_property
    def enp(self) -> dict[str, str]:
        """Fields in the HTML comment of the 方正 content system."""
        return founder_fields(self.page.text)

    def _is_dated(self, index: int) -> bool:
        """Return whether the line is the headline with more text after it, where some templates put the time."""
        line = squash(self.doc.blocks[index].key)
        return bool(self.headline) and line != self.headline and line.startswith(self.headline)

    def _may_hold_metadata(self, index: int) -> bool:
        """Return whether a line above the text may contain metadata."""
        block = self.doc.blocks[index]
        if block.size > 160 or block.boilerplate in ("comments", "footer"):
            return False
        if block.boilerplate == "related" and not (
            index > self.top and is_byline(block.key) and is_labelled(block.key)
        ):
            return False  # a related article; a byline in <div class="relate-info"> below the headline is accepted
        if block.size > 50 and ("。" in block.key or block.boilerplate == "sharing"):
            return False  # a summary or a text for sharing; its dates and names are those of the reported event
        if index < self.top and (stamp := self._stamp(index, relative=False)) and stamp.timed:
            return True
        return index >= self.top or (
            (_LABELLED.search(block.key) is not None or is_dateline(block.key)) and "今天是" not in block.key
        )

    def _first(self, name: str, found: Iterator[tuple[str, str | None]]) -> str | None:
        for origin, value in found:
            if value:
                self.origins[name] = origin
                return self._as_written(value) if name == "source" else value
        return None

    # --- publication date

    def published(self) -> str | None:
        """Return the publication date in ISO 8601, with the precision that the page states; None if there is none."""
        return self._first("published", self._dates())

    def _dates(self) -> Iterator[tuple[str, str | None]]:
        fetched, zone = self.page.fetched_at, self.zone
        if "published" in self.forced:
            found = pub_date.find(fold(self.forced["published"]), fetched, zone, year=self.year)
            yield "rule", found.iso if found else None
        stamps = [(i, stamp) for i in self.above if (stamp := self._stamp(i, relative=False))]
        shown = [
            (i, s) for i, s in stamps if not _UPDATED.search(self.doc.blocks[i].key[max(0, s.start - 8) : s.start])
        ]
        # Dates with a time and dates below the headline come first: dates above it may be of a ticker or a page clock.
        ranked = sorted(shown, key=lambda item: (not item[1].timed, item[0] < self.top))
        best = ranked[0][1] if ranked else None
        machine = list(self._machine_dates())
        if best:
            exact = best.iso[:16]
            yield from (
                (origin, value)
                for origin, value in machine
                if value[: len(exact)] == exact and len(value) > len(best.iso)
            )
            yield "dateline", best.iso
        yield "dateline", self._calendar_leaf()
        yield from machine
        yield from (
            ("tail", stamp.iso)
            for i in self.below
            if _LABELLED.search(self.doc.blocks[i].key)
            and not _POLICY.search(self.doc.blocks[i].key)
            and self.doc.blocks[i].link_share < 0.5
            and (stamp := self._stamp(i, relative=False))
        )
        yield from self._signed(self.body.kept[-2:])
        # the date of an update (更新时间) is used only if no date was yielded before
        yield "updated", stamps[0][1].iso if stamps else None
        yield from self._signed(self.below[:6])
        stated = (value for name, value in self.beside if name == "published")
        for value in chain([self.enp.get("date", "")], script_dates(self.doc), stated):
            yield "script", pub_date.from_meta(fold(value), fetched, zone)
        for block in self.doc.blocks[:60]:
            found_date = _EPAPER_DATE.search(block.key) if len(block.key) < 120 and "今天是" not in block.key else None
            if found_date:
                stamp = pub_date.find(found_date[1], fetched, zone, relative=False)
                yield "page-head", stamp.iso if stamp else None
        yield from (
            ("dateline", stamp.iso)
            for i in self.above
            if i > self.top
            and (stamp := self._stamp(i, relative=True))
            and not (pub_date.is_relative(stamp.matched) and self._is_older)
        )
        yield "url", pub_date.from_url(self.page.final_url, fetched)

    def _calendar_leaf(self) -> str | None:
        """Return the date in two adjacent lines, a day (21) and a year with month (2024年02月); None if there is none."""
        for i in self.above:
            pair = [block.key for block in self.doc.blocks[i : i + 2]]
            day = next((key for key in pair if re.fullmatch(r"(?:3[01]|[12]\d|0?[1-9])日?", key)), None)
            month = next((key for key in pair if re.fullmatch(r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}月?", key)), None)
            if day and month and i >= self.top and (found := self._find(f"{month.rstrip('月')}-{day}", relative=False)):
                return found.iso
        return None

    @cached_property
    def _is_older(self) -> bool:
        """Whether a saved page is from an earlier year (`_year`) than its file.

        A relative date such as 3小时前 is then ignored, because the time of the file is not the time when the page was
        read. A fetched page has the header Date; its time of fetching is exact.
        """
        return "date" not in self.page.headers and self.year is not None and self.year < self.page.fetched_at.year

    def _signed(self, lines: list[int]) -> Iterator[tuple[str, str | None]]:
        """Yield ("tail", date) for each line that is only a date, unless a linked headline is next to the line."""
        for i in lines:
            stamp = self._stamp(i, relative=False)
            near = self.doc.blocks[max(0, i - 1) : i + 2]
            if stamp and self._is_date(i, stamp) and not any(line.link_share > 0.8 and line.size >= 6 for line in near):
                yield "tail", stamp.iso

    def _is_date(self, index: int, stamp: pub_date.Stamp) -> bool:
        """Return whether a line is only a date (2023年7月1日), or a date with a time and little other text.

        The other text must follow the date, have at most 8 characters and contain no link.
        """
        rest = len(self.doc.blocks[index].key) - len(stamp.matched)
        return rest <= 2 or (stamp.timed and rest <= 8 and stamp.start <= 1 and not self.doc.blocks[index].links)

    def _stamp(self, index: int, *, relative: bool) -> pub_date.Stamp | None:
        """Return the first date of a line; None if there is none, or if the line is longer than DATED.

        If the first date is that of an update, the next one is returned if there is one (更新时间:… 发布时间:…).
        """
        block = self.doc.blocks[index]
        if block.size > DATED:
            return None
        found = self._find(block.key, relative)
        if not (found and (found.timed or len(block.written) < 2)):
            found = self._find(" ".join(piece for piece, _ in block.pieces), relative) or found
        if found and _UPDATED.search(block.key[max(0, found.start - 8) : found.start]):
            rest = " " * found.end + block.key[found.end :]
            return self._find(rest, relative=False) or found
        return found

    def _find(self, text: str, relative: bool) -> pub_date.Stamp | None:
        return pub_date.find(text, self.page.fetched_at, self.zone, relative=relative, year=self.year)

    def _machine_dates(self) -> Iterator[tuple[str, str]]:
        fetched, zone = self.page.fetched_at, self.zone
        for key, origin in _DATE_METAS:
            for value in self.doc.metas.get(key, ()):
                if found := pub_date.from_meta(fold(value), fetched, zone):
                    yield origin, found
        for mark in self.doc.marks:
            if mark.kind == "moment" and self.top - ABOVE <= mark.block <= self.body.first:
                found = pub_date.from_meta(mark.element.get("datetime"), fetched, zone)
                if found:
                    yield "time", found
        for item in _article_nodes(json_ld(self.doc)):
            if found := pub_date.from_meta(str(item.get("datePublished") or item.get("pubDate") or ""), fetched, zone):
                yield "json-ld", found

    # --- source

    def source(self) -> str | None:
        """Return the medium named as 来源, beside the date or in metadata, or a self-media account.

        Return None if there is none.
        """
        return self._first(
            "source",
            (
                (origin, value)
                for origin, value in self._sources()
                if value
                and not publisher.is_empty(value)
                and not self._is_headline(value)
                and publisher.is_plausible(value, labelled=origin not in ("account", "dateline", "named"))
                # the line next to the date, from which an account is taken, may be a counter, a caption or a keyword
                and (origin != "account" or publisher.is_medium(value))
            ),
        )

    def _is_headline(self, value: str) -> bool:
        """Return whether a value is more than half of the headline. A shorter part of it may be an office."""
        text = for_matching(squash(value))
        return 2 * len(text) > len(self.headline) and len(text) > 4 and text in for_matching(self.headline)

    def _sources(self) -> Iterator[tuple[str, str | None]]:
        if "source" in self.forced:
            text = fold(self.forced["source"])
            yield "rule", publisher.labelled([text]) or publisher.tidy(text)
        for i in self.above:
            named = publisher.labelled(self._pieces(i))
            if named == "" and len(self.doc.blocks[i].key) <= 8 and i + 1 < self.body.first:
                named = publisher.tidy(self.doc.blocks[i + 1].key) if ":" not in self.doc.blocks[i + 1].key else None
            if named and publisher.is_department(named) and self._labelled_below in media():
                yield "tail", self._labelled_below
            yield "dateline", named and publisher.rejoined(named, self._pieces(i), self.doc.blocks[i].key)
        yield "tail", self._signed_source
        yield from (("dateline", publisher.cited(self.doc.blocks[i].key)) for i in self.above if i > self.top)
        yield from (("named", publisher.tidy(name)) for name in self._followed)
        yield "dateline", self._column
        yield from self._named_sources()
        for key in _SOURCE_METAS:
            for value in self.doc.metas.get(key, ()):
                yield "gov-meta", publisher.labelled([fold(value)]) or publisher.tidy(fold(value))
        for i in self.above:
            stamp = self._stamp(i, relative=True)
            block = self.doc.blocks[i]
            # a date in prose or in a caption (昨日) is not a dateline, so no source is beside it
            in_prose = "。" in block.key or is_photo_line(block.key) or block.tag == "figcaption"
            if in_prose or not stamp or block.size >= 100 or i < self.top:
                continue
            if block.link_share < 0.7 or block.size < 40:
                yield from self._unlabelled_source(
                    "dateline", publisher.unlabelled(self._pieces(i), stamp.matched.strip())
                )
        yield "script", self.enp.get("sourcename")
        for i in range(max(0, self.top - ABOVE), min(self.body.last + BELOW, len(self.doc.blocks))):
            block = self.doc.blocks[i]
            # a short line is searched together with the next one, which may contain the newspaper's name
            line = " ".join(near.key for near in self.doc.blocks[i : i + (2 if block.size <= 10 else 1)])
            found = _EPAPER_SOURCE.search(line) if block.size < 60 else None
            cited = found is not None and found.start() > 2 and self.body.first <= i <= self.body.last
            yield "dateline", found[found.lastgroup or 0] if found and not cited else None
        yield "account", self._account()
        stated = (value for name, value in self.beside if name == "source")
        for text in chain(script_sources(self.doc), stated):
            yield "script", publisher.tidy(fold(text))
        yield "tail", self._labelled_below
        for piece in chain.from_iterable(map(self._pieces, self.above)):
            yield "dateline", publisher.supplied(piece)
        for i in [*self.body.kept[-4:], *self.below[:6]]:
            yield "tail", publisher.supplied(self.doc.blocks[i].key) if self.doc.blocks[i].size < 60 else None
        near = [self.doc.blocks[i].key for i in [*self.above, *self.body.kept[:3]]]
        yield from (("byline", publisher.reporters_medium(line)) for line in [*near, *self.body.credits])
        yield "tail", self._dated_below
        yield "byline", self._paper_of_the_reporter

    @property
    def _paper_of_the_reporter(self) -> str | None:
        """Newspaper of the reporter (江城日报记者 张三) on a page of an e-paper that does not name the newspaper itself."""
        lines = [self.doc.blocks[i].key for i in [*range(self.top, self.body.first), *self.body.kept[:2]]]
        if not any(_EPAPER_MENU.search(line) for line in lines):
            return None
        found = (_REPORTER_OF.search(line) for line in [*lines, *self.body.credits] if len(line) <= 60)
        return next((match[1] for match in found if match and match[1] in media()), None)

    @property
    def _dated_below(self) -> str | None:
        """Medium beside a date below the text: 2024年06月12日 14:37 江城新闻网; None if there is none."""
        for i in self.below[:6]:
            block = self.doc.blocks[i]
            if block.size <= 40 and block.link_share < 0.5 and (stamp := self._stamp(i, relative=False)):
                value = publisher.unlabelled(self._pieces(i), stamp.matched.strip())
                if value and publisher.is_medium(value) and stamp.timed:
                    return value
        return None

    def _named_sources(self) -> Iterator[tuple[str, str | None]]:
        """Yield the names in elements named source, from three blocks above the headline to the start of the text."""
        for mark in self.doc.marks:
            if mark.kind == "source" and mark.block - self.top >= -3 and mark.block <= self.body.first:
                text = _name_in(mark.element)
                # an element named author-name contains an account on some sites, and a person (not a source) on others
                if len(text) <= 40 and not re.fullmatch(r"[\d\s:./年月日-]+", text) and not bylines.is_name(text):
                    yield from self._unlabelled_source("named", publisher.labelled([text]) or publisher.tidy(text))

    @cached_property
    def _followed(self) -> list[str]:
        """Names in elements named author or source before a button 关注: they are accounts, even if they look like people."""
        found = []
        for mark in self.doc.marks:
            if mark.kind in ("author", "source") and self.top <= mark.block < self.body.first:
                text = _name_in(mark.element)
                near = self.doc.blocks[mark.block : mark.block + 2]
                if 2 <= len(text) <= 16 and any(publisher.is_follow_button(p) for b in near for p, _ in b.pieces):
                    found.append(for_matching(text) if self.doc.rewritten else text)
        return found

    @cached_property
    def _column(self) -> str | None:
        """Name at the start of the headline (望江亮丨…) that is repeated beside the date: the account that published the text."""
        name, bar, _ = self.headline.partition("丨")
        if not bar or not 2 <= len(name) <= publisher.LONGEST_ACCOUNT:
            return None
        dated = (i for i in self.above if i > self.top and self._stamp(i, relative=True))
        return next((name for i in dated if name in map(squash, self._pieces(i))), None)

    @cached_property
    def _labelled_below(self) -> str | None:
        """Value of 来源 in the first and last lines of the text and below it; None if there is none."""
        blocks = [i for i in [*self.body.kept[-4:], *self.body.kept[:2], *self.below] if self.doc.blocks[i].size < 120]
        named = chain(
            (publisher.labelled(self._pieces(i)) for i in blocks),
            (publisher.labelled([text]) for text in self.body.credits),
            (publisher.cited(_last_bracket(text)) for text in [*self.body.lines[-2:], *self.body.credits]),
            (publisher.cited(self.doc.blocks[i].key) for i in blocks if self.doc.blocks[i].size < 60),
        )
        return next((value for value in named if value and not publisher.is_empty(value)), None)

    @cached_property
    def _signed_source(self) -> str | None:
        """Medium after 来源 in brackets at the end of the text: (本文来源:甲报 作者:乙); None if there is none."""
        for text in [*self.body.lines[-2:], *self.body.credits]:
            end = text[-200:]
            found = _SIGNED_SOURCE.search(for_matching(end) if self.doc.rewritten else end)
            value = publisher.labelled([found.group()]) if found else None
            if value and publisher.is_medium(value):
                return value
        return None

    def _unlabelled_source(self, origin: str, value: str | None) -> Iterator[tuple[str, str | None]]:
        """Yield (`origin`, `value`) for a name without a label.

        The 来源 below the text is yielded first if the page is from 微信, if `value` is the name of the site, or if the
        来源 is more certain than `value`.
        """
        below = self._labelled_below if value else None
        if value and below and (self._is_account or self._is_own_name(value) or self._is_more_certain(below, value)):
            yield "tail", below
        yield origin, value

    def _is_own_name(self, value: str) -> bool:
        """Return whether a name is that of the site: in og:site_name, the end of <title>, or a heading above the headline."""
        parts = [*self.doc.metas.get("og:site_name", ()), *title.site_parts(self.doc.title)]
        parts += [block.text for block in self.doc.blocks[: self.top] if block.heading]
        return squash(value) in map(squash, parts)

    @staticmethod
    def _is_more_certain(labelled: str, value: str) -> bool:
        """Return whether `labelled` is in `media`, while the unlabelled name `value` is an office that is not."""
        return labelled in media() and value not in media() and bylines.is_office(value)

    @cached_property
    def _is_account(self) -> bool:
        """Whether the page is from 微信. Its account is then the source only if the text does not name a source."""
        return any(
            mark.kind == "source" and _ACCOUNT_NAME.search(mark.element.get("id") or mark.element.get("class") or "")
            for mark in self.doc.marks
        )

    def _account(self) -> str | None:
        """Return the self-media account beside the date, between headline and text.

        It is on the line before or after the date, or with a medium on the second line after the date.
        Return None if there is no such account, or if the line of the date has a label of source or author.
        """
        dated = [i for i in self.above if i > self.top and self._stamp(i, relative=True)]
        if not dated or re.search("来源|稿源|作者|信息", self.doc.blocks[dated[0]].key):
            return None
        for i in (near for at in dated[:1] for near in (at - 1, at + 1, at + 2) if self.top < near < self.body.first):
            line = self.doc.blocks[i].key
            found = publisher.account(line) if squash(line) not in self.headline else None
            # the second line below the date usually names a writer; it counts only with a medium: 江城日报/张三
            if found and (i <= dated[0] + 1 or found in media() or "/" in line):
                return found
        return None

    def _pieces(self, index: int) -> list[str]:
        block = self.doc.blocks[index]
        pieces = [piece for piece, _ in block.pieces] or [block.text]
        return [for_matching(piece) for piece in pieces] if self.doc.rewritten else pieces

    def _as_written(self, found: str) -> str:
        """Return the original form of a text that was found in the simplified form of a line."""
        if not self.doc.rewritten:
            return found
        for block in self.doc.blocks:
            at = block.key.find(found)
            if at >= 0:
                return block.text[at : at + len(found)]
        return found

    # --- authors and editors

    def authors(self) -> tuple[Credit, ...]:
        """Return the writers that the page names, and the photographers (roles 图 and 摄影)."""
        found: list[Credit] = []
        if "authors" in self.forced:
            found += bylines.author_value(fold(self.forced["authors"]))
        for i in self.above:
            block = self.doc.blocks[i]
            if block.boilerplate not in ("navigation", "hidden"):
                zone = bylines.authors_in_zone(self._line(i))
                if not zone and i > self.top and block.size <= 40 and not is_photo_line(block.key):
                    zone = bylines.placed_line(block.key) or bylines.authors_in_line(block.key, lead=False)
                found += zone
        texts = [for_matching(line) for line in self.body.lines] if self.doc.rewritten else self.body.lines
        for number, text in enumerate(texts[:4]):
            found += bylines.authors_in_line(text, lead=number < 3) or _credits_of(text)
        found = found or self._names_alone(texts)
        for text in texts[max(4, len(texts) - 4) :]:
            found += _credits_of(text)
        last = next((text for text in reversed(texts[:-4]) if len(text) >= 60), None)
        for number, text in enumerate([*reversed(texts[-4:]), *([last] if last and len(texts) <= 12 else [])]):
            found += bylines.authors_in_tail(text, plain=number < 2)
        for text in self.body.credits:
            zone = bylines.authors_in_zone(text) if "作者:" in text else []
            found += _credits_of(text) or bylines.authors_in_tail(text) or zone
        for i in self.below[:6]:
            block = self.doc.blocks[i]
            if "作者:" in block.key and block.size <= 80:
                found += bylines.authors_in_zone(block.key)
            if ends_article(block):
                break
            if (is_credit(block.key) or bylines.is_own_line(block.key)) and not is_photo_line(block.key):
                found += _credits_of(block.key) or (bylines.authors_in_zone(block.key) if "作者" in block.key else [])
            elif not found and block.size <= 40 and not (block.links or is_photo_line(block.key)):
                found += self._signature(block.key, texts)
        for text in self.body.captions if not found else ():
            if _WROTE_AND_TOOK.search(text):  # a byline that ends like a caption: 示例晚报记者张三/文 受访者供图
                found += bylines.authors_in_line(text, lead=False)
        if found:
            self.origins["authors"] = "byline"
        else:
            found = self._stated_authors()
        for text in (*self.body.captions, *self.body.credits):
            taken = bylines.photographer_of(for_matching(text) if self.doc.rewritten else text)
            if taken:
                self.origins.setdefault("authors", "caption")
            found += taken
        found = [Credit(credit.role, self._as_written(credit.name)) for credit in found]
        unique = {credit.name: credit for credit in reversed(found)}
        return tuple(dict.fromkeys(unique[credit.name] for credit in found))

    def _signature(self, line: str, texts: Sequence[str]) -> list[Credit]:
        """Return the credits of a short line below the text that is a signature: (张三), 张三/文, 供稿人:张三."""
        bracket = re.fullmatch(r"[(【\[][^()【】\[\]]{2,30}[)】\]]", line)
        found = bylines.authors_in_tail(line) if bracket else _credits_of(line)
        if not found and re.match("[□■◎●▲]", line):
            found = bylines.only_name(line)
        sentences = "\n".join(text for text in texts if len(text) > 40)
        return [] if any(credit.name in sentences for credit in found) else found

    def _names_alone(self, texts: Sequence[str]) -> list[Credit]:
        """Return the credits of a line of names without a role: beside the date, or the first or last line of the text.

        The people of a story are not its writers, so a name that a sentence of the text contains does not count.
        """
        dated = next((i for i in self.above if i > self.top and self._stamp(i, relative=True)), None)
        near = [dated - 1, dated + 1] if dated is not None else []
        blocks = [self.doc.blocks[i] for i in near if self.top < i < self.body.first]
        lines = [block.key for block in blocks if not (block.links or block.boilerplate in ("navigation", "hidden"))]
        lines += [*texts[:1], *(texts[-1:] if len(texts) > 2 else ())]
        sentences = "\n".join([self.headline, *(text for text in texts if len(text) > 40)])
        for line in lines:
            found = (
                bylines.line_of_names(line)
                or bylines.only_name(line)
                or bylines.signed_with_medium(line)
                or bylines.signed_with_office(line)
            )
            if found and not any(credit.name in sentences or publisher.is_medium(credit.name) for credit in found):
                return found
        return []

    @cached_property
    def _shown(self) -> str:
        """The text and the lines around it.

        An author from the meta element "author" is accepted only if the name occurs here, because many sites put the
        name of the person who uploads a page into that element.
        """
        near = self.doc.blocks[max(0, self.top - ABOVE) : self.body.last + BELOW + 1]
        return "\n".join(line for block in near for line in (block.text, block.key))

    def _named_authors(self) -> list[Credit]:
        """Return the credits of elements named author between headline and text, if their text consists of names."""
        texts = [
            for_matching(_name_in(mark.element)) if self.doc.rewritten else _name_in(mark.element)
            for mark in self.doc.marks
            if mark.kind == "author" and self.top <= mark.block <= self.body.first
        ]
        texts = [text for text in texts if len(text) <= 24 and text not in self._followed]
        return [credit for text in texts for credit in bylines.all_names(text)]

    def _stated_authors(self) -> list[Credit]:
        if shown := self._named_authors():
            self.origins["authors"] = "named"
            return shown
        people = [item.get("author") for item in _article_nodes(json_ld(self.doc))]
        flat = [person for entry in people for person in (entry if isinstance(entry, list) else [entry])]
        named = [
            str(person.get("name", ""))
            for person in flat
            if isinstance(person, dict) and person.get("@type") != "Organization"
        ]
        editors = self.editors()
        stated = [(True, value) for value in self.doc.metas.get("author", ())]
        stated.append((True, self.enp.get("author", "")))
        certain = [*self.doc.metas.get(SCRIPT_AUTHOR, ()), "、".join(named)]
        for only_shown, value in [*stated, *((False, value) for value in certain)]:
            found = [
                credit
                for credit in bylines.author_value(for_matching(fold(value)) if self.doc.rewritten else fold(value))
                if credit.name not in editors and not (only_shown and credit.name not in self._shown)
            ]
            if found:
                self.origins["authors"] = "meta"
                return found
        found = self._beside_date()
        if found:
            self.origins["authors"] = "dateline"
        return found

    def _beside_date(self) -> list[Credit]:
        """Return the name beside the date (2023-06-02 10:21 示例日报 陈小燕), if there is only one.

        A name is ignored if a link of the page has the same text, because it is then a channel. A name of two or four
        characters counts only if it is also alone on a line at the start or end of the text, because most such words
        are channels and places.
        """
        dated = next((i for i in self.above if i > self.top and self._stamp(i, relative=True)), None)
        if dated is None or self.doc.blocks[dated].size > 60:
            return []
        words = re.split(r"[\s|丨·/]+", " ".join(self._pieces(dated)))
        alone = {self.doc.blocks[i].key for i in [*self.body.kept[:2], *self.body.kept[-2:]]}
        names = [
            word
            for word in words
            if (len(word) == 3 or word in alone)
            and bylines.is_name(word)
            and not publisher.is_medium(word)
            and not (bylines.is_office(word) or publisher.is_page_control(word) or word in common_words())
        ]
        if (
            len(names) != 1
            or re.search(rf"(?:编辑|责编)\s*:\s*{names[0]}", self.doc.blocks[dated].key)
            or any(line.key == names[0] and line.link_share > 0.5 for line in self.doc.blocks)
        ):
            return []
        return [Credit("作者", names[0])]

    def _line(self, index: int) -> str:
        """Return the text of a line. If the line is only a label (责任编辑:), a name on the next line is appended."""
        text = self.doc.blocks[index].key
        label = _LABEL_ALONE.fullmatch(text)
        if label and index + 1 < len(self.doc.blocks):
            line = self.doc.blocks[index + 1]
            names = len(line.key) <= 20 and ":" not in line.key and not (line.heading or line.boilerplate or line.links)
            return f"{label[1]}:{line.key}" if names else text
        return text

    def editors(self) -> tuple[str, ...]:
        """Return the names after 责任编辑, 编辑 and 责编 near the text.

        If there are none, return those in elements named editor, or else those in the meta element editor.
        """
        lines = [self._line(i) for i in [*self.above, *self.body.kept[-5:], *self.below, *self._editor_lines()]]
        lines += self.body.credits
        if "editors" in self.forced:
            lines.insert(0, "编辑:" + re.sub(r"^\W*(?:责任)?(?:编辑|责编)\s*:", "", fold(self.forced["editors"])))
        found: list[str] = []
        for line in dict.fromkeys(lines):
            found += [name for name in bylines.editors_in(line) if name not in found]
        if not found:
            named = (mark for mark in self.doc.marks if mark.kind == "editor" and mark.block >= self.top)
            texts = [for_matching(text) for mark in named if len(text := _name_in(mark.element)) <= 12]
            found += [credit.name for text in texts for credit in bylines.all_names(text) if credit.name not in found]
        if not found:
            for value in chain.from_iterable(self.doc.metas.get(name, ()) for name in ("editor", "editorname")):
                found += bylines.editors_in("编辑:" + fold(value))
        if found:
            self.origins["editors"] = "byline"
        return tuple(self._as_written(name) for name in found)

    def _editor_lines(self) -> Iterator[int]:
        """Yield the indices of lines with an editor that `below` lacks: further down, or in a box of related articles.

        Mobile pages have a bar of buttons above such a line.
        """
        end = self.body.last + 1
        limit = min(end + FAR_BELOW, self.doc.another or end + FAR_BELOW)
        for i, block in enumerate(self.doc.blocks[end:limit], end):
            far = i >= end + BELOW
            if block.boilerplate == "comments" or (far and block.boilerplate in ("related", "hidden")):
                continue
            if block.size <= 30 and not block.links and bylines.is_editor_line(block.key):
                yield i


def _text_start(doc: Document, body: Body) -> int:
    """Return the index of the first sentence of the text. Kept lines above it may be credits or the dateline."""
    return next((i for i in body.kept if is_sentence(doc.blocks[i])), body.first)


def _last_bracket(text: str) -> str:
    """Return the last bracket of a line; a line of at most 60 characters as it is; "" if the bracket is longer."""
    at = max(text.rfind("("), text.rfind("【"))
    return text if len(text) <= 60 else text[at:] if at >= 0 and len(text) - at <= 60 else ""


def _is_metadata(text: str) -> bool:
    """Return whether a line is metadata: a credit, dateline or byline."""
    return is_credit(text) or is_dateline(text) or is_byline(text)


def _credits_of(text: str) -> list[Credit]:
    """Return the credits of a line, or of its parts between bars or labels (来源 北京日报 | 记者 孙莹)."""
    whole = bylines.authors_in_line(text, lead=False)
    if len(text) > 80 or any(credit.role in bylines.WRITING for credit in whole):
        return whole
    text = _BAR_AFTER_ROLE.sub(r"\1:", text)
    parts = [part.strip() for part in han.split(r"[|丨;]|\s+(?=[\p{Han}]{1,5}\s*[:/])", text)]
    return [credit for part in parts for credit in bylines.authors_in_line(part, lead=False)] or whole


#: fields of a JSON-LD node for a page; their value is the node of its article
_INNER = ("mainEntity", "mainEntityOfPage")


def json_ld(doc: Document) -> list[dict[str, Any]]:
    """Return the objects of the page's JSON-LD: those at the top or in a top-level @graph, and their values of _INNER.

    Broken JSON is skipped.
    """
    found: list[dict[str, Any]] = []
    for script in doc.scripts:
        if script.get("type") == "application/ld+json" and script.text:
            try:
                data = json.loads(script.text, strict=False)
            except (ValueError, RecursionError):
                continue
            items = data if isinstance(data, list) else data.get("@graph", [data]) if isinstance(data, dict) else []
            for item in items if isinstance(items, list) else []:
                if isinstance(item, dict):
                    found += [item, *(part for name in _INNER if isinstance(part := item.get(name), dict))]
    return found


def _article_nodes(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the objects of an article type. If there are none, return those of a page type and those without a type.

    Dates of a site, a comment or a picture are therefore never used.
    """

    def kinds(item: dict[str, Any]) -> list[str]:
        kind = item.get("@type", "")
        return [str(one).rpartition("/")[2] for one in (kind if isinstance(kind, list) else [kind])]

    articles = [item for item in items if any(_ARTICLE_TYPE.search(kind) for kind in kinds(item))]
    pages = [item for item in items if any(kind in ("", "WebPage", "ItemPage") for kind in kinds(item))]
    return articles or pages


def _name_in(element: Any) -> str:
    """Return the text of an element that is expected to contain a name, without a button after the name.

    For a text of more than 24 characters without 来源 or 稿源, return only its first text node.
    """
    texts = [text for text in element.itertext() if not text.isspace()]
    whole = fold(" ".join("".join(texts).split()))
    if len(texts) > 1 and publisher.is_page_control(last := fold(texts[-1].strip())) and whole.endswith(last):
        whole = whole[: -len(last)].strip()  # remove a button after the name: 示例科技 微博
    return whole if len(whole) <= 24 or not texts or re.search("来源|稿源", whole) else fold(" ".join(texts[0].split()))


def _year(doc: Document, from_url: str | None, fetched: datetime) -> int | None:
    """Return the year for dates without a year; None if the page states no year.

    The first of these is used: the year in the URL, that of the newest full date on the page (which may belong to a
    comment or another article), that of the copyright notice.
    """
    if from_url:
        return int(from_url[:4])
    in_path = _YEAR_IN_PATH.search(doc.page.final_url.partition("?")[0])
    if in_path and EARLIEST <= int(in_path[1]) <= fetched.year:
        return int(in_path[1])
    years = [
        int(found[1])
        for block in doc.blocks
        if block.size <= 160 and "今天是" not in block.key and not is_legal(block.key)
        for found in _FULL_YEAR.finditer(block.key)
    ]
    if newest := max((year for year in years if EARLIEST <= year <= fetched.year), default=None):
        return newest
    for block in reversed(doc.blocks[-40:]):
        found = re.search(r"(?:©|\(C\)|Copyright)\D{0,30}(?:(?:19|20)\d\d\s*[-~至]\s*)?(20\d\d)", block.key, re.I)
        if found:
            return int(found[1])
    return None
