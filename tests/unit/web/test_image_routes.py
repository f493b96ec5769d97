"""Pixels, attributes and organs of an image over HTTP."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from models.panel import Panel
from service.web import errors, images
from service.web.auth import principal, services
from service.web.image_views import TagsView
from tests.factories import ALICE
from tests.fakes import FakeSegmenter
from tests.unit.usecases.desk import Desk


@pytest.fixture
async def desk() -> Desk:
    return Desk()


@pytest.fixture
async def client(desk: Desk) -> httpx.AsyncClient:
    """Return a client whose base is the path of an image that was read."""
    study = await desk.read_study()
    app = FastAPI()
    errors.install(app)
    app.include_router(images.router)
    panel = Panel(desk.experts, FakeSegmenter())
    built = SimpleNamespace(storage=desk.storage, films=desk.films, panel=panel)
    app.dependency_overrides |= {services: lambda: built, principal: lambda: ALICE}
    base = f"http://test/api/v1/images/{study.images[0].id}"
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=base)


async def test_the_pixels_come_with_what_a_viewer_needs(client: httpx.AsyncClient, desk: Desk) -> None:
    answer = await client.get("/pixels")
    told = answer.headers
    assert (answer.status_code, told["content-type"]) == (200, "application/octet-stream")
    assert (told["x-rows"], told["x-columns"], told["x-bits-stored"]) == ("256", "256", "16")
    assert told["x-photometric-interpretation"] == "MONOCHROME2"
    assert (told["x-window-center"], told["x-window-width"], told["x-voi-lut-function"]) == ("0.5", "1", "LINEAR")
    assert {"x-pixel-spacing", "x-patient-orientation"}.isdisjoint(told)
    samples = np.frombuffer(answer.content, dtype="<u2").reshape(256, 256)
    values = samples * float(told["x-rescale-slope"]) + float(told["x-rescale-intercept"])
    film = await desk.films.get(next(iter(desk.storage.tables.studies.values())).images[0])
    assert np.allclose(values, film.pixels, atol=1 / 65535)


async def test_pixels_are_kept_by_the_browser_and_not_sent_twice(client: httpx.AsyncClient, desk: Desk) -> None:
    first = await client.get("/pixels")
    assert "immutable" in first.headers["cache-control"]
    assert first.headers["cache-control"].startswith("private")
    desk.blobs.data.clear()
    again = await client.get("/pixels", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (await client.get("/pixels", headers={"If-None-Match": '"other"'})).status_code == 200


async def test_an_image_tells_its_organs(client: httpx.AsyncClient) -> None:
    told = (await client.get("/anatomy")).json()
    assert told["organs"]["heart"] == [80, 130, 150, 200]
    assert told["heart_width"]["line"] == [[80, 165], [150, 165]]
    assert (told["heart_width"]["pixels"], told["heart_width"]["mm"]) == (70, None)
    assert (told["ratio"]["error"], told["abstention"]) == (0.02, None)


async def test_an_image_tells_its_attributes(client: httpx.AsyncClient) -> None:
    told = (await client.get("/tags")).json()
    assert told["tags"] == []
    view = TagsView.of("i", {"SourceFormat": "PNG", "PatientAge": "045Y", "KVP": "120"})
    assert [tag.name for tag in view.tags] == ["SourceFormat", "Patient's Age", "KVP"]


@pytest.mark.parametrize("part", ["pixels", "tags", "anatomy", "preview.png"])
async def test_an_image_that_is_not_there_is_a_problem(client: httpx.AsyncClient, part: str) -> None:
    answer = await client.get(f"http://test/api/v1/images/nowhere/{part}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
