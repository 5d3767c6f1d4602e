"""Add the fields of a corrected fact as extracted, and the queue of articles that wait for the optional LLM.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from store.migrations.versions.v0001_first import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("judgements", sa.Column("as_read", sa.Text))
    op.create_table(
        "unasked",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("noted_at", Moment, nullable=False),
    )
