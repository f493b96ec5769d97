"""A film whose every text attribute holds a value of its own, so that whatever leaks can be named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydicom.datadict import DicomDictionary, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from tests.dicom_factory import dataset, part10
from tests.phantom import draw_phantom

FAMILY, GIVEN, BIRTH, PATIENT_ID = "Quibblethorpe", "Zebedee", date(1931, 3, 5), "MRZQ77812"

_STRUCTURE = {
    "SOPClassUID", "SpecificCharacterSet", "Modality", "TransferSyntaxUID", "LengthToEnd", "PixelPresentation",
    "DataSetType", "DataSetSubtype", "CodingSchemeURL",
}  # fmt: skip
"""What the decoder must be able to believe."""
_LEFT_ALONE = {0x0000, 0x0002, 0x0004, 0x0028, 0x7FE0, 0xFFFA, 0xFFFC, 0xFFFE}
_WORDS = {"PN", "LO", "SH", "LT", "ST", "UT", "UC", "CS", "AE"}


@dataclass
class Planted:
    """The file, and by what was planted where: the value to search for, to the attribute that held it."""

    film: bytes = b""
    values: dict[str, str] = field(default_factory=dict)


def plant() -> Planted:
    """Draw a film and fill it."""
    planted = Planted()
    data = dataset(draw_phantom(256, 256))
    for number, (tag, vr) in enumerate(_text_attributes()):
        value = _value(vr, number)
        data.add_new(tag, vr, value)
        planted.values[value] = keyword_for_tag(tag) or str(tag)
    _add_private(data, planted)
    _add_patient(data, planted)
    planted.film = part10(data)
    return planted


def leaks(planted: Mapping[str, str], text: str) -> list[str]:
    """Return the attributes of which a value stands in the text, whatever its case."""
    lowered = text.lower()
    return sorted(f"{where}: {value}" for value, where in planted.items() if value.lower() in lowered)


def _text_attributes() -> Iterator[tuple[BaseTag, str]]:
    for number, (vr, _, _, retired, keyword) in sorted(DicomDictionary.items()):
        tag = Tag(number)
        if tag.group in _LEFT_ALONE or keyword in _STRUCTURE or not keyword or retired:
            continue
        if vr in _WORDS | {"UI", "DA", "TM", "DT", "UR"}:
            yield tag, vr


def _value(vr: str, number: int) -> str:
    day = date(1801, 1, 1) + timedelta(days=number)
    return {
        "PN": f"Zqname{number}^Zqgiven{number}",
        "UI": f"1.2.826.0.1.999.{number}.77",
        "DA": f"{day:%Y%m%d}",
        "TM": f"010203.{number:06d}",
        "DT": f"{day:%Y%m%d}010203.{number:06d}",
        "UR": f"zq://{number}.zq",
        "CS": f"ZQCODE {number}",
    }.get(vr, f"Zqword{number}x")


def _add_private(data: Dataset, planted: Planted) -> None:
    block = data.private_block(0x0009, "Zqcreator", create=True)
    planted.values["Zqcreator"] = "private creator"
    for offset, vr in enumerate(("LO", "PN", "LT", "UN")):
        value = f"Zqprivate{offset}"
        block.add_new(offset, vr, value.encode().ljust(12) if vr == "UN" else value)
        planted.values[value] = f"private {vr}"
    item = Dataset()
    item.PatientName = "Zqnested^Person"
    data.OtherPatientIDsSequence = [item]
    planted.values["Zqnested"] = "OtherPatientIDsSequence"


def _add_patient(data: Dataset, planted: Planted) -> None:
    data.PatientName, data.PatientID = f"{FAMILY}^{GIVEN}", PATIENT_ID
    data.PatientBirthDate, data.PatientAge = f"{BIRTH:%Y%m%d}", "093Y"
    planted.values |= {FAMILY: "PatientName", GIVEN: "PatientName", PATIENT_ID: "PatientID", "093Y": "PatientAge"}
    planted.values |= dict.fromkeys((f"{BIRTH:%Y%m%d}", f"{BIRTH:%d.%m.%Y}", f"{BIRTH:%Y-%m-%d}"), "PatientBirthDate")
