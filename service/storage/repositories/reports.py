"""The reports of the studies, and every version that each of them had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.errors import Stale, Unknown
from service.domain.report import Addendum, Report, ReportState, Revision, Signature
from service.storage.repositories.rules import hold_study, insert_once
from service.storage.rows import record_of, values
from service.storage.tables import ReportRow, ReportVersionRow, StudyRow
from service.storage.worklist import SIGNED

_OF_VERSIONS = ("signature", "addenda")
"""The fields of a report that its versions hold."""
_AFTER_SIGNING = (ReportState.SIGNED, ReportState.ADDENDED)


class SqlReports:
    """Implements ``service.ports.Reports``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, report: Report) -> bool:
        """Store a report; False, and nothing stored, when its id is taken. Raises Unknown when the study is gone."""
        await hold_study(self._session, report.study_id)
        if not await insert_once(self._session, ReportRow(**values(report, *_OF_VERSIONS))):
            return False
        await self._keep(report.id, first_revision(report))
        return True

    async def get(self, report_id: str) -> Report | None:
        """Return the report."""
        row = await self._session.get(ReportRow, report_id)
        return None if row is None else (await self._reports([row]))[0]

    async def of_study(self, study_id: str) -> tuple[Report, ...]:
        """Return the study's reports, newest first."""
        return (await self.of_studies([study_id])).get(study_id, ())

    async def of_studies(self, study_ids: Sequence[str]) -> Mapping[str, tuple[Report, ...]]:
        """Return the reports of each of these studies, newest first, at once; a study without any is left out."""
        statement = select(ReportRow).where(ReportRow.study_id.in_(study_ids))
        rows = await self._session.scalars(statement.order_by(ReportRow.created_at.desc(), ReportRow.id.desc()))
        found: defaultdict[str, list[Report]] = defaultdict(list)
        for report in await self._reports(list(rows)):
            found[report.study_id].append(report)
        return {study_id: tuple(reports) for study_id, reports in found.items()}

    async def revise(self, report: Report, revision: Revision) -> None:
        """Put the report in place of the version before it, and keep the revision; both are of the new version.

        Raises Stale when the stored version is not the one before, Unknown when the report is gone.
        """
        await hold_study(self._session, report.study_id, alone=True)  # before the report, as who deletes a study does
        row = await self._session.get(ReportRow, report.id, with_for_update=True, populate_existing=True)
        if row is None:
            raise Unknown("There is no such report.")
        if row.version != report.version - 1:
            raise Stale("This report was changed meanwhile.", row.version)
        for name, value in values(report, *_OF_VERSIONS).items():
            setattr(row, name, value)
        await self._keep(report.id, revision)
        if report.state is ReportState.SIGNED:
            await self._session.execute(update(StudyRow).where(StudyRow.id == report.study_id).values(rank=SIGNED))

    async def history(self, report_id: str) -> tuple[Revision, ...]:
        """Return every version of the report, oldest first, the present one included."""
        statement = select(ReportVersionRow).where(ReportVersionRow.report_id == report_id)
        rows = await self._session.scalars(statement.order_by(ReportVersionRow.version))
        return tuple(record_of(Revision, row) for row in rows)

    async def _keep(self, report_id: str, revision: Revision) -> None:
        self._session.add(ReportVersionRow(report_id=report_id, **values(revision)))
        await self._session.flush()

    async def _reports(self, rows: Sequence[ReportRow]) -> list[Report]:
        """Build the reports with what was added to them by and after their signatures: one query more, if any is."""
        signed = [row.id for row in rows if row.state in _AFTER_SIGNING]
        later: defaultdict[str, list[Revision]] = defaultdict(list)
        if signed:
            statement = select(ReportVersionRow).where(ReportVersionRow.report_id.in_(signed))
            statement = statement.where(ReportVersionRow.state.in_(_AFTER_SIGNING)).order_by(ReportVersionRow.version)
            for row in await self._session.scalars(statement):
                later[row.report_id].append(record_of(Revision, row))
        return [with_signature(record_of(Report, row, signature=None, addenda=()), later[row.id]) for row in rows]


def first_revision(report: Report) -> Revision:
    """Return the version that a model wrote."""
    by = report.written_by
    return Revision(report.version, report.created_at, by, by, report.state, report.sections, report.remarks)


def with_signature(report: Report, revisions: Sequence[Revision]) -> Report:
    """Return the report with its signature and addenda, from its versions since then, oldest first."""
    signatures = [Signature(r.at, r.principal, r.name) for r in revisions if r.state is ReportState.SIGNED]
    addenda = [Addendum(r.at, r.principal, r.name, r.addendum) for r in revisions if r.addendum is not None]
    return replace(report, signature=signatures[0] if signatures else None, addenda=tuple(addenda))
