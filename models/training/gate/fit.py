"""Training of the eye: balanced draws from the pool, turned, inverted, cropped and spoiled at random."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, grid_sample, pad
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from models.gate.eye import SIDE
from models.training.gate.network import EyeNetwork
from models.training.gate.pool import FRONTAL, LATERAL, OTHER, UNKNOWN, Pool

INVERTED = 7
SHARE_TURNED, SHARE_INVERTED = 0.35, 0.25
SHARES = {FRONTAL: 0.5, LATERAL: 0.12, OTHER: 0.38}
"""Of each batch."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The knobs."""

    steps: int = 800
    batch: int = 64
    rate: float = 3e-3
    decay: float = 1e-3
    seed: int = 1


def weights_of(pool: Pool) -> NDArray[np.float64]:
    """How often each picture is drawn: kinds by SHARES; inside a kind, families by the square root of their size."""
    kinds, families = pool.column("kind"), pool.column("family")
    weight = np.zeros(len(kinds))
    for family in np.unique(families):
        rows = families == family
        weight[rows] = 1 / np.sqrt(rows.sum())
    for kind, share in SHARES.items():
        rows = kinds == kind
        weight[rows] *= share / weight[rows].sum()
    return weight


def _frames(count: int, turns: Tensor) -> Tensor:
    """Random crops, tilts and mirrorings, then quarter turns: one sampling grid a picture."""
    tilt = torch.randn(count) * 0.07 + turns * (torch.pi / 2)
    scale = torch.exp(torch.randn(count, 2) * 0.06) * (1 - 0.2 * torch.rand(count, 1))
    scale = torch.where(torch.rand(count, 1) < 0.2, scale * 1.2, scale)  # noqa: PLR2004 - a fifth get a border
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)  # noqa: PLR2004 - a coin
    shift = (torch.rand(count, 2) - 0.5) * 0.14
    cos, sin = torch.cos(tilt), torch.sin(tilt)
    # A point of the network's view is turned back, mirrored and scaled to a point of the picture.
    rows = [
        torch.stack([mirror * cos * scale[:, 0], mirror * sin * scale[:, 0], shift[:, 0]], 1),
        torch.stack([-sin * scale[:, 1], cos * scale[:, 1], shift[:, 1]], 1),
    ]
    matrix = torch.stack(rows, 1)
    return nn.functional.affine_grid(matrix, [count, 1, SIDE, SIDE], align_corners=False)


def _spoil(x: Tensor) -> Tensor:
    """Exposure (gamma), burnt-out ends, blur, grain, a marker or a black border: (N, 1, SIDE, SIDE) in [0, 1]."""
    count = len(x)
    x = x ** torch.exp(torch.randn(count, 1, 1, 1) * 0.35)
    low, high = torch.rand(2, count, 1, 1, 1) * 0.12
    x = ((x - low) / (1 - low - high)).clamp(0, 1)
    blurred = nn.functional.avg_pool2d(pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = torch.where(torch.rand(count, 1, 1, 1) < 0.2, blurred, x)  # noqa: PLR2004 - a fifth
    x = x + torch.randn_like(x) * torch.rand(count, 1, 1, 1) ** 2 * 0.05
    for i in np.flatnonzero(np.random.default_rng(int(torch.randint(2**31, (1,)))).random(count) < 0.3):  # noqa: PLR2004
        y, z, h, w = (int(v) for v in torch.randint(2, 54, (4,)))
        x[i, 0, y : y + 1 + h // 10, z : z + 1 + w // 8] = float(torch.rand(1) > 0.3)  # noqa: PLR2004 - mostly bright
    return x.clamp(0, 1)


def batch_of(planes: Tensor, rng: np.random.Generator, films: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return pictures as the network sees them, how they were turned, whether they were inverted."""
    count = len(planes)
    turns = torch.from_numpy(np.where(rng.random(count) < SHARE_TURNED, rng.integers(0, 4, count), 0))
    inverted = torch.from_numpy(rng.random(count) < SHARE_INVERTED)
    border = "zeros" if rng.random() < 0.7 else "border"  # noqa: PLR2004 - mostly black borders
    x = grid_sample(planes[:, None].float() / 255, _frames(count, turns), padding_mode=border, align_corners=False)
    x = _spoil(x)
    sample = x[:, 0, ::2, ::2].flatten(1).sort(dim=1).values
    low, high = (sample[:, int(q * sample.shape[1]), None, None, None] for q in (0.005, 0.995))
    x = ((x - low) / (high - low + 1e-6)).clamp(0, 1)
    x = torch.where(inverted[:, None, None, None], 1 - x, x)
    known = torch.where(films, turns, UNKNOWN)
    return x - 0.5, known, torch.where(films, inverted.long(), UNKNOWN)


def _yes_no(logits: Tensor, truth: Tensor) -> Tensor:
    known = truth != UNKNOWN
    if not known.any():
        return logits.sum() * 0
    return binary_cross_entropy_with_logits(logits[known], truth[known].float())


def loss_of(logits: Tensor, kinds: Tensor, turns: Tensor, *yes_no: Tensor) -> Tensor:
    """Sum of the parts, each over the pictures where its truth is known."""
    total = cross_entropy(logits[:, :3], kinds) + 0.5 * cross_entropy(logits[:, 3:7], turns, ignore_index=UNKNOWN)
    for column, truth in enumerate(yes_no, INVERTED):
        total = total + 0.4 * _yes_no(logits[:, column], truth)
    return total


def fit(pool: Pool, shown: NDArray[np.bool_], recipe: Recipe) -> EyeNetwork:
    """Train on the pictures that are ``shown``; returns the network in evaluation mode."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    planes = torch.from_numpy(pool.planes)
    kinds, ap, child = (torch.from_numpy(pool.column(name)) for name in ("kind", "ap", "child"))
    chance = weights_of(pool) * shown
    network = EyeNetwork()
    network.train()
    optimiser = AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps, pct_start=0.15)
    began = time.monotonic()
    for step in range(recipe.steps):
        rows = torch.from_numpy(rng.choice(len(chance), recipe.batch, p=chance / chance.sum()))
        x, turns, inverted = batch_of(planes[rows], rng, kinds[rows] != OTHER)
        loss = loss_of(network(x), kinds[rows], turns, inverted, ap[rows], child[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step} loss {loss.item():.3f} {time.monotonic() - began:.0f} s", flush=True)
    network.eval()
    return network


def predict(network: EyeNetwork, views: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (n, OUTPUTS) of views (n, SIDE, SIDE) in [-0.5, 0.5]."""
    with torch.inference_mode():
        parts = [network(part[:, None]) for part in torch.from_numpy(views).split(256)]
    logits: NDArray[np.float32] = torch.cat(parts).numpy()
    return logits
