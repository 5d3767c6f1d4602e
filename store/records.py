"""What is kept: the records that cross from ingest into the store. Plain values, valid or not made at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Ruling = Literal["feature", "brief", "other"]
Relation = Literal["original", "copy", "repost", "digest"]
FactKind = Literal[
    "station",
    "founded",
    "area",
    "population",
    "division",
    "premises",
    "force",
    "honour",
    "person",
    "initiative",
    "statistic",
    "event",
    "credit",
]


def require_zone(value: datetime, name: str) -> None:
    """Raise ValueError unless `value` knows its time zone: a naive time means another moment on another machine."""
    if value.tzinfo is None:
        raise ValueError(f"{name} must carry a time zone, got the naive {value.isoformat()}")


@dataclass(frozen=True, slots=True)
class Credit:
    """A name with the role the page gives it: 记者, 通讯员, 作者, 文, 图, 摄影, 编译."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as read from its page or pages."""

    url: str
    title: str
    #: the body in the seed format of docs/DESIGN.md
    text: str
    #: when the page or its archive record was fetched
    fetched_at: datetime
    #: ISO 8601, as precise as stated: "2019-09-07", "2019-09-07T13:43+08:00", "2019-09-07T13:43:45+08:00"
    published: str | None = None
    #: 来源: the medium the page names, never the site that shows it unless it says so
    source: str | None = None
    authors: tuple[Credit, ...] = ()
    #: 责任编辑, 编辑, 责编; staff codes stripped
    editors: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    #: 原标题, when the page shows one beside its own
    original_title: str | None = None
    #: field name -> where it was read ("json-ld", "gov-meta", "rule", "dateline", "listing", ...)
    origins: Mapping[str, str] = field(default_factory=dict)
    #: how the body was found ("rule:people.com.cn", "container:#artibody", "density", "trafilatura")
    method: str = ""
    #: 0 to 1: how sure the reader is that the text is the whole article and nothing else
    quality: float = 1.0

    def __post_init__(self) -> None:
        require_zone(self.fetched_at, "fetched_at")
        if not self.text.strip():
            raise ValueError(f"an article needs text, {self.url} has none")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an article is a feature about a police station, with reasons a person can check."""

    ruling: Ruling
    #: 0 to 1, how much of a feature it is
    score: float
    reasons: tuple[str, ...]
    #: topic and version that judged, "police-station@1"
    topic: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What `same` needs to find likely copies again."""

    #: SHA-256 hex over the folded text: equal for exact copies whatever their width, spacing or furniture
    exact: str
    #: keys of the locality-sensitive-hashing bands; two articles sharing one are compared in full
    bands: tuple[str, ...]
    #: name and version of the method, so that an index made by another is never mixed in
    method: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored article that shares a band with a new one: what `same` compares it with."""

    story: int
    article: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """The decision that a new article tells a known story."""

    story: int
    #: the stored article it was matched against
    article: int
    relation: Relation
    #: share of the shorter text found in the longer, 0 to 1
    containment: float
    why: str


def subject_of(fields: Mapping[str, Any]) -> str:
    """What a fact with these fields is about within its kind."""
    named = (fields.get(name) for name in ("category", "title", "name", "metric", "what"))
    return next((str(name) for name in named if name), "")


@dataclass(frozen=True, slots=True)
class Fact:
    """One key fact with the words that prove it: `quote == text[start:end]` of the stored text."""

    kind: FactKind
    quote: str
    start: int
    end: int
    #: the kind's own fields as docs/FACTS.md lists them, JSON values only
    fields: Mapping[str, Any]
    #: rule name and version that found it ("force.list@1")
    rule: str
    #: what a person said of it: "confirmed by ...", "edited by ...", "rejected by ..."; None when nobody did
    judged: str | None = None
    #: its place in the reading it was stored with; with its article's number it names the fact: "7.12"
    position: int | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.quote or self.end - self.start != len(self.quote):
            raise ValueError(
                f"a {self.kind} fact needs a quote that its offsets cut, got {self.quote!r} at {self.start}:{self.end}"
            )

    def flat(self) -> dict[str, Any]:
        """The printed form: kind, quote and offsets beside the kind's own fields."""
        judged = {"judged": self.judged} if self.judged else {}
        return {
            "kind": self.kind,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            **self.fields,
            "rule": self.rule,
            **judged,
        }

    @property
    def proposed_by(self) -> str | None:
        """The model that proposed it; None for what our rules read."""
        return self.rule.removeprefix("model:").rpartition("@")[0] if self.rule.startswith("model:") else None

    @property
    def what(self) -> str:
        """What it is about within its kind: its category, title, name, metric or what happened; "" for the rest."""
        return subject_of(self.fields)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of a fact. It names the fact by what survives another reading of the text."""

    article: int
    kind: FactKind
    quote: str
    what: str
    action: Literal["reject", "confirm", "edit"]
    by: str
    at: datetime
    #: for an edit: the fields that replace those read
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    #: the fields as read when it was judged: they tell facts of one quote apart, and are what was confirmed
    as_read: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, fact: Fact) -> bool:
        """Whether this is the fact meant: same kind, about the same or about what an edit made it, its quote the same
        or one inside the other."""
        about = {self.what, subject_of({**self.as_read, **self.fields}) if self.fields else self.what}
        return self.kind == fact.kind and fact.what in about and (self.quote in fact.quote or fact.quote in self.quote)


@dataclass(frozen=True, slots=True)
class Capture:
    """Where in the raw archive a fetched page lies."""

    url: str
    final_url: str
    fetched_at: datetime
    status: int
    #: "article", "further" (a later page of an article), "listing" or "robots"
    kind: str
    source: str
    #: file name inside the archive folder, byte offset of the record's gzip member, its length in bytes
    warc_file: str
    offset: int
    length: int
    #: "sha256:<hex>" of the payload as fetched
    digest: str
    #: WARC-Record-ID: the unique key that makes a second storing impossible
    record_id: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of one article, as stored."""

    id: int
    article: int
    #: 1 for the first, counting up
    number: int
    commit: int
    #: name of the configured source that led to it ("-" for one-off ingestion)
    site: str
    content: Article


@dataclass(frozen=True, slots=True)
class Appended:
    """What storing an article did."""

    article: int
    revision: int
    #: of the revision: 1 for the first, counting up
    number: int
    change: Literal["new", "revised", "unchanged"]


@dataclass(frozen=True, slots=True)
class Commit:
    """One batch in the history."""

    number: int
    at: datetime
    #: "suowen 0.1.0" and the versions of its rules
    program: str
    rules: Mapping[str, str]
    #: rows added by table
    counts: Mapping[str, int]
    #: SHA-256 hex over the batch's rows and the parent's digest
    digest: str
    parent: str


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What became of one URL in one run."""

    run: int
    url: str
    source: str
    #: one of `ingest.model.OUTCOMES`
    outcome: str
    #: a sentence for people: the score and reasons, the HTTP status, the story it belongs to
    detail: str
    at: datetime
    article: int | None = None


@dataclass(frozen=True, slots=True)
class StoryCopy:
    """One article that tells a story again."""

    article: int
    url: str
    title: str
    #: 来源 as the page names it, and the configured site that showed it
    source: str | None
    site: str
    relation: Relation
    containment: float
    published: str | None
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story as shown: its representative with verdict and facts, and every copy folded under it."""

    id: int
    representative: Revision
    verdict: Verdict
    facts: tuple[Fact, ...]
    copies: tuple[StoryCopy, ...]


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One article as a list shows it, at its latest revision."""

    id: int
    url: str
    title: str
    #: name of the configured source that first led to it, and 来源 as the page names it
    site: str
    source: str | None
    published: str | None
    first_seen: datetime
    #: number of its latest revision
    revisions: int
    #: None when it was never judged
    ruling: Ruling | None
    score: float | None
    story: int | None
    #: "original" for the first of its story
    relation: Relation | None


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One article as shown: one of its revisions with what was made of it."""

    revision: Revision
    #: all its revisions, oldest first
    revisions: tuple[Revision, ...]
    verdict: Verdict | None
    facts: tuple[Fact, ...]
    story: StoryView | None
    #: every fetch of its URL, oldest first
    captures: tuple[Capture, ...]
    #: facts that a person rejected; they stand in no card, digest or export
    rejected: tuple[Fact, ...] = ()
    #: everything people said of its facts, oldest first
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """A known article whose site changed it."""

    before: Revision
    after: Revision


@dataclass(frozen=True, slots=True)
class Change:
    """A known article of which something else is known."""

    article: int
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class VerdictChange(Change):
    """It is judged otherwise."""

    before: Verdict | None
    after: Verdict | None


@dataclass(frozen=True, slots=True)
class FactChange(Change):
    """Other facts are known of it."""

    removed: tuple[Fact, ...]
    added: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One article that a search found."""

    row: ArticleRow
    #: greater is better; 0 when nothing was searched for but filters, and past those that were ranked
    score: float
    #: [start, end) of the terms in the title
    title_marks: tuple[tuple[int, int], ...]
    #: a stretch of the text around the first term, and where the terms lie in it
    snippet: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search gave."""

    hits: tuple[Hit, ...]
    #: articles that were ranked: the newest, and those with a hit in title or names; only those are counted
    ranked: int
    #: more match than were ranked; they follow, the newest first
    more: bool


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What a source has done lately."""

    name: str
    last_attempt: datetime | None
    last_success: datetime | None
    #: why the last attempt failed, None when it did not
    last_error: str | None
    #: attempts failed in a row
    failures: int
    #: when it last listed an article we had not seen
    last_new: datetime | None
    #: articles first stored within the last seven days
    new_week: int


@dataclass(frozen=True, slots=True)
class Period:
    """Everything that a stretch of the history brought: commits `after` (exclusive) to `upto` (inclusive)."""

    after: int
    upto: int
    #: stories whose first article came in this stretch and is ruled a feature, or that gained copies in it
    features: tuple[StoryView, ...]
    edits: tuple[Edit, ...]
    #: outcome code -> rows, over the runs of the stretch
    outcomes: Mapping[str, int]
    #: rows whose outcome is a failure of the site or of ours
    failures: tuple[OutcomeRow, ...]


# --- operational: what may change in place ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave for asking again cheaply (RFC 9110 section 13), kept only with a complete body."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    #: conditional requests made since the last full fetch, and when that was
    checks: int = 0
    full_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A candidate that waits to be fetched; it leaves the queue in the transaction that writes its outcome."""

    url: str
    source: str
    #: "feed", "sitemap", "list" or "user"
    origin: str
    first_seen: datetime
    title: str | None = None
    date: str | None = None
    snippet: str | None = None
    tries: int = 0
    next_try: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownUrl:
    """What the store knows of a URL that an article has."""

    url: str
    article: int
    first_seen: datetime
    last_checked: datetime
    #: what the listing claimed as date when it was last checked
    claimed: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A URL that was looked at and is no article."""

    url: str
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HostRate:
    """When a host may be asked again."""

    host: str
    next_at: datetime
    #: the host asked for silence until then (429, Retry-After)
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModelDay:
    """What the optional model was asked on a day."""

    #: ISO date in the configured zone
    day: str
    requests: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class DigestRow:
    """A digest as frozen for one day."""

    #: local date in the configured zone, ISO
    day: str
    after: int
    upto: int
    made_at: datetime
    message_id: str
