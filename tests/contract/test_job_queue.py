"""What every ``JobQueue`` promises. What only a durable one can promise is in ``tests/faults``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.domain.errors import JobFailed
from service.domain.report import DraftOptions
from service.jobs.durable import DurableJobs
from service.ports import DraftJob, JobQueue, JobState
from tests.fakes import MemoryJobs

FULL = DraftOptions(template="report", language="de", style="grades", audience="patient", llm="narrator")


class Worker:
    """Remembers what it was told to do; fails ``failures`` times at reading."""

    def __init__(self, *, failures: int = 0) -> None:
        self.read_studies: list[str] = []
        self.written: list[DraftJob] = []
        self.there = True
        self.go = asyncio.Event()
        self.go.set()
        self.most_at_once = 0
        self._at_once = 0
        self._failures = failures

    async def read(self, study_id: str) -> bool:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await self.go.wait()
        self._at_once -= 1
        self.read_studies.append(study_id)
        if len(self.read_studies) <= self._failures:
            raise OSError("the disk is full")
        return self.there

    async def write(self, job: DraftJob) -> None:
        self.written.append(job)


def job(number: int = 1, options: DraftOptions | None = FULL) -> DraftJob:
    return DraftJob(f"study-{number}", f"report-{number}", options, "alice-id")


@asynccontextmanager
async def durable(folder: Path, worker: Worker, slots: int = 8) -> AsyncIterator[DurableJobs]:
    jobs = DurableJobs(f"sqlite:///{folder}/jobs.sqlite", worker, slots=slots)
    await jobs.launch()
    try:
        yield jobs
    finally:
        await jobs.aclose()


@asynccontextmanager
async def queue(kind: str, folder: Path, worker: Worker) -> AsyncIterator[JobQueue]:
    if kind == "memory":
        yield MemoryJobs(worker)
        return
    async with durable(folder, worker) as jobs:
        yield jobs


@pytest.fixture(params=["durable", "memory"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_a_job_is_read_and_written_with_all_its_options(kind: str, tmp_path: Path) -> None:
    worker = Worker()
    async with queue(kind, tmp_path, worker) as jobs:
        await (await jobs.submit(job())).wait()
    assert (worker.read_studies, worker.written) == (["study-1"], [job()])


async def test_without_options_a_study_is_only_read(kind: str, tmp_path: Path) -> None:
    worker = Worker()
    async with queue(kind, tmp_path, worker) as jobs:
        await (await jobs.submit(job(options=None))).wait()
    assert (worker.read_studies, worker.written) == (["study-1"], [])


async def test_nothing_is_written_of_a_study_that_is_gone(kind: str, tmp_path: Path) -> None:
    worker = Worker()
    worker.there = False
    async with queue(kind, tmp_path, worker) as jobs:
        await (await jobs.submit(job())).wait()
    assert not worker.written


async def test_the_same_job_again_is_the_same_job(kind: str, tmp_path: Path) -> None:
    worker = Worker()
    async with queue(kind, tmp_path, worker) as jobs:
        tickets = [await jobs.submit(job()) for _ in range(3)]
        await asyncio.gather(*(ticket.wait() for ticket in tickets))
        await (await jobs.submit(job())).wait()
    assert len(worker.written) == 1


async def test_a_job_that_fails_in_every_attempt_says_so(kind: str, tmp_path: Path) -> None:
    worker = Worker(failures=100)
    async with queue(kind, tmp_path, worker) as jobs:
        ticket = await jobs.submit(job())
        with pytest.raises(JobFailed):
            await ticket.wait()
    assert not worker.written


async def test_it_is_known_what_became_of_a_job(kind: str, tmp_path: Path) -> None:
    async with queue(kind, tmp_path, Worker()) as jobs:
        await (await jobs.submit(job())).wait()
        assert await jobs.state("report-1") is JobState.DONE
        assert await jobs.state("report-2") is None
        only_read = job(2, options=None)
        await (await jobs.submit(only_read)).wait()
        assert await jobs.state("report-2") is JobState.DONE


async def test_it_is_known_that_a_job_failed(kind: str, tmp_path: Path) -> None:
    async with queue(kind, tmp_path, Worker(failures=100)) as jobs:
        ticket = await jobs.submit(job())
        with pytest.raises(JobFailed):
            await ticket.wait()
        assert await jobs.state("report-1") is JobState.FAILED


async def test_a_job_at_work_is_known_as_such_and_its_end_after_a_restart(tmp_path: Path) -> None:
    worker = Worker()
    worker.go.clear()
    async with durable(tmp_path, worker) as jobs:
        ticket = await jobs.submit(job())
        assert await jobs.state("report-1") is JobState.RUNNING
        worker.go.set()
        await ticket.wait()
    async with durable(tmp_path, Worker()) as jobs:
        assert await jobs.state("report-1") is JobState.DONE


async def test_a_failure_that_passes_is_not_noticed(tmp_path: Path) -> None:
    worker = Worker(failures=1)
    async with durable(tmp_path, worker) as jobs:
        await (await jobs.submit(job())).wait()
    assert (len(worker.read_studies), len(worker.written)) == (2, 1)


async def test_a_listener_who_is_cancelled_does_not_cancel_the_job(tmp_path: Path) -> None:
    worker = Worker()
    worker.go.clear()
    async with durable(tmp_path, worker) as jobs:
        ticket = await jobs.submit(job())
        waiting = asyncio.create_task(ticket.wait())
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        worker.go.set()
        await (await jobs.submit(job())).wait()
    assert len(worker.written) == 1


async def test_no_more_jobs_run_at_once_than_there_are_slots(tmp_path: Path) -> None:
    worker = Worker()
    worker.go.clear()
    async with durable(tmp_path, worker, slots=2) as jobs:
        tickets = [await jobs.submit(job(number)) for number in range(6)]
        await asyncio.sleep(0.1)
        worker.go.set()
        await asyncio.gather(*(ticket.wait() for ticket in tickets))
    assert (worker.most_at_once, len(worker.written)) == (2, 6)


async def test_a_job_that_failed_is_tried_again_at_the_next_start(tmp_path: Path) -> None:
    async with durable(tmp_path, Worker(failures=100)) as jobs:
        with pytest.raises(JobFailed):
            await (await jobs.submit(job())).wait()
    worker = Worker()
    async with durable(tmp_path, worker) as jobs:
        await (await jobs.submit(job())).wait()
    assert worker.written == [job()]


async def test_the_loop_has_threads_again_after_the_queue_has_closed(tmp_path: Path) -> None:
    async with durable(tmp_path, Worker()):
        pass
    assert await asyncio.to_thread(str, 1) == "1"
