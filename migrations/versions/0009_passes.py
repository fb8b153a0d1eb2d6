"""Passes: how far an audit is that reads the bytes of each store."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

revision = "0009"
down_revision = "0008"


def text(length: int) -> Any:
    maria = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}
    my = {"charset": "utf8mb4", "collation": "utf8mb4_0900_bin"}
    return (
        sa.String(length)
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, **maria), "mariadb")
        .with_variant(mysql.VARCHAR(length, **my), "mysql")
    )


def ascii_text(length: int) -> Any:
    ascii_ = {"charset": "ascii", "collation": "ascii_bin"}
    return (
        sa.String(length)
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, **ascii_), "mysql", "mariadb")
    )


def timestamp() -> Any:
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "passes",
        sa.Column("store", text(255), nullable=False),
        sa.Column("position", ascii_text(32), nullable=False),
        sa.Column("copies", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", timestamp(), nullable=False),
        sa.Column("ended_at", timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("store", name=op.f("pk_passes")),
        sqlite_with_rowid=False,
    )
