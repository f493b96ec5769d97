"""Reports: draft anew, look, correct, sign, add to, ask where a sentence comes from."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, Response

from service.domain.report import Report
from service.ports import DraftJob
from service.usecases.draft import check_options
from service.usecases.lookup import report_of, study_of
from service.usecases.verified import verification_of
from service.web.deps import Built, Caller, review_of
from service.web.progress import draft_events
from service.web.report_requests import AddendumRequest, DraftRequest, EditRequest
from service.web.report_views import ReportView, RevisionView
from service.web.sse import event_stream
from service.web.verdicts import ReportVerificationView
from service.web.versions import IfMatch, required, tag, versions_in
from service.web.views import Page

router = APIRouter(prefix="/api/v1", tags=["reports"])

_PROBLEM: dict[str, Any] = {"content": {"application/problem+json": {}}}
_CONDITIONAL: dict[int | str, dict[str, Any]] = {
    409: _PROBLEM | {"description": "It is signed"},
    412: _PROBLEM | {"description": "It was changed meanwhile; the problem's `version` is the present one"},
    428: _PROBLEM | {"description": "If-Match is missing"},
}


@router.post(
    "/studies/{study_id}/reports",
    status_code=201,
    response_model=ReportView,
    responses={200: {"content": {"text/event-stream": {}}, "description": "With Accept: text/event-stream"}},
)
async def draft(
    services: Built,
    caller: Caller,
    response: Response,
    study_id: str,
    request: DraftRequest | None = None,
    accept: Annotated[str, Header()] = "application/json",
) -> Any:  # noqa: ANN401 - a report or a stream, as the client accepts
    """Write a new draft. The draft goes on, and is kept, when the client leaves in the middle."""
    study = await study_of(services.storage, study_id)
    options = (request or DraftRequest()).options(study)
    check_options(options, services.writer)
    job = DraftJob(study_id, uuid4().hex, options, caller.id)
    if "text/event-stream" in accept:
        return event_stream(draft_events(services.jobs, services.progress, job))
    ticket = await services.jobs.submit(job)
    await ticket.wait()
    response.headers["Location"] = f"/api/v1/reports/{job.report_id}"
    return _tagged(response, await report_of(services.storage, job.report_id))


@router.get("/reports/{report_id}")
async def show(services: Built, _caller: Caller, response: Response, report_id: str) -> ReportView:
    """Return a report; its ETag is its version."""
    return _tagged(response, await report_of(services.storage, report_id))


@router.patch("/reports/{report_id}", responses=_CONDITIONAL)
async def edit(
    services: Built, caller: Caller, response: Response, report_id: str, request: EditRequest, if_match: IfMatch = None
) -> ReportView:
    """Correct sections of a report that is not signed; every version is kept. Nothing changed is no new version.

    ``accepted`` and ``kept`` are recorded for as long as the report has their sentences.
    """
    versions = required(if_match)
    return _tagged(response, await review_of(services).edit(report_id, versions, request.correction(), caller))


@router.post("/reports/{report_id}/sign", responses=_CONDITIONAL)
async def sign(
    services: Built, caller: Caller, response: Response, report_id: str, if_match: IfMatch = None
) -> ReportView:
    """Sign the version that If-Match names: the report never changes again."""
    return _tagged(response, await review_of(services).sign(report_id, required(if_match), caller))


@router.post("/reports/{report_id}/addenda", status_code=201, responses={409: _PROBLEM, 412: _PROBLEM})
async def add(
    services: Built,
    caller: Caller,
    response: Response,
    report_id: str,
    request: AddendumRequest,
    if_match: IfMatch = None,
) -> ReportView:
    """Add to a signed report. With If-Match, an addendum that is sent again is not added twice."""
    versions = None if if_match is None else versions_in(if_match)
    return _tagged(response, await review_of(services).add(report_id, versions, request.text, caller))


@router.get("/reports/{report_id}/history")
async def history(services: Built, _caller: Caller, report_id: str) -> Page[RevisionView]:
    """Return every version of a report, oldest first: who, when, and what it then said."""
    revisions = await review_of(services).history(report_id)
    return Page[RevisionView](items=[RevisionView.of(revision) for revision in revisions])


@router.get("/reports/{report_id}/provenance")
async def provenance(services: Built, _caller: Caller, report_id: str) -> dict[str, Any]:
    """Return what the report was made from: experts, thresholds, the exact messages, model, parameters, timings."""
    report = await report_of(services.storage, report_id)
    return {"report_id": report.id, "written_by": report.written_by, **report.provenance}


@router.get("/reports/{report_id}/verification")
async def verification(services: Built, _caller: Caller, report_id: str) -> ReportVerificationView:
    """Return each sentence of the findings and the impression with its claims, and what supports each."""
    found = await verification_of(services.storage, services.verifier, report_id)
    return ReportVerificationView.of_report(report_id, found)


def _tagged(response: Response, report: Report) -> ReportView:
    tag(response, report)
    return ReportView.of(report)
