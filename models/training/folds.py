"""Five networks, one a fold; their out-of-fold scores; the one that is shipped, the mean of their weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.preprocess import Preprocessing
from models.training.augment import cache
from models.training.films import FOLDS, LABELS, Films
from models.training.fit import Recipe, fit, predict
from models.training.network import Early, Late, build
from models.training.statistics import Floats


@dataclass(frozen=True, slots=True)
class Trained:
    """What training leaves: both parts of each fold's network, and logits of every film by the network not shown it."""

    early: Early
    lates: tuple[Late, ...]
    logits: Floats


def load_cache(films: Films, early: Early, rule: Preprocessing, copies: int, file: Path) -> Tensor:
    """Return the cached activations of the training films, made once and kept in ``file``."""
    if not file.is_file():
        torch.save(cache(films, early, rule, copies, seed=7), file)
    kept: Tensor = torch.load(file, weights_only=True)
    return kept


def train(films: Films, rule: Preprocessing, recipe: Recipe, work: Path) -> Trained:
    """Train the five fold networks; each is kept in ``work``, so that an interrupted run goes on where it stopped."""
    torch.manual_seed(recipe.seed)
    early, _ = build(len(LABELS))
    early.to(memory_format=torch.channels_last)
    cached = load_cache(films, early, rule, recipe.copies, work / "cache.pt")
    logits = np.empty((len(films), len(LABELS)))
    lates = []
    for fold in range(FOLDS):
        late = _train_fold(films, cached, fold, recipe, work / f"fold{fold}.pt")
        held_out = np.flatnonzero(films.folds == fold)
        logits[held_out] = predict(late, cached[0][held_out])
        lates.append(late)
    return Trained(early, tuple(lates), logits)


def _train_fold(films: Films, cached: Tensor, fold: int, recipe: Recipe, file: Path) -> Late:
    torch.manual_seed(recipe.seed)
    _, late = build(len(LABELS))
    if file.is_file():
        late.load_state_dict(torch.load(file, weights_only=True))
        late.eval()
        return late
    print(f"fold {fold}", flush=True)
    late = fit(late, cached, torch.from_numpy(films.targets), np.flatnonzero(films.folds != fold), recipe)
    torch.save(late.state_dict(), file)
    return late


def average(lates: Sequence[Late]) -> Late:
    """One network whose weights are the mean of the others' (a model soup, Wortsman et al. 2022)."""
    _, mean = build(len(LABELS))
    states = [late.state_dict() for late in lates]
    mean.load_state_dict({key: torch.stack([state[key] for state in states]).mean(0) for key in states[0]})
    mean.eval()
    return mean
