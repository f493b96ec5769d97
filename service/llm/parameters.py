"""The parameters of a chat completion, less those that a server turned out not to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.ports import ChatRequest

_RENAMED = {"max_tokens": "max_completion_tokens"}  # OpenAI's reasoning models know only the newer name
_OPTIONAL = ("stream_options", "seed", "temperature", "max_tokens", "response_format")


def response_format(request: ChatRequest) -> dict[str, Any] | None:
    """Say a request's schema as OpenAI, vLLM, Ollama and llama.cpp take it; None where it has none."""
    if request.schema is None:
        return None
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": dict(request.schema)}}


class Parameters:
    """What one server takes; learnt from its refusals and remembered for as long as this lives."""

    def __init__(self) -> None:
        self._unknown: set[str] = set()

    def of(self, request: ChatRequest) -> dict[str, Any]:
        """Choose the optional parameters to send with ``request``."""
        wanted: dict[str, Any] = {
            "stream_options": {"include_usage": True},
            "seed": request.seed,
            "temperature": request.temperature,
            "max_tokens": request.max_tokens,
            "response_format": response_format(request),
        }
        return {
            _RENAMED[name] if name in self._unknown else name: value
            for name, value in wanted.items()
            if value is not None and (name not in self._unknown or name in _RENAMED)
        }

    def takes(self, name: str) -> bool:
        """Whether the server takes a parameter, as far as is known by now."""
        return name not in self._unknown

    def learn(self, sent: Mapping[str, Any], named: str | None, message: str) -> bool:
        """Take in a refusal; True when it was about a parameter of ``sent`` that can be left out or renamed.

        ``named`` is the error's own field for the parameter; where a server leaves it empty, its ``message`` names the
        parameter.
        """
        names = [name for name in _OPTIONAL if name in sent and (name == named or (not named and name in message))]
        self._unknown.update(names[:1])
        return bool(names)
