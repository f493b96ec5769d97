"""Images: what a film looks like on a screen."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.usecases.preview import preview
from service.web.deps import Built, Caller

router = APIRouter(prefix="/api/v1/images", tags=["images"])


@router.get("/{image_id}/preview.png", response_class=Response, responses={200: {"content": {"image/png": {}}}})
async def preview_png(
    services: Built,
    _caller: Caller,
    image_id: str,
    window_center: Annotated[float | None, Query(description="In modality units, as in DICOM")] = None,
    window_width: Annotated[float | None, Query(gt=0)] = None,
    size: Annotated[
        int | None, Query(ge=16, le=4096, description="Longer side in pixels; the film's own if less")
    ] = None,
) -> Response:
    """Return an 8-bit view with the file's own window, or the given one, applied."""
    window = (window_center, window_width) if window_center is not None and window_width is not None else None
    png = await preview(services.storage, services.films, image_id, window, size)
    return Response(png, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})
