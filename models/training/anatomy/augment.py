"""Augmented copies: films moved and bent, and what hides lungs elsewhere: fluid, patches, lines, letters, frames."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from models.base import GrayImage
from models.preprocess import Preprocessing, normalise, stretch
from models.training.anatomy.films import HALF, WORKING_SIDE, Labelled

Organs = NDArray[np.bool_]
"""(3, side, side): right lung, left lung, heart."""

SWAP = [1, 0, 2]
"""Order of the organs in a mirrored film: what lies on the film's left is a right lung, wherever the heart points."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How far a copy may stray (degrees, log2 of scale and aspect, shares of the side), and how often things happen."""

    rotation: float = 15.0
    zoom: float = 0.45
    aspect: float = 0.3
    shift: float = 0.12
    gamma: float = 0.8
    mirror: float = 0.1
    fluid: float = 0.15
    patches: float = 0.4
    letters: float = 0.4
    lines: float = 0.25
    frame: float = 0.2
    blur: float = 0.3
    noise: float = 0.04


def copy_of(film: Labelled, rule: Preprocessing, rng: Generator, strength: Strength) -> tuple[GrayImage, Organs]:
    """Make a random copy: the network's input (size, size) and the organs in it, (3, size, size)."""
    image, organs = _move(film, rule.size, rng, strength)
    image = stretch(image, rng.uniform(0, 1), rng.uniform(99, 100))
    image = _bend(image, rng, strength)
    image = _sicken(image, organs, rng, strength)
    image = _dress(image, rng, strength)
    if rng.random() < strength.frame:
        image, organs = _frame(image, organs, rng)
    image = _degrade(image, rng, strength)
    return normalise(stretch(image, rule.low, rule.high), rule), organs


def _move(film: Labelled, size: int, rng: Generator, strength: Strength) -> tuple[GrayImage, Organs]:
    """Mirror, rotate, zoom, squeeze and shift; what comes in from outside is the film's darkest or brightest value."""
    image, masks = Image.fromarray(film.small), Image.fromarray(film.organs)
    mirrored = rng.random() < strength.mirror
    if mirrored:
        image, masks = ImageOps.mirror(image), ImageOps.mirror(masks)
    matrix = _matrix(size, rng, strength)
    fill = int(film.small.min() if rng.random() < 0.8 else film.small.max())  # noqa: PLR2004 - mostly black
    how = ((size, size), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    moved = np.asarray(image.transform(*how, fillcolor=fill), dtype=np.float32)
    organs = np.moveaxis(np.asarray(masks.transform(*how)) > HALF, -1, 0)
    return moved, organs[SWAP] if mirrored else organs


def _matrix(size: int, rng: Generator, strength: Strength) -> tuple[float, ...]:
    """Pillow's affine matrix, from a copy's pixel to the film's, about the centre."""
    angle = math.radians(rng.uniform(-strength.rotation, strength.rotation))
    ratio = WORKING_SIDE / size * 2 ** rng.uniform(-strength.zoom, strength.zoom)
    squeeze = 2 ** (0.5 * rng.uniform(-strength.aspect, strength.aspect))
    x, y = (WORKING_SIDE * (0.5 + rng.uniform(-strength.shift, strength.shift)) for _ in range(2))
    a, b = ratio * squeeze * math.cos(angle), ratio / squeeze * math.sin(angle)
    c, d = -ratio * squeeze * math.sin(angle), ratio / squeeze * math.cos(angle)
    middle = size / 2
    return (a, b, x - middle * (a + b), c, d, y - middle * (c + d))


def _bend(image: GrayImage, rng: Generator, strength: Strength) -> GrayImage:
    """Gamma, and a slow change of brightness across the film, as from an uneven exposure."""
    bent = image ** np.float32(2 ** rng.uniform(-strength.gamma, strength.gamma))
    ramp = np.linspace(-0.5, 0.5, len(image), dtype=np.float32)
    tilted = rng.normal(0, 0.1) * ramp[:, None] + rng.normal(0, 0.1) * ramp[None, :]
    return np.asarray(np.clip(bent + tilted.astype(np.float32), 0, 1))


def _sicken(image: GrayImage, organs: Organs, rng: Generator, strength: Strength) -> GrayImage:
    """Opacities over the lungs: the masks stay, as an opaque lung is still a lung."""
    for lung in organs[:2]:
        if lung.any() and rng.random() < strength.fluid:
            image = _fluid(image, lung, rng)
    lungs = organs[0] | organs[1]
    if lungs.any() and rng.random() < strength.patches:
        image = _patches(image, lungs, rng)
    return image


def _fluid(image: GrayImage, lung: NDArray[np.bool_], rng: Generator) -> GrayImage:
    """White from a level of the lung downwards, sometimes all of it, the edge soft and slanting."""
    down, across = np.ogrid[: len(image), : len(image)]
    rows = np.flatnonzero(lung.any(axis=1))
    level = rows[0] + (rows[-1] - rows[0]) * rng.uniform(-0.2, 0.95)
    edge = down - level - rng.normal(0, 0.3) * (across - np.nonzero(lung)[1].mean())
    under = 1 / (1 + np.exp(-np.clip(edge / rng.uniform(1, 8), -30, 30)))
    cover = _soft(lung, rng.uniform(1, 4)) * under.astype(np.float32)
    cover = cover * np.float32(rng.uniform(0.5, 1.0))
    return np.asarray(image * (1 - cover) + np.float32(rng.uniform(0.55, 0.95)) * cover, dtype=np.float32)


def _patches(image: GrayImage, lungs: NDArray[np.bool_], rng: Generator) -> GrayImage:
    """Soft ellipses, mostly brighter, some darker, centred in the lungs."""
    cells, inside, painted = np.arange(len(image), dtype=np.float32), np.argwhere(lungs), image.astype(np.float64)
    for _ in range(rng.integers(1, 7)):
        centre = inside[rng.integers(len(inside))]
        spread = rng.uniform(0.02, 0.15, 2) * len(image)
        down, across = (np.exp(-(((cells - c) / s) ** 2)) for c, s in zip(centre, spread, strict=True))
        painted += np.float32(rng.uniform(-0.15, 0.45)) * np.outer(down, across)
    return painted.clip(0, 1).astype(np.float32)


def _soft(mask: NDArray[np.bool_], radius: float) -> GrayImage:
    grey = Image.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(grey, dtype=np.float32) / np.float32(255)


def _dress(image: GrayImage, rng: Generator, strength: Strength) -> GrayImage:
    """Letters, tubes and wires."""
    picture = Image.fromarray(np.rint(image * 255).astype(np.uint8))
    pen, side = ImageDraw.Draw(picture), picture.width
    if rng.random() < strength.letters:
        for _ in range(rng.integers(1, 4)):
            word = "".join(rng.choice(list("LRPAEC0123456789"), rng.integers(1, 8)))
            x, y = (rng.uniform(0, 0.95, 2) * side).tolist()
            pen.text((x, y), word, fill=int(rng.integers(150, 256)))
    if rng.random() < strength.lines:
        for _ in range(rng.integers(1, 4)):
            points = np.cumsum(rng.normal(0, 0.15, (5, 2)), axis=0) + rng.uniform(0.2, 0.8, 2)
            pen.line([tuple(p) for p in points * side], fill=int(rng.integers(120, 256)), width=int(rng.integers(1, 4)))
    return np.asarray(picture, dtype=np.float32) / np.float32(255)


def _frame(image: GrayImage, organs: Organs, rng: Generator) -> tuple[GrayImage, Organs]:
    """Black (or white) beyond the collimator's blades or the scanner's bed: what lies there is not on the film."""
    left, top, right, bottom = (round(share * len(image)) for share in rng.uniform(0, 0.12, 4))
    seen = np.zeros(image.shape, dtype=np.bool_)
    seen[top : len(image) - bottom, left : len(image) - right] = True
    beyond = np.float32(rng.choice([0, 0, 1]))
    return np.where(seen, image, beyond).astype(np.float32), organs & seen


def _degrade(image: GrayImage, rng: Generator, strength: Strength) -> GrayImage:
    """Low-pass and noise."""
    if rng.random() < strength.blur:
        picture = Image.fromarray(image)
        less = int(len(image) * rng.uniform(0.3, 0.9))
        image = np.asarray(
            picture.resize((less, less), Image.Resampling.BILINEAR).resize(picture.size, Image.Resampling.BILINEAR)
        )
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    return np.asarray(image + np.float32(rng.uniform(0, strength.noise)) * grain)
