"""What a card proves: how far above chance an expert reads each label, and on films of what prevalence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models.base import ExpertCard
from models.findings import Label

Evidence = Mapping[str, Mapping[Label, float]]
"""Weight of each expert's word, by the expert's name and by label; greater than zero."""

UNMEASURED = 0.05
"""Weight of a word that no card backs, and the least weight there is: that of an AUC proven to be above 0.55 only."""

CHANCE = 0.5


def evidence_of(cards: Iterable[ExpertCard]) -> Evidence:
    """Weigh every expert by its card, for every label that it reads."""
    return {card.name: {label: weight(card, label) for label in card.labels} for card in cards}


def weight(card: ExpertCard, label: Label) -> float:
    """Lower end of the 95% interval of the label's AUC on the card, above chance; never less than UNMEASURED.

    It falls with a low AUC and with few films alike, so that neither a poor expert nor a luckily measured one is heard
    for more than it has shown.
    """
    interval = _figures(card, label).get("auc_interval")
    if not isinstance(interval, list | tuple) or not interval or not isinstance(interval[0], int | float):
        return UNMEASURED
    return max(float(interval[0]) - CHANCE, UNMEASURED)


def prevalence_of(card: ExpertCard, label: Label) -> float | None:
    """Share of positives among the films that the shipped calibration was fitted on; None where the card is silent."""
    share = _figures(card, label).get("prevalence")
    return float(share) if isinstance(share, int | float) and 0.0 < share < 1.0 else None


def _figures(card: ExpertCard, label: Label) -> Mapping[str, Any]:
    """Return the card's figures of one label: ``metrics.labels.<label>``; empty where there are none."""
    found: Any = card.details
    for key in ("metrics", "labels", label.value):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}
