"""The one way by which a file's attributes leave the decoder: an allow-list of values that cannot name a patient."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset

from service.imaging.dicom_values import number, text, texts

OLDEST_YEARS = 90
"""Ages from 90 count as identifying (US 45 CFR 164.514(b)(2)(i)(C)) and are all told as 90 years."""


@cache
def load(name: str) -> dict[str, Any]:
    """Read one of this package's data files."""
    return tomllib.loads(resources.files("service.imaging").joinpath("data", name).read_text(encoding="utf-8"))


def safe_tags(dataset: Dataset) -> Mapping[str, str]:
    """Return the attributes that pass ``data/safe_tags.toml``, by keyword; no names, ids, UIDs, dates or free text."""
    rules = load("safe_tags.toml")
    tags = {keyword: _one_of(dataset, keyword, allowed) for keyword, allowed in rules["one_of"].items()}
    tags |= {keyword: _within(dataset, keyword, bounds) for keyword, bounds in rules["number"].items()}
    tags |= {keyword: _matching(dataset, keyword, pattern) for keyword, pattern in rules["pattern"].items()}
    if tags.get("PatientAge"):
        tags["PatientAge"] = _coarse_age(tags["PatientAge"])
    return MappingProxyType({keyword: found for keyword, found in tags.items() if found})


def identifiers(dataset: Dataset) -> frozenset[str]:
    """Return what identifies the patient or the visit: person names, and the values of ``data/identifiers.toml``.

    For clearing free text of them and nothing else; single letters do not count.
    """
    found = {word for keyword in _identifying() if keyword in dataset for word in texts(dataset, keyword)}
    return frozenset(word for word in found if len(word) > 1)


@cache
def _identifying() -> frozenset[str]:
    names = {keyword for vr, _, _, _, keyword in DicomDictionary.values() if vr == "PN" and keyword}
    return frozenset(names | set(load("identifiers.toml")["keywords"]))


def safe_modality(dataset: Dataset) -> str | None:
    """Return Modality (0008,0060) when it is a defined term of an image, else None."""
    modality = text(dataset, "Modality").upper()
    return modality if modality in load("objects.toml")["modalities"] else None


def safe_window_name(name: str) -> str | None:
    """Return the name of a window when it is one of ``data/safe_tags.toml``, with a number or without, else None."""
    found = name.strip().upper()
    return found if re.fullmatch(load("safe_tags.toml")["window"]["name"], found) else None


def _one_of(dataset: Dataset, keyword: str, allowed: list[str]) -> str:
    found = text(dataset, keyword).upper()
    return found if found in allowed else ""


def _within(dataset: Dataset, keyword: str, bounds: list[float]) -> str:
    found = number(dataset, keyword)
    return f"{found:g}" if found is not None and bounds[0] <= found <= bounds[1] else ""


def _matching(dataset: Dataset, keyword: str, pattern: str) -> str:
    found = text(dataset, keyword).upper()
    return found if re.fullmatch(pattern, found) else ""


def _coarse_age(age: str) -> str:
    years = int(age[:3])
    return f"{OLDEST_YEARS:03d}Y" if age[3] == "Y" and years >= OLDEST_YEARS else age
