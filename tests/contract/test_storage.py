"""What every ``service.ports.Storage`` keeps to: the one behind SQLite, behind PostgreSQL, and the fake."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from models.findings import Gate, Verdict
from service.domain.conversation import Conversation
from service.domain.errors import Clash, Unknown
from service.domain.report import ReportState
from service.domain.study import Study, StudyState
from service.ports import StudyQuery
from tests.contract import records
from tests.contract.storing import ReadableStorage, add, stored

# Units of work


async def test_a_current_database_has_no_problem(storage: ReadableStorage) -> None:
    assert await storage.check() is None


async def test_a_unit_left_without_commit_leaves_nothing(storage: ReadableStorage) -> None:
    async with storage.unit() as unit:
        await unit.studies.add(records.study())
        await unit.audit.add(records.event())
        assert await unit.studies.get("study-1") is not None
    async with storage.unit(readonly=True) as unit:
        assert await unit.studies.get("study-1") is None
        assert await unit.audit.of("study-1") == ()


async def test_a_unit_that_fails_leaves_nothing_and_does_not_block_the_next(storage: ReadableStorage) -> None:
    async def fail() -> None:
        async with storage.unit() as unit:
            await unit.studies.add(records.study())
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    await add(storage, records.study())


async def test_what_follows_a_commit_needs_its_own(storage: ReadableStorage) -> None:
    async with storage.unit() as unit:
        await unit.studies.add(records.study(1))
        await unit.commit()
        await unit.studies.add(records.study(2))
    assert await stored(storage, "study-1") == records.study(1)
    assert await stored(storage, "study-2") is None


async def test_a_cancelled_unit_leaves_nothing_and_does_not_block_the_next(storage: ReadableStorage) -> None:
    added = asyncio.Event()

    async def hang() -> None:
        async with storage.unit() as unit:
            await unit.studies.add(records.study())
            added.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await added.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await stored(storage, "study-1") is None
    await add(storage, records.study())


async def test_a_reader_waits_for_no_writer_and_sees_only_what_is_committed(storage: ReadableStorage) -> None:
    async with storage.unit() as writer:
        await writer.studies.add(records.study())
        assert await stored(storage, "study-1") is None
        await writer.commit()
    assert await stored(storage, "study-1") == records.study()


async def test_a_reader_sees_one_moment(storage: ReadableStorage) -> None:
    async with storage.unit(readonly=True) as reader:
        assert await reader.studies.by_content("content-1") is None
        await add(storage, records.study())
        assert await reader.studies.by_content("content-1") is None


async def test_a_reader_cannot_commit(storage: ReadableStorage) -> None:
    async with storage.unit(readonly=True) as unit:
        with pytest.raises(RuntimeError):
            await unit.commit()


async def test_twenty_writers_at_once_all_get_through(storage: ReadableStorage) -> None:
    async def ingest(number: int) -> None:
        async with storage.unit() as unit:
            assert await unit.studies.by_content(f"content-{number}") is None
            await unit.studies.add(records.study(number, images=(records.image(f"image-{number}"),)))
            await unit.audit.add(records.event(f"event-{number}", "all"))
            await unit.commit()

    await asyncio.gather(*(ingest(number) for number in range(20)))
    async with storage.unit(readonly=True) as unit:
        page, _ = await unit.studies.page(StudyQuery())
        assert {study.id for study in page} == {f"study-{number}" for number in range(20)}
        assert len(await unit.audit.of("all")) == 20


async def test_the_same_content_at_once_is_stored_once(storage: ReadableStorage) -> None:
    async def ingest(number: int) -> bool:
        async with storage.unit() as unit:
            try:
                await unit.studies.add(replace(records.study(number), content_key="same"))
            except Clash:
                return False
            await unit.commit()
            return True

    assert sorted(await asyncio.gather(*(ingest(number) for number in range(8)))) == [False] * 7 + [True]


# Studies


@pytest.mark.parametrize("study", [records.study(), records.full_study()], ids=["bare", "full"])
async def test_a_study_comes_back_as_it_went_in(storage: ReadableStorage, study: Study) -> None:
    await add(storage, study)
    async with storage.unit(readonly=True) as unit:
        found = await unit.studies.get(study.id)
        assert found == study
        assert found.created_at.utcoffset() == timedelta(0)
        assert await unit.studies.by_content(study.content_key) == study
        for image in study.images:
            assert await unit.studies.of_image(image.id) == study


async def test_what_is_not_there_is_none(storage: ReadableStorage) -> None:
    async with storage.unit(readonly=True) as unit:
        assert await unit.studies.get("x") is None
        assert await unit.studies.by_content("x") is None
        assert await unit.studies.of_image("x") is None
        assert await unit.reports.get("x") is None
        assert await unit.reports.of_study("x") == ()
        assert await unit.keys.by_secret("x") is None
        assert await unit.requests.get("x", "y") is None
        assert await unit.conversations.get("x", "y") == Conversation("x", "y")


TWIN = records.study(2, images=(records.image("image-2"),))


@pytest.mark.parametrize(
    "clashing",
    [
        replace(TWIN, content_key="content-1"),
        replace(TWIN, id="study-1"),
        replace(TWIN, images=(records.image("image-1"),)),
    ],
    ids=["content", "id", "image"],
)
async def test_a_clash_leaves_the_unit_usable(storage: ReadableStorage, clashing: Study) -> None:
    await add(storage, records.study(1, images=(records.image("image-1"),)))
    async with storage.unit() as unit:
        await unit.audit.add(records.event())
        with pytest.raises(Clash):
            await unit.studies.add(clashing)
        await unit.studies.add(TWIN)
        await unit.commit()
    assert await stored(storage, "study-2") == TWIN
    async with storage.unit(readonly=True) as unit:
        assert await unit.audit.of("study-1") == (records.event(),)


async def test_save_overwrites_what_the_experts_say_and_nothing_else(storage: ReadableStorage) -> None:
    before = replace(records.full_study(), state=StudyState.RECEIVED)
    await add(storage, before)
    gate = Gate(Verdict.PASS)
    images = tuple(
        replace(image, gate=gate, readings=(records.BARE_READING,), findings=(), file_name="x")
        for image in before.images
    )
    read = replace(before, state=StudyState.READ, findings=(records.BARE_FINDING,), owner="thief", images=images)
    async with storage.unit() as unit:
        await unit.studies.save(read)
        await unit.commit()
    kept = tuple(replace(new, file_name=old.file_name) for new, old in zip(images, before.images, strict=True))
    assert await stored(storage, before.id) == replace(read, owner=before.owner, images=kept)


async def test_a_state_is_set_and_nothing_else(storage: ReadableStorage) -> None:
    before = replace(records.full_study(), state=StudyState.READ)
    await add(storage, before)
    async with storage.unit() as unit:
        seen = await unit.studies.get(before.id)
        await unit.studies.set_state(before.id, StudyState.DRAFTED)
        assert await unit.studies.get(before.id) == replace(before, state=StudyState.DRAFTED)
        await unit.commit()
    assert seen == before
    assert await stored(storage, before.id) == replace(before, state=StudyState.DRAFTED)


async def test_saving_a_study_that_is_gone_is_unknown(storage: ReadableStorage) -> None:
    async with storage.unit() as unit:
        with pytest.raises(Unknown):
            await unit.studies.save(records.study())
        with pytest.raises(Unknown):
            await unit.studies.set_state("gone", StudyState.DRAFTED)


async def test_delete_takes_all_that_is_the_studys_own(storage: ReadableStorage) -> None:
    own, shared = "1" * 64, "2" * 64
    first = records.study(1, images=tuple(records.image(f"a{n}", sha256=own) for n in (1, 2)))
    first = replace(first, images=(*first.images, records.image("a3", sha256=shared)))
    second = records.study(2, images=(records.image("b1", sha256=shared),))
    await add(storage, first, second)
    async with storage.unit() as unit:
        for number in (1, 2):
            await unit.reports.add(records.report(f"report-{number}", f"study-{number}"))
            await unit.conversations.append(f"study-{number}", "me", records.turn(f"turn-{number}"))
            await unit.requests.add("me", f"key-{number}", "print", f"study-{number}")
            await unit.audit.add(records.event(f"event-{number}", f"study-{number}"))
            await unit.studies.see(f"study-{number}", "me", records.START)
        await unit.reports.revise(*records.revised(records.report(), ReportState.SIGNED))
        assert await unit.studies.delete("study-1") == (own,)
        assert await unit.reports.get("report-1") is None
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        assert await unit.studies.get("study-1") is None
        assert await unit.studies.of_image("a1") is None
        assert await unit.reports.get("report-1") is None
        assert await unit.reports.history("report-1") == ()
        assert await unit.studies.seen("me", ["study-1", "study-2"]) == {"study-2"}
        assert await unit.conversations.get("study-1", "me") == Conversation("study-1", "me")
        assert await unit.requests.get("me", "key-1") is None
        assert len(await unit.audit.of("study-1")) == 1
        assert await unit.studies.get("study-2") == second
        assert await unit.reports.get("report-2") is not None
        assert len((await unit.conversations.get("study-2", "me")).turns) == 1
        assert await unit.requests.get("me", "key-2") == ("print", "study-2")


async def test_deleting_what_is_not_there_frees_nothing(storage: ReadableStorage) -> None:
    async with storage.unit() as unit:
        assert await unit.studies.delete("x") == ()


# Reports


async def test_a_report_is_stored_once(storage: ReadableStorage) -> None:
    await add(storage, records.study())
    report = records.report()
    async with storage.unit() as unit:
        assert await unit.reports.add(report) is True
        assert await unit.reports.add(replace(report, written_by="another")) is False
        await unit.commit()
    async with storage.unit() as unit:
        assert await unit.reports.add(replace(report, written_by="another")) is False
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        assert await unit.reports.get(report.id) == report
        assert await unit.reports.of_study("study-1") == (report,)


async def test_a_report_written_by_several_at_once_is_stored_once(storage: ReadableStorage) -> None:
    await add(storage, records.study())

    async def write() -> bool:
        async with storage.unit() as unit:
            new = await unit.reports.add(records.report())
            await unit.commit()
            return new

    assert sorted(await asyncio.gather(*(write() for _ in range(5)))) == [False] * 4 + [True]


async def test_reports_are_newest_first(storage: ReadableStorage) -> None:
    await add(storage, records.study(1), records.study(2))
    bare = replace(records.report("bare", minutes=-1), fallback=None, provenance={})
    async with storage.unit() as unit:
        for report in (records.report("old"), records.report("new", minutes=1), bare):
            await unit.reports.add(report)
        await unit.reports.add(records.report("other", "study-2"))
        assert [report.id for report in await unit.reports.of_study("study-1")] == ["new", "old", "bare"]
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        assert await unit.reports.get("bare") == bare


async def test_the_reports_of_many_studies_come_at_once(storage: ReadableStorage) -> None:
    await add(storage, records.study(1), records.study(2), records.study(3))
    async with storage.unit() as unit:
        for report in (records.report("old"), records.report("new", minutes=1), records.report("other", "study-2")):
            await unit.reports.add(report)
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        found = await unit.reports.of_studies(["study-1", "study-3", "x"])
        assert {study_id: [report.id for report in reports] for study_id, reports in found.items()} == {
            "study-1": ["new", "old"]
        }
        assert found["study-1"][1] == records.report("old")
        assert await unit.reports.of_studies([]) == {}


async def test_nothing_is_stored_for_a_study_that_is_gone(storage: ReadableStorage) -> None:
    async with storage.unit() as unit:
        with pytest.raises(Unknown):
            await unit.reports.add(records.report())
        with pytest.raises(Unknown):
            await unit.conversations.append("study-1", "me", records.turn())
        with pytest.raises(Unknown):
            await unit.requests.add("me", "key", "print", "study-1")


# Phrases


async def test_phrases_are_replaced_as_a_whole_and_keep_their_order(storage: ReadableStorage) -> None:
    first, second = records.phrase("z"), records.phrase("a")
    for phrases in ((first,), (first, second), (replace(second, text="x"), first), ()):
        async with storage.unit() as unit:
            await unit.phrases.replace(phrases)
            await unit.commit()
        async with storage.unit(readonly=True) as unit:
            assert await unit.phrases.all() == phrases


async def test_two_phrases_of_one_name_clash(storage: ReadableStorage) -> None:
    async with storage.unit() as unit:
        await unit.phrases.replace([records.phrase()])
        with pytest.raises(Clash):
            await unit.phrases.replace([records.phrase("a"), records.phrase("a")])
        assert await unit.phrases.all() == (records.phrase(),)


# Conversations


async def test_turns_are_counted_for_each_study_and_principal(storage: ReadableStorage) -> None:
    await add(storage, records.study(1), records.study(2))
    places = [("study-1", "me"), ("study-1", "you"), ("study-1", "me"), ("study-2", "me"), ("study-1", "me")]
    async with storage.unit() as unit:
        for number, (study_id, principal) in enumerate(places):
            await unit.conversations.append(study_id, principal, records.turn(f"turn-{number}", f"{number}"))
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        mine = await unit.conversations.get("study-1", "me")
        yours = await unit.conversations.get("study-1", "you")
    assert [(turn.position, turn.text) for turn in mine.turns] == [(0, "0"), (1, "2"), (2, "4")]
    assert [(turn.position, turn.text) for turn in yours.turns] == [(0, "1")]


async def test_an_answer_keeps_what_it_cites_and_how_it_was_checked(storage: ReadableStorage) -> None:
    await add(storage, records.study())
    async with storage.unit() as unit:
        await unit.conversations.append("study-1", "me", records.answer())
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        assert (await unit.conversations.get("study-1", "me")).turns == (records.answer(),)


async def test_turns_appended_at_once_get_positions_of_their_own(storage: ReadableStorage) -> None:
    await add(storage, records.study())

    async def ask(number: int) -> int:
        async with storage.unit() as unit:
            turn = await unit.conversations.append("study-1", "me", records.turn(f"turn-{number}"))
            await unit.commit()
            return turn.position

    assert sorted(await asyncio.gather(*(ask(number) for number in range(20)))) == list(range(20))


async def test_turns_are_stored_once(storage: ReadableStorage) -> None:
    await add(storage, records.study())
    async with storage.unit() as unit:
        await unit.conversations.append("study-1", "me", records.turn())
        with pytest.raises(Clash):
            await unit.conversations.append("study-1", "me", records.turn())


# Keys, requests, audit


async def test_a_key_is_valid_until_it_is_revoked(storage: ReadableStorage) -> None:
    key = records.key()
    at = records.START + timedelta(days=1)
    async with storage.unit() as unit:
        await unit.keys.add(key)
        await unit.commit()
    async with storage.unit() as unit:
        assert await unit.keys.by_secret(key.secret_sha256) == key
        await unit.keys.revoke("ward", at)
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        assert await unit.keys.by_secret(key.secret_sha256) is None
        assert await unit.keys.all() == (replace(key, revoked_at=at),)


async def test_a_name_is_taken_while_its_key_is_valid(storage: ReadableStorage) -> None:
    async with storage.unit() as unit:
        await unit.keys.add(records.key("key-2", minutes=1))
        with pytest.raises(Clash):
            await unit.keys.add(records.key("key-1"))
        await unit.keys.revoke("ward", records.START)
        await unit.keys.add(records.key("key-1"))
        with pytest.raises(Unknown):
            await unit.keys.revoke("other", records.START)
        assert [key.id for key in await unit.keys.all()] == ["key-1", "key-2"]


async def test_an_idempotency_key_is_remembered_for_its_principal(storage: ReadableStorage) -> None:
    await add(storage, records.study(1), records.study(2))
    async with storage.unit() as unit:
        await unit.requests.add("me", "key", "print", "study-1")
        with pytest.raises(Clash):
            await unit.requests.add("me", "key", "other", "study-2")
        await unit.requests.add("you", "key", "other", "study-2")
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        assert await unit.requests.get("me", "key") == ("print", "study-1")
        assert await unit.requests.get("you", "key") == ("other", "study-2")
        assert await unit.requests.get("me", "another") is None


async def test_the_audit_trail_keeps_the_order_of_events(storage: ReadableStorage) -> None:
    events = [records.event(event_id) for event_id in ("z", "a", "m")]  # all at the same moment
    async with storage.unit() as unit:
        for event in events:
            await unit.audit.add(event)
        await unit.audit.add(records.event("x", "study-2"))
        await unit.commit()
    async with storage.unit(readonly=True) as unit:
        assert await unit.audit.of("study-1") == tuple(events)
