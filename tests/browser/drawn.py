"""An expert for pictures: it finds on drawn films what the pictures are to show, and nothing else is made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.base import Expert, ExpertCard, GrayImage
from models.findings import ExpertReading, Label, Score

# Probability by label; the threshold of each is 0.5, the doubt reaches from 0.4 to 0.6.
CASES: tuple[Mapping[Label, float], ...] = (
    {Label.CARDIOMEGALY: 0.86, Label.PLEURAL_EFFUSION: 0.78, Label.EDEMA: 0.47},
    {Label.NODULE: 0.55, Label.EMPHYSEMA: 0.71},
    {Label.CONSOLIDATION: 0.81, Label.ATELECTASIS: 0.63},
    {},
    {Label.PNEUMOTHORAX: 0.93},
)
HEARTS = (0.64, 0.57, 0.5, 0.44, 0.38)
"""Cardiothoracic ratio of the film that shows a case."""

LABELS = (
    Label.PLEURAL_EFFUSION,
    Label.CARDIOMEGALY,
    Label.EDEMA,
    Label.PNEUMOTHORAX,
    Label.NODULE,
    Label.EMPHYSEMA,
    Label.CONSOLIDATION,
    Label.ATELECTASIS,
    Label.FRACTURE,
)
PLACES = {
    Label.CARDIOMEGALY: (9, 8),
    Label.PLEURAL_EFFUSION: (11, 12),
    Label.EDEMA: (6, 4),
    Label.PNEUMOTHORAX: (3, 11),
}
GRID = 16


class DrawnExpert:
    """Implements ``models.base.Expert`` for films of ``tests.phantom``."""

    def __init__(self) -> None:
        self.card = ExpertCard("drawn", "1", LABELS, "0" * 64, "Apache-2.0", {"name": "drawn"})

    def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
        return [self._read(CASES[case_of(image)]) for image in images]

    def _read(self, case: Mapping[Label, float]) -> ExpertReading:
        found = {label: case.get(label, 0.06 + 0.03 * place) for place, label in enumerate(LABELS)}
        scores = {label: Score(value, value, 0.5, (0.4, 0.6)) for label, value in found.items()}
        maps = {label: _around(*PLACES.get(label, (6, 10))) for label in LABELS}
        return ExpertReading("drawn", "1", "0" * 64, scores, maps=maps)


def expert(_options: Mapping[str, str]) -> Expert:
    """Build it, as the plug ``tests.browser.drawn:expert``."""
    return DrawnExpert()


def case_of(image: GrayImage) -> int:
    """Return which case a film shows, by the width of its heart: that of ``HEARTS`` which is nearest."""
    rows, columns = image.shape
    row = image[int(0.62 * rows) : int(0.64 * rows)].mean(axis=0)
    within = row[int(0.57 * columns) : int(0.6 * columns)].mean()
    heart = float((row > 0.9 * within).mean()) / 0.76
    return min(range(len(HEARTS)), key=lambda case: abs(HEARTS[case] - heart))


def _around(row: int, column: int) -> NDArray[np.float32]:
    """Evidence in logits, highest at a place of the grid."""
    rows, columns = np.mgrid[0:GRID, 0:GRID]
    near = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8)
    return np.asarray(9 * near - 4, dtype=np.float32)
