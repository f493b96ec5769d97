"""Colour to grey, and transparency to background."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.imaging.voi import Gray

Samples = NDArray[Any]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luma (ITU-R BT.601-7 2.5.1), the Y of JPEG and of DICOM's YBR_FULL."""


def luma(rgb: Samples) -> Gray:
    """(rows, columns, 3 or more) samples of any type to (rows, columns) float32, on the same scale."""
    red, green, blue = (rgb[..., channel] for channel in range(3))
    out = np.multiply(green, np.float32(LUMA[1]), dtype=np.float32)
    out += np.multiply(red, np.float32(LUMA[0]), dtype=np.float32)
    out += np.multiply(blue, np.float32(LUMA[2]), dtype=np.float32)
    return out


def over_black(gray: Gray, alpha: Samples, opaque: float) -> Gray:
    """Lay a partly transparent picture on black, the colour of air; ``alpha`` runs from 0 to ``opaque``."""
    cover: Gray = alpha.astype(np.float32)
    cover *= np.float32(1 / opaque)
    cover *= gray
    return cover
