"""The worklist as statements: what a study is found by, in what order, and where a page begins.

Every order is one of descending or ascending columns of one index, so that a page costs as much as its length.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from models.findings import Polarity
from service.domain.priority import Priority
from service.domain.study import Study
from service.ports import Order, StudyQuery
from service.storage.cursors import decode_cursor, encode_cursor
from service.storage.tables import StudyFindingRow, StudyRow, StudyWordsRow

SIGNED = 0
"""The rank of a study whose report is signed: after all that wait."""

_TIME = (StudyRow.created_at, StudyRow.id)
_COLUMNS: Mapping[Order, tuple[InstrumentedAttribute[object], ...]] = {
    Order.URGENT: (StudyRow.rank, *_TIME),
    Order.NEWEST: _TIME,
    Order.OLDEST: _TIME,
}


def rank_of(study: Study) -> int:
    """Return the rank of a study that waits for its signature: 1 for routine, 7 for the most urgent tier."""
    return Priority.ROUTINE - study.priority + SIGNED + 1


def words_of(study: Study) -> str:
    """Return what the study is searched by, one thing a line."""
    names = dict.fromkeys(image.file_name for image in study.images)
    return folded("\n".join(filter(None, (study.id, study.patient_ref, study.accession, study.indication, *names))))


def marks_of(study: Study) -> Iterator[StudyFindingRow]:
    """Yield a row for every finding that is present or in doubt."""
    for finding in study.findings:
        if finding.polarity is not Polarity.ABSENT:
            yield StudyFindingRow(study_id=study.id, label=finding.label.value, polarity=finding.polarity.value)


def folded(text: str) -> str:
    """Return the text as it is compared: databases fold ASCII only, and some systems decompose their umlauts."""
    return unicodedata.normalize("NFC", text).casefold()


def page_statement(query: StudyQuery) -> Select[Any]:
    """Select the page and, to tell whether there is a next one, one study more. Raises Rejected on a bad cursor."""
    columns = _COLUMNS[query.order]
    ascending = query.order is Order.OLDEST
    order = [column.asc() if ascending else column.desc() for column in columns]
    # Filtered and sorted without the studies themselves, whose rows are a hundred times as large.
    statement = select(StudyRow.id).where(*_conditions(query)).order_by(*order).limit(query.limit + 1)
    if query.cursor is not None:
        place = tuple_(*columns)
        values = zip(columns, decode_cursor(query.cursor, query.order), strict=True)
        last = tuple_(*(literal(value, column.type) for column, value in values))
        statement = statement.where(place > last if ascending else place < last)
    return select(StudyRow).where(StudyRow.id.in_(statement.scalar_subquery())).order_by(*order)


def cursor_after(row: StudyRow, order: Order) -> str:
    """Return the cursor of the page that starts after this study."""
    return encode_cursor(order, [getattr(row, column.key) for column in _COLUMNS[order]])


def _conditions(query: StudyQuery) -> Iterator[ColumnElement[bool]]:
    if query.state is not None:
        yield StudyRow.state == query.state
    if query.priority is not None:
        yield StudyRow.priority == int(query.priority)
    if query.signed is not None:
        yield StudyRow.rank == SIGNED if query.signed else StudyRow.rank > SIGNED
    if query.label is not None:
        yield StudyRow.id.in_(select(StudyFindingRow.study_id).where(StudyFindingRow.label == query.label.value))
    for word in folded(query.text).split():
        yield StudyRow.id.in_(select(StudyWordsRow.study_id).where(StudyWordsRow.words.contains(word, autoescape=True)))
