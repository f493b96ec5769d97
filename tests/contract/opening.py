"""A database as the tests of the databases themselves open it: by hand, or as a storage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.engine import make_engine
from service.storage.sql import SqlStorage, open_storage


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = make_engine(url)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SqlStorage]:
    storage = open_storage(url)
    try:
        yield storage
    finally:
        await storage.aclose()
