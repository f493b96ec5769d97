"""What a compressed frame says of itself before it is decoded: JPEG, JPEG-LS and JPEG 2000 headers."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from service.imaging.refusal import damaged

_FRAME_MARKERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = {0x01, *range(0xD0, 0xD8)}
_SCAN, _END, _JFIF, _ADOBE = 0xDA, 0xD9, 0xE0, 0xEE
_SIZE = struct.Struct(">BHHB")
_SIZ_MARKER = b"\xff\x4f\xff\x51"
_SIZ = struct.Struct(">HHIIII")
_ADOBE_TRANSFORM_AT = 11
_RGB_COMPONENTS = b"RGB"


@dataclass(frozen=True, slots=True)
class Codestream:
    """Sizes in pixels; ``ycc`` is what the stream says of its colours: YCbCr (True), RGB (False) or nothing (None)."""

    rows: int
    columns: int
    components: int
    ycc: bool | None = None


def jpeg_header(data: bytes) -> Codestream:
    """Read a JPEG or JPEG-LS frame header. A stream that has no scan or never ends is refused as cut short."""
    start = data.find(b"\xff\xd8")
    position = start + 2
    ycc: bool | None = None
    frame: Codestream | None = None
    while start >= 0 and position + 4 <= len(data):
        if data[position] != 0xFF or data[position + 1] == 0xFF:  # noqa: PLR2004 - fill bytes before a marker
            position += 1
            continue
        marker = data[position + 1]
        if marker in _BARE_MARKERS:
            position += 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        body = data[position + 4 : position + 2 + length]
        ycc = _colours(marker, body, ycc)
        if marker in _FRAME_MARKERS:
            frame = _frame(body)
        if marker == _SCAN and frame:
            _require_end(data, position)
            return Codestream(frame.rows, frame.columns, frame.components, frame.ycc if ycc is None else ycc)
        position += 2 + max(length, 2)
    raise damaged("its compressed pixels have no header or are cut short")


def jpeg2000_header(data: bytes) -> Codestream:
    """Read the SIZ segment of a JPEG 2000 or HTJ2K stream, bare or in a JP2 box (ISO/IEC 15444-1 A.5.1)."""
    start = data.find(_SIZ_MARKER)
    try:
        _, _, x1, y1, x0, y0 = _SIZ.unpack_from(data, start + len(_SIZ_MARKER))
        (components,) = struct.unpack_from(">H", data, start + len(_SIZ_MARKER) + 36)
    except struct.error as error:
        raise damaged("its compressed pixels are cut short") from error
    if start < 0 or data.rfind(b"\xff\xd9") < start:
        raise damaged("its compressed pixels have no header or are cut short")
    return Codestream(y1 - y0, x1 - x0, components)


def _frame(body: bytes) -> Codestream:
    if len(body) < _SIZE.size:
        raise damaged("its compressed pixels are cut short")
    _, rows, columns, components = _SIZE.unpack_from(body)
    names = body[_SIZE.size :: 3][:3]
    return Codestream(rows, columns, components, False if names == _RGB_COMPONENTS else None)


def _colours(marker: int, body: bytes, known: bool | None) -> bool | None:
    """Adobe's marker says it outright (1 and 2: transformed); JFIF implies YCbCr."""
    if marker == _ADOBE and body.startswith(b"Adobe") and len(body) > _ADOBE_TRANSFORM_AT:
        return body[_ADOBE_TRANSFORM_AT] != 0
    return True if marker == _JFIF and body.startswith(b"JFIF") and known is None else known


def _require_end(data: bytes, scan: int) -> None:
    """Entropy-coded data cannot hold an end marker, so its absence after the scan means that bytes are missing."""
    if data.rfind(bytes([0xFF, _END])) < scan:
        raise damaged("its compressed pixels are cut short")
