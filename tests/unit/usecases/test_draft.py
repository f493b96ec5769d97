from __future__ import annotations

import json
import time
from typing import get_args

import pytest

from models.base import ExpertError
from models.findings import Verdict
from prompts.lexicons import languages
from prompts.render import Audience
from prompts.verbalise import Style
from service.domain.errors import FailureReason, ModelFailed, Rejected, Unknown
from service.domain.report import DraftOptions, Report
from service.domain.study import Study, StudyState
from service.ports import DraftJob
from service.usecases.delete import delete_study
from service.usecases.draft import authorship, check_options, done_data, first_job
from service.usecases.ingest import Labelling
from service.usecases.lookup import report_of
from tests.factories import ALICE
from tests.fakes import FakeDecoder, FakeExpert, FakeModel
from tests.unit.usecases.desk import REPORT, Desk


async def drafted(desk: Desk, study: Study | None = None, options: DraftOptions | None = None) -> Report:
    """Run a whole draft and return its report."""
    study = study or await desk.study()
    job = first_job(study, draft=True) if options is None else DraftJob(study.id, "redraft", options, "alice-id")
    await (await desk.jobs.submit(job)).wait()
    return await report_of(desk.storage, job.report_id)


async def test_a_draft_goes_from_received_to_read_to_drafted_and_each_step_is_audited() -> None:
    desk = Desk()
    study = await desk.study()
    assert await desk.draft.read(study.id)
    assert desk.stored(study.id).state is StudyState.READ
    await desk.draft.write(first_job(study, draft=True))
    assert desk.stored(study.id).state is StudyState.DRAFTED
    assert [event.action for event in desk.storage.tables.audit] == ["study.received", "study.read", "report.drafted"]


async def test_the_findings_of_every_image_and_of_the_study_are_stored() -> None:
    desk = Desk()
    study = await desk.read_study(b"one", b"two")
    assert [image.gate.verdict for image in study.images if image.gate] == [Verdict.PASS] * 2
    assert all(len(image.findings) == 2 for image in study.images)
    of_images = [image.findings[0].probability for image in study.images]
    assert study.findings[0].probability == pytest.approx(sum(of_images) / 2)
    assert of_images[0] != of_images[1]


async def test_a_study_is_read_once_and_written_once_however_often_its_job_runs() -> None:
    desk = Desk()
    study = await desk.study()
    job = first_job(study, draft=True)
    for _ in range(3):
        await desk.draft.read(study.id)
        await desk.draft.write(job)
    assert desk.experts[0].reads == 1
    assert list(desk.storage.tables.reports) == [job.report_id]
    assert [event.action for event in desk.storage.tables.audit].count("report.drafted") == 1


async def test_the_report_holds_the_models_words_between_the_services_own() -> None:
    report = await drafted(Desk(), options=DraftOptions())
    assert report.sections.findings == "There is an effusion."
    assert report.sections.impression == "Effusion."
    assert all((report.sections.indication, report.sections.technique, report.sections.comparison))
    assert (report.written_by, report.fallback, report.version) == ("fake:model", None, 1)


@pytest.mark.parametrize("reason", get_args(FailureReason))
async def test_the_report_is_there_when_the_model_fails_and_says_why(reason: FailureReason) -> None:
    report = await drafted(Desk(model=FakeModel(ModelFailed(reason, "Why."))))
    assert report.written_by == "narrator"
    assert report.fallback is not None
    assert (report.fallback.reason, report.fallback.detail) == (reason, "Why.")
    assert "effusion" in report.sections.findings.lower()
    assert report.sections.impression


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (("Sure! This lovely chest looks fine.",), "malformed"),
        (("FINDINGS:\nClear.",), "malformed"),
        ((RuntimeError("boom"),), "server-error"),
        ((30.0,), "timeout"),
    ],
)
async def test_what_is_no_report_is_replaced_within_the_deadline(
    script: tuple[str | float | BaseException, ...], reason: str
) -> None:
    desk, started = Desk(model=FakeModel(*script), deadline_s=0.1), time.perf_counter()
    report = await drafted(desk)
    assert time.perf_counter() - started < 2
    assert report.fallback is not None
    assert report.fallback.reason == reason


async def test_the_progress_is_told_in_order() -> None:
    desk = Desk()
    await drafted(desk)
    told = ["stage:reading", "findings", "stage:writing", "delta", "delta", "verification", "done"]
    assert desk.progress.events() == told
    done = desk.progress.heard[-1]
    assert done.data == {"report_id": done.report_id, "written_by": "fake:model", "fallback": None}


async def test_a_failure_of_the_model_is_told_before_the_narrator_begins() -> None:
    desk = Desk(model=FakeModel("FIND", ModelFailed("cut", "It broke off.")))
    await drafted(desk)
    events = desk.progress.events()
    assert events[2:5] == ["stage:writing", "stage:fallback", "delta"]
    fallback = next(p for p in desk.progress.heard if p.data.get("stage") == "fallback")
    assert fallback.data == {"stage": "fallback", "reason": "cut", "detail": "It broke off."}


async def test_provenance_holds_what_the_report_was_made_from_and_no_patient_data() -> None:
    desk = Desk(decoder=FakeDecoder(identifiers=["DOE^JANE"]))
    labelling = Labelling("Jane Doe coughs", patient_ref="QX-77123", accession="ACC-9")
    report = await drafted(desk, await desk.study(labelling=labelling))
    provenance, model = report.provenance, desk.model
    assert isinstance(model, FakeModel)
    assert provenance["messages"] == [
        {"role": message.role, "content": message.content} for message in model.requests[0].messages
    ]
    assert provenance["llm"] | {"name": "fake:model", "prompt_tokens": 7, "completion_tokens": 5} == provenance["llm"]
    assert provenance["thresholds"] == {"pleural_effusion": 0.5, "pneumothorax": 0.5}
    (expert,) = provenance["experts"]
    assert expert == {
        "expert": "fake",
        "version": "1",
        "weights_sha256": "0" * 64,
        "thresholds": {"pleural_effusion": 0.5, "pneumothorax": 0.5},
    }
    assert provenance["timings"]["writing_s"] >= 0
    assert "report_user/en" in provenance["prompt"]["version"]
    for planted in ("Jane", "Doe", "QX-77123", "ACC-9", "film0.png"):
        assert planted not in json.dumps(dict(provenance))


async def test_provenance_tells_what_the_reading_took_though_another_process_wrote() -> None:
    desk = Desk()
    desk.experts[0].before_read = lambda: time.sleep(0.05)
    study = await desk.read_study()
    first = await drafted(Desk(storage=desk.storage, blobs=desk.blobs), study)
    again = await drafted(desk, study, DraftOptions(style="grades"))
    assert first.provenance["timings"]["reading_s"] == again.provenance["timings"]["reading_s"] >= 0.05


async def test_provenance_names_each_expert_once_however_many_images_it_read() -> None:
    desk = Desk(experts=(FakeExpert("one"), FakeExpert("two")))
    report = await drafted(desk, await desk.study(b"first", b"second"))
    assert [expert["expert"] for expert in report.provenance["experts"]] == ["one", "two"]


async def test_a_study_whose_images_were_all_stopped_is_not_called_normal() -> None:
    desk = Desk(model=FakeModel(ModelFailed("timeout", "Slow.")), experts=(FakeExpert(failure=ExpertError("broken")),))
    study = await desk.read_study()
    assert study.images[0].gate is not None
    assert study.images[0].gate.verdict is Verdict.STOP
    assert study.findings == ()
    report = await drafted(desk, study)
    assert "not read" in report.sections.findings
    assert "normal" not in report.sections.impression.lower()


async def test_nothing_is_written_about_a_study_deleted_before_it_was_read() -> None:
    desk = Desk()
    study = await desk.study()
    await delete_study(desk.storage, desk.blobs, desk.films, desk.clock, study.id, ALICE)
    assert not await desk.draft.read(study.id)
    await (await desk.jobs.submit(first_job(study, draft=True))).wait()
    assert not desk.storage.tables.reports


async def test_a_study_deleted_while_it_is_written_about_stays_deleted() -> None:
    desk = Desk()
    study = await desk.read_study()

    class Deletes(FakeModel):
        async def stream(self, request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - FakeModel's own signature
            await delete_study(desk.storage, desk.blobs, desk.films, desk.clock, study.id, ALICE)
            async for delta in super().stream(request):
                yield delta

    desk.writer._models["site"] = Deletes(REPORT)  # type: ignore[index]  # noqa: SLF001 - the model needs the desk it is at
    await desk.draft.write(first_job(study, draft=True))
    assert not desk.storage.tables.studies
    assert not desk.storage.tables.reports


async def test_a_report_of_an_unknown_study_is_refused() -> None:
    with pytest.raises(Unknown):
        await Desk().draft.write(DraftJob("nowhere", "report", DraftOptions(), "alice-id"))


async def test_a_new_draft_stands_beside_the_first() -> None:
    desk = Desk()
    study = await desk.study()
    await drafted(desk, study)
    again = await drafted(desk, study, DraftOptions(style="grades", llm="narrator"))
    assert again.written_by == "narrator"
    assert again.options.style == "grades"
    assert len(desk.storage.tables.reports) == 2


async def test_a_done_event_tells_of_a_report_what_the_command_line_tells_and_of_none_nothing() -> None:
    report = await drafted(Desk(model=FakeModel(ModelFailed("timeout", "Slow."))))
    assert authorship(report) == {"written_by": "narrator", "fallback": {"reason": "timeout", "detail": "Slow."}}
    assert done_data(report) == {"report_id": report.id, **authorship(report)}
    assert done_data(None) == dict.fromkeys(done_data(report))


def test_the_job_of_an_upload_is_the_same_each_time_and_another_without_a_draft() -> None:
    study = Study("s", Desk().clock.now(), "alice-id", "content", language="en")
    draft, read_only = first_job(study, draft=True), first_job(study, draft=False)
    assert draft == first_job(study, draft=True)
    assert draft.report_id != read_only.report_id
    assert read_only.options is None
    assert draft.options == DraftOptions(language="en")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (DraftOptions(style="poetic"), [style.value for style in Style]),
        (DraftOptions(audience="press"), [audience.value for audience in Audience]),
        (DraftOptions(language="tlh"), languages()),
        (DraftOptions(template="letter"), ["report"]),
        (DraftOptions(llm="gpt-9"), ["narrator", "site"]),
    ],
)
def test_options_that_are_not_there_are_refused_with_those_that_are(options: DraftOptions, named: list[str]) -> None:
    with pytest.raises(Rejected) as refusal:
        check_options(options, Desk().writer)
    assert all(name in refusal.value.detail for name in named)


def test_the_defaults_are_there() -> None:
    check_options(DraftOptions(), Desk().writer)
