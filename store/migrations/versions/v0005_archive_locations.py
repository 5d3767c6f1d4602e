"""Location of a moved archive file: a folder or a URL, null for the archive folder.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("archive_files", sa.Column("place", sa.Text))
