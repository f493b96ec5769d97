"""The OpenAI-compatible adapter against a server that fails in every way we know of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from prompts.facts import StudyFacts
from service.domain.errors import ModelFailed
from service.llm.narrator import Narrator
from service.llm.openai_compatible import build
from service.ports import ChatMessage, ChatModel, ChatRequest, Delta
from service.usecases.generation import Writer, Written
from tests.fault_llm import CHAT, REASONS, REPORT, FaultServer, closed_port_url

MESSAGES = (ChatMessage("system", "Be brief."), ChatMessage("user", "Report."))
REQUEST = ChatRequest(MESSAGES, StudyFacts(()), max_tokens=40, deadline_s=20)
HURRIED = replace(REQUEST, deadline_s=1.5)
KEY = "sk-key-of-the-site"


@asynccontextmanager
async def connected(url: str, model: str = "any", **options: str) -> AsyncIterator[ChatModel]:
    made = build({"base_url": url, "model": model, "api_key": KEY, "timeout_s": "10", **options})
    try:
        yield made
    finally:
        await made.aclose()


async def deltas(model: ChatModel, request: ChatRequest = REQUEST) -> list[Delta]:
    return [delta async for delta in model.stream(request)]


async def failure(model: ChatModel, request: ChatRequest = REQUEST) -> ModelFailed:
    with pytest.raises(ModelFailed) as caught:
        await deltas(model, request)
    return caught.value


def words(pieces: list[Delta]) -> str:
    return "".join(piece.text for piece in pieces)


@pytest.mark.parametrize("mode", sorted(REASONS))
async def test_every_fault_ends_in_its_reason_and_gives_no_key_away(fault_server: FaultServer, mode: str) -> None:
    silent = REASONS[mode] == "timeout"
    async with connected(fault_server.base_url, mode, max_retries="1", timeout_s="0.5" if silent else "10") as model:
        failed = await failure(model, HURRIED if silent else REQUEST)
    assert failed.reason == REASONS[mode]
    assert KEY in fault_server.keys[0]
    assert KEY not in failed.detail


@pytest.mark.parametrize("mode", ["hang", "hang-in-stream", "stall", "drip", "server-error"])
async def test_the_deadline_holds_with_all_retries(fault_server: FaultServer, mode: str) -> None:
    began = time.monotonic()
    async with connected(fault_server.base_url, mode, max_retries="9") as model:
        await failure(model, HURRIED)
    assert time.monotonic() - began < HURRIED.deadline_s + 1


@pytest.mark.parametrize(("mode", "sentence"), [("stall", "said nothing for 0.3 s"), ("drip", "within 1.5 s")])
async def test_a_silence_is_told_from_an_answer_without_end(
    fault_server: FaultServer, mode: str, sentence: str
) -> None:
    async with connected(fault_server.base_url, mode, timeout_s="0.3") as model:
        assert sentence in (await failure(model, HURRIED)).detail


async def test_nobody_at_the_address() -> None:
    async with connected(closed_port_url()) as model:
        assert (await failure(model)).reason == "unreachable"
        assert "CXR_LLM_BASE_URL" in str(await model.check())


@pytest.mark.parametrize("mode", ["ok", "old-server"])
async def test_a_whole_answer_comes_in_pieces_with_its_counts(fault_server: FaultServer, mode: str) -> None:
    async with connected(fault_server.base_url, mode) as model:
        pieces = await deltas(model)
    assert words(pieces).strip() == REPORT
    assert len(pieces) > 10
    assert pieces[-1] == Delta("", "stop", 7, 5)


async def test_the_server_gets_the_exact_messages_and_budgets(fault_server: FaultServer) -> None:
    async with connected(fault_server.base_url) as model:
        await deltas(model, replace(REQUEST, temperature=0.3, seed=9))
    body = fault_server.requests[0]
    assert body["messages"] == [{"role": message.role, "content": message.content} for message in MESSAGES]
    assert (body["max_tokens"], body["temperature"], body["seed"], body["stream"]) == (40, 0.3, 9, True)


async def test_a_refused_parameter_is_left_out_of_later_requests_at_once(fault_server: FaultServer) -> None:
    async with connected(fault_server.base_url, "old-server") as model:
        await deltas(model)
        await deltas(model)
    assert ["stream_options" in body for body in fault_server.requests] == [True, False, False]


async def test_the_form_of_an_answer_is_not_the_adapters_business(fault_server: FaultServer) -> None:
    async with connected(fault_server.base_url, "chatty") as model:
        assert words(await deltas(model)).strip() == CHAT


async def test_a_whole_answer_counts_although_the_server_never_closes_it(fault_server: FaultServer) -> None:
    async with connected(fault_server.base_url, "unlinked") as model:
        pieces = await deltas(model)
    assert pieces[-1] == Delta("", "stop", None, None)


async def test_nor_does_a_server_that_never_closes_it_outlast_the_deadline(fault_server: FaultServer) -> None:
    narrator = Narrator()
    async with connected(fault_server.base_url, "unlinked") as model:
        writer = Writer({"site": model}, default="site", narrator=narrator)
        *_, written = [event async for event in writer.write(replace(REQUEST, deadline_s=1.0))]
    assert isinstance(written, Written)
    assert (written.text, written.fallback) == ("FINDINGS: The heart", None)


async def test_what_a_model_thinks_aloud_is_not_its_answer(fault_server: FaultServer) -> None:
    fault_server.answer = f"<think>It is a chest, I think. </think>\n\n{REPORT}"
    async with connected(fault_server.base_url) as model:
        pieces = await deltas(model)
    assert words(pieces).strip() == REPORT
    assert pieces[-1] == Delta("", "stop", 7, 5)


@pytest.mark.parametrize("mode", ["rate-limited", "rate-limited-soon", "server-error", "overloaded", "error-event"])
async def test_another_try_helps_where_the_fault_passes(fault_server: FaultServer, mode: str) -> None:
    fault_server.mode, fault_server.recover_after = mode, 2
    async with connected(fault_server.base_url) as model:
        assert words(await deltas(model)).strip() == REPORT
    assert len(fault_server.requests) == 3


async def test_retry_after_is_waited_for(fault_server: FaultServer) -> None:
    fault_server.mode, fault_server.recover_after = "rate-limited-soon", 1
    began = time.monotonic()
    async with connected(fault_server.base_url) as model:
        await deltas(model)
    assert 1.0 <= time.monotonic() - began < 3.0


async def test_a_wait_beyond_the_deadline_fails_at_once(fault_server: FaultServer) -> None:
    began = time.monotonic()
    async with connected(fault_server.base_url, "rate-limited-long") as model:
        assert (await failure(model, replace(REQUEST, deadline_s=60))).reason == "rate-limited"
    assert time.monotonic() - began < 2
    assert len(fault_server.requests) == 1


@pytest.mark.parametrize(
    "mode", ["unauthorized", "no-quota", "hang", "garbage", "html", "content-filter", "empty-text"]
)
async def test_what_another_try_cannot_cure_is_not_tried_again(fault_server: FaultServer, mode: str) -> None:
    async with connected(fault_server.base_url, mode) as model:
        await failure(model, HURRIED)
    assert len(fault_server.requests) == 1


@pytest.mark.parametrize("mode", ["reset", "dropped", "stall", "error-after-text"])
async def test_text_that_was_delivered_is_never_asked_for_again(fault_server: FaultServer, mode: str) -> None:
    pieces: list[Delta] = []
    async with connected(fault_server.base_url, mode) as model:
        with pytest.raises(ModelFailed):
            pieces.extend([piece async for piece in model.stream(HURRIED)])
    assert len(fault_server.requests) == 1


@pytest.mark.parametrize("mode", ["stall", "drip"])
async def test_closing_the_iterator_closes_the_connection(fault_server: FaultServer, mode: str) -> None:
    async with connected(fault_server.base_url, mode) as model:
        stream = model.stream(REQUEST)
        assert isinstance(stream, AsyncGenerator)
        await anext(stream)
        await stream.aclose()
        assert await asyncio.to_thread(fault_server.client_left.wait, 2)


@pytest.mark.parametrize("mode", ["hang", "hang-in-stream", "stall", "drip"])
async def test_cancelling_the_task_closes_the_connection(fault_server: FaultServer, mode: str) -> None:
    async with connected(fault_server.base_url, mode) as model:
        task = asyncio.create_task(deltas(model))
        await asyncio.sleep(0.2)
        assert fault_server.requests
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(fault_server.client_left.wait, 2)


async def test_a_long_conversation_loses_its_oldest_turns(fault_server: FaultServer) -> None:
    turns = [ChatMessage("user" if n % 2 == 0 else "assistant", f"turn {n} " + "text " * 100) for n in range(20)]
    messages = (MESSAGES[0], *turns, ChatMessage("user", "Last question?"))
    async with connected(fault_server.base_url, context_tokens="1000") as model:
        await deltas(model, replace(REQUEST, messages=messages))
    sent = [message["content"] for message in fault_server.requests[0]["messages"]]
    assert sent[0] == "Be brief."
    assert sent[-1] == "Last question?"
    assert sent[1:-1] == [turn.content for turn in turns[-len(sent[1:-1]) :]]
    assert 2 <= len(sent[1:-1]) < 20


@pytest.mark.parametrize("mode", ["unauthorized", "server-error", "html"])
async def test_the_check_says_what_is_wrong(fault_server: FaultServer, mode: str) -> None:
    fault_server.mode = mode
    async with connected(fault_server.base_url) as model:
        detail = str(await model.check())
    assert detail.startswith("The language model any at 127.0.0.1 ")
    assert KEY not in detail
