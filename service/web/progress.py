"""The events of a study or of one draft: live where its job runs in this process, else from the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from service.domain.study import StudyState
from service.jobs.progress import ProgressHub, follow
from service.ports import DraftJob, JobQueue, Storage
from service.usecases.draft import done_data
from service.usecases.facts import finding_json
from service.usecases.lookup import reports_of
from service.web.sse import Event

_LOOK_AGAIN_S = 2.0
"""Seconds of silence after which the database is asked: the job may run, or have run, in another process."""


async def study_events(storage: Storage, hub: ProgressHub, study_id: str) -> AsyncIterator[Event]:
    """Yield what happens to a study until its first report is there."""
    with hub.listen(study_id) as queue:
        study, reports = await reports_of(storage, study_id)
        yield "stage", {"stage": study.state.value}
        if study.state is not StudyState.RECEIVED:
            yield "findings", {"findings": [finding_json(finding) for finding in study.findings]}
        while not reports:
            try:
                progress = await asyncio.wait_for(queue.get(), _LOOK_AGAIN_S)
            except TimeoutError:
                _, reports = await reports_of(storage, study_id)
                continue
            yield progress.event, progress.data
            if progress.event == "done":
                return
        yield "done", done_data(reports[0])


async def draft_events(jobs: JobQueue, hub: ProgressHub, job: DraftJob) -> AsyncIterator[Event]:
    """Submit a draft and yield what happens to it."""
    async for progress in follow(jobs, hub, job):
        yield progress.event, progress.data
