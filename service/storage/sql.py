"""The database behind ``service.ports.Storage``: SQLite or PostgreSQL, by URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from service.domain.errors import TryLater
from service.ports import Audit, Conversations, Keys, Phrases, Reports, Requests, Studies, UnitOfWork
from service.storage.engine import BUSY_S, READONLY, make_engine
from service.storage.repositories.access import SqlAudit, SqlKeys, SqlRequests
from service.storage.repositories.conversations import SqlConversations
from service.storage.repositories.phrases import SqlPhrases
from service.storage.repositories.reports import SqlReports
from service.storage.repositories.studies import SqlStudies
from service.storage.schema import schema_problem

# A unit that only reads sees one moment of the database: SQLite's WAL gives that by itself.
_READER: dict[str, dict[str, Any]] = {
    "sqlite": {READONLY: True},
    "postgresql": {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"},
}


class SqlUnit:
    """Implements ``service.ports.UnitOfWork``: one session, one transaction."""

    def __init__(self, session: AsyncSession, *, readonly: bool) -> None:
        self._session = session
        self._readonly = readonly
        self.studies: Studies = SqlStudies(session)
        self.reports: Reports = SqlReports(session)
        self.conversations: Conversations = SqlConversations(session)
        self.keys: Keys = SqlKeys(session)
        self.requests: Requests = SqlRequests(session)
        self.phrases: Phrases = SqlPhrases(session)
        self.audit: Audit = SqlAudit(session)

    async def commit(self) -> None:
        """Make it durable (see ``engine.py``). Raises RuntimeError in a unit that was opened to read."""
        if self._readonly:
            raise RuntimeError("a unit opened with readonly=True has nothing to commit")
        await self._session.commit()


class SqlStorage:
    """Implements ``service.ports.Storage``. Belongs to the event loop that first uses it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(**_READER[engine.dialect.name])
        # SQLite has one writer. Its own waiting is a poll of up to 100 ms; within a process a queue is fair and quick,
        # and a waiting writer holds no connection that a reader could use.
        self._writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @asynccontextmanager
    async def unit(self, *, readonly: bool = False) -> AsyncIterator[UnitOfWork]:
        """Open a unit of work; ``readonly``: it waits for no writer, makes none wait, and cannot commit.

        Raises TryLater when the database cannot be reached, stays locked, or is full: nothing of the unit is kept.
        """
        engine = self._reader if readonly else self._engine
        try:
            async with self._turn(readonly=readonly), AsyncSession(engine, expire_on_commit=False) as session:
                yield SqlUnit(session, readonly=readonly)
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise _busy() from error

    async def check(self) -> str | None:
        """None when the database answers and its schema is current, else what is wrong."""
        return await schema_problem(self._reader)

    async def aclose(self) -> None:
        """Give back connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _turn(self, *, readonly: bool) -> AsyncIterator[None]:
        if readonly or self._writer is None:
            yield
            return
        try:
            async with asyncio.timeout(BUSY_S):
                await self._writer.acquire()
        except TimeoutError as error:
            raise _busy() from error
        try:
            yield
        finally:
            self._writer.release()


def _busy() -> TryLater:
    return TryLater("The database cannot be reached or is busy.", code="database-unavailable")


def open_storage(url: str) -> SqlStorage:
    """Open the database of a ``sqlite:///path`` or ``postgresql://`` URL; connects at first use.

    Raises ConfigurationError when the URL is of another kind or a SQLite file cannot be made.
    """
    return SqlStorage(make_engine(url))
