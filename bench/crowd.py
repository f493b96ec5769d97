"""Sixteen uploads at a time over HTTP, and what of the time was not the service's."""

from __future__ import annotations

import asyncio
import io
import os
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from bench.server import Server
from tests.phantom import draw_phantom

AT_A_TIME = 16
UPLOADS = 32
"""Of a round: twice as many as are under way, so that its beginning and its end do not decide."""

SIDE = 512
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Crowd:
    """One round of uploads. Seconds; processor seconds of the decoders and of this client are not the service's."""

    films: int
    wall_s: float
    service_cpu_s: float
    decoder_cpu_s: float
    client_cpu_s: float
    uploads_ms: Sequence[float]

    @property
    def ms_a_film(self) -> float:
        """As the clock says, everything included."""
        return self.wall_s * 1000 / self.films

    def ms_a_film_without_decoding(self, cores: int) -> float:
        """Wall clock less the decoders' processor time, which was taken from all cores alike."""
        return (self.wall_s - self.decoder_cpu_s / cores) * 1000 / self.films


class Films:
    """Uploads that no server has seen: small PNGs, so that little time goes into decoding."""

    def __init__(self) -> None:
        self._film = draw_phantom(SIDE, SIDE, bits=8, seed=0).astype(np.uint8)
        self._numbers = count(1)

    def upload(self, films: int) -> tuple[str, bytes]:
        """One film as PNG, or several in an archive."""
        if films == 1:
            return "film.png", self._png()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for number in range(films):
                archive.writestr(f"{number}.png", self._png())
        return "study.zip", out.getvalue()

    def _png(self) -> bytes:
        film = self._film.copy()
        film[0, :4] = list(next(self._numbers).to_bytes(4, "big"))
        out = io.BytesIO()
        Image.fromarray(film).save(out, "PNG", compress_level=1)
        return out.getvalue()


async def rush(server: Server, client: httpx.AsyncClient, uploads: Sequence[tuple[str, bytes]], films: int) -> Crowd:
    """Keep sixteen uploads under way; each holds so many films and is answered with its findings and its report."""
    places = asyncio.Semaphore(AT_A_TIME)
    before = _service_cpu(server), _decoder_cpu(server), time.process_time()
    started = time.perf_counter()
    taken = await asyncio.gather(*(_send(client, upload, places) for upload in uploads))
    wall = time.perf_counter() - started
    after = _service_cpu(server), _decoder_cpu(server), time.process_time()
    service, decoder, client_cpu = (end - begin for begin, end in zip(before, after, strict=True))
    return Crowd(len(uploads) * films, wall, service, decoder, client_cpu, taken)


async def _send(client: httpx.AsyncClient, upload: tuple[str, bytes], places: asyncio.Semaphore) -> float:
    async with places:
        started = time.perf_counter()
        answer = await client.post("/api/v1/studies", files={"files": upload})
        taken = (time.perf_counter() - started) * 1000
    if not answer.is_success or not answer.json()["reports"] or not answer.json()["findings"]:
        raise RuntimeError(answer.text)
    return taken


def _service_cpu(server: Server) -> float:
    return _cpu(server.pid)


def _decoder_cpu(server: Server) -> float:
    return sum(_cpu(child) for child in server.children())


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
