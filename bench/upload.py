"""An upload with the narrator: what the service adds to bare decoding and inference, and where that time goes."""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import numpy as np
from PIL import Image

from bench.server import Server, running
from bench.table import Row, keep, show
from models.ensemble import combine
from prompts.facts import StudyFacts
from prompts.narrate import narrate
from service.bootstrap.services import Services, build
from service.domain.access import Principal
from service.imaging.decode import decode_file
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import SourceFile, display
from service.ports import DraftJob
from service.settings import Settings
from service.usecases.ingest import Labelling
from tests.phantom import draw_phantom

ROUNDS = 40
WARM = 5
SIDE = 1024
_CALLER = Principal("bench", "bench")


def run() -> None:
    """Measure, print, keep."""
    films = [_png(number) for number in range(ROUNDS + WARM)]
    with running() as server:
        rows = asyncio.run(_measure(server, films))
        memory = server.rss_mb()
    by_name = {row.name: row.p50 for row in rows}
    added = by_name["upload over HTTP"] - by_name["bare decoding"] - by_name["bare inference"]
    notes = [
        f"added to bare decoding and inference: {added:.1f} ms (bound: 100 ms)",
        f"start to ready: {server.ready_s:.2f} s; resident after the run: {memory:.0f} MB with its decoder",
    ]
    show(f"Upload of a {SIDE}x{SIDE} PNG, narrator, findings and report in the answer", rows, notes)
    figures = {"p50_ms": by_name, "added_ms": added, "ready_s": server.ready_s, "rss_mb": memory}
    keep("upload", figures)


async def _measure(server: Server, films: list[bytes]) -> list[Row]:
    """Take one round of everything after the other, so that what disturbs one disturbs all."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cxr-bench-"))
        services = await stack.enter_async_context(build(Settings(data_dir=Path(folder), log_level="error")))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=server.url, timeout=60))
        parts = _Parts(services, client).by_name()
        taken: dict[str, list[float]] = {name: [] for name in parts}
        for number, film in enumerate(films):
            for name, part in parts.items():
                started = time.perf_counter()
                await part(film)
                if number >= WARM:
                    taken[name].append((time.perf_counter() - started) * 1000)
    return [Row(name, values) for name, values in taken.items()]


class _Parts:
    """What is timed: the two bare figures, the whole, and the whole's parts, each alone."""

    def __init__(self, services: Services, client: httpx.AsyncClient) -> None:
        self._services = services
        self._client = client
        self._expert = services.panel.experts[0]
        self._shown = display(decode_file(_png(0), "film.png", DecodeLimits()).images[0])
        self._facts = StudyFacts(combine(self._expert.read([self._shown])), views=("PA",))

    def by_name(self) -> dict[str, Callable[[bytes], Awaitable[object]]]:
        """Return the parts in the order of the table."""
        return {
            "bare decoding": self.decode,
            "bare inference": self.infer,
            "upload over HTTP": self.upload,
            "  of which: take the upload": self.ingest,
            "    of which: store the file": self.blob,
            "  of which: an empty durable job": self.job,
            "  of which: the narrator": self.words,
            "  of which: an HTTP round trip": self.roundtrip,
        }

    async def decode(self, film: bytes) -> object:
        return decode_file(film, "film.png", DecodeLimits())

    async def infer(self, _film: bytes) -> object:
        return self._expert.read([self._shown])

    async def upload(self, film: bytes) -> None:
        answer = await self._client.post("/api/v1/studies", files={"files": ("film.png", film)})
        if not answer.json()["reports"]:
            raise RuntimeError(answer.text)

    async def ingest(self, film: bytes) -> object:
        return await self._services.ingest.take([SourceFile("film.png", film)], Labelling(), _CALLER)

    async def blob(self, film: bytes) -> object:
        return await self._services.blobs.put(film + b"again")

    async def job(self, _film: bytes) -> None:
        # Of a study that is not there: the job's two records and nothing else.
        await (await self._services.jobs.submit(DraftJob("none", uuid4().hex, None, "bench"))).wait()

    async def words(self, _film: bytes) -> object:
        return narrate(self._facts)

    async def roundtrip(self, _film: bytes) -> object:
        return await self._client.get("/healthz")


def _png(seed: int) -> bytes:
    film = draw_phantom(SIDE, SIDE, bits=8, seed=seed).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(film).save(out, "PNG")
    return out.getvalue()
