"""The tables. `docs/architecture.md` says what each is for; migrations/ holds them equal.

`order_key` is made from the time of creation, so that descending by it is newest first, unique
and one index. `audience` says who may see a row: 0 is everybody, a project's number is that
project alone, and null is nobody, for what is deleted. It is copied into `field_values` and
`tags`, so that each filter of a list is one range of one index.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    Table,
    UniqueConstraint,
)

from artifacts.db.columns import (
    Document,
    Timestamp,
    ascii_text,
    counted_key,
    double,
    fingerprint,
    long_text,
    text,
)

EVERYBODY = 0  # the audience of what is public
ALL_TYPES = 0  # the type of a project's total in `usage`
MOST = 2**63 - 1  # what a BigInteger holds
# Characters. A slot's key has 255 at most today (model.LONGEST_KEY), but a column of a primary key
# cannot be widened without writing a big table anew: so it has what MariaDB's 3072 bytes allow,
# 700 of 4 bytes beside the artifact and the field.
SLOT_KEY = 700
# The fields that are columns of `artifacts`; the rest of an artifact is its document.
COLUMNS = frozenset(
    {"id", "name", "version", "status", "visibility", "created_at", "updated_at", "activated_at"}
)
# Neither: a number stands for the owner, and the type's class knows its display name.
DERIVED = frozenset({"owner", "display_type_name"})

Rows = Sequence[Row[*tuple[Any, ...]]]  # what a SELECT found

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def artifact_key(*, primary_key: bool = True) -> Column[int]:
    return Column(
        "artifact",
        BigInteger,
        ForeignKey("artifacts.order_key", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
        autoincrement=False,
    )


projects = Table(
    "projects",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", text(), nullable=False, unique=True),
)

types = Table(
    "types",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", text(), nullable=False, unique=True),
    Column("fingerprint", ascii_text(64), nullable=False),
)

fields = Table(
    "fields",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("type", Integer, ForeignKey("types.number"), nullable=False),
    Column("name", text(), nullable=False),
    UniqueConstraint("type", "name"),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("order_key", BigInteger, primary_key=True, autoincrement=False),
    Column("id", ascii_text(36), nullable=False, unique=True),
    Column("type", Integer, ForeignKey("types.number"), nullable=False),
    Column("audience", Integer),
    Column("owner", Integer, ForeignKey("projects.number"), nullable=False),
    Column("name", text(), nullable=False),
    Column("version", text(), nullable=False),
    Column("version_key", ascii_text(255), nullable=False),
    Column("status", ascii_text(16), nullable=False),
    Column("visibility", ascii_text(16), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Column("activated_at", Timestamp),
    Column("revision", Integer, nullable=False),
    Column("pool", text(), nullable=False),
    Column("scope", fingerprint(), unique=True),
    Column("document", Document, nullable=False),
    Index(None, "type", "audience", "order_key"),
    Index(None, "type", "audience", "name", "order_key"),
    Index(None, "type", "audience", "name", "version_key"),
    Index(None, "type", "audience", "version_key", "order_key"),
    Index(None, "type", "audience", "status", "order_key"),
    Index(None, "type", "audience", "updated_at", "order_key"),
    Index(None, "type", "visibility", "order_key"),
    Index(None, "audience", "order_key"),
    Index(None, "type", "order_key"),
    Index(None, "type", "name", "order_key"),
    Index(None, "type", "name", "version_key"),
    Index(None, "owner", "type", "order_key"),
)

field_values = Table(
    "field_values",
    metadata,
    artifact_key(),
    Column("field", Integer, ForeignKey("fields.number"), primary_key=True, autoincrement=False),
    Column("key", text(), primary_key=True),  # of a dict; the position in a list; else ''
    Column("audience", Integer, nullable=False),
    Column("string", text()),
    Column("integer", BigInteger),
    Column("float", double()),
    Column("boolean", Boolean),
    Index(None, "field", "audience", "string", "artifact"),
    Index(None, "field", "audience", "integer", "artifact"),
    Index(None, "field", "audience", "float", "artifact"),
    Index(None, "field", "audience", "boolean", "artifact"),
    Index(None, "field", "key", "audience", "string", "artifact"),
    Index(None, "field", "audience", "artifact"),
    Index(None, "field", "string", "artifact"),
    sqlite_with_rowid=False,
)

tags = Table(
    "tags",
    metadata,
    artifact_key(),
    Column("tag", text(), primary_key=True),
    Column("type", Integer, nullable=False),
    Column("audience", Integer, nullable=False),
    Index(None, "tag", "type", "audience", "artifact"),
    sqlite_with_rowid=False,
)

members = Table(
    "members",
    metadata,
    artifact_key(),
    Column("member", Integer, ForeignKey("projects.number"), primary_key=True, autoincrement=False),
    Column("type", Integer, nullable=False),
    Column("status", ascii_text(16), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp),
    Index(None, "member", "type", "artifact"),
    Index(None, "member", "artifact"),
    Index(None, "expires_at", "artifact"),
    sqlite_with_rowid=False,
)

contents = Table(
    "contents",
    metadata,
    Column("number", counted_key(), primary_key=True),
    Column("project", Integer, ForeignKey("projects.number"), nullable=False),
    Column("sha256", ascii_text(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("reference_count", BigInteger, nullable=False),
    UniqueConstraint("project", "sha256", "size"),
)

placements = Table(
    "placements",
    metadata,
    Column("number", counted_key(), primary_key=True),
    # Null while it waits, or once doomed: the bytes are nobody's, and only wait to be deleted.
    Column("content", BigInteger, ForeignKey("contents.number"), index=True),
    Column("store", text(), nullable=False),
    Column("key", ascii_text(32), nullable=False),
    Column("state", ascii_text(16), nullable=False),
    Column("changed_at", Timestamp, nullable=False),
    Column("waits_until", BigInteger),  # milliseconds, by the database's clock
    UniqueConstraint("content", "store"),
    UniqueConstraint("store", "key"),
    Index(None, "state", "number"),
)

blobs = Table(
    "blobs",
    metadata,
    artifact_key(),
    Column("field", ascii_text(64), primary_key=True),
    Column("key", text(SLOT_KEY), primary_key=True),  # '' for a plain blob: nulls never collide
    Column("content", BigInteger, ForeignKey("contents.number"), index=True),
    Column("external", Boolean, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digests", Document, nullable=False),
    Column("content_type", text()),
    Column("url", long_text()),
    Column("final_url", long_text()),
    Column("etag", long_text()),
    Column("last_modified", text()),
    Column("fetched_at", Timestamp),
    sqlite_with_rowid=False,
)

uploads = Table(
    "uploads",
    metadata,
    Column("token", ascii_text(32), primary_key=True),
    Column(
        "artifact",
        BigInteger,
        ForeignKey("artifacts.order_key"),
        nullable=False,
    ),
    Column("field", ascii_text(64), nullable=False),
    Column("key", text(SLOT_KEY), nullable=False),
    Column("project", Integer, ForeignKey("projects.number"), nullable=False),
    Column("type", Integer, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("store", text(), nullable=False),
    Column("store_key", ascii_text(32), nullable=False),
    Column("started_at", Timestamp, nullable=False),
    Column("lease_until", BigInteger, nullable=False),  # milliseconds, by the database's clock
    UniqueConstraint("artifact", "field", "key"),
    Index(None, "project", "lease_until"),
    sqlite_with_rowid=False,
)

revisions = Table(
    "revisions",
    metadata,
    # No foreign key: what happened outlives what it happened to.
    Column("artifact", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("action", ascii_text(32), nullable=False),
    Column("made_at", Timestamp, nullable=False),
    Column("user", text()),
    Column("project", text()),
    Column("request_id", text()),
    Column("changes", Document, nullable=False),
    sqlite_with_rowid=False,
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("id", ascii_text(36), primary_key=True),
    Column("order_key", BigInteger, nullable=False),
    Column("type", Integer, nullable=False),
    Column("owner", Integer, nullable=False),
    Column("name", text(), nullable=False),
    Column("version", text(), nullable=False),
    Column("digests", Document, nullable=False),  # by slot
    # What lists sort by, as it was at last; null in tombstones older than this column.
    Column("place", Document),
    Column("deleted_at", Timestamp, nullable=False),
    Column("user", text()),
    Column("project", text()),
)

usage = Table(
    "usage",
    metadata,
    Column(
        "project", Integer, ForeignKey("projects.number"), primary_key=True, autoincrement=False
    ),
    Column("type", Integer, primary_key=True, autoincrement=False),
    Column("artifacts", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

quotas = Table(
    "quotas",
    metadata,
    Column(
        "project", Integer, ForeignKey("projects.number"), primary_key=True, autoincrement=False
    ),
    Column("name", text(), primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

buckets = Table(
    "buckets",
    metadata,
    Column("whose", text(300), primary_key=True),  # a kind in front of an id of 255 at most
    Column("full_at", BigInteger, nullable=False),  # microseconds, by the database's clock
    sqlite_with_rowid=False,
)

commits = Table(
    "commits",
    metadata,
    Column("writer", ascii_text(32), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # milliseconds, by the database's clock
    sqlite_with_rowid=False,
)

# How far an audit is that reads all the bytes of a store, which may take weeks.
passes = Table(
    "passes",
    metadata,
    Column("store", text(), primary_key=True),
    Column("position", ascii_text(32), nullable=False),  # the key that was read last
    Column("copies", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("begun_at", Timestamp, nullable=False),
    Column("ended_at", Timestamp),  # null while it goes on
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", counted_key(), primary_key=True),
    Column("event", text(), nullable=False),
    Column("made_at", Timestamp, nullable=False),
    Column("payload", Document, nullable=False),
)
