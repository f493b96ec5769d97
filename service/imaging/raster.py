"""PNG, JPEG and TIFF to images: grey, upright, without their metadata.

Each decoder takes the file's bytes and the limits, checks the size that the header states before it decodes, and
raises RefusalError. 8-bit pictures are display-ready: their window is their whole range. Deeper ones carry none.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from types import MappingProxyType

import imagecodecs
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from service.imaging.colour import Samples, luma, over_black
from service.imaging.limits import DecodeLimits, check_size
from service.imaging.pixels import PixelImage, StoredRange
from service.imaging.raster_header import TiffPage, png_size, tiff_pages
from service.imaging.refusal import RefusalError, damaged
from service.imaging.voi import Gray, levels_of, spanning

Images = tuple[PixelImage, ...]
_WHITE_IS_ZERO = 0
_BYTE = 8
_BYTE_WINDOW = spanning(0.0, 255.0)
_GRAY_ALPHA, _RGB, _RGB_ALPHA = 2, 3, 4  # channels
_FLAT = 2  # dimensions of (rows, columns)


def decode_png(data: bytes, limits: DecodeLimits) -> Images:
    """1 to 16 bits, palette, alpha and ``tRNS`` (laid on black); of an animation the still picture only."""
    check_size(*png_size(data), 1, limits)
    try:
        samples = imagecodecs.png_decode(data)
    except imagecodecs.PngError as error:
        raise damaged("its compressed pixels are broken or cut short") from error
    return _images("png", [samples])


def decode_jpeg(data: bytes, limits: DecodeLimits) -> Images:
    """Grey, RGB, CMYK (also Adobe's inverted), turned upright as its EXIF says."""
    return _images("jpeg", [_upright(data, "JPEG", 0, limits)])


def decode_tiff(data: bytes, limits: DecodeLimits) -> Images:
    """8 and 16 bits (also 32, integer or float), each page but thumbnails an image, turned upright."""
    pages = tiff_pages(data, limits.max_frames)
    if not pages:
        raise damaged("it holds no page")
    check_size(max(page.rows for page in pages), max(page.columns for page in pages), len(pages), limits)
    return _images("tiff", _tiff_samples(data, pages, limits))


def _tiff_samples(data: bytes, pages: list[TiffPage], limits: DecodeLimits) -> Iterator[Samples]:
    whole = [(index, page) for index, page in enumerate(pages) if not page.reduced]
    for index, page in whole or enumerate(pages):
        if page.bits > _BYTE:  # Pillow knows few of these
            yield _deep_tiff(data, index, page)
        else:
            yield _upright(data, "TIFF", index, limits)


def _deep_tiff(data: bytes, index: int, page: TiffPage) -> Samples:
    try:
        samples = np.asarray(imagecodecs.tiff_decode(data, index))
    except (imagecodecs.TiffError, ValueError, IndexError) as error:
        raise damaged("its compressed pixels are broken or cut short") from error
    if page.photometric == _WHITE_IS_ZERO and samples.dtype.kind == "u":
        samples = np.iinfo(samples.dtype).max - samples
    return _turned(samples, page.orientation)


def _turned(samples: Samples, orientation: int) -> Samples:
    """Undo one of TIFF's and EXIF's eight orientations (TIFF 6.0, tag 274)."""
    if orientation in (5, 6, 7, 8):
        samples = samples.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return samples


def _upright(data: bytes, form: str, page: int, limits: DecodeLimits) -> Samples:
    """Decode with Pillow: (rows, columns) or (rows, columns, channels) of 8 bits, alpha last."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[form]) as picture:
                picture.seek(page)
                check_size(picture.height, picture.width, 1, limits)
                return _plain(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusalError("too-large", "The picture has far more pixels than a film. Send a single film.") from error
    except (UnidentifiedImageError, OSError, EOFError, SyntaxError, ValueError) as error:
        raise damaged("its compressed pixels are broken or cut short") from error


def _plain(picture: Image.Image) -> Samples:
    if picture.mode in ("L", "RGB", "RGBA", "LA"):
        return np.asarray(picture)
    if picture.mode == "1":
        return np.asarray(picture.convert("L"))
    transparent = picture.mode == "PA" or "transparency" in picture.info
    return np.asarray(picture.convert("RGBA" if transparent else "RGB"))


def _images(form: str, pages: Iterator[Samples] | list[Samples]) -> Images:
    return tuple(_image(form, frame, samples) for frame, samples in enumerate(pages))


def _image(form: str, frame: int, samples: Samples) -> PixelImage:
    if samples.dtype.kind not in "uif":
        raise damaged("its samples are no grey values")
    minimum, maximum = float(samples.min()), float(samples.max())
    if not np.isfinite([minimum, maximum]).all():
        raise damaged("some of its grey values are no numbers")
    if minimum == maximum:
        raise RefusalError("constant-image", "Every pixel of this picture is the same: no film. Check what was sent.")
    pixels = _gray(samples)
    return PixelImage(
        pixels=pixels,
        stored=StoredRange(minimum, maximum, float(samples.mean(dtype=np.float64))),
        frame=frame,
        window=_BYTE_WINDOW if samples.dtype == np.uint8 else None,
        tags=MappingProxyType({"SourceFormat": form}),
        levels=levels_of(pixels),
    )


def _gray(samples: Samples) -> Gray:
    if samples.ndim == _FLAT:
        return np.ascontiguousarray(samples, dtype=np.float32)
    channels = samples.shape[2]
    gray = luma(samples) if channels >= _RGB else samples[..., 0].astype(np.float32)
    if channels in (_GRAY_ALPHA, _RGB_ALPHA) and samples.dtype.kind == "u":
        return over_black(gray, samples[..., -1], np.iinfo(samples.dtype).max)
    return gray
