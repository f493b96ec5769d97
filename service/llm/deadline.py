"""One clock for a whole generation, and the longest silence within it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from service.domain.errors import ModelFailed

T = TypeVar("T")


class Deadline:
    """Starts when made, inside a running loop; every wait of a generation goes through it.

    The clock is around each wait and not around the generation, because a time-out that is open across an asynchronous
    generator's ``yield`` would strike whatever its consumer happens to do (PEP 789).
    """

    def __init__(self, who: str, total_s: float) -> None:
        self._who = who
        self._total_s = total_s
        self._time = asyncio.get_running_loop().time
        self._end = self._time() + total_s

    @property
    def remaining_s(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - self._time())

    async def wait(self, awaitable: Awaitable[T], limit_s: float) -> T:
        """Wait for at most ``limit_s`` and what is left. Raises ModelFailed("timeout"); the awaitable is cancelled."""
        try:
            async with asyncio.timeout(min(limit_s, self.remaining_s)):
                return await awaitable
        except TimeoutError as error:
            raise ModelFailed("timeout", self._sentence(limit_s)) from error

    def _sentence(self, limit_s: float) -> str:
        if self.remaining_s == 0:
            return f"{self._who} did not finish within {self._total_s:g} s."
        return f"{self._who} said nothing for {limit_s:g} s."
