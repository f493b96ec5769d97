from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from service.web.app import RequestLog
from service.web.local import LocalOnly


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    app.add_middleware(LocalOnly)
    app.add_middleware(RequestLog)

    @app.get("/")
    async def show() -> str:
        return "shown"

    return app


async def called(app: FastAPI, client: str, host: str = "localhost") -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(client, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as caller:
        return await caller.get("/", headers={"Host": host})


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_is_answered(app: FastAPI, client: str) -> None:
    assert (await called(app, client)).json() == "shown"


@pytest.mark.parametrize("client", ["192.168.0.7", "10.0.0.1", "2001:db8::1", "::ffff:192.168.0.7", "pc7", ""])
async def test_another_machine_is_told_what_to_do(app: FastAPI, client: str) -> None:
    refusal = await called(app, client)
    assert refusal.status_code == refusal.json()["status"] == 403
    assert refusal.headers["content-type"] == "application/problem+json"
    assert refusal.json()["type"] == "/problems/not-local"
    assert "CXR_AUTH=keys" in refusal.json()["detail"]
    assert refusal.json()["request_id"] == refusal.headers["x-request-id"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:80", "[::1]:8000", "[::1]", "::1"])
async def test_it_answers_to_its_own_names(app: FastAPI, host: str) -> None:
    expected = 400 if host == "::1" else 200  # an address of version 6 stands in brackets (RFC 9110, 7.2)
    assert (await called(app, "127.0.0.1", host)).status_code == expected


@pytest.mark.parametrize("host", ["evil.example.org", "localhost.evil.example.org", "evil.example.org:80", "", "[::2]"])
async def test_another_name_is_a_problem(app: FastAPI, host: str) -> None:
    refusal = await called(app, "127.0.0.1", host)
    assert refusal.status_code == 400
    assert refusal.headers["content-type"] == "application/problem+json"
    assert refusal.json()["type"] == "/problems/unknown-host"
    assert "evil" not in refusal.text


def test_starlettes_test_client_is_answered(app: FastAPI) -> None:
    with TestClient(app, base_url="http://localhost") as client:
        assert client.get("/").json() == "shown"


async def test_a_unix_socket_has_no_address_and_is_answered(app: FastAPI) -> None:
    async def without_client(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own types
        await app({**scope, "client": None}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(without_client), base_url="http://localhost") as caller:
        assert (await caller.get("/")).json() == "shown"
