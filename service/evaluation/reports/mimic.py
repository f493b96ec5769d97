"""MIMIC-CXR as PhysioNet lays it out, for those who have it: reports as text, labels by CheXpert or NegBio as CSV.

Looked for in the folder: ``mimic-cxr-2.0.0-chexpert.csv`` (or ``-negbio``), perhaps ``.gz``;
``files/p10/p10000032/s50414267.txt``; and, where the JPEG films are there too, ``-metadata.csv`` and
``.../s50414267/<dicom_id>.jpg``. With films the panel's findings are the facts, as in ChatCAD (Wang et al. 2023);
without them the labels of the human report are.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from models.findings import Label
from prompts.facts import StudyFacts
from service.domain.errors import ConfigurationError
from service.evaluation.reports.cases import Case, as_findings
from service.verification.sections import find_sections

COLUMNS = {
    "Atelectasis": Label.ATELECTASIS,
    "Cardiomegaly": Label.CARDIOMEGALY,
    "Consolidation": Label.CONSOLIDATION,
    "Edema": Label.EDEMA,
    "Enlarged Cardiomediastinum": Label.ENLARGED_CARDIOMEDIASTINUM,
    "Fracture": Label.FRACTURE,
    "Lung Lesion": Label.LUNG_LESION,
    "Lung Opacity": Label.LUNG_OPACITY,
    "Pleural Effusion": Label.PLEURAL_EFFUSION,
    "Pneumonia": Label.PNEUMONIA,
    "Pneumothorax": Label.PNEUMOTHORAX,
    "Support Devices": Label.SUPPORT_DEVICES,
}
"""CheXpert's columns in our labels; "Pleural Other" has none, and a film without findings has none present."""

_FRONTAL = ("PA", "AP")
Read = Callable[[Path, str], StudyFacts]
Rows = list[dict[str, str]]


def mimic_cases(folder: Path, count: int, read: Read) -> list[Case]:
    """Give the first ``count`` studies, by number, that have labels and a report. Raises ConfigurationError."""
    labels = _table(folder, "chexpert") or _table(folder, "negbio")
    if not labels:
        raise ConfigurationError(f"{folder} holds no mimic-cxr-*-chexpert.csv and no mimic-cxr-*-negbio.csv.")
    films = _films(folder)
    cases = list(_cases(folder, sorted(labels, key=lambda row: int(row["study_id"])), films, read, count))
    if not cases:
        raise ConfigurationError(f"{folder} holds no report files/p../p.../s....txt of a labelled study.")
    return cases


def _cases(folder: Path, labels: Rows, films: Mapping[str, tuple[str, str]], read: Read, count: int) -> Iterator[Case]:
    left = count
    for row in labels:
        patient, study = row["subject_id"], row["study_id"]
        place = Path("files") / f"p{patient[:2]}" / f"p{patient}"
        report = next((p for p in (folder / place / f"s{study}.txt",) if p.is_file()), None)
        if left == 0 or report is None:
            continue
        left -= 1
        human = frozenset(label for name, label in COLUMNS.items() if _is(row, name, 1))
        film, view = films.get(study, ("", ""))
        path = folder / place / f"s{study}" / f"{film}.jpg"
        facts = read(path, view) if film and path.is_file() else _stated(row, human)
        yield Case(f"mimic-{study}", "mimic", facts, _reported(report.read_text("utf-8", errors="replace")), human)


def _stated(row: Mapping[str, str], human: frozenset[Label]) -> StudyFacts:
    doubtful = {label for name, label in COLUMNS.items() if _is(row, name, -1)}
    return StudyFacts(as_findings(human, COLUMNS.values(), doubtful), views=("",))


def _is(row: Mapping[str, str], name: str, value: float) -> bool:
    cell = row.get(name) or ""
    return bool(cell) and float(cell) == value


def _reported(text: str) -> str:
    """Return findings and impression of a report; the whole where it has no such headings."""
    found = find_sections(text)
    return "\n".join(found) if found else text.strip()


def _films(folder: Path) -> dict[str, tuple[str, str]]:
    """First frontal film of each study, with its view."""
    films: dict[str, tuple[str, str]] = {}
    for row in _table(folder, "metadata"):
        if row.get("ViewPosition") in _FRONTAL:
            films.setdefault(row["study_id"], (row["dicom_id"], row["ViewPosition"]))
    return films


def _table(folder: Path, kind: str) -> Rows:
    path = next((p for suffix in ("", ".gz") for p in sorted(folder.glob(f"mimic-cxr-*-{kind}.csv{suffix}"))), None)
    if path is None:
        return []
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))
