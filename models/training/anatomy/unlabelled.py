"""Films without masks, from other *train* sets: the fold networks' masks of them teach the shipped network.

Sick lungs, tubes, bedside films and children are not in the labelled sets; labels of findings are not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.anatomy import Anatomy, Plausibility, plausibility
from models.base import GrayImage
from models.experts.zoo.films import evenly
from models.preprocess import Preprocessing
from models.training.anatomy.films import Labelled, with_masks
from models.training.anatomy.fit import predict
from models.training.anatomy.network import Segmenter
from models.training.films import read_gray

TAKEN = {"nih": 160, "covid_cxnet": 120, "hannover_covid": 90, "kermany_pneumonia": 30}
"""Films a set, evenly spread over their names."""

LEAST_CERTAINTY = 0.94
MOST_STRAY = 0.03
LEAST_SYMMETRY = 0.45
LEAST_GAP = 0.45


def load(data: Path, networks: Sequence[Segmenter], rule: Preprocessing) -> list[Labelled]:
    """Films whose masks, by the mean of the networks, look like a chest; the others are left out."""
    paths = [path for name, count in TAKEN.items() for path in evenly(sorted((data / name).glob("*.jpg")), count)]
    films = [(path, read_gray(path)) for path in paths]
    return [labelled for path, film in films if (labelled := _labelled(path, film, networks, rule)) is not None]


def _labelled(path: Path, film: GrayImage, networks: Sequence[Segmenter], rule: Preprocessing) -> Labelled | None:
    shares = np.mean([predict(network, [film], rule)[0].astype(np.float32) for network in networks], axis=0)
    found = Anatomy.of(shares, film.shape)
    if not trusted(plausibility(found)):
        return None
    masks = [organ.astype(np.float32) * 255 for organ in (found.right_lung, found.left_lung, found.heart)]
    return with_masks(path, film, masks)


def trusted(found: Plausibility) -> bool:
    """Whether masks that no reader has seen may teach."""
    sure = found.certainty >= LEAST_CERTAINTY and found.stray <= MOST_STRAY
    return sure and found.ordered and found.symmetry >= LEAST_SYMMETRY and found.gap >= LEAST_GAP
