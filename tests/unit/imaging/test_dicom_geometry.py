from __future__ import annotations

import pytest
from pydicom.sequence import Sequence

from tests import dicom_factory as made
from tests.dicom_factory import sequence_item
from tests.unit.imaging.reading import image_of

FILM = made.film()


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"PixelSpacing": ["0.2", "0.3"], "ImagerPixelSpacing": ["0.5", "0.5"]}, (0.2, 0.3)),
        ({"ImagerPixelSpacing": ["0.5", "0.25"]}, (0.5, 0.25)),
        ({"ImagerPixelSpacing": ["0.5", "0.25"], "EstimatedRadiographicMagnificationFactor": "1.25"}, (0.4, 0.2)),
        ({"ImagerPixelSpacing": ["0.5", "0.25"], "EstimatedRadiographicMagnificationFactor": "0"}, (0.5, 0.25)),
        ({"NominalScannedPixelSpacing": ["0.1", "0.1"]}, (0.1, 0.1)),
        ({"PixelSpacing": ["0", "0"], "ImagerPixelSpacing": ["0.5", "0.5"]}, (0.5, 0.5)),
        ({"PixelSpacing": ["0.2"]}, None),
        ({}, None),
    ],
)
def test_spacing(tags: dict[str, object], expected: tuple[float, float] | None) -> None:
    spacing = image_of(made.part10(made.dataset(FILM, **tags))).spacing_mm
    assert spacing == (pytest.approx(expected) if expected else None)


def test_spacing_of_an_enhanced_object() -> None:
    measures = Sequence([sequence_item(PixelSpacing=["0.7", "0.8"])])
    shared = Sequence([sequence_item(PixelMeasuresSequence=measures)])
    data = made.dataset(FILM, SharedFunctionalGroupsSequence=shared)
    assert image_of(made.part10(data)).spacing_mm == (0.7, 0.8)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(["L", "F"], ("L", "F")), (["AL", "FP"], ("AL", "FP")), (["Doe", "John"], None), (["L"], None), (None, None)],
)
def test_orientation(value: list[str] | None, expected: tuple[str, str] | None) -> None:
    assert image_of(made.part10(made.dataset(FILM, PatientOrientation=value))).orientation == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"ViewPosition": "PA"}, "PA"),
        ({"ViewPosition": "AP", "SeriesDescription": "chest PA"}, "AP"),
        ({"ViewPosition": "LL"}, "LL"),
        ({"ViewPosition": "RL"}, "RL"),
        ({"ViewPosition": "LATERAL"}, "LATERAL"),
        ({"ViewCodeSequence": "272479007"}, "PA"),
        ({"ViewCodeSequence": "R-10206"}, "AP"),
        ({"ViewCodeSequence": "399067008"}, "LATERAL"),
        ({"SeriesDescription": "view: PA"}, "PA"),
        ({"SeriesDescription": "Chest a.p. supine"}, "AP"),
        ({"SeriesDescription": "THORAX LEFT LAT"}, "LL"),
        ({"SeriesDescription": "chest lateral"}, "LATERAL"),
        ({"SeriesDescription": "Paul's chest, apical"}, None),
        ({"ViewPosition": "CC"}, None),
        ({}, None),
    ],
)
def test_view(tags: dict[str, str], expected: str | None) -> None:
    described: dict[str, object] = dict(tags)
    if "ViewCodeSequence" in described:
        described["ViewCodeSequence"] = Sequence([sequence_item(CodeValue=tags["ViewCodeSequence"])])
    assert image_of(made.part10(made.dataset(FILM, **described))).view == expected
