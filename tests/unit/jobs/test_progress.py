from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from service.domain.errors import JobFailed
from service.domain.report import DraftOptions
from service.jobs.progress import ProgressHub, follow
from service.ports import DraftJob, JobState, JobTicket, Progress

JOB = DraftJob("study", "report", DraftOptions(), "alice-id")


def delta(text: str, report_id: str | None = "report", study_id: str = "study") -> Progress:
    return Progress(study_id, "delta", {"text": text}, report_id)


class Running:
    """A job queue whose one job publishes, waits for ``go``, and then ends or fails."""

    def __init__(self, hub: ProgressHub, failure: Exception | None = None) -> None:
        self.go = asyncio.Event()
        self._hub = hub
        self._failure = failure
        self.finished = False

    async def submit(self, job: DraftJob) -> JobTicket:
        self._hub.publish(delta("one", job.report_id))
        self._task = asyncio.ensure_future(self._run())
        return self

    def waiting(self) -> int:
        return 0

    async def state(self, report_id: str) -> JobState | None:
        raise NotImplementedError(report_id)

    async def wait(self) -> None:
        await asyncio.shield(self._task)

    async def _run(self) -> None:
        await self.go.wait()
        self._hub.publish(delta("two"))
        self.finished = True
        if self._failure:
            raise self._failure


def texts(queue: asyncio.Queue[Progress]) -> list[str]:
    return [queue.get_nowait().data["text"] for _ in range(queue.qsize())]


async def test_a_listener_of_a_study_hears_every_draft_of_it_and_no_other_study() -> None:
    hub = ProgressHub()
    with hub.listen("study") as queue:
        hub.publish(delta("a"))
        hub.publish(delta("b", "other report"))
        hub.publish(delta("c", None))
        hub.publish(delta("d", study_id="other study"))
    assert texts(queue) == ["a", "b", "c"]


async def test_a_listener_of_a_draft_hears_that_draft_alone() -> None:
    hub = ProgressHub()
    with hub.listen("report") as queue:
        hub.publish(delta("a"))
        hub.publish(delta("b", "other report"))
        hub.publish(delta("c", None))
    assert texts(queue) == ["a"]


async def test_every_listener_hears_everything() -> None:
    hub = ProgressHub()
    with hub.listen("study") as one, hub.listen("study") as two:
        hub.publish(delta("a"))
    assert texts(one) == texts(two) == ["a"]


async def test_nothing_is_kept_for_who_comes_late_or_left() -> None:
    hub = ProgressHub()
    hub.publish(delta("early"))
    with hub.listen("study") as queue:
        pass
    hub.publish(delta("late"))
    assert queue.empty()
    assert not hub._listeners, "a study nobody listens to costs no memory"  # noqa: SLF001 - memory has no other face


async def test_a_listener_who_stopped_reading_loses_events_and_not_the_service_its_memory() -> None:
    hub = ProgressHub()
    with hub.listen("study") as queue:
        for number in range(10_100):
            hub.publish(delta(str(number)))
    assert queue.qsize() == 10_000


async def test_a_draft_is_followed_from_before_it_began_to_its_end() -> None:
    hub = ProgressHub()
    jobs = Running(hub)
    jobs.go.set()
    assert [progress.data["text"] async for progress in follow(jobs, hub, JOB)] == ["one", "two"]


async def test_what_happened_before_a_failure_is_told_and_then_the_failure() -> None:
    hub = ProgressHub()
    jobs = Running(hub, JobFailed("It failed."))
    jobs.go.set()
    heard: list[str] = []

    async def listen() -> None:
        async for progress in follow(jobs, hub, JOB):
            heard.append(progress.data["text"])  # noqa: PERF401 - what came before the error is the point

    with pytest.raises(JobFailed):
        await listen()
    assert heard == ["one", "two"]


@pytest.mark.parametrize("failure", [None, JobFailed("It failed.")])
async def test_a_draft_goes_on_when_the_listener_leaves(failure: Exception | None) -> None:
    complaints: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context["message"]))
    hub = ProgressHub()
    jobs = Running(hub, failure)
    async with aclosing(follow(jobs, hub, JOB)) as events:  # type: ignore[type-var]  # a generator
        await anext(events)
    jobs.go.set()
    await asyncio.sleep(0.01)
    assert jobs.finished
    del events, jobs
    await asyncio.sleep(0)
    assert not complaints


async def test_a_cancelled_listener_leaves_no_task_behind() -> None:
    hub = ProgressHub()
    jobs = Running(hub)

    async def listen() -> None:
        async for _ in follow(jobs, hub, JOB):
            pass

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.01)
    before = asyncio.all_tasks()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    jobs.go.set()
    await asyncio.sleep(0.01)
    assert asyncio.all_tasks() < before
    assert asyncio.all_tasks() == {asyncio.current_task()}
