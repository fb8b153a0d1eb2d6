"""The first tables. Their types are spelled out here: what was done once does not change."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

revision = "0001"
down_revision = None

MARIADB_TEXT = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}
MYSQL_TEXT = {"charset": "utf8mb4", "collation": "utf8mb4_0900_bin"}
ASCII_TEXT = {"charset": "ascii", "collation": "ascii_bin"}


def text(length: int = 255) -> Any:
    return (
        sa.String(length)
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, **MARIADB_TEXT), "mariadb")
        .with_variant(mysql.VARCHAR(length, **MYSQL_TEXT), "mysql")
    )


def ascii_text(length: int) -> Any:
    return (
        sa.String(length)
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, **ASCII_TEXT), "mysql", "mariadb")
    )


def long_text() -> Any:
    return (
        sa.Text()
        .with_variant(mysql.LONGTEXT(**MARIADB_TEXT), "mariadb")
        .with_variant(mysql.LONGTEXT(**MYSQL_TEXT), "mysql")
    )


def document() -> Any:
    # On PostgreSQL, a VARCHAR without a length is a TEXT by another name.
    return long_text().with_variant(sa.VARCHAR(), "postgresql")


def timestamp() -> Any:
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def counted_key() -> Any:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def fingerprint() -> Any:
    return sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", counted_key(), nullable=False),
        sa.Column("event", text(), nullable=False),
        sa.Column("made_at", timestamp(), nullable=False),
        sa.Column("payload", document(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_outbox")),
    )
    op.create_table(
        "projects",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_projects")),
        sa.UniqueConstraint("name", name=op.f("uq_projects_name")),
    )
    op.create_table(
        "revisions",
        sa.Column("artifact", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", ascii_text(32), nullable=False),
        sa.Column("made_at", timestamp(), nullable=False),
        sa.Column("user", text(), nullable=True),
        sa.Column("project", text(), nullable=True),
        sa.Column("request_id", text(), nullable=True),
        sa.Column("changes", document(), nullable=False),
        sa.PrimaryKeyConstraint("artifact", "number", name=op.f("pk_revisions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tombstones",
        sa.Column("id", ascii_text(36), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Integer(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("version", text(), nullable=False),
        sa.Column("digests", document(), nullable=False),
        sa.Column("deleted_at", timestamp(), nullable=False),
        sa.Column("user", text(), nullable=True),
        sa.Column("project", text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "types",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("fingerprint", ascii_text(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_types")),
        sa.UniqueConstraint("name", name=op.f("uq_types_name")),
    )
    op.create_table(
        "artifacts",
        sa.Column("order_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", ascii_text(36), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=True),
        sa.Column("owner", sa.Integer(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("version", text(), nullable=False),
        sa.Column("version_key", ascii_text(255), nullable=False),
        sa.Column("status", ascii_text(16), nullable=False),
        sa.Column("visibility", ascii_text(16), nullable=False),
        sa.Column("created_at", timestamp(), nullable=False),
        sa.Column("updated_at", timestamp(), nullable=False),
        sa.Column("activated_at", timestamp(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("pool", text(), nullable=False),
        sa.Column("scope", fingerprint(), nullable=True),
        sa.Column("document", document(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["projects.number"], name=op.f("fk_artifacts_owner")),
        sa.ForeignKeyConstraint(["type"], ["types.number"], name=op.f("fk_artifacts_type")),
        sa.PrimaryKeyConstraint("order_key", name=op.f("pk_artifacts")),
        sa.UniqueConstraint("id", name=op.f("uq_artifacts_id")),
        sa.UniqueConstraint("scope", name=op.f("uq_artifacts_scope")),
    )
    op.create_index(op.f("ix_artifacts_audience_order_key"), "artifacts", ["audience", "order_key"])
    op.create_index(op.f("ix_artifacts_owner_type"), "artifacts", ["owner", "type"])
    op.create_index(
        op.f("ix_artifacts_type_audience_name_order_key"),
        "artifacts",
        ["type", "audience", "name", "order_key"],
    )
    op.create_index(
        op.f("ix_artifacts_type_audience_name_version_key"),
        "artifacts",
        ["type", "audience", "name", "version_key"],
    )
    op.create_index(
        op.f("ix_artifacts_type_audience_order_key"), "artifacts", ["type", "audience", "order_key"]
    )
    op.create_index(
        op.f("ix_artifacts_type_audience_version_key_order_key"),
        "artifacts",
        ["type", "audience", "version_key", "order_key"],
    )
    op.create_index(
        op.f("ix_artifacts_type_name_order_key"), "artifacts", ["type", "name", "order_key"]
    )
    op.create_index(op.f("ix_artifacts_type_order_key"), "artifacts", ["type", "order_key"])
    op.create_table(
        "contents",
        sa.Column("number", counted_key(), nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("sha256", ascii_text(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("reference_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.number"], name=op.f("fk_contents_project")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_contents")),
        sa.UniqueConstraint(
            "project", "sha256", "size", name=op.f("uq_contents_project_sha256_size")
        ),
    )
    op.create_table(
        "fields",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.ForeignKeyConstraint(["type"], ["types.number"], name=op.f("fk_fields_type")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_fields")),
        sa.UniqueConstraint("type", "name", name=op.f("uq_fields_type_name")),
    )
    op.create_table(
        "quotas",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.number"], name=op.f("fk_quotas_project")),
        sa.PrimaryKeyConstraint("project", "name", name=op.f("pk_quotas")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("artifacts", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.number"], name=op.f("fk_usage_project")),
        sa.PrimaryKeyConstraint("project", "type", name=op.f("pk_usage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "blobs",
        sa.Column("artifact", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("field", ascii_text(64), nullable=False),
        sa.Column("key", text(700), nullable=False),
        sa.Column("content", sa.BigInteger(), nullable=True),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digests", document(), nullable=False),
        sa.Column("content_type", text(), nullable=True),
        sa.Column("url", long_text(), nullable=True),
        sa.Column("final_url", long_text(), nullable=True),
        sa.Column("etag", long_text(), nullable=True),
        sa.Column("last_modified", text(), nullable=True),
        sa.Column("fetched_at", timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["artifact"],
            ["artifacts.order_key"],
            name=op.f("fk_blobs_artifact"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["content"], ["contents.number"], name=op.f("fk_blobs_content")),
        sa.PrimaryKeyConstraint("artifact", "field", "key", name=op.f("pk_blobs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_blobs_content"), "blobs", ["content"])
    op.create_table(
        "field_values",
        sa.Column("artifact", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("field", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", text(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("string", text(), nullable=True),
        sa.Column("integer", sa.BigInteger(), nullable=True),
        sa.Column("float", sa.Double(), nullable=True),
        sa.Column("boolean", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["artifact"],
            ["artifacts.order_key"],
            name=op.f("fk_field_values_artifact"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["field"], ["fields.number"], name=op.f("fk_field_values_field")),
        sa.PrimaryKeyConstraint("artifact", "field", "key", name=op.f("pk_field_values")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_field_values_field_audience_artifact"),
        "field_values",
        ["field", "audience", "artifact"],
    )
    op.create_index(
        op.f("ix_field_values_field_audience_float_artifact"),
        "field_values",
        ["field", "audience", "float", "artifact"],
    )
    op.create_index(
        op.f("ix_field_values_field_audience_integer_artifact"),
        "field_values",
        ["field", "audience", "integer", "artifact"],
    )
    op.create_index(
        op.f("ix_field_values_field_audience_string_artifact"),
        "field_values",
        ["field", "audience", "string", "artifact"],
    )
    op.create_index(
        op.f("ix_field_values_field_string_artifact"),
        "field_values",
        ["field", "string", "artifact"],
    )
    op.create_table(
        "members",
        sa.Column("artifact", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("status", ascii_text(16), nullable=False),
        sa.Column("created_at", timestamp(), nullable=False),
        sa.Column("expires_at", timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["artifact"],
            ["artifacts.order_key"],
            name=op.f("fk_members_artifact"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["member"], ["projects.number"], name=op.f("fk_members_member")),
        sa.PrimaryKeyConstraint("artifact", "member", name=op.f("pk_members")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_members_member_type_artifact"), "members", ["member", "type", "artifact"]
    )
    op.create_table(
        "placements",
        sa.Column("number", counted_key(), nullable=False),
        sa.Column("content", sa.BigInteger(), nullable=True),
        sa.Column("store", text(), nullable=False),
        sa.Column("key", ascii_text(32), nullable=False),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("changed_at", timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content"], ["contents.number"], name=op.f("fk_placements_content")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_placements")),
        sa.UniqueConstraint("content", "store", name=op.f("uq_placements_content_store")),
        sa.UniqueConstraint("store", "key", name=op.f("uq_placements_store_key")),
    )
    op.create_index(op.f("ix_placements_content"), "placements", ["content"])
    op.create_index(op.f("ix_placements_state_number"), "placements", ["state", "number"])
    op.create_table(
        "tags",
        sa.Column("artifact", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", text(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact"], ["artifacts.order_key"], name=op.f("fk_tags_artifact"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artifact", "tag", name=op.f("pk_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_tags_tag_type_audience_artifact"), "tags", ["tag", "type", "audience", "artifact"]
    )
    op.create_table(
        "uploads",
        sa.Column("token", ascii_text(32), nullable=False),
        sa.Column("artifact", sa.BigInteger(), nullable=False),
        sa.Column("field", ascii_text(64), nullable=False),
        sa.Column("key", text(700), nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("store", text(), nullable=False),
        sa.Column("store_key", ascii_text(32), nullable=False),
        sa.Column("started_at", timestamp(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact"], ["artifacts.order_key"], name=op.f("fk_uploads_artifact")
        ),
        sa.ForeignKeyConstraint(["project"], ["projects.number"], name=op.f("fk_uploads_project")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_uploads")),
        sa.UniqueConstraint("artifact", "field", "key", name=op.f("uq_uploads_artifact_field_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_uploads_project_lease_until"), "uploads", ["project", "lease_until"])
