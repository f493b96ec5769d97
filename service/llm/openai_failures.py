"""From the OpenAI SDK's exceptions to ModelFailed."""

from __future__ import annotations

from datetime import UTC, datetime

import openai

from service.domain.errors import ModelFailed
from service.llm.completion import malformed
from service.llm.failures import TransientFailure, from_error_event, from_response
from service.llm.retry import retry_after_s


def translate(error: openai.APIError | ValueError, who: str) -> ModelFailed:
    """Failure for what the SDK raised: its own errors, or ValueError from decoding what the server sent."""
    if isinstance(error, ValueError):
        return malformed(who)
    if isinstance(error, openai.APIStatusError):
        wait = retry_after_s(error.response.headers, datetime.now(UTC))
        return from_response(who, error.status_code, error.body, wait)
    if isinstance(error, openai.APIConnectionError):
        return _unconnected(error, who)
    return malformed(who) if isinstance(error, openai.APIResponseValidationError) else from_error_event(who, error.body)


def _unconnected(error: openai.APIConnectionError, who: str) -> ModelFailed:
    if "CERTIFICATE_VERIFY_FAILED" in str(error.__cause__):
        return ModelFailed("unreachable", f"{who} shows a certificate that is not trusted here: set SSL_CERT_FILE.")
    return TransientFailure(
        "unreachable",
        f"{who} cannot be reached, or drops the connection: is it running, and is CXR_LLM_BASE_URL right?",
    )
