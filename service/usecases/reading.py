"""Let the panel of experts look at the images of a study."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import structlog

from models.base import ExpertBusy, ExpertError, Film
from models.ensemble import combine_study
from models.findings import Finding, Gate, Verdict
from models.panel import Panel
from service.domain.study import Image
from service.imaging.pixels import PixelImage, display
from service.usecases.facts import spoken
from service.usecases.films import Films

_log = structlog.get_logger()
_UNREAD = Gate(Verdict.STOP, ("The expert networks failed on this image; tell the operator and draft again.",))

FILMS_A_CORE = 4
"""Films read at a time: as many as a network takes together."""

LEAST, MOST = 8, 64
"""Of them: with fewer, two cores wait for films between two networks; beyond, a network before which so many wait would
refuse them. Each of 5 megapixels holds some 60 MB meanwhile."""

_YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}
"""Units of DICOM's Age String (PS3.5 6.2)."""


class Reader:
    """Reads studies off the event loop. Images of several studies are read at a time: their networks share batches."""

    def __init__(self, films: Films, panel: Panel, *, cores: int) -> None:
        self.panel = panel
        self._films = films
        threads = max(LEAST, min(FILMS_A_CORE * cores, MOST))
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="panel")

    async def read(self, images: Sequence[Image]) -> tuple[tuple[Image, ...], tuple[Finding, ...]]:
        """Return the images with gate, readings and findings, and the findings of the study."""
        read = tuple(await asyncio.gather(*(self._read(image) for image in images)))
        return read, combine_study(spoken(read), self.panel.evidence)

    async def _read(self, image: Image) -> Image:
        frame = await self._films.get(image)
        loop = asyncio.get_running_loop()
        while True:
            try:
                return await loop.run_in_executor(self._threads, self._look, image, frame)
            except ExpertBusy as busy:  # the study is accepted: it waits for its turn, however long
                await asyncio.sleep(busy.retry_after_s)

    def _look(self, image: Image, frame: PixelImage) -> Image:
        try:
            seen = self.panel.read(Film(display(frame), image.view, age_years(image.tags)))
        except ExpertBusy:
            raise
        except ExpertError:  # every expert failed: the study is kept, marked as unread
            _log.exception("experts.failed", image=image.id)
            return replace(image, gate=_UNREAD)
        for failure in seen.failures:
            _log.error("expert.failed", image=image.id, expert=failure.expert, exc_info=failure.error)
        return replace(image, gate=seen.gate, readings=seen.readings, findings=seen.findings)

    def close(self) -> None:
        """Let the threads go once they are idle."""
        self._threads.shutdown(wait=False)


def age_years(tags: Mapping[str, str]) -> float | None:
    """Return the patient's age of an image's tags ("045Y", "018M"); None where they do not tell."""
    age = tags.get("PatientAge", "")
    unit = _YEARS.get(age[-1:])
    return int(age[:-1]) * unit if unit is not None and age[:-1].isdecimal() else None
