from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import get_args

import pytest

from prompts.facts import StudyFacts
from service.domain.errors import FailureReason, ModelFailed, Rejected
from service.llm.narrator import Narrator
from service.ports import ChatMessage, ChatModel, ChatRequest, Delta
from service.usecases.generation import FellBack, Piece, Writer, Written
from tests.factories import finding
from tests.fakes import FakeModel

REQUEST = ChatRequest((ChatMessage("user", "Report."),), StudyFacts(findings=(finding(),)), deadline_s=5.0)
QUICK = ChatRequest(REQUEST.messages, REQUEST.facts, deadline_s=0.05)
REASONS = list(get_args(FailureReason))


def writer_of(model: ChatModel, narrator: ChatModel | None = None) -> Writer:
    return Writer({"narrator": narrator or Narrator(), "site": model}, default="site", narrator=narrator or Narrator())


async def run(
    model: ChatModel, request: ChatRequest = REQUEST, accept: Callable[[str], bool] = bool
) -> list[Piece | FellBack | Written]:
    return [event async for event in writer_of(model).write(request, accept=accept)]


def ending(events: list[Piece | FellBack | Written]) -> Written:
    assert isinstance(events[-1], Written)
    assert not any(isinstance(event, Written) for event in events[:-1])
    return events[-1]


def reason_of(events: list[Piece | FellBack | Written]) -> str | None:
    fallback = ending(events).fallback
    assert sum(isinstance(event, FellBack) for event in events) == (fallback is not None)
    return fallback.reason if fallback else None


class Foreign(FakeModel):
    """A plug from outside that fails before it gives an iterator."""

    def stream(self, request: ChatRequest) -> AsyncIterator[Delta]:
        raise ValueError(f"cannot take {len(request.messages)} messages")


class Bare(FakeModel):
    """A plug whose iterator is no generator: it cannot be closed."""

    def __init__(self) -> None:
        super().__init__()
        self._deltas = [Delta("Fine."), Delta("", finish="stop")]

    def stream(self, request: ChatRequest) -> AsyncIterator[Delta]:
        self.requests.append(request)
        return self

    def __aiter__(self) -> AsyncIterator[Delta]:
        return self

    async def __anext__(self) -> Delta:
        if not self._deltas:
            raise StopAsyncIteration
        return self._deltas.pop(0)


async def test_the_text_comes_in_pieces_and_whole_with_its_cost() -> None:
    events = await run(FakeModel("There is ", "an effusion.\n"))
    assert events[:-1] == [Piece("There is "), Piece("an effusion.\n")]
    written = ending(events)
    assert (written.text, written.written_by, written.fallback) == ("There is an effusion.", "fake:model", None)
    assert (written.prompt_tokens, written.completion_tokens) == (7, 5)
    assert 0 <= written.seconds < 1


@pytest.mark.parametrize("reason", REASONS)
async def test_the_narrator_writes_when_the_model_fails(reason: FailureReason) -> None:
    events = await run(FakeModel(ModelFailed(reason, "Why.")))
    written = ending(events)
    assert reason_of(events) == reason
    assert written.written_by == "narrator"
    assert "effusion" in written.text
    assert written.fallback is not None
    assert written.fallback.detail == "Why."


@pytest.mark.parametrize("reason", REASONS)
async def test_what_a_model_wrote_before_it_failed_is_void(reason: FailureReason) -> None:
    events = await run(FakeModel("There is no ", ModelFailed(reason, "Why.")))
    assert events[0] == Piece("There is no ")
    assert isinstance(events[1], FellBack)
    assert "".join(event.text for event in events[2:] if isinstance(event, Piece)).strip() == ending(events).text


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param((Delta("", finish="stop"),), "empty", id="no text"),
        pytest.param((Delta(" \n"), Delta("", finish="stop")), "empty", id="only white space"),
        pytest.param((0.0,), "empty", id="nothing at all"),
        pytest.param((Delta("The heart is"),), "cut", id="no end"),
        pytest.param((Delta("The heart is"), Delta("", finish="length")), "cut", id="at the token limit"),
        pytest.param((RuntimeError("boom"),), "server-error", id="a crash of the adapter"),
        pytest.param((Delta("The"), KeyError("choices")), "server-error", id="a crash in the middle"),
    ],
)
async def test_an_answer_that_is_none_is_a_failure(
    script: tuple[str | Delta | float | BaseException, ...], reason: str
) -> None:
    assert reason_of(await run(FakeModel(*script))) == reason


async def test_a_text_without_the_asked_for_form_is_malformed() -> None:
    events = await run(FakeModel("Sure, happy to help!"), accept=lambda text: text.startswith("FINDINGS"))
    assert reason_of(events) == "malformed"
    assert ending(events).text.startswith("FINDINGS")


async def test_the_form_is_judged_on_the_whole_text() -> None:
    seen: list[str] = []

    def accept(text: str) -> bool:
        seen.append(text)
        return True

    await run(FakeModel("  FIND", "INGS "), accept=accept)
    assert seen == ["FINDINGS"]


async def test_a_plug_that_fails_before_it_streams_is_a_failure_too() -> None:
    assert reason_of(await run(Foreign())) == "server-error"


async def test_an_iterator_that_cannot_be_closed_will_do() -> None:
    assert ending(await run(Bare())).text == "Fine."


@pytest.mark.parametrize("silence_after", [(), ("The heart",)])
async def test_no_model_exceeds_the_deadline(silence_after: tuple[str, ...]) -> None:
    model, started = FakeModel(*silence_after, 30.0), time.perf_counter()
    events = await run(model, QUICK)
    assert time.perf_counter() - started < 1
    assert reason_of(events) == "timeout"
    assert model.closed_streams == 1


async def test_a_model_that_drips_is_held_to_the_deadline_as_a_whole() -> None:
    drops: list[str | Delta | float | BaseException] = [part for _ in range(100) for part in ("and ", 0.01)]
    assert reason_of(await run(FakeModel(*drops), QUICK)) == "timeout"


async def test_closing_the_iterator_closes_the_models_stream() -> None:
    model = FakeModel("The ", "heart ", 30.0)
    async with aclosing(writer_of(model).write(REQUEST)) as events:
        assert await anext(events) == Piece("The ")
        assert model.closed_streams == 0
    assert model.closed_streams == 1


async def test_cancelling_who_listens_closes_the_models_stream_and_tries_no_other() -> None:
    model, narrator = FakeModel(30.0), FakeModel("Narrated.")
    listening = asyncio.create_task(anext(writer_of(model, narrator).write(REQUEST)))
    await asyncio.sleep(0.01)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert model.closed_streams == 1
    assert not narrator.requests


async def test_a_failure_of_the_narrator_is_no_fallback() -> None:
    narrator = FakeModel(ModelFailed("empty", "Nothing."))
    with pytest.raises(ModelFailed, match="Nothing"):
        [event async for event in writer_of(FakeModel(ModelFailed("timeout", "Slow.")), narrator).write(REQUEST)]


async def test_another_model_is_used_by_name() -> None:
    events = [event async for event in writer_of(FakeModel("x")).write(REQUEST, llm="narrator")]
    assert ending(events).written_by == "narrator"


def test_a_model_that_the_site_has_not_is_refused_with_those_it_has() -> None:
    with pytest.raises(Rejected, match="narrator, site") as refusal:
        writer_of(FakeModel()).model("gpt-9")
    assert refusal.value.code == "unknown-llm"
