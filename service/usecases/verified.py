"""How each sentence of a report stands to what was found: as it was checked, or checked now where it never was."""

from __future__ import annotations

from typing import Protocol

from service.domain.report import Report
from service.domain.study import Study
from service.domain.verification import Verification
from service.ports import Storage
from service.usecases.lookup import find_report, find_study


class Verifier(Protocol):
    """Checks a text that a reader wrote: nothing is repaired."""

    async def of(self, study: Study, report: Report) -> Verification:
        """Check the report's sections against the study, and its prior where it has one."""
        ...


async def verification_of(storage: Storage, verifier: Verifier, report_id: str) -> Verification:
    """Return the verification of a report's present sections. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
        report = await find_report(unit, report_id)
        study = await find_study(unit, report.study_id)
    return report.verification or await verifier.of(study, report)
