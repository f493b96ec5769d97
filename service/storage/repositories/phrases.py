"""The site's phrases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.errors import Clash
from service.domain.phrase import Phrase
from service.storage.rows import record_of, values
from service.storage.tables import PhraseRow


class SqlPhrases:
    """Implements ``service.ports.Phrases``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> tuple[Phrase, ...]:
        """Return every phrase, in the site's order."""
        rows = await self._session.scalars(select(PhraseRow).order_by(PhraseRow.position))
        return tuple(record_of(Phrase, row) for row in rows)

    async def replace(self, phrases: Sequence[Phrase]) -> None:
        """Put these in place of all there were. Raises Clash when two have one id."""
        if len({phrase.id for phrase in phrases}) < len(phrases):
            raise Clash("Two phrases have the same name.")
        await self._session.execute(delete(PhraseRow))
        self._session.expunge_all()
        self._session.add_all(PhraseRow(position=place, **values(phrase)) for place, phrase in enumerate(phrases))
        await self._session.flush()
