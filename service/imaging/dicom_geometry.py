"""Where the patient is in the image: spacing, directions, view."""

from __future__ import annotations

import re

from pydicom.dataset import Dataset

from service.imaging.deidentify import load
from service.imaging.dicom_values import items, macro, number, numbers, text, texts
from service.imaging.pixels import View

_COARSEST_MM = 10.0  # no picture of a chest has coarser pixels: such a number is something else
_DIRECTION = re.compile("[APRLHF]{1,3}")


def spacing_of(dataset: Dataset, frame: int) -> tuple[float, float] | None:
    """Millimetres between rows and between columns, or None.

    Pixel Spacing where it is given: at the patient, whether calibrated or by geometry (PS3.3 10.7.1.3). Else Imager
    Pixel Spacing, at the detector, divided by the Estimated Radiographic Magnification Factor where that is 1 or more,
    for what is projected is larger than the patient. Else Nominal Scanned Pixel Spacing, of digitised film.
    """
    measured = _pair(macro(dataset, frame, "PixelMeasuresSequence"), "PixelSpacing")
    if measured:
        return measured
    detector = _pair(dataset, "ImagerPixelSpacing")
    if detector:
        factor = number(dataset, "EstimatedRadiographicMagnificationFactor")
        factor = max(factor or 1.0, 1.0)
        return detector[0] / factor, detector[1] / factor
    return _pair(dataset, "NominalScannedPixelSpacing")


def orientation_of(dataset: Dataset) -> tuple[str, str] | None:
    """Patient Orientation (0020,0020): directions of a row and of a column, such as ``("L", "F")``, or None."""
    found = [direction.upper() for direction in texts(dataset, "PatientOrientation")]
    if len(found) == 2 and all(map(_DIRECTION.fullmatch, found)):  # noqa: PLR2004 - row, column
        return found[0], found[1]
    return None


def view_of(dataset: Dataset) -> View | None:
    """How the film was taken: by View Position, else View Code Sequence, else words of Series Description."""
    rules = load("views.toml")
    view = rules["positions"].get(text(dataset, "ViewPosition").upper())
    if view is None:
        codes = (text(item, "CodeValue").upper() for item in items(dataset, "ViewCodeSequence"))
        view = next((rules["codes"][code] for code in codes if code in rules["codes"]), None)
    return view or _described_view(text(dataset, "SeriesDescription").upper())


def _described_view(description: str) -> View | None:
    rules = load("views.toml")["descriptions"]
    return next((rule["view"] for rule in rules if re.search(rule["pattern"], description)), None)


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    found = numbers(dataset, keyword)
    if len(found) == 2 and min(found) > 0 and max(found) <= _COARSEST_MM:  # noqa: PLR2004 - rows, columns
        return found[0], found[1]
    return None
