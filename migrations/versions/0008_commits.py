"""Commits: the number of each writer's latest transaction that took effect."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    key = (
        sa.String(32)
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(32, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
    )
    op.create_table(
        "commits",
        sa.Column("writer", key, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("writer", name=op.f("pk_commits")),
        sqlite_with_rowid=False,
    )
