"""Buckets: when that of each caller is full again."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

revision = "0005"
down_revision = "0004"


def text(length: int) -> Any:
    maria = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}
    my = {"charset": "utf8mb4", "collation": "utf8mb4_0900_bin"}
    return (
        sa.String(length)
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, **maria), "mariadb")
        .with_variant(mysql.VARCHAR(length, **my), "mysql")
    )


def upgrade() -> None:
    op.create_table(
        "buckets",
        sa.Column("whose", text(300), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("whose", name=op.f("pk_buckets")),
        sqlite_with_rowid=False,
    )
