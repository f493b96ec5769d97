"""Databases for the contract tests: one fresh and migrated for every test, on each server that is at hand."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from service.storage.schema import migrate
from service.storage.sql import open_storage
from tests.contract.postgres import Cluster, cluster, empty, programs
from tests.contract.storing import ReadableStorage
from tests.fakes import MemoryStorage


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    folder = programs()
    if folder is None:
        pytest.skip("left out: needs a PostgreSQL server (Debian: apt install postgresql)")
    with cluster(folder) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> str:
    url = postgres.create()
    asyncio.run(migrate(url))
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "cxr.db")
    return f"sqlite:///{tmp_path / 'cxr.db'}"


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    empty(migrated_postgres)
    return migrated_postgres


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a database at the newest schema."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> str:
    return "memory" if request.param == "memory" else str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def storage(place: str) -> AsyncIterator[ReadableStorage]:
    opened: ReadableStorage = MemoryStorage() if place == "memory" else open_storage(place)
    yield opened
    await opened.aclose()


@pytest.fixture(params=["sqlite", "postgres"])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database that holds nothing."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fresh' / 'cxr.db'}"
    server: Cluster = request.getfixturevalue("postgres")
    return server.create()
