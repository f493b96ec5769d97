"""When to try again: a bounded number of times, backing off with jitter, never past the generation's deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom

from service.llm.deadline import Deadline
from service.llm.failures import TransientFailure

_FIRST_BACKOFF_S = 0.25
_LONGEST_BACKOFF_S = 8.0
_RANDOM = SystemRandom()


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a server asks to wait: ``retry-after-ms`` (Azure), or ``retry-after`` in seconds or as a date.

    None where it does not say, or says it in no way that RFC 9110 (10.2.3) knows.
    """
    for header, divisor in (("retry-after-ms", 1000), ("retry-after", 1)):
        text = headers.get(header, "").strip()
        if text.replace(".", "", 1).isdecimal():
            return float(text) / divisor
    return _until(headers.get("retry-after", ""), now)


def _until(date: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def backoff_s(attempt: int, jitter: float) -> float:
    """Seconds before try ``attempt`` (from 1): 0.25 doubled each time, at most 8, times ``jitter`` (0.5 to 1)."""
    return float(min(_FIRST_BACKOFF_S * 2 ** (attempt - 1), _LONGEST_BACKOFF_S)) * jitter


class Retries:
    """The tries that one generation has left."""

    def __init__(self, most: int, deadline: Deadline) -> None:
        self._most = most
        self._deadline = deadline
        self._taken = 0

    async def pause(self, failure: TransientFailure) -> None:
        """Sleep before the next try. Raises ``failure`` when none is left, or when it would come after the deadline."""
        self._taken += 1
        wait = failure.retry_after_s
        if wait is None:
            wait = backoff_s(self._taken, _RANDOM.uniform(0.5, 1))
        if self._taken > self._most or wait >= self._deadline.remaining_s:
            raise failure
        await asyncio.sleep(wait)
