"""Files with random damage give an image or a refusal and nothing else; seeded, a few seconds."""

from __future__ import annotations

import random
from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import UID

from service.domain.errors import FileRejected
from service.imaging.archive import expand_file
from service.imaging.decode import decode_file
from service.imaging.limits import MIB, DecodeLimits
from tests import dicom_factory as made
from tests.unit.imaging.test_archive import packed
from tests.unit.imaging.test_raster import tiff

FILM, BYTES = made.film(24, 32), made.film(24, 32, bits=8)
LIMITS = DecodeLimits(max_pixels=4_000_000, max_inflated_bytes=16 * MIB, max_archive_bytes=16 * MIB)
ROUNDS = 150


def _rich(syntax: UID = made.EXPLICIT) -> bytes:
    return made.part10(
        made.dataset(
            np.stack([FILM, FILM]),
            ModalityLUTSequence=made.lut(0, range(4096), 16),
            VOILUTSequence=made.lut(0, range(4096), 12),
            WindowCenter=["2000", "1"],
            WindowWidth=["900", "2"],
            PixelPaddingValue=0,
            PixelSpacing=["0.1", "0.1"],
            PatientAge="040Y",
        ),
        syntax,
    )


SEEDS = {
    "explicit": _rich(),
    "implicit": _rich(made.IMPLICIT),
    "big": _rich(made.BIG),
    "deflated": _rich(made.DEFLATED),
    "bare": made.bare(made.dataset(FILM), implicit=True),
    "rgb": made.part10(made.dataset(made.colour_film(24, 32))),
    "rle": made.compressed([made.rle_frame(FILM)], FILM, made.RLE),
    "jpeg": made.compressed([made.jpeg_frame(BYTES)], BYTES, made.JPEG_BASELINE),
    "jpeg12": made.compressed([made.jpeg_frame(FILM)], FILM, made.JPEG_EXTENDED),
    "jpeg-lossless": made.compressed([made.jpeg_frame(FILM, lossless=True)], FILM, made.JPEG_LOSSLESS),
    "jpeg-ls": made.compressed([bytes(imagecodecs.jpegls_encode(FILM))], FILM, made.JPEG_LS),
    "j2k": made.compressed(
        [bytes(imagecodecs.jpeg2k_encode(FILM, 0, reversible=True, codecformat="j2k"))], FILM, made.JPEG_2000_LOSSLESS
    ),
    "htj2k": made.compressed([bytes(imagecodecs.htj2k_encode(FILM, reversible=True))], FILM, made.HTJ2K),
    "png": made.png(FILM),
    "jpg": bytes(imagecodecs.jpeg8_encode(BYTES)),
    "tiff": tiff(BYTES),
    "tiff16": tiff(FILM),
}


def flip(data: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def flip_head(data: bytes, chance: random.Random) -> bytes:
    """Damage what describes the pixels rather than the pixels."""
    start = 132 if data[128:132] == b"DICM" else 0
    head = start + 400
    return data[:start] + flip(data[start:head], chance) + data[head:]


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def splice(data: bytes, chance: random.Random) -> bytes:
    here, there, length = chance.randrange(len(data)), chance.randrange(len(data)), chance.randrange(64)
    return data[:here] + data[there : there + length] + data[here:]


@pytest.mark.parametrize("damage", [flip, flip_head, cut, splice])
@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_files(seed: str, damage: Callable[[bytes, random.Random], bytes]) -> None:
    chance = random.Random(f"{seed}{damage.__name__}")  # noqa: S311 - reproducible damage, no secret
    for _ in range(ROUNDS // 4):
        try:
            images = decode_file(damage(SEEDS[seed], chance), "film", LIMITS).images
        except FileRejected:
            continue
        assert images
        assert all(image.pixels.dtype == np.float32 and image.pixels.ndim == 2 for image in images)


@pytest.mark.parametrize("damage", [flip, cut, splice])
def test_damaged_archives(damage: Callable[[bytes, random.Random], bytes]) -> None:
    chance = random.Random(damage.__name__)  # noqa: S311 - reproducible damage, no secret
    data = packed({"a": SEEDS["png"], "b/c": SEEDS["jpeg"]})
    for _ in range(ROUNDS):
        try:
            assert expand_file(damage(data, chance), "study.zip", LIMITS)
        except FileRejected:
            continue
