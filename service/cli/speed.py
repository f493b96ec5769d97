"""How fast an expert reads on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from models.base import Expert, GrayImage

WARM_UP, TAKEN = 3, 30


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds from a film in memory to its reading, one film at a time; films a second from several callers."""

    median_ms: float
    p99_ms: float
    films_a_second: float


def measure(expert: Expert, film: GrayImage, *, callers: int, taken: int = TAKEN) -> Speed:
    """Read one film again and again, preparation included. Raises ExpertError when the expert fails."""
    for _ in range(WARM_UP):
        expert.read([film])
    alone = [_seconds(lambda: expert.read([film])) * 1000 for _ in range(taken)]
    with ThreadPoolExecutor(callers) as pool:
        together = _seconds(lambda: list(pool.map(lambda _: expert.read([film]), range(taken))))
    return Speed(float(np.median(alone)), float(np.percentile(alone, 99)), taken / together)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
