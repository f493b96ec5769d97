"""Training: augmented copies made on the fly, binary cross-entropy and soft Dice, a moving average of the weights."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.base import GrayImage
from models.preprocess import Preprocessing, network_input
from models.training.anatomy.augment import Strength, copy_of
from models.training.anatomy.films import ORGANS, Labelled
from models.training.anatomy.network import Segmenter, Served, build
from models.training.schedule import warm_cosine

Batches = Iterator[tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The knobs; ``rate`` is the backbone's, ``head_rate`` that of the way back up.

    Tried once, with batches of 8 for 10 epochs, on folds 1 to 3 against fold 4; then only batches made smaller.
    """

    epochs: int = 8
    batch: int = 4
    rate: float = 3e-4
    head_rate: float = 2e-3
    decay: float = 1e-2
    warmup: float = 0.05
    average: float = 0.99
    seed: int = 1
    strength: Strength = field(default_factory=Strength)


def batches(films: Sequence[Labelled], rule: Preprocessing, recipe: Recipe, epoch: int) -> Batches:
    """One epoch in random order: inputs (N, 1, H, W) and targets (N, 3, H / 2, W / 2) as shares of each cell."""
    rng = np.random.default_rng((recipe.seed, epoch))
    order = rng.permutation(len(films))
    for start in range(0, len(order) - recipe.batch + 1, recipe.batch):
        chosen = [films[i] for i in order[start : start + recipe.batch]]
        inputs, organs = zip(*(copy_of(film, rule, rng, recipe.strength) for film in chosen), strict=True)
        planes = torch.from_numpy(np.stack(inputs)[:, None]).contiguous(memory_format=torch.channels_last)
        yield planes, functional.avg_pool2d(torch.from_numpy(np.stack(organs)).float(), 2)


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy plus one minus soft Dice, each organ's over the batch, averaged over the organs."""
    share = torch.sigmoid(logits)
    overlap = (share * targets).sum((0, 2, 3))
    dice = (2 * overlap + 1) / (share.sum((0, 2, 3)) + targets.sum((0, 2, 3)) + 1)
    loss: Tensor = functional.binary_cross_entropy_with_logits(logits, targets) + (1 - dice).mean()
    return loss


def optimiser_of(network: Segmenter, recipe: Recipe, steps: int) -> tuple[AdamW, LambdaLR]:
    """AdamW with a slower rate for what ImageNet taught, a warm-up and a cosine down to zero."""
    taught = [p for p in network.encoder.parameters() if p.requires_grad]
    known = {id(p) for p in network.encoder.parameters()}
    fresh = [p for p in network.parameters() if id(p) not in known]
    groups = [{"params": taught, "lr": recipe.rate}, {"params": fresh, "lr": recipe.head_rate}]
    optimiser = AdamW(groups, weight_decay=recipe.decay)
    return optimiser, warm_cosine(optimiser, steps, recipe.warmup)


def fit(films: Sequence[Labelled], rule: Preprocessing, recipe: Recipe, start: Segmenter | None = None) -> Segmenter:
    """Train on these films, from ImageNet's weights or from those of ``start``, which stays as it is.

    Returns the averaged network, in evaluation mode. The same seed gives the same network.
    """
    torch.manual_seed(recipe.seed)
    network = (copy.deepcopy(start) if start else build(len(ORGANS))).to(memory_format=torch.channels_last).train()
    averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True)
    optimiser, schedule = optimiser_of(network, recipe, recipe.epochs * (len(films) // recipe.batch))
    for epoch in range(recipe.epochs):
        started, losses = time.monotonic(), []
        for inputs, targets in batches(films, rule, recipe, epoch):
            loss = loss_of(network(inputs), targets)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            averaged.update_parameters(network)
            losses.append(float(loss.detach()))
        print(f"epoch {epoch + 1} loss {np.mean(losses):.4f} {time.monotonic() - started:.0f} s", flush=True)
    return _plain(averaged.module)


def _plain(network: nn.Module) -> Segmenter:
    kept: Segmenter = copy.deepcopy(network).eval()
    return kept


def predict(network: Segmenter, images: Sequence[GrayImage], rule: Preprocessing) -> np.ndarray:
    """Probabilities (films, 3, GRID, GRID), half precision: one film at a time, as it will be served."""
    served = Served(network).eval()
    out = []
    with torch.inference_mode():
        for image in images:
            planes = torch.from_numpy(network_input(image, rule)).contiguous(memory_format=torch.channels_last)
            out.append(served(planes)[0].half().numpy())
    return np.stack(out)
