"""A reader's work on a report: each change is a version with its record, its check and its audit event, or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from service.domain.errors import Clash, Rejected, ServiceError, Stale, Unknown
from service.domain.report import Remark, Report, ReportState, Sections
from service.domain.study import Study
from service.domain.verification import Verification
from service.usecases.review import Correction, Review
from service.usecases.verified import verification_of
from tests.factories import ALICE, BOB, report, study
from tests.fakes import FixedClock, MemoryStorage

KEPT = Remark("kept", "findings", "There is an effusion.", "I see it.")
FIRST = frozenset({1})


class Echo:
    """Implements ``service.usecases.verified.Verifier``: its limits are the findings that it was shown."""

    def __init__(self) -> None:
        self.seen: list[Report] = []

    async def of(self, study: Study, report: Report) -> Verification:
        assert study.id == report.study_id
        self.seen.append(report)
        return Verification((), limits=(report.sections.findings,))


class Room:
    """A review over one stored draft."""

    def __init__(self) -> None:
        self.storage, self.clock, self.verifier = MemoryStorage(), FixedClock(), Echo()
        self.review = Review(self.storage, self.clock, self.verifier)

    async def draft(self, drafted: Report | None = None) -> Report:
        drafted = drafted or report()
        async with self.storage.unit() as unit:
            await unit.studies.add(study())
            await unit.reports.add(drafted)
            await unit.commit()
        return drafted

    def stored(self) -> Report:
        return self.storage.tables.reports["report-1"]

    def actions(self) -> list[str]:
        return [event.action for event in self.storage.tables.audit]


@pytest.fixture
def room() -> Room:
    return Room()


async def test_a_correction_changes_what_it_names_and_is_checked(room: Room) -> None:
    drafted = await room.draft()
    edited = await room.review.edit("report-1", FIRST, Correction(findings="Clear lungs."), ALICE)
    assert edited.sections == replace(drafted.sections, findings="Clear lungs.")
    assert (edited.state, edited.version) == (ReportState.EDITED, 2)
    assert edited.verification == Verification((), limits=("Clear lungs.",))
    assert room.stored() == edited
    (event,) = room.storage.tables.audit
    assert (event.action, event.subject, event.principal) == ("report.edited", "report-1", ALICE.id)
    assert event.details == {"version": "2", "study": "study-1"}


async def test_a_section_may_be_emptied(room: Room) -> None:
    await room.draft()
    edited = await room.review.edit("report-1", FIRST, Correction(comparison="", impression=""), ALICE)
    assert edited.sections == Sections("Cough.", "One frontal view.", "", "There is an effusion.", "")


@pytest.mark.parametrize("correction", [Correction(), Correction(findings="There is an effusion.")])
async def test_what_changes_nothing_is_no_version(room: Room, correction: Correction) -> None:
    drafted = await room.draft()
    assert await room.review.edit("report-1", FIRST, correction, ALICE) == drafted
    assert (room.actions(), room.verifier.seen) == ([], [])


async def test_what_a_reader_keeps_is_recorded_while_its_sentence_stands(room: Room) -> None:
    await room.draft()
    gone = Remark("accepted", "impression", "No such sentence.", "")
    edited = await room.review.edit("report-1", FIRST, Correction(remarks=(KEPT, gone)), ALICE)
    assert (edited.remarks, edited.version) == ((KEPT,), 2)
    again = replace(KEPT, reason="On second thoughts.")
    edited = await room.review.edit("report-1", frozenset({2}), Correction(remarks=(again,)), ALICE)
    assert edited.remarks == (again,)
    edited = await room.review.edit("report-1", frozenset({3}), Correction(findings="Clear."), BOB)
    assert edited.remarks == ()
    kept = [revision.remarks for revision in await room.review.history("report-1")]
    assert kept == [(), (KEPT,), (again,), ()]


async def test_a_signed_report_keeps_text_and_check(room: Room) -> None:
    await room.draft(replace(report(), verification=Verification((), policy="mark")))
    signed = await room.review.sign("report-1", FIRST, ALICE)
    assert (signed.state, signed.version, signed.verification) == (
        ReportState.SIGNED,
        2,
        Verification((), policy="mark"),
    )
    assert signed.signature is not None
    assert (signed.signature.name, signed.signature.at) == ("Alice", room.clock.now())
    with pytest.raises(Clash) as refusal:
        await room.review.edit("report-1", frozenset({2}), Correction(findings="Other."), BOB)
    assert refusal.value.code == "signed"
    with pytest.raises(Clash):
        await room.review.sign("report-1", frozenset({2}), BOB)
    assert room.stored() == signed
    assert room.actions() == ["report.signed"]


async def test_an_addendum_is_added_and_changes_nothing_else(room: Room) -> None:
    await room.draft()
    signed = await room.review.sign("report-1", FIRST, ALICE)
    room.clock.advance(60)
    added = await room.review.add("report-1", None, "Seen again.", BOB)
    added = await room.review.add("report-1", frozenset({3}), "And again.", BOB)
    assert (added.sections, added.signature, added.state) == (signed.sections, signed.signature, ReportState.ADDENDED)
    assert [(addendum.text, addendum.name) for addendum in added.addenda] == [
        ("Seen again.", "Bob"),
        ("And again.", "Bob"),
    ]
    assert room.actions() == ["report.signed", "report.addended", "report.addended"]
    with pytest.raises(Stale):
        await room.review.add("report-1", frozenset({3}), "And again.", BOB)
    with pytest.raises(Rejected):
        await room.review.add("report-1", None, " \n", BOB)


async def test_only_a_signed_report_has_addenda(room: Room) -> None:
    await room.draft()
    with pytest.raises(Clash) as refusal:
        await room.review.add("report-1", None, "Too early.", ALICE)
    assert refusal.value.code == "not-signed"


async def test_an_empty_report_is_not_signed(room: Room) -> None:
    await room.draft(replace(report(), sections=Sections("Cough.", "One view.", "None.", " ", "\n")))
    with pytest.raises(Rejected) as refusal:
        await room.review.sign("report-1", FIRST, ALICE)
    assert refusal.value.code == "empty-report"


@pytest.mark.parametrize("versions", [frozenset(), frozenset({2}), frozenset({0, 2, 3})])
async def test_a_change_of_another_version_is_refused_with_the_present_one(
    room: Room, versions: frozenset[int]
) -> None:
    drafted = await room.draft()
    with pytest.raises(Stale) as refusal:
        await room.review.edit("report-1", versions, Correction(findings="Lost?"), ALICE)
    assert refusal.value.version == 1
    with pytest.raises(Stale):
        await room.review.sign("report-1", versions, ALICE)
    assert room.stored() == drafted
    assert not room.actions()


async def test_of_those_who_edit_at_once_one_gets_through(room: Room) -> None:
    await room.draft()

    async def edit(number: int) -> str | None:
        try:
            await room.review.edit("report-1", FIRST, Correction(findings=f"By {number}."), ALICE)
        except Stale:
            return None
        return f"By {number}."

    saved = [text for text in await asyncio.gather(*(edit(number) for number in range(5))) if text]
    assert saved == [room.stored().sections.findings]
    assert (room.stored().version, room.actions()) == (2, ["report.edited"])


async def test_what_is_not_there_is_unknown(room: Room) -> None:
    for attempt in (
        room.review.edit("nowhere", FIRST, Correction(findings="x"), ALICE),
        room.review.sign("nowhere", FIRST, ALICE),
        room.review.add("nowhere", None, "x", ALICE),
        room.review.history("nowhere"),
        verification_of(room.storage, room.verifier, "nowhere"),
    ):
        with pytest.raises(Unknown):
            await attempt


async def test_every_refusal_tells_a_reader_what_to_do(room: Room) -> None:
    await room.draft()
    await room.review.sign("report-1", FIRST, ALICE)
    with pytest.raises(ServiceError) as refusal:
        await room.review.edit("report-1", FIRST, Correction(findings="x"), ALICE)
    assert "addendum" in refusal.value.detail


async def test_a_report_that_was_never_checked_is_checked_when_it_is_asked_for(room: Room) -> None:
    await room.draft()
    assert (await verification_of(room.storage, room.verifier, "report-1")).limits == ("There is an effusion.",)
    assert room.stored().verification is None
    await room.review.edit("report-1", FIRST, Correction(findings="Clear."), ALICE)
    assert (await verification_of(room.storage, room.verifier, "report-1")).limits == ("Clear.",)
    assert len(room.verifier.seen) == 2, "once before the edit, once by it: what is stored is not checked again"
