from __future__ import annotations

from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from structlog.testing import capture_logs

from service.web.app import RequestLog


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    app.add_middleware(RequestLog)

    @app.get("/studies/{study_id}")
    async def show(study_id: str) -> dict[str, Any]:
        if study_id == "crash":
            raise RuntimeError("boom")
        return dict(structlog.contextvars.get_contextvars())

    return app


async def logged(app: FastAPI, path: str) -> tuple[httpx.Response, dict[str, Any]]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with capture_logs() as lines:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get(path)
    (line,) = [dict(line) for line in lines if line["event"] == "request"]
    return answer, line


async def test_one_line_a_request_with_the_route_and_neither_path_nor_query(app: FastAPI) -> None:
    _, line = await logged(app, "/studies/DOE-JANE?name=Jane%20Doe")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/studies/{study_id}", 200)
    assert line["ms"] >= 0
    assert "doe" not in str(line).lower()


async def test_a_path_that_is_no_route_is_not_logged_either(app: FastAPI) -> None:
    _, line = await logged(app, "/jane-doe")
    assert (line["route"], line["status"]) == ("unmatched", 404)
    assert "doe" not in str(line).lower()


async def test_every_answer_and_every_line_of_its_request_carry_one_id(app: FastAPI) -> None:
    first, _ = await logged(app, "/studies/1")
    second, _ = await logged(app, "/studies/1")
    assert first.headers["x-request-id"] == first.json()["request_id"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert not structlog.contextvars.get_contextvars()


async def test_a_crash_is_logged_as_500(app: FastAPI) -> None:
    _, line = await logged(app, "/studies/crash")
    assert line["status"] == 500
