from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from service.domain.errors import TryLater
from service.web import sse
from service.web.sse import Event, event_stream


async def events(*script: Event | float | Exception) -> AsyncIterator[Event]:
    for part in script:
        match part:
            case Exception():
                raise part
            case float():
                await asyncio.sleep(part)
            case tuple():
                yield part


async def sent(source: AsyncIterator[Event]) -> str:
    return "".join([bytes(chunk).decode() async for chunk in event_stream(source).body_iterator])  # type: ignore[arg-type]  # always bytes here


def parsed(stream: str) -> list[tuple[str, object]]:
    blocks = [block.split("\n") for block in stream.split("\n\n") if block.startswith("event:")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


async def test_events_are_encoded_by_name_with_their_data_on_one_line() -> None:
    stream = await sent(events(("delta", {"text": "a\nb\r\n\u2028ü"}), ("done", {"id": 1})))
    assert parsed(stream) == [("delta", {"text": "a\nb\r\n\u2028ü"}), ("done", {"id": 1})]
    assert stream.startswith("event: delta\ndata: {")
    assert stream.endswith("\n\n")


async def test_the_answer_is_not_cached_nor_held_back() -> None:
    response = event_stream(events())
    assert response.media_type == "text/event-stream"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"


async def test_a_silent_stream_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "_HEARTBEAT_S", 0.01)  # the real one is 15 seconds
    stream = await sent(events(("stage", {}), 0.05, ("done", {})))
    assert stream.count(": ping\n\n") >= 2
    assert [name for name, _ in parsed(stream)] == ["stage", "done"]


async def test_an_error_in_the_middle_is_an_event_that_says_what_to_do() -> None:
    stream = await sent(events(("stage", {}), TryLater("The database is busy: ask again.")))
    name, data = parsed(stream)[-1]
    assert name == "error"
    assert data == {"type": "/problems/busy", "detail": "The database is busy: ask again."}


async def test_an_unexpected_error_is_an_event_that_tells_nothing_of_itself() -> None:
    stream = await sent(events(("stage", {}), ValueError("secret of the patient")))
    name, data = parsed(stream)[-1]
    assert name == "error"
    assert "/problems/internal" in str(data)
    assert "secret" not in stream


class Source:
    """Events with a silence after the first; remembers that it was closed, and holds on to its generator."""

    def __init__(self, silence_s: float) -> None:
        self.closed = False
        self.events = self._run(silence_s)

    async def _run(self, silence_s: float) -> AsyncIterator[Event]:
        try:
            yield "stage", {}
            await asyncio.sleep(silence_s)
            yield "done", {}
        finally:
            self.closed = True


async def test_a_client_who_leaves_between_two_events_closes_the_source() -> None:
    source = Source(0)
    async with aclosing(event_stream(source.events).body_iterator) as stream:  # type: ignore[type-var]  # a generator
        await anext(aiter(stream))
        assert not source.closed
    assert source.closed


async def test_a_client_who_leaves_a_silent_stream_cancels_the_source() -> None:
    source = Source(30)
    reading = asyncio.create_task(sent(source.events))
    await asyncio.sleep(0.02)
    reading.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(reading, return_exceptions=True)
    assert source.closed
