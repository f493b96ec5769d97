from __future__ import annotations

from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import UID

from tests import dicom_factory as made
from tests.dicom_factory import Pixels
from tests.unit.imaging.reading import image_of, images_of

DEEP, BYTES = made.film(), made.film(bits=8)
SIGNED = DEEP.astype(np.int16) - 2000


def _j2k(pixels: Pixels) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(pixels, level=0, reversible=True, codecformat="j2k"))


def _htj2k(pixels: Pixels) -> bytes:
    return bytes(imagecodecs.htj2k_encode(pixels, reversible=True))


def _lossless(predictor: int) -> Callable[[Pixels], bytes]:
    return lambda pixels: made.jpeg_frame(pixels, lossless=True, predictor=predictor)


LOSSLESS = [
    pytest.param(made.RLE, made.rle_frame, id="rle"),
    *(pytest.param(made.JPEG_LOSSLESS, _lossless(n), id=f"jpeg-lossless-selection-{n}") for n in range(1, 8)),
    pytest.param(made.JPEG_LOSSLESS_SV1, _lossless(1), id="jpeg-lossless-sv1"),
    pytest.param(made.JPEG_LS, imagecodecs.jpegls_encode, id="jpeg-ls"),
    pytest.param(made.JPEG_2000_LOSSLESS, _j2k, id="jpeg-2000"),
    pytest.param(made.HTJ2K_LOSSLESS, _htj2k, id="htj2k"),
    pytest.param(made.HTJ2K_RPCL, _htj2k, id="htj2k-rpcl"),
]


@pytest.mark.parametrize("syntax", [made.IMPLICIT, made.EXPLICIT, made.BIG, made.DEFLATED])
@pytest.mark.parametrize("pixels", [BYTES, DEEP, SIGNED], ids=["8", "12", "signed"])
def test_native_pixels_come_back_exactly(syntax: UID, pixels: Pixels) -> None:
    image = image_of(made.part10(made.dataset(pixels), syntax))
    np.testing.assert_array_equal(image.pixels, pixels)
    assert image.pixels.dtype == np.float32
    assert (image.stored.minimum, image.stored.maximum) == (pixels.min(), pixels.max())
    assert image.stored.mean == pytest.approx(pixels.mean())


@pytest.mark.parametrize(("syntax", "encode"), LOSSLESS)
@pytest.mark.parametrize("pixels", [BYTES, DEEP], ids=["8", "12"])
def test_lossless_compression_comes_back_exactly(
    syntax: UID, encode: Callable[[Pixels], bytes], pixels: Pixels
) -> None:
    image = image_of(made.compressed([encode(pixels)], pixels, syntax))
    np.testing.assert_array_equal(image.pixels, pixels)


@pytest.mark.parametrize(
    ("syntax", "encode"),
    [
        (made.RLE, made.rle_frame),
        (made.JPEG_LOSSLESS_SV1, lambda pixels: made.jpeg_frame(pixels, lossless=True, bitspersample=16)),
        (made.JPEG_LS, imagecodecs.jpegls_encode),
    ],
)
def test_signed_pixels_survive_codecs_that_know_no_sign(syntax: UID, encode: Callable[[Pixels], bytes]) -> None:
    data = made.compressed([encode(SIGNED.view(np.uint16))], SIGNED, syntax, BitsStored=16)
    np.testing.assert_array_equal(image_of(data).pixels, SIGNED)


@pytest.mark.parametrize("encode", [_j2k, _htj2k])
def test_signed_pixels_survive_codecs_that_know_the_sign(encode: Callable[[Pixels], bytes]) -> None:
    data = made.compressed([encode(SIGNED)], SIGNED, made.JPEG_2000_LOSSLESS)
    np.testing.assert_array_equal(image_of(data).pixels, SIGNED)


@pytest.mark.parametrize(
    ("syntax", "encode", "pixels", "tolerance"),
    [
        pytest.param(made.JPEG_BASELINE, made.jpeg_frame, BYTES, 3, id="jpeg-baseline"),
        pytest.param(made.JPEG_EXTENDED, made.jpeg_frame, BYTES, 3, id="jpeg-extended-8"),
        pytest.param(made.JPEG_EXTENDED, made.jpeg_frame, DEEP, 8, id="jpeg-extended-12"),
        pytest.param(made.JPEG_LS_NEAR, lambda p: imagecodecs.jpegls_encode(p, 2), DEEP, 2, id="jpeg-ls-near"),
        pytest.param(made.JPEG_2000, lambda p: imagecodecs.jpeg2k_encode(p, 100, codecformat="j2k"), DEEP, 8, id="j2k"),
        pytest.param(made.HTJ2K, lambda p: imagecodecs.htj2k_encode(p, level=0.0001), DEEP, 12, id="htj2k"),
    ],
)
def test_lossy_compression_stays_close(
    syntax: UID, encode: Callable[[Pixels], bytes], pixels: Pixels, tolerance: int
) -> None:
    image = image_of(made.compressed([bytes(encode(pixels))], pixels, syntax))
    assert np.abs(image.pixels - pixels).max() <= tolerance


@pytest.mark.parametrize("syntax", [made.EXPLICIT, made.RLE, made.JPEG_LS])
def test_each_frame_is_an_image(syntax: UID) -> None:
    frames = [DEEP, DEEP[::-1], DEEP[:, ::-1]]
    if syntax == made.EXPLICIT:
        data = made.part10(made.dataset(np.stack(frames)))
    else:
        encode = made.rle_frame if syntax == made.RLE else imagecodecs.jpegls_encode
        data = made.compressed([bytes(encode(np.ascontiguousarray(frame))) for frame in frames], DEEP, syntax)
    images = images_of(data)
    assert [image.frame for image in images] == [0, 1, 2]
    for image, frame in zip(images, frames, strict=True):
        np.testing.assert_array_equal(image.pixels, frame)


def test_one_frame_may_span_several_fragments() -> None:
    from pydicom.encaps import encapsulate  # noqa: PLC0415 - used here alone

    data = made.dataset(DEEP)
    data.PixelData = encapsulate([bytes(imagecodecs.jpegls_encode(DEEP))], fragments_per_frame=3, has_bot=False)
    data["PixelData"].is_undefined_length = True
    np.testing.assert_array_equal(image_of(made.part10(data, made.JPEG_LS)).pixels, DEEP)


def test_file_without_preamble() -> None:
    np.testing.assert_array_equal(image_of(made.part10(made.dataset(DEEP))[132:]).pixels, DEEP)


def test_file_whose_preamble_alone_was_cut_off() -> None:
    np.testing.assert_array_equal(image_of(made.part10(made.dataset(DEEP))[128:]).pixels, DEEP)


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_file_without_meta_header(*, implicit: bool, little: bool) -> None:
    data = made.bare(made.dataset(DEEP), implicit=implicit, little_endian=little)
    np.testing.assert_array_equal(image_of(data).pixels, DEEP)


def test_preamble_that_poses_as_a_tiff_is_still_dicom() -> None:
    data = made.part10(made.dataset(DEEP))
    np.testing.assert_array_equal(image_of(b"II*\0" + data[4:]).pixels, DEEP)


def test_bytes_written_as_big_endian_words() -> None:
    data = made.dataset(BYTES)
    data.PixelData = np.frombuffer(data.PixelData, np.uint8).reshape(-1, 2)[:, ::-1].tobytes()
    data["PixelData"].VR = "OW"
    np.testing.assert_array_equal(image_of(made.part10(data, made.BIG)).pixels, BYTES)


def test_one_bit_pixels() -> None:
    bits = (DEEP > 2000).astype(np.uint8)
    data = made.dataset(bits, BitsAllocated=1, BitsStored=1)
    data.PixelData = np.packbits(bits, bitorder="little").tobytes()
    np.testing.assert_array_equal(image_of(made.part10(data)).pixels, bits)


def test_thirty_two_bit_pixels() -> None:
    deep = DEEP.astype(np.uint32) * 1000
    np.testing.assert_array_equal(image_of(made.part10(made.dataset(deep, BitsStored=32))).pixels, deep)
