"""From what a server says went wrong to ModelFailed: the one table of reasons and sentences.

A sentence never repeats the server's own words, which may hold a key or the text that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.domain.errors import FailureReason, ModelFailed

_SERVER_ERROR = 500

_BY_CODE: Mapping[str, tuple[FailureReason, str]] = {
    "content_filter": ("declined", "declined to answer: its own content filter stopped it"),
    "content_policy_violation": ("declined", "declined to answer: its own content filter stopped it"),
    "context_length_exceeded": ("refused", "has too small a context for this text: see CXR_LLM_CONTEXT_TOKENS"),
    "exceed_context_size_error": ("refused", "has too small a context for this text: see CXR_LLM_CONTEXT_TOKENS"),
    "insufficient_quota": ("rate-limited", "has no quota left for this key: check the account's billing"),
}

_REFUSALS: Mapping[int, str] = {
    401: "does not accept the key: check CXR_LLM_API_KEY",
    403: "forbids this key the use of the model: check CXR_LLM_API_KEY and CXR_LLM_MODEL",
    404: "does not know the address or the model: check CXR_LLM_BASE_URL and CXR_LLM_MODEL",
    413: "does not take a text of this length: lower CXR_LLM_CONTEXT_TOKENS",
}


class TransientFailure(ModelFailed):
    """A failure that another try may cure, ``retry_after_s`` seconds from now where the server says so."""

    def __init__(self, reason: FailureReason, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason, detail)
        self.retry_after_s = retry_after_s


def from_response(who: str, status: int, body: object, retry_after_s: float | None = None) -> ModelFailed:
    """Failure for an HTTP ``status`` and the decoded error object that came with it, whatever that is."""
    known = _known(body)
    if known is not None:
        reason, what = known
        return ModelFailed(reason, f"{who} {what}.")
    return _from_status(who, status, retry_after_s)


def from_error_event(who: str, body: object) -> ModelFailed:
    """Failure for an error object inside a stream: by its ``code`` where that is a number, else the server's fault."""
    code = body.get("code") if isinstance(body, Mapping) else None
    numeric = str(code).isdecimal()
    return from_response(who, int(str(code)) if numeric else _SERVER_ERROR, body)


def _from_status(who: str, status: int, retry_after_s: float | None) -> ModelFailed:
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        return TransientFailure("rate-limited", f"{who} takes no more requests for now (HTTP 429).", retry_after_s)
    if status == 408:  # noqa: PLR2004 - Request Timeout
        return TransientFailure("timeout", f"{who} gave up waiting (HTTP 408).", retry_after_s)
    if status >= _SERVER_ERROR:
        return TransientFailure("server-error", f"{who} failed (HTTP {status}).", retry_after_s)
    what = _REFUSALS.get(status, "refuses the request: check CXR_LLM_BASE_URL and CXR_LLM_MODEL")
    return ModelFailed("refused", f"{who} {what} (HTTP {status}).")


def _known(body: object) -> tuple[FailureReason, str] | None:
    """Row of the table for an error object: OpenAI puts the name into ``code``, llama.cpp into ``type``."""
    if not isinstance(body, Mapping):
        return None
    for key in ("code", "type"):
        known = _BY_CODE.get(str(body.get(key)))
        if known is not None:
            return known
    return None
