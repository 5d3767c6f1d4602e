"""Add access keys: API tokens and secret addresses of feeds, as hashes.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from store.migrations.versions.v0001_first import Moment

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "access_keys",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("expires_at", Moment),
        sa.Column("revoked_at", Moment),
        sa.Index("ix_access_keys_name", "kind", "name"),
    )
