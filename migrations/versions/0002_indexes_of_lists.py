"""Indexes for what lists ask: keys of dicts, booleans, statuses, changes, the latest of a name."""

from alembic import op

revision = "0002"
down_revision = "0001"

INDEXES = {
    "ix_artifacts_type_audience_status_order_key": (
        "artifacts",
        ["type", "audience", "status", "order_key"],
    ),
    "ix_artifacts_type_audience_updated_at_order_key": (
        "artifacts",
        ["type", "audience", "updated_at", "order_key"],
    ),
    "ix_artifacts_type_name_version_key": ("artifacts", ["type", "name", "version_key"]),
    "ix_field_values_field_audience_boolean_artifact": (
        "field_values",
        ["field", "audience", "boolean", "artifact"],
    ),
    "ix_field_values_field_key_audience_string_artifact": (
        "field_values",
        ["field", "key", "audience", "string", "artifact"],
    ),
}


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(op.f(name), table, columns)
