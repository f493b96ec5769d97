"""Who listens to a job while it runs in this process. Nothing here is durable: a late listener reads the database."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from service.ports import DraftJob, JobQueue, Progress

_MOST_WAITING = 10_000
"""Events that wait for a listener who has stopped reading; beyond, it loses events rather than the process memory."""


class ProgressHub:
    """Fans progress out to the listeners of a study, or of one draft. One event loop, no locks."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Queue[Progress]]] = defaultdict(set)

    def publish(self, progress: Progress) -> None:
        """Tell every listener of the study and of the draft."""
        for topic in filter(None, (progress.study_id, progress.report_id)):
            for queue in self._listeners.get(topic, ()):
                if queue.qsize() < _MOST_WAITING:
                    queue.put_nowait(progress)

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Queue[Progress]]:
        """Subscribe, from now on, to a study by its id or to a draft by its report's id."""
        queue: asyncio.Queue[Progress] = asyncio.Queue()
        self._listeners[topic].add(queue)
        try:
            yield queue
        finally:
            self._listeners[topic].discard(queue)
            if not self._listeners[topic]:
                del self._listeners[topic]


async def follow(jobs: JobQueue, hub: ProgressHub, job: DraftJob) -> AsyncIterator[Progress]:
    """Submit a draft and yield what happens to it, to its end. Raises JobFailed.

    The draft goes on when the listener leaves: it was accepted.
    """
    with hub.listen(job.report_id) as queue:
        ticket = await jobs.submit(job)
        ending = asyncio.ensure_future(ticket.wait())
        ending.add_done_callback(_look)
        while not (ending.done() and queue.empty()):
            coming = asyncio.ensure_future(queue.get())
            try:
                await asyncio.wait({ending, coming}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                nothing_came = coming.cancel()
            if not nothing_came:
                yield coming.result()
        await ending


def _look(ending: asyncio.Future[None]) -> None:
    """Take note of a failure that nobody awaits any more, lest asyncio complains: the job itself records it."""
    if not ending.cancelled():
        ending.exception()
