from __future__ import annotations

import io
import struct
import zlib
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from service.imaging.limits import DecodeLimits
from service.imaging.pixels import display
from tests import dicom_factory as made
from tests.dicom_factory import Pixels
from tests.unit.imaging.reading import image_of, images_of, refusal_of

GRAY = made.film(bits=8)
DEEP = made.film(bits=16)
RGB = made.colour_film()
LUMA = RGB.astype(np.float64) @ (0.299, 0.587, 0.114)
ALPHA = np.where(np.arange(GRAY.shape[1]) < 20, 0, 255).astype(np.uint8) * np.ones_like(GRAY)


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def tiff(pixels: Pixels, photometric: int = 1, order: Literal["<", ">"] = "<", orientation: int = 1) -> bytes:
    """Write a plain TIFF of one strip, which Pillow cannot for every combination."""
    samples = 3 if pixels.ndim == 3 else 1
    raw = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    bits = struct.pack(f"{order}{samples}H", *[pixels.itemsize * 8] * samples)
    tags = [
        (256, 4, 1, pixels.shape[1]),
        (257, 4, 1, pixels.shape[0]),
        (258, 3, samples, pixels.itemsize * 8 if samples == 1 else 8 + len(raw)),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, 8),
        (274, 3, 1, orientation),
        (277, 3, 1, samples),
        (278, 4, 1, pixels.shape[0]),
        (279, 4, 1, len(raw)),
    ]
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8 + len(raw) + len(bits))
    directory = struct.pack(f"{order}H", len(tags))
    for tag, kind, count, value in tags:
        inline = kind == 3 and count == 1
        packed = struct.pack(f"{order}HH", value, 0) if inline else struct.pack(f"{order}I", value)
        directory += struct.pack(f"{order}HHI", tag, kind, count) + packed
    return head + raw + bits + directory + bytes(4)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(rows: int, columns: int, body: bytes, *extra: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_png_of_one_bit() -> None:
    picture = Image.fromarray(GRAY > 128)
    np.testing.assert_array_equal(image_of(saved(picture, "PNG")).pixels, (GRAY > 128) * 255.0)


def test_png_of_eight_bits_is_shown_as_it_is() -> None:
    image = image_of(made.png(GRAY))
    np.testing.assert_array_equal(image.pixels, GRAY)
    np.testing.assert_allclose(display(image), GRAY / 255, atol=1e-6)
    assert (image.stored.minimum, image.stored.maximum) == (GRAY.min(), GRAY.max())
    assert (image.spacing_mm, image.view, image.modality) == (None, None, None)


def test_png_of_sixteen_bits_keeps_them_all() -> None:
    image = image_of(made.png(DEEP))
    np.testing.assert_array_equal(image.pixels, DEEP)
    assert image.window is None


def test_png_of_sixteen_bit_colour() -> None:
    image = image_of(made.png(RGB.astype(np.uint16) * 257))
    np.testing.assert_allclose(image.pixels, LUMA * 257, rtol=1e-4, atol=0.1)


def test_png_palette() -> None:
    picture = Image.fromarray(RGB).quantize(64)
    expected = np.asarray(picture.convert("RGB")) @ (0.299, 0.587, 0.114)
    np.testing.assert_allclose(image_of(saved(picture, "PNG")).pixels, expected, atol=1e-3)


def test_png_palette_with_a_transparent_entry_is_laid_on_black() -> None:
    picture = Image.fromarray(GRAY // 4).convert("P")
    picture.putpalette([255 - value for value in range(256) for _ in range(3)])
    image = image_of(saved(picture, "PNG", transparency=30))
    expected = np.where(GRAY // 4 == 30, 0, 255 - GRAY // 4)
    np.testing.assert_allclose(image.pixels, expected, atol=1e-3)


def test_png_rgba_is_laid_on_black() -> None:
    image = image_of(made.png(np.dstack([RGB, ALPHA])))
    np.testing.assert_allclose(image.pixels, LUMA * (ALPHA > 0), atol=1e-2)


def test_png_gray_with_alpha_is_laid_on_black() -> None:
    image = image_of(saved(Image.merge("LA", (Image.fromarray(GRAY), Image.fromarray(ALPHA))), "PNG"))
    np.testing.assert_allclose(image.pixels, GRAY * (ALPHA > 0), atol=1e-3)


def test_jpeg_gray() -> None:
    image = image_of(saved(Image.fromarray(GRAY), "JPEG", quality=97))
    assert np.abs(image.pixels - GRAY).max() < 5


def test_jpeg_colour() -> None:
    image = image_of(saved(Image.fromarray(RGB), "JPEG", quality=97, subsampling=0))
    assert np.abs(image.pixels - LUMA).mean() < 1


def test_jpeg_cmyk_as_adobe_writes_it_inverted() -> None:
    data = saved(Image.fromarray(RGB).convert("CMYK"), "JPEG", quality=97)
    assert b"Adobe" in data
    assert np.abs(image_of(data).pixels - LUMA).mean() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_orientation_turns_the_film_upright(orientation: int, form: str) -> None:
    sideways = _as_stored(GRAY, orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    if form == "JPEG":
        data = saved(Image.fromarray(sideways), "JPEG", quality=97, exif=exif)
    else:
        data = tiff(sideways, orientation=orientation)
    image = image_of(data)
    assert image.pixels.shape == GRAY.shape
    assert np.abs(image.pixels - GRAY).max() < 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_deep_tiff(orientation: int) -> None:
    image = image_of(tiff(_as_stored(DEEP, orientation), orientation=orientation))
    np.testing.assert_array_equal(image.pixels, DEEP)


def _as_stored(upright: Pixels, orientation: int) -> Pixels:
    """Turn a film to what a camera held that way stores: the inverse of TIFF 6.0's table of orientations."""
    turned = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }
    return np.ascontiguousarray(turned[orientation])


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_of_eight_bits(compression: str | None) -> None:
    image = image_of(saved(Image.fromarray(GRAY), "TIFF", compression=compression))
    np.testing.assert_array_equal(image.pixels, GRAY)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("pixels", "top"), [(GRAY, 255), (DEEP, 65535)], ids=["8", "16"])
@pytest.mark.parametrize("photometric", [0, 1], ids=["white-is-zero", "black-is-zero"])
def test_tiff_of_either_order_depth_and_polarity(
    order: Literal["<", ">"], pixels: Pixels, top: int, photometric: int
) -> None:
    image = image_of(tiff(pixels, photometric, order))
    np.testing.assert_array_equal(image.pixels, pixels if photometric else top - pixels.astype(float))


def test_tiff_of_sixteen_bit_colour() -> None:
    image = image_of(tiff(RGB.astype(np.uint16) * 257, photometric=2))
    np.testing.assert_allclose(image.pixels, LUMA * 257, rtol=1e-4, atol=0.1)


def test_tiff_of_one_bit() -> None:
    data = saved(Image.fromarray(GRAY > 128), "TIFF", compression="group4")
    np.testing.assert_array_equal(image_of(data).pixels, (GRAY > 128) * 255.0)


def test_each_page_of_a_tiff_is_an_image() -> None:
    pages = [Image.fromarray(page) for page in (GRAY, GRAY[::-1].copy())]
    images = images_of(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert [image.frame for image in images] == [0, 1]
    np.testing.assert_array_equal(images[1].pixels, GRAY[::-1])


def test_thumbnails_in_a_tiff_are_left_out() -> None:
    thumbnail = Image.fromarray(GRAY[::4, ::4].copy())
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    data = saved(Image.fromarray(GRAY), "TIFF", save_all=True, append_images=[thumbnail])
    np.testing.assert_array_equal(image_of(data).pixels, GRAY)


def test_content_decides_and_not_the_name() -> None:
    from service.imaging.decode import decode_file  # noqa: PLC0415 - used here alone

    assert decode_file(made.png(GRAY), "film.dcm", DecodeLimits()).format == "png"


def test_metadata_stays_behind() -> None:
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = exif[0x0132] = "SECRETNAME 1979:12:31"
    for form in ("JPEG", "PNG", "TIFF"):
        data = saved(Image.fromarray(GRAY), form, exif=exif)
        assert b"SECRETNAME" in data
        image = image_of(data)
        assert dict(image.tags) == {"SourceFormat": form.lower()}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.9])
def test_cut_short(form: str, kept: float) -> None:
    data = saved(Image.fromarray(GRAY), form)
    assert refusal_of(data[: int(len(data) * kept)]).code == "undecodable-pixel-data"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0", b"MM\0*\0\0\0\x08"])
def test_nothing_but_a_signature(data: bytes) -> None:
    assert refusal_of(data).code == "undecodable-pixel-data"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
def test_constant_picture(form: str) -> None:
    assert refusal_of(saved(Image.new("L", (40, 30), 128), form)).code == "constant-image"


def test_png_bomb_is_refused_by_its_header() -> None:
    bomb = png_of(50_000, 50_000, zlib.compress(bytes(10_000_000)))
    assert refusal_of(bomb).code == "too-large"


def test_png_whose_pixels_are_more_than_its_header_says_does_no_harm() -> None:
    lines = b"".join(b"\0" + line.tobytes() for line in GRAY)
    data = png_of(*GRAY.shape, zlib.compress(lines + bytes(50_000_000)))
    assert images_or_refusal(data)


def test_png_with_a_bomb_in_its_text_does_no_harm() -> None:
    lines = zlib.compress(b"".join(b"\0" + line.tobytes() for line in GRAY))
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200_000_000)))
    assert images_or_refusal(png_of(*GRAY.shape, lines, text))


def images_or_refusal(data: bytes) -> bool:
    from service.domain.errors import FileRejected  # noqa: PLC0415 - used here alone

    try:
        return images_of(data)[0].pixels.shape == GRAY.shape
    except FileRejected:
        return True


def test_jpeg_bomb_is_refused_by_its_header() -> None:
    data = bytearray(saved(Image.fromarray(GRAY), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 65500, 65500)
    assert refusal_of(bytes(data)).code == "too-large"


def test_tiff_bomb_is_refused_by_its_header() -> None:
    data = tiff(GRAY).replace(struct.pack("<HHII", 257, 4, 1, GRAY.shape[0]), struct.pack("<HHII", 257, 4, 1, 10**9))
    assert refusal_of(data).code == "too-large"


def test_tiff_whose_pages_run_in_a_circle() -> None:
    data = tiff(GRAY)
    (first,) = struct.unpack_from("<I", data, 4)
    assert refusal_of(data[:-4] + struct.pack("<I", first)).code == "too-large"


def test_float_tiff_with_values_that_are_no_numbers() -> None:
    holes = Image.fromarray(np.where(GRAY > 99, np.nan, GRAY).astype(np.float32))
    assert refusal_of(saved(holes, "TIFF")).code == "undecodable-pixel-data"


def test_float_tiff() -> None:
    image = image_of(saved(Image.fromarray(GRAY / np.float32(7)), "TIFF"))
    np.testing.assert_allclose(image.pixels, GRAY / 7, rtol=1e-6)
