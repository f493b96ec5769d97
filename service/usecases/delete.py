"""Remove a study and everything that was kept for it."""

from __future__ import annotations

from uuid import uuid4

from service.domain.access import AuditEvent, Principal
from service.ports import BlobStore, Clock, Storage
from service.usecases.films import Films
from service.usecases.lookup import find_study


async def delete_study(
    storage: Storage, blobs: BlobStore, films: Films, clock: Clock, study_id: str, principal: Principal
) -> None:
    """Remove the study, its reports, its conversations, and each blob that no other study needs. Raises Unknown.

    Rows go first: a crash in between leaves a blob without a row, never a row without its blob.
    """
    async with films.shelf:
        async with storage.unit() as unit:
            await find_study(unit, study_id)
            orphans = await unit.studies.delete(study_id)
            await unit.audit.add(AuditEvent(uuid4().hex, clock.now(), principal.id, "study.deleted", study_id))
            await unit.commit()
        for sha256 in orphans:
            films.forget(sha256)
            await blobs.delete(sha256)
