"""How urgent a study is: the tier of its most urgent finding."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from models.findings import Finding, Polarity
from prompts.lexicons import load
from service.domain.errors import Rejected


class Priority(IntEnum):
    """The tiers of ``prompts/lexicon/common.toml``, most urgent first, and a last one for everything else."""

    CRITICAL = 1
    ACUTE = 2
    SUSPICIOUS = 3
    UNEXPLAINED = 4
    CHRONIC = 5
    DEVICES = 6
    ROUTINE = 7


def priority_of(findings: Iterable[Finding]) -> Priority:
    """Return the most urgent tier among the findings that are present; ``ROUTINE`` where none is.

    A finding in doubt does not count: a worklist that doubt can reorder has no order.
    """
    terms = load("en").terms  # the tiers are the same in every language
    tiers = (terms[finding.label].urgency for finding in findings if finding.polarity is Polarity.PRESENT)
    return Priority(min((*tiers, Priority.ROUTINE)))


def priority_named(name: str) -> Priority:
    """Return the tier of that number or name, whatever its case. Raises Rejected."""
    for tier in Priority:
        if name.lower() in {str(tier.value), tier.name.lower()}:
            return tier
    known = ", ".join(f"{tier.value} ({tier.name.lower()})" for tier in Priority)
    raise Rejected(f"There is no such priority; there is: {known}.", code="unknown-priority")
