"""Pictures that are no frontal chest film, drawn at random: what no package holds. (SIDE, SIDE) float32 in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Rng = np.random.Generator
SIDE: Final = 96
Y, X = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE


def ellipse(cy: float, cx: float, ry: float, rx: float, soft: float = 0.05) -> Plane:
    """1 inside, 0 outside, with an edge as wide as ``soft`` times the radius."""
    inside = np.clip((1 - np.hypot((Y - cy) / ry, (X - cx) / rx)) / soft + 0.5, 0, 1)
    return np.asarray(inside, dtype=np.float32)


def capsule(y0: float, x0: float, y1: float, x1: float, radius: float) -> Plane:
    """Draw a bar with round ends, edge one pixel wide."""
    dy, dx = y1 - y0, x1 - x0
    share = np.clip(((Y - y0) * dy + (X - x0) * dx) / (dy * dy + dx * dx + 1e-6), 0, 1)
    distance = np.hypot(Y - y0 - share * dy, X - x0 - share * dx)
    return np.asarray(np.clip((radius - distance) * SIDE + 0.5, 0, 1), dtype=np.float32)


def clouds(rng: Rng, roughness: float) -> Plane:
    """Gaussian noise whose spectrum falls with ``roughness``; mean 0, deviation 1."""
    fy, fx = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None]
    spectrum = np.fft.rfft2(rng.standard_normal((SIDE, SIDE))) / (np.hypot(fy, fx) + 0.01) ** roughness
    noise = np.fft.irfft2(spectrum, (SIDE, SIDE))
    return np.asarray((noise - noise.mean()) / noise.std(), dtype=np.float32)


def _spot(rng: Rng, radii: tuple[float, float], soft: float) -> Plane:
    """Draw an ellipse near the middle, each half axis between ``radii``."""
    (cy, cx), (ry, rx) = rng.uniform(0.3, 0.7, 2), rng.uniform(*radii, 2)
    return ellipse(cy, cx, ry, rx, soft)


def _grain(plane: Plane, rng: Rng) -> Plane:
    return np.asarray(np.clip(plane + rng.uniform(0, 0.04) * clouds(rng, rng.uniform(0, 1.5)), 0, 1), dtype=np.float32)


def _bone(y0: float, x0: float, y1: float, x1: float, radius: float) -> Plane:
    """Draw a long bone: bright cortex, darker marrow, thicker ends."""
    shaft = capsule(y0, x0, y1, x1, radius) - 0.4 * capsule(y0, x0, y1, x1, 0.55 * radius)
    knobs = capsule(y0, x0, y0 + 1e-3, x0, 1.35 * radius) + capsule(y1, x1, y1 + 1e-3, x1, 1.35 * radius)
    return np.asarray(np.maximum(shaft, 0.8 * np.clip(knobs, 0, 1)), dtype=np.float32)


def lateral(rng: Rng) -> Plane:
    """Draw a chest from the side: one field of lung between spine behind and breastbone in front, diaphragms below."""
    body = ellipse(0.6, 0.5, rng.uniform(0.6, 0.9), rng.uniform(0.33, 0.5), 0.08) * rng.uniform(0.5, 0.7)
    tilt = rng.uniform(-0.15, 0.15)
    lung = ellipse(0.42, 0.5, rng.uniform(0.3, 0.42), rng.uniform(0.2, 0.32), 0.2)
    lung *= np.clip((rng.uniform(0.6, 0.8) - Y + tilt * (X - 0.5)) * 20, 0, 1)
    film = body * (1 - rng.uniform(0.4, 0.75) * lung)
    heart = ellipse(rng.uniform(0.5, 0.65), rng.uniform(0.3, 0.45), 0.14, 0.14, 0.5)
    film += rng.uniform(0.1, 0.3) * heart + rng.uniform(0.1, 0.25) * _spine(rng, rng.uniform(0.68, 0.8), 0.1)
    film += rng.uniform(0, 0.2) * capsule(0.15, 0.24, 0.6, 0.2, 0.015)
    film += 0.1 * ellipse(0.08, 0.45, 0.16, 0.4, 0.6)
    return _grain(_flip(film, rng), rng)


def _flip(film: Plane, rng: Rng) -> Plane:
    return film[:, ::-1].copy() if rng.random() < 0.5 else film  # noqa: PLR2004 - a coin


def _spine(rng: Rng, x: float, bend: float) -> Plane:
    count, film = rng.integers(9, 15), np.zeros((SIDE, SIDE), np.float32)
    for i in range(count):
        y = (i + 0.5) / count
        centre = x + bend * (0.5 - 2 * (y - 0.5) ** 2)
        film = np.maximum(film, ellipse(y, centre, 0.4 / count, 0.05, 0.2))
    return film


def limb(rng: Rng) -> Plane:
    """Draw one or two long bones, perhaps with a joint, in soft tissue on a dark ground."""
    angle, joint, width = rng.uniform(-0.5, 0.5), rng.uniform(0.35, 0.65), rng.uniform(0.1, 0.28)
    end = [(-0.1, 0.5 - angle), (joint, 0.5), (1.1, 0.5 + rng.uniform(-0.5, 0.5))]
    film = 0.3 * np.maximum(capsule(*end[0], *end[1], width), capsule(*end[1], *end[2], width))
    for (y0, x0), (y1, x1) in ((end[0], end[1]), (end[1], end[2])):
        for shift in (-0.35, 0.35) if rng.random() < 0.5 else (0.0,):  # noqa: PLR2004 - a coin
            s = shift * width
            film = film + 0.5 * _bone(y0, x0 + s, y1, x1 + s, rng.uniform(0.2, 0.4) * width)
    return _grain(film.astype(np.float32), rng)


def hand(rng: Rng) -> Plane:
    """Draw a hand or foot: a palm and five rays of bones."""
    film = 0.3 * ellipse(0.72, 0.5, 0.25, 0.22, 0.2)
    film = np.maximum(film, 0.3 * capsule(0.8, 0.5, 1.1, 0.5, 0.13))
    for i, spread in enumerate(np.linspace(-1, 1, 5) * rng.uniform(0.4, 0.9)):
        length = rng.uniform(0.5, 0.62) if i else rng.uniform(0.35, 0.45)
        joints = np.linspace(0, 1, 5)
        ys, xs = 0.78 - joints * length * np.cos(spread * 0.6), 0.5 + 0.12 * (i - 2) + joints * length * 0.6 * spread
        film = np.maximum(film, 0.3 * capsule(ys[0], xs[0], ys[-1], xs[-1], 0.05))
        for j in range(4):
            film = film + 0.5 * _bone(ys[j] - 0.01, xs[j], ys[j + 1] + 0.01, xs[j + 1], 0.018)
    return _grain(np.clip(film, 0, 1).astype(np.float32), rng)


def abdomen(rng: Rng) -> Plane:
    """Draw an abdomen or a pelvis: soft tissue, spine, hip bones, gas."""
    film = rng.uniform(0.4, 0.6) * ellipse(0.5, 0.5, rng.uniform(0.7, 1.2), rng.uniform(0.4, 0.6), 0.1)
    film += 0.2 * _spine(rng, 0.5, 0.03) * (rng.uniform(0.4, 1.1) > Y)
    low = rng.uniform(0.55, 1.0)
    for side in (-1, 1):
        wing = ellipse(low, 0.5 + 0.25 * side, 0.25, 0.17, 0.3) - 0.8 * ellipse(
            low + 0.15, 0.5 + 0.12 * side, 0.12, 0.1
        )
        film += rng.uniform(0.1, 0.3) * np.clip(wing, 0, 1)
    for _ in range(rng.integers(2, 12)):
        (y, x), (ry, rx) = rng.uniform(0.1, 0.9, 2), rng.uniform(0.02, 0.1, 2)
        film -= rng.uniform(0.05, 0.25) * ellipse(y, x, ry, rx, 0.5)
    return _grain(np.clip(film, 0, 1).astype(np.float32), rng)


def mammogram(rng: Rng) -> Plane:
    """Draw half a disc at one edge, with clouds of tissue, on black."""
    breast = ellipse(rng.uniform(0.4, 0.6), 0.0, rng.uniform(0.3, 0.5), rng.uniform(0.4, 0.8), 0.1)
    tissue = np.clip(0.45 + 0.15 * clouds(rng, 2) - 0.3 * X, 0, 1)
    return _flip(_grain((breast * tissue).astype(np.float32), rng), rng)


def ultrasound(rng: Rng) -> Plane:
    """Draw a fan of speckle."""
    angle = np.arctan2(X - 0.5, Y + rng.uniform(0.0, 0.3))
    depth = np.hypot(X - 0.5, Y)
    fan = (np.abs(angle) < rng.uniform(0.4, 0.9)) & (depth < rng.uniform(0.8, 1.0)) & (depth > rng.uniform(0, 0.2))
    echo = np.clip(0.35 + 0.2 * clouds(rng, 1.5), 0, 1) * rng.exponential(1.0, (SIDE, SIDE))
    return np.asarray(np.clip(fan * echo, 0, 1), dtype=np.float32)


def blobs(rng: Rng) -> Plane:
    """Draw spots of one size on an even ground: cells, stars, a bone scan."""
    film = np.full((SIDE, SIDE), rng.uniform(0, 0.8), np.float32)
    size = rng.uniform(0.01, 0.12)
    for _ in range(rng.integers(3, 60)):
        cy, cx = rng.uniform(0, 1, 2)
        film += rng.uniform(-0.5, 0.5) * ellipse(
            cy, cx, size * rng.uniform(0.5, 1.5), size * rng.uniform(0.5, 1.5), 0.5
        )
    return _grain(np.clip(film, 0, 1), rng)


def vessels(rng: Rng) -> Plane:
    """Draw an angiogram: branching dark or bright lines on an even ground."""
    film = np.clip(0.55 + 0.08 * clouds(rng, 2), 0, 1)
    for _ in range(rng.integers(3, 9)):
        y, x, heading = *rng.uniform(0, 1, 2), rng.uniform(0, 6.3)
        width = rng.uniform(0.006, 0.03)
        for _ in range(10):
            heading += rng.normal(0, 0.4)
            ny, nx = y + 0.08 * np.sin(heading), x + 0.08 * np.cos(heading)
            film = film - 0.4 * capsule(y, x, ny, nx, width)
            y, x = ny, nx
    return _grain(np.clip(film, 0, 1).astype(np.float32), rng)


def teeth(rng: Rng) -> Plane:
    """Draw a panoramic film of the teeth: two curved rows inside a jaw."""
    film = np.clip(0.35 + 0.06 * clouds(rng, 2), 0, 1)
    sag = rng.uniform(-0.4, 0.6) * (X - 0.5) ** 2
    film += 0.15 * np.exp(-(((Y - 0.62 + sag) / 0.3) ** 2))
    count, size = rng.integers(8, 18), rng.uniform(0.08, 0.16)
    for i in range(count):
        x = (i + 0.5) / count
        for row, lean in ((0.5 - 1.1 * size, -1), (0.5 + 1.1 * size, 1)):
            y = row - float(sag[0, int(x * SIDE)])
            film += 0.35 * capsule(y - 0.7 * size, x, y + 0.7 * size, x + 0.02 * lean, 0.35 / count)
    return _grain(np.clip(film, 0, 1).astype(np.float32), rng)


def pattern(rng: Rng) -> Plane:
    """Draw test charts: ramps, stripes, boards, rings, noise of any colour."""
    a, b = rng.uniform(-1, 1, 2)
    wave = (a * X + b * Y) * rng.uniform(1, 40)
    kinds: list[Plane] = [
        (a * X + b * Y).astype(np.float32),
        np.sin(wave * 6),
        np.sign(np.sin(X * rng.uniform(10, 60))) * np.sign(np.sin(Y * rng.uniform(10, 60))),
        np.cos(np.hypot(X - 0.5, Y - 0.5) * rng.uniform(3, 80)),
        clouds(rng, rng.uniform(0, 3)),
        np.round(X * rng.integers(3, 12)) + 0 * Y,
        _spot(rng, (0.1, 0.5), 0.1),
        (clouds(rng, rng.uniform(1.5, 3)) > rng.uniform(-1, 1)).astype(np.float32),
    ]
    plane = kinds[rng.integers(len(kinds))].astype(np.float32)
    return _grain((plane - plane.min()) / (np.ptp(plane) + 1e-6), rng)


def text(rng: Rng) -> Plane:
    """Draw a page or a screen: lines of words as bars, boxes, perhaps columns; dark on light or light on dark."""
    page = np.full((SIDE, SIDE), rng.uniform(0.8, 1.0), np.float32)
    step = int(rng.integers(3, 9))
    for row in range(step, SIDE - step, step):
        left = int(rng.integers(2, 14))
        while left < SIDE - 4:
            word = int(rng.integers(2, 14))
            if rng.random() < 0.85:  # noqa: PLR2004 - most places hold a word
                page[row : row + max(1, step // 2), left : left + word] = rng.uniform(0, 0.5)
            left += word + 2
    for _ in range(rng.integers(0, 4)):
        top, left = rng.integers(0, SIDE - 20, 2)
        page[top : top + rng.integers(8, 60), left : left + rng.integers(8, 60)] = rng.uniform(0, 1)
    return page if rng.random() < 0.7 else 1 - page  # noqa: PLR2004 - most pages are light


def axial(rng: Rng) -> Plane:
    """Draw a slice across the trunk: fat, organs, a vertebra, ribs, perhaps lungs, a table."""
    ry, rx = rng.uniform(0.25, 0.4), rng.uniform(0.35, 0.48)
    film = rng.uniform(0.4, 0.7) * ellipse(0.48, 0.5, ry, rx)
    film += rng.uniform(-0.15, 0.2) * ellipse(0.48, 0.5, ry - 0.05, rx - 0.05)
    lung = rng.uniform(-0.6, 0.1)
    for side in (-1, 1):
        film += lung * ellipse(0.47, 0.5 + side * 0.45 * rx, 0.65 * ry, 0.38 * rx, 0.15)
    for _ in range(rng.integers(0, 6)):
        film += rng.uniform(-0.2, 0.2) * _spot(rng, (0.03, 0.15), 0.3)
    film += 0.3 * ellipse(0.48 + 0.7 * ry, 0.5, 0.07, 0.07)
    film += rng.uniform(0, 0.4) * capsule(0.95, 0.2, 0.95, 0.8, 0.01)
    return _grain(np.clip(film, 0, 1).astype(np.float32), rng)


DRAWN: dict[str, Callable[[Rng], Plane]] = {
    "lateral_drawn": lateral,
    "limb": limb,
    "hand": hand,
    "abdomen": abdomen,
    "mammogram": mammogram,
    "ultrasound": ultrasound,
    "blobs": blobs,
    "vessels": vessels,
    "teeth": teeth,
    "pattern": pattern,
    "text": text,
    "axial_drawn": axial,
}


def jigsaw(film: Plane, rng: Rng) -> Plane:
    """Cut a film into tiles and lay them in another order: the texture of a chest without its shape."""
    tiles = int(rng.choice([2, 3, 4]))
    step = SIDE // tiles
    order = rng.permutation(tiles * tiles)
    while (order == np.arange(tiles * tiles)).sum() > tiles * tiles // 3:
        order = rng.permutation(tiles * tiles)
    out = np.empty((step * tiles, step * tiles), np.float32)
    for place, source in enumerate(order):
        (r, c), (sr, sc) = divmod(place, tiles), divmod(int(source), tiles)
        out[r * step : (r + 1) * step, c * step : (c + 1) * step] = film[
            sr * step : (sr + 1) * step, sc * step : (sc + 1) * step
        ]
    return out


def zoom(film: Plane, rng: Rng) -> Plane:
    """Take a part of a film, a fifth to two fifths of its side: one cannot see that it is a chest."""
    side = int(rng.uniform(0.2, 0.4) * SIDE)
    y, x = rng.integers(0, SIDE - side, 2)
    return film[y : y + side, x : x + side]


def pair(film: Plane, rng: Rng) -> Plane:
    """Lay two or four small films on one sheet."""
    sheet = np.tile(film[::2, ::2], (2, 2)) if rng.random() < 0.5 else np.hstack([film[:, ::2], film[:, ::2]])  # noqa: PLR2004 - a coin
    return sheet.astype(np.float32)


FROM_FILMS: dict[str, Callable[[Plane, Rng], Plane]] = {"jigsaw": jigsaw, "zoom": zoom, "pair": pair}
