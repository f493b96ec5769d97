"""Find what a request names, or say that it is not there."""

from __future__ import annotations

from service.domain.errors import Unknown
from service.domain.report import Report
from service.domain.study import Image, Study
from service.ports import Storage, StudyQuery, UnitOfWork


async def study_of(storage: Storage, study_id: str) -> Study:
    """Return the study. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
        return await find_study(unit, study_id)


async def reports_of(storage: Storage, study_id: str) -> tuple[Study, tuple[Report, ...]]:
    """Return the study and its reports, newest first, of one moment. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
        return await find_study(unit, study_id), await unit.reports.of_study(study_id)


async def page_of(storage: Storage, query: StudyQuery) -> tuple[list[tuple[Study, tuple[Report, ...]]], str | None]:
    """Return one page of the worklist, each study with its reports, and the cursor of the next. Raises Rejected."""
    async with storage.unit(readonly=True) as unit:
        studies, following = await unit.studies.page(query)
        reports = await unit.reports.of_studies([study.id for study in studies])
    return [(study, reports.get(study.id, ())) for study in studies], following


async def find_study(unit: UnitOfWork, study_id: str) -> Study:
    """Return the study, inside a unit of work. Raises Unknown."""
    study = await unit.studies.get(study_id)
    if study is None:
        raise Unknown("There is no study of this id; it may have been deleted.")
    return study


async def report_of(storage: Storage, report_id: str) -> Report:
    """Return the report. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
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
