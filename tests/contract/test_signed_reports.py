"""What the databases themselves guard, and make of what an older version wrote: SQLite and PostgreSQL."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from models.findings import Label
from service.domain.priority import Priority
from service.domain.report import Report, ReportState
from service.ports import StudyQuery
from service.storage.schema import migrate
from service.storage.upgrading import alembic_config
from tests.contract import records
from tests.contract.opening import connected, opened

# Signed reports, and every version of a report

TAMPERING = [
    'UPDATE report SET sections = \'{"findings": "Normal."}\'',
    "UPDATE report SET state = 'draft'",
    "UPDATE report SET state = 'addended'",
    "UPDATE report SET version = version + 1",
    "UPDATE report SET written_by = 'x'",
    "UPDATE report SET verification = NULL",
    "UPDATE report SET remarks = '[]', state = 'addended', version = version + 1",
    "UPDATE report SET created_at = '2026-01-01 00:00:00', state = 'addended', version = version + 1",
    "DELETE FROM report",
]
VERSIONS = ["UPDATE report_version SET sections = '{}'", "UPDATE report_version SET addendum = ''"]
VERSIONS += ["DELETE FROM report_version", "DELETE FROM report_version WHERE version = 1"]


@pytest.mark.parametrize("statement", TAMPERING + VERSIONS)
async def test_a_signed_report_and_its_versions_cannot_be_changed(database_url: str, statement: str) -> None:
    report = await _signed(database_url)
    with pytest.raises(DBAPIError, match="append-only" if statement in VERSIONS else "never changes"):
        async with connected(database_url) as connection:
            await connection.execute(text(statement))
    async with opened(database_url) as storage, storage.unit(readonly=True) as unit:
        found, history = await unit.reports.get(report.id), await unit.reports.history(report.id)
    assert found is not None
    assert (found.sections, found.state, found.version) == (report.sections, ReportState.SIGNED, 3)
    assert [kept.version for kept in history] == [1, 2, 3]


async def test_the_versions_cannot_be_truncated(postgres_url: str) -> None:
    await _signed(postgres_url)
    with pytest.raises(DBAPIError, match="append-only"):
        async with connected(postgres_url) as connection:
            await connection.execute(text("TRUNCATE study CASCADE"))


async def test_a_report_that_is_not_signed_may_change_and_a_deleted_study_takes_a_signed_one_with_it(
    database_url: str,
) -> None:
    report = await _signed(database_url)
    async with opened(database_url) as storage, storage.unit() as unit:
        await unit.reports.add(records.report("draft"))
        await unit.reports.revise(*records.revised(records.report("draft"), ReportState.EDITED, findings="New"))
        await unit.reports.revise(*records.revised(report, ReportState.ADDENDED))
        assert await unit.studies.delete("study-1") == ()
        assert await unit.reports.history(report.id) == ()
        await unit.commit()


async def _signed(url: str) -> Report:
    """Store a report that was edited and signed; return it."""
    edited, first = records.revised(records.report(), ReportState.EDITED, findings="Erguss.")
    signed, second = records.revised(edited, ReportState.SIGNED)
    async with opened(url) as storage, storage.unit() as unit:
        await unit.studies.add(records.study())
        await unit.reports.add(records.report())
        await unit.reports.revise(edited, first)
        await unit.reports.revise(signed, second)
        await unit.commit()
    return signed


# What an older version wrote

FINDINGS = """[{"label": "pneumothorax", "probability": 0.9, "threshold": 0.5, "uncertain": false, "experts": []},
{"label": "mass", "probability": 0.9, "threshold": 0.5, "uncertain": true, "experts": []},
{"label": "edema", "probability": 0.4, "threshold": 0.5, "uncertain": false, "experts": []}]"""
OLD = """
INSERT INTO study (id, created_at, owner, content_key, state, indication, language, findings)
VALUES ('old', '2026-01-02 03:04:05', 'me', 'content', 'drafted', 'Dyspnoe', 'en', :findings);
INSERT INTO image (id, study_id, position, file_name, sha256, frame, rows, columns, tags, readings, findings)
VALUES ('i', 'old', 0, 'MÜLLER.dcm', 'ff', 0, 1, 1, '{}', '[]', '[]');
INSERT INTO report (id, study_id, created_at, sections, written_by, options, provenance, state, version)
VALUES ('r', 'old', '2026-01-02 03:04:06', :sections, 'narrator', '{}', '{}', 'draft', 1);
INSERT INTO turn (id, study_id, principal, position, role, text, created_at, state, citations)
VALUES ('t', 'old', 'me', 0, 'user', 'Well?', '2026-01-02 03:04:07', 'complete', '[]')
"""
SECTIONS = '{"indication": "", "technique": "", "comparison": "", "findings": "Old.", "impression": ""}'


async def test_what_an_older_version_wrote_is_sorted_found_and_read(fresh_url: str) -> None:
    async with connected(fresh_url) as connection:
        await connection.run_sync(_upgrade_to, "0001")
        for statement in OLD.split(";"):
            values = {"findings": FINDINGS, "sections": SECTIONS}
            given = {name: value for name, value in values.items() if f":{name}" in statement}
            await connection.execute(text(statement), given)
    assert await migrate(fresh_url) == ["0002", "0003"]
    async with opened(fresh_url) as storage, storage.unit(readonly=True) as unit:
        for query in (StudyQuery(text="müller"), StudyQuery(label=Label.MASS), StudyQuery(priority=Priority.CRITICAL)):
            (study,), _ = await unit.studies.page(query)
            assert study.id == "old"
            assert [finding.doubt for finding in study.findings] == [None, None, None]
            assert [image.windows for image in study.images] == [()]
        assert await unit.studies.page(StudyQuery(label=Label.EDEMA)) == ([], None)
        report = await unit.reports.get("r")
        assert report is not None
        assert (report.verification, report.remarks, report.signature, report.sections.findings) == (
            None,
            (),
            None,
            "Old.",
        )
        (first,) = await unit.reports.history("r")
        assert (first.version, first.name, first.sections) == (1, "narrator", report.sections)
        (turn,) = (await unit.conversations.get("old", "me")).turns
        assert (turn.passages, turn.verification) == ((), None)


def _upgrade_to(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
