"""Images: what a film looks like on a screen, its pixels, its attributes, the organs on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from service.usecases.anatomy import organs_of
from service.usecases.lookup import image_of
from service.usecases.pixels import pixels_of, tag_of, tags_of
from service.usecases.preview import preview
from service.web.deps import Built, Caller
from service.web.image_views import OrgansView, TagsView, pixel_headers

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


@router.get(
    "/{image_id}/pixels",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, 304: {"description": "The caller has them"}},
)
async def pixels(
    services: Built, _caller: Caller, image_id: str, if_none_match: Annotated[str | None, Header(max_length=500)] = None
) -> Response:
    """Return the film as little-endian unsigned 16-bit grey, row by row from the top, bright = dense.

    A sample times ``X-Rescale-Slope`` plus ``X-Rescale-Intercept`` is in the units of ``X-Window-Center`` and
    ``X-Window-Width``, which are those of the preview's; ``X-Voi-Lut-Function`` says what they mean (DICOM PS3.3
    C.11.2.1). ``X-Pixel-Spacing`` (rows, then columns, in mm) and ``X-Patient-Orientation`` (directions of rows and of
    columns) are missing where the file does not say. Never compressed: that takes ten times as long as to encode.
    """
    image = await image_of(services.storage, image_id)
    kept = {"ETag": f'"{tag_of(image)}"', "Cache-Control": "private, max-age=31536000, immutable"}
    if if_none_match is not None and tag_of(image) in if_none_match:
        return Response(status_code=304, headers=kept)
    found = await pixels_of(services.films, image)
    headers = kept | pixel_headers(found)
    return Response(found.samples.data, media_type="application/octet-stream", headers=headers)


@router.get("/{image_id}/tags")
async def tags(services: Built, _caller: Caller, image_id: str) -> TagsView:
    """Return the file's attributes that cannot name a patient: nothing else is kept of them."""
    return TagsView.of(image_id, await tags_of(services.storage, image_id))


@router.get("/{image_id}/anatomy")
async def anatomy(services: Built, _caller: Caller, image_id: str) -> OrgansView:
    """Return a box for lungs and heart and the two widths of the cardiothoracic ratio, in image pixels."""
    found = await organs_of(services.storage, services.films, services.panel.segmenter, image_id)
    return OrgansView.of(image_id, found)
