"""Heatmaps as a client meets them: over the very film that the preview shows, for each finding and nothing else."""

from __future__ import annotations

import io

import httpx
import pytest
from PIL import Image as Picture

from tests.factories import png
from tests.server import EMBEDDED, Json, upload

pytestmark = pytest.mark.skipif(not EMBEDDED, reason="left out: the embedded expert is not in this package")


@pytest.fixture
def image(client: httpx.Client) -> Json:
    """Return the image of a film that was read."""
    read: Json = upload(client, png(seed=41, side=300)).json()["images"][0]
    return read


def picture(client: httpx.Client, path: str) -> Picture.Image:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return Picture.open(io.BytesIO(answer.content))


@pytest.mark.parametrize("query", ["", "?size=128"])
def test_every_finding_has_a_heatmap_over_its_preview(client: httpx.Client, image: Json, query: str) -> None:
    preview = picture(client, f"/api/v1/images/{image['id']}/preview.png{query}")
    assert image["findings"]
    for finding in image["findings"]:
        path = f"/api/v1/images/{image['id']}/heatmaps/{finding['label']}.png{query}"
        overlay = picture(client, path)
        assert (overlay.size, overlay.mode) == (preview.size, "RGBA")


def test_the_heatmap_says_whose_it_is_and_stays_with_the_reader(client: httpx.Client, image: Json) -> None:
    label, expert = image["findings"][0]["label"], image["findings"][0]["experts"][0]
    answer = client.get(f"/api/v1/images/{image['id']}/heatmaps/{label}.png")
    assert answer.headers["x-expert"] == f"{expert['expert']}/{expert['version']}"
    assert "private" in answer.headers["cache-control"]


@pytest.mark.parametrize("label", ["support_devices", "nonsense"])
def test_a_label_that_nobody_read_is_a_problem(client: httpx.Client, image: Json, label: str) -> None:
    answer = client.get(f"/api/v1/images/{image['id']}/heatmaps/{label}.png")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
