"""Column types that speak the domain's terms: aware UTC times, frozen dataclasses as JSON, enums by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import JSON, DateTime, Dialect, Enum
from sqlalchemy.types import TypeDecorator

# A reading's evidence maps are arrays: never stored, but part of its type.
_ARRAYS = ConfigDict(arbitrary_types_allowed=True)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored and returned in UTC, to the microsecond. Raises ValueError on a naive time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse what has no zone: it would be read back as another moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must be aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the zone back: SQLite returns UTC without one, PostgreSQL that of the session."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonOf(TypeDecorator[Any]):
    """A value of a type that pydantic knows (our frozen dataclasses, tuples and mappings of them) as JSON.

    None is SQL's NULL. A field that was added since a row was written takes its default when the row is read; one that
    was removed is ignored: neither needs a migration.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - any type form, tuple[Finding, ...] too
        super().__init__()
        self.kind = kind
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind, config=None if is_dataclass(kind) else _ARRAYS)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Turn the value into what JSON can hold."""
        return None if value is None else to_jsonable_python(value, fallback=_plain)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Turn it back."""
        return None if value is None else self._adapter.validate_python(value)


def _plain(value: object) -> object:
    # Pydantic writes a mapping only when it is a dict, and a frozen record holds a MappingProxyType.
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be stored")


def by_value(kind: type[StrEnum]) -> Enum:
    """Build the column type of an enum: its value as text, so that a new member needs no migration."""
    return Enum(
        kind, native_enum=False, length=20, values_callable=lambda members: [member.value for member in members]
    )
