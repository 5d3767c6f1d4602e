"""Corrections of facts by people: rejected, confirmed, edited. Append-only like every versioned table.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from store.append_only import protect
from store.migrations.versions.v0001_first import Moment

revision = "0003"
down_revision = "0002"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "judgements",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column(
            "commit_no",
            _Id,
            sa.ForeignKey("commits.number", deferrable=True, initially="DEFERRED"),
            nullable=False,
            index=True,
        ),
        sa.Column("article", _Id, sa.ForeignKey("articles.id"), nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("judged_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
    )
    protect(op.get_bind(), "judgements", ["id"])
