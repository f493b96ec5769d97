"""The versions of a report in every ``service.ports.Storage``, and who comes too late."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from service.domain.errors import Stale, Unknown
from service.domain.report import Addendum, Report, ReportState, Signature
from tests.contract import records
from tests.contract.storing import ReadableStorage, add

S = ReportState


async def changed(storage: ReadableStorage, *states: ReportState) -> Report:
    """Store a report and take it through these states; return it as it should be at the end."""
    await add(storage, records.study())
    report = records.report()
    async with storage.unit() as unit:
        await unit.reports.add(report)
        await unit.commit()
    for state in states:
        findings = f"Text {report.version}" if state is ReportState.EDITED else None
        report, revision = records.revised(report, state, findings=findings)
        async with storage.unit() as unit:
            await unit.reports.revise(report, revision)
            await unit.commit()
    return report


async def test_every_version_of_a_report_is_kept(storage: ReadableStorage) -> None:
    report = await changed(storage, S.EDITED, S.EDITED, S.SIGNED, S.ADDENDED, S.ADDENDED)
    async with storage.unit(readonly=True) as unit:
        found, history = await unit.reports.get(report.id), await unit.reports.history(report.id)
        assert await unit.reports.of_study("study-1") == (found,)
    assert [(kept.version, kept.state) for kept in history] == list(
        enumerate([S.DRAFT, S.EDITED, S.EDITED, S.SIGNED, S.ADDENDED, S.ADDENDED], 1)
    )
    assert [kept.sections.findings for kept in history[:3]] == [records.report().sections.findings, "Text 1", "Text 2"]
    assert (history[0].name, history[1].name, history[1].remarks) == ("narrator", "Älice", report.remarks)
    signed, first, second = history[3:]
    assert found == replace(
        report,
        signature=Signature(signed.at, "key-1", "Älice"),
        addenda=tuple(Addendum(kept.at, "key-1", "Älice", "Seen again: small.") for kept in (first, second)),
    )


async def test_a_report_before_its_signature_has_none(storage: ReadableStorage) -> None:
    report = await changed(storage, S.EDITED)
    async with storage.unit(readonly=True) as unit:
        assert await unit.reports.get(report.id) == report
        assert (report.signature, report.addenda) == (None, ())


async def test_a_version_follows_the_one_before_it_or_is_stale(storage: ReadableStorage) -> None:
    report = await changed(storage, S.EDITED)
    async with storage.unit() as unit:
        for version in (1, 2, 4, 5):
            late = replace(report, version=version)
            with pytest.raises(Stale) as raised:
                await unit.reports.revise(late, records.revised(late, S.EDITED)[1])
            assert raised.value.version == 2
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        assert await unit.reports.get(report.id) == report
        assert len(await unit.reports.history(report.id)) == 2


async def test_of_those_who_change_a_version_at_once_one_gets_through(storage: ReadableStorage) -> None:
    report = await changed(storage)

    async def edit(number: int) -> bool:
        async with storage.unit() as unit:
            try:
                await unit.reports.revise(*records.revised(report, S.EDITED, findings=f"By {number}"))
            except Stale:
                return False
            await unit.commit()
            return True

    won = await asyncio.gather(*(edit(number) for number in range(8)))
    async with storage.unit(readonly=True) as unit:
        found = await unit.reports.get(report.id)
        assert found is not None
        assert (sum(won), found.version, len(await unit.reports.history(report.id))) == (1, 2, 2)
        assert found.sections.findings == f"By {won.index(True)}"


async def test_a_change_left_without_commit_leaves_nothing(storage: ReadableStorage) -> None:
    report = await changed(storage)
    async with storage.unit() as unit:
        await unit.reports.revise(*records.revised(report, S.EDITED, findings="Lost"))
    async with storage.unit(readonly=True) as unit:
        assert await unit.reports.get(report.id) == report
        assert len(await unit.reports.history(report.id)) == 1


async def test_a_report_that_is_gone_is_not_revised(storage: ReadableStorage) -> None:
    await add(storage, records.study())
    for report in (records.report(), records.report(study_id="x")):
        async with storage.unit() as unit:
            with pytest.raises(Unknown):
                await unit.reports.revise(*records.revised(report, S.EDITED))
            assert await unit.reports.history(report.id) == ()
