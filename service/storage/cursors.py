"""The opaque cursor of the worklist: the place (created_at, id) of the last study shown."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from service.domain.errors import Rejected
from service.domain.study import Study
from service.storage.tables import StudyRow


def encode_cursor(study: Study) -> str:
    """Return the cursor of the page that starts after this study."""
    place = json.dumps([study.created_at.isoformat(), study.id])
    return base64.urlsafe_b64encode(place.encode()).decode()


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """Return (created_at, id). Raises Rejected when the cursor is none of ours."""
    try:
        created_at, study_id = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        place = datetime.fromisoformat(created_at), str(study_id)
    except (ValueError, TypeError) as error:
        raise Rejected("The cursor is not one that this service gave out; start at the first page.") from error
    if place[0].tzinfo is None:
        raise Rejected("The cursor is not one that this service gave out; start at the first page.")
    return place


def after(cursor: str) -> ColumnElement[bool]:
    """Return the condition that holds for the studies after the cursor, newest first. Raises Rejected."""
    created_at, study_id = decode_cursor(cursor)
    same_time = and_(StudyRow.created_at == created_at, StudyRow.id < study_id)
    return or_(StudyRow.created_at < created_at, same_time)
