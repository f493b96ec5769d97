from __future__ import annotations

import dataclasses

import pytest
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from service.imaging.decode import decode_file
from service.imaging.deidentify import safe_modality, safe_tags
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import PixelImage
from tests import dicom_factory as made
from tests.dicom_factory import sequence_item
from tests.unit.imaging.reading import image_of

PLANTED = {
    **dict.fromkeys(["AE", "LO", "LT", "PN", "SH", "ST", "UC", "UT", "UR"], "ZZQNAME"),
    "CS": "ZZQNAME",
    "AS": "041Y",
    "DA": "19791231",
    "DT": "19791231235959",
    "TM": "235959",
    "UI": "1.2.77777777",
    "IS": "77777777",
    "DS": "77777777",
}
FIXED = {"Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel"}
FIXED |= {"PhotometricInterpretation", "PixelData", "SpecificCharacterSet", "SOPClassUID", "NumberOfFrames"}
FIXED |= {"WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept"}  # they become pixel values and window
SECRETS = ("ZZQNAME", "1979", "235959", "77777777")


def _plant(data: Dataset) -> Dataset:
    """Write something secret into every attribute of the dictionary that can hold text, numbers in text, or dates."""
    for tag, (vr, _, _, retired, keyword) in DicomDictionary.items():
        if vr in PLANTED and keyword and not retired and keyword not in FIXED and tag >> 16 > 2:
            data.add_new(tag, vr, PLANTED[vr])
    return data


def _everything(image: PixelImage) -> str:
    return repr(
        {field.name: getattr(image, field.name) for field in dataclasses.fields(image) if field.name != "pixels"}
    )


def test_nothing_planted_in_any_text_of_a_file_comes_out() -> None:
    data = _plant(made.dataset(made.film()))
    data.ReferencedStudySequence = Sequence([_plant(Dataset())])
    assert len(data) > 1000
    told = _everything(image_of(made.part10(data)))
    assert not [secret for secret in SECRETS if secret in told]


def test_what_identifies_the_patient_is_known_for_clearing_free_text() -> None:
    data = made.dataset(made.film())
    data.PatientName = "DOE^JANE"
    data.OperatorsName = ["ROE^RICHARD", "POE^PAULA"]
    data.PatientID = "MRN-0815"
    data.PatientBirthDate = "19700131"
    data.StudyDescription = "CHEST PA"
    decoded = decode_file(made.part10(data), "film.dcm", DecodeLimits())
    assert decoded.identifiers == {"DOE^JANE", "ROE^RICHARD", "POE^PAULA", "MRN-0815", "19700131"}


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"BodyPartExamined": "CHEST"}, {"BodyPartExamined": "CHEST"}),
        ({"BodyPartExamined": "DOE JOHN"}, {}),
        ({"PatientSex": "F"}, {"PatientSex": "F"}),
        ({"PatientAge": "045Y"}, {"PatientAge": "045Y"}),
        ({"PatientAge": "101Y"}, {"PatientAge": "090Y"}),
        ({"PatientAge": "101D"}, {"PatientAge": "101D"}),
        ({"PatientAge": "45 years, John"}, {}),
        ({"KVP": "120.5"}, {"KVP": "120.5"}),
        ({"KVP": "19791231"}, {}),
        ({"StudyDescription": "Chest of John Doe"}, {}),
        ({"SeriesDescription": "PA John Doe"}, {}),
        ({"PatientBirthDate": "19791231", "StudyDate": "20240101", "AccessionNumber": "A1"}, {}),
    ],
)
def test_only_values_that_cannot_name_anyone_pass(tags: dict[str, str], told: dict[str, str]) -> None:
    assert dict(safe_tags(sequence_item(**tags))) == told


@pytest.mark.parametrize(("modality", "expected"), [("DX", "DX"), ("dx", "DX"), ("DOE", None), ("", None)])
def test_modality_is_a_defined_term_or_nothing(modality: str, expected: str | None) -> None:
    assert safe_modality(sequence_item(Modality=modality)) == expected
