"""What every language model promises, whichever it is: ``service.ports.ChatModel``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from models.findings import Finding, Label
from prompts.facts import StudyFacts
from service.llm.local import LocalModel
from service.llm.options import Limits
from service.plugins import load, names
from service.ports import ChatMessage, ChatModel, ChatRequest, Delta
from tests.fake_llama import ScriptedEngine, spoken
from tests.fault_llm import REPORT, FaultServer

FACTS = StudyFacts((Finding(Label.CARDIOMEGALY, 0.9, 0.5, uncertain=False, experts=()),), views=("PA",))
REPORT_REQUEST = ChatRequest((ChatMessage("system", "Be brief."), ChatMessage("user", "Report.")), FACTS)
QUESTION_REQUEST = replace(REPORT_REQUEST, question="Is the heart enlarged?")


@contextmanager
def _narrator() -> Iterator[ChatModel]:
    yield load("cxr.llm", "narrator")({})


@contextmanager
def _openai() -> Iterator[ChatModel]:
    with FaultServer() as server:
        yield load("cxr.llm", "openai")({"base_url": server.base_url, "model": "ok"})


@contextmanager
def _local() -> Iterator[ChatModel]:
    yield LocalModel(lambda: ScriptedEngine(spoken(REPORT)), "scripted", Limits.of({}))


MAKERS = {"narrator": _narrator, "openai": _openai, "local": _local}


@pytest.fixture(params=sorted(MAKERS))
async def model(request: pytest.FixtureRequest) -> AsyncIterator[ChatModel]:
    with MAKERS[request.param]() as made:
        yield made
        await made.aclose()


async def _all(model: ChatModel, request: ChatRequest = REPORT_REQUEST) -> list[Delta]:
    return [delta async for delta in model.stream(request)]


def _text(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def test_every_installed_model_of_ours_is_held_to_this_contract() -> None:
    assert set(MAKERS) <= set(names("cxr.llm"))


def test_it_says_what_it_is(model: ChatModel) -> None:
    assert model.name.split(":")[0] in MAKERS


@pytest.mark.parametrize("request_", [REPORT_REQUEST, QUESTION_REQUEST], ids=["report", "question"])
async def test_a_text_comes_in_pieces_and_only_the_last_says_that_it_ended(
    model: ChatModel, request_: ChatRequest
) -> None:
    deltas = await _all(model, request_)
    assert _text(deltas).strip()
    assert [delta.finish for delta in deltas] == [None] * (len(deltas) - 1) + ["stop"]


async def test_a_report_has_the_asked_for_form(model: ChatModel) -> None:
    text = _text(await _all(model))
    assert text.startswith("FINDINGS:\n")
    assert "\n\nIMPRESSION:\n" in text


async def test_it_can_be_asked_again_after_an_answer_that_nobody_read_to_its_end(model: ChatModel) -> None:
    stream = model.stream(REPORT_REQUEST)
    assert isinstance(stream, AsyncGenerator)
    await anext(stream)
    await stream.aclose()
    assert (await _all(model))[-1].finish == "stop"


async def test_two_answers_at_a_time_do_not_mix(model: ChatModel) -> None:
    alone = await _all(model)
    assert list(await asyncio.gather(_all(model), _all(model))) == [alone, alone]


async def test_it_can_be_cancelled_before_it_speaks(model: ChatModel) -> None:
    task = asyncio.create_task(_all(model))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() or model.name == "narrator"  # which has spoken before anyone can cancel it
    assert (await _all(model))[-1].finish == "stop"


async def test_a_model_at_hand_has_nothing_to_report(model: ChatModel) -> None:
    await _all(model)
    assert await model.check() is None


@pytest.mark.parametrize("name", sorted(MAKERS))
async def test_closing_twice_does_no_harm(name: str) -> None:
    with MAKERS[name]() as model:
        await model.aclose()
        await model.aclose()
