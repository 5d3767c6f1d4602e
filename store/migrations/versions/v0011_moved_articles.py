"""Allow several rows of `members` for one article: an article may move to another story; its latest row is effective.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from store.append_only import protect

revision = "0011"
down_revision = "0010"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("members_article_key", "members", type_="unique")
    else:
        _rebuild()
    op.create_index("ix_members_article", "members", ["article"])


def _rebuild() -> None:
    """Replace the table `members` by a copy without its unique constraint, which SQLite cannot drop.

    No other table refers to `members`.
    """
    for index in ("ix_members_commit_no", "ix_members_story"):
        op.drop_index(index, "members")
    op.execute("ALTER TABLE members RENAME TO members_before")
    op.create_table(
        "members",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column(
            "commit_no",
            _Id,
            sa.ForeignKey("commits.number", deferrable=True, initially="DEFERRED"),
            nullable=False,
            index=True,
        ),
        sa.Column("article", _Id, sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("story", _Id, sa.ForeignKey("stories.id"), nullable=False, index=True),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("matched", _Id, sa.ForeignKey("articles.id")),
        sa.Column("containment", sa.Float, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
    )
    columns = "id, commit_no, article, story, relation, matched, containment, why, digest"
    op.execute(f"INSERT INTO members ({columns}) SELECT {columns} FROM members_before ORDER BY id")
    op.execute("DROP TABLE members_before")  # drops its triggers too, without firing them
    protect(op.get_bind(), "members", ("id",))
