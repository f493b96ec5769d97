"""A study becomes a draft: gate, experts, words, and one short unit of work at the end of each.

Both steps are idempotent, for the job queue runs them again after a crash. No transaction stays open across inference
or the language model.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from uuid import NAMESPACE_OID, uuid4, uuid5

import structlog

from prompts.audience import Audience
from prompts.facts import StudyFacts
from prompts.lexicons import languages
from prompts.narrate import narrate
from prompts.render import report_prompt
from prompts.structured import report_schema
from prompts.verbalise import Style
from service.domain.access import AuditEvent
from service.domain.errors import Rejected, Unknown
from service.domain.report import DraftOptions, Report, Sections
from service.domain.study import Study, StudyState
from service.ports import (
    ChatMessage,
    ChatRequest,
    Clock,
    Corpus,
    DraftJob,
    EventName,
    JobQueue,
    JobState,
    Progress,
    ProgressSink,
    SimilarReport,
    Storage,
)
from service.usecases.facts import finding_json, known_facts
from service.usecases.forms import ReportForm
from service.usecases.generation import FellBack, Piece, Writer
from service.usecases.guarding import Guard, Guarded
from service.usecases.lookup import find_study, study_of
from service.usecases.provenance import READ, Prompted, provenance_of
from service.usecases.reading import Reader
from service.verification.grounds import Grounds

_log = structlog.get_logger()
_EXAMPLES = 2
"""Similar reports in a prompt: enough to show a style, few enough to leave room for the facts."""


def check_options(options: DraftOptions, writer: Writer) -> None:
    """Raise Rejected when no draft can be written this way: unknown style, audience, language, template or model."""
    known = {
        "style": [style.value for style in Style],
        "audience": [audience.value for audience in Audience],
        "language": list(languages()),
        "template": ["report"],
    }
    for name, values in known.items():
        if getattr(options, name) not in values:
            raise Rejected(f"There is no {name} {getattr(options, name)!r}; there is: {', '.join(values)}.")
    writer.model(options.llm)


def done_data(report: Report | None) -> dict[str, object]:
    """Return the data of a ``done`` event; None where the study was only to be read."""
    if report is None:
        return {"report_id": None, "written_by": None, "fallback": None}
    return {"report_id": report.id, **authorship(report)}


def authorship(report: Report) -> dict[str, object]:
    """Return who wrote a report and, where that was not the model that was asked, why."""
    return {"written_by": report.written_by, "fallback": asdict(report.fallback) if report.fallback else None}


def first_job(study: Study, *, draft: bool) -> DraftJob:
    """Return the job of an upload; its id follows from the study's, so that it can be submitted twice and run once."""
    report_id = uuid5(NAMESPACE_OID, f"{study.id}/first{'' if draft else '/read-only'}").hex
    return DraftJob(study.id, report_id, DraftOptions(language=study.language) if draft else None, study.owner)


async def job_state(jobs: JobQueue, study: Study) -> JobState | None:
    """Return what became of an upload's job: the one that drafts where that was asked for, else the one that reads."""
    drafting = await jobs.state(first_job(study, draft=True).report_id)
    return drafting or await jobs.state(first_job(study, draft=False).report_id)


class Draft:
    """The work of a job: ``read``, then ``write``."""

    def __init__(
        self,
        storage: Storage,
        reader: Reader,
        guard: Guard,
        clock: Clock,
        progress: ProgressSink,
        *,
        corpus: Corpus | None = None,
    ) -> None:
        self._storage = storage
        self._reader = reader
        self._guard = guard
        self._clock = clock
        self._progress = progress
        self._corpus = corpus

    async def read(self, study_id: str) -> bool:
        """Let the experts read a study that was not read yet, and store what they say; False when it was deleted."""
        try:
            study = await study_of(self._storage, study_id)
        except Unknown:
            return False
        if study.state is StudyState.RECEIVED:
            self._tell(study_id, "stage", stage="reading", images=len(study.images))
            started = time.perf_counter()
            images, findings = await self._reader.read(study.images)
            seconds = time.perf_counter() - started
            study = replace(study, images=images, findings=findings, state=StudyState.READ)
            async with self._storage.unit() as unit:
                await unit.studies.save(study)
                await unit.audit.add(self._event(study.owner, READ, study_id, seconds=f"{seconds:.4f}"))
                await unit.commit()
            _log.info("study.read", study=study_id, images=len(images), seconds=round(seconds, 4))
        self._tell(study_id, "findings", findings=[finding_json(finding) for finding in study.findings])
        return True

    async def write(self, job: DraftJob) -> None:
        """Write the report of a job, unless it is there already."""
        options = job.options or DraftOptions()
        async with self._storage.unit(readonly=True) as unit:
            study, history = await find_study(unit, job.study_id), await unit.audit.of(job.study_id)
            facts = await known_facts(unit, study, language=options.language)
        request, version, retrieved = await self._request(facts, options)
        done = await self._generate(job, request, Grounds(facts, site=self._guard.site), options.llm)
        narration = narrate(facts, Audience(options.audience), self._guard.site)
        report = Report(
            id=job.report_id,
            study_id=study.id,
            created_at=self._clock.now(),
            sections=Sections(narration.indication, narration.technique, narration.comparison, **done.sections),
            written_by=done.written.written_by,
            fallback=done.written.fallback,
            options=options,
            provenance=provenance_of(study, history, Prompted(request, version, retrieved), done),
            verification=done.verification,
        )
        await self._keep(report, job.principal)

    async def _request(self, facts: StudyFacts, options: DraftOptions) -> tuple[ChatRequest, str, tuple[str, ...]]:
        """Return what to ask the model, the prompt's version, and the ids of the similar reports in it."""
        structured = self._guard.structured(options.llm)
        similar = await self._similar(facts)
        prompt = report_prompt(
            facts,
            style=Style(options.style),
            audience=Audience(options.audience),
            structured=structured,
            examples=[report.text for report in similar],
            site=self._guard.site,
        )
        request = ChatRequest(
            messages=tuple(ChatMessage(role, content) for role, content in prompt.messages),
            facts=facts,
            max_tokens=self._guard.budget.max_tokens,
            deadline_s=self._guard.budget.deadline_s,
            schema=report_schema([finding.label for finding in facts.findings]) if structured else None,
            audience=options.audience,
            site=self._guard.site,
        )
        return request, prompt.version, tuple(report.id for report in similar)

    async def _similar(self, facts: StudyFacts) -> tuple[SimilarReport, ...]:
        if self._corpus is None:
            return ()
        return await asyncio.to_thread(self._corpus.similar, facts.findings, facts.indication or "", _EXAMPLES)

    async def _generate(self, job: DraftJob, request: ChatRequest, grounds: Grounds, llm: str | None) -> Guarded:
        tell = partial(self._tell, job.study_id, report_id=job.report_id)
        tell("stage", stage="writing")
        async for event in self._guard.write(request, grounds, ReportForm(), llm=llm):
            match event:
                case Piece(text):
                    tell("delta", text=text)
                case FellBack(fallback):
                    tell("stage", stage="fallback", **asdict(fallback))
                case Guarded():
                    tell("verification", **asdict(event.verification))
                    return event
        raise AssertionError("a generation ends with Guarded or raises")

    async def _keep(self, report: Report, principal: str) -> None:
        with suppress(Unknown):  # deleted meanwhile: nobody waits for its report
            async with self._storage.unit() as unit:
                if await unit.reports.add(report):
                    await unit.studies.set_state(report.study_id, StudyState.DRAFTED)
                    await unit.audit.add(self._event(principal, "report.drafted", report.id))
                    await unit.commit()
        self._progress.publish(Progress(report.study_id, "done", done_data(report), report.id))
        _log.info("report.drafted", study=report.study_id, report=report.id, written_by=report.written_by)

    def _tell(self, study_id: str, event: EventName, report_id: str | None = None, **data: object) -> None:
        self._progress.publish(Progress(study_id, event, data, report_id))

    def _event(self, principal: str, action: str, subject: str, **details: str) -> AuditEvent:
        return AuditEvent(uuid4().hex, self._clock.now(), principal, action, subject, details)
