"""Make the pool of other pictures, a folder of 8-bit PNG a family, from unpacked packages (``packages.toml``).

``python -m models.training.gate.collect --packages UNPACKED --out POOL``
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from models.training.gate.volumes import (
    WINDOWS,
    Plane,
    Volume,
    radiograph,
    read_dicom,
    read_invesalius,
    read_nifti,
    slices_of,
    windowed,
)

SIDE = 160
LEAST = 48
SEED = 5
LATERAL = (70, 78, 84, 90, 96, 102, 110, 250, 258, 264, 270, 276, 282, 290)
FRONTAL = (-10, 0, 10, 180)
SPANS = ((0.0, 1.0), (0.0, 0.85), (0.15, 1.0), (0.08, 0.92))
PARTS = ((0.0, 0.3), (0.0, 0.4), (0.6, 1.0), (0.7, 1.0))
"""Shares of the chest's height that show no whole lung: neck and shoulders, upper abdomen."""


def find(root: Path, globs: list[str]) -> list[Path]:
    """Files of any of the patterns, each once, in a stable order."""
    return sorted({path for pattern in globs for path in root.glob(pattern) if path.is_file()})


def save(plane: Plane, path: Path) -> None:
    """Write a plane as an 8-bit PNG of at most SIDE pixels a side, stretched to its range."""
    low, high = float(plane.min()), float(plane.max())
    if min(plane.shape) < LEAST or high <= low:
        return
    picture = Image.fromarray(((plane - low) / (high - low) * 255).astype(np.uint8))
    picture.thumbnail((SIDE, SIDE))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def pictures(paths: list[Path], crops: int, rng: np.random.Generator) -> Iterator[Plane]:
    """Each picture whole, and parts of it."""
    for path in paths:
        with Image.open(path) as file:
            file.thumbnail((1200, 1200))
            plane = np.asarray(file.convert("L"), dtype=np.float32)
        yield plane
        for _ in range(crops - 1):
            rows, columns = (int(size * rng.uniform(0.3, 0.8)) for size in plane.shape)
            y, x = rng.integers(plane.shape[0] - rows), rng.integers(plane.shape[1] - columns)
            yield plane[y : y + rows, x : x + columns]


def mr_slices(volume: Volume, count: int) -> Iterator[Plane]:
    """Slices along all three axes."""
    for axis in range(3):
        yield from slices_of(volume, axis, count)


def ct_slices(volume: Volume) -> Iterator[Plane]:
    """Slices along all three axes, each in one of the usual windows in turn."""
    for axis, count in ((0, 90), (1, 40), (2, 40)):
        for index, plane in enumerate(slices_of(volume, axis, count)):
            yield windowed(plane, *WINDOWS[index % len(WINDOWS)])


def write(planes: Iterator[Plane], folder: Path) -> None:
    """Write a family, or a part of one."""
    begun = len(list(folder.glob("*.png")))
    for index, plane in enumerate(planes, begun):
        save(plane, folder / f"{index:05}.png")


def _pictures(root: Path, out: Path, table: dict[str, Any], rng: np.random.Generator) -> None:
    paths = find(root, table["globs"])
    chosen = [paths[index] for index in sorted(rng.permutation(len(paths))[: table["limit"]])]
    write(pictures(chosen, table["crops"], rng), out / table["family"])


def _ct(root: Path, out: Path, table: dict[str, Any]) -> None:
    read: Callable[[], Volume] = (
        (lambda: read_dicom(find(root, [table["dicom"]])))
        if "dicom" in table
        else (lambda: read_invesalius(find(root, [table["invesalius"]])[0]))
    )
    volume, family = read(), table["family"]
    write(ct_slices(volume), out / family)
    through = (radiograph(volume, angle, *span) for angle, span in product(LATERAL, SPANS))
    if table["lateral"]:
        write(through, out / "lateral_through_ct")
        write((radiograph(volume, a, *p) for a, p in product(FRONTAL + LATERAL, PARTS)), out / "other_through_ct")
    else:
        write(through, out / f"{family}_through")
        write((radiograph(volume, a, *s) for a, s in product(FRONTAL, SPANS)), out / f"{family}_through")


def main() -> None:
    """Fill the pool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    rng = np.random.default_rng(SEED)
    sources = tomllib.loads((Path(__file__).parent / "packages.toml").read_text(encoding="utf-8"))
    for table in sources["pictures"]:
        _pictures(asked.packages, asked.out, table, rng)
    for table in sources["volumes"]:
        for path in find(asked.packages, table["globs"]):
            write(mr_slices(read_nifti(path), table["slices"]), asked.out / table["family"])
    for table in sources["ct"]:
        _ct(asked.packages, asked.out, table)


if __name__ == "__main__":
    main()
