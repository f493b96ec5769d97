"""Augmented copies of the films, and the cache of what the frozen early blocks make of them."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from PIL import Image, ImageOps
from torch import Tensor

from models.base import GrayImage
from models.preprocess import Preprocessing, normalise, shrink, stretch
from models.training.films import Films, read_gray
from models.training.fit import Recipe
from models.training.hints import Looker
from models.training.network import STRIDE, Early

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


@dataclass(frozen=True, slots=True)
class Cache:
    """Early activations (1 + copies, films, channels, h, w) in half precision; each copy's organs and ratio, if asked.

    Copy 0 is the film as it is served.
    """

    activations: Tensor
    organs: Tensor | None = None
    ratios: Tensor | None = None


def cache(films: Films, early: Early, recipe: Recipe) -> Cache:
    """Make the copies and, where the recipe has hints, ask the anatomy network about each.

    Films are prepared by as many threads as torch has: Pillow lets go of the interpreter while it works.
    """
    rule = Preprocessing(size=recipe.size)
    images, looker = [read_gray(path) for path in films.paths], Looker(rule.size // STRIDE) if recipe.hinted else None
    activations, organs, ratios = [], [], []
    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        for copy in range(1 + recipe.copies):
            for start in range(0, len(images), BATCH):
                rows = range(start, min(start + BATCH, len(images)))
                batch = list(
                    threads.map(lambda row, copy=copy: _copy(images[row], rule, (recipe.seed, copy, row)), rows)
                )
                planes = torch.from_numpy(np.stack(batch)[:, None])
                with torch.inference_mode():
                    activations.append(early(planes.contiguous(memory_format=torch.channels_last)).half())
                if looker is not None:
                    looks = list(threads.map(looker.look, batch))
                    organs.append(torch.from_numpy(np.stack([shares for shares, _ in looks])))
                    ratios.append(torch.tensor([ratio for _, ratio in looks], dtype=torch.float32))
            print(f"cached copy {copy} of {recipe.copies}", flush=True)
    shape = (1 + recipe.copies, len(images))
    return Cache(*(torch.cat(parts).unflatten(0, shape) for parts in (activations, organs, ratios) if parts))


def _copy(image: GrayImage, rule: Preprocessing, key: tuple[int, int, int]) -> GrayImage:
    return copy_of(image, rule, np.random.default_rng(key) if key[1] else None, Jitter())
