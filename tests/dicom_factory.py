"""DICOM films drawn, written and transcoded by the tests: no file of anybody's is needed."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite, write_dataset
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.sequence import Sequence as Sequence_
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

Pixels = NDArray[Any]

IMPLICIT, EXPLICIT, BIG, DEFLATED = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)
RLE = UID("1.2.840.10008.1.2.5")
JPEG_BASELINE, JPEG_EXTENDED, JPEG_LOSSLESS, JPEG_LOSSLESS_SV1 = (
    UID(f"1.2.840.10008.1.2.4.{number}") for number in (50, 51, 57, 70)
)
JPEG_LS, JPEG_LS_NEAR, JPEG_2000_LOSSLESS, JPEG_2000 = (
    UID(f"1.2.840.10008.1.2.4.{number}") for number in (80, 81, 90, 91)
)
HTJ2K_LOSSLESS, HTJ2K_RPCL, HTJ2K = (UID(f"1.2.840.10008.1.2.4.{number}") for number in (201, 202, 203))
MPEG4 = UID("1.2.840.10008.1.2.4.102")

DX = "1.2.840.10008.5.1.4.1.1.1.1"


def png(pixels: Pixels, level: int = 6) -> bytes:
    """Encode a PNG of any depth."""
    return bytes(imagecodecs.png_encode(pixels, level))


def film(rows: int = 48, columns: int = 64, *, bits: int = 12) -> Pixels:
    """Draw a smooth grey picture over most of ``bits`` bits, unlike its mirror images and its transpose."""
    y, x = np.mgrid[:rows, :columns]
    wave = (np.sin(x / 9) * np.cos(y / 7) + x / columns + y / (2 * rows)) / 2.6
    values = np.clip((wave + 0.4) / 1.5, 0, 1) * ((1 << bits) - 1)
    drawn: Pixels = values.astype(np.uint8 if bits <= 8 else np.uint16)
    return drawn


def colour_film(rows: int = 48, columns: int = 64) -> Pixels:
    """Three unlike 8-bit channels."""
    gray = film(rows, columns, bits=8)
    return np.dstack([gray, gray[::-1], 255 - gray])


def dataset(pixels: Pixels, **tags: object) -> Dataset:
    """Describe ``pixels`` (rows, columns), (frames, rows, columns) or (rows, columns, 3) as a DX image.

    ``tags`` are set last, so they may also contradict the pixels; None removes a tag.
    """
    data = Dataset()
    coloured = pixels.ndim == 3 and pixels.shape[2] == 3
    data.SOPClassUID, data.SOPInstanceUID, data.Modality = DX, "1.2.826.0.1.3680043.2.1125.1", "DX"
    data.Rows, data.Columns = pixels.shape[:2] if coloured else pixels.shape[-2:]
    data.SamplesPerPixel = 3 if coloured else 1
    data.PhotometricInterpretation = "RGB" if coloured else "MONOCHROME2"
    if coloured:
        data.PlanarConfiguration = 0
    if pixels.ndim == 3 and not coloured:
        data.NumberOfFrames = pixels.shape[0]
    data.BitsAllocated = pixels.itemsize * 8
    data.BitsStored = 8 if pixels.itemsize == 1 else 12
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    _set(data, tags)
    if "HighBit" not in data:
        data.HighBit = data.BitsStored - 1
    data.PixelData = pixels.tobytes()
    data["PixelData"].VR = "OW" if pixels.itemsize > 1 else "OB"
    return data


def sequence_item(**tags: object) -> Dataset:
    """Make a sequence's item."""
    item = Dataset()
    _set(item, tags)
    return item


def lut(first: int, table: Sequence[int], bits: int) -> Sequence_:
    """Make a LUT sequence, written as numbers of US."""
    item = sequence_item(LUTDescriptor=[len(table) % 65536, first, bits], LUTData=list(table))
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "US"
    return Sequence_([item])


def part10(data: Dataset, syntax: UID = EXPLICIT) -> bytes:
    """Write a whole file: preamble, meta header, data set."""
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.file_meta.MediaStorageSOPClassUID = data.get("SOPClassUID", DX)
    data.file_meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.2.1125.1"
    if syntax == BIG:
        _swap(data)
    out = io.BytesIO()
    known = {} if syntax.is_transfer_syntax else {"implicit_vr": False, "little_endian": True}
    dcmwrite(out, data, enforce_file_format=True, **known)
    return out.getvalue()


def bare(data: Dataset, *, implicit: bool, little_endian: bool = True) -> bytes:
    """Write the data set alone: no preamble, no meta header."""
    from pydicom.filebase import DicomBytesIO  # noqa: PLC0415 - used here alone

    out = DicomBytesIO()
    out.is_implicit_VR, out.is_little_endian = implicit, little_endian
    if not little_endian:
        _swap(data)
    write_dataset(out, data)
    return bytes(out.getvalue())


def compressed(frames: list[bytes], like: Pixels, syntax: UID, **tags: object) -> bytes:
    """Write a file of compressed frames; ``like`` is one frame, for the description."""
    data = dataset(like, **tags)
    if len(frames) > 1:
        data.NumberOfFrames = len(frames)
    data.PixelData = encapsulate(frames)
    data["PixelData"].VR = "OB"
    data["PixelData"].is_undefined_length = True
    return part10(data, syntax)


def rle_frame(pixels: Pixels) -> bytes:
    """Encode one frame as RLE."""
    coloured = pixels.ndim == 3
    encoded = RLELosslessEncoder.encode(
        pixels.tobytes(),
        rows=pixels.shape[0],
        columns=pixels.shape[1],
        number_of_frames=1,
        samples_per_pixel=3 if coloured else 1,
        bits_allocated=pixels.itemsize * 8,
        bits_stored=pixels.itemsize * 8,
        pixel_representation=int(pixels.dtype.kind == "i"),
        photometric_interpretation="RGB" if coloured else "MONOCHROME2",
        **({"planar_configuration": 0} if coloured else {}),
    )
    return bytes(encoded)


def jpeg_frame(pixels: Pixels, **options: Any) -> bytes:  # noqa: ANN401 - libjpeg's own
    """Encode one frame with libjpeg: 8 or 12 bits, lossy or ``lossless=True`` with ``predictor`` 1 to 7."""
    bits = 8 if pixels.itemsize == 1 else 12
    return bytes(imagecodecs.jpeg8_encode(pixels, **{"bitspersample": bits, "level": 98, **options}))


def deflated(data: bytes) -> bytes:
    """Deflate as DICOM does: raw, without zlib's header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def deflated_file(dataset_bytes: bytes) -> bytes:
    """Write a deflated file around any bytes."""
    meta = element(0x0002, 0x0010, b"UI", str(DEFLATED).encode().ljust(len(DEFLATED) + len(DEFLATED) % 2, b"\0"))
    return bytes(128) + b"DICM" + meta + deflated(dataset_bytes)


def element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    """Encode one element in explicit little endian, of a VR with a 16-bit length."""
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def _set(data: Dataset, tags: Mapping[str, object]) -> None:
    """Set or, with None, remove tags; values need not be valid."""
    with config.disable_value_validation():
        for keyword, value in tags.items():
            if value is not None:
                setattr(data, keyword, value)
            elif keyword in data:
                delattr(data, keyword)


def _swap(data: Dataset) -> None:
    """Turn the pixel words round, as big endian files hold them."""
    if data.BitsAllocated == 16:
        data.PixelData = np.frombuffer(data.PixelData, "<u2").astype(">u2").tobytes()
