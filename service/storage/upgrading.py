"""Runs Alembic, without its command line and ``alembic.ini``."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection

from service.domain.errors import ConfigurationError


def alembic_config() -> Config:
    """Return the configuration that finds our migrations wherever the package is installed."""
    config = Config()
    config.set_main_option("script_location", "service.storage:migrations")
    return config


def knows(revision: str) -> bool:
    """Whether this version can bring a database of that revision up to date."""
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return revision in {script.revision for script in scripts}


def upgrade(connection: Connection) -> list[str]:
    """Apply what is missing inside the connection's transaction; return the revisions, oldest first.

    Raises ConfigurationError when the database is at a revision that this version does not know.
    """
    config = alembic_config()
    config.attributes["connection"] = connection
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        missing = list(ScriptDirectory.from_config(config).iterate_revisions("head", current or "base"))
    except RevisionError as error:
        raise ConfigurationError(f"The database was written by another version of this service: {error}") from error
    command.upgrade(config, "head")
    return [script.revision for script in reversed(missing)]
