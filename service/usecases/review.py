"""A reader's work on a report: correct it, sign it, add to it, look at how it came about.

Every change is one unit of work: the report's next version, the version's record, and the audit event, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from service.domain.access import AuditEvent, Principal
from service.domain.errors import Clash, Rejected, Stale
from service.domain.report import Remark, Report, ReportState, Revision, Sections
from service.domain.verification import Verification
from service.ports import Clock, Storage
from service.usecases.lookup import find_report, find_study
from service.usecases.verified import Verifier

Versions = frozenset[int]
"""The versions that a change was made on: it is refused when the present one is none of them."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a reader changed: the sections he wrote anew, and what he decided about single sentences."""

    indication: str | None = None
    technique: str | None = None
    comparison: str | None = None
    findings: str | None = None
    impression: str | None = None
    remarks: tuple[Remark, ...] = ()

    def sections(self, before: Sections) -> Sections:
        """Return the sections after it."""
        return Sections(
            indication=before.indication if self.indication is None else self.indication,
            technique=before.technique if self.technique is None else self.technique,
            comparison=before.comparison if self.comparison is None else self.comparison,
            findings=before.findings if self.findings is None else self.findings,
            impression=before.impression if self.impression is None else self.impression,
        )


class Review:
    """Changes reports, each for the principal who does it."""

    def __init__(self, storage: Storage, clock: Clock, verifier: Verifier) -> None:
        self._storage = storage
        self._clock = clock
        self._verifier = verifier

    async def edit(self, report_id: str, versions: Versions, correction: Correction, reader: Principal) -> Report:
        """Return the corrected report, or the same where nothing was changed.

        Raises Unknown, Clash when it is signed, Stale when it was changed meanwhile.
        """
        before = await self._unsigned(report_id, versions)
        sections = correction.sections(before.sections)
        remarks = _still_there((*before.remarks, *correction.remarks), sections)
        if (sections, remarks) == (before.sections, before.remarks):
            return before
        after = replace(before, sections=sections, remarks=remarks, state=ReportState.EDITED)
        return await self._store(replace(after, verification=await self._checked(after)), reader, "report.edited")

    async def sign(self, report_id: str, versions: Versions, reader: Principal) -> Report:
        """Return the signed report: from now on it never changes.

        Raises Unknown, Clash when it is signed already, Stale when it was changed meanwhile, Rejected when it is empty.
        """
        before = await self._unsigned(report_id, versions)
        if not (before.sections.findings.strip() or before.sections.impression.strip()):
            raise Rejected("A report needs findings or an impression before it can be signed.", code="empty-report")
        return await self._store(replace(before, state=ReportState.SIGNED), reader, "report.signed")

    async def add(self, report_id: str, versions: Versions | None, text: str, reader: Principal) -> Report:
        """Return the signed report with an addendum.

        Raises Unknown, Clash when it is not signed, Rejected when the text is blank, Stale as ``edit`` where
        ``versions`` are given.
        """
        before = await self._found(report_id)
        if not before.is_signed:
            raise Clash("Only a signed report has addenda: edit this one, or sign it first.", code="not-signed")
        _check(before, versions)
        if not text.strip():
            raise Rejected("An addendum needs a text.", code="empty-addendum")
        return await self._store(replace(before, state=ReportState.ADDENDED), reader, "report.addended", text)

    async def history(self, report_id: str) -> tuple[Revision, ...]:
        """Return every version of the report, oldest first. Raises Unknown."""
        async with self._storage.unit(readonly=True) as unit:
            await find_report(unit, report_id)
            return await unit.reports.history(report_id)

    async def _found(self, report_id: str) -> Report:
        async with self._storage.unit(readonly=True) as unit:
            return await find_report(unit, report_id)

    async def _unsigned(self, report_id: str, versions: Versions) -> Report:
        report = await self._found(report_id)
        if report.is_signed:
            raise Clash("This report is signed and never changes: write an addendum instead.", code="signed")
        _check(report, versions)
        return report

    async def _checked(self, report: Report) -> Verification:
        async with self._storage.unit(readonly=True) as unit:
            study = await find_study(unit, report.study_id)
        return await self._verifier.of(study, report)

    async def _store(self, after: Report, reader: Principal, action: str, addendum: str | None = None) -> Report:
        """Store the next version. Raises Stale when another was stored since this one was looked at."""
        report = replace(after, version=after.version + 1)
        at, by = self._clock.now(), (reader.id, reader.name)
        revision = Revision(report.version, at, *by, report.state, report.sections, report.remarks, addendum)
        details = {"version": str(report.version), "study": report.study_id}
        async with self._storage.unit() as unit:
            await unit.reports.revise(report, revision)
            await unit.audit.add(AuditEvent(uuid4().hex, at, reader.id, action, report.id, details))
            stored = await find_report(unit, report.id)
            await unit.commit()
        return stored


def _check(report: Report, versions: Versions | None) -> None:
    if versions is not None and not versions:
        raise Stale('If-Match names no version: send the ETag of the report as it came, such as "3".', report.version)
    if versions is not None and report.version not in versions:
        raise Stale(
            "Somebody changed this report since you opened it. Look at the present version, then save yours again.",
            report.version,
        )


def _still_there(remarks: Sequence[Remark], sections: Sections) -> tuple[Remark, ...]:
    """Return the remarks on sentences that the report still has, the last on each."""
    last = {(remark.section, remark.text): remark for remark in remarks}
    return tuple(remark for remark in last.values() if remark.text in getattr(sections, remark.section))
