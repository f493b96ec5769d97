"""A study against an earlier one of the same patient, label by label: what changed, by how much, and what is noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from models.findings import Change, Compared, Finding, Label, Polarity

LOGIT_NOISE = 2.2
"""Change of a probability's log-odds that two films of one chest may show though nothing changed.

The 95th percentile over 14 labels and 262 pairs of consecutive NIH films of one patient, of which the label was told
alike, by the embedded expert 3.0.0 out of fold (``models.evaluation.steadiness``; docs/decisions/0019).
"""


def compare(before: Sequence[Finding], now: Sequence[Finding]) -> tuple[Compared, ...]:
    """Compare the labels that both studies were read for, but for those that both lack.

    A probability says whether a finding is there, not how much of it: one that is present on both films is unchanged
    or, beyond the noise, not comparable; only what is measured gets worse or better.
    """
    earlier = {finding.label: finding for finding in before}
    pairs = ((earlier[finding.label], finding) for finding in now if finding.label in earlier)
    return tuple(
        compared
        for old, new in pairs
        if new.label is not Label.NO_FINDING and {old.polarity, new.polarity} != {Polarity.ABSENT}
        for compared in _compared(old, new)
    )


def _compared(old: Finding, new: Finding) -> Iterator[Compared]:
    unit, difference, noise = _difference(old, new)
    doubtful = Polarity.UNCERTAIN in {old.polarity, new.polarity}
    change = None if doubtful else _change(old, new, unit, difference / noise)
    yield Compared(new.label, change, old, new, unit, difference, noise)


def _difference(old: Finding, new: Finding) -> tuple[str, float, float]:
    """Return the unit, the difference and its noise: of the measure where both films have it, else of probability."""
    if old.measure and new.measure and old.measure.name == new.measure.name:
        return new.measure.name, new.measure.value - old.measure.value, old.measure.error + new.measure.error
    difference = new.probability - old.probability
    return (
        "probability",
        difference,
        abs(_moved(old.probability, math.copysign(LOGIT_NOISE, difference)) - old.probability),
    )


def _moved(probability: float, by: float) -> float:
    """Return a probability whose log-odds are moved; never 0 or 1, which no film moves."""
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-math.log(inside / (1 - inside)) - by))


def _change(old: Finding, new: Finding, unit: str, in_noise: float) -> Change | None:
    """Say what a difference, in units of its noise, means; None where it means nothing that can be said."""
    if old.polarity is not new.polarity:
        appeared = new.polarity is Polarity.PRESENT
        return (Change.NEW if appeared else Change.RESOLVED) if abs(in_noise) > 1 else None
    if abs(in_noise) <= 1:
        return Change.UNCHANGED
    if unit == "probability":
        return None
    return Change.WORSE if in_noise > 0 else Change.BETTER
