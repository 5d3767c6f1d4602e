"""Dataclasses passed between pipeline stages: Source ▶ Candidate ▶ Page ▶ (store.records: Article, ...) ▶ Outcome.

All are frozen: a stage that changes a value creates a new object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from store.records import Article, Fact, Fingerprint, Verdict, require_zone

#: outcome code -> meaning; a digest shows the number of outcome rows of each code
OUTCOMES: Mapping[str, str] = {
    "stored": "a new article, ruled a feature, with a story of its own",
    "repost": "a new article of a known story",
    "not-feature": "a new article, stored, but ruled brief or other",
    "revised": "a known article whose text changed",
    "unchanged": "a known article, fetched again: nothing changed",
    "known": "fetched before and not due again",
    "queued": "left in the queue for a later pass: over the budget, not due yet, or the pass was stopped",
    "off-topic": "not fetched: title and snippet rule a feature out",
    "not-article": "a list, gallery, video or home page",
    "error-page": "an error page served as a page (soft 404)",
    "block-page": "a block, captcha or verification page",
    "login-page": "a login wall",
    "too-short": "less text than an article has",
    "summary-only": "the page shows a summary and not the article: tried again later",
    "unreadable": "no body was found with sufficient confidence",
    "undecodable": "too many bytes did not decode",
    "not-html": "not a page: PDF, picture, archive, ...",
    "not-a-feed": "the response to a listing request is not a listing",
    "robots": "robots.txt forbids it",
    "robots-unavailable": "robots.txt could not be fetched: waiting, as RFC 9309 requires",
    "blocked-address": "the address is private, loopback or otherwise not public",
    "bad-url": "not a fetchable URL",
    "bad-redirect": "the redirect has no fetchable target",
    "gone": "404 or 410",
    "refused": "401, 403, 412 and other refusals",
    "server-error": "5xx after retries",
    "paused": "the host requested a pause (429, Retry-After)",
    "network": "DNS, connection or TLS failure",
    "timeout": "the total deadline passed",
    "too-large": "larger than the cap",
    "incomplete": "the body ended early",
    "protocol-error": "the response is not valid HTTP",
    "quarantined": "the page killed or hung its parser twice",
    "error": "anything else, named in the detail",
}

ListingKind = Literal["feed", "sitemap", "list"]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page on which a source lists new articles."""

    kind: ListingKind
    #: URL of the page; the URL of an e-paper contains {yyyy}, {mm} and {dd}, which `on` replaces
    url: str
    #: regex that an article URL must match (search, not full match); if None, article links are detected automatically
    link_pattern: str | None = None
    #: CSS selector of the link to the next list page; if None, the link is detected (下一页, page numbers, scripts)
    next_selector: str | None = None
    #: maximum number of list pages to read, including the first, or of sitemaps of an index to read
    max_pages: int = 1

    def on(self, day: date) -> Listing:
        """Return the listing for one day: the day replaces {yyyy}, {mm} and {dd} in the URL of an e-paper."""
        if "{" not in self.url:
            return self
        url = self.url.replace("{yyyy}", f"{day:%Y}").replace("{mm}", f"{day:%m}").replace("{dd}", f"{day:%d}")
        return replace(self, url=url)


@dataclass(frozen=True, slots=True)
class SiteRules:
    """CSS selectors of one site, each optional. For a field without a selector the general extraction is used."""

    body: str | None = None
    title: str | None = None
    published: str | None = None
    source: str | None = None
    authors: str | None = None
    editors: str | None = None
    #: selectors of elements to remove from the body
    remove: tuple[str, ...] = ()
    next_page: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Schedule of a source: either every `seconds`, or `cron`, an expression that `ingest.cron` parses."""

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
    #: least number of seconds between the end of a request to a host and the next request
    delay: float = 5.0
    enabled: bool = True
    language: str = "zh"
    #: IANA time zone of the times on the site's pages
    zone: str = "Asia/Shanghai"
    #: whether loopback addresses are allowed; only the demo needs them
    loopback: bool = False
    #: "all": fetch every candidate; "prefilter": fetch only those that may be a feature by title and snippet
    fetch: Literal["all", "prefilter"] = "all"
    #: date on which a person last saw this entry work with the live site, or "never"
    checked: str = "never"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that may lead to an article, with the listing's unverified claims about the article."""

    url: str
    source: str
    #: "feed", "sitemap", "list", "user", "recheck" (a known article, due again), "archive" (recovered after a crash, or
    #: read by a backfill), "replay" or "listing" (`url` is a listing that failed)
    origin: str
    title: str | None = None
    #: date in the listing, as ISO 8601 if it could be parsed
    date: str | None = None
    snippet: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A decoded page: an HTTP response or a saved file. `Fetcher` archives a response before it returns the page."""

    #: canonical URL under which the page is processed: usually the requested URL
    url: str
    #: URL of the response after redirects
    final_url: str
    status: int
    #: header names are in lower case
    headers: Mapping[str, str]
    content: bytes
    #: decoded `content`; "" if the content is not text
    text: str
    #: name of the encoding, such as "gb18030"; "binary" if the content is not text
    encoding: str
    #: how the encoding was found: "header", "bom", "meta", "detected" or "default"
    encoding_origin: str
    fetched_at: datetime
    #: IANA time zone of the times on the page
    zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        require_zone(self.fetched_at, "fetched_at")


@dataclass(frozen=True, slots=True)
class Extraction:
    """Result of extracting one page: the article so far, and the URLs of its other pages."""

    article: Article
    #: URLs of the other pages of the article, in order, if the page links to them
    further: tuple[str, ...] = ()
    #: URL of a view with the whole article (余下全文, 打印版), if this page is only one of several. If the view cannot
    #: be fetched or is not longer, `further` is used
    single_page_url: str | None = None
    #: canonical URL that the page states, if it is on the same site
    canonical: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Result of parsing one listing page."""

    candidates: tuple[Candidate, ...]
    #: other listing pages to fetch: the next list page, or the sitemaps of an index
    more: tuple[Listing, ...] = ()
    #: whether the listing was truncated or malformed; a URL missing from it may then still exist on the site
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Processed:
    """An article with all results that can be computed without the store."""

    article: Article
    verdict: Verdict
    fingerprint: Fingerprint
    facts: tuple[Fact, ...] = ()
    #: canonical URL that the first page states, if it is on the same site
    canonical: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Final outcome of one candidate in a run."""

    candidate: Candidate
    code: str
    detail: str = ""
    article: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in OUTCOMES:
            raise ValueError(f"{self.code!r} is not an outcome code; use one of {', '.join(OUTCOMES)}")
