"""Five networks, one a fold; what they say of the films they were not shown; the one that is shipped, their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.preprocess import Preprocessing
from models.statistics import Floats
from models.training.augment import cache
from models.training.films import FOLDS, LABELS, Films
from models.training.fit import Recipe, fit, look
from models.training.network import Early, Late, build
from models.training.published import mixed


@dataclass(frozen=True, slots=True)
class Trained:
    """What training leaves: both parts of each fold's network, and logits and maps by the network not shown the film.

    ``logits`` are (films, labels), ``maps`` (films, labels, rows, columns).
    """

    early: Early
    lates: tuple[Late, ...]
    logits: Floats
    maps: NDArray[np.float16]


def load_cache(films: Films, early: Early, rule: Preprocessing, recipe: Recipe, file: Path) -> Tensor:
    """Return the cached activations of the training films, made once and kept in ``file``."""
    if not file.is_file():
        torch.save(cache(films, early, rule, recipe.copies, seed=recipe.seed), file)
    kept: Tensor = torch.load(file, weights_only=True, mmap=True)
    return kept


def train(films: Films, soft: Floats, rule: Preprocessing, recipe: Recipe, work: Path) -> Trained:
    """Train the five fold networks; each is kept in ``work``, so that an interrupted run goes on where it stopped.

    ``soft`` are the published network's probabilities, not a number where there are none.
    """
    torch.manual_seed(recipe.seed)
    early, _ = build(len(LABELS))
    early.to(memory_format=torch.channels_last)
    cached = load_cache(films, early, rule, recipe, work / "cache.pt")
    lates: list[Late] = []
    seen: dict[int, tuple[Floats, NDArray[np.float32]]] = {}
    for fold in range(FOLDS):
        rest, held_out = np.flatnonzero(films.folds != fold), np.flatnonzero(films.folds == fold)
        targets = torch.from_numpy(mixed(films, soft, rest, recipe.soft))
        lates.append(_train_fold(cached, targets, rest, recipe, work / f"fold{fold}.pt"))
        seen |= dict(zip(held_out, zip(*look(lates[-1], cached[0][held_out]), strict=True), strict=True))
    logits, maps = zip(*(seen[row] for row in range(len(films))), strict=True)
    return Trained(early, tuple(lates), np.stack(logits), np.stack(maps).astype(np.float16))


def _train_fold(cached: Tensor, targets: Tensor, rows: NDArray[np.int64], recipe: Recipe, file: Path) -> Late:
    torch.manual_seed(recipe.seed)
    _, late = build(len(LABELS))
    if file.is_file():
        late.load_state_dict(torch.load(file, weights_only=True))
        late.eval()
        return late
    print(file.stem, flush=True)
    late = fit(late, cached, targets, rows, recipe)
    torch.save(late.state_dict(), file)
    return late


def average(lates: Sequence[Late]) -> Late:
    """One network whose weights are the mean of the others' (a model soup, Wortsman et al. 2022)."""
    _, mean = build(len(LABELS))
    states = [late.state_dict() for late in lates]
    mean.load_state_dict({key: torch.stack([state[key] for state in states]).mean(0) for key in states[0]})
    mean.eval()
    return mean
