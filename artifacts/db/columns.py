"""Column types that mean the same on SQLite, PostgreSQL and MariaDB.

Text compares byte by byte, times are UTC with microseconds, documents are JSON kept as text.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Double, Integer, LargeBinary, String, Text
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

# NO PAD and binary: 'a' is not 'A', 'x' is not 'x ', and one emoji is not another.
MARIADB_TEXT = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}
MYSQL_TEXT = {"charset": "utf8mb4", "collation": "utf8mb4_0900_bin"}
ASCII_TEXT = {"charset": "ascii", "collation": "ascii_bin"}


def text(length: int = 255) -> TypeEngine[str]:
    """Return a type for up to *length* characters that can be part of a key."""
    return (
        String(length)
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, **MARIADB_TEXT), "mariadb")
        .with_variant(mysql.VARCHAR(length, **MYSQL_TEXT), "mysql")
    )


def ascii_text(length: int) -> TypeEngine[str]:
    """Return a type for ids, keys and digests, which are short ASCII."""
    return (
        String(length)
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, **ASCII_TEXT), "mysql", "mariadb")
    )


def long_text() -> TypeEngine[str]:
    """Return a type for text of any length that is never part of a key."""
    return (
        Text()
        .with_variant(mysql.LONGTEXT(**MARIADB_TEXT), "mariadb")
        .with_variant(mysql.LONGTEXT(**MYSQL_TEXT), "mysql")
    )


def counted_key() -> TypeEngine[int]:
    """Return a 64-bit key that the database counts up; SQLite only counts an INTEGER."""
    return BigInteger().with_variant(Integer, "sqlite")


def double() -> TypeEngine[float]:
    return Double()


def fingerprint() -> TypeEngine[bytes]:
    """Return a type for 32 bytes of SHA-256."""
    return LargeBinary(32).with_variant(mysql.BINARY(32), "mysql", "mariadb")


class Timestamp(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC without a zone and with microseconds."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class Document(TypeDecorator[Any]):
    """A JSON document, kept as text: it is only ever returned, never searched."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(long_text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)
