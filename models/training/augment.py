"""Augmented copies of the films, and the cache of what the frozen early blocks make of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from PIL import Image, ImageOps
from torch import Tensor

from models.base import GrayImage
from models.preprocess import Preprocessing, normalise, shrink, stretch
from models.training.films import Films, read_gray
from models.training.network import Early

BATCH = 64


@dataclass(frozen=True, slots=True)
class Jitter:
    """How far a copy may stray: degrees, relative scale, shift as a share of the side, gamma as a power of two."""

    rotation: float = 8.0
    scale: float = 0.12
    shift: float = 0.05
    gamma: float = 0.4


def move(image: GrayImage, jitter: Jitter, rng: Generator) -> GrayImage:
    """Mirror, rotate, zoom and shift at random, about the centre; what comes in from outside is the film's minimum."""
    film = Image.fromarray(image)
    if rng.random() < 0.5:  # noqa: PLR2004 - a fair coin
        film = ImageOps.mirror(film)
    angle = math.radians(rng.uniform(-jitter.rotation, jitter.rotation))
    zoom = rng.uniform(1 - jitter.scale, 1 + jitter.scale)
    a, b = math.cos(angle) / zoom, math.sin(angle) / zoom
    x, y = film.width / 2, film.height / 2
    dx = rng.uniform(-jitter.shift, jitter.shift) * film.width
    dy = rng.uniform(-jitter.shift, jitter.shift) * film.height
    matrix = (a, b, x - a * (x + dx) - b * (y + dy), -b, a, y + b * (x + dx) - a * (y + dy))
    moved = film.transform(
        film.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=float(image.min())
    )
    return np.asarray(moved)


def copy_of(image: GrayImage, rule: Preprocessing, rng: Generator | None, jitter: Jitter) -> GrayImage:
    """Make the network input of a film, (size, size): as it will be served without ``rng``, a random copy with it."""
    if rng is None:
        return normalise(stretch(shrink(image, rule.size), rule.low, rule.high), rule)
    low, high = rng.uniform(0, 2 * rule.low), rng.uniform(100 - 2 * (100 - rule.high), 100)
    small = stretch(shrink(move(image, jitter, rng), rule.size), low, high)
    bent = small ** np.float32(2 ** rng.uniform(-jitter.gamma, jitter.gamma))
    return normalise(bent, rule)


def cache(films: Films, early: Early, rule: Preprocessing, copies: int, seed: int) -> Tensor:
    """Early activations (1 + copies, films, 40, 28, 28) in half precision; copy 0 is the film as it will be served."""
    images = [read_gray(path) for path in films.paths]
    out = torch.empty((1 + copies, len(films), 40, 28, 28), dtype=torch.float16)
    for copy in range(1 + copies):
        rng = np.random.default_rng((seed, copy)) if copy else None
        for start in range(0, len(films), BATCH):
            batch = [copy_of(image, rule, rng, Jitter()) for image in images[start : start + BATCH]]
            planes = torch.from_numpy(np.stack(batch)[:, None]).contiguous(memory_format=torch.channels_last)
            with torch.inference_mode():
                out[copy, start : start + len(batch)] = early(planes).half()
        print(f"cached copy {copy} of {copies}", flush=True)
    return out
