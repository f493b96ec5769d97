"""Reports: draft anew, look, ask where a sentence comes from."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, Response

from service.ports import DraftJob
from service.usecases.draft import check_options
from service.usecases.lookup import report_of, study_of
from service.web.deps import Built, Caller
from service.web.progress import draft_events
from service.web.sse import event_stream
from service.web.views import DraftRequest, ReportView

router = APIRouter(prefix="/api/v1", tags=["reports"])


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
    return ReportView.of(await report_of(services.storage, job.report_id))


@router.get("/reports/{report_id}")
async def show(services: Built, _caller: Caller, report_id: str) -> ReportView:
    """Return a report."""
    return ReportView.of(await report_of(services.storage, report_id))


@router.get("/reports/{report_id}/provenance")
async def provenance(services: Built, _caller: Caller, report_id: str) -> dict[str, Any]:
    """Return what the report was made from: experts, thresholds, the exact messages, model, parameters, timings."""
    report = await report_of(services.storage, report_id)
    return {"report_id": report.id, "written_by": report.written_by, **report.provenance}
