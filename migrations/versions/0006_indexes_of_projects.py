"""An index by which all artifacts of a project are walked through, a batch at a time."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(
        op.f("ix_artifacts_owner_type_order_key"), "artifacts", ["owner", "type", "order_key"]
    )
    op.drop_index(op.f("ix_artifacts_owner_type"), "artifacts")
