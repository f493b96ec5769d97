from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID

from service.imaging.pixels import display
from tests import dicom_factory as made
from tests.dicom_factory import Pixels
from tests.unit.imaging.reading import image_of

RGB = made.colour_film()
GRAY = made.film(bits=8)


def luma(rgb: Pixels) -> Pixels:
    return np.asarray(rgb.astype(np.float64) @ (0.299, 0.587, 0.114))


def ycc(rgb: Pixels) -> Pixels:
    """BT.601 at full range (PS3.3 C.7.6.3.1.2)."""
    matrix = np.array([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])
    converted: Pixels = np.clip(np.rint(rgb @ matrix.T + (0, 128, 128)), 0, 255).astype(np.uint8)
    return converted


@pytest.mark.parametrize("syntax", [made.IMPLICIT, made.EXPLICIT, made.BIG])
@pytest.mark.parametrize("planar", [0, 1])
def test_rgb_by_pixel_and_by_plane(syntax: UID, planar: int) -> None:
    data = made.dataset(RGB, PlanarConfiguration=planar)
    data.PixelData = (np.moveaxis(RGB, 2, 0) if planar else RGB).tobytes()
    np.testing.assert_allclose(image_of(made.part10(data, syntax)).pixels, luma(RGB), atol=1e-3)


def test_stored_range_of_colour_is_of_the_samples() -> None:
    stored = image_of(made.part10(made.dataset(RGB))).stored
    assert (stored.minimum, stored.maximum) == (RGB.min(), RGB.max())
    assert stored.mean == pytest.approx(RGB.mean())


def test_native_ybr_full_is_its_luma() -> None:
    data = made.dataset(ycc(RGB), PhotometricInterpretation="YBR_FULL")
    np.testing.assert_allclose(image_of(made.part10(data)).pixels, luma(RGB), atol=0.51)


def test_native_ybr_full_422_is_its_luma() -> None:
    full = ycc(RGB).reshape(RGB.shape[0], -1, 2, 3)
    halved = np.concatenate([full[..., 0], full[:, :, :1, 1], full[:, :, :1, 2]], axis=-1)
    data = made.dataset(RGB, PhotometricInterpretation="YBR_FULL_422")
    data.PixelData = halved.tobytes()
    np.testing.assert_allclose(image_of(made.part10(data)).pixels, luma(RGB), atol=0.51)


@pytest.mark.parametrize(
    ("photometric", "syntax", "frame"),
    [
        ("YBR_FULL_422", made.JPEG_BASELINE, made.jpeg_frame(RGB, subsampling="422")),
        ("YBR_FULL", made.JPEG_BASELINE, made.jpeg_frame(RGB, subsampling="444")),
        ("RGB", made.JPEG_BASELINE, made.jpeg_frame(RGB, subsampling="444")),  # wrong tag, right stream
        ("RGB", made.JPEG_BASELINE, made.jpeg_frame(RGB, colorspace="RGB", outcolorspace="RGB")),
        ("YBR_FULL", made.JPEG_BASELINE, made.jpeg_frame(RGB, colorspace="RGB", outcolorspace="RGB")),  # wrong tag
    ],
)
def test_jpeg_colours_go_by_what_the_stream_says(photometric: str, syntax: UID, frame: bytes) -> None:
    image = image_of(made.compressed([frame], RGB, syntax, PhotometricInterpretation=photometric))
    assert np.abs(image.pixels - luma(RGB)).mean() < 2


def test_jpeg_that_says_nothing_goes_by_the_tag() -> None:
    frame = made.jpeg_frame(RGB, subsampling="444")
    silent = frame[:2] + frame[2 + 2 + int.from_bytes(frame[4:6], "big") :]  # without its JFIF segment
    assert b"JFIF" not in silent
    image = image_of(made.compressed([silent], RGB, made.JPEG_BASELINE, PhotometricInterpretation="YBR_FULL"))
    assert np.abs(image.pixels - luma(RGB)).mean() < 2


@pytest.mark.parametrize(
    ("photometric", "syntax", "frame"),
    [
        ("RGB", made.RLE, made.rle_frame(RGB)),
        ("RGB", made.JPEG_LOSSLESS_SV1, made.jpeg_frame(RGB, lossless=True, predictor=1)),
        ("RGB", made.JPEG_LS, bytes(imagecodecs.jpegls_encode(RGB))),
        (
            "YBR_RCT",
            made.JPEG_2000_LOSSLESS,
            bytes(imagecodecs.jpeg2k_encode(RGB, 0, reversible=True, codecformat="j2k")),
        ),
        ("YBR_ICT", made.JPEG_2000, bytes(imagecodecs.jpeg2k_encode(RGB, 100, reversible=False, codecformat="j2k"))),
        ("YBR_RCT", made.HTJ2K_LOSSLESS, bytes(imagecodecs.htj2k_encode(RGB, reversible=True))),
    ],
)
def test_other_compressed_colour(photometric: str, syntax: UID, frame: bytes) -> None:
    image = image_of(made.compressed([frame], RGB, syntax, PhotometricInterpretation=photometric))
    np.testing.assert_allclose(image.pixels, luma(RGB), atol=0.5 if photometric != "YBR_ICT" else 3)


def palette(bits: int, **tags: object) -> Dataset:
    ramp = np.arange(256, dtype=np.uint16)
    tables = {"Red": 255 - ramp, "Green": ramp, "Blue": ramp // 2}
    data = made.dataset(GRAY, PhotometricInterpretation="PALETTE COLOR", **tags)
    for colour, table in tables.items():
        words = table.astype(np.uint8) if bits == 8 else (table * 257).astype("<u2")
        setattr(data, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, bits])
        data[f"{colour}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(data, f"{colour}PaletteColorLookupTableData", words.tobytes())
    return data


@pytest.mark.parametrize(("bits", "scale"), [(8, 1), (16, 257)])
def test_palette_colour(bits: int, scale: int) -> None:
    ramp = np.arange(256.0)
    expected = (0.299 * (255 - ramp) + 0.587 * ramp + 0.114 * (ramp // 2))[GRAY] * scale
    image = image_of(made.part10(palette(bits)))
    np.testing.assert_allclose(image.pixels, expected, rtol=1e-4, atol=0.01)
    assert image.stored.maximum == GRAY.max()


def test_grey_film_sent_as_rgb_looks_the_same() -> None:
    as_gray = image_of(made.part10(made.dataset(GRAY)))
    as_rgb = image_of(made.part10(made.dataset(np.dstack([GRAY] * 3))))
    np.testing.assert_allclose(display(as_rgb), display(as_gray), atol=1e-5)


def test_small_tile_at_the_edge_of_a_tiled_image_is_filled_up() -> None:
    whole, edge = made.jpeg_frame(GRAY), made.jpeg_frame(np.ascontiguousarray(GRAY[:20, :30]))
    data = made.compressed([whole, edge], GRAY, made.JPEG_BASELINE)
    from tests.unit.imaging.reading import images_of  # noqa: PLC0415 - used here alone

    _, tile = images_of(data)
    assert tile.pixels.shape == GRAY.shape
    assert not tile.pixels[20:].any()
    assert np.abs(tile.pixels[:20, :30] - GRAY[:20, :30]).max() < 6
