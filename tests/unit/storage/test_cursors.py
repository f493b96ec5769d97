from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.errors import Rejected
from service.ports import Order
from service.storage.cursors import decode_cursor, encode_cursor


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 7), st.datetimes(), st.text().filter(str.isprintable))
def test_a_cursor_holds_its_place(rank: int, time: datetime, study_id: str) -> None:
    place = time.replace(tzinfo=UTC), study_id
    assert decode_cursor(encode_cursor(Order.NEWEST, place), Order.NEWEST) == place
    assert decode_cursor(encode_cursor(Order.URGENT, (rank, *place)), Order.URGENT) == (rank, *place)


@pytest.mark.parametrize("place", [(8,), (-1,), ("1",), (1.5,), (), (1, 1)])
def test_a_rank_that_there_is_not_is_rejected(place: tuple[object, ...]) -> None:
    cursor = encode_cursor(Order.URGENT, (*place, datetime(2026, 1, 1, tzinfo=UTC), "id"))
    with pytest.raises(Rejected):
        decode_cursor(cursor, Order.URGENT)


def test_a_cursor_is_of_one_order() -> None:
    cursor = encode_cursor(Order.NEWEST, (datetime(2026, 1, 1, tzinfo=UTC), "id"))
    assert decode_cursor(cursor, Order.NEWEST)
    with pytest.raises(Rejected):
        decode_cursor(cursor, Order.OLDEST)


@settings(max_examples=40, deadline=None)
@given(st.text() | st.binary().map(bytes.hex))
def test_any_other_text_is_rejected(cursor: str) -> None:
    with pytest.raises(Rejected):
        decode_cursor(cursor, Order.NEWEST)
