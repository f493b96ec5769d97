"""The studies: one row each, and one for every image."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.errors import Unknown
from service.domain.study import Image, Study, StudyState
from service.ports import StudyQuery
from service.storage.cursors import after, encode_cursor
from service.storage.repositories.rules import insert
from service.storage.rows import study_of, study_row
from service.storage.tables import ImageRow, StudyRow


class SqlStudies:
    """Implements ``service.ports.Studies``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, study: Study) -> None:
        """Store a new study with its images. Raises Clash when its id, an image's, or the content key is taken."""
        await insert(self._session, study_row(study), "A study with the same content is stored already.")

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
        row = await self._session.get(StudyRow, study.id)
        if row is None:
            raise Unknown("There is no such study.")
        row.state, row.findings = study.state, study.findings
        images = {image.id: image for image in study.images}
        for image_row in row.images:
            _overwrite(image_row, images[image_row.id])
        await self._session.flush()

    async def page(self, query: StudyQuery) -> tuple[list[Study], str | None]:
        """Return one page, newest first, and the cursor of the next. Raises Rejected on a bad cursor."""
        statement = select(StudyRow).order_by(StudyRow.created_at.desc(), StudyRow.id.desc()).limit(query.limit + 1)
        if query.state is not None:
            statement = statement.where(StudyRow.state == query.state)
        if query.cursor is not None:
            statement = statement.where(after(query.cursor))
        studies = [study_of(row) for row in await self._session.scalars(statement)]
        shown = studies[: query.limit]
        return shown, encode_cursor(shown[-1]) if len(studies) > query.limit else None

    async def unfinished(self) -> list[str]:
        """Return the ids of the studies still ``received``, oldest first."""
        statement = select(StudyRow.id).where(StudyRow.state == StudyState.RECEIVED)
        return list(await self._session.scalars(statement.order_by(StudyRow.created_at, StudyRow.id)))

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


def _overwrite(row: ImageRow, image: Image) -> None:
    row.gate, row.readings, row.findings = image.gate, image.readings, image.findings
