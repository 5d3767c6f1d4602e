"""Search index: one entry per article, and the tokens of each entry.

Tokens are stored in the form that each database indexes best: in SQLite an FTS5 table without content or positions, in
PostgreSQL an array with a GIN index. store/search_index.py fills both from the versioned tables.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002"
down_revision = "0001"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "search_entries",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("article", _Id, sa.ForeignKey("articles.id"), nullable=False, unique=True),
        sa.Column("revision", _Id, sa.ForeignKey("revisions.id"), nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_tokens USING fts5"
            "(tokens, content='', detail=none, columnsize=0, tokenize='ascii')"
        )
        return
    op.create_table(
        "search_tokens",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("tokens", ARRAY(sa.Text), nullable=False),
    )
    # With fastupdate, every search would also read GIN's pending list, the unsorted tokens of recent batches.
    op.create_index(
        "ix_search_tokens", "search_tokens", ["tokens"], postgresql_using="gin", postgresql_with={"fastupdate": "off"}
    )
