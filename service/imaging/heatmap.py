"""The evidence for a finding as a picture to lay over the film: colour, an outline and a box.

Nothing rests on colour alone: the ramp grows lighter as it rises (``data/heat_colours.toml``), the outline of the
region and the box are white lines in black borders, which show on any ground.
"""

from __future__ import annotations

import io
import tomllib
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from models.findings import Box
from models.localise import HALF, Evidence, relief
from service.imaging.pixels import PixelImage, preview_png

COLOURS = "heat_colours.toml"
LEVELS = 256

DRAWN_SIDE = 1024
"""Pixels: a larger overlay is drawn at this size and enlarged. Evidence is coarse: nothing is lost but time."""

LINE = 1 / 320
"""Width of the outline as a share of the longer side; its border is as wide again on each side."""

Ramp = NDArray[np.uint8]
"""(LEVELS, 4): red, green, blue and opacity of each height."""


def overlay_png(
    film: PixelImage, evidence: Evidence, box: Box | None = None, *, size: int | None = None, blend: bool = False
) -> bytes:
    """PNG that covers the film exactly: RGBA, clear where there is no evidence, or with ``blend`` the film under it.

    ``size`` bounds the longer side in pixels as in ``preview_png``, never enlarging; ``box`` is in the film's pixels.
    """
    width, height = _size(film, size)
    scale = min(1.0, DRAWN_SIDE / max(width, height))
    drawn = (max(1, round(height * scale)), max(1, round(width * scale)))
    picture = Image.fromarray(_painted(relief(evidence, drawn)))
    if box is not None:
        _draw_box(picture, box, film)
    picture = picture.resize((width, height), Image.Resampling.BILINEAR) if scale < 1 else picture
    if blend:
        shown = Image.open(io.BytesIO(preview_png(film, size=size))).convert("RGBA")
        picture = Image.alpha_composite(shown, picture).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


@cache
def ramp() -> Ramp:
    """Return colour and opacity of every height, 0 to 1 in LEVELS steps."""
    table = tomllib.loads(resources.files("service.imaging").joinpath("data", COLOURS).read_text(encoding="utf-8"))
    colours = np.array(table["colours"], dtype=np.float64)
    stops = np.column_stack([colours, np.zeros(len(colours))])
    stops[:, 3] = _resampled(255 * np.array(table["opacities"]), len(stops))
    return np.column_stack([np.rint(_resampled(column, LEVELS)) for column in stops.T]).astype(np.uint8)


def _resampled(values: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    """Evenly spaced values at another number of evenly spaced places."""
    places = np.linspace(0, 1, len(values))
    return np.interp(np.linspace(0, 1, number), places, values)


def _size(film: PixelImage, size: int | None) -> tuple[int, int]:
    """(width, height) of ``preview_png`` at this size, from the same function of Pillow: it rounds in its own way."""
    frame = Image.new("1", (film.columns, film.rows))
    if size is not None and size < max(frame.size):
        frame.thumbnail((size, size), Image.Resampling.NEAREST)
    return frame.size


def _painted(height: Evidence) -> NDArray[np.uint8]:
    """Heights in [0, 1], (rows, columns), to RGBA with the region's outline."""
    picture = ramp()[np.rint(height * (LEVELS - 1)).astype(np.uint8)]
    away = _distance(height)
    width = _line(height.shape)
    picture = _inked(picture, 0, _stroke(away, 3 * width))
    return _inked(picture, 255, _stroke(away, width))


def _distance(height: Evidence) -> Evidence:
    """Distance from the outline in pixels, to first order: how far the height is off, over how steep it is."""
    down, across = np.gradient(height) if min(height.shape) > 1 else (np.zeros_like(height),) * 2
    steepness = np.hypot(down, across) + np.float32(1e-6)
    return np.asarray(np.abs(height - np.float32(HALF)) / steepness, dtype=np.float32)


def _stroke(away: Evidence, width: float) -> Evidence:
    """Cover of a line of this width, 0 to 1, its edges smoothed over a pixel."""
    return np.asarray(np.clip(width / 2 + 0.5 - away, 0.0, 1.0), dtype=np.float32)


def _inked(picture: NDArray[np.uint8], grey: int, cover: Evidence) -> NDArray[np.uint8]:
    """Lay a grey, opaque line over RGBA."""
    ink = np.array([grey, grey, grey, 255], dtype=np.float32)
    share = cover[..., np.newaxis]
    return np.rint(picture * (1 - share) + ink * share).astype(np.uint8)


def _line(shape: tuple[int, ...]) -> float:
    return max(1.0, LINE * max(shape))


def _draw_box(picture: Image.Image, box: Box, film: PixelImage) -> None:
    across, down = picture.width / film.columns, picture.height / film.rows
    width = round(_line(picture.size))
    left, top, right, bottom = box.x0 * across, box.y0 * down, box.x1 * across - 1, box.y1 * down - 1
    pen = ImageDraw.Draw(picture)
    pen.rectangle((left, top, right, bottom), outline="black", width=3 * width)
    pen.rectangle((left + width, top + width, right - width, bottom - width), outline="white", width=width)
