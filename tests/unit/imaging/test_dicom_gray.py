from __future__ import annotations

import numpy as np
import pytest
from pydicom.sequence import Sequence
from pydicom.uid import UID

from service.imaging.dicom_luts import MOST_PRESETS
from service.imaging.pixels import display, transform_of
from service.imaging.voi import Preset, VoiFunction, VoiLut, Window
from tests import dicom_factory as made
from tests.unit.imaging.reading import image_of, images_of

FILM = made.film()


def test_rescale_gives_modality_values_and_leaves_the_stored_range_alone() -> None:
    image = image_of(made.part10(made.dataset(FILM, RescaleSlope="0.5", RescaleIntercept="-1000")))
    np.testing.assert_allclose(image.pixels, FILM * 0.5 - 1000)
    assert image.stored.maximum == FILM.max()


def test_a_slope_of_zero_is_read_as_one() -> None:
    image = image_of(made.part10(made.dataset(FILM, RescaleSlope="0", RescaleIntercept="5")))
    np.testing.assert_array_equal(image.pixels, FILM + 5.0)


def test_modality_lut_goes_before_rescale() -> None:
    table = [round(value**0.5 * 1000) for value in range(4096)]
    data = made.dataset(FILM, RescaleSlope="1", RescaleIntercept="0", ModalityLUTSequence=made.lut(0, table, 16))
    np.testing.assert_array_equal(image_of(made.part10(data)).pixels, np.array(table)[FILM])


@pytest.mark.parametrize("syntax", [made.IMPLICIT, made.EXPLICIT, made.BIG])
def test_modality_lut_of_signed_pixels_starts_below_zero_though_written_unsigned(syntax: UID) -> None:
    pixels = FILM.astype(np.int16) - 2048
    table = [(value * 7) % 65536 for value in range(4096)]
    data = made.dataset(pixels, ModalityLUTSequence=made.lut(65536 - 2048, table, 16))
    np.testing.assert_array_equal(image_of(made.part10(data, syntax)).pixels, np.array(table)[pixels + 2048])


def test_values_outside_a_lut_take_its_ends() -> None:
    data = made.dataset(FILM, ModalityLUTSequence=made.lut(1000, [10, 20, 30], 16))
    np.testing.assert_array_equal(image_of(made.part10(data)).pixels, np.clip(FILM * 10.0 - 9990, 10, 30))


def test_a_count_of_zero_means_a_table_of_65536() -> None:
    pixels = FILM * 16
    item = made.sequence_item(LUTDescriptor=[0, 0, 16], LUTData=np.arange(65535, -1, -1, dtype="<u2").tobytes())
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "OW"
    data = made.dataset(pixels, BitsStored=16, ModalityLUTSequence=Sequence([item]))
    np.testing.assert_array_equal(image_of(made.part10(data)).pixels, 65535 - pixels.astype(float))


def test_lut_of_bytes_two_in_a_word() -> None:
    pixels = made.film(bits=8)
    packed = np.arange(255, -1, -1, dtype=np.uint8).view("<u2").tolist()
    item = made.sequence_item(LUTDescriptor=[256, 0, 8], LUTData=packed)
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "US"
    image = image_of(made.part10(made.dataset(pixels, ModalityLUTSequence=Sequence([item]))))
    np.testing.assert_array_equal(image.pixels, 255.0 - pixels)


def test_monochrome1_is_mirrored_so_that_bright_is_dense() -> None:
    image = image_of(made.part10(made.dataset(FILM, PhotometricInterpretation="MONOCHROME1")))
    np.testing.assert_array_equal(image.pixels, 4095.0 - FILM)
    assert image.stored.minimum == FILM.min()


def test_presentation_lut_shape_does_not_mirror_twice() -> None:
    data = made.dataset(FILM, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE")
    np.testing.assert_array_equal(image_of(made.part10(data)).pixels, 4095.0 - FILM)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_monochrome1_shows_exactly_the_negative_of_what_its_window_shows(function: str) -> None:
    window = {"WindowCenter": "1500", "WindowWidth": "900", "VOILUTFunction": function}
    plain = image_of(made.part10(made.dataset(FILM, **window)))
    mirrored = image_of(made.part10(made.dataset(FILM, PhotometricInterpretation="MONOCHROME1", **window)))
    np.testing.assert_allclose(display(mirrored), 1 - display(plain), atol=1e-5)


def test_monochrome1_shows_exactly_the_negative_of_what_its_voi_lut_shows() -> None:
    voi = made.lut(500, [round((value / 3000) ** 0.5 * 4095) for value in range(3000)], 12)
    plain = image_of(made.part10(made.dataset(FILM, VOILUTSequence=voi)))
    data = made.dataset(FILM, PhotometricInterpretation="MONOCHROME1", VOILUTSequence=voi)
    np.testing.assert_allclose(display(image_of(made.part10(data))), 1 - display(plain), atol=1e-6)


def test_the_first_of_several_windows_that_is_one_is_taken() -> None:
    data = made.dataset(FILM, WindowCenter=["0", "1800", "300"], WindowWidth=["0", "2000", "50"])
    assert image_of(made.part10(data)).window == Window(1800, 2000)


def test_all_windows_are_offered_by_names_that_can_name_nobody() -> None:
    data = made.dataset(
        FILM,
        WindowCenter=["1800", "0", "300", "20"],
        WindowWidth=["2000", "0", "50", "10"],
        WindowCenterWidthExplanation=["Normal", "Harder", "Jane Doe"],
    )
    image = image_of(made.part10(data))
    assert image.presets == (Preset(Window(1800, 2000), "NORMAL"), Preset(Window(300, 50)), Preset(Window(20, 10)))
    data.PhotometricInterpretation = "MONOCHROME1"
    mirrored = image_of(made.part10(data))
    assert mirrored.presets[0].window == mirrored.window
    assert [preset.name for preset in mirrored.presets] == ["NORMAL", None, None]
    assert image_of(made.part10(made.dataset(FILM))).presets == ()


def test_a_file_with_a_thousand_windows_offers_a_few() -> None:
    data = made.dataset(FILM, WindowCenter=["1800"] * 1000, WindowWidth=["2000"] * 1000)
    assert len(image_of(made.part10(data)).presets) == MOST_PRESETS


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"WindowCenter": "100", "WindowWidth": "0"},
        {"WindowCenter": "100", "WindowWidth": "-5"},
        {"WindowCenter": "100"},
        {"WindowCenter": "-90000", "WindowWidth": "10"},
        {"WindowCenter": "32768", "WindowWidth": "9000000"},
    ],
    ids=["none", "zero", "negative", "half", "beside the film", "far too wide"],
)
def test_windows_that_show_nothing_give_way_to_percentiles(tags: dict[str, str]) -> None:
    image = image_of(made.part10(made.dataset(FILM, **tags)))
    low, high = np.percentile(FILM, (1, 99))
    shown = transform_of(image)
    assert isinstance(shown, Window)
    assert (shown.center - shown.width / 2, shown.center + shown.width / 2) == pytest.approx((low, high))


@pytest.mark.parametrize("function", ["SIGMOID", "LINEAR_EXACT"])
def test_voi_function_is_read(function: str) -> None:
    data = made.dataset(FILM, WindowCenter="2000", WindowWidth="1000", VOILUTFunction=function)
    assert image_of(made.part10(data)).window == Window(2000, 1000, VoiFunction(function))


@pytest.mark.parametrize("syntax", [made.IMPLICIT, made.EXPLICIT, made.BIG])
def test_voi_lut_goes_before_the_window_and_applies_to_modality_values(syntax: UID) -> None:
    table = [round((value / 4095) ** 2 * 1023) for value in range(4096)]
    data = made.dataset(
        FILM,
        RescaleIntercept="-1000",
        RescaleSlope="1",
        WindowCenter="1",
        WindowWidth="1",
        VOILUTSequence=made.lut(65536 - 1000, table, 10),
    )
    image = image_of(made.part10(data, syntax))
    assert isinstance(image.window, VoiLut)
    assert image.window.first == -1000
    np.testing.assert_allclose(display(image), np.array(table)[FILM] / 1023, atol=1e-6)


def test_unused_high_bits_and_the_overlay_in_them_are_ignored() -> None:
    overlay = (np.arange(FILM.size).reshape(FILM.shape) % 16).astype(np.uint16) << 12
    data = made.dataset(FILM | overlay)
    data.add_new(0x60000102, "US", 12)  # Overlay Bit Position
    np.testing.assert_array_equal(image_of(made.part10(data)).pixels, FILM)


def test_high_bit_above_the_lowest_position() -> None:
    data = made.dataset(FILM << 4, BitsStored=12, HighBit=15)
    np.testing.assert_array_equal(image_of(made.part10(data)).pixels, FILM)


def test_sign_is_extended_from_bits_stored() -> None:
    pixels = FILM.astype(np.int16) - 2048
    data = made.dataset(((pixels & 0x0FFF) | 0x5000).astype(np.uint16), BitsStored=12, PixelRepresentation=1)
    np.testing.assert_array_equal(image_of(made.part10(data)).pixels, pixels)


def test_separate_overlays_are_ignored() -> None:
    data = made.dataset(FILM)
    data.add_new(0x60003000, "OW", bytes(FILM.size // 8))
    np.testing.assert_array_equal(image_of(made.part10(data)).pixels, FILM)


def test_padding_becomes_background_and_does_not_count_for_the_window() -> None:
    framed = FILM + 100
    framed[:, :40] = 0
    image = image_of(made.part10(made.dataset(framed, PixelPaddingValue=0)))
    assert (image.pixels[:, :40] == framed[:, 40:].min()).all()
    assert image.levels == pytest.approx(np.percentile(framed[:, 40:], (1, 99)))
    assert image.stored.minimum == 0


def test_padding_of_an_inverted_film_becomes_dark() -> None:
    framed = FILM.copy()
    framed[:, :40] = 0
    data = made.dataset(framed, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0)
    image = image_of(made.part10(data))
    assert (image.pixels[:, :40] == 4095 - framed[:, 40:].max()).all()


def test_padding_range() -> None:
    framed = FILM + 100
    framed[:, :20], framed[:, 20:40] = 5, 9
    image = image_of(made.part10(made.dataset(framed, PixelPaddingValue=5, PixelPaddingRangeLimit=10)))
    assert (image.pixels[:, :40] == framed[:, 40:].min()).all()


def test_padding_written_unsigned_for_signed_pixels() -> None:
    framed = FILM.astype(np.int16)
    framed[:, :40] = -2000
    data = made.dataset(framed, BitsStored=16)
    data.add_new("PixelPaddingValue", "US", 63536)
    image = image_of(made.part10(data))
    assert image.pixels.min() == framed[:, 40:].min()


def test_padding_that_would_be_the_whole_film_is_not_meant() -> None:
    image = image_of(made.part10(made.dataset(FILM, PixelPaddingValue=0, PixelPaddingRangeLimit=65535)))
    np.testing.assert_array_equal(image.pixels, FILM)


def test_bytes_without_a_window_are_shown_as_they_are() -> None:
    pixels = made.film(bits=8)
    np.testing.assert_allclose(display(image_of(made.part10(made.dataset(pixels)))), pixels / 255, atol=1e-6)


def test_frames_of_an_enhanced_object_have_their_own_rescale_and_window() -> None:
    groups = [
        made.sequence_item(
            PixelValueTransformationSequence=Sequence(
                [made.sequence_item(RescaleSlope=str(slope), RescaleIntercept="0")]
            ),
            FrameVOILUTSequence=Sequence([made.sequence_item(WindowCenter="800", WindowWidth=str(slope * 1000))]),
        )
        for slope in (1, 2)
    ]
    data = made.dataset(np.stack([FILM, FILM]), PerFrameFunctionalGroupsSequence=Sequence(groups))
    first, second = images_of(made.part10(data))
    np.testing.assert_array_equal(second.pixels, 2 * first.pixels)
    assert second.window == Window(800, 2000)


def test_numbers_that_are_none_are_as_if_absent() -> None:
    data = made.part10(made.dataset(FILM, RescaleSlope="2.000000", RescaleIntercept="1.000000"))
    broken = data.replace(b"2.000000", b"2,0 text").replace(b"1.000000", b"nan     ")
    np.testing.assert_array_equal(image_of(broken).pixels, FILM)
