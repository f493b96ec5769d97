from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest

from service.domain.errors import JobFailed, TryLater, Unknown
from service.domain.study import Study, StudyState
from service.jobs.progress import ProgressHub
from service.ports import DraftJob, JobState, JobTicket, Progress
from service.usecases.draft import done_data, first_job
from service.web.progress import study_events
from service.web.sse import Event, event_stream
from tests.factories import report, study
from tests.fakes import MemoryStorage

NO_REPORT = ("done", {"report_id": None, "written_by": None, "fallback": None})
RECEIVED = replace(study(), state=StudyState.RECEIVED, findings=())


@dataclass
class Jobs:
    """A job queue in which the drafting, or the reading, of the one study stands as it is told to."""

    drafting: JobState | None = None
    reading: JobState | None = None

    async def submit(self, job: DraftJob) -> JobTicket:
        raise NotImplementedError(job)

    def waiting(self) -> int:
        return 0

    async def state(self, report_id: str) -> JobState | None:
        return self.drafting if report_id == first_job(study(), draft=True).report_id else self.reading


@dataclass
class Listening:
    """A client who listens to the study; it gives up after a second."""

    jobs: Jobs
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    hub: ProgressHub = field(default_factory=ProgressHub)

    async def store(self, known: Study, *, reported: bool = False) -> None:
        async with self.storage.unit() as unit:
            if await unit.studies.get(known.id) is None:
                await unit.studies.add(known)
            await unit.studies.save(known)
            if reported:
                await unit.reports.add(report())
            await unit.commit()

    def events(self) -> AsyncIterator[Event]:
        return study_events(self.storage, self.jobs, self.hub, study().id)

    async def heard(self) -> list[Event]:
        async with asyncio.timeout(3):
            return [event async for event in self.events()]

    async def names(self) -> list[str]:
        return [name for name, _ in await self.heard()]


@pytest.mark.parametrize("drafting", [None, JobState.RUNNING, JobState.DONE, JobState.FAILED])
async def test_a_drafted_study_is_told_at_once_to_its_end_whatever_its_job_says(drafting: JobState | None) -> None:
    listening = Listening(Jobs(drafting))
    await listening.store(replace(study(), state=StudyState.DRAFTED), reported=True)
    heard = await listening.heard()
    assert [name for name, _ in heard] == ["stage", "findings", "done"]
    assert heard[-1] == ("done", done_data(report()))


async def test_a_study_that_was_only_to_be_read_ends_without_a_report() -> None:
    listening = Listening(Jobs(reading=JobState.DONE))
    await listening.store(study())
    heard = await listening.heard()
    assert [name for name, _ in heard] == ["stage", "findings", "done"]
    assert heard[-1] == NO_REPORT


async def test_who_listens_while_it_is_only_read_hears_its_end_too() -> None:
    listening = Listening(Jobs(reading=JobState.RUNNING))
    await listening.store(RECEIVED)
    hearing = asyncio.create_task(listening.heard())
    await asyncio.sleep(0.02)
    await listening.store(study())
    listening.hub.publish(Progress(study().id, "findings", {"findings": ["live"]}))
    listening.jobs.reading = JobState.DONE
    assert await hearing == [("stage", {"stage": "received"}), ("findings", {"findings": ["live"]}), NO_REPORT]


async def test_what_another_process_did_is_told_from_the_database() -> None:
    listening = Listening(Jobs(JobState.RUNNING))
    await listening.store(RECEIVED)
    hearing = asyncio.create_task(listening.heard())
    await asyncio.sleep(0.02)
    await listening.store(replace(study(), state=StudyState.DRAFTED), reported=True)
    heard = await hearing
    assert [name for name, _ in heard] == ["stage", "findings", "done"]
    assert heard[1][1]["findings"]


@pytest.mark.parametrize("known", [RECEIVED, study()], ids=["received", "read"])
async def test_a_job_that_failed_for_good_ends_the_events(known: Study) -> None:
    listening = Listening(Jobs(JobState.FAILED))
    await listening.store(known)
    events = listening.events()
    assert await anext(events) == ("stage", {"stage": known.state.value}), "who comes late is told how it stands"
    with pytest.raises(JobFailed, match="the study is kept"):
        [event async for event in events]


async def test_a_job_that_fails_while_somebody_listens_is_an_error_event() -> None:
    listening = Listening(Jobs(JobState.RUNNING))
    await listening.store(RECEIVED)
    stream = event_stream(listening.events()).body_iterator
    said = [bytes(await anext(aiter(stream))).decode()]  # type: ignore[arg-type]  # always bytes here
    listening.jobs.drafting = JobState.FAILED
    async with asyncio.timeout(3):
        said += [bytes(chunk).decode() async for chunk in stream]  # type: ignore[arg-type]  # as above
    assert [event.partition("\n")[0] for event in said] == ["event: stage", "event: error"]
    assert "/problems/job-failed" in said[-1]


async def test_while_its_job_runs_nothing_ends() -> None:
    listening = Listening(Jobs(JobState.RUNNING))
    await listening.store(study())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.2):
            await listening.names()


async def test_the_first_draft_ends_the_events_as_it_is_told() -> None:
    listening = Listening(Jobs(JobState.RUNNING))
    await listening.store(study())
    hearing = asyncio.create_task(listening.names())
    await asyncio.sleep(0.02)
    listening.hub.publish(Progress(study().id, "delta", {"text": "x"}, "report"))
    listening.hub.publish(Progress(study().id, "done", {"report_id": "report"}, "report"))
    assert await hearing == ["stage", "findings", "delta", "done"]


async def test_a_study_that_lost_its_job_is_not_waited_for() -> None:
    listening = Listening(Jobs())
    await listening.store(RECEIVED)
    with pytest.raises(TryLater, match="send the same files again") as ending:
        await listening.heard()
    assert ending.value.code == "no-job"


async def test_a_study_that_is_read_and_has_no_job_is_at_its_end() -> None:
    listening = Listening(Jobs())
    await listening.store(study())
    assert (await listening.heard())[-1] == NO_REPORT


async def test_a_study_deleted_while_somebody_listens_is_unknown() -> None:
    listening = Listening(Jobs(JobState.RUNNING))
    await listening.store(RECEIVED)
    hearing = asyncio.create_task(listening.heard())
    await asyncio.sleep(0.02)
    async with listening.storage.unit() as unit:
        await unit.studies.delete(study().id)
        await unit.commit()
    with pytest.raises(Unknown):
        await hearing
