"""Transfer syntaxes and the decoder of each. All decoders are imagecodecs' (BSD), one frame at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import imagecodecs
import numpy as np

from service.imaging.codestream import Codestream, jpeg2000_header, jpeg_header
from service.imaging.colour import Samples
from service.imaging.dicom_layout import Layout
from service.imaging.refusal import RefusalError, damaged

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
NATIVE = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, DEFLATED, EXPLICIT_BIG})
_ERRORS = (
    imagecodecs.Jpeg8Error,
    imagecodecs.JpeglsError,
    imagecodecs.Jpeg2kError,
    imagecodecs.DicomrleError,
    ValueError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame's samples, (rows, columns) or (rows, columns, 3), and how to read their colours."""

    samples: Samples
    photometric: str


def decode_frame(syntax: str, data: bytes, layout: Layout) -> Frame:
    """Decode one frame of a compressed transfer syntax. Raises RefusalError."""
    decoder = _DECODERS.get(syntax)
    if decoder is None:
        raise unsupported(syntax)
    try:
        frame = decoder(data, layout)
    except _ERRORS as error:
        raise damaged("its compressed pixels are broken or cut short") from error
    return Frame(_whole(frame.samples, layout), frame.photometric)


def unsupported(syntax: str) -> RefusalError:
    """Refuse a transfer syntax that no decoder here reads; only its number goes into the text."""
    name = syntax if syntax.replace(".", "").isdecimal() else "unknown"
    what = f"The file's compression (transfer syntax {name}) is not supported."
    return RefusalError("unsupported-transfer-syntax", f"{what} Export it uncompressed, or as JPEG 2000 or JPEG-LS.")


def supported(syntax: str) -> bool:
    """Whether a transfer syntax can be read."""
    return syntax in NATIVE or syntax in _DECODERS


def _jpeg(data: bytes, layout: Layout) -> Frame:
    """Baseline, extended and lossless, 2 to 16 bits. Colours are not converted here: luma is channel 0 of YCbCr.

    A stream that names its colour model is believed before the header, which is often left over from before.
    """
    header = jpeg_header(data)
    _require_fit(header, layout)
    if header.components != 3 or _is_lossless(layout):  # noqa: PLR2004 - three colours
        return Frame(imagecodecs.jpeg8_decode(data), layout.photometric)
    samples = imagecodecs.jpeg8_decode(data, colorspace="RGB", outcolorspace="RGB")
    ycc = layout.photometric.startswith("YBR") if header.ycc is None else header.ycc
    return Frame(samples, "YBR_FULL" if ycc else "RGB")


def _is_lossless(layout: Layout) -> bool:
    return layout.syntax in _LOSSLESS_JPEG


def _jpeg_ls(data: bytes, layout: Layout) -> Frame:
    _require_fit(jpeg_header(data), layout)
    return Frame(imagecodecs.jpegls_decode(data), layout.photometric)


def _jpeg_2000(data: bytes, layout: Layout) -> Frame:
    """JPEG 2000 and HTJ2K, both by OpenJPEG, which undoes ICT and RCT: what comes out is RGB."""
    _require_fit(jpeg2000_header(data), layout)
    photometric = "RGB" if layout.photometric in ("YBR_ICT", "YBR_RCT") else layout.photometric
    return Frame(imagecodecs.jpeg2k_decode(data), photometric)


def _rle(data: bytes, layout: Layout) -> Frame:
    """PS3.5 annex G: byte planes from the most significant, colour by colour.

    Runs grow up to 64-fold, so what they may grow to is bounded; some writers leave slack at the end of a plane.
    """
    kind = np.dtype(f"u{layout.allocated // 8}")
    expected = layout.rows * layout.columns * layout.samples
    flat = np.frombuffer(imagecodecs.dicomrle_decode(data, kind, out=2 * expected * kind.itemsize), kind)[:expected]
    if flat.size < expected:
        raise damaged("its compressed pixels are cut short")
    if layout.samples == 1:
        return Frame(flat.reshape(layout.rows, layout.columns), layout.photometric)
    return Frame(np.moveaxis(flat.reshape(layout.samples, layout.rows, layout.columns), 0, 2), layout.photometric)


def _require_fit(header: Codestream, layout: Layout) -> None:
    """Refuse before decoding what would not be the image that the data set describes, a bomb among others.

    Tiles at the edge of a tiled image may be smaller than stated; the only frame of a file may not.
    """
    too_big = header.rows > layout.rows or header.columns > layout.columns
    smaller = header.rows < layout.rows or header.columns < layout.columns
    if too_big or (smaller and layout.frames == 1) or header.components != layout.samples:
        raise damaged("its compressed pixels are not of the size that it states")


def _whole(samples: Samples, layout: Layout) -> Samples:
    """Fill a smaller tile up with zeros, at the right and below."""
    rows, columns = samples.shape[:2]
    if (rows, columns) == (layout.rows, layout.columns):
        return samples
    if rows > layout.rows or columns > layout.columns:
        raise damaged("its compressed pixels are not of the size that it states")
    whole = np.zeros((layout.rows, layout.columns, *samples.shape[2:]), samples.dtype)
    whole[:rows, :columns] = samples
    return whole


_JPEG = "1.2.840.10008.1.2.4"
_LOSSLESS_JPEG = frozenset({f"{_JPEG}.57", f"{_JPEG}.70"})
_DECODERS: dict[str, Callable[[bytes, Layout], Frame]] = {
    "1.2.840.10008.1.2.5": _rle,
    **dict.fromkeys((f"{_JPEG}.50", f"{_JPEG}.51", *_LOSSLESS_JPEG), _jpeg),
    **dict.fromkeys((f"{_JPEG}.80", f"{_JPEG}.81"), _jpeg_ls),
    **dict.fromkeys((f"{_JPEG}.90", f"{_JPEG}.91", *(f"{_JPEG}.20{n}" for n in (1, 2, 3))), _jpeg_2000),
}
