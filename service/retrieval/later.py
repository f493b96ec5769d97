"""Work that is begun at the start and awaited where its result is needed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def later(make: Callable[[], T]) -> Future[T]:
    """Run ``make`` in a thread of its own; whoever asks for the result gets its error, too.

    The thread ends with the process: a service that is stopped does not wait for an index.
    """
    future: Future[T] = Future()
    Thread(target=_run, args=(make, future), name="retrieval", daemon=True).start()
    return future


def _run(make: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(make())
    except Exception as error:  # noqa: BLE001 - the end of a thread: the error is raised to whoever asks
        future.set_exception(error)
