from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Form
from pydantic import BaseModel

from service.domain import errors as domain
from service.domain.errors import FileRejected, ServiceError, TryLater, Unauthenticated, UploadRejected
from service.web import errors
from service.web.app import RequestLog
from service.web.errors import status_of

EXPECTED = {
    "Rejected": 422, "Unconditional": 428, "Stale": 412, "FileRejected": 422, "UploadRejected": 422,
    "TooLarge": 413, "Unknown": 404, "Unauthenticated": 401, "Forbidden": 403, "Clash": 409, "TryLater": 503,
    "ModelFailed": 502, "BlobDamaged": 500, "ConfigurationError": 500, "JobFailed": 500,
}  # fmt: skip
BAD_FILE = FileRejected("film.png", "constant-image", "film.png: Every pixel is the same.")
MEMBERS = {"type", "title", "status", "detail", "request_id"}


def kinds(base: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    """Every error of the domain; an adapter's own kinds of them have the same status."""
    for kind in base.__subclasses__():
        if kind.__module__ == domain.__name__:
            yield kind
        yield from kinds(kind)


def made(kind: type[ServiceError]) -> ServiceError:
    if kind is FileRejected:
        return BAD_FILE
    if kind is UploadRejected:
        return UploadRejected([BAD_FILE])
    if kind is domain.ModelFailed:
        return domain.ModelFailed("timeout", "Say what to do.")
    if kind is domain.Stale:
        return domain.Stale("Say what to do.", 7)
    return kind("Say what to do.")


class Body(BaseModel, extra="forbid"):
    number: int


@pytest.fixture
async def client() -> httpx.AsyncClient:
    """Return a client of an application that fails in every way, behind the service's own handlers."""
    app = FastAPI()
    errors.install(app)
    app.add_middleware(RequestLog)
    failures = {kind.__name__: made(kind) for kind in kinds()}

    @app.get("/fail/{name}")
    async def fail(name: str) -> None:
        raise failures.get(name) or RuntimeError("secret of the patient")

    @app.post("/json")
    async def take_json(_body: Body) -> None:
        """Take a body."""

    @app.post("/form")
    async def take_form(word: Annotated[str, Form(max_length=3)]) -> str:
        return word

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


def test_every_error_has_its_status() -> None:
    assert {kind.__name__: status_of(made(kind)).value for kind in kinds()} == EXPECTED


@pytest.mark.parametrize("name", EXPECTED)
async def test_every_error_leaves_as_a_problem(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/fail/{name}")
    body = answer.json()
    assert answer.status_code == body["status"] == EXPECTED[name]
    assert answer.headers["content-type"] == "application/problem+json"
    assert body.keys() >= MEMBERS
    assert body["type"].startswith("/problems/")
    assert body["request_id"] == answer.headers["x-request-id"]


async def test_a_refused_upload_names_each_file_and_its_reason(client: httpx.AsyncClient) -> None:
    body = (await client.get("/fail/UploadRejected")).json()
    assert body["type"] == "/problems/constant-image"
    assert body["files"] == [
        {"file_name": "film.png", "reason": "constant-image", "detail": "film.png: Every pixel is the same."}
    ]


async def test_what_was_changed_meanwhile_is_told_with_its_version(client: httpx.AsyncClient) -> None:
    answer = await client.get("/fail/Stale")
    assert (answer.json()["version"], answer.headers["etag"]) == (7, '"7"')


async def test_who_may_come_again_is_told_when_and_who_must_say_his_name_how(client: httpx.AsyncClient) -> None:
    assert (await client.get("/fail/TryLater")).headers["retry-after"] == "1"
    assert (await client.get("/fail/Unauthenticated")).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("seconds", "header"), [(0.2, "1"), (2.0, "2"), (2.1, "3")])
async def test_retry_after_is_whole_seconds_and_never_too_early(seconds: float, header: str) -> None:
    app = FastAPI()
    errors.install(app)

    @app.get("/")
    async def busy() -> None:
        raise TryLater("Busy.", retry_after_s=seconds)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/")).headers["retry-after"] == header


async def test_the_frameworks_own_refusals_say_what_to_do(client: httpx.AsyncClient) -> None:
    unreadable = await client.post("/json", content=b'{"number": "\xff"}', headers={"content-type": "application/json"})
    for answer, status, advice in (
        (unreadable, 400, "JSON as UTF-8"),
        (await client.get("/nowhere"), 404, "/docs lists the calls"),
        (await client.delete("/form"), 405, "Allow"),
    ):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert advice in answer.json()["detail"]
    assert (await client.delete("/form")).headers["allow"] == "POST"


async def test_an_unexpected_error_tells_nothing_of_itself(client: httpx.AsyncClient) -> None:
    answer = await client.get("/fail/unexpectedly")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() >= MEMBERS
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/json", {"json": {"number": "Jane Doe"}}),
        ("/json", {"json": ["Jane Doe"]}),
        ("/json", {"json": {"number": 1, "Jane Doe": 2}}),
        ("/json", {"content": b'{"number": "Jane Doe', "headers": {"content-type": "application/json"}}),
        ("/form", {"data": {"word": "Jane Doe"}}),
        ("/form", {"data": {"name": "Jane Doe"}}),
    ],
)
async def test_what_was_sent_wrongly_is_not_sent_back(
    client: httpx.AsyncClient, path: str, sent: dict[str, object]
) -> None:
    answer = await client.post(path, **sent)  # type: ignore[arg-type]  # httpx types each keyword apart
    assert answer.status_code == 422
    assert answer.json().keys() >= MEMBERS
    assert answer.json()["type"] == "/problems/invalid-request"
    assert "Jane" not in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/json", 405)])
async def test_the_frameworks_own_refusals_are_problems_too(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() >= MEMBERS


def test_no_error_holds_more_than_its_detail() -> None:
    assert str(Unauthenticated("Send a key.")) == "Send a key."
    assert json.dumps(errors.problem(BAD_FILE)) == json.dumps(
        {"type": "/problems/constant-image", "detail": BAD_FILE.detail}
    )
