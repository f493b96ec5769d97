"""Studies: upload, list, look, delete, listen."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile
from pydantic import AfterValidator
from starlette.responses import StreamingResponse

from models.findings import Label
from service.bootstrap.services import Services
from service.domain.access import Principal
from service.domain.errors import JobFailed
from service.domain.priority import priority_named
from service.domain.report import DraftOptions
from service.domain.study import StudyState
from service.imaging.free_text import printable
from service.imaging.pixels import SourceFile
from service.ports import Order, StudyQuery
from service.usecases.admission import admit
from service.usecases.delete import delete_study
from service.usecases.draft import check_options, first_job
from service.usecases.ingest import Labelling
from service.usecases.lookup import Entry, entry_of, page_of, study_of
from service.usecases.notes import notes_on
from service.usecases.seen import mark_seen
from service.web.brief import BriefView
from service.web.deps import Built, Caller
from service.web.progress import study_events
from service.web.sse import event_stream
from service.web.views import FindingsView, Page, StudyView

router = APIRouter(prefix="/api/v1/studies", tags=["studies"])

Cleared = Annotated[str, AfterValidator(printable)]


@router.post("", status_code=201, responses={200: {"model": StudyView}, 202: {"model": StudyView}})
async def upload(
    services: Built,
    caller: Caller,
    response: Response,
    files: Annotated[list[UploadFile], File(description="DICOM, PNG, JPEG, TIFF, or a zip of these")],
    indication: Annotated[Cleared | None, Form(max_length=2000)] = None,
    prior_study_id: Annotated[Cleared | None, Form(max_length=200)] = None,
    language: Annotated[str, Form()] = "en",
    patient_ref: Annotated[Cleared | None, Form(max_length=200)] = None,
    accession: Annotated[Cleared | None, Form(max_length=200)] = None,
    draft: Annotated[bool, Form(description="Write a report at once")] = True,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    prefer: Annotated[str | None, Header(description="respond-async: answer 202 once the study is stored")] = None,
) -> StudyView:
    """Store an upload as a study, read it and draft its report.

    The same bytes again answer 200 with the same study, as it was first labelled; ``notes`` say what was not used.
    """
    check_options(DraftOptions(language=language), services.writer)
    admit(services.jobs, services.settings.max_waiting)
    labelling = Labelling(indication or None, prior_study_id or None, language, patient_ref or None, accession or None)
    sources = [SourceFile(_base_name(file.filename), await file.read()) for file in files]
    study, new = await services.ingest.take(sources, labelling, caller, key=idempotency_key)
    notes = () if new else await notes_on(study, labelling, services.films)
    # Also for a study that is known: were its job lost, this is the sender's second try.
    ticket = await services.jobs.submit(first_job(study, draft=draft))
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"/api/v1/studies/{study.id}"
    if prefer and "respond-async" in prefer:
        response.status_code = 202
        response.headers["Preference-Applied"] = "respond-async"
        return StudyView.of(Entry(study), notes) if new else await _view(services, study.id, caller, notes)
    try:
        await ticket.wait()
    except JobFailed:
        response.status_code = 202
    return await _view(services, study.id, caller, notes)


@router.get("")
async def worklist(
    services: Built,
    caller: Caller,
    status: Annotated[StudyState | None, Query()] = None,
    q: Annotated[
        str,
        Query(max_length=200, description="Words, each part of reference, accession, id, file name or indication"),
    ] = "",
    finding: Annotated[Label | None, Query(description="Present or in doubt")] = None,
    priority: Annotated[str | None, Query(description="A tier by number or name: 1 or critical")] = None,
    signed: Annotated[bool | None, Query(description="Whether a report of the study is signed")] = None,
    brief: Annotated[bool, Query(description="What a list shows and no more: a tenth of the bytes")] = False,
    sort: Annotated[Order, Query(description="-priority: unsigned first, most urgent first, newest first")] = (
        Order.URGENT
    ),
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[StudyView] | Page[BriefView]:
    """Return one page of the worklist: of what fits everything that is asked for, most urgent first."""
    tier = priority_named(priority) if priority else None
    query = StudyQuery(status, cursor, limit, printable(q), finding, tier, signed, sort)
    entries, following = await page_of(services.storage, query, caller)
    if brief:
        return Page[BriefView](items=[BriefView.of(entry) for entry in entries], next_cursor=following)
    return Page[StudyView](items=[StudyView.of(entry) for entry in entries], next_cursor=following)


@router.get("/{study_id}")
async def show(services: Built, caller: Caller, study_id: str) -> StudyView:
    """Return a study with its images, gate, findings and reports."""
    return await _view(services, study_id, caller)


@router.put("/{study_id}/seen", status_code=204)
async def see(services: Built, caller: Caller, study_id: str) -> None:
    """Note that the caller has opened the study: it is no longer unread for him."""
    await mark_seen(services.storage, services.clock, study_id, caller)


@router.delete("/{study_id}", status_code=204)
async def delete(services: Built, caller: Caller, study_id: str) -> None:
    """Remove a study, its reports and conversations, and every blob that no other study needs."""
    await delete_study(services.storage, services.blobs, services.films, services.clock, study_id, caller)


@router.get("/{study_id}/findings")
async def findings(services: Built, _caller: Caller, study_id: str) -> FindingsView:
    """Return what the experts say, per label, of the study and of each image."""
    return FindingsView.of(await study_of(services.storage, study_id))


@router.get("/{study_id}/events", response_class=StreamingResponse)
async def events(services: Built, _caller: Caller, study_id: str) -> StreamingResponse:
    """Stream what happens to the study, to its end: ``done``, without a report where none was asked for, or ``error``.

    Who comes late, also after a restart, is told how it stands, and the end.
    """
    await study_of(services.storage, study_id)
    return event_stream(study_events(services.storage, services.jobs, services.progress, study_id))


async def _view(services: Services, study_id: str, caller: Principal, notes: tuple[str, ...] = ()) -> StudyView:
    return StudyView.of(await entry_of(services.storage, study_id, caller), notes)


def _base_name(name: str | None) -> str:
    """Return the last part of a name that a client sent, whatever its system's separator."""
    return PurePath(printable(name or "").replace("\\", "/")).name or "unnamed"
