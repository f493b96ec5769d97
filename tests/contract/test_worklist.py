"""The worklist of every ``service.ports.Storage``: sorted, filtered, searched, in pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.findings import Label
from service.domain.errors import Rejected, Unknown
from service.domain.priority import Priority
from service.domain.report import ReportState
from service.domain.study import StudyState
from service.ports import Order, StudyQuery
from tests.contract import records
from tests.contract.storing import ReadableStorage, add, walk


@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_the_worklist_is_newest_first_over_all_pages(storage: ReadableStorage, limit: int) -> None:
    minutes = {1: 0, 2: 5, 3: 5, 4: 5, 5: 1, 6: 5, 7: -9}  # four at the same moment
    await add(storage, *(records.study(number, minutes=minute) for number, minute in minutes.items()))
    expected = [f"study-{number}" for number in (6, 4, 3, 2, 5, 1, 7)]
    assert await walk(storage, StudyQuery(limit=limit)) == expected


async def test_a_new_study_does_not_shift_the_pages(storage: ReadableStorage) -> None:
    await add(storage, *(records.study(number, minutes=number) for number in (1, 2, 3)))
    async with storage.unit(readonly=True) as unit:
        _, cursor = await unit.studies.page(StudyQuery(limit=2))
    await add(storage, records.study(4, minutes=4))
    assert await walk(storage, StudyQuery(limit=2, cursor=cursor)) == ["study-1"]


async def test_the_worklist_by_state(storage: ReadableStorage) -> None:
    read = replace(records.study(2), state=StudyState.READ)
    await add(storage, records.study(1), read, records.study(3, minutes=-1))
    assert await walk(storage, StudyQuery(state=StudyState.READ)) == ["study-2"]
    assert await walk(storage, StudyQuery(state=StudyState.RECEIVED, limit=1)) == ["study-1", "study-3"]
    async with storage.unit(readonly=True) as unit:
        assert await unit.studies.unfinished() == ["study-3", "study-1"]


URGENT = {
    1: (records.found(Label.PNEUMOTHORAX, 0.9), records.found(Label.EDEMA, 0.9)),
    2: (records.found(Label.EDEMA, 0.6), records.found(Label.PNEUMOTHORAX, 0.45, uncertain=True)),
    3: (records.found(Label.EDEMA, 0.6),),
    4: (records.found(Label.EDEMA, 0.1),),
    5: (),
}
"""Findings of five studies, most urgent first."""


async def urgent_and_not(storage: ReadableStorage) -> None:
    """Store the five studies a minute apart, the least urgent last; number 3 is read after it was stored."""
    studies = {n: replace(records.study(n, minutes=n), findings=found) for n, found in URGENT.items()}
    await add(storage, *(replace(study, findings=()) if n == 3 else study for n, study in studies.items()))
    async with storage.unit() as unit:
        await unit.studies.save(studies[3])
        await unit.commit()


@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize(
    ("order", "expected"),
    [(Order.URGENT, (1, 3, 2, 5, 4)), (Order.NEWEST, (5, 4, 3, 2, 1)), (Order.OLDEST, (1, 2, 3, 4, 5))],
)
async def test_every_order_holds_over_all_pages(
    storage: ReadableStorage, order: Order, expected: tuple[int, ...], limit: int
) -> None:
    await urgent_and_not(storage)
    assert await walk(storage, StudyQuery(order=order, limit=limit)) == [f"study-{number}" for number in expected]


async def test_studies_of_one_moment_go_by_their_ids_in_the_same_direction(storage: ReadableStorage) -> None:
    await add(storage, *(records.study(number) for number in (2, 1, 3)))
    oldest = await walk(storage, StudyQuery(order=Order.OLDEST, limit=1))
    assert oldest == ["study-1", "study-2", "study-3"]
    assert await walk(storage, StudyQuery(order=Order.NEWEST, limit=1)) == oldest[::-1]
    assert await walk(storage, StudyQuery(limit=1)) == oldest[::-1]


async def test_what_is_signed_comes_after_all_that_waits_also_when_it_is_drafted_anew(storage: ReadableStorage) -> None:
    await urgent_and_not(storage)
    async with storage.unit() as unit:
        await unit.reports.add(records.report(study_id="study-1"))
        await unit.reports.revise(*records.revised(records.report(study_id="study-1"), ReportState.SIGNED))
        await unit.reports.add(records.report("again", "study-1"))
        await unit.studies.save(replace(records.study(1), findings=URGENT[1], state=StudyState.DRAFTED))
        await unit.commit()
    assert await walk(storage, StudyQuery(limit=2)) == [f"study-{number}" for number in (3, 2, 5, 4, 1)]
    assert await walk(storage, StudyQuery(signed=True)) == ["study-1"]
    assert await walk(storage, StudyQuery(signed=False, order=Order.OLDEST)) == [f"study-{n}" for n in (2, 3, 4, 5)]
    assert await walk(storage, StudyQuery(priority=Priority.CRITICAL)) == ["study-1"]


async def test_the_worklist_by_finding_shows_what_is_there_and_what_may_be(storage: ReadableStorage) -> None:
    await urgent_and_not(storage)
    assert await walk(storage, StudyQuery(label=Label.EDEMA, limit=1)) == ["study-1", "study-3", "study-2"]
    assert await walk(storage, StudyQuery(label=Label.PNEUMOTHORAX)) == ["study-1", "study-2"]
    assert await walk(storage, StudyQuery(label=Label.MASS)) == []


async def test_the_worklist_by_priority(storage: ReadableStorage) -> None:
    await urgent_and_not(storage)
    assert await walk(storage, StudyQuery(priority=Priority.ACUTE, limit=1)) == ["study-3", "study-2"]
    assert await walk(storage, StudyQuery(priority=Priority.ROUTINE)) == ["study-5", "study-4"]


async def test_findings_that_are_gone_are_no_longer_found(storage: ReadableStorage) -> None:
    await urgent_and_not(storage)
    async with storage.unit() as unit:
        await unit.studies.save(records.study(1))
        await unit.commit()
    assert await walk(storage, StudyQuery(label=Label.PNEUMOTHORAX)) == ["study-2"]
    assert await walk(storage, StudyQuery(priority=Priority.CRITICAL)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True), ("  ", True), ("müller-7", True), ("MÜLLER", True), ("Mu\u0308ller", True), ("acc", True),
        ("STUDY-1", True), ("strasse", True), ("100%", True), ("dyspnoe müller film_a", True), ("erguss müller", False),
        ("100_", False), ("%", True), ("_", True), ("f%m", False), ("filmxa", False), ("/", False), ("\\", False),
        ("' OR 1=1 --", False),
    ],
)  # fmt: skip
async def test_the_worklist_is_searched_whatever_the_case(storage: ReadableStorage, text: str, found: bool) -> None:
    image = replace(records.image(), file_name="Film_A.dcm")
    study = replace(
        records.study(1, images=(image,)),
        patient_ref="Müller-7",
        accession="ACC",
        indication="Dyspnoe, Große Straße, 100% sure",
    )
    await add(storage, study, records.study(22))
    searched = await walk(storage, StudyQuery(text=text))
    assert ("study-1" in searched) is found
    assert ("study-22" in searched) is (not text.strip())


async def test_filters_hold_together(storage: ReadableStorage) -> None:
    await urgent_and_not(storage)
    both = StudyQuery(text="study-2", label=Label.EDEMA, state=StudyState.RECEIVED, priority=Priority.ACUTE)
    assert await walk(storage, both) == ["study-2"]
    assert await walk(storage, replace(both, text="study-5")) == []


async def test_a_cursor_of_another_order_is_rejected(storage: ReadableStorage) -> None:
    await urgent_and_not(storage)
    async with storage.unit(readonly=True) as unit:
        _, cursor = await unit.studies.page(StudyQuery(limit=1))
        with pytest.raises(Rejected):
            await unit.studies.page(StudyQuery(cursor=cursor, order=Order.NEWEST))


async def test_who_has_opened_a_study_is_known(storage: ReadableStorage) -> None:
    await add(storage, records.study(1), records.study(2))
    async with storage.unit() as unit:
        await unit.studies.see("study-1", "me", records.START)
        await unit.studies.see("study-1", "me", records.START + timedelta(days=1))
        await unit.studies.see("study-2", "you", records.START)
        with pytest.raises(Unknown):
            await unit.studies.see("x", "me", records.START)
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        assert await unit.studies.seen("me", ["study-1", "study-2", "x"]) == {"study-1"}
        assert await unit.studies.seen("you", ["study-1"]) == frozenset()
        assert await unit.studies.seen("me", []) == frozenset()


async def test_a_bad_cursor_is_rejected(storage: ReadableStorage) -> None:
    async with storage.unit(readonly=True) as unit:
        for cursor in ("", "x", "é", "1", "bnVsbA==", "e30=", "WzEsIDJd", "WyIyMDI2LTAxLTAxIiwgInMiXQ=="):
            with pytest.raises(Rejected):
                await unit.studies.page(StudyQuery(cursor=cursor))
