"""Find what a request names, or say that it is not there."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.access import Principal
from service.domain.errors import Unknown
from service.domain.report import Report
from service.domain.study import Image, Study
from service.ports import Storage, StudyQuery, UnitOfWork


@dataclass(frozen=True, slots=True)
class Entry:
    """A study as it stands in the worklist of one principal: its reports, newest first, and whether he opened it."""

    study: Study
    reports: tuple[Report, ...] = ()
    seen: bool = False

    @property
    def report(self) -> Report | None:
        """The report that counts: a signed one, else the newest."""
        newest = self.reports[0] if self.reports else None
        return next((report for report in self.reports if report.is_signed), newest)

    @property
    def unread(self) -> bool:
        """Whether it waits for this principal: it is not signed, and he has not opened it."""
        return not self.seen and (self.report is None or not self.report.is_signed)


async def study_of(storage: Storage, study_id: str) -> Study:
    """Return the study. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
        return await find_study(unit, study_id)


async def reports_of(storage: Storage, study_id: str) -> tuple[Study, tuple[Report, ...]]:
    """Return the study and its reports, newest first, of one moment. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
        return await find_study(unit, study_id), await unit.reports.of_study(study_id)


async def entry_of(storage: Storage, study_id: str, reader: Principal) -> Entry:
    """Return the study with its reports, of one moment. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
        study, reports = await find_study(unit, study_id), await unit.reports.of_study(study_id)
        seen = await unit.studies.seen(reader.id, [study_id])
    return Entry(study, reports, study_id in seen)


async def page_of(storage: Storage, query: StudyQuery, reader: Principal) -> tuple[list[Entry], str | None]:
    """Return one page of the worklist and the cursor of the next. Raises Rejected."""
    async with storage.unit(readonly=True) as unit:
        studies, following = await unit.studies.page(query)
        ids = [study.id for study in studies]
        reports, seen = await unit.reports.of_studies(ids), await unit.studies.seen(reader.id, ids)
    return [Entry(study, reports.get(study.id, ()), study.id in seen) for study in studies], following


async def find_study(unit: UnitOfWork, study_id: str) -> Study:
    """Return the study, inside a unit of work. Raises Unknown."""
    study = await unit.studies.get(study_id)
    if study is None:
        raise Unknown("There is no study of this id; it may have been deleted.")
    return study


async def report_of(storage: Storage, report_id: str) -> Report:
    """Return the report. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
        return await find_report(unit, report_id)


async def find_report(unit: UnitOfWork, report_id: str) -> Report:
    """Return the report, inside a unit of work. Raises Unknown."""
    report = await unit.reports.get(report_id)
    if report is None:
        raise Unknown("There is no report of this id; its draft may still be in progress, or its study was deleted.")
    return report


async def image_of(storage: Storage, image_id: str) -> Image:
    """Return the image. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
        study = await unit.studies.of_image(image_id)
    images = {image.id: image for image in study.images} if study else {}
    if image_id not in images:
        raise Unknown("There is no image of this id; its study may have been deleted.")
    return images[image_id]
