"""What the imaging tests share: decode in this process, and ask why a file was refused."""

from __future__ import annotations

import pytest

from service.domain.errors import FileRejected
from service.imaging.decode import decode_file
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import PixelImage


def images_of(data: bytes, limits: DecodeLimits | None = None) -> tuple[PixelImage, ...]:
    return decode_file(data, "film", limits or DecodeLimits()).images


def image_of(data: bytes) -> PixelImage:
    (image,) = images_of(data)
    return image


def refusal_of(data: bytes, limits: DecodeLimits | None = None) -> FileRejected:
    with pytest.raises(FileRejected) as caught:
        decode_file(data, "film.bin", limits or DecodeLimits())
    assert caught.value.file_name == "film.bin"
    assert caught.value.detail.startswith("film.bin")
    return caught.value
