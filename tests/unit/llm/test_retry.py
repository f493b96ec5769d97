"""When a failed request is sent again, and when not."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.llm.deadline import Deadline
from service.llm.failures import TransientFailure
from service.llm.retry import Retries, backoff_s, retry_after_s

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Fri, 02 Jan 2026 03:04:15 GMT"}, 10.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:00:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:04:15 -0000"}, 10.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({}, None),
    ],
)
def test_what_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, NOW) == seconds


@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d+ Jan \d+ \d+:\d+:\d+ \S*", fullmatch=True))
def test_no_header_breaks_the_reading(text: str) -> None:
    seconds = retry_after_s({"retry-after": text}, NOW)
    assert seconds is None or seconds >= 0


def test_the_wait_doubles_up_to_eight_seconds() -> None:
    assert [backoff_s(attempt, 1) for attempt in range(1, 8)] == [0.25, 0.5, 1, 2, 4, 8, 8]
    assert backoff_s(1, 0.5) == 0.125


async def test_the_number_of_tries_is_bounded() -> None:
    retries = Retries(2, Deadline("It", 10))
    failure = TransientFailure("server-error", "down", retry_after_s=0.0)
    await retries.pause(failure)
    await retries.pause(failure)
    with pytest.raises(TransientFailure):
        await retries.pause(failure)


async def test_the_servers_word_goes_before_the_back_off() -> None:
    began = time.monotonic()
    await Retries(1, Deadline("It", 10)).pause(TransientFailure("rate-limited", "busy", retry_after_s=0.4))
    assert 0.4 <= time.monotonic() - began < 2


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    began = time.monotonic()
    with pytest.raises(TransientFailure):
        await Retries(5, Deadline("It", 1)).pause(TransientFailure("rate-limited", "busy", retry_after_s=60))
    assert time.monotonic() - began < 0.5
