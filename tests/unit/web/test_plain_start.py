from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from service.domain.errors import ConfigurationError
from service.web.app import PlainStart


def lifespan_of(*failures: Exception | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Make a lifespan that fails at the start with the first, at the end with the second."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        for number, failure in enumerate(failures):
            if number:
                yield
            if failure is not None:
                raise failure

    return lifespan


async def started(*failures: Exception | None) -> list[dict[str, Any]]:
    """Run a lifespan as a server does and return what it was told."""
    app, told = FastAPI(lifespan=lifespan_of(*failures)), []
    app.add_middleware(PlainStart)
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's own type
        told.append(dict(message))

    try:
        await app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
    except RuntimeError:
        told.append({"type": "raised"})
    return told


async def test_a_start_that_a_setting_forbids_is_told_in_its_sentence_alone() -> None:
    told = await started(ConfigurationError("Another cxr-scribe uses the folder."))
    assert told == [{"type": "lifespan.startup.failed", "message": "Another cxr-scribe uses the folder."}]


@pytest.mark.parametrize("failures", [(RuntimeError("bug"),), (None, RuntimeError("bug"))])
async def test_a_fault_of_ours_keeps_its_traceback(failures: tuple[Exception | None, ...]) -> None:
    told = await started(*failures)
    assert "Traceback" in told[-2]["message"]
    assert told[-1]["type"] == "raised"


async def test_a_start_that_succeeds_is_told_as_ever() -> None:
    told = await started(None, None)
    assert [message["type"] for message in told] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
