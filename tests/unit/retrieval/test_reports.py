from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from service.retrieval.cleaning import RawReport
from service.retrieval.later import later
from service.retrieval.reports import Reports

TEXTS = ("Lungs are clear. No effusion.", "LUNGS are clear.  No effusion.", "Pleural effusion. No pneumothorax.")


def raw() -> Iterator[RawReport]:
    for number, text in enumerate(TEXTS):
        yield RawReport(f"r/{number}", text)


def test_duplicates_are_dropped_and_the_first_is_kept() -> None:
    reports = Reports("test", raw, wait_s=60)
    assert {report.id for report in reports.similar([], "", 10)} == {"r/0", "r/2"}
    assert reports.name == "test: 2 reports"


def test_a_draft_does_not_wait_for_an_index_that_is_not_ready() -> None:
    go_on = Event()

    def slow() -> Iterator[RawReport]:
        go_on.wait(60)
        yield from raw()

    reports = Reports("test", slow, wait_s=0.01)
    assert reports.similar([], "", 3) == ()
    assert reports.name == "test"
    go_on.set()


def test_an_empty_source_has_nothing_similar() -> None:
    reports = Reports("test", lambda: (), wait_s=60)
    assert reports.similar([], "cough", 3) == ()
    assert reports.name == "test: 0 reports"


def test_what_breaks_in_the_thread_is_raised_to_whoever_asks() -> None:
    reports = Reports("test", lambda: [RawReport(f"r/{1 // number}", "") for number in (1, 0)], wait_s=60)
    with pytest.raises(ZeroDivisionError):
        reports.similar([], "", 1)
    assert reports.name == "test"


def test_the_work_is_done_once_and_beside_the_caller() -> None:
    calls: list[int] = []
    future = later(lambda: calls.append(1))
    assert future.result(60) is None
    assert future.result(60) is None
    assert calls == [1]
