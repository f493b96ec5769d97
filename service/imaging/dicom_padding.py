"""Pixels that the sender marked as no part of the image (Pixel Padding Value and Range Limit, PS3.3 C.7.5.1.1.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from service.imaging.colour import Samples
from service.imaging.dicom_dataset import Parsed
from service.imaging.dicom_layout import Layout
from service.imaging.dicom_values import number


def padding_mask(stored: Samples, parsed: Parsed, layout: Layout) -> NDArray[np.bool_] | None:
    """Mark the pixels that are padding; None where none is, or where all are and the mark cannot be meant.

    ``stored`` is (rows, columns). Padding is defined for grey images only.
    """
    value = _stored_value(parsed, "PixelPaddingValue", layout)
    if value is None or not layout.is_gray:
        return None
    limit = _stored_value(parsed, "PixelPaddingRangeLimit", layout)
    low, high = sorted((value, value if limit is None else limit))
    mask = (stored == low) if low == high else (stored >= low) & (stored <= high)
    return mask if mask.any() and not mask.all() else None


def _stored_value(parsed: Parsed, keyword: str, layout: Layout) -> int | None:
    """Read a value that is as signed as the pixels, whatever VR it was written with (63536 for -2000, say)."""
    found = number(parsed.dataset, keyword)
    if found is None:
        return None
    value, span = int(found), 1 << layout.allocated
    if layout.signed and value > span // 2 - 1:
        value -= span
    if not layout.signed and value < 0:
        value += span
    return value
