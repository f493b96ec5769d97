from __future__ import annotations

import pytest

from service.usecases.ingest import Labelling
from service.usecases.notes import notes_on
from tests.fakes import FakeDecoder
from tests.unit.usecases.desk import Desk

FIRST = Labelling("Jane Doe, QX-7: cough", patient_ref="QX-7", accession="A1")


@pytest.mark.parametrize(
    "again",
    [
        FIRST,
        Labelling(),
        Labelling(""),
        Labelling("Jane Doe, QX-7: cough"),
        Labelling(accession="A1"),
    ],
    ids=["the same", "nothing", "an empty indication", "the indication alone", "the accession alone"],
)
async def test_who_says_nothing_new_is_told_nothing(again: Labelling) -> None:
    desk = Desk(decoder=FakeDecoder(identifiers=["DOE^JANE"]))
    study = await desk.study(labelling=FIRST)
    assert await notes_on(study, again, desk.films) == ()


@pytest.mark.parametrize(
    ("again", "named"),
    [
        (Labelling("Jane Doe, QX-7: fever"), "first indication, and"),
        (Labelling(patient_ref="QX-8"), "first patient_ref, and"),
        (Labelling("Fever", accession="A2"), "first indication and accession, and"),
    ],
)
async def test_what_differs_is_named_and_not_repeated(again: Labelling, named: str) -> None:
    desk = Desk(decoder=FakeDecoder(identifiers=["DOE^JANE"]))
    study = await desk.study(labelling=FIRST)
    (note,) = await notes_on(study, again, desk.films)
    assert named in note
    assert "delete the study and send the files again" in note
    for said in ("Jane", "QX", "ever", "ough", "A1", "A2"):
        assert said not in note


async def test_an_indication_for_a_study_that_has_none_is_noted() -> None:
    desk = Desk()
    study = await desk.study()
    assert await notes_on(study, Labelling("Cough"), desk.films)


async def test_a_file_that_is_gone_does_not_refuse_the_upload() -> None:
    desk = Desk()
    study = await desk.study(labelling=Labelling("Cough"))
    desk.blobs.data.clear()
    desk.films.forget(study.images[0].sha256)
    assert await notes_on(study, Labelling("Cough"), desk.films) == ()
    assert await notes_on(study, Labelling("Fever"), desk.films)
