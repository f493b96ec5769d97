"""The site's phrases: read by everybody, replaced as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from service.domain.access import AuditEvent, Principal
from service.domain.phrase import Phrase
from service.ports import Clock, Storage

SUBJECT = "phrases"
"""What the audit trail calls them: they are of the site, not of a study."""


async def phrases_of(storage: Storage) -> tuple[Phrase, ...]:
    """Return every phrase, in the site's order."""
    async with storage.unit(readonly=True) as unit:
        return await unit.phrases.all()


async def replace_phrases(storage: Storage, clock: Clock, phrases: Sequence[Phrase], editor: Principal) -> None:
    """Put these in place of all there were. Raises Clash when two have one id."""
    details = {"phrases": str(len(phrases))}
    async with storage.unit() as unit:
        await unit.phrases.replace(phrases)
        await unit.audit.add(AuditEvent(uuid4().hex, clock.now(), editor.id, "phrases.replaced", SUBJECT, details))
        await unit.commit()
