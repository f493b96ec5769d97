from __future__ import annotations

import struct
import tracemalloc

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import UID

from service.imaging.limits import DecodeLimits
from tests import dicom_factory as made
from tests.unit.imaging.reading import image_of, images_of, refusal_of

FILM = made.film()
SOP = "1.2.840.10008.5.1.4.1.1"


def test_empty_file() -> None:
    assert refusal_of(b"").code == "empty-file"


@pytest.mark.parametrize("data", [b"hello", b"%PDF-1.7", b"GIF89a", b"PK\x03\x04", bytes(500), b"\x08\x00"])
def test_not_an_image(data: bytes) -> None:
    error = refusal_of(data)
    assert error.code == "not-an-image"
    assert "DICOM, PNG, JPEG or TIFF" in error.detail


@pytest.mark.parametrize(
    ("sop_class", "name"),
    [
        (f"{SOP}.88.34", "structured report"),
        (f"{SOP}.88.59", "key object selection"),
        (f"{SOP}.66.4", "segmentation"),
        (f"{SOP}.104.1", "PDF"),
        (f"{SOP}.11.1", "presentation state"),
        (f"{SOP}.481.2", "RTDOSE"),
        (f"{SOP}.481.3", "RTSTRUCT"),
        (f"{SOP}.481.5", "RTPLAN"),
        (f"{SOP}.9.1.1", "waveform"),
        ("1.2.840.10008.1.3.10", "DICOMDIR"),
    ],
)
def test_objects_that_are_no_image_are_refused_by_name(sop_class: str, name: str) -> None:
    error = refusal_of(made.part10(made.dataset(FILM, SOPClassUID=sop_class)))
    assert error.code == "not-an-image-object"
    assert name in error.detail


def test_modality_tells_where_the_class_is_missing() -> None:
    error = refusal_of(made.part10(made.dataset(FILM, SOPClassUID=None, Modality="SR")))
    assert error.code == "not-an-image-object"


def test_rt_image_is_an_image() -> None:
    image_of(made.part10(made.dataset(FILM, SOPClassUID=f"{SOP}.481.1", Modality="RTIMAGE")))


def test_no_pixel_data() -> None:
    data = made.dataset(FILM)
    del data.PixelData
    error = refusal_of(made.part10(data))
    assert error.code == "no-pixel-data"
    assert "no image" in error.detail


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.999])
def test_native_pixels_cut_short(kept: float) -> None:
    data = made.part10(made.dataset(FILM))
    error = refusal_of(data[: len(data) - FILM.nbytes + int(FILM.nbytes * kept) - 1])
    assert error.code == "undecodable-pixel-data"
    assert "cut short" in error.detail


def test_native_pixels_fewer_than_stated() -> None:
    data = made.dataset(FILM, Rows=FILM.shape[0] + 1)
    assert refusal_of(made.part10(data)).code == "undecodable-pixel-data"


@pytest.mark.parametrize(
    ("syntax", "frame"),
    [
        (made.RLE, made.rle_frame(FILM)),
        (made.JPEG_BASELINE, made.jpeg_frame(made.film(bits=8))),
        (made.JPEG_EXTENDED, made.jpeg_frame(FILM)),
        (made.JPEG_LOSSLESS_SV1, made.jpeg_frame(FILM, lossless=True, predictor=1)),
        (made.JPEG_LS, bytes(imagecodecs.jpegls_encode(FILM))),
        (made.JPEG_2000_LOSSLESS, bytes(imagecodecs.jpeg2k_encode(FILM, 0, reversible=True, codecformat="j2k"))),
        (made.HTJ2K_LOSSLESS, bytes(imagecodecs.htj2k_encode(FILM, reversible=True))),
    ],
)
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_compressed_pixels_cut_short(syntax: UID, frame: bytes, kept: float) -> None:
    like = made.film(bits=8) if syntax == made.JPEG_BASELINE else FILM
    short = frame[: int(len(frame) * kept)]
    assert refusal_of(made.compressed([short], like, syntax)).code == "undecodable-pixel-data"


def test_file_cut_within_its_compressed_pixels() -> None:
    data = made.compressed([made.jpeg_frame(FILM)], FILM, made.JPEG_EXTENDED)
    error = refusal_of(data[:-200])
    assert error.code == "no-pixel-data"
    assert "cut short" in error.detail


def test_fewer_frames_than_stated() -> None:
    frame = bytes(imagecodecs.jpegls_encode(FILM))
    data = made.compressed([frame, frame], FILM, made.JPEG_LS)
    stated = data.replace(made.element(0x28, 0x08, b"IS", b"2 "), made.element(0x28, 0x08, b"IS", b"9 "))
    assert stated != data
    assert refusal_of(stated).code == "undecodable-pixel-data"


@pytest.mark.parametrize("syntax", [made.MPEG4, UID("1.2.3.4"), UID("1.2.840.10008.1.2.4.94")])
def test_unsupported_syntax(syntax: UID) -> None:
    data = made.compressed([b"\0\0"], FILM, syntax)
    assert refusal_of(data).code == "unsupported-transfer-syntax"


@pytest.mark.parametrize("modality", ["CR", "DX", "OT", "XC", "", None, "NONSENSE"])
def test_constant_film(modality: str | None) -> None:
    data = made.part10(made.dataset(np.full_like(FILM, 7), Modality=modality))
    assert refusal_of(data).code == "constant-image"


@pytest.mark.parametrize("modality", ["CT", "MR", "US"])
def test_constant_image_of_what_is_no_film_is_kept(modality: str) -> None:
    image = image_of(made.part10(made.dataset(np.full_like(FILM, 7), Modality=modality)))
    assert image.stored.minimum == image.stored.maximum == 7


def test_one_constant_frame_among_others_is_kept() -> None:
    assert len(images_of(made.part10(made.dataset(np.stack([FILM * 0, FILM]))))) == 2


@pytest.mark.parametrize(
    "tags",
    [
        {"Rows": 0},
        {"Columns": None},
        {"BitsAllocated": 12},
        {"BitsAllocated": None},
        {"PhotometricInterpretation": None},
        {"PhotometricInterpretation": "CMYK"},
        {"SamplesPerPixel": 3},
        {"PhotometricInterpretation": "RGB"},
    ],
)
def test_descriptions_that_make_no_image(tags: dict[str, object]) -> None:
    assert refusal_of(made.part10(made.dataset(FILM, HighBit=11, **tags))).code == "undecodable-pixel-data"


@pytest.mark.parametrize("tags", [{"Rows": 60000, "Columns": 60000}, {"NumberOfFrames": 100_000}])
def test_absurd_sizes(tags: dict[str, object]) -> None:
    assert refusal_of(made.part10(made.dataset(FILM, **tags))).code == "too-large"


def test_limits_count_the_pixels_of_all_frames() -> None:
    data = made.part10(made.dataset(np.stack([FILM] * 4)))
    assert len(images_of(data, DecodeLimits(max_pixels=FILM.size * 4))) == 4
    assert refusal_of(data, DecodeLimits(max_pixels=FILM.size * 4 - 1)).code == "too-large"
    assert refusal_of(data, DecodeLimits(max_frames=3)).code == "too-large"


def test_stream_larger_than_the_data_set_says_is_refused_before_it_is_decoded() -> None:
    huge = bytearray(imagecodecs.jpegls_encode(FILM))
    at = huge.index(b"\xff\xf7") + 5
    huge[at : at + 4] = struct.pack(">HH", 65535, 65535)
    assert refusal_of(made.compressed([bytes(huge)], FILM, made.JPEG_LS)).code == "undecodable-pixel-data"


def test_rle_bomb_stays_small() -> None:
    bomb = struct.pack("<16I", 2, 64, 68, *[0] * 13) + b"\x81\x07" * 2_000_000
    data = made.compressed([bomb], FILM, made.RLE)
    tracemalloc.start()
    try:
        assert refusal_of(data).code == "undecodable-pixel-data"
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


def test_deflate_bomb_stays_within_its_bound() -> None:
    bomb = made.deflated_file(made.element(0x0008, 0x0060, b"CS", b"DX") + bytes(50_000_000))
    assert len(bomb) < 100_000
    limits = DecodeLimits(max_inflated_bytes=1_000_000)
    tracemalloc.start()
    try:
        assert refusal_of(bomb, limits).code == "too-large"
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_deflated_file_cut_short() -> None:
    data = made.part10(made.dataset(FILM), made.DEFLATED)
    assert refusal_of(data[:-50]).code == "undecodable-pixel-data"


def test_sequences_nested_without_end() -> None:
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    nest = (struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + item) * 20_000
    data = made.part10(made.dataset(FILM))
    head = data[: 132 + data[132:].index(b"\x08\x00")]
    assert refusal_of(head + nest).code == "undecodable-pixel-data"


def test_the_reason_names_no_patient() -> None:
    data = made.dataset(FILM, PatientName="Secret^Patient", PatientID="4711", Rows=0)
    detail = refusal_of(made.part10(data)).detail
    assert "Secret" not in detail
    assert "4711" not in detail
