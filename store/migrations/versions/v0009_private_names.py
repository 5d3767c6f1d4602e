"""Index of private persons' names by article, to mask a person in other articles too.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "private_names",
        sa.Column("article", _Id, sa.ForeignKey("articles.id"), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("head", sa.String(2), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_private_names_head", "private_names", ["head"])
    # Filled by SQL, because Python would block writers for a long time. Corrections of facts are not applied
    # here: a rejected name stays masked in other articles until its article changes or `suowen reindex` runs.
    name = "json_extract(f.fields, '$.name')" if op.get_bind().dialect.name == "sqlite" else "f.fields::json ->> 'name'"
    op.execute(
        "INSERT INTO private_names (article, name, head) "
        f"SELECT DISTINCT r.article, {name}, substr({name}, 1, 2) FROM facts f "
        "JOIN readings d ON d.id = f.reading JOIN revisions r ON r.id = d.revision "
        f"WHERE f.kind = 'person' AND f.fields LIKE '%\"private\"_true%' AND length({name}) > 1 "
        "AND d.id = (SELECT max(n.id) FROM readings n WHERE n.revision = d.revision)"
    )
