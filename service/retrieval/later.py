"""Work that goes on beside the service and is awaited where its result is needed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


def later(make: Callable[[], T]) -> Future[T]:
    """Run ``make`` in a thread of its own; whoever asks for the result gets its error, too.

    The thread ends with the process: a service that is stopped does not wait for an index.
    """
    future: Future[T] = Future()
    Thread(target=_run, args=(make, future), name="retrieval", daemon=True).start()
    return future


class Later(Generic[T]):
    """Work that begins when it is told to or when its result is asked for, once."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = Lock()
        self._future: Future[T] | None = None

    def begin(self) -> Future[T]:
        """Begin, unless it has begun, and return what will hold the result."""
        with self._lock:
            if self._future is None:
                self._future = later(self._make)
            return self._future

    def result(self) -> T:
        """Return the result, waiting for it. Raises what the work raised."""
        return self.begin().result()


def _run(make: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(make())
    except Exception as error:  # noqa: BLE001 - the end of a thread: the error is raised to whoever asks
        future.set_exception(error)
