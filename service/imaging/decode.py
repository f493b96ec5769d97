"""One file's bytes to images, by what the bytes are; names and extensions are never believed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

from service.domain.errors import FileRejected
from service.imaging.dicom import decode_dicom, looks_like_dicom
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import DecodedFile, PixelImage
from service.imaging.raster import decode_jpeg, decode_png, decode_tiff
from service.imaging.refusal import RefusalError

Images = tuple[PixelImage, ...]
Format = Literal["png", "jpeg", "tiff"]
_RASTER: tuple[tuple[bytes, Format, Callable[[bytes, DecodeLimits], Images]], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png", decode_png),
    (b"\xff\xd8\xff", "jpeg", decode_jpeg),
    (b"II*\0", "tiff", decode_tiff),
    (b"MM\0*", "tiff", decode_tiff),
)
_WHAT_WE_TAKE = "Send the film itself as DICOM, PNG, JPEG or TIFF."


def decode_file(data: bytes, file_name: str, limits: DecodeLimits) -> DecodedFile:
    """Decode one file. Raises FileRejected, whatever the bytes are; not thread-safe (it silences warnings).

    The last except is the boundary to parsers and codecs of untrusted bytes, which raise nearly every built-in error.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(data, file_name, limits)
    except RefusalError as error:
        raise FileRejected(file_name, error.code, f"{file_name}: {error.detail}") from error
    except MemoryError as error:
        detail = f"{file_name} needs more memory than a film may. Send a single film, uncompressed if possible."
        raise FileRejected(file_name, "decoder-failed", detail) from error
    except Exception as error:
        detail = f"{file_name}: The file is damaged and could not be read. Export it again from its source."
        raise FileRejected(file_name, "undecodable-pixel-data", detail) from error


def _decoded(data: bytes, file_name: str, limits: DecodeLimits) -> DecodedFile:
    if not data:
        raise RefusalError("empty-file", "The file is empty. Export it again and check that the copy ended.")
    if looks_like_dicom(data):  # first: a DICOM preamble may pose as a TIFF
        return DecodedFile(file_name, "dicom", *decode_dicom(data, limits))
    for magic, name, decode in _RASTER:
        if data.startswith(magic):
            return DecodedFile(file_name, name, decode(data, limits))
    raise RefusalError("not-an-image", _name_of(data))


def _name_of(data: bytes) -> str:
    known = {b"%PDF": "a PDF document", b"PK\x03\x04": "an archive inside an archive", b"GIF8": "a GIF picture"}
    what = known.get(data[:4], "not a film: its content is neither DICOM nor a picture")
    return f"This is {what}. {_WHAT_WE_TAKE}"
