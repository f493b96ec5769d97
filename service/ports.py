"""What the use cases need from outside, as protocols. Adapters live beside; ``bootstrap`` connects the two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from models.findings import Finding, Label
from prompts.facts import Passage, StudyFacts
from prompts.site import NO_SITE, Site
from service.domain.access import ApiKey, AuditEvent
from service.domain.conversation import Conversation, Turn
from service.domain.phrase import Phrase
from service.domain.priority import Priority
from service.domain.report import DraftOptions, Report, Revision
from service.domain.study import Study, StudyState

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message as the language model receives it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A generation: the exact messages, and the facts behind them for a model that needs no messages (the narrator).

    ``question`` is None for a report; ``passages`` are what its answer may cite. ``schema`` is a JSON schema that
    the answer is to be held to, where the model can; ``audience`` and ``site`` (its own words) are for the narrator.
    ``deadline_s`` bounds the whole generation, retries included.
    """

    messages: tuple[ChatMessage, ...]
    facts: StudyFacts
    question: str | None = None
    max_tokens: int = 800
    temperature: float = 0.0
    seed: int | None = 0
    deadline_s: float = 60.0
    passages: tuple[Passage, ...] = ()
    schema: Mapping[str, Any] | None = None
    audience: str = "clinician"
    site: Site = NO_SITE


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the generation; the last piece carries ``finish`` and, where the model tells, token counts."""

    text: str
    finish: Literal["stop", "length"] | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ChatModel(Protocol):
    """A language model. Each implementation passes ``tests/contract/test_chat_model.py``."""

    @property
    def name(self) -> str:
        """Adapter and model, for provenance: "openai:gpt-4o", "narrator"."""
        ...

    @property
    def structured(self) -> bool:
        """Whether the model can be held to ``ChatRequest.schema``, as far as is known by now."""
        ...

    def stream(self, request: ChatRequest) -> AsyncIterator[Delta]:
        """Yield the text as it comes; the last delta has ``finish``.

        Raises ModelFailed, before or in the middle, with the reason; closing the iterator cancels the generation.
        """
        ...

    async def check(self) -> str | None:
        """None when the model can be reached, else what is wrong, in a sentence for the operator."""
        ...

    async def aclose(self) -> None:
        """Give back connections and memory."""
        ...


@dataclass(frozen=True, slots=True)
class SimilarReport:
    """A report of the site's own, cleared of patient data: an example of style and no source of facts."""

    id: str
    text: str


class Corpus(Protocol):
    """Reports of earlier studies. Each implementation passes ``tests/contract/test_corpus.py``."""

    @property
    def name(self) -> str:
        """What it is made of and how many reports it holds, for provenance and the operator."""
        ...

    def similar(self, findings: Sequence[Finding], text: str, limit: int) -> tuple[SimilarReport, ...]:
        """Return the reports nearest to these findings and words (an indication), best first, at most ``limit``."""
        ...


class Knowledge(Protocol):
    """Articles that an answer may cite. Each implementation passes ``tests/contract/test_knowledge.py``."""

    def prepare(self) -> None:
        """Begin what takes long, and return at once; without it the first question waits."""
        ...

    def search(self, question: str, limit: int) -> tuple[Passage, ...]:
        """Return the passages that cover the question, best first; none where nothing covers it."""
        ...

    def passage(self, passage_id: str) -> Passage | None:
        """Return the passage of this id."""
        ...


class Clock(Protocol):
    """The time, so that tests can hold it still."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...


class Studies(Protocol):
    """The studies of the site, inside one unit of work."""

    async def add(self, study: Study) -> None:
        """Store a new study with its images. Raises Clash when its id or content key is taken."""
        ...

    async def get(self, study_id: str) -> Study | None:
        """Return the study with its images and findings."""
        ...

    async def by_content(self, content_key: str) -> Study | None:
        """Return the study that holds just these bytes."""
        ...

    async def of_image(self, image_id: str) -> Study | None:
        """Return the study that holds this image."""
        ...

    async def save(self, study: Study) -> None:
        """Overwrite state, findings and, per image, gate, readings and findings. Raises Unknown when it is gone."""
        ...

    async def set_state(self, study_id: str, state: StudyState) -> None:
        """Overwrite the state alone. Raises Unknown when the study is gone."""
        ...

    async def page(self, query: StudyQuery) -> tuple[list[Study], str | None]:
        """Return one page and the cursor of the next, None at the end. Raises Rejected on a bad cursor."""
        ...

    async def unfinished(self) -> list[str]:
        """Return the ids of the studies still ``received``, oldest first: a crash may have left them without a job."""
        ...

    async def see(self, study_id: str, principal: str, at: datetime) -> None:
        """Note that this principal has opened the study; the first time counts. Raises Unknown when it is gone."""
        ...

    async def seen(self, principal: str, study_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these studies this principal has opened, in one query."""
        ...

    async def delete(self, study_id: str) -> tuple[str, ...]:
        """Remove the study, its reports and conversations; return the hashes of blobs that no other study needs."""
        ...


class Order(StrEnum):
    """How a worklist is sorted; studies of the same moment by their ids, in the same direction.

    ``URGENT``: what is not signed yet before what is, then by priority, then the newest.
    """

    URGENT = "-priority"
    NEWEST = "-created_at"
    OLDEST = "created_at"


@dataclass(frozen=True, slots=True)
class StudyQuery:
    """Which part of the worklist: the next ``limit`` studies after ``cursor`` that fit everything asked for.

    ``text``: each of its words is part of the patient's reference, the accession, the id, a file's name or the
    indication, whatever its case. ``label``: a finding that is present or in doubt. ``signed``: whether any report is.
    """

    state: StudyState | None = None
    cursor: str | None = None
    limit: int = 50
    text: str = ""
    label: Label | None = None
    priority: Priority | None = None
    signed: bool | None = None
    order: Order = Order.URGENT


class Reports(Protocol):
    """The reports, inside one unit of work."""

    async def add(self, report: Report) -> bool:
        """Store a report; False, and nothing stored, when a report of that id is there already."""
        ...

    async def get(self, report_id: str) -> Report | None:
        """Return the report."""
        ...

    async def of_study(self, study_id: str) -> tuple[Report, ...]:
        """Return the study's reports, newest first."""
        ...

    async def of_studies(self, study_ids: Sequence[str]) -> Mapping[str, tuple[Report, ...]]:
        """Return the reports of each of these studies, newest first, at once; a study without any is left out."""
        ...

    async def revise(self, report: Report, revision: Revision) -> None:
        """Put the report in place of the version before it, and keep the revision; both are of the new version.

        Raises Stale when the stored version is not the one before, Unknown when the report is gone.
        """
        ...

    async def history(self, report_id: str) -> tuple[Revision, ...]:
        """Return every version of the report, oldest first, the present one included."""
        ...


class Conversations(Protocol):
    """The conversations, inside one unit of work: always of one study and one principal."""

    async def get(self, study_id: str, principal: str) -> Conversation:
        """Return the conversation, empty when there was none."""
        ...

    async def append(self, study_id: str, principal: str, turn: Turn) -> Turn:
        """Store the turn at the next free position and return it with that position."""
        ...


class Keys(Protocol):
    """The API keys, inside one unit of work."""

    async def add(self, key: ApiKey) -> None:
        """Store a key. Raises Clash when the name of a key still valid is taken."""
        ...

    async def by_secret(self, secret_sha256: str) -> ApiKey | None:
        """Return the key with this hash, if it is still valid."""
        ...

    async def all(self) -> tuple[ApiKey, ...]:
        """Return every key, revoked ones too, oldest first."""
        ...

    async def revoke(self, name: str, at: datetime) -> None:
        """End a key. Raises Unknown when no valid key has that name."""
        ...


class Requests(Protocol):
    """What ``Idempotency-Key`` remembers, inside one unit of work."""

    async def get(self, principal: str, key: str) -> tuple[str, str] | None:
        """Return (fingerprint of the request, study id) of the first use of this key."""
        ...

    async def add(self, principal: str, key: str, fingerprint: str, study_id: str) -> None:
        """Remember the first use of a key. Raises Clash when it was used meanwhile."""
        ...


class Phrases(Protocol):
    """The site's phrases, inside one unit of work."""

    async def all(self) -> tuple[Phrase, ...]:
        """Return every phrase, in the site's order."""
        ...

    async def replace(self, phrases: Sequence[Phrase]) -> None:
        """Put these in place of all there were. Raises Clash when two have one id."""
        ...


class Audit(Protocol):
    """The audit trail, inside one unit of work: append only."""

    async def add(self, event: AuditEvent) -> None:
        """Append an event."""
        ...

    async def of(self, subject: str) -> tuple[AuditEvent, ...]:
        """Return what was done to a subject, oldest first."""
        ...


class UnitOfWork(Protocol):
    """One short transaction. Left without ``commit``, nothing of it remains."""

    studies: Studies
    reports: Reports
    conversations: Conversations
    keys: Keys
    requests: Requests
    phrases: Phrases
    audit: Audit

    async def commit(self) -> None:
        """Make it durable: on return it survives a crash of the process and of the machine."""
        ...


class Storage(Protocol):
    """The database."""

    def unit(self, *, readonly: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work; one that only reads waits for no writer and cannot be committed."""
        ...

    async def check(self) -> str | None:
        """None when the database answers and its schema is current, else what is wrong."""
        ...

    async def aclose(self) -> None:
        """Give back connections."""
        ...


class BlobStore(Protocol):
    """Bytes by the hash of their content."""

    async def put(self, data: bytes) -> str:
        """Store and return the SHA-256 in hex; durable on return; the same bytes are stored once."""
        ...

    async def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises Unknown when absent, BlobDamaged when they no longer match their hash."""
        ...

    async def delete(self, sha256: str) -> None:
        """Remove; absent is fine."""
        ...

    async def check(self) -> str | None:
        """None when blobs can be written, else what is wrong."""
        ...


@dataclass(frozen=True, slots=True)
class DraftJob:
    """One durable piece of work: read the study and, when ``options`` is given, write a report of this id."""

    study_id: str
    report_id: str
    options: DraftOptions | None
    principal: str


class JobHandler(Protocol):
    """The work itself. Both steps are idempotent: after a crash they may run again."""

    async def read(self, study_id: str) -> bool:
        """Let the experts read the study; False when there is no such study (any more), and so nothing to write."""
        ...

    async def write(self, job: DraftJob) -> None:
        """Write the job's report."""
        ...


class JobState(StrEnum):
    """What became of an accepted job. One that failed did so in every attempt; it is tried again at the next start."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobTicket(Protocol):
    """An accepted job."""

    async def wait(self) -> None:
        """Return when the job is done. Raises JobFailed."""
        ...


class JobQueue(Protocol):
    """Durable execution. Submitting the same job again neither repeats nor duplicates it."""

    async def submit(self, job: DraftJob) -> JobTicket:
        """Accept the job: on return it is carried out even when the process is killed."""
        ...

    def waiting(self) -> int:
        """Return how many jobs this process has accepted and not finished."""
        ...

    async def state(self, report_id: str) -> JobState | None:
        """Return what became of this report's job, whichever process runs or ran it; None when none was accepted."""
        ...


EventName = Literal["stage", "findings", "delta", "verification", "done", "error"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that happened to a study or, with ``report_id``, to one draft of it: an event name and its data."""

    study_id: str
    event: EventName
    data: Mapping[str, Any]
    report_id: str | None = None


class ProgressSink(Protocol):
    """Where a job tells how far it is. Never blocks, never fails."""

    def publish(self, progress: Progress) -> None:
        """Tell whoever listens."""
        ...
