"""Tombstones say where lists had the artifact, so that a marker which was deleted is one row."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"


def document() -> sa.types.TypeEngine[str]:
    maria = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}
    my = {"charset": "utf8mb4", "collation": "utf8mb4_0900_bin"}
    return (
        sa.Text()
        .with_variant(mysql.LONGTEXT(**maria), "mariadb")
        .with_variant(mysql.LONGTEXT(**my), "mysql")
        .with_variant(sa.VARCHAR(), "postgresql")  # as in 0001
    )


def upgrade() -> None:
    op.add_column("tombstones", sa.Column("place", document()))
