"""From a database URL to an engine, and what makes a commit on SQLite durable and its writers queue."""

from __future__ import annotations

import json
import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from service.domain.errors import ConfigurationError
from service.storage.one_hop import OPTIONS, OneHop

READONLY = "cxr_readonly"
"""Execution option of a connection whose transactions only read."""

BUSY_S = 10
"""How long a writer on SQLite waits for the one before it, of this process or of another."""

LOCKED_S = 0.02
"""Between two tries to set the journal of a database that several processes open for the first time together."""

CONNECT_S = 5
"""How long to wait for PostgreSQL to take a connection, unless the URL says otherwise."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}

_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_S * 1000}",  # first: the others may have to wait
    "PRAGMA journal_mode=WAL",  # readers and the writer do not block one another
    "PRAGMA synchronous=FULL",  # each commit is fsynced: what was acknowledged survives a loss of power
    "PRAGMA foreign_keys=ON",
)

_COMMON: dict[str, Any] = {
    "hide_parameters": True,  # an error, and so a log, holds no patient data
    # What JSON cannot say (NaN, infinity) is refused on every database, not only where the database refuses it.
    "json_serializer": partial(json.dumps, allow_nan=False, separators=(",", ":")),
    "json_deserializer": from_json,  # three times as fast as json.loads
}


def parse_url(url: str) -> URL:
    """Map a setting's URL to the driver that serves it. Raises ConfigurationError for any other scheme."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError("The database URL cannot be parsed; an example is sqlite:///data/cxr.db") from error
    if parsed.drivername not in _DRIVERS:
        raise ConfigurationError(
            f"This version keeps its data in sqlite:///path or postgresql://host/name, not in {parsed.drivername}://"
        )
    if parsed.drivername.startswith("sqlite") and parsed.database in {None, "", ":memory:"}:
        raise ConfigurationError("A SQLite database needs a file: sqlite:///path")
    return parsed.set(drivername=_DRIVERS[parsed.drivername])


def make_engine(url: str) -> AsyncEngine:
    """Build the engine; connects to nothing yet. Raises ConfigurationError when the URL or its folder is wrong."""
    parsed = parse_url(url)
    return _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)


def _sqlite(url: URL) -> AsyncEngine:
    _make_private(Path(str(url.database)))
    # Autocommit in the driver, whose own BEGIN would be deferred and break savepoints; ours are below.
    engine = create_async_engine(url, **_COMMON, module=OneHop(), connect_args={"isolation_level": None} | OPTIONS)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _postgresql(url: URL) -> AsyncEngine:
    timeout = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_S}
    return create_async_engine(url, **_COMMON, pool_pre_ping=True, connect_args=timeout)


def _make_private(path: Path) -> None:
    """Make the file, readable by its owner only; SQLite gives its log the same permissions."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(f"The database file cannot be opened for writing: {error.strerror}") from error


def _set_pragmas(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's, untyped
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        _patiently(cursor, pragma)
    cursor.close()


def _patiently(cursor: Any, pragma: str) -> None:  # noqa: ANN401 - the driver's, untyped
    """Try again while another process changes the journal: there SQLite refuses at once, whatever the busy timeout."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            cursor.execute(pragma)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(LOCKED_S)
        else:
            return


def _begin(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails when another wrote in between; one that takes the
    # write lock at once waits its turn instead.
    readonly = connection.get_execution_options().get(READONLY, False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
