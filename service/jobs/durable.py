"""Durable jobs on DBOS: what ``submit`` accepted is carried out, once, whatever happens to the process.

A job is a DBOS workflow of two recorded steps. It runs at once in the process that accepted it, on its event loop,
with no queue in between; only after a crash does DBOS's recovery queue take it up again. Workflow inputs and step
outputs are ids and options, never patient data.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID, StepOptions, WorkflowHandleAsync

from service.domain.errors import JobFailed
from service.domain.report import DraftOptions
from service.ports import DraftJob, JobHandler, JobState, JobTicket

# Jobs of any release are recovered by any later one: the steps' names and arguments are a compatibility promise.
_VERSION = "1"
_MOST_RETRIED = 1000
_ACTIVE = frozenset({"PENDING", "ENQUEUED", "DELAYED"})
_GRACE_S = 5.0
"""Seconds that jobs have to end when the service stops; what is still running then is taken up by the next launch."""


def _step(name: str) -> StepOptions:
    """Return a step's options: a full disk or a locked database may pass within seconds."""
    return {"name": name, "retries_allowed": True, "max_attempts": 4, "interval_seconds": 0.25, "backoff_rate": 2.0}


class _Ticket:
    """A job of this process is awaited; one that another process runs is polled for, by DBOS."""

    def __init__(self, handle: WorkflowHandleAsync[None]) -> None:
        self._handle = handle

    async def wait(self) -> None:
        try:
            await self._handle.get_result()
        except Exception as error:
            raise JobFailed from error


class DurableJobs:
    """The job queue. ``launch`` from the event loop that is to run the jobs; one instance a process (DBOS's rule).

    ``process`` names this process among all that share the job database, and is the same after a restart: each takes
    up its own jobs, never those that another is still at.
    """

    def __init__(self, database_url: str, handler: JobHandler, *, slots: int, process: str = "local") -> None:
        self._url = database_url
        self._process = process
        self._handler = handler
        self._slots = asyncio.Semaphore(slots)
        self._running: set[asyncio.Task[Any]] = set()
        self._workflow: Any = None

    async def launch(self) -> None:
        """Open the job database and take up what a crash left behind."""
        await asyncio.to_thread(_prefer_wal, self._url)
        config: DBOSConfig = {
            "name": "cxr-scribe",
            "system_database_url": self._url,
            "application_version": _VERSION,
            "executor_id": self._process,
            "log_level": "ERROR",
            "enable_otlp": False,
        }
        DBOS(config=config)
        self._workflow = DBOS.workflow(name="draft")(self._make_workflow())
        DBOS.launch()
        for failed in await DBOS.list_workflows_async(status="ERROR", name="draft", limit=_MOST_RETRIED):
            await DBOS.rewind_workflow_async(failed.workflow_id)

    def _make_workflow(self) -> Any:  # noqa: ANN401 - DBOS decorates any callable
        handler, slots = self._handler, self._slots

        async def draft(study_id: str, report_id: str, options: Mapping[str, Any] | None, principal: str) -> None:
            self._note_task()
            async with slots:
                there = await DBOS.run_step_async(_step("read"), handler.read, study_id)
                if there and options is not None:
                    job = DraftJob(study_id, report_id, DraftOptions(**options), principal)
                    await DBOS.run_step_async(_step("write"), handler.write, job)

        return draft

    def _note_task(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def submit(self, job: DraftJob) -> JobTicket:
        """Accept the job; on return it is recorded in the job database."""
        options = None if job.options is None else asdict(job.options)
        with SetWorkflowID(job.report_id):
            return _Ticket(
                await DBOS.start_workflow_async(self._workflow, job.study_id, job.report_id, options, job.principal)
            )

    def waiting(self) -> int:
        """Return how many jobs run, or wait for a slot, in this process."""
        return len(self._running)

    async def state(self, report_id: str) -> JobState | None:
        """Return what became of this report's job, accepted by this process or another; None when none was."""
        found = await DBOS.get_workflow_status_async(report_id)
        if found is None:
            return None
        if found.status in _ACTIVE:
            return JobState.RUNNING
        return JobState.DONE if found.status == "SUCCESS" else JobState.FAILED

    async def aclose(self) -> None:
        """Let jobs end for a moment, then stop; one still running stays recorded and is taken up by the next launch."""
        if self._running:
            await asyncio.wait(self._running, timeout=_GRACE_S)
        logging.getLogger("dbos").setLevel(logging.CRITICAL)  # that it is cut off in the middle is no error
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        # DBOS had made its own threads the loop's default, and shut them down: what closes after needs some.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))


def _prefer_wal(url: str) -> None:
    """Make the SQLite file, for us alone, and set its write-ahead log, which it keeps: fewer syncs a commit."""
    if not url.startswith("sqlite:///"):
        return
    path = Path(url.removeprefix("sqlite:///"))
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
