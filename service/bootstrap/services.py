"""Everything opened and connected, and closed again at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from models.panel import Panel
from models.runtime import cpu_quota
from prompts.site import Site
from service.bootstrap.folder import held, make_data_dir
from service.bootstrap.llm import load_models
from service.bootstrap.panel import load_panel
from service.bootstrap.retrieval import load_corpus, load_knowledge
from service.bootstrap.site import load_words
from service.imaging.limits import DecodeLimits
from service.imaging.sandbox import DecodeSandbox
from service.jobs.durable import DurableJobs
from service.jobs.progress import ProgressHub
from service.ports import BlobStore, ChatModel, Clock, JobQueue, Knowledge, Storage
from service.settings import Settings
from service.storage.blobs import open_blobs
from service.storage.schema import migrate
from service.storage.sql import open_storage
from service.usecases.checks import Checks
from service.usecases.converse import Converse
from service.usecases.draft import Draft, first_job
from service.usecases.films import Films
from service.usecases.generation import Budget, Writer
from service.usecases.guarding import Guard
from service.usecases.health import Readiness
from service.usecases.ingest import Ingest
from service.usecases.lookup import study_of
from service.usecases.reading import Reader

_SETTLED_S = 1.0
"""Seconds after the start at which what nobody asked for yet is made ready."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a face of the service (web, command line) needs."""

    settings: Settings
    storage: Storage
    blobs: BlobStore
    clock: Clock
    panel: Panel
    writer: Writer
    films: Films
    ingest: Ingest
    knowledge: Knowledge
    converse: Converse
    guard: Guard
    verifier: Checks
    jobs: JobQueue
    progress: ProgressHub
    readiness: Readiness
    words: Site


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Return the present, in UTC."""
        return datetime.now(UTC)


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Services]:
    """Open everything, take up what a crash left behind, and close it all at the end. Raises ConfigurationError."""
    words = load_words(settings)
    make_data_dir(settings)
    async with AsyncExitStack() as stack:
        stack.enter_context(held(settings.data_dir))
        panel, decoder = await _warm(settings, stack)
        storage = open_storage(settings.database)
        stack.push_async_callback(storage.aclose)
        models = load_models(settings)
        for model in models.values():
            stack.push_async_callback(model.aclose)
        services, jobs, reader = _connect(settings, words, storage, decoder, models, panel)
        stack.callback(reader.close)
        stack.push_async_callback(services.converse.aclose)
        await jobs.launch()
        stack.push_async_callback(jobs.aclose)
        await _take_up(storage, jobs)
        # Not yet: no upload waits for the index, and the first requests would wait for its libraries.
        stack.callback(asyncio.get_running_loop().call_later(_SETTLED_S, services.knowledge.prepare).cancel)
        yield services


async def _warm(settings: Settings, stack: AsyncExitStack) -> tuple[Panel, DecodeSandbox]:
    """Do what takes long at the same time: compile the networks, start the decoder, migrate the database."""
    limits = DecodeLimits(timeout_s=settings.decode_timeout_s, memory_bytes=settings.decode_memory_bytes)
    decoder = DecodeSandbox(limits, settings.decode_workers)
    stack.push_async_callback(decoder.aclose)
    panel, _, _ = await asyncio.gather(
        asyncio.to_thread(load_panel, settings), decoder.start(), migrate(settings.database)
    )
    return panel, decoder


def _connect(
    settings: Settings,
    words: Site,
    storage: Storage,
    decoder: DecodeSandbox,
    models: Mapping[str, ChatModel],
    panel: Panel,
) -> tuple[Services, DurableJobs, Reader]:
    clock, progress, blobs = SystemClock(), ProgressHub(), open_blobs(settings.blobs)
    films = Films(blobs, decoder)
    reader = Reader(films, panel, cores=settings.expert_threads or cpu_quota())
    budget = Budget(settings.llm_max_tokens, settings.llm_deadline_s)
    writer = Writer(models, default=settings.llm, narrator=models["narrator"], budget=budget)
    guard = Guard(writer, settings.guard, settings.guard_retries, words)
    knowledge = load_knowledge(settings)
    handler = Draft(storage, reader, guard, clock, progress, corpus=load_corpus(settings))
    jobs = DurableJobs(settings.job_database, handler, slots=settings.max_drafts, process=settings.process)
    services = Services(
        settings=settings,
        storage=storage,
        blobs=blobs,
        clock=clock,
        panel=panel,
        writer=writer,
        films=films,
        ingest=Ingest(storage, blobs, decoder, films, clock, most_files=settings.max_files),
        knowledge=knowledge,
        converse=Converse(storage, films, guard, clock, knowledge=knowledge),
        guard=guard,
        verifier=Checks(storage, settings.guard, words),
        jobs=jobs,
        progress=progress,
        readiness=Readiness(storage, blobs, panel.experts, writer),
        words=words,
    )
    return services, jobs, reader


async def _take_up(storage: Storage, jobs: DurableJobs) -> None:
    """Give a job to every study that was stored when the process died before its job was."""
    async with storage.unit(readonly=True) as unit:
        unfinished = await unit.studies.unfinished()
    for study_id in unfinished:
        study = await study_of(storage, study_id)
        if await jobs.state(first_job(study, draft=False).report_id) is None:  # who asked for no draft gets none
            await jobs.submit(first_job(study, draft=True))
