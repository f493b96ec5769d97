"""The radiologists' boxes of NIH ChestX-ray14, and the evidence maps of networks that had not seen those films.

Neither the boxes nor the films are part of this repository. The maps are: a film with a box is a training film of the
shipped network, so its place is judged on the map of the fold's network that was not shown its patient.
"""

from __future__ import annotations

import csv
import gzip
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from models.base import ExpertError
from models.evaluation.part import MissingDataError
from models.findings import Box, Label
from models.localise import Evidence

LIST = "BBox_List_2017.csv"
MAPS = "out_of_fold_maps.npz"
PACKAGE = "torchxrayvision"

SIDE = 1024
"""Pixels of the square films that the boxes were drawn on (Wang et al., CVPR 2017)."""

LABELS = {
    "Atelectasis": Label.ATELECTASIS,
    "Cardiomegaly": Label.CARDIOMEGALY,
    "Effusion": Label.PLEURAL_EFFUSION,
    "Infiltrate": Label.INFILTRATION,
    "Mass": Label.MASS,
    "Nodule": Label.NODULE,
    "Pneumonia": Label.PNEUMONIA,
    "Pneumothorax": Label.PNEUMOTHORAX,
}
"""The list's own names."""

Maps = Mapping[str, Mapping[Label, Evidence]]
"""By film (the name of its file without ending) and label."""


@dataclass(frozen=True, slots=True)
class Boxed:
    """One label that was boxed on one film: its boxes, in pixels of a film of SIDE x SIDE."""

    film: str
    patient: int
    label: Label
    boxes: tuple[Box, ...]


def find_list(data: Path) -> Path:
    """Path of the list of boxes: beside the films of ``data/nih``, else inside torchxrayvision, which is not imported.

    Raises MissingDataError.
    """
    spec = find_spec(PACKAGE)
    packages = [Path(folder) / "data" for folder in (spec.submodule_search_locations or () if spec else ())]
    names = (folder / f"{LIST}{ending}" for folder in (data / "nih", *packages) for ending in ("", ".gz"))
    found = next((path for path in names if path.is_file()), None)
    if found is None:
        raise MissingDataError(
            f"{LIST} is neither in {data / 'nih'} nor in the package {PACKAGE} (installed without its dependencies, "
            "--no-deps, it will do)"
        )
    return found


def read_boxes(path: Path) -> tuple[Boxed, ...]:
    """Read the list, plain or gzipped: one entry a film and label, by film. Raises KeyError on an unknown label."""
    grouped: dict[tuple[str, Label], list[Box]] = {}
    for row in _rows(path):
        left, top, width, height = (float(value) for value in row[2:6])
        box = Box(left, top, left + width, top + height)
        grouped.setdefault((Path(row[0]).stem, LABELS[row[1]]), []).append(box)
    return tuple(Boxed(film, int(film[:8]), label, tuple(grouped[film, label])) for film, label in sorted(grouped))


def _rows(path: Path) -> Iterable[list[str]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return csv.reader(text.splitlines()[1:])  # without the header, which has brackets and commas in its names


def read_maps(path: Path) -> Maps:
    """Read ``out_of_fold_maps.npz``: images (n,) file names, labels (l,) ids, maps (n, l, rows, columns) in logits.

    Raises ExpertError when the file is not there or is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            labels = [Label(str(label)) for label in kept["labels"]]
            films = [Path(str(image)).stem for image in kept["images"]]
            maps = kept["maps"].astype(np.float32)
        return {film: dict(zip(labels, each, strict=True)) for film, each in zip(films, maps, strict=True)}
    except OSError as error:
        raise ExpertError(f"The maps {path} cannot be read: {error.strerror or error}.") from error
    except (EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ExpertError(f"The maps {path} are damaged: {error!r}.") from error


def write_maps(path: Path, maps: Maps) -> None:
    """Write what ``read_maps`` reads, in half precision; every film has the same labels."""
    films = sorted(maps)
    labels = list(maps[films[0]])
    grids = np.array([[maps[film][label] for label in labels] for film in films], dtype=np.float16)
    np.savez_compressed(path, images=np.array(films), labels=np.array([str(label) for label in labels]), maps=grids)
