"""What the databases themselves must do, SQLite and PostgreSQL: migrate, survive a kill, guard the audit trail."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, StatementError

from service.domain.access import Principal
from service.domain.errors import ConfigurationError, TryLater
from service.ports import StudyQuery
from service.storage.schema import HEAD, migrate, start_problem
from service.storage.tables import Row
from service.storage.upgrading import alembic_config, upgrade
from service.usecases.lookup import page_of
from tests.contract import records
from tests.contract.opening import connected, opened

ROOT = Path(__file__).resolve().parents[2]
READER = Principal("me", "Me")
UNREACHABLE = "postgresql:///cxr?host=/nonexistent"


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the queries that any engine sends meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("SELECT"):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


# Migrations


def test_the_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


async def test_a_fresh_database_is_migrated_once(fresh_url: str) -> None:
    async with opened(fresh_url) as storage:
        assert f"schema is at nothing, this version needs {HEAD}: run cxr migrate" in str(await storage.check())
        assert await migrate(fresh_url) == ["0001", "0002", "0003"]
        assert await migrate(fresh_url) == []
        assert await storage.check() is None


async def test_processes_that_migrate_together_take_turns(fresh_url: str) -> None:
    assert sorted(await asyncio.gather(*(migrate(fresh_url) for _ in range(3)))) == [[], [], ["0001", "0002", "0003"]]


async def test_the_migrations_make_just_the_tables(database_url: str) -> None:
    def difference(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata))

    async with connected(database_url) as connection:
        assert await connection.run_sync(difference) == []


async def test_a_migration_that_fails_leaves_nothing(fresh_url: str) -> None:
    async def fail() -> None:
        async with connected(fresh_url) as connection:
            await connection.run_sync(upgrade)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with connected(fresh_url) as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []


async def test_a_newer_schema_is_left_alone(database_url: str) -> None:
    async with connected(database_url) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        async with opened(database_url) as storage:
            assert "at 9999" in str(await storage.check())
        with pytest.raises(ConfigurationError, match="another version"):
            await migrate(database_url)
        assert "another version" in str(await start_problem(database_url))
    finally:
        async with connected(database_url) as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})


async def test_a_database_that_does_not_answer_is_told() -> None:
    async with opened(UNREACHABLE) as storage:
        assert str(await storage.check()).startswith("The database does not answer: ")
        with pytest.raises(TryLater):
            async with storage.unit() as unit:
                await unit.studies.get("x")
    with pytest.raises(ConfigurationError, match="cannot be migrated"):
        await migrate(UNREACHABLE)
    assert str(await start_problem(UNREACHABLE)).startswith("The database does not answer: ")


async def test_a_database_that_a_start_would_bring_up_to_date_is_no_problem_and_stays_as_it_is(fresh_url: str) -> None:
    assert await start_problem(fresh_url) is None
    async with connected(fresh_url) as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []
    await migrate(fresh_url)
    assert await start_problem(fresh_url) is None


async def test_a_page_of_the_worklist_takes_as_many_queries_as_a_single_study(sqlite_url: str) -> None:
    async with opened(sqlite_url) as storage:
        async with storage.unit() as unit:
            for number in range(20):
                await unit.studies.add(records.study(number))
                await unit.reports.add(records.report(f"report-{number}", f"study-{number}"))
            await unit.commit()
        with counted() as statements:
            page, _ = await page_of(storage, StudyQuery(limit=20), READER)
    assert [len(entry.reports) for entry in page] == [1] * 20
    assert len(statements) == 4, "studies, images, reports, seen"


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "cxr.db").write_bytes(b"a letter, not a database" * 100)
    url = f"sqlite:///{tmp_path / 'cxr.db'}"
    async with opened(url) as storage:
        assert "not a database" in str(await storage.check())
    with pytest.raises(ConfigurationError, match="not a database"):
        await migrate(url)


# The audit trail


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"])
async def test_audit_events_cannot_be_changed(database_url: str, statement: str) -> None:
    await _refused(database_url, statement)


async def test_the_audit_trail_cannot_be_truncated(postgres_url: str) -> None:
    await _refused(postgres_url, "TRUNCATE audit_event")


async def _refused(url: str, statement: str) -> None:
    async with opened(url) as storage:
        async with storage.unit() as unit:
            await unit.audit.add(records.event())
            await unit.commit()
        with pytest.raises(DBAPIError, match="append-only"):
            async with connected(url) as connection:
                await connection.execute(text(statement))
        async with storage.unit(readonly=True) as unit:
            assert await unit.audit.of("study-1") == (records.event(),)


# Durability

INGEST = """
import asyncio, sys
from service.storage.sql import open_storage
from tests.contract import records
from tests.contract.opening import connected, opened

async def main():
    async with open_storage(sys.argv[1]).unit() as unit:
        await unit.studies.add(records.study(images=(records.image(),)))
        await unit.audit.add(records.event())
        if sys.argv[2] == "commit":
            await unit.commit()
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def _killed(url: str, how: str) -> None:
    """Run an ingest in another process and kill it at once when it says that it has come to ``how``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        INGEST,
        url,
        how,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    process.kill()
    assert await process.wait() == -signal.SIGKILL


@pytest.mark.faults
async def test_what_was_committed_survives_a_kill(database_url: str) -> None:
    await _killed(database_url, "commit")
    async with opened(database_url) as storage, storage.unit(readonly=True) as unit:
        assert await unit.studies.get("study-1") == records.study(images=(records.image(),))
        assert await unit.audit.of("study-1") == (records.event(),)


@pytest.mark.faults
async def test_what_was_not_committed_leaves_nothing_and_no_lock(database_url: str) -> None:
    await _killed(database_url, "no commit")
    async with opened(database_url) as storage, storage.unit() as unit:
        assert await unit.studies.get("study-1") is None
        assert await unit.audit.of("study-1") == ()
        await unit.studies.add(records.study())
        await unit.commit()


async def test_sqlite_syncs_every_commit_and_keeps_foreign_keys(sqlite_url: str) -> None:
    async with connected(sqlite_url) as connection:
        values = [
            await connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert values == ["wal", 2, 1]  # 2 is FULL


async def test_a_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'data' / 'cxr.db'}"
    await migrate(url)
    async with opened(url) as storage, storage.unit() as unit:
        await unit.studies.add(records.study())
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert files == {"cxr.db": 0o600, "cxr.db-wal": 0o600, "cxr.db-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


async def test_a_writer_waits_for_one_of_another_process(sqlite_url: str) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(0.2, other.execute, "COMMIT")
    async with opened(sqlite_url) as storage:
        async with storage.unit() as unit:
            await unit.studies.add(records.study())
            await unit.commit()
        async with storage.unit(readonly=True) as unit:
            assert await unit.studies.get("study-1") is not None
    other.close()


async def test_what_a_unit_has_read_stays_so_until_it_writes(sqlite_url: str) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)
    async with opened(sqlite_url) as storage, storage.unit() as unit:
        assert await unit.studies.get("study-1") is None
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        await unit.studies.add(records.study())
        await unit.commit()
    other.close()


# What errors say


async def test_no_number_that_json_lacks_is_stored_and_no_error_holds_patient_data(database_url: str) -> None:
    finding = replace(records.FINDING, probability=float("nan"))
    study = replace(records.study(), indication="Erika Mustermann", findings=(finding,))
    async with opened(database_url) as storage, storage.unit() as unit:
        with pytest.raises((StatementError, ValueError), match="not JSON compliant") as caught:
            await unit.studies.add(study)
    assert "Mustermann" not in str(caught.value)
