"""Add backfill jobs and their partitions, and archive files that are linked at their original location.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from store.migrations.versions.v0001_first import Moment

revision = "0014"
down_revision = "0013"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("archive_files", sa.Column("linked", sa.Boolean))
    op.create_table(
        "backfill_jobs",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("planned_at", Moment),
        sa.Column("began_at", Moment),
        sa.Column("done_at", Moment),
    )
    op.create_table(
        "backfill_partitions",
        sa.Column("job", _Id, sa.ForeignKey("backfill_jobs.id"), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("saved", sa.Integer, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("done_at", Moment),
        sa.Index("ix_backfill_partitions_state", "job", "state", "number"),
    )
