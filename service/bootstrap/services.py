"""The one place that knows concrete classes: settings in, a working service out."""

from __future__ import annotations

import fcntl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.base import Expert, ExpertError
from models.panel import Panel
from models.runtime import cpu_quota
from service.domain.errors import ConfigurationError
from service.imaging.limits import DecodeLimits
from service.imaging.sandbox import DecodeSandbox
from service.jobs.durable import DurableJobs
from service.jobs.progress import ProgressHub
from service.plugins import load
from service.ports import BlobStore, ChatModel, Clock, JobQueue, Storage
from service.settings import Settings
from service.storage.blobs import open_blobs
from service.storage.schema import migrate
from service.storage.sql import open_storage
from service.usecases.converse import Converse
from service.usecases.draft import Draft, first_job
from service.usecases.films import Films
from service.usecases.generation import Budget, Writer
from service.usecases.ingest import Ingest
from service.usecases.lookup import study_of
from service.usecases.reading import Reader


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a face of the service (web, command line) needs."""

    settings: Settings
    storage: Storage
    blobs: BlobStore
    clock: Clock
    experts: tuple[Expert, ...]
    writer: Writer
    films: Films
    ingest: Ingest
    converse: Converse
    jobs: JobQueue
    progress: ProgressHub


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Return the present, in UTC."""
        return datetime.now(UTC)


def load_experts(settings: Settings) -> tuple[Expert, ...]:
    """Return the active experts; ``auto`` is the embedded one, until the zoo's weights can be pulled.

    Raises ConfigurationError.
    """
    names = ["embedded"] if settings.experts == "auto" else [name.strip() for name in settings.experts.split(",")]
    options = {"threads": str(settings.expert_threads), "cache_dir": str(settings.cache_dir)}
    try:
        return tuple(load("cxr.experts", name)(options) for name in names)
    except ExpertError as error:
        raise ConfigurationError(f"CXR_EXPERTS: {error}") from error


def load_models(settings: Settings) -> Mapping[str, ChatModel]:
    """Return the narrator and the site's model, by the names that a request may ask for."""
    names = dict.fromkeys(["narrator", settings.llm])
    return {name: load("cxr.llm", name)(_llm_options(settings)) for name in names}


def _llm_options(settings: Settings) -> dict[str, str]:
    key = settings.llm_api_key
    options = {
        "base_url": settings.llm_base_url,
        "api_key": key.get_secret_value() if key else None,
        "model": settings.llm_model,
        "model_path": settings.llm_model,
        "api_version": settings.llm_api_version,
        "max_retries": str(settings.llm_max_retries),
        "timeout_s": str(settings.llm_silence_s),
        "threads": str(settings.llm_threads or cpu_quota()),
        "context_tokens": str(settings.llm_context_tokens),
    }
    return {name: value for name, value in options.items() if value is not None}


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Services]:
    """Open everything, take up what a crash left behind, and close it all at the end. Raises ConfigurationError."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        stack.enter_context(_alone(settings.data_dir))
        await migrate(settings.database)
        storage = open_storage(settings.database)
        stack.push_async_callback(storage.aclose)
        limits = DecodeLimits(timeout_s=settings.decode_timeout_s, memory_bytes=settings.decode_memory_bytes)
        decoder = DecodeSandbox(limits, settings.decode_workers)
        await decoder.start()
        stack.push_async_callback(decoder.aclose)
        models = load_models(settings)
        for model in models.values():
            stack.push_async_callback(model.aclose)
        services, jobs = _connect(settings, storage, decoder, models)
        stack.push_async_callback(services.converse.aclose)
        await jobs.launch()
        stack.push_async_callback(jobs.aclose)
        await _take_up(storage, jobs)
        yield services


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the data folder: a second service on it would take up jobs that the first is still at."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"Another cxr-scribe uses the folder {folder}: stop it, or set CXR_DATA_DIR to another folder."
            ) from None
        yield


def _connect(
    settings: Settings, storage: Storage, decoder: DecodeSandbox, models: Mapping[str, ChatModel]
) -> tuple[Services, DurableJobs]:
    clock, progress, blobs = SystemClock(), ProgressHub(), open_blobs(settings.blobs)
    experts = load_experts(settings)
    films = Films(blobs, decoder)
    budget = Budget(settings.llm_max_tokens, settings.llm_deadline_s)
    writer = Writer(models, default=settings.llm, narrator=models["narrator"], budget=budget)
    handler = Draft(storage, Reader(films, Panel(experts)), writer, clock, progress)
    jobs = DurableJobs(settings.job_database, handler, slots=settings.max_drafts, process=settings.process)
    ingest = Ingest(storage, blobs, decoder, films, clock, most_files=settings.max_files)
    converse = Converse(storage, films, writer, clock)
    services = Services(settings, storage, blobs, clock, experts, writer, films, ingest, converse, jobs, progress)
    return services, jobs


async def _take_up(storage: Storage, jobs: DurableJobs) -> None:
    """Give a job to every study that was stored when the process died before its job was."""
    async with storage.unit(readonly=True) as unit:
        unfinished = await unit.studies.unfinished()
    for study_id in unfinished:
        study = await study_of(storage, study_id)
        if not await jobs.knows(first_job(study, draft=False).report_id):  # who asked for no draft gets none
            await jobs.submit(first_job(study, draft=True))
