"""Which revision the schema is at, and how it gets to the newest one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domain.errors import ConfigurationError
from service.storage.engine import make_engine, parse_url
from service.storage.folders import folder_problem

HEAD = "0003"
"""The newest revision of ``migrations/versions``, kept here so that a start need not import Alembic to know it."""

_LOCK = 0x637872  # any number, the same in every process: "cxr"


async def migrate(url: str) -> list[str]:
    """Bring the database to the newest schema and return the revisions applied, oldest first; [] when current.

    All of them or, when one fails, none: one transaction. Processes that start together wait for one another.
    Raises ConfigurationError when the database cannot be reached or was written by a newer version.
    """
    engine = make_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_upgrade)
    except DBAPIError as error:
        raise ConfigurationError(f"The database cannot be migrated: {_first_line(error)}") from error
    finally:
        await engine.dispose()


async def schema_problem(engine: AsyncEngine) -> str | None:
    """None when the database answers and is at ``HEAD``, else what is wrong, in a sentence for the operator."""
    try:
        async with engine.connect() as connection:
            revision = await connection.run_sync(current_revision)
    except (DBAPIError, PoolTimeout) as error:
        return f"The database does not answer: {_first_line(error)}"
    if revision == HEAD:
        return None
    return f"The database's schema is at {revision or 'nothing'}, this version needs {HEAD}: run cxr migrate"


async def start_problem(url: str) -> str | None:
    """None when a start with this database would work, ``migrate`` included, else what is wrong; changes nothing.

    A SQLite file that is not there yet is made at the start: only its folder is looked at.
    """
    try:
        missing = _missing_file(url)
        if missing is not None:
            return folder_problem(missing.parent)
        engine = make_engine(url)
    except ConfigurationError as error:
        return error.detail
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_strange_revision)
    except (DBAPIError, PoolTimeout) as error:
        return f"The database does not answer: {_first_line(error)}"
    finally:
        await engine.dispose()


def _missing_file(url: str) -> Path | None:
    """Return the SQLite file of the URL where it is not there yet. Raises ConfigurationError."""
    parsed = parse_url(url)
    path = Path(str(parsed.database))
    return path if parsed.get_backend_name() == "sqlite" and not path.exists() else None


def _strange_revision(connection: Connection) -> str | None:
    revision = current_revision(connection)
    if revision in {None, HEAD}:
        return None
    from service.storage.upgrading import knows  # noqa: PLC0415 - as below

    return None if knows(str(revision)) else "The database was written by another version of this service."


def current_revision(connection: Connection) -> str | None:
    """Return the revision that Alembic last applied, None for a fresh database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _upgrade(connection: Connection) -> list[str]:
    if connection.dialect.name == "postgresql":  # SQLite's BEGIN IMMEDIATE has locked already
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if current_revision(connection) == HEAD:
        return []
    from service.storage.upgrading import upgrade  # noqa: PLC0415 - Alembic takes long to import, and only here is it needed

    return upgrade(connection)


def _first_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).partition("\n")[0]
