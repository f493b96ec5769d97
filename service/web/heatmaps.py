"""Heatmaps: where on an image an expert sees a finding."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from service.usecases.overlay import Look, overlay
from service.web.deps import Built, Caller

router = APIRouter(prefix="/api/v1/images", tags=["images"])


@router.get(
    "/{image_id}/heatmaps/{label}.png", response_class=Response, responses={200: {"content": {"image/png": {}}}}
)
async def heatmap_png(
    services: Built,
    _caller: Caller,
    image_id: str,
    label: Annotated[str, Path(description="Label of one of the image's findings")],
    size: Annotated[
        int | None, Query(ge=16, le=4096, description="Longer side in pixels; the film's own if less")
    ] = None,
    blend: Annotated[bool, Query(description="Over the gray film, instead of over nothing")] = False,
) -> Response:
    """Return an overlay that covers the image exactly: the brighter the colour, the more evidence for the label there.

    The outline holds where the evidence is at least half as high as at its highest; the rectangle is the finding's box.
    Scaled to its own highest evidence, an overlay says where, never how likely. ``X-Expert`` names the expert.
    """
    drawn = await overlay(services.storage, services.films, services.panel.experts, image_id, label, Look(size, blend))
    headers = {"Cache-Control": "private, max-age=3600", "X-Expert": quote(f"{drawn.expert}/{drawn.version}")}
    return Response(drawn.png, media_type="image/png", headers=headers)
