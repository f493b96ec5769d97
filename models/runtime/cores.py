"""One gate of cores for the whole process: networks that run together share the cores instead of fighting for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Condition

from models.runtime.quota import cpu_quota


class Cores:
    """Hands out cores, first come, first served: a wide inference is not starved by narrow ones behind it."""

    def __init__(self, total: int) -> None:
        self._free = self._total = total
        self._line: deque[object] = deque()
        self._changed = Condition()

    @contextmanager
    def taken(self, wanted: int) -> Iterator[None]:
        """Hold ``wanted`` cores, or all where there are not so many; blocks until they are free."""
        count = min(wanted, self._total)
        place = object()
        with self._changed:
            self._line.append(place)
            try:
                self._changed.wait_for(lambda: self._line[0] is place and self._free >= count)
            finally:
                self._line.remove(place)
                self._changed.notify_all()
            self._free -= count
        try:
            yield
        finally:
            with self._changed:
                self._free += count
                self._changed.notify_all()


@cache
def process_cores() -> Cores:
    """Return the cores of this process, by its quota when first asked: its networks take their turns here."""
    return Cores(cpu_quota())
