"""Who comes when too much waits already is asked to come again, before anything of his is taken."""

from __future__ import annotations

from service.domain.errors import TryLater
from service.ports import JobQueue

A_JOB_S = 0.5
"""Seconds until a job is through, roughly: with the narrator a tenth of it, with a language model a hundredfold."""


def admit(jobs: JobQueue, most: int) -> None:
    """Raise TryLater when ``most`` jobs wait: what is acknowledged is kept, so it must not grow without bound."""
    waiting = jobs.waiting()
    if waiting >= most:
        raise TryLater(
            f"{waiting} studies wait to be read and drafted. Nothing of this upload was stored: send it again later.",
            retry_after_s=max(1.0, (waiting - most + 1) * A_JOB_S),
        )
