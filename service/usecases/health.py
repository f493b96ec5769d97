"""The state of every part."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import structlog

from models.base import Expert
from service.ports import BlobStore, ChatModel, Storage
from service.usecases.generation import Writer

_log = structlog.get_logger()
_OK = "ok"


class Readiness:
    """Whether studies can be taken, part by part.

    The language model does not count: when it fails, the narrator writes. It is given ``wait_s`` seconds to answer, and
    what it said, or that it said nothing, is remembered for ``remember_s``: a probe must not hang with the model.
    """

    def __init__(
        self,
        storage: Storage,
        blobs: BlobStore,
        experts: Sequence[Expert],
        writer: Writer,
        *,
        wait_s: float = 1.0,
        remember_s: float = 10.0,
    ) -> None:
        self._storage = storage
        self._blobs = blobs
        self._experts = experts
        self._model = writer.model()
        self._wait_s = wait_s
        self._remember_s = remember_s
        self._known = ""
        self._known_until = 0.0
        self._asking = asyncio.Lock()

    async def parts(self) -> tuple[dict[str, str], bool]:
        """Return each part with "ok", what is wrong, or how it is degraded, and whether studies can be taken."""
        needed = {
            "database": await self._storage.check() or _OK,
            "blobs": await self._blobs.check() or _OK,
            "experts": _OK if self._experts else "no expert is active: set CXR_EXPERTS",
        }
        usable = all(state == _OK for state in needed.values())
        return needed | {f"llm {self._model.name}": await self._model_state()}, usable

    async def _model_state(self) -> str:
        async with self._asking:  # who comes meanwhile waits for the same answer
            if time.monotonic() >= self._known_until:
                wrong = await _ask(self._model, self._wait_s)
                self._known = f"degraded, the narrator writes: {wrong}" if wrong else _OK
                self._known_until = time.monotonic() + self._remember_s
        return self._known


async def _ask(model: ChatModel, wait_s: float) -> str | None:
    try:
        async with asyncio.timeout(wait_s):
            return await model.check()
    except TimeoutError:
        return f"The language model did not answer within {wait_s:g} s."
    except Exception:  # noqa: BLE001 - a plug from outside may raise anything, and the service is ready without it
        _log.exception("llm.crashed", model=model.name)
        return "The language model's adapter failed; see the log."
