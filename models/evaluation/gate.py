"""The gate before films and other pictures that it was not trained or tuned on: verdicts by source, with intervals."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.base import Film, Gatekeeper, GrayImage
from models.evaluation.part import Given, Part, Table, checks, need
from models.findings import Verdict
from models.gate import load_gate, read_card
from models.training.films import read_gray
from models.weights import find

FILMS = ("covid_chestxray_ieee8023", "openi", "medrax_demo")
PICTURES = "not_chest_xray"
DICOM = "dicom"

CARD_KEY = "elsewhere"
Z = 1.96
"""Of the 95% interval."""

Reader = Callable[[Path], GrayImage]
Verdicts = Mapping[str, Mapping[str, int]]
"""By group: how many were stopped, doubtful, passed."""


class Picture(NamedTuple):
    """One picture and what it is: a group such as "frontal, openi" or "not a chest film, CT slice"."""

    path: Path
    group: str


def wilson(count: int, total: int) -> tuple[float, float]:
    """95% interval of a share (Wilson 1927); 0 to 1 for no observations."""
    if not total:
        return 0.0, 1.0
    share, spread = count / total, Z * Z / total
    middle, half = share + spread / 2, Z * np.sqrt(share * (1 - share) / total + spread / total / 4)
    return float(max(0.0, (middle - half) / (1 + spread))), float(min(1.0, (middle + half) / (1 + spread)))


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with need(folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def pictures(data: Path) -> Iterator[Picture]:
    """Every JPEG of the sets that are for tests only. Raises MissingDataError."""
    laterals = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["lateral"]
    for name in FILMS:
        for row in _rows(data / name):
            what = "lateral" if f"{name}/{row['image']}" in laterals else "frontal"
            yield Picture(data / name / row["image"], f"{what}, {name}")
    for row in _rows(data / PICTURES):
        yield Picture(data / PICTURES / row["image"], f"no chest film, {row['kind'].split(' (')[0]}")


def dicom_files(data: Path) -> Iterator[Picture]:
    """Every DICOM file that holds an image, but the one of which it is unclear what it shows."""
    for row in _rows(data / DICOM):
        answer = row["is_chest_xray"].split(" ")[0]
        if row["expect"] == "image" and answer in {"yes", "no"}:
            what = "frontal, DICOM" if answer == "yes" else f"no chest film, DICOM {row['modality'] or 'unnamed'}"
            yield Picture(data / DICOM / row["file"], what)


def verdicts(seen: Iterable[Picture], read: Reader, gate: Gatekeeper) -> Verdicts:
    """Ask the gate about each picture's pixels alone, and count."""
    counts: dict[str, Counter[str]] = {}
    for picture in seen:
        verdict = gate.check(Film(read(picture.path)), None).verdict
        counts.setdefault(picture.group, Counter())[verdict.value] += 1
    return counts


def figures(data: Path, gate: Gatekeeper, read_dicom: Reader | None = None) -> Verdicts:
    """Verdicts by group; DICOM files only where a reader for them is handed in, for ``models`` knows no DICOM."""
    found = dict(verdicts(pictures(data), read_gray, gate))
    if read_dicom is not None:
        found |= verdicts(dicom_files(data), read_dicom, gate)
    return found


def stopped(found: Verdicts, kind: str) -> tuple[int, int]:
    """How many pictures of a kind ("frontal", "lateral", "no chest film") were stopped, of how many."""
    groups = [counts for group, counts in found.items() if group.startswith(kind)]
    return sum(counts.get(Verdict.STOP, 0) for counts in groups), sum(sum(counts.values()) for counts in groups)


def table(title: str, found: Verdicts) -> Table:
    """Rows by group: pictures, stopped with its interval, doubtful, passed."""
    return Table(
        title,
        ("what", "pictures", "stopped [95%]", "doubtful", "passed"),
        tuple(_row(group, counts) for group, counts in sorted(found.items())),
        "Intervals: Wilson.",
    )


def _row(group: str, counts: Mapping[str, int]) -> tuple[str, ...]:
    total, stops = sum(counts.values()), counts.get(Verdict.STOP, 0)
    low, high = wilson(stops, total)
    share = f"{stops} = {stops / total:.3f} [{low:.3f}, {high:.3f}]"
    return group, str(total), share, str(counts.get(Verdict.DOUBTFUL, 0)), str(counts.get(Verdict.PASS, 0))


def evaluate(given: Given) -> Part:
    """Judge the gate on the sets for tests only, DICOM left out. Raises MissingDataError, ExpertError."""
    again = figures(given.data, load_gate({}))
    kept = read_card(find("gate")).get(CARD_KEY, {})
    held = {group: counts for group, counts in kept.items() if group in again}
    tables = (table("Pictures that the gate had not seen", again),)
    return Part(title="The gate", tables=tables, checks=checks(CARD_KEY, held, again))
