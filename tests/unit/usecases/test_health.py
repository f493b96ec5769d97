from __future__ import annotations

import asyncio
import time

import pytest

from service.usecases.health import Readiness
from tests.fakes import FakeModel
from tests.unit.usecases.desk import Desk


class Probed(FakeModel):
    """A model whose check takes its time, or fails as no adapter should; it counts."""

    def __init__(self, silence_s: float = 0.0, failure: Exception | None = None) -> None:
        super().__init__()
        self.checks = 0
        self._silence_s = silence_s
        self._failure = failure

    async def check(self) -> str | None:
        self.checks += 1
        await asyncio.sleep(self._silence_s)
        if self._failure is not None:
            raise self._failure
        return self.problem


def readiness(desk: Desk, *, remember_s: float = 60.0) -> Readiness:
    return Readiness(desk.storage, desk.blobs, desk.experts, desk.writer, wait_s=0.05, remember_s=remember_s)


async def test_all_parts_are_told() -> None:
    expected = {"database": "ok", "blobs": "ok", "experts": "ok", "llm fake:model": "ok"}
    assert await readiness(Desk()).parts() == (expected, True)


@pytest.mark.parametrize("part", ["database", "blobs", "experts"])
async def test_no_study_is_taken_without(part: str) -> None:
    desk = Desk(experts=()) if part == "experts" else Desk()
    desk.storage.problem = "It is locked." if part == "database" else None
    desk.blobs.problem = "The disk is full." if part == "blobs" else None
    states, usable = await readiness(desk).parts()
    assert not usable
    assert [name for name, state in states.items() if state != "ok"] == [part]


async def test_without_its_model_the_service_is_degraded_and_ready() -> None:
    model = Probed()
    model.problem = "It cannot be reached."
    states, usable = await readiness(Desk(model=model)).parts()
    assert states["llm fake:model"] == "degraded, the narrator writes: It cannot be reached."
    assert usable


async def test_a_model_that_hangs_does_not_hold_up_the_answer() -> None:
    model, began = Probed(silence_s=30.0), time.monotonic()
    states, usable = await readiness(Desk(model=model)).parts()
    assert time.monotonic() - began < 1
    assert "did not answer within 0.05 s" in states["llm fake:model"]
    assert usable


async def test_a_plug_that_fails_at_its_check_is_told_without_its_words() -> None:
    states, usable = await readiness(Desk(model=Probed(failure=KeyError("secret")))).parts()
    assert states["llm fake:model"].startswith("degraded, ")
    assert "secret" not in states["llm fake:model"]
    assert usable


async def test_many_probes_are_one_question_to_the_model() -> None:
    model = Probed(silence_s=0.01)
    ready = readiness(Desk(model=model))
    answers = await asyncio.gather(*(ready.parts() for _ in range(8)))
    await ready.parts()
    assert model.checks == 1
    assert all(answer == answers[0] for answer in answers)


async def test_what_was_remembered_is_asked_again_after_a_while() -> None:
    model = Probed()
    ready = readiness(Desk(model=model), remember_s=0.02)
    model.problem = "It cannot be reached."
    assert "degraded" in (await ready.parts())[0]["llm fake:model"]
    model.problem = None
    await asyncio.sleep(0.03)
    assert (await ready.parts())[0]["llm fake:model"] == "ok"
