"""Lists by source and ruling without a walk through the store: search entries carry both.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("search_entries", sa.Column("site", sa.Text))
    op.add_column("search_entries", sa.Column("ruling", sa.Text))
    # By the database alone: making a million entries anew would hold every writer up for the better part of an hour.
    op.execute(
        "UPDATE search_entries SET "
        "site = (SELECT site FROM articles WHERE articles.id = search_entries.article), "
        "ruling = (SELECT ruling FROM verdicts WHERE verdicts.revision = search_entries.revision "
        "ORDER BY verdicts.id DESC LIMIT 1)"
    )
    op.create_index("ix_search_entries_ruling", "search_entries", ["ruling", "article"])
    op.create_index("ix_search_entries_site", "search_entries", ["site", "ruling", "article"])
    op.create_index("ix_articles_site_id", "articles", ["site", "id"])
