"""Indexes for what communities see, for shares of every type, and for those that are over."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index(
        op.f("ix_artifacts_type_visibility_order_key"),
        "artifacts",
        ["type", "visibility", "order_key"],
    )
    op.create_index(op.f("ix_members_member_artifact"), "members", ["member", "artifact"])
    op.create_index(op.f("ix_members_expires_at_artifact"), "members", ["expires_at", "artifact"])
