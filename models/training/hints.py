"""What else is known of a training film, for the network to learn beside its labels: organs, heart size, the patient.

Sixty films of cardiomegaly teach little about the width of a heart; the anatomy network's masks tell it of every film.
What learns the hints is no part of the shipped network, but a label may lean on it (``models.training.network``).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.anatomy import heart_share
from models.base import GrayImage
from models.experts.anatomy import build as anatomy_network
from models.training.films import Films

ORGANS = 3
"""Right lung, left lung, heart: the share of each cell of a label's map that the organ fills."""

RATIO, VIEW, SEX, AGE = range(ORGANS, ORGANS + 4)
"""Cardiothoracic ratio (of a copy as it lies there), whether AP, whether male, age; the first and last are scaled."""

COUNT = ORGANS + 4
RATIO_SCALE = (0.47, 0.07)
AGE_SCALE = (47.0, 17.0)
"""Roughly the mean and standard deviation over the films."""


@dataclass(frozen=True, slots=True)
class Hints:
    """``organs`` (copies, films, ORGANS, cells, cells) and ``ratios`` (copies, films) are by copy, as it was moved.

    ``patient`` is (films, 3): whether AP, whether male, age. Not a number where nothing is known.
    """

    organs: Tensor
    ratios: Tensor
    patient: Tensor

    def of(self, copies: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Organs (N, ORGANS, cells, cells) and the other hints (N, COUNT - ORGANS) of these copies of these films."""
        return self.organs[copies, rows].float(), torch.cat([self.ratios[copies, rows, None], self.patient[rows]], 1)


class Looker:
    """Asks the anatomy network about a copy of a film, as the classifier is shown it. Thread-safe."""

    def __init__(self, cells: int) -> None:
        self._network = anatomy_network({"threads": "1", "device": "cpu"})
        self._cells = cells

    def look(self, seen: GrayImage) -> tuple[NDArray[np.float16], float]:
        """Organs (ORGANS, cells, cells) and the ratio, not a number where there is none."""
        (found,) = self._network.segment([seen])
        masks = torch.from_numpy(np.stack([found.right_lung, found.left_lung, found.heart]).astype(np.float32))
        ratio = heart_share(found)
        shares = nn.functional.adaptive_avg_pool2d(masks, self._cells).numpy().astype(np.float16)
        return shares, np.nan if ratio is None else (ratio - RATIO_SCALE[0]) / RATIO_SCALE[1]


def patients(films: Films) -> Tensor:
    """Return (films, 3): whether AP, whether male, age, as the manifest beside the films states them."""
    with (films.paths[0].parent / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["image"]: row for row in csv.DictReader(file)}
    chosen = [rows[path.name] for path in films.paths]
    stated = [
        [row["view"] == "AP", row["sex"] == "M", (float(row["age"]) - AGE_SCALE[0]) / AGE_SCALE[1]] for row in chosen
    ]
    return torch.tensor(stated, dtype=torch.float32)


def loss_of(said: Tensor, organs: Tensor, others: Tensor) -> Tensor:
    """How far the hints' maps (N, COUNT, cells, cells) are from the truth; what is not known counts for nothing."""
    by_cell = nn.functional.binary_cross_entropy_with_logits(said[:, :ORGANS], organs)
    means = said[:, ORGANS:].mean((2, 3))
    known = ~others.isnan()
    truth = torch.where(known, others, means.detach())
    yes_no = [VIEW - ORGANS, SEX - ORGANS]
    scaled = [RATIO - ORGANS, AGE - ORGANS]
    errors = torch.cat(
        [
            nn.functional.smooth_l1_loss(means[:, scaled], truth[:, scaled], reduction="none"),
            nn.functional.binary_cross_entropy_with_logits(means[:, yes_no], truth[:, yes_no], reduction="none"),
        ],
        1,
    )
    return by_cell + errors.mean()
