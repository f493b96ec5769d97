"""Training of the late blocks on cached activations, with a moving average of the weights."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.training import hints
from models.training.hints import Hints
from models.training.network import Late
from models.training.schedule import warm_cosine

BATCH = 64
"""Films that are looked at together."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The knobs, fixed on an inner split (see the card) before any figure was computed on the five folds.

    ``size`` is the side of the input in pixels, ``soft`` the share of the published network's probabilities in the
    targets of the films that it was asked about, ``hinted`` the weight of the hints beside the labels, 0 for none.
    """

    backbone: str = "lite0"
    size: int = 288
    epochs: int = 8
    batch: int = 32
    rate: float = 2e-4
    head_rate: float = 1e-3
    decay: float = 1e-2
    warmup: float = 0.1
    average: float = 0.98
    soft: float = 0.5
    hinted: float = 0.0
    lean_rate: float = 5e-3
    copies: int = 6
    seed: int = 1


RECIPES: Final[Mapping[str, Recipe]] = {
    "lite0": Recipe(),
    "lite0-hints": Recipe(hinted=0.3),
    "lite2": Recipe(backbone="lite2", seed=2),
}
"""What is trained and shipped side by side, by name: unlike in backbone, in copies, and in what else they learned."""


def optimiser_of(late: Late, recipe: Recipe, steps: int) -> tuple[AdamW, LambdaLR]:
    """AdamW with a slower rate for what ImageNet taught, a warm-up and a cosine down to zero."""
    groups = [
        {"params": late.body.parameters(), "lr": recipe.rate},
        {"params": [*late.maps.own.parameters(), *late.maps.hints.parameters()], "lr": recipe.head_rate},
        {"params": [late.maps.leaning], "lr": recipe.lean_rate},
    ]
    optimiser = AdamW(groups, weight_decay=recipe.decay)
    return optimiser, warm_cosine(optimiser, steps, recipe.warmup)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is learned from: activations (copies, films, channels, h, w), targets (films, labels), and any hints."""

    activations: Tensor
    targets: Tensor
    hints: Hints | None


def fit(late: Late, lessons: Lessons, rows: NDArray[np.int64], recipe: Recipe) -> Late:
    """Train on the films ``rows``, a random copy of each an epoch; returns the averaged network, in evaluation mode."""
    torch.manual_seed(recipe.seed)
    targets = lessons.targets
    with torch.no_grad():
        prior = targets[rows].mean(0).clamp(0.005, 0.995)
        late.maps.own.bias.copy_(torch.logit(prior))
    late.to(memory_format=torch.channels_last).train()
    steps = recipe.epochs * math.ceil(len(rows) / recipe.batch)
    optimiser, schedule = optimiser_of(late, recipe, steps)
    averaged = AveragedModel(late, multi_avg_fn=get_ema_multi_avg_fn(recipe.average))
    loss_of = nn.BCEWithLogitsLoss()
    for epoch in range(recipe.epochs):
        began, total = time.monotonic(), 0.0
        for chosen in torch.from_numpy(rows)[torch.randperm(len(rows))].split(recipe.batch):
            copies = torch.randint(0, len(lessons.activations), (len(chosen),))
            x = lessons.activations[copies, chosen].float().contiguous(memory_format=torch.channels_last)
            maps, hinted = late.all_maps(x)
            loss = loss_of(maps.mean((2, 3)), targets[chosen])
            if lessons.hints is not None:
                loss = loss + recipe.hinted * hints.loss_of(hinted, *lessons.hints.of(copies, chosen))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(late.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            averaged.update_parameters(late)
            total += loss.item() * len(chosen)
        print(
            f"epoch {epoch + 1}/{recipe.epochs} loss {total / len(rows):.4f} {time.monotonic() - began:.0f} s",
            flush=True,
        )
    result: Late = copy.deepcopy(averaged.module)
    result.eval()
    return result


@dataclass(frozen=True, slots=True)
class Said:
    """What a network says: logits (films, labels), maps (films, labels, rows, columns), how likely AP (films,)."""

    logits: NDArray[np.float64]
    maps: NDArray[np.float32]
    ap: NDArray[np.float64]


def look(late: Late, cached: Tensor) -> Said:
    """Let a network look at one cached copy (films, channels, h, w)."""
    with torch.inference_mode():
        parts = [
            late.all_maps(part.float().contiguous(memory_format=torch.channels_last)) for part in cached.split(BATCH)
        ]
    maps, hinted = (torch.cat(both) for both in zip(*parts, strict=True))
    ap = torch.sigmoid(hinted[:, hints.VIEW].mean((1, 2)))
    return Said(maps.mean((2, 3)).numpy().astype(np.float64), maps.numpy(), ap.numpy().astype(np.float64))
