"""Five networks of a recipe, one a fold; what they say of the films they were not shown; their mean."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.statistics import Floats
from models.training.augment import Cache, cache
from models.training.films import FOLDS, LABELS, Films
from models.training.fit import Lessons, Recipe, Said, fit, look
from models.training.hints import Hints, patients
from models.training.network import Early, Late, build
from models.training.published import mixed


@dataclass(frozen=True, slots=True)
class Trained:
    """What a recipe leaves: both parts of each fold's network, and of every film what the one not shown it says."""

    early: Early
    lates: tuple[Late, ...]
    said: Said


def load_cache(films: Films, early: Early, recipe: Recipe, file: Path) -> Cache:
    """Return the copies of the training films, made once and kept in ``file``."""
    if not file.is_file():
        made = cache(films, early, recipe)
        torch.save([part for part in (made.activations, made.organs, made.ratios) if part is not None], file)
    return Cache(*torch.load(file, weights_only=True, mmap=True))


def train(films: Films, soft: Floats, recipe: Recipe, work: Path) -> Trained:
    """Train the five fold networks; each is kept in ``work``, so that an interrupted run goes on where it stopped.

    ``soft`` are the published network's probabilities, not a number where there are none.
    """
    work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    early, _ = build(len(LABELS), recipe.backbone)
    early.to(memory_format=torch.channels_last)
    cached = load_cache(films, early, recipe, work / "cache.pt")
    hints = None
    if cached.organs is not None and cached.ratios is not None:
        hints = Hints(cached.organs, cached.ratios, patients(films))
    lates: list[Late] = []
    order: list[NDArray[np.int64]] = []
    said: list[Said] = []
    for fold in range(FOLDS):
        rest, held_out = np.flatnonzero(films.folds != fold), np.flatnonzero(films.folds == fold)
        lessons = Lessons(cached.activations, torch.from_numpy(mixed(films, soft, rest, recipe.soft)), hints)
        lates.append(_train_fold(lessons, rest, recipe, work / f"fold{fold}.pt"))
        order.append(held_out)
        said.append(look(lates[-1], cached.activations[0][held_out]))
    back = np.argsort(np.concatenate(order))
    logits, maps, ap = (np.concatenate(parts)[back] for parts in zip(*map(astuple, said), strict=True))
    return Trained(early, tuple(lates), Said(logits, maps, ap))


def _train_fold(lessons: Lessons, rows: NDArray[np.int64], recipe: Recipe, file: Path) -> Late:
    torch.manual_seed(recipe.seed)
    _, late = build(len(LABELS), recipe.backbone)
    if file.is_file():
        late.load_state_dict(torch.load(file, weights_only=True))
        late.eval()
        return late
    print(f"{file.parent.name} {file.stem}", flush=True)
    late = fit(late, lessons, rows, recipe)
    torch.save(late.state_dict(), file)
    return late


def average(lates: Sequence[Late]) -> Late:
    """One network whose weights are the mean of the others' (a model soup, Wortsman et al. 2022)."""
    mean = copy.deepcopy(lates[0])
    states = [late.state_dict() for late in lates]
    mean.load_state_dict({key: torch.stack([state[key] for state in states]).mean(0) for key in states[0]})
    mean.eval()
    return mean
