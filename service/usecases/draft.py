"""A study becomes a draft: gate, experts, words, and one short unit of work at the end of each.

Both steps are idempotent, for the job queue runs them again after a crash. No transaction stays open across inference
or the language model.
"""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from functools import partial
from uuid import NAMESPACE_OID, uuid4, uuid5

import structlog

from prompts.lexicons import languages
from prompts.narrate import narrate
from prompts.render import Audience, report_prompt
from prompts.verbalise import Style
from service.domain.access import AuditEvent
from service.domain.errors import Rejected, Unknown
from service.domain.report import DraftOptions, Report, Sections
from service.domain.study import Study, StudyState
from service.ports import (
    ChatMessage,
    ChatRequest,
    Clock,
    DraftJob,
    EventName,
    JobQueue,
    JobState,
    Progress,
    ProgressSink,
    Storage,
)
from service.usecases.facts import facts_of, finding_json
from service.usecases.generation import FellBack, Piece, Writer, Written
from service.usecases.lookup import find_study, study_of
from service.usecases.provenance import READ, provenance_of
from service.usecases.reading import Reader
from service.verification.sections import find_sections

_log = structlog.get_logger()


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

    def __init__(self, storage: Storage, reader: Reader, writer: Writer, clock: Clock, progress: ProgressSink) -> None:
        self._storage = storage
        self._reader = reader
        self._writer = writer
        self._clock = clock
        self._progress = progress

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
        async with self._storage.unit(readonly=True) as unit:
            study, history = await find_study(unit, job.study_id), await unit.audit.of(job.study_id)
        options = job.options or DraftOptions()
        facts = facts_of(study, language=options.language)
        prompt = report_prompt(facts, style=Style(options.style), audience=Audience(options.audience))
        budget = self._writer.budget
        request = ChatRequest(
            messages=tuple(ChatMessage(role, content) for role, content in prompt.messages),
            facts=facts,
            max_tokens=budget.max_tokens,
            deadline_s=budget.deadline_s,
        )
        written = await self._generate(job, request, options.llm)
        findings, impression = find_sections(written.text) or (written.text, "")
        narration = narrate(facts)
        report = Report(
            id=job.report_id,
            study_id=study.id,
            created_at=self._clock.now(),
            sections=Sections(narration.indication, narration.technique, narration.comparison, findings, impression),
            written_by=written.written_by,
            fallback=written.fallback,
            options=options,
            provenance=provenance_of(study, history, request, written, prompt.version),
        )
        await self._keep(report, job.principal)

    async def _generate(self, job: DraftJob, request: ChatRequest, llm: str | None) -> Written:
        tell = partial(self._tell, job.study_id, report_id=job.report_id)
        tell("stage", stage="writing")
        events = self._writer.write(request, llm=llm, accept=lambda text: find_sections(text) is not None)
        async for event in events:
            match event:
                case Piece(text):
                    tell("delta", text=text)
                case FellBack(fallback):
                    tell("stage", stage="fallback", **asdict(fallback))
                case Written():
                    return event
        raise AssertionError("a generation ends with Written or raises")

    async def _keep(self, report: Report, principal: str) -> None:
        async with self._storage.unit() as unit:
            study = await unit.studies.get(report.study_id)
            if study is not None and await unit.reports.add(report):
                await unit.studies.save(replace(study, state=StudyState.DRAFTED))
                await unit.audit.add(self._event(principal, "report.drafted", report.id))
                await unit.commit()
        self._progress.publish(Progress(report.study_id, "done", done_data(report), report.id))
        _log.info("report.drafted", study=report.study_id, report=report.id, written_by=report.written_by)

    def _tell(self, study_id: str, event: EventName, report_id: str | None = None, **data: object) -> None:
        self._progress.publish(Progress(study_id, event, data, report_id))

    def _event(self, principal: str, action: str, subject: str, **details: str) -> AuditEvent:
        return AuditEvent(uuid4().hex, self._clock.now(), principal, action, subject, details)
