"""A service over fakes: an upload, its experts and its models, without a web server or a database."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.panel import Panel
from service.domain.study import Study
from service.imaging.pixels import SourceFile
from service.llm.narrator import Narrator
from service.ports import ChatModel
from service.usecases.converse import Converse
from service.usecases.draft import Draft
from service.usecases.films import Films
from service.usecases.generation import Budget, Writer
from service.usecases.guarding import Guard, Policy
from service.usecases.ingest import Ingest, Labelling
from service.usecases.reading import Reader
from tests.factories import ALICE
from tests.fakes import (
    FakeDecoder,
    FakeExpert,
    FakeModel,
    FixedClock,
    MemoryBlobs,
    MemoryJobs,
    MemoryStorage,
    ProgressLog,
)

REPORT = "FINDINGS:\nThere is an effusion.\n\nIMPRESSION:\nEffusion."


@dataclass
class Desk:
    """Everything a test may look at; ``model`` is the site's."""

    model: ChatModel = field(default_factory=lambda: FakeModel(REPORT))
    experts: tuple[FakeExpert, ...] = field(default_factory=lambda: (FakeExpert(),))
    decoder: FakeDecoder = field(default_factory=FakeDecoder)
    deadline_s: float = 5.0
    policy: Policy = "repair"
    retries: int = 0
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    clock: FixedClock = field(default_factory=FixedClock)
    progress: ProgressLog = field(default_factory=ProgressLog)

    def __post_init__(self) -> None:
        narrator = Narrator()
        models = {"narrator": narrator, "site": self.model}
        budget = Budget(deadline_s=self.deadline_s)
        self.films = Films(self.blobs, self.decoder)
        self.ingest = Ingest(self.storage, self.blobs, self.decoder, self.films, self.clock, most_files=9)
        self.reader = Reader(self.films, Panel(self.experts), cores=2)
        self.writer = Writer(models, default="site", narrator=narrator, budget=budget)
        self.guard = Guard(self.writer, self.policy, retries=self.retries)
        self.draft = Draft(self.storage, self.reader, self.guard, self.clock, self.progress)
        self.converse = Converse(self.storage, self.films, self.guard, self.clock)
        self.jobs = MemoryJobs(self.draft)

    async def study(self, *contents: bytes, labelling: Labelling | None = None) -> Study:
        """Take an upload of these contents (one film where none is given); it is not read yet."""
        files = [SourceFile(f"film{number}.png", content) for number, content in enumerate(contents or (b"film",))]
        study, _ = await self.ingest.take(files, labelling or Labelling(), ALICE)
        return study

    async def read_study(self, *contents: bytes, labelling: Labelling | None = None) -> Study:
        """Take an upload and let the experts read it."""
        study = await self.study(*contents, labelling=labelling)
        await self.draft.read(study.id)
        return self.stored(study.id)

    def stored(self, study_id: str) -> Study:
        """Return a study as it is stored now."""
        return self.storage.tables.studies[study_id]
