"""Site and ruling in search entries, so that lists by source and ruling use an index.

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
    # Filled by SQL, because rebuilding a million entries in Python would block writers for most of an hour.
    op.execute(
        "UPDATE search_entries SET "
        "site = (SELECT site FROM articles WHERE articles.id = search_entries.article), "
        "ruling = (SELECT ruling FROM verdicts WHERE verdicts.revision = search_entries.revision "
        "ORDER BY verdicts.id DESC LIMIT 1)"
    )
    op.create_index("ix_search_entries_ruling", "search_entries", ["ruling", "article"])
    op.create_index("ix_search_entries_site", "search_entries", ["site", "ruling", "article"])
    op.create_index("ix_articles_site_id", "articles", ["site", "id"])
