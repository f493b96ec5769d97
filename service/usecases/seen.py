"""Who has opened which study: for each principal the worklist marks the others as unread."""

from __future__ import annotations

from service.domain.access import Principal
from service.ports import Clock, Storage
from service.usecases.lookup import find_study


async def mark_seen(storage: Storage, clock: Clock, study_id: str, reader: Principal) -> None:
    """Note that the reader has opened the study; again is fine. Raises Unknown."""
    async with storage.unit(readonly=True) as unit:
        await find_study(unit, study_id)
        if await unit.studies.seen(reader.id, [study_id]):
            return
    async with storage.unit() as unit:
        await unit.studies.see(study_id, reader.id, clock.now())
        await unit.commit()
