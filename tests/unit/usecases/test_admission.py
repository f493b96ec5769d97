from __future__ import annotations

import pytest

from service.domain.errors import TryLater
from service.usecases.admission import admit
from tests.fakes import MemoryJobs
from tests.unit.usecases.desk import Desk


def jobs(backlog: int) -> MemoryJobs:
    queue = MemoryJobs(Desk().draft)
    queue.backlog = backlog
    return queue


def test_there_is_room_below_the_limit() -> None:
    admit(jobs(2), 3)


def test_who_comes_when_too_many_wait_is_asked_to_come_again() -> None:
    with pytest.raises(TryLater) as refused:
        admit(jobs(3), 3)
    assert refused.value.retry_after_s == 1
    assert "Nothing of this upload was stored" in refused.value.detail


def test_the_longer_the_queue_the_later() -> None:
    with pytest.raises(TryLater) as refused:
        admit(jobs(102), 3)
    assert refused.value.retry_after_s == 50
