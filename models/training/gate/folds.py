"""What networks say of pictures that they were not shown: the only figures that the operating points are chosen on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.gate.eye import LOW_HIGH, OUTPUTS, SIDE
from models.preprocess import shrink, stretch
from models.training.films import FOLDS
from models.training.gate.fit import Recipe, fit, predict
from models.training.gate.network import EyeNetwork
from models.training.gate.pool import FRONTAL, Pool, held_out

VARIANTS = tuple(product(range(4), (False, True)))
"""Quarter turns anticlockwise, and whether the grey scale is inverted: how each held-out picture is shown."""


EVERY = 5
"""Every fifth frontal film is shown in all variants."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Out-of-fold logits: ``upright`` (pictures, OUTPUTS), ``turned`` (a sample of the films, VARIANTS, OUTPUTS)."""

    upright: NDArray[np.float32]
    turned: NDArray[np.float32]


def view_of(plane: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a plane of the pool as the network sees it."""
    return stretch(shrink(plane.astype(np.float32), SIDE), *LOW_HIGH) - np.float32(0.5)


def views_of(pool: Pool, rows: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the views of chosen pictures, (n, SIDE, SIDE)."""
    return np.stack([view_of(plane) for plane in pool.planes[rows]])


def variant(views: NDArray[np.float32], turns: int, *, inverted: bool) -> NDArray[np.float32]:
    """Return views (n, SIDE, SIDE) turned anticlockwise and inverted."""
    turned = np.rot90(views, turns, (1, 2))
    return np.ascontiguousarray(-turned if inverted else turned)


def train_fold(pool: Pool, fold: int, recipe: Recipe, work: Path) -> EyeNetwork:
    """Train the network of one fold, or find it in ``work``, where it is kept."""
    file = work / f"fold{fold}.pt"
    network = EyeNetwork()
    if file.is_file():
        network.load_state_dict(torch.load(file, weights_only=True))
        network.eval()
        return network
    network = fit(pool, ~held_out(pool, fold), recipe)
    torch.save(network.state_dict(), file)
    return network


def out_of_fold(pool: Pool, recipe: Recipe, work: Path) -> HeldOut:
    """Show each picture to the network that was not shown it, its set or its family."""
    upright = np.empty((len(pool.known), len(OUTPUTS)), np.float32)
    turned = np.empty((len(pool.known), len(VARIANTS), len(OUTPUTS)), np.float32)
    sample = np.zeros(len(pool.known), np.bool_)
    sample[np.flatnonzero(pool.column("kind") == FRONTAL)[::EVERY]] = True
    for fold in range(FOLDS):
        print(f"fold {fold}", flush=True)
        network, rows = train_fold(pool, fold, recipe, work), held_out(pool, fold)
        upright[rows] = predict(network, views_of(pool, rows))
        views = views_of(pool, rows & sample)
        for column, (turns, inverted) in enumerate(VARIANTS):
            turned[rows & sample, column] = predict(network, variant(views, turns, inverted=inverted))
    return HeldOut(upright, turned[sample])
