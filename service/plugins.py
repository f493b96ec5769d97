"""How every plug is found: an entry point's name, or ``module:attr``; built-ins and outsiders use the same door."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from service.domain.errors import ConfigurationError


def load(group: str, name: str) -> Callable[..., Any]:
    """Find the builder ``name`` of ``group`` ("cxr.llm").

    ``name`` is an entry point's name, or "module:attr" for what is not installed as one. Raises ConfigurationError when
    there is none, when two packages claim the name, or when it cannot be imported.
    """
    entry = EntryPoint(name, name, group) if ":" in name else _installed(group, name)
    try:
        loaded: object = entry.load()
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"The plug {name!r} of {group} cannot be loaded: {error}.") from error
    if not callable(loaded):
        raise ConfigurationError(f"The plug {name!r} of {group} is not a function that builds one.")
    return loaded


def names(group: str) -> list[str]:
    """Names of the entry points installed in ``group``, sorted."""
    return sorted(entry_points(group=group).names)


def _installed(group: str, name: str) -> EntryPoint:
    found = {entry.value: entry for entry in entry_points(group=group, name=name)}
    if not found:
        known = ", ".join(names(group)) or "none is installed"
        raise ConfigurationError(f"There is no plug {name!r} in {group}; known: {known}; or give module:attr.")
    if len(found) > 1:
        claims = ", ".join(sorted(found))
        raise ConfigurationError(f"The plug {name!r} of {group} is claimed by several packages: {claims}.")
    return next(iter(found.values()))
