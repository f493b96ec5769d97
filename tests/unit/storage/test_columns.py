from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from models.findings import Box, ExpertOpinion, ExpertReading, Finding, Label, Region, Score, Zone
from service.storage.columns import JsonOf, UtcTime

DIALECT = sqlite.dialect()
quick = settings(max_examples=40, deadline=None)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
REGIONS = st.builds(
    Region,
    zone=st.none() | st.sampled_from(Zone),
    box=st.none() | st.builds(Box, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
)
OPINIONS = st.builds(ExpertOpinion, st.text(), st.text(), st.text(), NUMBERS, NUMBERS)
FINDINGS = st.builds(
    Finding,
    st.sampled_from(Label),
    NUMBERS,
    NUMBERS,
    st.booleans(),
    st.lists(OPINIONS, max_size=3).map(tuple),
    st.none() | REGIONS,
    doubt=st.none() | st.tuples(NUMBERS, NUMBERS),
)
SCORES = st.builds(Score, NUMBERS, NUMBERS, NUMBERS, st.tuples(NUMBERS, NUMBERS))
READINGS = st.builds(
    ExpertReading,
    st.text(),
    st.text(),
    st.text(),
    st.dictionaries(st.sampled_from(Label), SCORES, max_size=3).map(MappingProxyType),
    st.dictionaries(st.sampled_from(Label), REGIONS, max_size=3),
)


def there_and_back(kind: object, value: object) -> object:
    column = JsonOf(kind)
    text = json.dumps(column.process_bind_param(value, DIALECT))
    return column.process_result_value(json.loads(text), DIALECT)


@quick
@given(st.lists(FINDINGS, max_size=3).map(tuple))
def test_findings_come_back_as_they_went_in(findings: tuple[Finding, ...]) -> None:
    assert there_and_back(tuple[Finding, ...], findings) == findings


@quick
@given(st.lists(READINGS, max_size=2).map(tuple))
def test_readings_come_back_as_they_went_in(readings: tuple[ExpertReading, ...]) -> None:
    assert there_and_back(tuple[ExpertReading, ...], readings) == readings


@quick
@given(st.none() | st.dictionaries(st.text(), st.text()))
def test_mappings_come_back_as_they_went_in(mapping: dict[str, str] | None) -> None:
    assert there_and_back(Mapping[str, str], mapping) == mapping


@dataclass(frozen=True)
class Older:
    kept: str
    removed: int = 1


@dataclass(frozen=True)
class Newer:
    kept: str
    added: tuple[str, ...] = ("default",)


def test_a_row_from_before_a_field_was_added_is_read() -> None:
    stored = JsonOf(Older).process_bind_param(Older("text"), DIALECT)
    assert JsonOf(Newer).process_result_value(stored, DIALECT) == Newer("text")


def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be stored"):
        JsonOf(Mapping[str, Any]).process_bind_param({"key": object()}, DIALECT)


@quick
@given(st.none() | st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - hypothesis wants the bounds naive
def test_times_are_stored_and_returned_in_utc(time: datetime | None) -> None:
    column = UtcTime()
    bound = column.process_bind_param(time, DIALECT)
    naive = None if bound is None else bound.replace(tzinfo=None)  # what SQLite keeps
    returned = column.process_result_value(naive, DIALECT)
    assert returned == (None if time is None else time.astimezone(UTC))
    assert returned is None or returned.tzinfo is UTC


def test_a_time_in_a_sessions_zone_is_returned_in_utc() -> None:
    time = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    returned = UtcTime().process_result_value(time, DIALECT)
    assert returned is not None
    assert returned.isoformat() == "2025-12-31T23:00:00+00:00"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        UtcTime().process_bind_param(datetime(2026, 1, 1), DIALECT)  # noqa: DTZ001 - the naive time under test
