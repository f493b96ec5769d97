"""The events of a study or of one draft: live where its job runs in this process, else from the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from service.domain.errors import JobFailed, TryLater
from service.domain.report import Report
from service.domain.study import Study, StudyState
from service.jobs.progress import ProgressHub, follow
from service.ports import DraftJob, JobQueue, JobState, Storage
from service.usecases.draft import done_data, job_state
from service.usecases.facts import finding_json
from service.usecases.lookup import reports_of, study_of
from service.web.sse import Event

_LOOK_AGAIN_S = 0.5
"""Seconds of silence after which the database is asked: the job may run, or have run, in another process, and one that
only reads, or fails, ends without a word."""


async def study_events(storage: Storage, jobs: JobQueue, hub: ProgressHub, study_id: str) -> AsyncIterator[Event]:
    """Yield what happens to a study until its first report is there, or its job ended without one.

    Raises JobFailed when the job failed in every attempt, TryLater when there is none, Unknown for a deleted study.
    """
    with hub.listen(study_id) as queue:
        now = await _look(storage, jobs, study_id)
        yield "stage", {"stage": now.study.state.value}
        told = now.study.state is not StudyState.RECEIVED
        if told:
            yield "findings", _findings(now.study)
        over = _over(now)
        while not over:
            try:
                progress = await asyncio.wait_for(queue.get(), _LOOK_AGAIN_S)
            except TimeoutError:
                now = await _look(storage, jobs, study_id)
                over = _over(now, silent=True)
                continue
            yield progress.event, progress.data
            told = told or progress.event == "findings"
            if progress.event == "done":
                return
        if not told:
            yield "findings", _findings(now.study)
        yield "done", done_data(now.report)


async def draft_events(jobs: JobQueue, hub: ProgressHub, job: DraftJob) -> AsyncIterator[Event]:
    """Submit a draft and yield what happens to it."""
    async for progress in follow(jobs, hub, job):
        yield progress.event, progress.data


@dataclass(frozen=True, slots=True)
class _Now:
    study: Study
    report: Report | None
    job: JobState | None


async def _look(storage: Storage, jobs: JobQueue, study_id: str) -> _Now:
    # The job first: one that ends in between has left its report behind by the time that is looked for.
    state = await job_state(jobs, await study_of(storage, study_id))
    study, reports = await reports_of(storage, study_id)
    return _Now(study, reports[0] if reports else None, state)


def _over(now: _Now, *, silent: bool = False) -> bool:
    """Whether nothing more is to come. Raises JobFailed; TryLater where, after a silence, there is still no job."""
    if now.report is not None:
        return True
    if now.job is JobState.FAILED:
        raise JobFailed
    if now.job is not None or now.study.state is not StudyState.RECEIVED:
        return now.job is not JobState.RUNNING
    if silent:  # the moment between a study and its job has passed: the process died in it
        raise TryLater("This study is stored, but nobody reads it: send the same files again.", code="no-job")
    return False


def _findings(study: Study) -> dict[str, object]:
    return {"findings": [finding_json(finding) for finding in study.findings]}
