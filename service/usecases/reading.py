"""Let the panel of experts look at the images of a study."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import structlog

from models.base import Film
from models.ensemble import ReadImage, combine_study
from models.findings import Finding, Gate, Verdict
from models.panel import Panel
from service.domain.study import Image
from service.imaging.pixels import PixelImage, display
from service.usecases.films import Films

_log = structlog.get_logger()
_UNREAD = Gate(Verdict.STOP, ("The expert networks failed on this image; tell the operator and draft again.",))


class Reader:
    """Reads studies off the event loop. Images of several studies are read at a time: their networks share batches."""

    def __init__(self, films: Films, panel: Panel, *, threads: int = 8) -> None:
        self._films = films
        self._panel = panel
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="panel")

    async def read(self, images: Sequence[Image]) -> tuple[tuple[Image, ...], tuple[Finding, ...]]:
        """Return the images with gate, readings and findings, and the findings of the study."""
        read = tuple(await asyncio.gather(*(self._read(image) for image in images)))
        return read, _of_study(read)

    async def _read(self, image: Image) -> Image:
        frame = await self._films.get(image)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._look, image, frame)

    def _look(self, image: Image, frame: PixelImage) -> Image:
        try:
            seen = self._panel.read(Film(display(frame), image.view))
        except Exception:  # noqa: BLE001 - an expert from outside may raise anything; the study is kept, marked as unread
            _log.exception("experts.failed", image=image.id)
            return replace(image, gate=_UNREAD)
        return replace(image, gate=seen.gate, readings=seen.readings, findings=seen.findings)

    def close(self) -> None:
        """Let the threads go once they are idle."""
        self._threads.shutdown(wait=False)


def _of_study(images: Sequence[Image]) -> tuple[Finding, ...]:
    return combine_study([ReadImage(image.readings, image.view) for image in images if image.readings])
