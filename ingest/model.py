"""The nouns in flight, by age: Source ▶ Candidate ▶ Page ▶ (store.records: Article, Verdict, ...) ▶ Outcome.

All are frozen: a stage that wants another value makes another object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from store.records import Article, Fact, Fingerprint, Verdict, require_zone

#: every word an outcome row may carry, with what it means; a run's digest footer is the sum of its rows
OUTCOMES: Mapping[str, str] = {
    "stored": "a new article, ruled a feature, with a story of its own",
    "repost": "a new article that tells a known story again",
    "not-feature": "a new article, kept, but ruled brief or other",
    "revised": "a known article whose text changed",
    "unchanged": "a known article, looked at again: nothing changed",
    "known": "looked at before and not due to be looked at again",
    "queued": "left in the queue for a later pass: over the budget, not due yet, or the pass was stopped",
    "off-topic": "not fetched: title and snippet rule a feature out",
    "not-article": "a list, gallery, video or home page",
    "error-page": "an error page served as a page (soft 404)",
    "block-page": "a block, captcha or verification page",
    "login-page": "a login wall",
    "too-short": "less text than an article has",
    "unreadable": "no body could be told apart with confidence",
    "undecodable": "too many bytes did not decode",
    "not-html": "not a page: PDF, picture, archive, ...",
    "not-a-feed": "a listing answered with something that is no listing",
    "robots": "robots.txt forbids it",
    "robots-unavailable": "robots.txt could not be had: waiting, as RFC 9309 asks",
    "blocked-address": "the address is private, loopback or otherwise not public",
    "bad-url": "not a URL we fetch",
    "bad-redirect": "the redirect leads nowhere we go",
    "gone": "404 or 410",
    "refused": "401, 403, 412 and other refusals",
    "server-error": "5xx after retries",
    "paused": "the host asked us to wait (429, Retry-After)",
    "network": "DNS, connection or TLS failure",
    "timeout": "the total deadline passed",
    "too-large": "larger than the cap",
    "incomplete": "the body ended early",
    "protocol-error": "the answer is not valid HTTP",
    "quarantined": "the page killed or hung its reader twice",
    "error": "anything else, named in the detail",
}

ListingKind = Literal["feed", "sitemap", "list"]


@dataclass(frozen=True, slots=True)
class Listing:
    """One place where a source lists new articles."""

    kind: ListingKind
    url: str
    #: regex that an article URL must match (search, not full match); None finds the links by themselves
    link_pattern: str | None = None
    #: CSS selector of the link to the next list page; None follows 下一页 links
    next_selector: str | None = None
    #: how many list pages, or sitemaps of an index, to follow at most
    max_pages: int = 1


@dataclass(frozen=True, slots=True)
class SiteRules:
    """Per-site reading rules: CSS selectors, each optional. An empty one leaves the field to the general reader."""

    body: str | None = None
    title: str | None = None
    published: str | None = None
    source: str | None = None
    authors: str | None = None
    editors: str | None = None
    #: selectors of what to take out of the body
    remove: tuple[str, ...] = ()
    next_page: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a source is due: every `seconds`, or by `cron` (five fields, names for week days), never both."""

    seconds: int | None = None
    cron: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One configured site."""

    name: str
    home: str
    listings: tuple[Listing, ...]
    rules: SiteRules = SiteRules()
    schedule: Schedule = Schedule(seconds=3600)
    #: seconds between two requests to one host
    delay: float = 5.0
    enabled: bool = True
    language: str = "zh"
    #: IANA zone of the site's displayed times
    zone: str = "Asia/Shanghai"
    #: loopback addresses are allowed (the demo alone needs it)
    loopback: bool = False
    #: "all" fetches every candidate, "prefilter" only those whose title and snippet leave a feature possible
    fetch: Literal["all", "prefilter"] = "all"
    #: when a person last saw this entry work against the live site: a date, or "never"
    checked: str = "never"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that may be an article, with what its listing claims of it (claims are never taken as facts)."""

    url: str
    source: str
    #: "feed", "sitemap", "list", "user", "recheck" (known, due again) or "archive" (left by a crash)
    origin: str
    title: str | None = None
    #: ISO 8601 as the listing gave it, normalised when it parses
    date: str | None = None
    snippet: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One complete HTTP answer, decoded; already in the raw archive when anyone sees it."""

    #: the canonical URL that was asked for, and the one that answered after redirects
    url: str
    final_url: str
    status: int
    #: lower-case names
    headers: Mapping[str, str]
    content: bytes
    #: `content` decoded, "" when it is no text
    text: str
    #: label of the decoder used ("gb18030") and who said so ("header", "bom", "meta", "detected", "default")
    encoding: str
    encoding_origin: str
    fetched_at: datetime
    #: IANA zone in which the site displays times
    zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        require_zone(self.fetched_at, "fetched_at")


@dataclass(frozen=True, slots=True)
class Extraction:
    """What `read` made of one page: the article so far and where its further pages are."""

    article: Article
    #: URLs of the article's further pages, in order, when the page names them
    further: tuple[str, ...] = ()
    #: URL of a view of the whole article (余下全文, 打印版), when this page is one part of several; `further` serves
    #: when that view cannot be had or holds no more
    single_page_url: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """What `discover` made of one listing page."""

    candidates: tuple[Candidate, ...]
    #: further listing pages to fetch (next list page, sitemaps of an index)
    more: tuple[Listing, ...] = ()
    #: the listing was cut short or ill-formed: absence proves nothing
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Processed:
    """An article with everything that can be said of it without asking the store."""

    article: Article
    verdict: Verdict
    fingerprint: Fingerprint
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one candidate."""

    candidate: Candidate
    code: str
    detail: str = ""
    article: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in OUTCOMES:
            raise ValueError(f"{self.code!r} is no outcome; one of {', '.join(OUTCOMES)}")
