"""Models of the API's parameters and answers, from which its OpenAPI description is generated.

For complete records of the store, the record classes of `store` are the models. The tests compare every answer with its
model.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ingest.digest.text_diff import Hunk
from ingest.web.params import GREATEST
from store.access_keys import Scope
from store.records import ArticleRow, Capture, Commit, Credit, Hit, Ruling, SourceHealth, StoryCopy, Verdict

Text = Annotated[str, Field(max_length=100)]
Number = Annotated[int, Field(ge=1, le=GREATEST)]
Limit = Annotated[int, Field(ge=1, le=100, description="rows of a page")]
Cursor = Annotated[str, Field(max_length=400, description="`next_cursor` of the page before")]


class Parameters(BaseModel):
    """Base of query parameters."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Parameters):
    """Model for operations without parameters."""


class ArticlesQuery(Parameters):
    """Parameters of the list of articles."""

    ruling: Ruling | None = None
    source: Text | None = Field(None, description="name of a configured source")
    limit: Limit = 20
    cursor: Cursor | None = None


class SearchQuery(Parameters):
    """Parameters of a search. Without any parameter there are no hits."""

    q: str | None = Field(None, max_length=200, description='words that must all occur; "a phrase"')
    ruling: Ruling | None = None
    source: Text | None = Field(None, description="a configured source, or 来源")
    station: Text | None = Field(None, description="井口派出所 or 井口")
    place: Text | None = Field(None, description="重庆市 or 重庆")
    since: date | None = Field(None, description="published on or after")
    until: date | None = Field(None, description="published on or before")
    limit: Limit = 20
    cursor: Cursor | None = None


class ArticleQuery(Parameters):
    """Parameters of an article."""

    revision: Number | None = Field(None, description="default: the newest")
    explain: Literal["1"] | None = Field(None, description="1: with `explained`")


class RevisionsQuery(Parameters):
    """Parameters of a comparison of revisions; default: the last two."""

    from_: Number | None = Field(None, alias="from")
    to: Number | None = None


class StationQuery(Parameters):
    """Parameters of station cards."""

    name: Text | None = Field(None, description="name of a station, or part of it")


class StationsQuery(Parameters):
    """Parameters of the list of stations."""

    search: Text | None = Field(None, description="part of a name")
    place: Text | None = Field(None, description="part of an authority, district, city or province")
    limit: Limit = 20
    cursor: Cursor | None = None


class ChangesQuery(Parameters):
    """Parameters of the list of changed figures."""

    since: int | None = Field(None, ge=0, le=GREATEST, description="only what came after this commit")
    limit: Limit = 20
    cursor: Cursor | None = None


class LogQuery(Parameters):
    """Parameters of the list of commits."""

    limit: Limit = 20
    cursor: Cursor | None = None


class MessagesQuery(Parameters):
    """Parameters of the list of messages."""

    limit: Limit = 20


class DiffQuery(Parameters):
    """Parameters of a comparison of two commits; default: the changes made by the last commit."""

    from_: int | None = Field(None, alias="from", ge=0, le=GREATEST)
    to: int | None = Field(None, ge=0, le=GREATEST)


# --- answers ----------------------------------------------------------------------------------------------------


class FactModel(BaseModel):
    """A fact of an article: `quote == text[start:end]`."""

    position: int
    kind: str
    heading: str
    said: str
    quote: str
    start: int
    end: int
    fields: Mapping[str, Any]
    rule: str
    proposed_by: str | None
    judged: str | None
    etag: str | None


class RevisionHead(BaseModel):
    """One revision of an article."""

    number: int
    commit: int
    fetched_at: datetime
    title: str


class CorrectionModel(BaseModel):
    """A person's correction."""

    at: datetime
    kind: str
    quote: str
    action: Literal["reject", "confirm", "edit"]
    by: str
    note: str


class StoryModel(BaseModel):
    """A story: its representative and the copies."""

    id: int
    article: int
    title: str
    url: str
    source: str | None
    site: str
    published: str | None
    copies: list[StoryCopy]


class Decision(BaseModel):
    """Decision of today's rules about one part of the masked text: `quote == text[start:end]`."""

    start: int
    end: int
    quote: str
    kind: str
    heading: str
    taken: bool
    rule: str
    why: str


class ArticleModel(BaseModel):
    """All values of one article; `verdict.reasons` explain the ruling, `explained` (on request) the facts."""

    id: int
    url: str
    site: str
    fetched_at: datetime
    title: str
    original_title: str | None
    source: str | None
    published: str | None
    editors: list[str]
    captions: list[str]
    method: str
    quality: float
    authors: list[Credit]
    revision: int
    newest: bool
    commit: int
    revisions: list[RevisionHead]
    verdict: Verdict | None
    text: str
    facts: list[FactModel]
    rejected: list[FactModel]
    corrections: list[CorrectionModel]
    story: StoryModel | None
    captures: list[Capture]
    explained: list[Decision] | None


class Page(BaseModel):
    """A page of a list."""

    #: parameter `cursor` of the next page; null on the last one
    next_cursor: str | None


class ArticlesPage(Page):
    """A page of articles, newest first."""

    ruling: Ruling | None
    source: str | None
    articles: list[ArticleRow]
    next: int | None


class SearchPage(Page):
    """A page of hits, best first; `hits` is null without parameters."""

    q: str
    source: str | None
    ruling: Ruling | None
    station: str | None
    place: str | None
    since: date | None
    until: date | None
    page: int
    limit: int
    hits: list[Hit] | None
    ranked: int | None = None
    more: bool | None = None
    next: int | None = None


class Changed(BaseModel):
    """Changed paragraphs of two revisions."""

    before: int
    after: int
    title: str
    title_before: str
    hunks: list[Hunk]


class Revisions(Changed):
    """Two revisions of one article."""

    id: int
    url: str
    newest: int


class Cited(BaseModel):
    """A fact as one article states it."""

    article: int
    url: str
    title: str
    date: str
    published: bool
    fact: Mapping[str, Any]
    proposed_by: str | None


class CardValue(BaseModel):
    """One value of a station card with every article that states it."""

    kind: str
    what: str
    value: Any
    citations: list[Cited]
    heading: str
    said: str


class Card(BaseModel):
    """Statements of articles about one station."""

    name: str
    place: Mapping[str, str]
    articles: list[int]
    former_names: list[str]
    values: list[CardValue]


class ChangeModel(BaseModel):
    """A figure that a later article states differently."""

    station: str
    kind: str
    what: str
    before: CardValue
    after: CardValue


class ConflictModel(BaseModel):
    """Contradicting figures; the dates of their articles do not show which one is newer."""

    station: str
    kind: str
    what: str
    values: list[CardValue]


class StationModel(BaseModel):
    """The card of a station with its changes and conflicts."""

    card: Card
    changes: list[ChangeModel]
    conflicts: list[ConflictModel]


class StationPage(BaseModel):
    """Cards of the stations that match a name."""

    name: str | None
    more: bool
    cards: list[StationModel]


class StationRow(BaseModel):
    """One station in the list of stations."""

    name: str
    place: Mapping[str, str]
    articles: list[int]
    former_names: list[str]


class StationsPage(Page):
    """A page of stations, by name."""

    stations: list[StationRow]


class ChangesPage(Page):
    """A page of changed figures, by station."""

    commit: int
    changes: list[ChangeModel]


class LogPage(Page):
    """A page of commits, newest first."""

    commits: list[Commit]
    next: int | None


class EditModel(Changed):
    """A revised article."""

    article: int
    url: str


class VerdictChangeModel(BaseModel):
    """An article whose verdict changed."""

    article: int
    url: str
    title: str
    before: Verdict | None
    after: Verdict | None


class FactSide(BaseModel):
    """A removed or added fact."""

    kind: str
    heading: str
    said: str
    quote: str
    fields: Mapping[str, Any]
    judged: str | None


class FactChangeModel(BaseModel):
    """An article whose facts changed."""

    article: int
    url: str
    title: str
    gone: list[FactSide]
    came: list[FactSide]


class DiffModel(BaseModel):
    """Changes made by commits; `more` lists the kinds that have further changes."""

    from_: int = Field(alias="from")
    to: int
    more: list[str]
    added: list[ArticleRow]
    revised: list[EditModel]
    verdicts: list[VerdictChangeModel]
    facts: list[FactChangeModel]
    stories: list[StoryModel]


class SourcesModel(BaseModel):
    """The configured sources and their recent state."""

    sources: list[SourceHealth]


class TokenModel(BaseModel):
    """An API token, without its secret."""

    name: str
    scope: Scope
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    valid: bool


class FeedModel(TokenModel):
    """A feed, without its addresses."""

    target: Mapping[str, Any]


class TokensModel(BaseModel):
    """API tokens and feeds."""

    tokens: list[TokenModel]
    feeds: list[FeedModel]


class SubscriptionModel(BaseModel):
    """A subscription and the last commit that its messages cover."""

    name: str
    covered: int
    checked_at: datetime


class DeliveryModel(BaseModel):
    """The delivery of one part of a message to one recipient."""

    message: str
    subscription: str
    created_at: datetime
    title: str
    destination: str
    recipient: str
    part: int
    state: str
    attempts: int
    next_try: datetime | None
    answer: str


class MessagesModel(BaseModel):
    """The subscriptions and the newest deliveries."""

    subscriptions: list[SubscriptionModel]
    deliveries: list[DeliveryModel]


class CorrectionBody(BaseModel):
    """A correction of a fact."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["confirm", "reject"]
    by: str = Field("", max_length=40, description="who corrects; default: the name of the token")
    note: str = Field("", max_length=400)
    etag: str | None = Field(None, description="`etag` of the fact: refused with 409 when another fact is there now")


class Recorded(BaseModel):
    """A stored correction."""

    article: int
    position: int
    action: Literal["confirm", "reject"]
    by: str
    commit: int


class Problem(BaseModel):
    """An error document (RFC 9457)."""

    type: str = Field(description="about:blank: the status says what kind of error it is")
    title: str
    status: int
    detail: str
    #: equal to `detail`, for clients of the first version of this API
    error: str
