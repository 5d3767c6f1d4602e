"""Tables of the current schema. A test compares them with the result of `migrations/`.

Triggers on both databases refuse UPDATE and DELETE on append-only tables (`APPEND_ONLY`). Every row of a `VERSIONED`
table has the number of its Commit and a SHA-256 over its own columns, so that `verify` can name a changed row. The only
writer assigns identifiers without gaps, so a missing number means a missing row.

    commits      one per batch, chained by hash
    captures     location of fetched pages in the raw archive; covered by the next Commit
    articles     one per canonical URL        revisions    text of an article, one row per change
    verdicts     classification; the latest of a revision is effective
    readings     one per fact run; the latest of a revision is effective; its facts are rows of `facts`
    stories      one per story                members      membership of articles in stories; the latest row of an
                                                           article is effective
    judgements   corrections of facts         spellings    articles hidden as the same page as an older one

Operational tables may change in place: runs, outcomes (rows never change, but may be pruned), looks, bands,
fingerprints, search_entries, private_names, queue, rejections, validators, hosts, sources, archive_files, leases,
digests, deliveries, subscriptions, sent_events, messages, message_deliveries, access_keys, answers, model_days,
unasked, backfill_jobs, backfill_partitions.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from store.errors import StoreUnwritableError

#: all schemas that this program can read or upgrade, oldest first
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
)
#: "SUOW" in ASCII: identifies a SQLite file as a store of this program (PRAGMA application_id)
APPLICATION_ID = 0x53554F57


def utc_text(value: datetime) -> str:
    """Return the canonical text of a time: UTC, microseconds, "Z". The texts sort in time order.

    Raises ValueError for a time without a time zone.
    """
    if value.tzinfo is None:
        raise ValueError(f"a moment must carry a time zone, got the naive {value.isoformat()}")
    return _utc(value).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _utc(value: datetime) -> datetime:
    """Return the time in UTC.

    If its year in UTC is out of range (0001-01-01 in Shanghai is in year 0), return the same date and time with UTC as
    time zone.
    """
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return value.replace(tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """Column type of an aware datetime in UTC: ISO text in SQLite (sortable, readable), timestamptz in PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = utc_text(value)
        return text if dialect.name == "sqlite" else _utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        try:
            read: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)
            # fromisoformat accepts other forms too, such as 2026-03-01V08:00
            if isinstance(value, str) and utc_text(read) != value:
                raise ValueError(value)
            return read
        except (ValueError, AttributeError) as error:
            raise StoreUnwritableError(
                f"reading a moment: {value!r} is not a date and time, the row is damaged; "
                "`suowen verify` lists all damage"
            ) from error


metadata = MetaData()
#: type of identifiers: SQLite uses the rowid only for INTEGER, but in PostgreSQL INTEGER is limited to four bytes
Id = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=False)


def _commit() -> Column[int]:
    # Deferred, because the Commit row is written last, when its hash is known.
    return Column(
        "commit_no", Id, ForeignKey("commits.number", deferrable=True, initially="DEFERRED"), nullable=False, index=True
    )


def _digest() -> Column[bytes]:
    return Column("digest", LargeBinary(32), nullable=False)


commits = Table(
    "commits",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("made_at", Moment, nullable=False),
    Column("program", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("counts", Text, nullable=False),
    #: the Commit covers the captures up to this id
    Column("captures_upto", Id, nullable=False),
    #: version of the method that computed `digest` (store/hashing.py)
    Column("format", Integer, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("parent", String(64), nullable=False, unique=True),
)

captures = Table(
    "captures",
    metadata,
    _id(),
    Column("url", Text, nullable=False, index=True),
    Column("final_url", Text, nullable=False),
    Column("fetched_at", Moment, nullable=False),
    Column("status", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("warc_file", Text, nullable=False),
    Column("byte_offset", BigInteger, nullable=False),
    Column("byte_length", BigInteger, nullable=False),
    Column("payload_digest", Text, nullable=False),
    Column("record_id", Text, nullable=False, unique=True),
    _digest(),
    UniqueConstraint("warc_file", "byte_offset"),
)

articles = Table(
    "articles",
    metadata,
    _id(),
    _commit(),
    Column("url", Text, nullable=False, unique=True),
    #: name of the configured source that first listed the article
    Column("site", Text, nullable=False),
    Column("first_seen", Moment, nullable=False),
    _digest(),
    Index("ix_articles_site_first_seen", "site", "first_seen"),
    Index("ix_articles_site_id", "site", "id"),
)

revisions = Table(
    "revisions",
    metadata,
    _id(),
    _commit(),
    Column("article", Id, ForeignKey("articles.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("site", Text, nullable=False),
    Column("capture", Id, ForeignKey("captures.id")),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    #: SHA-256 over title and text; a different value makes a new revision
    Column("content", LargeBinary(32), nullable=False),
    Column("fetched_at", Moment, nullable=False),
    Column("published", Text),
    Column("source", Text),
    Column("authors", Text, nullable=False),
    Column("editors", Text, nullable=False),
    Column("captions", Text, nullable=False),
    Column("original_title", Text),
    Column("origins", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("quality", Float, nullable=False),
    _digest(),
    UniqueConstraint("article", "number"),
)

verdicts = Table(
    "verdicts",
    metadata,
    _id(),
    _commit(),
    Column("revision", Id, ForeignKey("revisions.id"), nullable=False, index=True),
    Column("ruling", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("topic", Text, nullable=False),
    _digest(),
)

readings = Table(
    "readings",
    metadata,
    _id(),
    _commit(),
    Column("revision", Id, ForeignKey("revisions.id"), nullable=False, index=True),
    Column("count", Integer, nullable=False),
    #: the hash covers the rows of `facts` as well
    _digest(),
)

facts = Table(
    "facts",
    metadata,
    Column("reading", Id, ForeignKey("readings.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("start_at", Integer, nullable=False),
    Column("end_at", Integer, nullable=False),
    Column("fields", Text, nullable=False),
    Column("rule", Text, nullable=False),
    sqlite_with_rowid=False,
)

stories = Table(
    "stories",
    metadata,
    _id(),
    _commit(),
    Column("representative", Id, ForeignKey("articles.id"), nullable=False, unique=True),
    _digest(),
)

members = Table(
    "members",
    metadata,
    _id(),
    _commit(),
    Column("article", Id, ForeignKey("articles.id"), nullable=False, index=True),
    Column("story", Id, ForeignKey("stories.id"), nullable=False, index=True),
    Column("relation", Text, nullable=False),
    #: the article that `article` matched in deduplication; null for the first article of a story
    Column("matched", Id, ForeignKey("articles.id")),
    Column("containment", Float, nullable=False),
    Column("why", Text, nullable=False),
    _digest(),
)

#: Corrections of facts by people. Rows never change; the latest correction of a fact decides.
judgements = Table(
    "judgements",
    metadata,
    _id(),
    _commit(),
    Column("article", Id, ForeignKey("articles.id"), nullable=False, index=True),
    #: the corrected fact, identified by properties that do not change with a new extraction: kind, quote, subject
    #: (category, title, name)
    Column("kind", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("what", Text, nullable=False),
    #: "reject", "confirm" or "edit"
    Column("action", Text, nullable=False),
    #: for an edit: the fields that replace the extracted ones
    Column("fields", Text, nullable=False),
    Column("judged_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    #: the fields as extracted when the correction was made; null in rows written before this column existed
    Column("as_read", Text),
    _digest(),
)

#: articles that are the same page as an older article; hidden in every state from the Commit of the row on
spellings = Table(
    "spellings",
    metadata,
    _id(),
    _commit(),
    Column("article", Id, ForeignKey("articles.id"), nullable=False, unique=True),
    Column("same_as", Id, ForeignKey("articles.id"), nullable=False, index=True),
    Column("why", Text, nullable=False),
    _digest(),
)

#: tables whose rows belong to a Commit, in the order in which its hash covers them
VERSIONED = (articles, revisions, verdicts, readings, stories, members, judgements, spellings)
#: tables protected against changes by triggers
APPEND_ONLY = (commits, captures, *VERSIONED, facts)

# --- operational ------------------------------------------------------------------------------------------------

runs = Table(
    "runs",
    metadata,
    _id(),
    Column("started_at", Moment, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("finished_at", Moment),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("run", Id, ForeignKey("runs.id"), primary_key=True, autoincrement=False),
    Column("url", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("made_at", Moment, nullable=False, index=True),
    Column("article", Id, ForeignKey("articles.id")),
    sqlite_with_rowid=False,
)

looks = Table(
    "looks",
    metadata,
    Column("article", Id, ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    Column("last_checked", Moment, nullable=False),
    Column("claimed", Text),
)

bands = Table(
    "bands",
    metadata,
    #: eight bytes of a hash over method and band (store/lsh_index.py)
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("article", Id, ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("article", Id, ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    Column("exact", Text, nullable=False, index=True),
    Column("method", Text, nullable=False),
    #: the article's keys in `bands`, eight bytes each; needed to delete them
    Column("keys", LargeBinary, nullable=False),
)

search_entries = Table(
    "search_entries",
    metadata,
    #: If an article changes, its entry is replaced by an entry with a higher id. Therefore a search finds the last
    #: changed articles first. The id is also the key in `search_tokens`
    _id(),
    Column("article", Id, ForeignKey("articles.id"), nullable=False, unique=True),
    Column("revision", Id, ForeignKey("revisions.id"), nullable=False),
    #: stations, people, honours and initiatives named by the article's facts
    Column("names", Text, nullable=False),
    #: ISO date of publication; if unknown, the date of first storing
    Column("day", String(10), nullable=False),
    #: the article's site and ruling, by which lists are filtered
    Column("site", Text),
    Column("ruling", Text),
    Index("ix_search_entries_ruling", "ruling", "article"),
    Index("ix_search_entries_site", "site", "ruling", "article"),
)

#: names that facts of any revision of an article mark as private; an index for masking (store/private_names.py)
private_names = Table(
    "private_names",
    metadata,
    Column("article", Id, ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    #: first two characters of the name, by which the names in a text are looked up
    Column("head", String(2), nullable=False, index=True),
    sqlite_with_rowid=False,
)

queue = Table(
    "queue",
    metadata,
    Column("url", Text, primary_key=True),
    Column("source", Text, nullable=False, index=True),
    Column("origin", Text, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("title", Text),
    Column("date", Text),
    Column("snippet", Text),
    Column("tries", Integer, nullable=False),
    Column("next_try", Moment),
)

rejections = Table(
    "rejections",
    metadata,
    Column("url", Text, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)

validators = Table(
    "validators",
    metadata,
    Column("url", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("checks", Integer, nullable=False),
    Column("full_at", Moment),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("next_at", Moment, nullable=False),
    Column("paused_until", Moment),
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_attempt", Moment),
    Column("last_success", Moment),
    Column("last_error", Text),
    Column("failures", Integer, nullable=False),
    Column("last_new", Moment),
    Column("next_due", Moment),
)

archive_files = Table(
    "archive_files",
    metadata,
    Column("name", Text, primary_key=True),
    #: bytes of complete records on disk
    Column("committed", BigInteger, nullable=False),
    #: folder or URL of a moved or linked file; null if the file is in the archive folder
    Column("place", Text),
    #: true for a file of another program that captures refer to; it is never moved, backed up or written to
    Column("linked", Boolean),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("until", Moment, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("after_no", Id, nullable=False),
    Column("upto_no", Id, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("message_id", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("delivered_at", Moment, nullable=False),
)

#: progress of each subscription (store/outbox.py)
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("name", Text, primary_key=True),
    #: number of the last Commit that the subscription's messages cover
    Column("upto_no", Id, nullable=False),
    Column("checked_at", Moment, nullable=False),
    #: values kept for the next check, as a JSON object
    Column("notes", Text, nullable=False),
)

#: events that a subscription has reported; it does not report them again
sent_events = Table(
    "sent_events",
    metadata,
    Column("subscription", Text, primary_key=True),
    Column("event", Text, primary_key=True),
)

#: outgoing messages, stored before they are sent
messages = Table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subscription", Text, nullable=False, index=True),
    Column("created_at", Moment, nullable=False, index=True),
    Column("title", Text, nullable=False),
    #: values from which the channels build the message, as a JSON object
    Column("content", Text, nullable=False),
)

#: parts of messages, one row for each part, recipient and channel
message_deliveries = Table(
    "message_deliveries",
    metadata,
    Column("message", Text, ForeignKey("messages.id"), primary_key=True),
    Column("destination", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    #: waiting, sending, sent, refused or expired
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    #: time when the delivery is due; during sending, the end of the claim
    Column("next_try", Moment, nullable=False),
    Column("tried_at", Moment),
    Column("answer", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index("ix_message_deliveries_due", "destination", "state", "next_try", "message", "recipient", "part"),
)

#: API tokens and secret addresses of feeds (store/access_keys.py)
access_keys = Table(
    "access_keys",
    metadata,
    #: SHA-256 of the secret; the secret itself is not stored
    Column("hash", String(64), primary_key=True),
    #: "token" or "feed"
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    #: of a token: read, correct or admin; of a feed: read
    Column("scope", Text, nullable=False),
    #: for a feed: which entries it contains (`ingest.web.feeds`), as a JSON object
    Column("target", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Index("ix_access_keys_name", "kind", "name"),
)

#: answers of the optional LLM, by a hash over the whole request (docs/llm.md)
answers = Table(
    "answers",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("model", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)

model_days = Table(
    "model_days",
    metadata,
    #: ISO date in the configured zone
    Column("day", String(10), primary_key=True),
    #: counted before each request is sent, so that a crash cannot lead to more requests than the limit
    Column("requests", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
)

#: articles whose request to the LLM was not sent or not answered, and will be sent later
unasked = Table(
    "unasked",
    metadata,
    Column("url", Text, primary_key=True),
    Column("noted_at", Moment, nullable=False),
)

#: backfills; another call of `suowen backfill` with the same inputs and options continues a backfill
#: (store/backfill_state.py)
backfill_jobs = Table(
    "backfill_jobs",
    metadata,
    _id(),
    #: SHA-256 over inputs and options
    Column("key", String(64), nullable=False, unique=True),
    #: options of the command, as a JSON object
    Column("options", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    #: time when all partitions of the backfill were stored
    Column("planned_at", Moment),
    #: time when the backfill was last started or continued
    Column("began_at", Moment),
    #: time when a partition was last completed
    Column("done_at", Moment),
)

#: parts of a backfill: a WARC file, a byte range of a WARC file, or a group of ranges
backfill_partitions = Table(
    "backfill_partitions",
    metadata,
    Column("job", Id, ForeignKey("backfill_jobs.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    #: location of the partition's records, as a JSON object
    Column("location", Text, nullable=False),
    #: waiting, done or failed
    Column("state", Text, nullable=False),
    #: number of results stored so far, in the order in which the partition's task returns them
    Column("saved", Integer, nullable=False),
    #: number of pages by result, as a JSON object
    Column("counts", Text, nullable=False),
    #: why the partition failed, and the pages that could not be used
    Column("detail", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("done_at", Moment),
    Index("ix_backfill_partitions_state", "job", "state", "number"),
)
