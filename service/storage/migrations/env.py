"""Alembic runs this file for every upgrade: on the connection of ``upgrading.py``, inside its transaction."""

from __future__ import annotations

from alembic import context

from service.storage.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    transactional_ddl=True,  # SQLite can, once the driver no longer commits by itself
)
with context.begin_transaction():
    context.run_migrations()
