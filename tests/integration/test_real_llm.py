"""Both adapters against a real language model, where it is at hand."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from prompts.facts import StudyFacts
from service.llm import local, openai_compatible
from service.llm.trimming import estimate_tokens
from service.ports import ChatMessage, ChatModel, ChatRequest

pytestmark = [pytest.mark.llm, pytest.mark.timeout(600)]

LONG = "Count from one to two hundred in words, one number a line."


def asking(question: str, *, max_tokens: int = 40) -> ChatRequest:
    messages = (ChatMessage("system", "You answer in one short sentence."), ChatMessage("user", question))
    return ChatRequest(messages, StudyFacts(()), max_tokens=max_tokens, deadline_s=240)


async def expect_an_answer(model: ChatModel) -> None:
    request = asking("Repeat exactly: The lungs are clear.")
    deltas = [delta async for delta in model.stream(request)]
    assert "lungs are clear" in "".join(delta.text for delta in deltas).lower()
    assert len(deltas) > 3
    assert deltas[-1].finish == "stop"
    assert (deltas[-1].completion_tokens or 0) > 3
    assert 0 < (deltas[-1].prompt_tokens or 0) <= estimate_tokens(request.messages)


async def read_two_pieces(model: ChatModel) -> None:
    stream = model.stream(asking(LONG, max_tokens=800))
    assert isinstance(stream, AsyncGenerator)
    await anext(stream)
    await anext(stream)
    await stream.aclose()


@pytest.mark.parametrize("adapter", ["local", "openai"])
async def test_it_streams_a_real_answer_and_another_after_one_was_abandoned(
    adapter: str, request: pytest.FixtureRequest
) -> None:
    if adapter == "local":
        path: Path = request.getfixturevalue("real_llm_gguf")
        model = local.build({"model_path": str(path), "context_tokens": "2048", "timeout_s": "120"})
    else:
        url: str = request.getfixturevalue("real_llm_url")
        model = openai_compatible.build({"base_url": url, "model": "qwen", "timeout_s": "120"})
    try:
        await expect_an_answer(model)
        await read_two_pieces(model)
        await expect_an_answer(model)
        assert await model.check() is None
    finally:
        await model.aclose()
