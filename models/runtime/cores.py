"""One gate of cores for the whole process: networks that run together share the cores instead of fighting for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
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
    def taken(self, wanted: int) -> Iterator[Callable[[], None]]:
        """Hold ``wanted`` cores, or all where there are not so many; blocks until they are free.

        What it yields gives them back before the end, for who is nearly done; to call it again does nothing.
        """
        held = [self._take(min(wanted, self._total))]

        def give_back() -> None:
            while held:
                self._give(held.pop())

        try:
            yield give_back
        finally:
            give_back()

    def _take(self, count: int) -> int:
        place = object()
        with self._changed:
            self._line.append(place)
            try:
                self._changed.wait_for(lambda: self._line[0] is place and self._free >= count)
            finally:
                self._line.remove(place)
                self._changed.notify_all()
            self._free -= count
        return count

    def _give(self, count: int) -> None:
        with self._changed:
            self._free += count
            self._changed.notify_all()


@cache
def process_cores() -> Cores:
    """Return the cores of this process, by its quota when first asked: its networks take their turns here."""
    return Cores(cpu_quota())
