"""Requests that arrive while the network is busy share the next batch.

A request that finds the network idle runs at once: batching adds no wait of its own. There is no thread of ours: of the
callers that wait, one runs the next batch for all, and the next begins while the last images of one are under way. Who
waits is bounded: beyond ``limit`` images a caller is told to come back.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock

import numpy as np

from models.base import ExpertBusy, ExpertError
from models.preprocess import Planes
from models.runtime.engine import Engine, Outputs

LIMIT = 64
"""Images that may wait for one network."""

PACE = 0.2
"""Weight of the latest batch in the running mean of the seconds an image takes."""


class _Ticket:
    """One caller's images, and in the end their outputs or what went wrong.

    ``wake`` is set when there is something to do for the caller: to take the result, or to lead the next batch.
    """

    def __init__(self, images: Planes) -> None:
        self.images = images
        self.outputs: Outputs | None = None
        self.error: ExpertError | None = None
        self.leads = False
        self.wake = Event()

    def result(self) -> Outputs:
        """Return the outputs, or raise the batch's error anew: several callers must not share one traceback."""
        if self.outputs is None:
            raise ExpertError(str(self.error)) from self.error
        return self.outputs


class Batcher:
    """Thread-safe door to an engine."""

    def __init__(self, engine: Engine, *, limit: int = LIMIT) -> None:
        self._engine = engine
        self._limit = limit
        self._line: deque[_Ticket] = deque()
        self._led = False
        self._seconds = 0.0
        self._lock = Lock()

    def infer(self, images: Planes) -> Outputs:
        """Return the outputs for (images, *shape), blocking until they are there.

        Raises ExpertBusy when too many images wait already, ExpertError when the network fails or the shape is wrong:
        told apart here, so that one wrong request does not fail those that share its batch.
        """
        if images.shape[1:] != self._engine.shape or not len(images):
            raise ExpertError(f"The network failed: it takes images of {self._engine.shape}, not {images.shape[1:]}.")
        ticket = self._join(images)
        try:
            ticket.wake.wait()
            if ticket.leads:
                self._lead(ticket)
        finally:
            self._leave(ticket)
        return ticket.result()

    def _join(self, images: Planes) -> _Ticket:
        with self._lock:
            waiting = sum(len(ticket.images) for ticket in self._line)
            if waiting and waiting + len(images) > self._limit:
                raise ExpertBusy(f"{waiting} images wait for the network already.", max(waiting * self._seconds, 1.0))
            ticket = _Ticket(images)
            self._line.append(ticket)
            if not self._led:
                self._appoint()
            return ticket

    def _leave(self, ticket: _Ticket) -> None:
        """Go; who led lets the next one lead. Also when the caller was interrupted before its images had their turn."""
        with self._lock:
            if ticket in self._line:
                self._line.remove(ticket)
            self._pass_on(ticket)

    def _pass_on(self, ticket: _Ticket) -> None:
        if ticket.leads:
            ticket.leads = False
            self._appoint()

    def _appoint(self) -> None:
        """Let the first in line lead: its own images are then in the batch that it runs."""
        self._led = bool(self._line)
        if self._led:
            self._line[0].leads = True
            self._line[0].wake.set()

    def _lead(self, leader: _Ticket) -> None:
        with self._engine.turn() as give_back:

            def nearly_done() -> None:
                give_back()
                with self._lock:
                    self._pass_on(leader)

            tickets = self._take()  # only now: while it was another network's turn, more may have come
            try:
                self._run(tickets, nearly_done)
            finally:
                for ticket in tickets:
                    ticket.error = ticket.error or ExpertError("The inference was interrupted.")
                    ticket.wake.set()

    def _take(self) -> list[_Ticket]:
        """Take the next tickets, at least one, as many as fit into a batch."""
        with self._lock:
            taken = [self._line.popleft()]
            while self._line and sum(len(t.images) for t in (*taken, self._line[0])) <= self._engine.most:
                taken.append(self._line.popleft())
            return taken

    def _run(self, tickets: Sequence[_Ticket], nearly_done: Callable[[], None]) -> None:
        started = time.monotonic()
        try:
            joined = tickets[0].images if len(tickets) == 1 else np.concatenate([t.images for t in tickets])
            outputs = self._engine.run(joined, nearly_done)
        except ExpertError as error:
            for ticket in tickets:
                ticket.error = error
            return
        seconds = (time.monotonic() - started) / len(joined)
        self._seconds = seconds if not self._seconds else self._seconds + PACE * (seconds - self._seconds)
        _hand_out(tickets, outputs)


def _hand_out(tickets: Sequence[_Ticket], outputs: Outputs) -> None:
    ends = np.cumsum([len(ticket.images) for ticket in tickets])
    for ticket, end in zip(tickets, ends, strict=True):
        ticket.outputs = {name: values[end - len(ticket.images) : end] for name, values in outputs.items()}
