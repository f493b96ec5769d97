"""SQLite through aiosqlite with one hop to its thread a statement, where SQLAlchemy's own adapter makes four.

A hop there and back costs a tenth of a millisecond, more than most of our statements take in SQLite. The rest is
SQLAlchemy's adapter; what is overridden here is not its public face, so a test counts the hops.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)

OPTIONS = {"check_same_thread": False}
"""Of the connection: cursors are made on the event loop, which costs nothing, and used in aiosqlite's thread."""


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Executes and fetches in one go, on sqlite3's own cursor."""

    __slots__ = ()
    _awaitable_cursor_close = False

    def _make_new_cursor(self, connection: Any) -> Any:  # noqa: ANN401 - aiosqlite's connection, sqlite3's cursor
        try:
            return connection._conn.cursor()  # noqa: SLF001 - aiosqlite has no other way to it
        except ValueError as error:  # it is closed
            self._adapt_connection._handle_exception(error)  # noqa: SLF001 - part of what is overridden

    def _aenter_cursor(self, cursor: Any) -> Any:  # noqa: ANN401 - as above
        return cursor

    async def _execute_async(self, operation: str, parameters: Any) -> None:  # noqa: ANN401 - a row of any kind
        cursor: Any = self._cursor

        def work() -> list[Any]:
            cursor.execute(operation, parameters or ())
            return list(cursor.fetchall()) if cursor.description else []

        self._rows = deque(await self._connection._execute(work))  # noqa: SLF001 - as above

    async def _executemany_async(self, operation: str, seq_of_parameters: Any) -> None:  # noqa: ANN401 - rows of any kind
        await self._connection._execute(self._cursor.executemany, operation, seq_of_parameters)  # noqa: SLF001 - as above

    def close(self) -> None:
        """Forget the rows. All were fetched, so SQLite has reset the statement; what was cancelled may still run."""
        self._rows.clear()


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor


class OneHop(AsyncAdapt_aiosqlite_dbapi):
    """For ``create_async_engine(module=...)``, with ``OPTIONS`` among its ``connect_args``."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *args: Any, **options: Any) -> _Connection:  # noqa: ANN401 - sqlite3's own
        """Connect as SQLAlchemy does."""
        return _Connection(self, super().connect(*args, **options)._connection)  # noqa: SLF001 - to wrap it anew
