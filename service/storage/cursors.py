"""The opaque cursor of the worklist: its order, and the place in it of the last study shown."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime

from service.domain.errors import Rejected
from service.domain.priority import Priority
from service.ports import Order

Place = tuple[int, datetime, str] | tuple[datetime, str]
"""(rank, created_at, id) where the order is by urgency, else (created_at, id)."""


def encode_cursor(order: Order, place: Sequence[object]) -> str:
    """Return the cursor of the page that starts after this place."""
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in place]
    return base64.urlsafe_b64encode(json.dumps([order.value, *parts]).encode()).decode()


def decode_cursor(cursor: str, order: Order) -> Place:
    """Return the place. Raises Rejected when the cursor is none of ours, or of another order."""
    try:
        return _place(json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True)), order)
    except (ValueError, TypeError) as error:
        raise Rejected("The cursor is not one that this service gave out; start at the first page.") from error


def _place(parts: Sequence[object], order: Order) -> Place:
    kind, *rank, created_at, study_id = parts
    if kind != order.value or len(rank) != (order is Order.URGENT):
        raise ValueError("another order")
    time = _time(created_at), _id(study_id)
    return (_rank(rank[0]), *time) if rank else time


def _rank(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= Priority.ROUTINE:
        raise ValueError("no rank")
    return value


def _time(value: object) -> datetime:
    time = datetime.fromisoformat(str(value))
    if time.tzinfo is None:
        raise ValueError("no time zone")
    return time


def _id(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():  # databases refuse some characters
        raise ValueError("no id")
    return value
