"""An expert under the calibration of a site: the same network and raw scores, the site's probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.base import Expert, ExpertCard, ExpertError, GrayImage
from models.calibrate import Calibration, shifted
from models.findings import ExpertReading, Label, Score


class Recalibrated:
    """Wraps any expert; implements the same port.

    Labels of ``calibration`` get their probability, threshold and doubt from it, computed from the raw score; all
    others keep what the expert says. Then ``shifts`` moves a label's log odds to the site's prevalence. Measures,
    abstentions and maps pass through. The card tells of it under ``site_calibration``, by ``note``. Raises ExpertError
    when a label is not the expert's.
    """

    def __init__(
        self, expert: Expert, calibration: Calibration, shifts: Mapping[Label, float], note: Mapping[str, Any]
    ) -> None:
        foreign = (set(calibration) | set(shifts)) - set(expert.card.labels)
        if foreign:
            raise ExpertError(f"The expert {expert.card.name} does not read {', '.join(sorted(foreign))}.")
        self._expert = expert
        self._calibration = calibration
        self._shifts = shifts
        self._card = replace(expert.card, details={**expert.card.details, "site_calibration": dict(note)})

    @property
    def card(self) -> ExpertCard:
        """The expert's own card, with the note on the site's calibration."""
        return self._card

    def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
        """Read a batch as the expert does, under the site's calibration. Raises ExpertError."""
        return [self._moved(reading) for reading in self._expert.read(images)]

    def _moved(self, reading: ExpertReading) -> ExpertReading:
        return replace(reading, scores={label: self._score(label, score) for label, score in reading.scores.items()})

    def _score(self, label: Label, score: Score) -> Score:
        fitted = self._calibration.get(label)
        return shifted(fitted.score(score.raw) if fitted else score, self._shifts.get(label, 0.0))
