"""Let the gate and the experts look at the images of a study."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import structlog

from models.base import Expert
from models.ensemble import ReadImage, combine, combine_study
from models.findings import Finding
from models.gate import check
from service.domain.study import Gate, GateVerdict, Image
from service.imaging.pixels import PixelImage, display
from service.usecases.films import Films

_log = structlog.get_logger()
_UNREAD = Gate(GateVerdict.STOP, ("The expert networks failed on this image; tell the operator and draft again.",))


class Reader:
    """Reads studies with the active experts: off the event loop, and one image at a time, for each uses every core."""

    def __init__(self, films: Films, experts: Sequence[Expert]) -> None:
        self._films = films
        self._experts = tuple(experts)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="experts")

    async def read(self, images: Sequence[Image]) -> tuple[tuple[Image, ...], tuple[Finding, ...]]:
        """Return the images with gate, readings and findings, and the findings of the study."""
        loop = asyncio.get_running_loop()
        read: list[Image] = []
        for image in images:
            frame = await self._films.get(image)
            read.append(await loop.run_in_executor(self._thread, self._look, image, frame))
        return tuple(read), _of_study(read)

    def _look(self, image: Image, frame: PixelImage) -> Image:
        shown = display(frame)
        verdict = check(shown)
        gate = Gate(GateVerdict(verdict.verdict.value), tuple(verdict.reasons))
        if gate.verdict is GateVerdict.STOP:
            return replace(image, gate=gate)
        try:
            readings = tuple(expert.read([shown])[0] for expert in self._experts)
        except Exception:  # noqa: BLE001 - an expert from outside may raise anything; the study is kept, marked as unread
            _log.exception("experts.failed", image=image.id)
            return replace(image, gate=_UNREAD)
        return replace(image, gate=gate, readings=readings, findings=combine(readings))

    def close(self) -> None:
        """Let the thread go once it is idle."""
        self._thread.shutdown(wait=False)


def _of_study(images: Sequence[Image]) -> tuple[Finding, ...]:
    return combine_study([ReadImage(image.readings, image.view) for image in images if image.readings])
