"""The site's phrases: read by everybody, replaced as a whole; and those of the operator's file, which stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import uuid4

from models.base import Expert
from models.findings import Label
from prompts.site import Site
from service.domain.access import AuditEvent, Principal
from service.domain.phrase import Phrase
from service.ports import Clock, Storage

SUBJECT = "phrases"
"""What the audit trail calls them: they are of the site, not of a study."""


def standing_phrases(site: Site, experts: Iterable[Expert]) -> tuple[Phrase, ...]:
    """Return what the site's own file holds for a report as it stands: sentences on technique, the normal report.

    The normal report names what these experts assess.
    """
    labels = {label for expert in experts for label in expert.card.labels} - {Label.NO_FINDING}
    return tuple(phrase for language in site.languages for phrase in _standing(site, language, labels))


def _standing(site: Site, language: str, labels: Collection[Label]) -> Iterator[Phrase]:
    for number, line in enumerate(site.technique(language), 1):
        yield Phrase(f"technique {number}", "technique", language, line.text)
    normal = site.macro(site.lexicon(language), labels)
    if normal is not None:
        yield Phrase("normal report", "findings", language, normal.findings)
        yield Phrase("normal impression", "impression", language, normal.impression)


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
