"""What PNG and TIFF files say of themselves, read before any decoder sees them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.imaging.refusal import damaged

_PNG_SIZE = struct.Struct(">II")
_PNG_SIZE_AT = 16
_TIFF_VALUES = {1: "B", 3: "H", 4: "I"}
_MAX_TAG_VALUES = 4096


def png_size(data: bytes) -> tuple[int, int]:
    """Rows and columns of a PNG (its IHDR chunk)."""
    try:
        columns, rows = _PNG_SIZE.unpack_from(data, _PNG_SIZE_AT)
    except struct.error as error:
        raise damaged("it ends within its header") from error
    return rows, columns


@dataclass(frozen=True, slots=True)
class TiffPage:
    """The tags of one page that matter here (TIFF 6.0): sizes in pixels, bits a sample, photometric 0 = white is 0.

    ``reduced`` marks a smaller copy of another page, a thumbnail.
    """

    rows: int
    columns: int
    bits: int
    samples: int
    photometric: int
    orientation: int
    reduced: bool


def tiff_pages(data: bytes, max_pages: int) -> list[TiffPage]:
    """Read the pages of a classic TIFF, at most one more than ``max_pages``; loops between pages end there too."""
    order = "<" if data[:2] == b"II" else ">"
    pages: list[TiffPage] = []
    try:
        (offset,) = struct.unpack_from(f"{order}I", data, 4)
        while offset and len(pages) <= max_pages:
            tags, offset = _directory(data, order, offset)
            pages.append(_page(tags))
    except (struct.error, KeyError, IndexError) as error:
        raise damaged("its list of pages is broken or cut short") from error
    return pages


def _page(tags: Mapping[int, tuple[int, ...]]) -> TiffPage:
    return TiffPage(
        rows=tags[257][0],
        columns=tags[256][0],
        bits=max(tags.get(258, (1,))),
        samples=tags.get(277, (1,))[0],
        photometric=tags.get(262, (1,))[0],
        orientation=tags.get(274, (1,))[0],
        reduced=bool(tags.get(254, (0,))[0] & 1),
    )


def _directory(data: bytes, order: str, offset: int) -> tuple[dict[int, tuple[int, ...]], int]:
    (count,) = struct.unpack_from(f"{order}H", data, offset)
    tags = dict(_entries(data, order, offset + 2, count))
    (following,) = struct.unpack_from(f"{order}I", data, offset + 2 + 12 * count)
    return tags, following


def _entries(data: bytes, order: str, offset: int, count: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    for start in range(offset, offset + 12 * count, 12):
        tag, kind, length = struct.unpack_from(f"{order}HHI", data, start)
        if kind in _TIFF_VALUES and 0 < length <= _MAX_TAG_VALUES:
            form = f"{order}{length}{_TIFF_VALUES[kind]}"
            inline = struct.calcsize(form) <= 4  # noqa: PLR2004 - TIFF 6.0: values of up to four bytes stand in the entry
            (pointer,) = struct.unpack_from(f"{order}I", data, start + 8)
            yield tag, struct.unpack_from(form, data, start + 8 if inline else pointer)
