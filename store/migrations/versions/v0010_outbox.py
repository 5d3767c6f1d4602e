"""Add the outbox: subscriptions, the events they have reported, messages and their deliveries.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from store.migrations.versions.v0001_first import Moment

revision = "0010"
down_revision = "0009"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("upto_no", _Id, nullable=False),
        sa.Column("checked_at", Moment, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
    )
    op.create_table(
        "sent_events",
        sa.Column("subscription", sa.Text, primary_key=True),
        sa.Column("event", sa.Text, primary_key=True),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("subscription", sa.Text, nullable=False, index=True),
        sa.Column("created_at", Moment, nullable=False, index=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "message_deliveries",
        sa.Column("message", sa.Text, sa.ForeignKey("messages.id"), primary_key=True),
        sa.Column("destination", sa.Text, primary_key=True),
        sa.Column("recipient", sa.Text, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try", Moment, nullable=False),
        sa.Column("tried_at", Moment),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.Index("ix_message_deliveries_due", "destination", "state", "next_try", "message", "recipient", "part"),
    )
