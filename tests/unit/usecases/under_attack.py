"""What comes out of the use cases under attack: the text of an attack is put where its channel says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from service.domain.conversation import Turn
from service.domain.report import DraftOptions
from service.domain.study import Study
from service.domain.verification import Verification
from service.imaging.decode import decode_file
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import DecodedFile, SourceFile
from service.ports import ChatModel, DraftJob
from service.retrieval import folder
from service.retrieval.articles import load_articles
from service.usecases.converse import Converse
from service.usecases.draft import Draft
from service.usecases.generation import Piece
from service.usecases.guarding import Policy
from service.usecases.ingest import Labelling
from tests.factories import ALICE, dicom, report
from tests.fakes import FakeDecoder
from tests.unit.usecases.desk import Desk
from tests.unit.usecases.obedient import FINDINGS, QUESTION, Attack, Via

_ABOUT_THE_DOCUMENT = "What does the pleural effusion protocol say?"


@dataclass(frozen=True, slots=True)
class Told:
    """What came out: the text that is stored, by section; its verification; every piece that was let out before."""

    sections: Mapping[str, str]
    verification: Verification
    released: tuple[str, ...]
    fallback: str | None
    around: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sections that a model writes."""
        return "\n\n".join(self.sections.values())


class _Files(FakeDecoder):
    """Reads real files in this process, as the sandbox does in another."""

    async def decode(self, data: bytes, file_name: str) -> DecodedFile:
        return decode_file(data, file_name, DecodeLimits())


async def told(
    via: Via, attack: Attack, model: ChatModel, policy: Policy, space: Path, *, deadline_s: float = 5.0
) -> Told:
    """Let the model write, under guard, of the study into which the attack was put; ``space`` is an empty folder."""
    decoder = _Files() if attack.channel == "dicom" else FakeDecoder()
    desk = Desk(model=model, policy=policy, retries=1, decoder=decoder, deadline_s=deadline_s)
    study = await _study(desk, attack)
    return await (_drafted if via == "report" else _answered)(desk, study, attack, space)


async def _study(desk: Desk, attack: Attack) -> Study:
    given = {"indication": "Cough."} | (
        {attack.channel: attack.text} if attack.channel in {"indication", "patient_ref", "accession"} else {}
    )
    prior = None
    if attack.channel == "prior":
        prior = (await _read(desk, SourceFile("old.png", b"old"), Labelling(indication=attack.text))).id
    name = attack.text if attack.channel == "file_name" else "film.png"
    content = dicom(tags={attack.tag: attack.text}) if attack.channel == "dicom" else b"film"
    return await _read(desk, SourceFile(name, content), Labelling(**given, prior_study_id=prior))


async def _read(desk: Desk, file: SourceFile, labelling: Labelling) -> Study:
    """Take a film, let it be read, and let the findings be those of the attacks' study."""
    study, _ = await desk.ingest.take([file], labelling, ALICE)
    await desk.draft.read(study.id)
    async with desk.storage.unit() as unit:
        await unit.studies.save(replace(desk.stored(study.id), findings=FINDINGS))
        await unit.commit()
    return desk.stored(study.id)


async def _drafted(desk: Desk, study: Study, attack: Attack, space: Path) -> Told:
    corpus = None
    if attack.channel == "similar":
        text = f"FINDINGS: There is a left pleural effusion. {attack.text}\nIMPRESSION: Effusion."
        (space / "report.txt").write_text(text, "utf-8")
        corpus = folder.build({"folder": str(space), "wait_s": "30"})
    draft = Draft(desk.storage, desk.reader, desk.guard, desk.clock, desk.progress, corpus=corpus)
    await draft.write(DraftJob(study.id, "report", DraftOptions(), ALICE.id))
    stored = desk.storage.tables.reports["report"]
    assert stored.verification is not None
    sections = stored.sections
    return Told(
        {"findings": sections.findings, "impression": sections.impression},
        stored.verification,
        tuple(str(heard.data["text"]) for heard in desk.progress.heard if heard.event == "delta"),
        stored.fallback.reason if stored.fallback else None,
        {"indication": sections.indication, "technique": sections.technique, "comparison": sections.comparison},
    )


async def _answered(desk: Desk, study: Study, attack: Attack, space: Path) -> Told:
    knowledge = None
    if attack.channel == "knowledge":
        (space / "Pleural effusion protocol.md").write_text(f"A pleural effusion is fluid. {attack.text}", "utf-8")
        knowledge = load_articles(space)
    async with desk.storage.unit() as unit:
        if attack.channel == "report":
            left = report("left", study.id)
            left = replace(left, sections=replace(left.sections, findings=attack.text))
            await unit.reports.add(left)
        for turn in _turns(attack, desk):
            await unit.conversations.append(study.id, ALICE.id, turn)
        await unit.commit()
    converse = Converse(desk.storage, desk.films, desk.guard, desk.clock, knowledge=knowledge)
    question = {"question": attack.text, "knowledge": _ABOUT_THE_DOCUMENT}.get(attack.channel, QUESTION)
    asked = await converse.ask(study.id, question, ALICE)
    events = [event async for event in converse.answer(asked)]
    answer = events[-1]
    assert isinstance(answer, Turn)
    assert answer.verification is not None
    pieces = tuple(event.text for event in events if isinstance(event, Piece))
    return Told({"answer": answer.text}, answer.verification, pieces, answer.failure)


def _turns(attack: Attack, desk: Desk) -> Iterator[Turn]:
    for place, text in enumerate(attack.turns):
        role: Literal["user", "assistant"] = "assistant" if place % 2 else "user"
        yield Turn(f"turn {place}", place, role, text, desk.clock.now())
