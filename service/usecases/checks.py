"""A report that a reader wrote, or changed, against what was found and said: judged, never repaired."""

from __future__ import annotations

from dataclasses import replace

from prompts.site import NO_SITE, Site
from service.domain.report import Report
from service.domain.study import Study
from service.domain.verification import Verification
from service.ports import Storage
from service.usecases.facts import known_facts
from service.verification.grounds import Grounds
from service.verification.guard import check


class Checks:
    """Implements ``service.usecases.verified.Verifier``."""

    def __init__(self, storage: Storage, policy: str, site: Site = NO_SITE) -> None:
        self._storage = storage
        self._policy = policy
        self._site = site

    async def of(self, study: Study, report: Report) -> Verification:
        """Check findings and impression of a report as they stand."""
        async with self._storage.unit(readonly=True) as unit:
            facts = await known_facts(unit, study, language=report.options.language)
        sections = {"findings": report.sections.findings, "impression": report.sections.impression}
        return replace(check(sections, Grounds(facts, site=self._site)), policy=self._policy)
