"""The heatmap's route: a PNG that the browser may keep, problems where there is none."""

from __future__ import annotations

import io
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image as Picture

from models.panel import Panel
from service.web import errors, heatmaps
from service.web.auth import principal, services
from tests.factories import ALICE
from tests.unit.usecases.desk import Desk
from tests.unit.usecases.test_overlay import Pointing


@pytest.fixture
async def client() -> httpx.AsyncClient:
    """Return a client of the route over a study that was read; its image's path is the base."""
    desk = Desk(experts=(Pointing("Müller & Co"),))
    study = await desk.read_study()
    app = FastAPI()
    errors.install(app)
    app.include_router(heatmaps.router)
    built = SimpleNamespace(storage=desk.storage, films=desk.films, panel=Panel(desk.experts))
    app.dependency_overrides |= {services: lambda: built, principal: lambda: ALICE}
    base = f"http://test/api/v1/images/{study.images[0].id}"
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=base)


@pytest.mark.parametrize(
    ("query", "size", "mode"), [("", 256, "RGBA"), ("?size=100", 100, "RGBA"), ("?size=100&blend=true", 100, "RGB")]
)
async def test_a_heatmap_is_a_png_over_the_image(client: httpx.AsyncClient, query: str, size: int, mode: str) -> None:
    answer = await client.get(f"/heatmaps/pleural_effusion.png{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"].startswith("private")
    picture = Picture.open(io.BytesIO(answer.content))
    assert (picture.format, picture.size, picture.mode) == ("PNG", (size, size), mode)


async def test_the_expert_is_named_in_ascii(client: httpx.AsyncClient) -> None:
    answer = await client.get("/heatmaps/pleural_effusion.png")
    assert answer.headers["x-expert"] == "M%C3%BCller%20%26%20Co/1"


@pytest.mark.parametrize(
    ("label", "problem"), [("mass", "not-found"), ("nonsense", "not-found"), ("pneumothorax", "no-heatmap")]
)
async def test_where_there_is_no_heatmap_a_problem_says_why(
    client: httpx.AsyncClient, label: str, problem: str
) -> None:
    answer = await client.get(f"/heatmaps/{label}.png")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{problem}"


@pytest.mark.parametrize("query", ["size=15", "size=5000", "size=big", "blend=perhaps"])
async def test_a_wrong_query_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/heatmaps/pleural_effusion.png?{query}")).status_code == 422
