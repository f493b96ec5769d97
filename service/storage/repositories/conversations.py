"""The conversations: turns of one principal about one study."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.conversation import Conversation, Turn
from service.storage.repositories.rules import hold_study, insert
from service.storage.rows import record_of, values
from service.storage.tables import TurnRow


class SqlConversations:
    """Implements ``service.ports.Conversations``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, study_id: str, principal: str) -> Conversation:
        """Return the conversation, empty when there was none."""
        statement = select(TurnRow).where(TurnRow.study_id == study_id, TurnRow.principal == principal)
        rows = await self._session.scalars(statement.order_by(TurnRow.position))
        return Conversation(study_id, principal, tuple(record_of(Turn, row) for row in rows))

    async def append(self, study_id: str, principal: str, turn: Turn) -> Turn:
        """Store the turn at the next free position and return it with that position.

        Raises Unknown when the study is gone, Clash when the turn's id is taken.
        """
        await hold_study(self._session, study_id, alone=True)  # until commit, nobody else counts its turns
        last = select(func.max(TurnRow.position)).where(TurnRow.study_id == study_id, TurnRow.principal == principal)
        position = await self._session.scalar(last)
        placed = replace(turn, position=0 if position is None else position + 1)
        row = TurnRow(study_id=study_id, principal=principal, **values(placed))
        await insert(self._session, row, "A turn of that id is stored already.")
        return placed
