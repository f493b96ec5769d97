"""The studies: one row each, and one for every image."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.errors import Unknown
from service.domain.study import Image, Study, StudyState
from service.ports import StudyQuery
from service.storage.repositories.rules import hold_study, insert, insert_once
from service.storage.rows import study_of, study_row
from service.storage.tables import ImageRow, StudyFindingRow, StudyRow, StudySeenRow, StudyWordsRow
from service.storage.worklist import SIGNED, cursor_after, marks_of, page_statement, rank_of, words_of


class SqlStudies:
    """Implements ``service.ports.Studies``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, study: Study) -> None:
        """Store a new study with its images. Raises Clash when its id, an image's, or the content key is taken."""
        row = study_row(study, priority=int(study.priority), rank=rank_of(study))
        await insert(self._session, row, "A study with the same content is stored already.")
        self._session.add_all([StudyWordsRow(study_id=study.id, words=words_of(study)), *marks_of(study)])
        await self._session.flush()

    async def get(self, study_id: str) -> Study | None:
        """Return the study with its images and findings."""
        row = await self._session.get(StudyRow, study_id)
        return None if row is None else study_of(row)

    async def by_content(self, content_key: str) -> Study | None:
        """Return the study that holds just these bytes."""
        row = await self._session.scalar(select(StudyRow).where(StudyRow.content_key == content_key))
        return None if row is None else study_of(row)

    async def of_image(self, image_id: str) -> Study | None:
        """Return the study that holds this image."""
        statement = select(StudyRow).join(StudyRow.images).where(ImageRow.id == image_id)
        row = await self._session.scalar(statement)
        return None if row is None else study_of(row)

    async def save(self, study: Study) -> None:
        """Overwrite state, findings and, per image, gate, readings and findings. Raises Unknown when it is gone."""
        # By statements: to load what is overwritten would cost more than all else an upload does in the database.
        rank = case((StudyRow.rank == SIGNED, SIGNED), else_=rank_of(study))
        await self._update(
            study.id, state=study.state, findings=study.findings, priority=int(study.priority), rank=rank
        )
        if study.images:
            await self._session.execute(update(ImageRow), [_read(image) for image in study.images])
        await self._session.execute(delete(StudyFindingRow).where(StudyFindingRow.study_id == study.id))
        self._session.add_all(marks_of(study))
        await self._session.flush()
        self._session.expunge_all()

    async def set_state(self, study_id: str, state: StudyState) -> None:
        """Overwrite the state alone. Raises Unknown when the study is gone."""
        await self._update(study_id, state=state)
        self._session.expunge_all()

    async def _update(self, study_id: str, **columns: object) -> None:
        statement = update(StudyRow).where(StudyRow.id == study_id).values(**columns).returning(StudyRow.id)
        statement = statement.execution_options(synchronize_session=False)
        if await self._session.scalar(statement) is None:
            raise Unknown("There is no such study.")

    async def page(self, query: StudyQuery) -> tuple[list[Study], str | None]:
        """Return one page and the cursor of the next, None at the end. Raises Rejected on a bad cursor."""
        rows = list(await self._session.scalars(page_statement(query)))
        shown = rows[: query.limit]
        following = cursor_after(shown[-1], query.order) if len(rows) > query.limit else None
        return [study_of(row) for row in shown], following

    async def unfinished(self) -> list[str]:
        """Return the ids of the studies still ``received``, oldest first."""
        statement = select(StudyRow.id).where(StudyRow.state == StudyState.RECEIVED)
        return list(await self._session.scalars(statement.order_by(StudyRow.created_at, StudyRow.id)))

    async def see(self, study_id: str, principal: str, at: datetime) -> None:
        """Note that this principal has opened the study; the first time counts. Raises Unknown when it is gone."""
        await hold_study(self._session, study_id)
        if await self._session.get(StudySeenRow, (study_id, principal)) is None:
            await insert_once(self._session, StudySeenRow(study_id=study_id, principal=principal, at=at))

    async def seen(self, principal: str, study_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these studies this principal has opened, in one query."""
        statement = select(StudySeenRow.study_id).where(StudySeenRow.principal == principal)
        return frozenset(await self._session.scalars(statement.where(StudySeenRow.study_id.in_(study_ids))))

    async def delete(self, study_id: str) -> tuple[str, ...]:
        """Remove the study and all that is its own; return, sorted, the hashes that no other study needs.

        Empty when there was no such study.
        """
        held = set(await self._session.scalars(select(ImageRow.sha256).where(ImageRow.study_id == study_id)))
        await self._session.execute(delete(StudyRow).where(StudyRow.id == study_id))
        # The database removed reports, turns and requests behind the session's back.
        self._session.expunge_all()
        needed = await self._session.scalars(select(ImageRow.sha256).where(ImageRow.sha256.in_(held)))
        return tuple(sorted(held.difference(needed)))


def _read(image: Image) -> dict[str, object]:
    """Return what a reading tells of an image, under the names of its columns."""
    return {"id": image.id, "gate": image.gate, "readings": image.readings, "findings": image.findings}
