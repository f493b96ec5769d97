"""llama.cpp in this process, with a scripted engine in its place."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from prompts.facts import StudyFacts
from service.domain.errors import ConfigurationError, ModelFailed
from service.llm.local import LocalModel, build
from service.llm.options import Limits
from service.ports import ChatMessage, ChatRequest
from tests.fake_llama import ScriptedEngine, said, spoken

REQUEST = ChatRequest((ChatMessage("user", "Report."),), StudyFacts(()), max_tokens=40, seed=5, deadline_s=5)


@asynccontextmanager
async def around(engine: ScriptedEngine, stall_s: float = 5) -> AsyncIterator[LocalModel]:
    model = LocalModel(lambda: engine, "scripted", Limits(stall_s, 0, 4096))
    try:
        yield model
    finally:
        await model.aclose()


async def text_of(model: LocalModel) -> str:
    return "".join([delta.text async for delta in model.stream(REQUEST)])


async def reason_of(model: LocalModel) -> str:
    with pytest.raises(ModelFailed) as caught:
        await text_of(model)
    return caught.value.reason


async def test_the_engine_gets_the_request() -> None:
    engine = ScriptedEngine(spoken("Clear."))
    async with around(engine) as model:
        assert await text_of(model) == "Clear. "
    prompt = engine.prompts[0]
    assert prompt["messages"] == [{"role": "user", "content": "Report."}]
    assert (prompt["max_tokens"], prompt["temperature"], prompt["seed"]) == (40, 0.0, 5)


async def test_it_generates_off_the_event_loop_and_always_in_one_thread() -> None:
    engine = ScriptedEngine(spoken("Clear."))
    async with around(engine) as model:
        await asyncio.gather(text_of(model), text_of(model))
    assert len(engine.threads) == 1
    assert threading.get_ident() not in engine.threads


async def test_an_answer_that_nobody_reads_is_stopped() -> None:
    engine = ScriptedEngine(spoken("one two three"), hold=True)
    async with around(engine) as model:
        task = asyncio.create_task(text_of(model))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        engine.go.set()
        assert await asyncio.to_thread(engine.stopped.wait, 5)


async def test_a_queued_request_that_nobody_waits_for_is_not_begun() -> None:
    engine = ScriptedEngine(spoken("one"), hold=True)
    async with around(engine) as model:
        first, second = asyncio.create_task(text_of(model)), asyncio.create_task(text_of(model))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.wait([second])
        engine.go.set()
        assert await first == "one "
    assert len(engine.prompts) == 1


async def test_a_silent_engine_is_a_time_out() -> None:
    engine = ScriptedEngine(spoken("one"), hold=True)
    async with around(engine, stall_s=0.05) as model:
        assert await reason_of(model) == "timeout"
        engine.go.set()


@pytest.mark.parametrize(
    ("engine", "reason"),
    [
        (ScriptedEngine([]), "empty"),
        (ScriptedEngine([said("The heart")]), "cut"),
        (ScriptedEngine([said("The"), said(finish="length")]), "cut"),
        (ScriptedEngine([{"error": {"code": 400, "type": "exceed_context_size_error"}}]), "refused"),
        (ScriptedEngine([], ValueError("no content")), "refused"),
        (ScriptedEngine([said("The")], RuntimeError("lost")), "unreachable"),
    ],
)
async def test_what_goes_wrong_has_a_reason(engine: ScriptedEngine, reason: str) -> None:
    async with around(engine) as model:
        assert await reason_of(model) == reason


async def test_closing_ends_an_answer_in_the_middle() -> None:
    engine = ScriptedEngine(spoken("one two"), hold=True)
    async with around(engine) as model:
        task = asyncio.create_task(reason_of(model))
        await asyncio.sleep(0.05)
        closing = asyncio.create_task(model.aclose())
        await asyncio.sleep(0.05)
        engine.go.set()
        await closing
        assert await task in {"empty", "cut"}


async def test_closing_does_not_begin_what_is_queued() -> None:
    engine = ScriptedEngine(spoken("one"), hold=True)
    async with around(engine) as model:
        tasks = [asyncio.create_task(reason_of(model)) for _ in range(2)]
        await asyncio.sleep(0.05)
        closing = asyncio.create_task(model.aclose())
        await asyncio.sleep(0.05)
        engine.go.set()
        await closing
        assert (await asyncio.gather(*tasks))[1] == "empty"
    assert len(engine.prompts) == 1


async def test_it_says_whether_its_file_is_loaded() -> None:
    loaded = threading.Event()

    def load() -> ScriptedEngine:
        loaded.wait(5)
        return ScriptedEngine(spoken("Clear."))

    model = LocalModel(load, "scripted", Limits.of({}))
    assert "still loading" in str(await model.check())
    loaded.set()
    await text_of(model)
    assert await model.check() is None
    await model.aclose()


async def test_a_file_that_cannot_be_loaded_fails_every_request() -> None:
    def load() -> ScriptedEngine:
        raise RuntimeError("Failed to init server")

    model = LocalModel(load, "broken", Limits.of({}))
    assert await reason_of(model) == "unreachable"
    assert "cannot be loaded" in str(await model.check())
    await model.aclose()


@pytest.mark.parametrize("content", [None, b"PK\x03\x04 no model"])
def test_a_path_without_a_model_is_a_wrong_setting(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="GGUF"):
        build({"model_path": str(path)})
