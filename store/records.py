"""Records that pass between ingest and the store: immutable values. Articles and facts are checked on creation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from store.fact_kinds import FactKind, subject_of

Ruling = Literal["feature", "brief", "other"]
Relation = Literal["original", "copy", "repost", "digest"]


def require_zone(value: datetime, name: str) -> None:
    """Raise ValueError unless `value` has a time zone, because a naive time depends on the machine."""
    if value.tzinfo is None:
        raise ValueError(f"{name} must carry a time zone, got the naive {value.isoformat()}")


@dataclass(frozen=True, slots=True)
class Credit:
    """A name with its role on the page: 记者, 通讯员, 作者, 文, 图, 摄影, 编译."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as extracted from its page or from the pages of a multi-page article."""

    url: str
    title: str
    #: body of the article in the seed format of docs/DESIGN.md
    text: str
    #: time when the page or its archive record was fetched
    fetched_at: datetime
    #: ISO 8601, as precise as stated: "2019-09-07", "2019-09-07T13:43+08:00", "2019-09-07T13:43:45+08:00"
    published: str | None = None
    #: 来源: the medium that the page names as its source, which may be the publishing site; None if it names none
    source: str | None = None
    authors: tuple[Credit, ...] = ()
    #: 责任编辑, 编辑, 责编, without their staff codes
    editors: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    #: 原标题, if the page states one in addition to its own title
    original_title: str | None = None
    #: field name -> where it was found ("json-ld", "gov-meta", "rule", "dateline", "listing", ...)
    origins: Mapping[str, str] = field(default_factory=dict)
    #: method that found the body ("rule:people.com.cn", "container:#artibody", "density", "trafilatura")
    method: str = ""
    #: confidence that the text is the whole article and contains no other text, 0 to 1
    quality: float = 1.0

    def __post_init__(self) -> None:
        require_zone(self.fetched_at, "fetched_at")
        if not self.text.strip():
            raise ValueError(f"an article needs text, {self.url} has none")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Classification of an article: whether it is a feature about a police station, and why."""

    ruling: Ruling
    #: score of the classifier, 0 to 1
    score: float
    reasons: tuple[str, ...]
    #: topic and its version, "police-station@1"
    topic: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Fingerprint of an article, from which deduplication finds near-duplicate candidates."""

    #: SHA-256 hex over the folded text; equal for copies that differ only in width, spacing or boilerplate
    exact: str
    #: keys of the LSH bands (locality-sensitive hashing); articles that share a key may be compared in full
    bands: tuple[str, ...]
    #: name and version of the method; keys of different methods are not compared
    method: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An earlier article that shares an LSH band with a new article, and with which the new article is compared."""

    story: int
    article: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """The decision that a new article belongs to a known story."""

    story: int
    #: id of the stored article that the new article matched
    article: int
    relation: Relation
    #: share of one text that occurs in the other, 0 to 1; the larger of the two shares
    containment: float
    why: str


@dataclass(frozen=True, slots=True)
class Move:
    """The move of one article to another story. A story is identified by its first article."""

    article: int
    #: id of the story that the article leaves
    before: int
    #: id of the first article of the new story. It may be the article itself, which then starts a story or returns to
    #: the story that it started
    first: int
    #: None if the article is the first of the new story. `Match.story` is not read
    match: Match | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One key fact with its evidence: `quote == text[start:end]` in the stored text."""

    kind: FactKind
    quote: str
    start: int
    end: int
    #: the kind's own fields as docs/FACTS.md lists them, JSON values only
    fields: Mapping[str, Any]
    #: name and version of the rule that found the fact ("force.list@1"), or "model:NAME@VERSION" for an LLM
    rule: str
    #: "confirmed by ...", "edited by ..." or "rejected by ...", from the corrections; None if the fact has none
    judged: str | None = None
    #: Position in the fact run that it was stored with; article number and position identify the fact: "7.12"
    position: int | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.quote or self.end - self.start != len(self.quote):
            raise ValueError(
                f"a {self.kind} fact needs a quote that its offsets cut, got {self.quote!r} at {self.start}:{self.end}"
            )

    def flat(self) -> dict[str, Any]:
        """Return the printed form: kind, quote and offsets beside the kind's own fields."""
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
        """Name of the LLM that proposed the fact; None for a fact found by a rule."""
        return self.rule.removeprefix("model:").rpartition("@")[0] if self.rule.startswith("model:") else None

    @property
    def what(self) -> str:
        """Subject of the fact within its kind (`subject_of`)."""
        return subject_of(self.kind, self.fields)


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's correction of one fact.

    The fact is identified by properties that do not change with a new extraction.
    """

    article: int
    kind: FactKind
    quote: str
    what: str
    action: Literal["reject", "confirm", "edit"]
    by: str
    at: datetime
    #: for an edit: the fields that replace the extracted ones
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    #: The fields as extracted when the correction was made. They distinguish facts with the same quote; a confirmation
    #: confirms these fields
    as_read: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, fact: Fact) -> bool:
        """Return whether `fact` is the fact that was corrected.

        The fact must have the same kind and the same subject (or the subject that the edit set), and one of the two
        quotes must contain the other.
        """
        about = {self.what, subject_of(self.kind, {**self.as_read, **self.fields}) if self.fields else self.what}
        return self.kind == fact.kind and fact.what in about and (self.quote in fact.quote or fact.quote in self.quote)


@dataclass(frozen=True, slots=True)
class Capture:
    """The location of one fetched page in the raw archive."""

    url: str
    final_url: str
    fetched_at: datetime
    status: int
    #: "article", "further" (a later page of a multi-page article), "listing" or "robots"
    kind: str
    source: str
    #: file name in the archive folder, or path of a linked file below its location
    warc_file: str
    #: byte offset of the record in the file; of its gzip member, if the record is compressed
    offset: int
    #: length of the record or of its gzip member in bytes
    length: int
    #: "sha256:<hex>" of the payload as transferred
    digest: str
    #: WARC-Record-ID: unique, so that a record cannot be stored twice
    record_id: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of one article, as stored."""

    id: int
    article: int
    #: counted from 1 within the article
    number: int
    commit: int
    #: name of the configured source that led to the article; "-" for one-off ingestion
    site: str
    content: Article


@dataclass(frozen=True, slots=True)
class Appended:
    """Result of storing an article."""

    article: int
    revision: int
    #: number of the revision within the article, from 1
    number: int
    change: Literal["new", "revised", "unchanged"]


@dataclass(frozen=True, slots=True)
class Commit:
    """One Commit of the history: a batch that added versioned rows."""

    number: int
    at: datetime
    #: name and version of the program: "suowen 0.1.0"
    program: str
    #: rule set -> version
    rules: Mapping[str, str]
    #: table -> number of rows added
    counts: Mapping[str, int]
    #: SHA-256 hex over the header, the parent's digest and the batch's rows. `parent` is "" for the first Commit
    digest: str
    parent: str


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """The outcome of one URL in one run."""

    run: int
    url: str
    source: str
    #: one of `ingest.pipeline_types.OUTCOMES`
    outcome: str
    #: explanation for people: score and reasons, HTTP status, or the story that the article belongs to
    detail: str
    at: datetime
    article: int | None = None


@dataclass(frozen=True, slots=True)
class StoryCopy:
    """One article of a story other than its representative."""

    article: int
    url: str
    title: str
    #: 来源 as the page names it
    source: str | None
    #: name of the configured site that published the copy
    site: str
    relation: Relation
    containment: float
    published: str | None
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story as displayed: its representative with verdict and facts, and every copy."""

    id: int
    representative: Revision
    verdict: Verdict
    facts: tuple[Fact, ...]
    copies: tuple[StoryCopy, ...]


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One article as a row of a list, at its newest revision."""

    id: int
    url: str
    title: str
    #: name of the configured source that first listed the article
    site: str
    #: 来源 as the page names it
    source: str | None
    published: str | None
    first_seen: datetime
    #: number of the newest revision
    revisions: int
    #: None if the article was never classified
    ruling: Ruling | None
    score: float | None
    story: int | None
    #: relation of the article to its story; "original" for the first article of a story
    relation: Relation | None


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One article as displayed: one of its revisions, with verdict, facts and story."""

    revision: Revision
    #: all revisions, oldest first
    revisions: tuple[Revision, ...]
    verdict: Verdict | None
    facts: tuple[Fact, ...]
    story: StoryView | None
    #: all fetches of the article's URL, oldest first
    captures: tuple[Capture, ...]
    #: facts that a person rejected; they are left out of cards, digests and exports
    rejected: tuple[Fact, ...] = ()
    #: all corrections of the article's facts, oldest first
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """One article at its newest revision, with verdict and facts but without history and copies."""

    revision: Revision
    verdict: Verdict | None
    facts: tuple[Fact, ...]
    first_seen: datetime
    story: int | None


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a known article's title or text: the revisions before and after."""

    before: Revision
    after: Revision


@dataclass(frozen=True, slots=True)
class Change:
    """Base of `VerdictChange` and `FactChange`: a known article with another verdict or other facts."""

    article: int
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class VerdictChange(Change):
    """A change of an article's verdict."""

    before: Verdict | None
    after: Verdict | None


@dataclass(frozen=True, slots=True)
class FactChange(Change):
    """A change of an article's facts."""

    removed: tuple[Fact, ...]
    added: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One article that a search found."""

    row: ArticleRow
    #: greater is better; 0 without terms, and for unranked hits
    score: float
    #: [start, end) offsets of the terms in the title
    title_marks: tuple[tuple[int, int], ...]
    #: excerpt around the first term
    snippet: str
    #: [start, end) offsets of the terms in the excerpt
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Result of a search."""

    hits: tuple[Hit, ...]
    #: number of ranked articles: the newest matches, and the newest matches in title or names. Other matches are not
    #: counted
    ranked: int
    #: whether further articles may match; later pages list such articles after the ranked ones, newest first
    more: bool


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """The recent state of a source."""

    name: str
    last_attempt: datetime | None
    last_success: datetime | None
    #: why the last attempt failed; None if it succeeded
    last_error: str | None
    #: number of failed attempts since the last success
    failures: int
    #: time when the source last listed an article that was new to the store
    last_new: datetime | None
    #: number of articles of the source that were first stored within the last seven days
    new_week: int


@dataclass(frozen=True, slots=True)
class Period:
    """Features, edits, outcomes and failures of the Commits `after` (exclusive) to `upto` (inclusive)."""

    after: int
    upto: int
    #: stories that got a new article in the period and whose representative is ruled a feature
    features: tuple[StoryView, ...]
    edits: tuple[Edit, ...]
    #: outcome code -> number of rows, over the runs of the period
    outcomes: Mapping[str, int]
    #: rows whose outcome is an error of the site or of this program
    failures: tuple[OutcomeRow, ...]
    #: number of features that are left out, because all new articles of their stories came from an archive
    #: (store/articles_from_archives.py)
    late: int = 0


# --- operational rows, which may change in place ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Validators:
    """The validators that a server sent for conditional requests (RFC 9110 section 13).

    Only validators of complete responses are stored.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    #: number of conditional requests since the last full fetch
    checks: int = 0
    #: time of the last full fetch
    full_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A candidate in the queue for fetching. The transaction that writes the outcome removes the candidate."""

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
    """Stored state of a URL that belongs to an article."""

    url: str
    article: int
    first_seen: datetime
    last_checked: datetime
    #: the last publication date that a listing stated for the article
    claimed: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A URL that was fetched and turned out not to be an article."""

    url: str
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HostRate:
    """Time when a host may be requested again."""

    host: str
    next_at: datetime
    #: end of a pause that the host requested (429, Retry-After)
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModelDay:
    """Numbers of requests to the optional LLM, and of failed requests, on one day."""

    #: ISO date in the configured zone
    day: str
    requests: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class DigestRow:
    """The frozen digest of one day."""

    #: local date in the configured zone, ISO
    day: str
    after: int
    upto: int
    made_at: datetime
    message_id: str
