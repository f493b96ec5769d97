from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.errors import Rejected
from service.domain.study import Study
from service.storage.cursors import decode_cursor, encode_cursor


@settings(max_examples=40, deadline=None)
@given(st.datetimes(), st.text())
def test_a_cursor_holds_its_place(time: datetime, study_id: str) -> None:
    created_at = time.replace(tzinfo=UTC)
    cursor = encode_cursor(Study(study_id, created_at, "owner", "content"))
    assert decode_cursor(cursor) == (created_at, study_id)


@settings(max_examples=40, deadline=None)
@given(st.text() | st.binary().map(bytes.hex))
def test_any_other_text_is_rejected(cursor: str) -> None:
    with pytest.raises(Rejected):
        decode_cursor(cursor)
