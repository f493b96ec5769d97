"""The table from what a server says to the reason and the sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import openai
import pytest

from service.domain.errors import ModelFailed
from service.llm.failures import TransientFailure, from_error_event, from_response
from service.llm.openai_failures import translate

LEAK = "sk-secret of Jane Doe"


@dataclass
class Response:
    """What the SDK's exceptions read of a response."""

    status_code: int
    headers: dict[str, str] = field(default_factory=dict)
    request: Any = None


def unconnected(cause: Exception) -> openai.APIConnectionError:
    error = openai.APIConnectionError(request=Response(0).request)
    error.__cause__ = cause
    return error


def status_error(status: int, body: object = None, **headers: str) -> openai.APIStatusError:
    response: Any = Response(status, {name.replace("_", "-"): value for name, value in headers.items()})
    return openai.APIStatusError(LEAK, response=response, body=body)


@pytest.mark.parametrize(
    ("status", "reason", "another_try"),
    [
        (307, "refused", False),
        (400, "refused", False),
        (401, "refused", False),
        (404, "refused", False),
        (408, "timeout", True),
        (413, "refused", False),
        (429, "rate-limited", True),
        (500, "server-error", True),
        (503, "server-error", True),
    ],
)
def test_a_status_decides_where_the_body_says_nothing(status: int, reason: str, *, another_try: bool) -> None:
    failure = from_response("It", status, None)
    assert failure.reason == reason
    assert isinstance(failure, TransientFailure) == another_try
    assert failure.detail.startswith("It ")
    assert str(status) in failure.detail


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"code": "content_filter"}, "declined"),
        ({"code": "context_length_exceeded"}, "refused"),
        ({"type": "exceed_context_size_error", "code": 400}, "refused"),
        ({"code": "insufficient_quota", "type": "insufficient_quota"}, "rate-limited"),
    ],
)
def test_a_known_code_goes_before_the_status_and_is_final(body: dict[str, object], reason: str) -> None:
    failure = from_response("It", 429, body)
    assert failure.reason == reason
    assert not isinstance(failure, TransientFailure)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"code": 429}, "rate-limited"),
        ({"code": "400"}, "refused"),
        ({"message": "died"}, "server-error"),
        ("died", "server-error"),
    ],
)
def test_an_error_event_is_read_by_its_code(body: object, reason: str) -> None:
    assert from_error_event("It", body).reason == reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError(LEAK), "malformed"),
        (status_error(401), "refused"),
        (unconnected(OSError(LEAK)), "unreachable"),
        (unconnected(OSError("[SSL: CERTIFICATE_VERIFY_FAILED]")), "unreachable"),
        (openai.APITimeoutError(request=Response(0).request), "unreachable"),
        (openai.APIError(LEAK, request=Response(0).request, body={"code": 429}), "rate-limited"),
        (openai.APIResponseValidationError(Response(200), body=LEAK), "malformed"),  # type: ignore[arg-type]  # a stand-in
    ],
)
def test_what_the_sdk_raises_has_a_reason_and_gives_away_nothing(error: openai.APIError, reason: str) -> None:
    failure = translate(error, "It")
    assert failure.reason == reason
    assert "secret" not in failure.detail
    assert "Jane" not in failure.detail


def test_a_certificate_is_not_tried_again() -> None:
    assert isinstance(translate(unconnected(OSError("refused")), "It"), TransientFailure)
    assert not isinstance(translate(unconnected(OSError("CERTIFICATE_VERIFY_FAILED")), "It"), TransientFailure)


def test_the_servers_wait_comes_along() -> None:
    failure = translate(status_error(429, retry_after="3"), "It")
    assert isinstance(failure, TransientFailure)
    assert failure.retry_after_s == 3.0


def test_every_failure_is_one_that_the_use_cases_know() -> None:
    assert isinstance(TransientFailure("timeout", "It is slow."), ModelFailed)
