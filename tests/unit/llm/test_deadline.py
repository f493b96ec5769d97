"""The clock of a generation."""

from __future__ import annotations

import asyncio

import pytest

from service.domain.errors import ModelFailed
from service.llm.deadline import Deadline


async def _value() -> str:
    return "here"


async def test_what_comes_in_time_comes() -> None:
    assert await Deadline("It", 5).wait(_value(), 1) == "here"


async def test_a_silence_ends_at_its_limit_and_is_cancelled() -> None:
    silence = asyncio.create_task(asyncio.sleep(60))
    with pytest.raises(ModelFailed, match=r"It said nothing for 0\.02 s") as caught:
        await Deadline("It", 5).wait(silence, 0.02)
    assert caught.value.reason == "timeout"
    assert silence.cancelled()


async def _drip(deadline: Deadline) -> None:
    while True:
        await deadline.wait(asyncio.sleep(0.01), 1)


async def test_the_whole_ends_however_often_something_comes() -> None:
    deadline = Deadline("It", 0.1)
    with pytest.raises(ModelFailed, match=r"did not finish within 0\.1 s"):
        await _drip(deadline)
    assert deadline.remaining_s == 0


async def test_a_cancellation_from_outside_stays_one() -> None:
    task = asyncio.create_task(Deadline("It", 5).wait(asyncio.sleep(60), 5))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
