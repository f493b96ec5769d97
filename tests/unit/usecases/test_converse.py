from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from service.domain.conversation import Turn, TurnState
from service.domain.errors import BlobDamaged, ModelFailed, Rejected, TryLater, Unknown
from service.usecases.converse import Converse
from service.usecases.delete import delete_study
from service.usecases.draft import first_job
from service.usecases.generation import FellBack, Piece, Writer, Written
from service.usecases.guarding import Guard
from service.usecases.ingest import Labelling
from tests.factories import ALICE, BOB
from tests.fakes import FakeModel
from tests.unit.usecases.desk import REPORT, Desk

ANSWER = "There is a pleural effusion. A mass was not assessed."


def desk_of(*script: str | float | BaseException) -> tuple[Desk, FakeModel]:
    model = FakeModel(*(script or (ANSWER,)))
    return Desk(model=model), model


async def asked(converse: Converse, study_id: str, message: str = "Is there an effusion?") -> Turn:
    """Ask as Alice and return the stored answer."""
    *_, last = [event async for event in converse.answer(await converse.ask(study_id, message, ALICE))]
    assert isinstance(last, Turn)
    return last


async def test_an_answer_comes_in_sentences_and_is_stored_after_the_question() -> None:
    desk, _ = desk_of("There is a pleural ", "effusion. There is no ", "pneumothorax.")
    study = await desk.read_study()
    question = await desk.converse.ask(study.id, "  Is there an effusion? ", ALICE)
    events = [event async for event in desk.converse.answer(question)]
    assert events[:-1] == [Piece("There is a pleural effusion."), Piece(" There is no pneumothorax.")]
    turns = (await desk.converse.history(study.id, ALICE)).turns
    assert [(turn.position, turn.role, turn.text) for turn in turns] == [
        (0, "user", "Is there an effusion?"),
        (1, "assistant", "There is a pleural effusion. There is no pneumothorax."),
    ]
    assert events[-1] == turns[1]
    assert (turns[1].state, turns[1].written_by) == (TurnState.COMPLETE, "fake:model")


async def test_the_question_is_stored_before_the_model_is_asked() -> None:
    desk, model = desk_of()
    study = await desk.read_study()
    await desk.converse.ask(study.id, "Is there an effusion?", ALICE)
    assert [turn.text for turn in (await desk.converse.history(study.id, ALICE)).turns] == ["Is there an effusion?"]
    assert not model.requests
    assert desk.storage.tables.audit[-1].action == "chat.asked"


async def test_the_model_is_not_asked_about_another_patient() -> None:
    desk, model = desk_of()
    study = await desk.read_study()
    turn = await asked(desk.converse, study.id, "What did the film of the patient in bed four show?")
    assert turn.text.startswith("Only this study can be spoken of here")
    assert (turn.state, turn.written_by, turn.citations) == (TurnState.COMPLETE, "narrator", ())
    assert not model.requests


async def test_citations_are_the_findings_of_this_study_that_the_answer_speaks_of() -> None:
    desk, _ = desk_of(ANSWER)
    answer = await asked(desk.converse, (await desk.read_study()).id)
    assert answer.citations == ("pleural_effusion",), "nobody here reads masses"


async def test_nobody_sees_anothers_conversation_nor_does_the_model() -> None:
    desk, model = desk_of()
    study = await desk.read_study()
    await asked(desk.converse, study.id, "Alice asks of the heart")
    assert not (await desk.converse.history(study.id, BOB)).turns
    question = await desk.converse.ask(study.id, "Bob asks", BOB)
    [event async for event in desk.converse.answer(question)]
    assert "Alice asks of the heart" not in str(model.requests[-1].messages)
    assert [turn.text for turn in (await desk.converse.history(study.id, BOB)).turns] == ["Bob asks", ANSWER]


async def test_conversations_of_two_studies_are_apart() -> None:
    desk, model = desk_of()
    one, two = await desk.read_study(b"one"), await desk.read_study(b"two")
    await asked(desk.converse, one.id, "About the first film")
    await asked(desk.converse, two.id, "About the second film")
    assert "About the first film" not in str(model.requests[-1].messages)
    assert len((await desk.converse.history(two.id, ALICE)).turns) == 2


async def test_the_model_is_given_the_earlier_turns_the_report_and_the_question_last() -> None:
    desk, model = desk_of(REPORT)
    study = await desk.study()
    await desk.jobs.submit(first_job(study, draft=True))
    await asked(desk.converse, study.id, "First question")
    await asked(desk.converse, study.id, "Second question")
    messages = model.requests[-1].messages
    assert [message.role for message in messages] == ["system", "user", "assistant", "user"]
    assert "There is an effusion." in messages[0].content
    assert "First question" in messages[1].content
    assert "Second question" in messages[-1].content
    assert "Second question" not in "".join(message.content for message in messages[:-1])


async def test_turns_that_run_at_once_each_have_a_place() -> None:
    desk, _ = desk_of(0.001, "Yes, ", "there is.", "")
    study = await desk.read_study()
    await asyncio.gather(*(asked(desk.converse, study.id, f"Question {number}") for number in range(8)))
    turns = (await desk.converse.history(study.id, ALICE)).turns
    assert [turn.position for turn in turns] == list(range(16))
    assert sum(turn.role == "assistant" for turn in turns) == 8


async def test_who_leaves_cancels_the_model_and_what_was_said_is_kept() -> None:
    desk, model = desk_of("There is a pleural effusion. It ", "is ", 30.0)
    study = await desk.read_study()
    async with aclosing(desk.converse.answer(await desk.converse.ask(study.id, "And?", ALICE))) as events:  # type: ignore[type-var]  # a generator
        assert await anext(events) == Piece("There is a pleural effusion.")
    await desk.converse.aclose()
    answer = (await desk.converse.history(study.id, ALICE)).turns[-1]
    assert (answer.role, answer.state, answer.text) == (
        "assistant",
        TurnState.CANCELLED,
        "There is a pleural effusion.",
    )
    assert model.closed_streams == 1


async def test_a_cancelled_request_is_as_one_that_was_left() -> None:
    desk, model = desk_of("The ", 30.0)
    study = await desk.read_study()
    listening = asyncio.create_task(asked(desk.converse, study.id))
    await asyncio.sleep(0.02)
    assert model.requests
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    await desk.converse.aclose()
    answer = (await desk.converse.history(study.id, ALICE)).turns[-1]
    assert (answer.state, answer.text.strip()) == (TurnState.CANCELLED, "")


async def answered_with_failure(desk: Desk, study_id: str, failure: type[Exception]) -> Turn:
    """Ask as Alice, see the answer fail, and return what is stored of it."""
    question = await desk.converse.ask(study_id, "Is there an effusion?", ALICE)
    with pytest.raises(failure):
        [event async for event in desk.converse.answer(question)]
    await desk.converse.aclose()
    return (await desk.converse.history(study_id, ALICE)).turns[-1]


async def test_an_answer_that_the_service_failed_at_is_stored_as_failed_with_the_reason() -> None:
    desk, _ = desk_of()
    study = await desk.read_study()
    desk.films.forget(study.images[0].sha256)
    desk.blobs.data[study.images[0].sha256] = b"rotten"
    turn = await answered_with_failure(desk, study.id, BlobDamaged)
    assert (turn.role, turn.state, turn.failure) == ("assistant", TurnState.FAILED, "The stored file is damaged.")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (ModelFailed("empty", "Nothing."), "Nothing."),
        (RuntimeError("Jane Doe"), "The language model's adapter failed; see the log."),
    ],
)
async def test_a_narrator_that_fails_is_no_reader_who_left(failure: Exception, reason: str) -> None:
    narrator = FakeModel("There is a pleural effusion. It ", failure)
    desk = Desk()
    writer = Writer({"narrator": narrator}, default="narrator", narrator=narrator)
    desk.converse = Converse(desk.storage, desk.films, Guard(writer), desk.clock)
    turn = await answered_with_failure(desk, (await desk.read_study()).id, ModelFailed)
    assert (turn.state, turn.text, turn.failure) == (TurnState.FAILED, "There is a pleural effusion.", reason)


async def test_a_fault_of_ours_is_stored_without_its_words() -> None:
    class Faulty(Writer):
        def write(self, *_given: object, **_named: object) -> AsyncGenerator[Piece | FellBack | Written, None]:
            raise RuntimeError("Jane Doe")

    desk = Desk()
    writer = Faulty({"site": desk.model}, default="site", narrator=desk.model)
    desk.converse = Converse(desk.storage, desk.films, Guard(writer), desk.clock)
    turn = await answered_with_failure(desk, (await desk.read_study()).id, RuntimeError)
    assert turn.state is TurnState.FAILED
    assert turn.failure == "The service failed in the middle of this answer; ask again."


async def test_the_narrator_answers_when_the_model_fails_and_the_turn_says_why() -> None:
    desk, _ = desk_of("The mass", ModelFailed("timeout", "It took too long."))
    study = await desk.read_study()
    events = [event async for event in desk.converse.answer(await desk.converse.ask(study.id, "Effusion?", ALICE))]
    assert isinstance(events[0], FellBack)
    answer = events[-1]
    assert isinstance(answer, Turn)
    assert (answer.written_by, answer.failure, answer.state) == ("narrator", "It took too long.", TurnState.COMPLETE)
    assert "effusion" in answer.text
    assert "The mass" not in answer.text


@pytest.mark.parametrize("message", ["", " \n\t", "x" * 4001])
async def test_no_question_and_an_endless_one_are_refused(message: str) -> None:
    desk, _ = desk_of()
    study = await desk.read_study()
    with pytest.raises(Rejected) as refusal:
        await desk.converse.ask(study.id, message, ALICE)
    assert refusal.value.code == "bad-message"
    assert not desk.storage.tables.turns


async def test_a_study_that_is_still_read_is_asked_about_later() -> None:
    desk, _ = desk_of()
    study = await desk.study()
    with pytest.raises(TryLater) as refusal:
        await desk.converse.ask(study.id, "Well?", ALICE)
    assert refusal.value.retry_after_s == 2


async def test_nothing_is_known_of_a_study_that_is_not_there() -> None:
    desk, _ = desk_of()
    with pytest.raises(Unknown):
        await desk.converse.ask("nowhere", "Well?", ALICE)
    with pytest.raises(Unknown):
        await desk.converse.history("nowhere", ALICE)


async def test_what_is_known_of_the_patient_never_reaches_the_model() -> None:
    desk, model = desk_of()
    study = await desk.read_study(labelling=Labelling(patient_ref="DOE^JANE", accession="QX77"))
    await asked(desk.converse, study.id, "Has Jane Doe (QX77, born 02.01.1960) an effusion?")
    await asked(desk.converse, study.id, "And since then?")
    for request in model.requests:
        for planted in ("Jane", "Doe", "QX77", "1960"):
            assert planted not in str(request.messages)
            assert planted not in str(request.question)


async def test_an_answer_about_a_study_deleted_meanwhile_is_not_kept() -> None:
    desk, _ = desk_of()
    study = await desk.read_study()
    question = await desk.converse.ask(study.id, "Well?", ALICE)
    await delete_study(desk.storage, desk.blobs, desk.films, desk.clock, study.id, ALICE)
    with pytest.raises(Unknown):
        [event async for event in desk.converse.answer(question)]
    assert not desk.storage.tables.turns
