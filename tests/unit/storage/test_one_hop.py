"""SQLAlchemy over aiosqlite, one hop to its thread a statement; errors and results as without that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from service.storage.engine import make_engine

ADD = text("INSERT INTO film (id, side) VALUES (:id, :side)")
ALL = text("SELECT id, side FROM film ORDER BY id")
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT max(i) FROM n"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(f"sqlite:///{tmp_path}/cxr.db")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE film (id INTEGER PRIMARY KEY, side TEXT NOT NULL)"))
        await connection.execute(ADD, [{"id": 1, "side": "left"}, {"id": 2, "side": "right"}])
    yield engine
    await engine.dispose()


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What aiosqlite's thread was given to do."""
    given: list[str] = []
    execute: Any = aiosqlite.Connection._execute  # noqa: SLF001 - the way to its thread

    async def counted(self: aiosqlite.Connection, work: Callable[..., object], *args: object) -> object:
        given.append(work.__name__)
        return await execute(self, work, *args)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return given


async def test_a_statement_is_one_hop(engine: AsyncEngine, hops: list[str]) -> None:
    async with engine.connect() as connection:
        rows = (await connection.execute(ALL)).all()
        assert [tuple(row) for row in rows] == [(1, "left"), (2, "right")]
        assert len(hops) == 2  # BEGIN is the other
        changed = await connection.execute(text("UPDATE film SET side = 'left'"))
        assert changed.rowcount == 2
        assert len(hops) == 3
        await connection.execute(ADD, [{"id": 3, "side": "left"}, {"id": 4, "side": "left"}])
        assert len(hops) == 4


async def test_what_sqlite_refuses_is_told_and_the_connection_goes_on(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(IntegrityError):
            await connection.execute(ADD, {"id": 1, "side": "left"})
        with pytest.raises(IntegrityError):
            await connection.execute(ADD, [{"id": 5, "side": "left"}, {"id": 1, "side": "left"}])
        with pytest.raises(OperationalError):
            await connection.execute(text("SELECT nothing FROM film"))
        assert len((await connection.execute(ALL)).all()) >= 2


async def test_who_gives_up_in_the_middle_of_a_statement_harms_nobody(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> None:
        async with engine.connect() as connection:
            await connection.execute(text(ENDLESS))

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with engine.connect() as connection:
        assert len((await connection.execute(ALL)).all()) == 2
    assert not caplog.records
