"""Add spellings: articles stored twice, under a forwarding URL and under the URL it forwards to. Append-only.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from store.append_only import protect

revision = "0013"
down_revision = "0012"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "spellings",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column(
            "commit_no",
            _Id,
            sa.ForeignKey("commits.number", deferrable=True, initially="DEFERRED"),
            nullable=False,
            index=True,
        ),
        sa.Column("article", _Id, sa.ForeignKey("articles.id"), nullable=False, unique=True),
        sa.Column("same_as", _Id, sa.ForeignKey("articles.id"), nullable=False, index=True),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
    )
    protect(op.get_bind(), "spellings", ["id", "article"])
