"""Training of the late blocks on cached activations, with a moving average of the weights."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.training.network import Late
from models.training.schedule import warm_cosine

BATCH = 64
"""Films that are looked at together."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The knobs, fixed on an inner split (see the card) before any figure was computed on the five folds.

    ``size`` is the side of the input in pixels, ``soft`` the share of the published network's probabilities in the
    targets of the films that it was asked about.
    """

    size: int = 288
    epochs: int = 8
    batch: int = 32
    rate: float = 2e-4
    head_rate: float = 1e-3
    decay: float = 1e-2
    warmup: float = 0.1
    average: float = 0.98
    soft: float = 0.5
    copies: int = 6
    seed: int = 1


def optimiser_of(late: Late, recipe: Recipe, steps: int) -> tuple[AdamW, LambdaLR]:
    """AdamW with a slower rate for what ImageNet taught, a warm-up and a cosine down to zero."""
    groups = [
        {"params": late.body.parameters(), "lr": recipe.rate},
        {"params": late.maps.parameters(), "lr": recipe.head_rate},
    ]
    optimiser = AdamW(groups, weight_decay=recipe.decay)
    return optimiser, warm_cosine(optimiser, steps, recipe.warmup)


def fit(late: Late, cached: Tensor, targets: Tensor, rows: NDArray[np.int64], recipe: Recipe) -> Late:
    """Train on the films ``rows``, a random copy of each an epoch; returns the averaged network, in evaluation mode."""
    torch.manual_seed(recipe.seed)
    with torch.no_grad():
        prior = targets[rows].mean(0).clamp(0.005, 0.995)
        late.maps.bias.copy_(torch.logit(prior))
    late.to(memory_format=torch.channels_last).train()
    steps = recipe.epochs * math.ceil(len(rows) / recipe.batch)
    optimiser, schedule = optimiser_of(late, recipe, steps)
    averaged = AveragedModel(late, multi_avg_fn=get_ema_multi_avg_fn(recipe.average))
    loss_of = nn.BCEWithLogitsLoss()
    for epoch in range(recipe.epochs):
        began, total = time.monotonic(), 0.0
        for chosen in torch.from_numpy(rows)[torch.randperm(len(rows))].split(recipe.batch):
            copies = torch.randint(0, len(cached), (len(chosen),))
            x = cached[copies, chosen].float().contiguous(memory_format=torch.channels_last)
            loss = loss_of(late(x)[0], targets[chosen])
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


def look(late: Late, cached: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Logits (films, labels) and maps (films, labels, rows, columns) of one cached copy (films, channels, h, w)."""
    with torch.inference_mode():
        parts = [late(part.float().contiguous(memory_format=torch.channels_last)) for part in cached.split(BATCH)]
    logits, maps = (torch.cat(both).numpy() for both in zip(*parts, strict=True))
    return logits.astype(np.float64), maps


def predict(late: Late, cached: Tensor) -> NDArray[np.float64]:
    """Logits (films, labels) of one cached copy (films, channels, h, w)."""
    return look(late, cached)[0]
