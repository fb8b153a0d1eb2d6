"""Placements say until when a copy waits: one that is being made, or that is still read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("placements", sa.Column("waits_until", sa.BigInteger()))
