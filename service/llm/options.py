"""Reading an adapter's options, which are strings from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.errors import ConfigurationError


def number(options: Mapping[str, str], key: str, default: float, *, least: float = 0) -> float:
    """Read a number, ``default`` where unset. Raises ConfigurationError when it is none, or below ``least``."""
    text = options.get(key) or str(default)
    try:
        value = float(text)
    except ValueError as error:
        raise ConfigurationError(f"The language model's option {key} is {text!r}, which is not a number.") from error
    if not least <= value < float("inf"):
        raise ConfigurationError(f"The language model's option {key} is {text}, but must be at least {least:g}.")
    return value


def structured(options: Mapping[str, str]) -> bool:
    """Read whether the model is to be held to JSON schemas: unless ``structured`` is "off"."""
    return options.get("structured", "on") != "off"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a generation may use, beside the request's own deadline and token budget.

    ``stall_s``: longest silence, before the first piece of text and between pieces. ``context_tokens``: prompt and
    answer together.
    """

    stall_s: float
    max_retries: int
    context_tokens: int

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Limits:
        """Read ``timeout_s``, ``max_retries`` and ``context_tokens``."""
        return cls(
            stall_s=number(options, "timeout_s", 30, least=0.01),
            max_retries=int(number(options, "max_retries", 2)),
            context_tokens=int(number(options, "context_tokens", 8192, least=256)),
        )
