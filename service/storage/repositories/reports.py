"""The reports of the studies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.errors import Clash
from service.domain.report import Report
from service.storage.repositories.rules import hold_study, insert
from service.storage.rows import record_of, values
from service.storage.tables import ReportRow


class SqlReports:
    """Implements ``service.ports.Reports``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, report: Report) -> bool:
        """Store a report; False, and nothing stored, when its id is taken. Raises Unknown when the study is gone."""
        await hold_study(self._session, report.study_id)
        try:
            await insert(self._session, ReportRow(**values(report)), "A report of that id is stored already.")
        except Clash:
            return False
        return True

    async def get(self, report_id: str) -> Report | None:
        """Return the report."""
        row = await self._session.get(ReportRow, report_id)
        return None if row is None else record_of(Report, row)

    async def of_study(self, study_id: str) -> tuple[Report, ...]:
        """Return the study's reports, newest first."""
        return (await self.of_studies([study_id])).get(study_id, ())

    async def of_studies(self, study_ids: Sequence[str]) -> Mapping[str, tuple[Report, ...]]:
        """Return the reports of each of these studies, newest first, in one query; a study without any is left out."""
        statement = select(ReportRow).where(ReportRow.study_id.in_(study_ids))
        found: defaultdict[str, list[Report]] = defaultdict(list)
        for row in await self._session.scalars(statement.order_by(ReportRow.created_at.desc(), ReportRow.id.desc())):
            found[row.study_id].append(record_of(Report, row))
        return {study_id: tuple(reports) for study_id, reports in found.items()}
