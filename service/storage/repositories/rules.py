"""What several repositories need: an insert that may fail alone, and a study that must be there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.errors import Clash, Unknown
from service.storage.tables import Row, StudyRow


async def insert(session: AsyncSession, row: Row, clash: str) -> None:
    """Insert in a savepoint, so that the rest of the unit stays usable. Raises Clash, saying ``clash``."""
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Clash(clash) from error


async def insert_once(session: AsyncSession, row: Row) -> bool:
    """Insert in a savepoint; False, and nothing inserted, when its key is taken."""
    try:
        await insert(session, row, "")
    except Clash:
        return False
    return True


async def hold_study(session: AsyncSession, study_id: str, *, alone: bool = False) -> None:
    """Keep the study from being deleted until the unit ends; ``alone``: and others from holding it alone.

    PostgreSQL locks the row; on SQLite the unit is the only writer anyway. Raises Unknown when it is gone.
    """
    statement = select(StudyRow.id).where(StudyRow.id == study_id)
    if await session.scalar(statement.with_for_update(read=not alone, key_share=True)) is None:
        raise Unknown("There is no such study.")
