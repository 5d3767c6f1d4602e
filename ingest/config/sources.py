"""Sources: the keys of config/sources.yaml with types, defaults and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

import cssselect
from pydantic import AfterValidator, BeforeValidator, Field

from ingest import cron
from ingest.config.settings import StrictModel, Zone, matching
from ingest.pipeline_types import Listing, Schedule, SiteRules, Source
from ingest.urls import canonical


def _url(value: str) -> str:
    try:
        return canonical(value)
    except ValueError as error:
        raise ValueError(
            f"not a URL we fetch ({error}); write a complete one, such as https://www.example.cn/news/"
        ) from None


def _selector(value: str) -> str:
    try:
        cssselect.HTMLTranslator().css_to_xpath(value)
    except cssselect.SelectorError as error:
        raise ValueError(f"not a CSS selector: {error}") from None
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _interval(value: object) -> object:
    """Parse an interval such as "30m" into seconds. Raises ValueError unless it is between 10s and 366d."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", value) if isinstance(value, str) else None
    if not found:
        raise ValueError('not an interval; write a number and a unit, such as "30m", "2h" or "1d"')
    seconds = int(float(found[1]) * _UNITS[found[2]])
    if not 10 <= seconds <= 366 * 86400:
        raise ValueError("must lie between 10s and 366d")
    return seconds


def _cron(value: str) -> str:
    cron.parse(value)
    return value


def _not_empty(value: object) -> object:
    if isinstance(value, list | tuple) and not value:
        raise ValueError("name at least one feed, sitemap, page or epaper")
    return value


def _checked(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if value != "never":
        raise ValueError('must be "never" or the date (2026-11-21) of the last successful test by a person')
    return value


def _template(value: str) -> str:
    """Return a valid date template, such as https://paper.example.cn/html/{yyyy}-{mm}/{dd}/node_1.htm, unchanged.

    Raises ValueError for any other text.
    """
    if re.search(r"\{(?!(?:yyyy|mm|dd)\})", value) or "{dd}" not in value:
        raise ValueError("not a date template; write the date of the issue as {yyyy}, {mm} and {dd}")
    _url(value.replace("{yyyy}", "2026").replace("{mm}", "11").replace("{dd}", "20"))
    return value


Url = Annotated[str, AfterValidator(_url)]

Selector = Annotated[str, AfterValidator(_selector)]


class _ListingEntry(StrictModel):
    """One listing of articles: exactly one of feed, sitemap, page, epaper."""

    feed: Url | None = None
    sitemap: Url | None = None
    page: Url | None = None
    epaper: Annotated[str, AfterValidator(_template)] | None = None
    links: Annotated[str, AfterValidator(_regex)] | None = None
    next: Selector | None = None
    pages: int = Field(1, ge=1, le=500)

    def listing(self) -> Listing:
        """Return the entry as Listing."""
        kind: Literal["feed", "sitemap", "list"] = "feed" if self.feed else "sitemap" if self.sitemap else "list"
        url = self.feed or self.sitemap or self.page or self.epaper or ""
        return Listing(kind, url, self.links, self.next, self.pages)


class _ExtractEntry(StrictModel):
    """Extraction rules of one source: CSS selectors that take precedence over the general rules."""

    body: Selector | None = None
    title: Selector | None = None
    published: Selector | None = None
    source: Selector | None = None
    authors: Selector | None = None
    editors: Selector | None = None
    remove: tuple[Selector, ...] = ()
    next_page: Selector | None = None


class _SourceEntry(StrictModel):
    """One source: a site, its listings, its schedule and its rules."""

    name: Annotated[str, matching(r"\w[\w.-]{0,63}", "one word of letters, digits, dots and hyphens, such as rednet")]
    home: Url
    list: Annotated[tuple[_ListingEntry, ...], BeforeValidator(_not_empty)]
    extract: _ExtractEntry = _ExtractEntry()
    every: Annotated[int, BeforeValidator(_interval)] | None = None
    cron: Annotated[str, AfterValidator(_cron)] | None = None
    delay: float = Field(5.0, ge=0, le=3600)
    enabled: bool = True
    language: Annotated[str, matching(r"[a-z]{2,3}(-[A-Za-z]+)*", "a code such as zh or zh-TW")] = "zh"
    zone: Zone = "Asia/Shanghai"
    loopback: bool = False
    fetch: Literal["all", "prefilter"] = "all"
    checked: Annotated[str, BeforeValidator(_checked)] = "never"

    renamed: ClassVar[Mapping[str, str]] = {"read": "extract"}

    def source(self) -> Source:
        """Return the entry as Source."""
        schedule = Schedule(cron=self.cron) if self.cron else Schedule(seconds=self.every or 3600)
        return Source(
            name=self.name,
            home=self.home,
            listings=tuple(entry.listing() for entry in self.list),
            rules=SiteRules(**self.extract.model_dump()),
            schedule=schedule,
            delay=self.delay,
            enabled=self.enabled,
            language=self.language,
            zone=self.zone,
            loopback=self.loopback,
            fetch=self.fetch,
            checked=self.checked,
        )


class SourcesFile(StrictModel):
    """Model of the file config/sources.yaml."""

    sources: tuple[_SourceEntry, ...] = ()
