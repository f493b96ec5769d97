"""Pixel Data to frames of stored values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import generate_frames

from service.imaging.codecs import NATIVE, Frame, decode_frame, supported, unsupported
from service.imaging.colour import Samples
from service.imaging.dicom_dataset import Parsed
from service.imaging.dicom_layout import SUBSAMPLED, Layout
from service.imaging.dicom_values import UNREADABLE, value
from service.imaging.refusal import damaged

_RLE = "1.2.840.10008.1.2.5"


def frames_of(parsed: Parsed, layout: Layout) -> Iterator[Frame]:
    """Yield each frame's stored values, unused high bits (overlays, leftovers) cleared and the sign extended."""
    if not supported(parsed.syntax):
        raise unsupported(parsed.syntax)
    data = _pixel_bytes(parsed)
    read = _native if parsed.syntax in NATIVE else _compressed
    for frame in read(data, parsed, layout):
        yield Frame(_significant(frame.samples, layout), frame.photometric)


def _pixel_bytes(parsed: Parsed) -> bytes:
    data = value(parsed.dataset, "PixelData")
    if not isinstance(data, bytes) or not data:
        raise damaged("its pixel data is empty")
    return data


def _native(data: bytes, parsed: Parsed, layout: Layout) -> Iterator[Frame]:
    values = layout.rows * layout.columns * (2 if layout.photometric in SUBSAMPLED else layout.samples)
    if len(data) * 8 < values * layout.frames * layout.allocated:
        raise damaged("its pixel data is cut short")
    if layout.allocated == 1:
        flat: Samples = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    else:
        flat = _words(data, parsed, layout.allocated)
    for frame in range(layout.frames):
        yield _shaped(flat[frame * values : (frame + 1) * values], layout)


def _words(data: bytes, parsed: Parsed, allocated: int) -> NDArray[Any]:
    if allocated == 8:  # noqa: PLR2004 - bytes
        swapped = not parsed.little_endian and parsed.dataset["PixelData"].VR == "OW"  # bytes written as words
        flat = np.frombuffer(data, np.uint8)
        return flat[: flat.size // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1) if swapped else flat
    kind = np.dtype(f"{'<' if parsed.little_endian else '>'}u{allocated // 8}")
    whole = len(data) // kind.itemsize * kind.itemsize
    return np.frombuffer(data[:whole], kind).astype(kind.newbyteorder("="), copy=False)


def _shaped(flat: Samples, layout: Layout) -> Frame:
    size = (layout.rows, layout.columns)
    if layout.photometric in SUBSAMPLED:  # Y Y Cb Cr for each two pixels: luma alone is needed
        return Frame(flat.reshape(-1, 4)[:, :2].reshape(size), "YBR_FULL")
    if layout.samples == 1:
        return Frame(flat.reshape(size), layout.photometric)
    if layout.planar:
        return Frame(np.moveaxis(flat.reshape(layout.samples, *size), 0, 2), layout.photometric)
    return Frame(flat.reshape(*size, layout.samples), layout.photometric)


def _compressed(data: bytes, parsed: Parsed, layout: Layout) -> Iterator[Frame]:
    try:
        encoded = list(generate_frames(data, number_of_frames=layout.frames, extended_offsets=_offsets(parsed)))
    except UNREADABLE as error:
        raise damaged("its compressed pixels are not packed as DICOM asks") from error
    if len(encoded) < layout.frames:
        raise damaged("some of its frames are missing")
    for frame in encoded[: layout.frames]:
        yield decode_frame(parsed.syntax, frame, layout)


def _offsets(parsed: Parsed) -> tuple[bytes, bytes] | None:
    offsets = value(parsed.dataset, "ExtendedOffsetTable")
    lengths = value(parsed.dataset, "ExtendedOffsetTableLengths")
    return (offsets, lengths) if offsets and lengths else None


def _significant(samples: Samples, layout: Layout) -> Samples:
    """Reduce words to their significant bits.

    A JPEG family stream states its own precision, so there only the sign is restored: lossy values that overshoot
    Bits Stored must not wrap round.
    """
    if samples.dtype.kind == "i" and layout.signed:
        return samples
    words = samples.view(f"u{samples.itemsize}")
    whole = _arrives_whole(layout)
    if whole and layout.high_bit >= layout.stored:
        words = words >> np.asarray(layout.high_bit + 1 - layout.stored, words.dtype)
    spare = max(words.itemsize * 8 - layout.stored, 0)
    if layout.signed:
        signed: Samples = (words << np.asarray(spare, words.dtype)).view(f"i{words.itemsize}") >> spare
        return signed
    if whole and spare:
        words = words & np.asarray((1 << layout.stored) - 1, words.dtype)
    return words


def _arrives_whole(layout: Layout) -> bool:
    """Whether stored words arrive as they were allocated, spare bits and all."""
    return layout.syntax in NATIVE or layout.syntax == _RLE
