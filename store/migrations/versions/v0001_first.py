"""Create the first schema. This file never changes; later migrations contain all later changes of the schema.

Revision ID: 0001
Revises:
"""

from datetime import datetime
from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
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

from store.append_only import protect

revision = "0001"
down_revision = None


class Moment(TypeDecorator[datetime]):
    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))


metadata = MetaData()
Id = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=False)


def _commit() -> Column[int]:
    # Deferred: the Commit is written last, when its digest is known.
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
    Column("captures_upto", Id, nullable=False),
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
    Column("site", Text, nullable=False),
    Column("first_seen", Moment, nullable=False),
    _digest(),
    Index("ix_articles_site_first_seen", "site", "first_seen"),
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
    Column("article", Id, ForeignKey("articles.id"), nullable=False, unique=True),
    Column("story", Id, ForeignKey("stories.id"), nullable=False, index=True),
    Column("relation", Text, nullable=False),
    Column("matched", Id, ForeignKey("articles.id")),
    Column("containment", Float, nullable=False),
    Column("why", Text, nullable=False),
    _digest(),
)

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
    Column("keys", LargeBinary, nullable=False),
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
    Column("committed", BigInteger, nullable=False),
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


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    keys = {
        "commits": ("number", "digest"),
        "captures": ("id", "record_id"),
        "articles": ("id", "url"),
        "revisions": ("id", "article, number"),
        "verdicts": ("id",),
        "readings": ("id",),
        "facts": ("reading, position",),
        "stories": ("id", "representative"),
        "members": ("id", "article"),
    }
    for table, unique in keys.items():
        protect(op.get_bind(), table, unique)
    protect(op.get_bind(), "outcomes", ("run, url",), may_delete=True)
