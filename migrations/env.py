"""How Alembic runs a migration: over the connection that `artifacts.db.schema` holds locked."""

from alembic import context
from artifacts.migrations import steps  # noqa: F401 - Alembic makes them so from here on

from artifacts.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
