"""The fakes: in memory, deterministic, and held to the same contract tests as what they stand for."""

from __future__ import annotations

import asyncio
import hashlib
import json
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from models.anatomy import GRID, Anatomy
from models.base import ExpertCard, Film, GrayImage
from models.findings import Abstention, ExpertReading, Gate, Label, Measure, Polarity, Score
from service.domain.access import ApiKey, AuditEvent
from service.domain.conversation import Conversation, Turn
from service.domain.errors import BlobDamaged, Clash, FileRejected, JobFailed, Rejected, Stale, Unknown
from service.domain.phrase import Phrase
from service.domain.report import Addendum, Report, ReportState, Revision, Signature
from service.domain.study import Image, Study, StudyState
from service.imaging.pixels import DecodedFile, PixelImage, SourceFile, StoredRange
from service.imaging.voi import Window
from service.ports import (
    Audit,
    ChatRequest,
    Conversations,
    Delta,
    DraftJob,
    JobHandler,
    JobState,
    JobTicket,
    Keys,
    Order,
    Phrases,
    Progress,
    Reports,
    Requests,
    Studies,
    StudyQuery,
    UnitOfWork,
)


class FixedClock:
    """Implements ``service.ports.Clock``: stands still until it is told to go on."""

    def __init__(self, at: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, seconds: float) -> None:
        self._at += timedelta(seconds=seconds)


class MemoryBlobs:
    """Implements ``service.ports.BlobStore``. ``data`` is open to a test that damages or counts."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}
        self.problem: str | None = None

    async def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self.data[sha256] = data
        return sha256

    async def get(self, sha256: str) -> bytes:
        if sha256 not in self.data:
            raise Unknown("The file is not in the store.")
        if hashlib.sha256(self.data[sha256]).hexdigest() != sha256:
            raise BlobDamaged("The stored file is damaged.")
        return self.data[sha256]

    async def delete(self, sha256: str) -> None:
        self.data.pop(sha256, None)

    async def check(self) -> str | None:
        return self.problem


@dataclass
class _Tables:
    """All that is stored. The records are frozen, so that a shallow copy is a snapshot."""

    studies: dict[str, Study] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    revisions: dict[str, tuple[Revision, ...]] = field(default_factory=dict)
    seen: dict[tuple[str, str], datetime] = field(default_factory=dict)
    phrases: tuple[Phrase, ...] = ()
    turns: dict[str, tuple[str, str, Turn]] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    requests: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    audit: list[AuditEvent] = field(default_factory=list)

    def copy(self) -> _Tables:
        return _Tables(
            studies=dict(self.studies),
            reports=dict(self.reports),
            revisions=dict(self.revisions),
            seen=dict(self.seen),
            phrases=self.phrases,
            turns=dict(self.turns),
            keys=dict(self.keys),
            requests=dict(self.requests),
            audit=list(self.audit),
        )

    def hold_study(self, study_id: str) -> Study:
        if study_id not in self.studies:
            raise Unknown("There is no such study.")
        return self.studies[study_id]


def _newest_first(studies: Iterable[Study]) -> list[Study]:
    return sorted(studies, key=lambda study: (study.created_at, study.id), reverse=True)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


class _Studies:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def add(self, study: Study) -> None:
        taken_images = {image.id for other in self._tables.studies.values() for image in other.images}
        taken = study.id in self._tables.studies or not taken_images.isdisjoint(image.id for image in study.images)
        if taken or await self.by_content(study.content_key):
            raise Clash("A study with the same content is stored already.")
        self._tables.studies[study.id] = study

    async def get(self, study_id: str) -> Study | None:
        return self._tables.studies.get(study_id)

    async def by_content(self, content_key: str) -> Study | None:
        return next((study for study in self._tables.studies.values() if study.content_key == content_key), None)

    async def of_image(self, image_id: str) -> Study | None:
        studies = self._tables.studies.values()
        return next((study for study in studies if image_id in {image.id for image in study.images}), None)

    async def save(self, study: Study) -> None:
        stored = self._tables.hold_study(study.id)
        given = {image.id: image for image in study.images}
        images = tuple(self._read(image, given[image.id]) for image in stored.images)
        self._tables.studies[study.id] = replace(stored, state=study.state, findings=study.findings, images=images)

    async def set_state(self, study_id: str, state: StudyState) -> None:
        self._tables.studies[study_id] = replace(self._tables.hold_study(study_id), state=state)

    @staticmethod
    def _read(stored: Image, given: Image) -> Image:
        return replace(stored, gate=given.gate, readings=given.readings, findings=given.findings)

    async def page(self, query: StudyQuery) -> tuple[list[Study], str | None]:
        """Sort all that fit; a cursor is the last study's id behind the order's name."""
        falling = query.order is not Order.OLDEST
        fitting = [study for study in self._tables.studies.values() if self._fits(study, query)]
        fitting.sort(key=lambda study: self._place(study, query.order), reverse=falling)
        if query.cursor is not None:
            last = self._place(self._last(query.cursor, query.order), query.order)
            places = [self._place(study, query.order) for study in fitting]
            fitting = fitting[sum(place >= last if falling else place <= last for place in places) :]
        more = len(fitting) > query.limit
        return fitting[: query.limit], f"{query.order}:{fitting[query.limit - 1].id}" if more else None

    def _fits(self, study: Study, query: StudyQuery) -> bool:
        told = [study.id, study.patient_ref, study.accession, study.indication, *(i.file_name for i in study.images)]
        words = _folded("\n".join(filter(None, told)))
        polarities = {finding.label: finding.polarity for finding in study.findings}
        return (
            query.state in {None, study.state}
            and query.priority in {None, study.priority}
            and query.signed in {None, self._is_signed(study)}
            and (query.label is None or polarities.get(query.label, Polarity.ABSENT) is not Polarity.ABSENT)
            and all(word in words for word in _folded(query.text).split())
        )

    def _place(self, study: Study, order: Order) -> tuple[int, datetime, str]:
        rank = 0 if self._is_signed(study) else 8 - study.priority
        return rank if order is Order.URGENT else 0, study.created_at, study.id

    def _is_signed(self, study: Study) -> bool:
        return any(report.is_signed for report in self._tables.reports.values() if report.study_id == study.id)

    def _last(self, cursor: str, order: Order) -> Study:
        kind, _, study_id = cursor.partition(":")
        if kind != order or study_id not in self._tables.studies:
            raise Rejected("The cursor is not one that this service gave out.")
        return self._tables.studies[study_id]

    async def see(self, study_id: str, principal: str, at: datetime) -> None:
        self._tables.hold_study(study_id)
        self._tables.seen.setdefault((study_id, principal), at)

    async def seen(self, principal: str, study_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(study_id for study_id in study_ids if (study_id, principal) in self._tables.seen)

    async def unfinished(self) -> list[str]:
        studies = reversed(_newest_first(self._tables.studies.values()))
        return [study.id for study in studies if study.state is StudyState.RECEIVED]

    async def delete(self, study_id: str) -> tuple[str, ...]:
        gone = self._tables.studies.pop(study_id, None)
        if gone is None:
            return ()
        tables = self._tables
        tables.reports = {key: report for key, report in tables.reports.items() if report.study_id != study_id}
        tables.revisions = {key: kept for key, kept in tables.revisions.items() if key in tables.reports}
        tables.seen = {key: at for key, at in tables.seen.items() if key[0] != study_id}
        tables.turns = {key: turn for key, turn in tables.turns.items() if turn[0] != study_id}
        tables.requests = {key: used for key, used in tables.requests.items() if used[1] != study_id}
        needed = {image.sha256 for study in tables.studies.values() for image in study.images}
        return tuple(sorted({image.sha256 for image in gone.images} - needed))


class _Reports:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def add(self, report: Report) -> bool:
        self._tables.hold_study(report.study_id)
        if report.id in self._tables.reports:
            return False
        provenance = json.loads(json.dumps(dict(report.provenance)))  # as a database would: JSON or nothing
        self._tables.reports[report.id] = replace(report, provenance=provenance)
        by = report.written_by
        first = Revision(report.version, report.created_at, by, by, report.state, report.sections, report.remarks)
        self._tables.revisions[report.id] = (first,)
        return True

    async def get(self, report_id: str) -> Report | None:
        return self._tables.reports.get(report_id)

    async def of_study(self, study_id: str) -> tuple[Report, ...]:
        reports = [report for report in self._tables.reports.values() if report.study_id == study_id]
        return tuple(sorted(reports, key=lambda report: (report.created_at, report.id), reverse=True))

    async def of_studies(self, study_ids: Sequence[str]) -> Mapping[str, tuple[Report, ...]]:
        return {study_id: found for study_id in study_ids if (found := await self.of_study(study_id))}

    async def revise(self, report: Report, revision: Revision) -> None:
        stored = self._tables.reports.get(report.id)
        if stored is None:
            raise Unknown("There is no such report.")
        if stored.version != report.version - 1:
            raise Stale("This report was changed meanwhile.", stored.version)
        kept = (*self._tables.revisions[report.id], revision)
        self._tables.revisions[report.id] = kept
        self._tables.reports[report.id] = replace(
            report,
            signature=next((Signature(r.at, r.principal, r.name) for r in kept if r.state is ReportState.SIGNED), None),
            addenda=tuple(Addendum(r.at, r.principal, r.name, r.addendum) for r in kept if r.addendum is not None),
        )

    async def history(self, report_id: str) -> tuple[Revision, ...]:
        return self._tables.revisions.get(report_id, ())


class _Conversations:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def get(self, study_id: str, principal: str) -> Conversation:
        turns = [turn for *owner, turn in self._tables.turns.values() if owner == [study_id, principal]]
        return Conversation(study_id, principal, tuple(sorted(turns, key=lambda turn: turn.position)))

    async def append(self, study_id: str, principal: str, turn: Turn) -> Turn:
        self._tables.hold_study(study_id)
        if turn.id in self._tables.turns:
            raise Clash("A turn of that id is stored already.")
        placed = replace(turn, position=len((await self.get(study_id, principal)).turns))
        self._tables.turns[turn.id] = (study_id, principal, placed)
        return placed


class _Keys:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def add(self, key: ApiKey) -> None:
        if self._valid(key.name) is not None:
            raise Clash(f"There is a valid key named {key.name} already.")
        self._tables.keys[key.id] = key

    async def by_secret(self, secret_sha256: str) -> ApiKey | None:
        keys = [key for key in self._tables.keys.values() if key.secret_sha256 == secret_sha256]
        return next((key for key in keys if key.revoked_at is None), None)

    async def all(self) -> tuple[ApiKey, ...]:
        return tuple(sorted(self._tables.keys.values(), key=lambda key: (key.created_at, key.id)))

    async def revoke(self, name: str, at: datetime) -> None:
        key = self._valid(name)
        if key is None:
            raise Unknown(f"There is no valid key named {name}.")
        self._tables.keys[key.id] = replace(key, revoked_at=at)

    def _valid(self, name: str) -> ApiKey | None:
        keys = [key for key in self._tables.keys.values() if key.name == name]
        return next((key for key in keys if key.revoked_at is None), None)


class _Requests:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def get(self, principal: str, key: str) -> tuple[str, str] | None:
        return self._tables.requests.get((principal, key))

    async def add(self, principal: str, key: str, fingerprint: str, study_id: str) -> None:
        self._tables.hold_study(study_id)
        if (principal, key) in self._tables.requests:
            raise Clash("This Idempotency-Key was used for another request meanwhile.")
        self._tables.requests[principal, key] = (fingerprint, study_id)


class _Phrases:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def all(self) -> tuple[Phrase, ...]:
        return self._tables.phrases

    async def replace(self, phrases: Sequence[Phrase]) -> None:
        if len({phrase.id for phrase in phrases}) < len(phrases):
            raise Clash("Two phrases have the same name.")
        self._tables.phrases = tuple(phrases)


class _Audit:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def add(self, event: AuditEvent) -> None:
        self._tables.audit.append(event)

    async def of(self, subject: str) -> tuple[AuditEvent, ...]:
        return tuple(event for event in self._tables.audit if event.subject == subject)


class _Unit:
    def __init__(self, storage: MemoryStorage, *, readonly: bool) -> None:
        self._storage = storage
        self._readonly = readonly
        self._tables = storage.tables.copy()
        self.studies: Studies = _Studies(self._tables)
        self.reports: Reports = _Reports(self._tables)
        self.conversations: Conversations = _Conversations(self._tables)
        self.keys: Keys = _Keys(self._tables)
        self.requests: Requests = _Requests(self._tables)
        self.phrases: Phrases = _Phrases(self._tables)
        self.audit: Audit = _Audit(self._tables)

    async def commit(self) -> None:
        if self._readonly:
            raise RuntimeError("a unit opened with readonly=True has nothing to commit")
        self._storage.tables = self._tables.copy()


class MemoryStorage:
    """Implements ``service.ports.Storage``: a unit works on a copy, which ``commit`` puts in place; writers queue."""

    def __init__(self) -> None:
        self.tables = _Tables()
        self.problem: str | None = None
        self._writer = asyncio.Lock()

    @asynccontextmanager
    async def unit(self, *, readonly: bool = False) -> AsyncIterator[UnitOfWork]:
        if readonly:
            yield _Unit(self, readonly=True)
            return
        async with self._writer:
            yield _Unit(self, readonly=False)

    async def check(self) -> str | None:
        return self.problem

    async def aclose(self) -> None:
        """Nothing to give back."""


class FakeExpert:
    """Implements ``models.base.Expert``: what it says follows from the mean of the image alone.

    The mean is the probability of a pleural effusion, and what is missing to 1 that of a pneumothorax. ``failure`` is
    raised by every read; ``before_read`` is called first, in the reading thread. With ``maps`` the evidence for every
    label rises in the film's right half, the patient's left.
    """

    def __init__(self, name: str = "fake", failure: Exception | None = None, *, maps: bool = False) -> None:
        labels = (Label.PLEURAL_EFFUSION, Label.PNEUMOTHORAX)
        self.card = ExpertCard(name, "1", labels, weights_sha256="0" * 64, licence="Apache-2.0", details={"name": name})
        self.failure = failure
        self.before_read: Callable[[], object] = lambda: None
        self.reads = 0
        self._grid = np.tile(np.array([-3.0, -3.0, 3.0, -3.0], dtype=np.float32), (4, 1)) if maps else None

    def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
        self.before_read()
        self.reads += len(images)
        if self.failure is not None:
            raise self.failure
        return [self._read(float(image.mean())) for image in images]

    def _read(self, mean: float) -> ExpertReading:
        values = zip(self.card.labels, (mean, 1 - mean), strict=True)
        scores = {label: Score(value, value, 0.5, (0.5, 0.5)) for label, value in values}
        maps = {} if self._grid is None else dict.fromkeys(self.card.labels, self._grid)
        return ExpertReading(self.card.name, self.card.version, self.card.weights_sha256, scores, maps=maps)


class FakeSegmenter:
    """Implements ``models.base.Segmenter``: the same two lungs and heart on every film, and the ratio of their widths.

    It keeps silent on the heart of a film that is tagged, or seen, as AP.
    """

    def __init__(self) -> None:
        self.card = ExpertCard("organs", "1", (Label.CARDIOMEGALY,), "1" * 64, "Apache-2.0", {"name": "organs"})

    def segment(self, images: Sequence[GrayImage]) -> list[Anatomy]:
        return [self._segment(image) for image in images]

    def reading(self, anatomy: Anatomy, film: Film, seen: str | None = None) -> ExpertReading:
        named = (self.card.name, self.card.version, self.card.weights_sha256)
        if "AP" in {film.view, seen}:
            return ExpertReading(*named, {}, abstentions={Label.CARDIOMEGALY: Abstention.AP_VIEW})
        ratio = anatomy.heart.any(axis=0).sum() / anatomy.lungs.any(axis=0).sum()
        measure = Measure("cardiothoracic_ratio", float(ratio), 0.02)
        score = Score(float(ratio), float(ratio), 0.5, (0.45, 0.55))
        return ExpertReading(*named, {Label.CARDIOMEGALY: score}, measures={Label.CARDIOMEGALY: measure})

    def _segment(self, image: GrayImage) -> Anatomy:
        right, left, heart = np.zeros((3, GRID, GRID), dtype=bool)
        right[40:200, 30:110], left[40:200, 140:220], heart[130:200, 80:150] = True, True, True
        return Anatomy(right, left, heart, *image.shape)


class FakeGate:
    """Implements ``models.base.Gatekeeper``: always the same verdict; remembers what it was shown."""

    def __init__(self, verdict: Gate) -> None:
        self.verdict = verdict
        self.shown: list[tuple[Film, Anatomy | None]] = []

    def check(self, film: Film, anatomy: Anatomy | None) -> Gate:
        self.shown.append((film, anatomy))
        return self.verdict


class FakeModel:
    """Implements ``service.ports.ChatModel``: plays a script, the same for each request, but for those of ``then``.

    A text is a delta, a Delta is itself, a number is that many seconds of silence, an exception is raised. After a
    script of texts alone comes the delta that ends a whole answer.
    """

    END = Delta("", finish="stop", prompt_tokens=7, completion_tokens=5)

    def __init__(
        self, *script: str | Delta | float | BaseException, name: str = "fake:model", structured: bool = False
    ) -> None:
        self.name = name
        self.structured = structured
        self.problem: str | None = None
        self.requests: list[ChatRequest] = []
        self.closed_streams = 0
        self._scripts = [self._ended(script)]

    def then(self, *script: str | Delta | float | BaseException) -> FakeModel:
        """Play this script for the next request, and for all after it."""
        self._scripts.append(self._ended(script))
        return self

    def _ended(self, script: tuple[str | Delta | float | BaseException, ...]) -> tuple[object, ...]:
        plain = all(isinstance(part, str) for part in script)
        return (*script, self.END) if plain else script

    async def stream(self, request: ChatRequest) -> AsyncIterator[Delta]:
        script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
        self.requests.append(request)
        try:
            for part in script:
                match part:
                    case BaseException():
                        raise part
                    case float():
                        await asyncio.sleep(part)
                    case str():
                        yield Delta(part)
                    case Delta():
                        yield part
        finally:
            self.closed_streams += 1

    async def check(self) -> str | None:
        return self.problem

    async def aclose(self) -> None:
        """Nothing to give back."""


class FakeDecoder:
    """Implements ``service.usecases.films.Decoder`` on bytes that are readable in a test.

    ``b"bad..."`` is refused, ``b"zip:one|two"`` is an archive of two files, everything else is a film of ``frames``
    frames whose brightness follows from its bytes. ``identifiers`` are those of every film.
    """

    def __init__(self, *, frames: int = 1, identifiers: Iterable[str] = ()) -> None:
        self.frames = frames
        self.identifiers = frozenset(identifiers)
        self.decoded: list[str] = []

    async def expand(self, data: bytes, file_name: str) -> list[SourceFile]:
        if not data.startswith(b"zip:"):
            return [SourceFile(file_name, data)]
        members = data.removeprefix(b"zip:").split(b"|")
        return [SourceFile(f"{file_name}/{number}", member) for number, member in enumerate(members)]

    async def decode(self, data: bytes, file_name: str) -> DecodedFile:
        await asyncio.sleep(0)  # as the real one, it lets others run meanwhile
        if data.startswith(b"bad"):
            raise FileRejected(file_name, "not-an-image", f"{file_name}: This is no film.")
        self.decoded.append(file_name)
        images = tuple(self._frame(data, number) for number in range(self.frames))
        return DecodedFile(file_name, "png", images, self.identifiers)

    @staticmethod
    def _frame(data: bytes, number: int) -> PixelImage:
        lowest = hashlib.sha256(data).digest()[number % 32] / 512
        pixels = np.linspace(lowest, 1, 256 * 256, dtype=np.float32).reshape(256, 256)
        stored = StoredRange(lowest, 1, float(pixels.mean()))
        return PixelImage(pixels, stored, frame=number, window=Window(0.5, 1.0), view="PA", modality="DX")


@dataclass
class _Done:
    """Implements ``service.ports.JobTicket`` for a job that ran already."""

    failure: Exception | None

    async def wait(self) -> None:
        if self.failure is not None:
            raise JobFailed("The draft failed.") from self.failure


class MemoryJobs:
    """Implements ``service.ports.JobQueue``: a job runs where it is submitted, and once. Nothing survives."""

    def __init__(self, handler: JobHandler) -> None:
        self._handler = handler
        self.submitted: list[DraftJob] = []
        self._done: dict[str, _Done] = {}
        self.backlog = 0

    def waiting(self) -> int:
        return self.backlog

    async def submit(self, job: DraftJob) -> JobTicket:
        self.submitted.append(job)
        if job.report_id not in self._done:
            self._done[job.report_id] = _Done(await self._run(job))
        return self._done[job.report_id]

    async def state(self, report_id: str) -> JobState | None:
        if report_id not in self._done:
            return None
        return JobState.FAILED if self._done[report_id].failure else JobState.DONE

    async def _run(self, job: DraftJob) -> Exception | None:
        try:
            if await self._handler.read(job.study_id) and job.options is not None:
                await self._handler.write(job)
        except Exception as error:  # noqa: BLE001 - as the real queue: whatever the work raises fails the job, not the queue
            return error
        return None


class ProgressLog:
    """Implements ``service.ports.ProgressSink``: remembers."""

    def __init__(self) -> None:
        self.heard: list[Progress] = []

    def publish(self, progress: Progress) -> None:
        self.heard.append(progress)

    def events(self) -> list[str]:
        """Return the events in short: "stage:reading", "findings"."""
        return [f"{p.event}:{p.data['stage']}" if p.event == "stage" else str(p.event) for p in self.heard]
