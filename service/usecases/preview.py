"""What a film looks like on a screen."""

from __future__ import annotations

import asyncio

from service.imaging.pixels import preview_png
from service.ports import Storage
from service.usecases.films import Films
from service.usecases.lookup import image_of


async def preview(
    storage: Storage, films: Films, image_id: str, window: tuple[float, float] | None, size: int | None
) -> bytes:
    """Return a PNG of the image; ``window`` is (centre, width) in modality units, ``size`` the longer side in pixels.

    Raises Unknown.
    """
    frame = await films.get(await image_of(storage, image_id))
    center, width = window or (None, None)
    return await asyncio.to_thread(preview_png, frame, center=center, width=width, size=size)
