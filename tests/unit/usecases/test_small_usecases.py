from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import pytest
from PIL import Image as Picture

from models.findings import Abstention, Gate, Label, Measure, Verdict
from service.domain.errors import Clash, ModelFailed, Unauthenticated, Unknown
from service.usecases.delete import delete_study
from service.usecases.facts import facts_of, finding_json
from service.usecases.keys import create_key, list_keys, principal_of, revoke_key
from service.usecases.lookup import image_of, report_of, reports_of, study_of
from service.usecases.preview import preview
from tests.factories import ALICE, finding, image, placed_finding, stopped, study
from tests.fakes import FixedClock, MemoryStorage
from tests.unit.usecases.desk import Desk


async def test_a_deleted_study_leaves_nothing_but_the_audit() -> None:
    desk = Desk()
    taken = await desk.read_study(b"one")
    question = await desk.converse.ask(taken.id, "Well?", ALICE)
    [event async for event in desk.converse.answer(question)]
    await delete_study(desk.storage, desk.blobs, desk.films, desk.clock, taken.id, ALICE)
    tables = desk.storage.tables
    assert not any((tables.studies, tables.reports, tables.turns, tables.requests, desk.blobs.data))
    assert (tables.audit[-1].action, tables.audit[-1].subject) == ("study.deleted", taken.id)
    with pytest.raises(Unknown):
        await desk.films.get(taken.images[0])


async def test_a_blob_that_another_study_needs_stays() -> None:
    desk = Desk()
    one = await desk.study(b"shared", b"own")
    await desk.study(b"shared", b"other")
    await delete_study(desk.storage, desk.blobs, desk.films, desk.clock, one.id, ALICE)
    assert set(desk.blobs.data.values()) == {b"shared", b"other"}


async def test_what_is_not_there_cannot_be_deleted() -> None:
    desk = Desk()
    with pytest.raises(Unknown):
        await delete_study(desk.storage, desk.blobs, desk.films, desk.clock, "nowhere", ALICE)
    assert not desk.storage.tables.audit


async def test_what_was_deleted_can_be_uploaded_again() -> None:
    desk = Desk()
    taken = await desk.study(b"one")
    await delete_study(desk.storage, desk.blobs, desk.films, desk.clock, taken.id, ALICE)
    again = await desk.study(b"one")
    assert again.id != taken.id
    assert desk.blobs.data


async def test_a_key_is_shown_once_and_kept_as_a_hash() -> None:
    storage, clock = MemoryStorage(), FixedClock()
    secret = await create_key(storage, clock, "ward 3")
    (key,) = await list_keys(storage)
    assert secret.startswith("cxr_")
    assert len(secret) > 40
    assert secret not in repr(storage.tables)
    assert key.secret_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    principal = await principal_of(storage, secret)
    assert (principal.id, principal.name) == (key.id, "ward 3")


async def test_every_key_is_another() -> None:
    storage, clock = MemoryStorage(), FixedClock()
    assert len({await create_key(storage, clock, f"user {number}") for number in range(20)}) == 20


async def test_a_name_has_one_valid_key_at_a_time() -> None:
    storage, clock = MemoryStorage(), FixedClock()
    await create_key(storage, clock, "ward")
    with pytest.raises(Clash):
        await create_key(storage, clock, "ward")
    await revoke_key(storage, clock, "ward")
    await create_key(storage, clock, "ward")
    assert [key.revoked_at for key in await list_keys(storage)].count(None) == 1


async def test_a_revoked_or_invented_key_opens_nothing() -> None:
    storage, clock = MemoryStorage(), FixedClock()
    secret = await create_key(storage, clock, "ward")
    await revoke_key(storage, clock, "ward")
    for tried in (secret, "cxr_invented", ""):
        with pytest.raises(Unauthenticated) as refusal:
            await principal_of(storage, tried)
        assert "tried" not in refusal.value.detail
    with pytest.raises(Unknown):
        await revoke_key(storage, clock, "ward")


def test_a_finding_says_all_that_is_known_of_it() -> None:
    shown = finding_json(placed_finding())
    assert shown == {
        "label": "pleural_effusion",
        "probability": 0.8,
        "grade": "likely",
        "polarity": "present",
        "uncertain": False,
        "threshold": 0.5,
        "doubt": None,
        "measure": None,
        "abstentions": [],
        "zone": "left_lower",
        "box": [1.0, 2.0, 30.5, 40.0],
        "experts": [{"expert": "fake", "version": "1", "weights_sha256": "0" * 64, "raw": 0.4, "probability": 0.8}],
    }


def test_a_finding_says_its_measure_its_doubt_and_who_kept_silent() -> None:
    measured = replace(
        finding(),
        measure=Measure("cardiothoracic_ratio", 0.56, 0.02),
        abstentions=(Abstention.CUT_OFF,),
        doubt=(0.4, 0.6),
    )
    shown = finding_json(measured)
    assert shown["measure"] == {"name": "cardiothoracic_ratio", "value": 0.56, "error": 0.02}
    assert shown["abstentions"] == ["cut_off"]
    assert shown["doubt"] == [0.4, 0.6]


def test_a_finding_without_a_place_says_none() -> None:
    shown = finding_json(finding(uncertain=True))
    assert (shown["zone"], shown["box"], shown["polarity"]) == (None, None, "uncertain")


def test_the_facts_are_those_of_the_images_that_were_read() -> None:
    lateral = replace(image("two"), view="LL")
    unread = image("three", gate=stopped("It is too small."))
    base = replace(study(), indication="Cough", images=(image("one"), lateral, unread))
    facts = facts_of(base)
    assert facts.views == ("PA", "LL")
    assert facts.unread == ("Image 3 was not read. It is too small.",)
    assert (facts.indication, facts.language) == ("Cough", "en")
    assert [known.label for known in facts.findings] == [Label.PLEURAL_EFFUSION]


def test_a_doubtful_image_is_read_and_an_unknown_view_is_empty() -> None:
    doubtful = replace(image(gate=Gate(Verdict.DOUBTFUL, ("Small.",))), view=None)
    facts = facts_of(replace(study(), images=(doubtful,)), language="de")
    assert (facts.views, facts.unread, facts.language) == (("",), (), "de")


async def test_what_is_asked_for_is_found_or_unknown() -> None:
    desk = Desk()
    taken = await desk.study(b"one", b"two")
    assert (await study_of(desk.storage, taken.id)).id == taken.id
    assert await reports_of(desk.storage, taken.id) == (taken, ())
    assert await image_of(desk.storage, taken.images[1].id) == taken.images[1]
    for missing in (study_of, reports_of, report_of, image_of):
        with pytest.raises(Unknown):
            await missing(desk.storage, "nowhere")


@pytest.mark.parametrize(("size", "sides"), [(None, (256, 256)), (64, (64, 64)), (9999, (256, 256))])
async def test_a_preview_is_a_gray_png_of_the_asked_size(size: int | None, sides: tuple[int, int]) -> None:
    desk = Desk()
    taken = await desk.study()
    png = await preview(desk.storage, desk.films, taken.images[0].id, None, size)
    with Picture.open(io.BytesIO(png)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", sides)


async def test_a_preview_shows_the_asked_window() -> None:
    desk = Desk()
    taken = await desk.study()
    own = await preview(desk.storage, desk.films, taken.images[0].id, None, None)
    narrow = await preview(desk.storage, desk.films, taken.images[0].id, (0.9, 0.01), None)
    with Picture.open(io.BytesIO(narrow)) as dark, Picture.open(io.BytesIO(own)) as usual:
        assert sum(dark.histogram()[:1]) > sum(usual.histogram()[:1])


async def test_the_model_failing_its_check_is_told_in_its_own_words() -> None:
    failure = ModelFailed("refused", "The key is wrong.")
    assert str(failure) == failure.detail == "The key is wrong."
